import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { leaveByCard, leaveBySentence } from '../../src/bot/cards/leave-by.ts';
import type { CalendarEvent, NamedPlace } from '../../src/calendar/event.ts';
import { JOINS_ONLINE, type LeaveByFacts, leaveBy, NOTICE_MS, THERE_ALREADY } from '../../src/nudges/leave-by.ts';
import type { PlanInput, Said } from '../../src/nudges/nudge.ts';
import { type PlannedNudge, plan } from '../../src/nudges/plan.ts';
import { type Estimate, legKey } from '../../src/travel/port.ts';
import { waysOf } from '../../src/travel/ways.ts';
import { allDay, at, HEADQUARTERS, MINUTE, meeting, NOW, planInput, scene, utc } from '../support/events.ts';

const CAFE = at('Cafe Central', 48.2, 11.6);
const CLIENT = at('Client', 48.3, 11.7);
const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
/** 14:00 in Berlin. */
const two = (more: Partial<CalendarEvent> = {}) => meeting({ startAt: utc('2026-12-01 13:00'), place: CAFE, ...more });

interface Given extends Partial<Pick<PlanInput, 'said' | 'answers' | 'now'>> {
  minutes?: number;
  office?: NamedPlace;
  isRough?: boolean;
  hasTraffic?: true;
}

function inputOf(events: CalendarEvent[], given: Given = {}): PlanInput {
  const { minutes = 28, office = HEADQUARTERS, isRough = false, hasTraffic, ...rest } = given;
  const estimate: Estimate = {
    durationMs: minutes * MINUTE,
    distanceM: 9_000,
    isRough,
    ...(hasTraffic ? { hasTraffic } : {}),
  };
  const travel = new Map(waysOf(events, scene(office)).map(({ leg }) => [legKey(leg), estimate]));
  return planInput({ events, travel, person: { places: { office } }, ...rest });
}
const allLeaveBys = (events: CalendarEvent[], given: Given = {}) =>
  plan(inputOf(events, given)).filter((nudge) => nudge.kind === 'leaveBy');
/** The first words; “leave now” is left out. */
const leaveBys = (events: CalendarEvent[], given: Given = {}) =>
  allLeaveBys(events, given).filter((nudge) => nudge.leadMs === NOTICE_MS);
const factsOf = (nudge: { facts: Record<string, unknown> } | undefined) => nudge?.facts as unknown as LeaveByFacts;

