/** News that wait, and what overtakes them: later edits, answers, and what nobody wanted to hear of. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { isKindOn } from '../../src/nudges/chosen.ts';
import { KINDS, kindNamed } from '../../src/nudges/kinds.ts';
import type { ChangeFacts } from '../../src/nudges/notices.ts';
import type { NoticedChange, PlanInput } from '../../src/nudges/nudge.ts';
import { type PlannedNudge, plan } from '../../src/nudges/plan.ts';
import type { ChosenSettings } from '../../src/nudges/settings.ts';
import { legKey } from '../../src/travel/port.ts';
import { roughEstimate } from '../../src/travel/rough.ts';
import { waysOf } from '../../src/travel/ways.ts';
import {
  ANN,
  at,
  attendee,
  DAY,
  HEADQUARTERS,
  HOUR,
  MINUTE,
  meeting,
  NOW,
  planInput,
  scene,
  utc,
} from '../support/events.ts';

type Version = Partial<CalendarEvent> | undefined;
const NEWS = ['change', 'invitation', 'conflict'];
/** In Berlin from 23:00 until 08:00. */
const NIGHT: ChosenSettings = { quiet: { from: '23:00', to: '08:00' } };
const EVENING = utc('2026-12-01 23:00');
const MORNING = utc('2026-12-02 07:00');

const base = meeting({ startAt: utc('2026-12-03 14:00') });
const later = (hours: number) => ({ startAt: base.startAt + hours * HOUR, endAt: base.endAt + hours * HOUR });
const FREE = { response: 'notResponded' as const };

/** A meeting through its versions, each read at its instant; undefined is gone. */
function changesIn(
  versions: [at: number, Version][],
  id = 'event-1',
): { changes: NoticedChange[]; events: CalendarEvent[] } {
  const entries = versions.map(([, more], index) => more && { ...base, id, changeKey: `v${index}`, ...more });
  const changes = versions.slice(1).flatMap(([noticedAt], index) => {
    const [before, after] = [entries[index], entries[index + 1]];
    const removals = before && !after ? [before] : [];
    const merged = { upserts: after ? [after] : [], removals, refused: 0, missingMasters: [], isDoubtful: false };
    return changesOf(before ? [before] : [], merged, noticedAt).map((change) => ({
      ...change,
      changeId: `${id} ${noticedAt}`,
      noticedAt,
    }));
  });
  const current = entries.at(-1);
  return { changes, events: current ? [current] : [] };
}

const newsOf = (input: PlanInput) => plan(input).filter(({ kind }) => NEWS.includes(kind));
function told(
  versions: [at: number, Version][],
  now: number,
  settings: ChosenSettings = NIGHT,
  more: Partial<PlanInput> = {},
) {
  const { person: _, ...rest } = more;
  return newsOf(planInput({ ...changesIn(versions), now, person: { settings }, ...rest }));
}
const factsOf = ({ facts }: PlannedNudge) => facts as unknown as ChangeFacts;
const words = (nudges: PlannedNudge[]) => nudges.map((one) => `${one.kind} ${factsOf(one).change}`);

