import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { lastCallAt, nextWay, type Situation } from '../../../src/delivery/ways/ladder.ts';
import { OTHER_WAYS, type OtherWayName } from '../../../src/nudges/settings.ts';
import type { WayName, WhyWay } from '../../../src/store/sends.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 23, 9, 0, 0);
const BOTH: readonly OtherWayName[] = ['email', 'sms'];

type Failure = Situation['failure'];
const stopped = (way: WayName, why: WhyWay): Failure => ({ way, why, ambiguous: false });
const retry = (way: WayName, nextAt: number, ambiguous = false): Failure => ({ way, why: 'busy', ambiguous, nextAt });

/** Due now, with ten minutes to its deadline; everything is there. */
const situation = (more: Partial<Situation>): Situation => ({
  failure: stopped('teams', 'blocked'),
  whyWay: null,
  ladder: BOTH,
  usable: BOTH,
  configured: BOTH,
  isInDoubt: false,
  whenUnknown: 'again',
  now: NOW,
  dueAt: NOW,
  deadlineAt: NOW + 10 * MINUTE,
  ...more,
});

/** Attempts after this leave no time: ten minutes less three. */
const LAST_CALL = NOW + 7 * MINUTE;

/** [what, situation, "way why" or nothing] */
const CASES: [string, Partial<Situation>, string | undefined][] = [
  ['blocked in Teams', {}, 'email blocked'],
  ['no chat', { failure: stopped('teams', 'noChat') }, 'email noChat'],
  ['refused by Teams', { failure: stopped('teams', 'refused') }, 'email refused'],
  ['Teams only', { ladder: [] }, undefined],
  ['SMS first', { ladder: ['sms', 'email'] }, 'sms blocked'],
  ['SMS alone', { ladder: ['sms'] }, 'sms blocked'],
  ['the address is not confirmed, or stopped', { usable: ['sms'] }, 'sms blocked'],
  ['no address at all', { usable: [] }, undefined],
  ['e-mail is not set up', { configured: ['sms'] }, 'sms blocked'],
  ['confirmed, but not chosen', { ladder: ['sms'], usable: ['email'] }, undefined],
  ['e-mail refuses', { failure: stopped('email', 'refused'), whyWay: 'blocked' }, 'sms blocked'],
  ['e-mail refuses, and nobody knows why not Teams', { failure: stopped('email', 'refused') }, 'sms refused'],
  ['the last way refuses', { failure: stopped('sms', 'refused'), whyWay: 'blocked' }, undefined],
  ['e-mail was the last', { ladder: ['sms', 'email'], failure: stopped('email', 'refused') }, undefined],
  [
    'the way was taken off the ladder meanwhile',
    { ladder: ['sms'], failure: stopped('email', 'refused') },
    'sms refused',
  ],
  ['Teams is busy, but there is time', { failure: retry('teams', NOW + 5_000) }, undefined],
  ['the next attempt is at the last call', { failure: retry('teams', LAST_CALL) }, undefined],
  ['the next attempt is after it', { failure: retry('teams', LAST_CALL + 1) }, 'email busy'],
  ['throttled past the deadline', { failure: retry('teams', NOW + 60 * MINUTE) }, 'email busy'],
  ['e-mail is busy, but there is time', { failure: retry('email', NOW + 5_000) }, undefined],
  ['e-mail is busy too long', { failure: retry('email', LAST_CALL + 1), whyWay: 'noChat' }, 'sms noChat'],
  [
    'a short life: half of it for Teams',
    { deadlineAt: NOW + 2 * MINUTE, failure: retry('teams', NOW + MINUTE) },
    undefined,
  ],
  [
    'a short life: the other half for the rest',
    { deadlineAt: NOW + 2 * MINUTE, failure: retry('teams', NOW + MINUTE + 1) },
    'email busy',
  ],
  ['its moment has passed', { deadlineAt: NOW }, undefined],
  ['sent early, refused: the next way at once', { dueAt: NOW + 5 * MINUTE }, 'email blocked'],
  ['in doubt, said again', { failure: retry('teams', LAST_CALL + 1, true) }, 'email busy'],
  ['in doubt, never again', { failure: retry('teams', LAST_CALL + 1, true), whenUnknown: 'never' }, undefined],
  ['an earlier attempt in doubt, never again', { isInDoubt: true, whenUnknown: 'never' }, undefined],
  ['an earlier attempt in doubt, said again', { isInDoubt: true }, 'email blocked'],
  ['never again, but nothing is in doubt', { whenUnknown: 'never' }, 'email blocked'],
];