describe('leave-by', () => {
  it('counts back from the start: way, spare time, and ten minutes’ notice', () => {
    const [only, ...more] = leaveBys([two()]);
    assert.deepEqual(more, []);
    assert.equal(factsOf(only).leaveAt, utc('2026-12-01 12:25'));
    assert.equal(only?.dueAt, utc('2026-12-01 12:15'));
    assert.equal(only?.earliestAt, utc('2026-12-01 12:10'));
  });

  it('says it in one sentence', () => {
    const [exact] = leaveBys([two()]);
    assert.equal(
      leaveBySentence(factsOf(exact), READER, NOW),
      'Leave by 13:25 to be at Cafe Central by 14:00 (28 min + 7 spare)',
    );
    const [rough] = leaveBys([two()], { isRough: true });
    assert.equal(
      leaveBySentence(factsOf(rough), READER, NOW),
      'Leave by 13:25 to be at Cafe Central by 14:00 (about 28 min + 7 spare)',
    );
    // The moment has passed: what counts is when one arrives.
    assert.equal(
      leaveBySentence(factsOf(exact), READER, utc('2026-12-01 12:30')),
      'Leave now to be at Cafe Central by 14:00 (28 min)',
    );
    assert.equal(
      leaveBySentence(factsOf(exact), READER, utc('2026-12-01 12:50')),
      'Leave now to be at Cafe Central by 14:18 (28 min)',
    );
    const card = leaveByCard(factsOf(exact), 'event-1', READER, NOW);
    assert.equal(card.summary, 'Leave by 13:25: Planning');
    assert.equal(card.fallbackText, 'Leave by 13:25 to be at Cafe Central by 14:00 (28 min + 7 spare) — Planning');
    assert.match(JSON.stringify(card.card), /From the office\./);
    assert.match(JSON.stringify(leaveByCard(factsOf(exact), 'event-1', READER, utc('2026-12-01 12:25'))), /Leave now/);
  });

  it('takes the spare time that the person chose', () => {
    const travel = new Map(
      waysOf([two()], scene(HEADQUARTERS)).map(({ leg }) => [
        legKey(leg),
        { durationMs: 28 * MINUTE, distanceM: 9_000, isRough: false },
      ]),
    );
    const settings = { remindMinutes: [], spareMinutes: 0 };
    const person = { places: { office: HEADQUARTERS }, settings };
    const only = plan(planInput({ events: [two()], travel, person })).find((nudge) => nudge.kind === 'leaveBy');
    assert.equal(factsOf(only).leaveAt, utc('2026-12-01 12:32'));
  });

  it('sets out from the previous meeting’s place, else from the office', () => {
    const before = meeting({ id: 'before', startAt: utc('2026-12-01 10:00'), place: CLIENT });
    assert.equal(factsOf(leaveBys([two()])[0]).fromName, 'the office');
    const after = leaveBys([before, two()]).find((nudge) => nudge.eventId === 'event-1');
    assert.equal(factsOf(after).fromName, 'Client');
  });

  it('is silent when one is near, nowhere known, or on a screen', () => {
    assert.deepEqual(leaveBys([two({ place: at('Next door', 48.1375, 11.5755) })]), []);
    assert.deepEqual(leaveBys([two({ place: { name: 'Somewhere', isRoom: false } })]), []);
    assert.deepEqual(leaveBys([two({ place: undefined, isOnline: true })]), []);
    const input: PlanInput = planInput({ events: [two()] });
    assert.deepEqual(
      leaveBy.plan({ ...input, person: { ...input.person, places: { office: HEADQUARTERS } } }),
      [],
      'no estimate, no guess',
    );
    assert.deepEqual(waysOf([two()], scene(undefined)), []);
  });

  it('is silent for what does not take place for me', () => {
    for (const event of [
      two({ response: 'declined' }),
      two({ isCancelled: true }),
      two({ isDraft: true }),
      allDay('2026-12-01', '2026-12-02', { place: CAFE }),
    ])
      assert.deepEqual(leaveBys([event]), []);
  });

  it('is not said when the meeting is another one now', () => {
    const [nudge] = leaveBys([two()]);
    assert.ok(nudge);
    assert.equal(leaveBy.stillStands(nudge, two()), true);
    assert.equal(leaveBy.stillStands(nudge, two({ place: CLIENT })), false);
    assert.equal(leaveBy.stillStands(nudge, two({ place: undefined })), false);
    assert.equal(leaveBy.stillStands(nudge, two({ startAt: utc('2026-12-01 15:00') })), false);
    assert.equal(leaveBy.stillStands(nudge, two({ isCancelled: true })), false);
    assert.equal(leaveBy.stillStands(nudge, undefined), false);
  });

  /** As the ledger has it: told for `minutes` of way at 12:15. */
  const told = (minutes: number, more: Partial<Said> = {}): Said => {
    const [nudge] = leaveBys([two()], { minutes });
    assert.ok(nudge);
    const { kind, eventId, startAt, leadMs, facts } = nudge;
    return { kind, eventId, startAt, leadMs, saidAt: utc('2026-12-01 12:15'), facts, ...more };
  };
  const at1220 = utc('2026-12-01 12:20');
  const identities = (nudges: PlannedNudge[]) => nudges.map((nudge) => nudge.nudgeId);

  it('says “leave now” when it is time, until the start', () => {
    const now = allLeaveBys([two()]).find((nudge) => nudge.leadMs === 0);
    assert.equal(now?.dueAt, utc('2026-12-01 12:25'));
    assert.equal(now?.deadlineAt, utc('2026-12-01 13:00'));
    assert.equal(leaveBys([two()])[0]?.deadlineAt, now?.dueAt, 'the notice ends where it begins');
  });

  it('is told again only when leaving moves by more than a few minutes', () => {
    const before = identities(leaveBys([two()]));
    for (const minutes of [23, 28, 33]) {
      const same = leaveBys([two()], { minutes, said: [told(28)], now: at1220 });
      assert.deepEqual(identities(same), before, `${minutes} min is the same message`);
      assert.equal(factsOf(same[0]).travelMs, minutes * MINUTE, 'whose card says the new time');
    }
    for (const minutes of [22, 34]) {
      const [other] = leaveBys([two()], { minutes, said: [told(28)], now: utc('2026-12-01 12:16') });
      assert.ok(other && !before.includes(other.nudgeId), `${minutes} min is told`);
    }
    const third = leaveBys([two()], {
      minutes: 28,
      said: [told(28), told(40, { saidAt: at1220 })],
      now: at1220,
    });
    assert.ok(third[0] && !before.includes(third[0].nudgeId), 'back again is told again');
  });

  it('is told anew for another place', () => {
    const elsewhere = leaveBys([two({ place: CLIENT })], { said: [told(28)] });
    assert.notDeepEqual(identities(elsewhere), identities(leaveBys([two()])));
  });

  for (const kind of [THERE_ALREADY, JOINS_ONLINE])
    it(`says nothing more after ${kind}, for that occurrence`, () => {
      const answers = [{ kind, eventId: 'event-1', value: { startAt: two().startAt }, answeredAt: NOW }];
      assert.deepEqual(allLeaveBys([two()], { answers }), []);
      assert.equal(allLeaveBys([two({ id: 'other' })], { answers }).length, 2);
      const [shown] = allLeaveBys([two()], { answers, said: [told(28)], now: at1220 });
      assert.ok(factsOf(shown).ended, 'what was said says so');
    });

  it('asks for the way again as leaving nears, each moment once', () => {
    const moments = (given: Given) => {
      const seen: string[] = [];
      for (let now = utc('2026-12-01 08:00'); ; ) {
        const again = leaveBy.againAt?.(inputOf([two()], { ...given, now }));
        if (again === undefined) return seen;
        assert.ok(again > now, 'never the same moment again');
        seen.push(new Date(again).toISOString().slice(11, 16));
        now = again;
      }
    };
    assert.deepEqual(moments({}), ['11:55', '12:13']);
    assert.deepEqual(moments({ hasTraffic: true }), ['09:25', '10:25', '11:25', '11:55', '12:13']);
  });

  it('stands on the other cards of the meeting', () => {
    const reminder = plan(inputOf([two()])).find((nudge) => nudge.kind === 'reminder');
    assert.deepEqual(reminder?.facts.leave, { at: utc('2026-12-01 12:25'), isRough: false });
  });

  it('never says to leave later than the way takes, and the same twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: -300, max: 60 }), (minutes, offset) => {
        const given = { minutes, now: two().startAt + offset * MINUTE };
        const once = allLeaveBys([two()], given);
        for (const nudge of once) {
          const { leaveAt, travelMs } = factsOf(nudge);
          assert.ok(leaveAt + travelMs <= two().startAt);
          assert.ok(nudge.dueAt <= leaveAt && nudge.deadlineAt > given.now);
        }
        assert.deepEqual(allLeaveBys([two()], given), once);
      }),
    );
  });
});