describe('edits of a night', () => {
  /** [what, versions, what is told in the morning] */
  const cases: [string, [number, Version][], string[]][] = [
    [
      'moved thrice is one',
      [
        [0, {}],
        [EVENING, later(1)],
        [EVENING + HOUR, later(2)],
        [EVENING + 3 * HOUR, later(3)],
      ],
      ['change moved'],
    ],
    [
      'moved and called off is called off',
      [
        [0, {}],
        [EVENING, later(1)],
        [EVENING + HOUR, { isCancelled: true }],
      ],
      ['change cancelled'],
    ],
    [
      'called off and tidied away is called off',
      [
        [0, {}],
        [EVENING, { isCancelled: true }],
        [EVENING + HOUR, undefined],
      ],
      ['change cancelled'],
    ],
    [
      'there and back is nothing',
      [
        [0, {}],
        [EVENING, later(1)],
        [EVENING + HOUR, {}],
      ],
      [],
    ],
    [
      'called off and on again is nothing',
      [
        [0, {}],
        [EVENING, { isCancelled: true }],
        [EVENING + HOUR, {}],
      ],
      [],
    ],
    [
      'moved, then declined, is nothing',
      [
        [0, {}],
        [EVENING, later(1)],
        [EVENING + HOUR, { ...later(1), response: 'declined' }],
      ],
      [],
    ],
    [
      'an invitation that is moved is one',
      [
        [0, undefined],
        [EVENING, FREE],
        [EVENING + HOUR, { ...FREE, ...later(1) }],
      ],
      ['invitation invited'],
    ],
    [
      'an invitation that is called off is none',
      [
        [0, undefined],
        [EVENING, FREE],
        [EVENING + HOUR, { ...FREE, isCancelled: true }],
      ],
      [],
    ],
    [
      'an invitation that is accepted in Outlook is none',
      [
        [0, undefined],
        [EVENING, FREE],
        [EVENING + HOUR, {}],
      ],
      [],
    ],
    [
      'an invitation that is accepted and then moved is a move',
      [
        [0, undefined],
        [EVENING, FREE],
        [EVENING + HOUR, {}],
        [EVENING + 2 * HOUR, later(1)],
      ],
      ['change moved'],
    ],
    [
      'by day they are apart',
      [
        [0, {}],
        [MORNING + HOUR, later(1)],
        [MORNING + 2 * HOUR, later(2)],
      ],
      ['change moved', 'change moved'],
    ],
  ];
  for (const [what, versions, expected] of cases)
    it(`: ${what}`, () => assert.deepEqual(words(told(versions, MORNING + 4 * HOUR)), expected));

  it('become one message, from before the first to after the last, due when the night is over', () => {
    const [only, ...more] = told(
      [
        [0, {}],
        [EVENING, later(1)],
        [EVENING + HOUR, later(2)],
      ],
      EVENING + 2 * HOUR,
    );
    assert.ok(only && more.length === 0);
    assert.deepEqual([factsOf(only).beforeStartAt, factsOf(only).startAt], [base.startAt, later(2).startAt]);
    assert.equal(only.dueAt, MORNING);
  });

  it('stay one message when it was said and the quiet hours are others since', () => {
    const versions: [number, Version][] = [
      [0, {}],
      [EVENING, later(1)],
      [EVENING + HOUR, later(2)],
    ];
    const said = told(versions, EVENING + 2 * HOUR).map((one) => ({ ...one, saidAt: MORNING }));
    assert.deepEqual(
      told(versions, MORNING + HOUR, {}, { said }).map((one) => one.nudgeId),
      said.map((one) => one.nudgeId),
    );
  });

  it('in a pause that somebody ends are one too, as it was one until then', () => {
    const versions: [number, Version][] = [
      [0, {}],
      [NOW, later(1)],
      [NOW + HOUR, later(2)],
    ];
    assert.deepEqual(words(told(versions, NOW + 2 * HOUR, { pausedUntil: NOW + 2 * HOUR })), ['change moved']);
  });

  it('say only the last thing, once, whatever happens when', () => {
    const version = fc.record({
      startAt: fc.constantFrom(0, 1, 2).map((hours) => base.startAt + hours * HOUR),
      isCancelled: fc.boolean(),
      response: fc.constantFrom('accepted', 'tentative', 'declined'),
    });
    const edits = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 8 * 60 - 1 }), version), {
      minLength: 1,
      maxLength: 6,
      selector: ([minute]) => minute,
    });
    fc.assert(
      fc.property(edits, (list) => {
        const sorted = [...list].sort(([a], [b]) => a - b);
        const versions = sorted.map(([minute, more]): [number, Version] => [
          EVENING + minute * MINUTE,
          more as Version,
        ]);
        const all = told([[0, {}], ...versions], MORNING, NIGHT).filter(({ kind }) => kind === 'change');
        assert.ok(all.length <= 1, `${all.length}`);
      }),
    );
  });
});

describe('news from before they were wanted', () => {
  const versions: [number, Version][] = [
    [0, {}],
    [NOW, later(1)],
  ];
  const series = { type: 'occurrence' as const, seriesMasterId: 'series' };
  /** [what is wanted since, whether it is about the meeting] */
  const cases: [string, boolean][] = [
    ['change', true],
    ['invitation', false],
    ['series event-1', true],
    ['series series', false],
    ['calendar default', true],
    ['calendar other', false],
    [`person ${ANN.address}`, true],
    ['person bob@test.example', false],
  ];
  for (const [name, isAbout] of cases)
    it(`are ${isAbout ? 'not ' : ''}told: ${name}`, () => {
      const settings = { newsSince: { [name]: NOW + HOUR } };
      assert.equal(told(versions, NOW + 2 * HOUR, settings).length, isAbout ? 0 : 1);
      assert.equal(
        told(
          [
            [0, {}],
            [NOW + HOUR, later(1)],
          ],
          NOW + 2 * HOUR,
          settings,
        ).length,
        1,
        'what comes then is',
      );
    });

  it('of a series go by the series', () => {
    const inSeries = versions.map(([when, more]): [number, Version] => [when, { ...series, ...more }]);
    assert.equal(told(inSeries, NOW + 2 * HOUR, { newsSince: { 'series series': NOW + HOUR } }).length, 0);
  });

  it('that were said stay in the plan', () => {
    const said = told(versions, NOW).map((one) => ({ ...one, saidAt: NOW }));
    assert.equal(told(versions, NOW + 2 * HOUR, { newsSince: { change: NOW + HOUR } }, { said }).length, 1);
  });

  it('make no message of their own out of a double booking', () => {
    const second = meeting({ ...later(1), id: 'event-2' });
    const { changes, events } = changesIn(versions);
    const ofKinds = (newsSince: Record<string, number>) =>
      words(
        newsOf(
          planInput({ changes, events: [...events, second], now: NOW + HOUR, person: { settings: { newsSince } } }),
        ),
      );
    assert.deepEqual(ofKinds({ change: NOW + MINUTE, conflict: NOW + MINUTE }), []);
    assert.deepEqual(ofKinds({ change: NOW + MINUTE }), ['conflict moved']);
  });

  it('that waited in a night are told from then on', () => {
    const night: [number, Version][] = [
      [0, {}],
      [EVENING, later(1)],
      [EVENING + 2 * HOUR, later(2)],
    ];
    const [only] = told(night, MORNING, { ...NIGHT, newsSince: { change: EVENING + HOUR } });
    assert.equal(only && factsOf(only).beforeStartAt, later(1).startAt);
  });
});