const way = fc.constantFrom<WayName>('teams', ...OTHER_WAYS);
const some = fc.subarray([...OTHER_WAYS]).chain((ways) => fc.shuffledSubarray(ways, { minLength: ways.length }));
const situations: fc.Arbitrary<Situation> = fc.record({
  failure: fc.record(
    {
      way,
      why: fc.constantFrom<WhyWay>('blocked', 'noChat', 'refused', 'busy'),
      ambiguous: fc.boolean(),
      nextAt: fc.integer({ min: NOW - 5 * MINUTE, max: NOW + 30 * MINUTE }),
    },
    { requiredKeys: ['way', 'why', 'ambiguous'] },
  ),
  whyWay: fc.constantFrom<WhyWay | null>(null, 'blocked', 'noChat', 'refused', 'busy'),
  ladder: some,
  usable: some,
  configured: some,
  isInDoubt: fc.boolean(),
  whenUnknown: fc.constantFrom('again' as const, 'never' as const),
  now: fc.integer({ min: NOW - 5 * MINUTE, max: NOW + 15 * MINUTE }),
  dueAt: fc.constant(NOW),
  deadlineAt: fc.integer({ min: NOW, max: NOW + 15 * MINUTE }),
});
const rungOf = (ladder: readonly OtherWayName[], name: WayName) => (['teams', ...ladder] as WayName[]).indexOf(name);

describe('the ladder', () => {
  for (const [what, more, expected] of CASES)
    it(`${what}: ${expected ?? 'no other way'}`, () => {
      const next = nextWay(situation(more));
      assert.equal(next && `${next.way} ${next.why}`, expected);
    });

  it('leaves half the time or three minutes to the rest', () => {
    assert.equal(lastCallAt(NOW, NOW + 60 * MINUTE), NOW + 57 * MINUTE);
    assert.equal(lastCallAt(NOW, NOW + 4 * MINUTE), NOW + 2 * MINUTE);
    assert.equal(lastCallAt(NOW + MINUTE, NOW), NOW);
  });

  it('goes only down, and only to what is chosen, confirmed, not stopped and set up', () => {
    fc.assert(
      fc.property(situations, (now) => {
        const next = nextWay(now);
        if (!next) return;
        assert.ok(rungOf(now.ladder, next.way) > rungOf(now.ladder, now.failure.way));
        assert.ok(now.ladder.includes(next.way) && now.usable.includes(next.way) && now.configured.includes(next.way));
      }),
    );
  });

  it('ends, whatever fails: each way is tried once', () => {
    fc.assert(
      fc.property(situations, (first) => {
        const tried: WayName[] = [first.failure.way];
        let now = first;
        for (;;) {
          const next = nextWay(now);
          if (!next) break;
          assert.ok(!tried.includes(next.way));
          tried.push(next.way);
          now = { ...now, failure: stopped(next.way, 'refused'), whyWay: next.why };
        }
        assert.ok(tried.length <= 1 + first.ladder.length);
      }),
    );
  });

  it('says nothing twice that may have arrived, where the kind forbids it; and nothing after its moment', () => {
    fc.assert(
      fc.property(situations, (now) => {
        const mayHaveArrived = now.failure.ambiguous || now.isInDoubt;
        if ((mayHaveArrived && now.whenUnknown === 'never') || now.now >= now.deadlineAt)
          assert.equal(nextWay(now), undefined);
      }),
    );
  });

  it('keeps the first reason', () => {
    fc.assert(
      fc.property(situations, (now) => {
        const next = nextWay(now);
        if (next) assert.equal(next.why, now.whyWay ?? now.failure.why);
      }),
    );
  });
});
