import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { exemption, wantedCheckIns } from '../../src/rooms/check-ins.ts';
import { checkInPolicy, STANDARD_TIMES } from '../../src/rooms/policy.ts';
import { GIVEN_BACK, isProposed, type Past, strikesIn } from '../../src/rooms/strikes.ts';
import type { Booking } from '../../src/rooms/types.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/events.ts';
import { booking } from './rooms.ts';

const POLICY = { ...STANDARD_TIMES, isOn: true };
const START = NOW + 2 * HOUR;

describe('check-ins', () => {
  const cases: [string, Partial<Booking>, boolean, string | undefined][] = [
    ['an hour', {}, false, undefined],
    ['four hours', { endAt: START + 4 * HOUR }, false, 'long'],
    ['nearly four', { endAt: START + 4 * HOUR - 1 }, false, undefined],
    ['all day', {}, true, 'long'],
    ['a quarter of an hour', { endAt: START + 15 * MINUTE }, false, undefined],
    ['shorter than that', { endAt: START + 14 * MINUTE }, false, 'short'],
    ['made 15 minutes before', { heldSince: START - 15 * MINUTE }, false, undefined],
    ['made later', { heldSince: START - 15 * MINUTE + 1 }, false, 'just made'],
    ['private', { organizer: '' }, false, 'private'],
  ];
  for (const [name, more, isAllDay, wanted] of cases)
    it(`${name}: ${wanted ?? 'asked'}`, () =>
      assert.equal(exemption(booking('a', START, START + HOUR, more), POLICY, isAllDay), wanted));

  it('is exempt when made after the question would have been asked', () => {
    const late = { ...POLICY, beforeMinutes: 30 };
    assert.equal(
      exemption(booking('a', START, START + HOUR, { heldSince: START - 20 * MINUTE }), late, false),
      'just made',
    );
  });

  it('is planned for a day, from the time to ask on', () => {
    const bookings = [5, 10, 60, 24 * 60, 24 * 60 + 1].map((minutes) =>
      booking('a', NOW + minutes * MINUTE, NOW + minutes * MINUTE + HOUR, { eventId: String(minutes) }),
    );
    const asked = booking('a', START, START + HOUR, { eventId: 'asked', state: 'asked' });
    const wanted = wantedCheckIns([...bookings, asked], POLICY, new Set(), NOW);
    assert.deepEqual(
      wanted.map((one) => one.booking.eventId),
      ['10', '60', '1440'],
    );
    assert.deepEqual([wanted[1]?.askAt, wanted[1]?.releaseAt], [NOW + 50 * MINUTE, NOW + 70 * MINUTE]);
    assert.deepEqual(wantedCheckIns(bookings, { ...POLICY, isOn: false }, new Set(), NOW), []);
    assert.ok(DAY > HOUR);
  });

  const policies: [string, { checkIns?: boolean }, { policy: unknown; keepsGhosts: boolean }, boolean][] = [
    ['nothing is on at first', {}, { policy: {}, keepsGhosts: false }, false],
    ['the tenant’s', { checkIns: true }, { policy: null, keepsGhosts: false }, true],
    ['marked', { checkIns: true }, { policy: { isOn: true }, keepsGhosts: true }, false],
    ['this room not', { checkIns: true }, { policy: { isOn: false }, keepsGhosts: false }, false],
    ['this room alone', {}, { policy: { isOn: true }, keepsGhosts: false }, true],
    [
      'what makes no sense',
      { checkIns: true },
      { policy: { isOn: 'perhaps', beforeMinutes: -3 }, keepsGhosts: false },
      true,
    ],
  ];
  for (const [name, tenant, room, isOn] of policies)
    it(`policy: ${name}`, () => {
      const policy = checkInPolicy(STANDARD_TIMES, tenant, room);
      assert.equal(policy.isOn, isOn);
      assert.equal(policy.beforeMinutes, 10);
    });

  it('takes the room’s own times', () =>
    assert.equal(
      checkInPolicy(STANDARD_TIMES, { checkIns: true }, { policy: { afterMinutes: 20 }, keepsGhosts: false })
        .afterMinutes,
      20,
    ));
});

describe('strikes', () => {
  const released: Past = { state: 'released', reason: null };
  const here: Past = { state: 'here', reason: null };
  const kept: Past = { state: 'kept', reason: 'the question did not arrive in time' };
  const givenBack: Past = { state: 'released', reason: GIVEN_BACK };
  const cases: [string, Past[], number, boolean][] = [
    ['none', [], 0, false],
    ['two', [released, released], 2, false],
    ['three', [released, released, released], 3, true],
    ['three, with one that was never asked between', [released, kept, released, released], 3, true],
    ['somebody came between', [released, released, here, released], 2, false],
    ['given back between', [released, givenBack, released, released], 1, false],
    ['four: asked at the third', [released, released, released, released], 4, false],
    ['six', Array.from({ length: 6 }, () => released), 6, true],
    ['somebody came last', [here, released, released, released], 0, false],
  ];
  for (const [name, past, strikes, isNow] of cases)
    it(name, () => assert.deepEqual([strikesIn(past), isProposed(strikesIn(past))], [strikes, isNow]));
});