describe('what delivery would refuse', () => {
  const version = fc.option(
    fc.record({
      startAt: fc.constantFrom(-2, 3, 4, 5, 6, 12, 52, 53, 54, 100).map((half) => NOW + half * 30 * MINUTE),
      response: fc.constantFrom('none', 'organizer', 'tentative', 'accepted', 'declined', 'notResponded'),
      isCancelled: fc.boolean(),
      isOrganizer: fc.boolean(),
      place: fc.constantFrom(undefined, at('Cafe', 48.2, 11.6), at('Client', 48.3, 11.7)),
      agenda: fc.constantFrom([], ['Budget']),
      attendees: fc.constantFrom([attendee('Bob')], [attendee('Bob'), attendee('Eve', { response: 'accepted' })]),
    }),
    { nil: undefined, freq: 6 },
  );
  const history = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 * 60 }), version), { minLength: 2, maxLength: 4 });
  const SECONDS_BACK = 30 * HOUR;
  const promised = (half: number, place?: ReturnType<typeof at>) => ({
    startAt: NOW + half * 30 * MINUTE,
    response: 'accepted',
    isCancelled: false,
    isOrganizer: false,
    place,
    agenda: ['Budget'],
    attendees: [attendee('Bob')],
  });
  const [EARLY, LATE] = [60, 30 * 60 - 1];
  /** What chance makes too seldom: two that were promised at one time, and a way that is too long. */
  const clash = [
    [[EARLY, promised(12)]],
    [
      [LATE - 5, { ...promised(12), response: 'notResponded' }],
      [LATE, promised(12)],
    ],
  ];
  const tooFar = [[[EARLY, promised(4, at('Cafe', 48.2, 11.6))]], [[LATE, promised(5, at('Client', 49.3, 12.7))]]];

  it('is in no plan, of whatever kind, however the replica came to be', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(history, { minLength: 1, maxLength: 5 }), fc.boolean(), (histories, isQuiet) => {
        const all = histories.map((list, index) => {
          const sorted = [...list].sort(([a], [b]) => a - b);
          const versions = sorted.map(([minute, more]): [number, Version] => [
            NOW - SECONDS_BACK + minute * MINUTE,
            more && ({ ...more, endAt: more.startAt + 30 * MINUTE } as unknown as Version),
          ]);
          return changesIn(versions, `event-${index}`);
        });
        const events = all.flatMap((one) => one.events);
        const ways = waysOf(events, scene(HEADQUARTERS));
        const settings: ChosenSettings = {
          kinds: Object.fromEntries(KINDS.map((kind) => [kind.name, true])),
          ...(isQuiet ? NIGHT : {}),
        };
        const input = planInput({
          events,
          named: [],
          changes: all.flatMap((one) => one.changes),
          travel: new Map(ways.map(({ leg }) => [legKey(leg), roughEstimate(leg)])),
          colleagues: new Set([ANN.address]),
          person: { settings, places: { office: HEADQUARTERS } },
        });
        const byId = new Map(events.map((event) => [event.id, event]));
        for (const nudge of plan(input)) {
          seen.add(nudge.kind);
          assert.ok(kindNamed(nudge.kind)?.stillStands(nudge, byId.get(nudge.eventId)), nudge.kind);
        }
      }),
      { numRuns: 600, examples: [clash, tooFar].map((one) => [one, false] as never) },
    );
    const all = KINDS.filter((kind) => isKindOn(kind, planInput().person.settings) || kind.name === 'followUp');
    assert.deepEqual(
      all.filter((kind) => !seen.has(kind.name)).map((kind) => kind.name),
      [],
    );
  });

  it('is not wanted again after the series was answered as a whole: its head tells', () => {
    const inSeries = { ...FREE, type: 'occurrence' as const, seriesMasterId: 'series' };
    const occurrences = [0, 1].map((week) =>
      meeting({ ...inSeries, id: `o${week}`, startAt: base.startAt + week * 7 * DAY }),
    );
    const merged = { upserts: occurrences, removals: [], refused: 0, missingMasters: [], isDoubtful: false };
    const changes = changesOf([], merged, NOW).map((change) => ({ ...change, changeId: 'c', noticedAt: NOW }));
    const head = (response: CalendarEvent['response']) => meeting({ id: 'series', type: 'master', response });
    const asked = (named?: CalendarEvent[]) =>
      newsOf(planInput({ changes, events: occurrences, ...(named ? { named } : {}) })).length;
    assert.equal(asked([head('notResponded')]), 1);
    assert.equal(asked([head('accepted')]), 0);
    assert.equal(asked([]), 0, 'gone');
    assert.equal(asked(), 1, 'not looked up');
  });
});