describe('leave-by that was told', () => {
  /** Planned for `minutes` of way, and sent as the ledger has it. */
  const sent = (leadMs: number, saidAt: number, given: Given = {}): Said => {
    const nudge = allLeaveBys([two()], { now: saidAt, ...given }).find(
      (one) => one.leadMs === leadMs && !given.said?.some((before) => before.nudgeId === one.nudgeId),
    );
    assert.ok(nudge);
    const { kind, eventId, startAt, nudgeId, dueAt, facts } = nudge;
    return { kind, eventId, startAt, leadMs, nudgeId, dueAt, saidAt, facts };
  };
  const first = () => sent(NOTICE_MS, utc('2026-12-01 12:15'));
  const leaveNow = () => sent(0, utc('2026-12-01 12:25'), { said: [first()] });
  const open = (nudges: PlannedNudge[], said: Said[]) =>
    nudges.filter((nudge) => !said.some((one) => one.nudgeId === nudge.nudgeId));

  it('is told again at once, whether there is less time or more', () => {
    const said = [first()];
    for (const [minutes, leaveAt] of [
      [34, '12:19'],
      [10, '12:43'],
    ] as const) {
      const now = utc('2026-12-01 12:17');
      const nudges = allLeaveBys([two()], { minutes, said, now });
      const [notice, ...more] = open(nudges, said).filter((nudge) => nudge.leadMs === NOTICE_MS);
      assert.deepEqual(more, []);
      assert.ok((notice?.dueAt ?? now + 1) <= now && (notice?.earliestAt ?? now + 1) <= now, `${minutes} min: at once`);
      assert.equal(factsOf(notice).leaveAt, utc(`2026-12-01 ${leaveAt}`));
      assert.equal(notice?.deadlineAt, factsOf(notice).leaveAt);
      const before = nudges.find((nudge) => nudge.nudgeId === said[0]?.nudgeId);
      assert.equal(factsOf(before).leaveAt, factsOf(notice).leaveAt, 'the card of the first says the same');
    }
  });

  it('is told a third time only from what was told last', () => {
    const now = utc('2026-12-01 12:17');
    const again = sent(NOTICE_MS, now, { minutes: 34, said: [first()] });
    const said = [first(), again];
    for (const [minutes, count] of [
      [34, 0],
      [29, 0],
      [28, 1],
      [35, 0],
      // For what it is time to go by now there is “leave now”.
      [40, 0],
    ] as const) {
      const nudges = allLeaveBys([two()], { minutes, said, now: now + MINUTE });
      const notices = open(nudges, said).filter((nudge) => nudge.leadMs === NOTICE_MS);
      assert.equal(notices.length, count, `${minutes} min`);
    }
  });

  it('is over with “leave now”: who was told so has left', () => {
    const said = [first(), leaveNow()];
    for (const minutes of [5, 28, 33])
      assert.deepEqual(open(allLeaveBys([two()], { minutes, said, now: utc('2026-12-01 12:26') }), said), []);
  });

  it('says on every card of it that they need not go', () => {
    const said = [first(), leaveNow()];
    const now = utc('2026-12-01 12:26');
    const value = { startAt: two().startAt };
    for (const [kind, ended] of [
      [THERE_ALREADY, 'there'],
      [JOINS_ONLINE, 'online'],
    ] as const) {
      const answers = [{ kind, eventId: 'event-1', value, answeredAt: now }];
      const shown = allLeaveBys([two()], { said, answers, now });
      assert.deepEqual(shown.map(({ nudgeId }) => nudgeId).sort(), said.map((one) => one.nudgeId).sort());
      assert.deepEqual(
        shown.map((nudge) => factsOf(nudge).ended),
        [ended, ended],
      );
    }
  });

  it('says that there is no way any more when one is near already', () => {
    const near = meeting({ id: 'before', startAt: utc('2026-12-01 12:00'), place: at('Next door', 48.2001, 11.6001) });
    const said = [first()];
    const shown = allLeaveBys([near, two()], { said, now: utc('2026-12-01 12:16') }).filter(
      (nudge) => nudge.eventId === 'event-1',
    );
    assert.deepEqual(
      shown.map((nudge) => [nudge.nudgeId, factsOf(nudge).ended]),
      [[said[0]?.nudgeId, 'near']],
    );
  });

  it('keeps what it said while nobody knows how long the way takes', () => {
    const input = { ...inputOf([two()], { said: [first()], now: utc('2026-12-01 12:16') }), travel: new Map() };
    assert.deepEqual(leaveBy.plan(input), []);
  });

  it('counts an answer for the time that it was given for', () => {
    const answers = [
      { kind: THERE_ALREADY, eventId: 'event-1', value: { startAt: two().startAt }, answeredAt: NOW },
      { kind: JOINS_ONLINE, eventId: 'event-1', value: true, answeredAt: NOW },
    ];
    assert.equal(allLeaveBys([two({ startAt: utc('2026-12-01 15:00') })], { answers }).length, 2);
  });

  it('is not about the place that it was: told anew, and the old one makes no sense', () => {
    const said = [first()];
    const moved = two({ place: CLIENT });
    const nudges = allLeaveBys([moved], { said, now: utc('2026-12-01 12:16') });
    assert.equal(open(nudges, said).length, 2);
    assert.equal(nudges.length, 2);
    assert.equal(leaveBy.stillStands({ ...first(), facts: first().facts ?? {} }, moved), false);
  });

  it('says nothing of a private place, but knows it', () => {
    const settings = { private: 'discreet' } as const;
    const event = two({ sensitivity: 'private' });
    const input = inputOf([event]);
    const discreet = { ...input, person: { ...input.person, settings: { ...input.person.settings, ...settings } } };
    const [nudge] = plan(discreet).filter((one) => one.kind === 'leaveBy');
    assert.ok(nudge);
    assert.doesNotMatch(JSON.stringify(nudge.facts), /Cafe|Planning|Bob|Ann/);
    assert.equal(leaveBy.stillStands(nudge, event), true);
    assert.equal(leaveBy.stillStands(nudge, { ...event, place: CLIENT }), false);
  });

  it('settles: with whatever is sent, the next plan asks for nothing that was said, and each thing once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 }), (ways) => {
        const said: Said[] = [];
        let last: number | undefined;
        for (const [index, minutes] of ways.entries()) {
          const now = utc('2026-12-01 12:00') + index * 2 * MINUTE;
          if (now >= two().startAt) break;
          const nudges = allLeaveBys([two()], { minutes, said, now });
          assert.equal(new Set(nudges.map((one) => one.nudgeId)).size, nudges.length);
          for (const nudge of open(nudges, said).filter((one) => one.dueAt <= now)) {
            const { kind, eventId, startAt, leadMs, nudgeId, dueAt, facts } = nudge;
            const { leaveAt } = factsOf(nudge);
            if (leadMs > 0 && last !== undefined) assert.ok(Math.abs(leaveAt - last) > 5 * MINUTE);
            if (leadMs > 0) last = leaveAt;
            said.push({ kind, eventId, startAt, leadMs, nudgeId, dueAt, saidAt: now, facts });
          }
          const after = allLeaveBys([two()], { minutes, said, now });
          assert.deepEqual(
            open(after, said).filter((one) => one.dueAt <= now),
            [],
          );
        }
        assert.ok(said.filter((one) => one.leadMs === 0).length <= 1);
      }),
    );
  });
});
