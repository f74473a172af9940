import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { disguised, hushed, isChosen, isKindOn } from '../../src/nudges/chosen.ts';
import { meetingFacts } from '../../src/nudges/facts.ts';
import { KINDS, kindNamed } from '../../src/nudges/kinds.ts';
import type { PlanInput } from '../../src/nudges/nudge.ts';
import { type PlannedNudge, plan } from '../../src/nudges/plan.ts';
import { type ChosenSettings, DEFAULT_SETTINGS } from '../../src/nudges/settings.ts';
import { legKey } from '../../src/travel/port.ts';
import { roughEstimate } from '../../src/travel/rough.ts';
import { waysOf } from '../../src/travel/ways.ts';
import {
  at,
  attendee,
  DAY,
  HEADQUARTERS,
  HOUR,
  MINUTE,
  meeting,
  mine,
  NOW,
  planInput,
  scene,
  utc,
} from '../support/events.ts';

const settings = (chosen: ChosenSettings) => ({ ...DEFAULT_SETTINGS, ...chosen });
const named = (id: string) => [{ id, name: id }];

describe('a meeting that somebody wants to hear about', () => {
  const alone = meeting({ attendees: [], isOrganizer: true, response: 'organizer' });
  const room = meeting({ attendees: [attendee('Room', { type: 'resource' })] });
  const link = meeting({ joinUrl: 'https://teams.microsoft.com/l/1' });
  const weekly = meeting({ id: 'weekly-3', seriesMasterId: 'weekly', type: 'occurrence' });
  /** [name, settings, event, chosen] */
  const cases: [string, ChosenSettings, CalendarEvent, boolean][] = [
    ['any, without a choice', {}, alone, true],
    ['a muted series’ occurrence', { mutedSeries: named('weekly') }, weekly, false],
    ['a muted series’ exception', { mutedSeries: named('weekly') }, { ...weekly, type: 'exception' }, false],
    ['a muted series’ head', { mutedSeries: named('weekly') }, meeting({ id: 'weekly', type: 'master' }), false],
    ['another series’', { mutedSeries: named('other') }, weekly, true],
    ['a single one that is muted', { mutedSeries: named('event-1') }, meeting(), false],
    // Muting is of the series: an occurrence’s id stands for nothing but itself.
    ['of a series, its occurrence’s id muted', { mutedSeries: named('weekly-3') }, weekly, true],
    // nc#5951, gcal#59: one calendar muted, not all.
    ['in a muted calendar', { mutedCalendars: named('team') }, meeting({ calendarId: 'team' }), false],
    ['in another calendar', { mutedCalendars: named('team') }, meeting({ calendarId: 'side' }), true],
    ['in the default calendar, which is muted', { mutedCalendars: named('default') }, meeting(), false],
    [
      'in another calendar than the default one',
      { mutedCalendars: named('default') },
      meeting({ calendarId: 'x' }),
      true,
    ],
    ['by somebody muted', { mutedPeople: named('ann@test.example') }, meeting(), false],
    ['by somebody else', { mutedPeople: named('bob@test.example') }, meeting(), true],
    ['of my own, myself muted', { mutedPeople: named('ann@test.example') }, mine(), true],
    ['alone, only with others', { onlyWithOthers: true }, alone, false],
    ['with a room alone, only with others', { onlyWithOthers: true }, room, false],
    ['with others, only with others', { onlyWithOthers: true }, meeting(), true],
    ['without a link, only with one', { onlyWithLink: true }, meeting(), false],
    ['with a link, only with one', { onlyWithLink: true }, link, true],
    // mb#793: “some meetings are free to join if you have time, which you usually reply as tentative”.
    ['answered tentatively', { tentative: 'skip' }, meeting({ response: 'tentative', showAs: 'tentative' }), false],
    ['answered tentatively, shown as busy', { tentative: 'skip' }, meeting({ response: 'tentative' }), false],
    ['of mine, shown as tentative', { tentative: 'skip' }, mine({ showAs: 'tentative' }), false],
    // Outlook shows every unanswered invitation as tentative.
    ['not answered yet', { tentative: 'skip' }, meeting({ response: 'notResponded', showAs: 'tentative' }), true],
    ['accepted, shown as tentative', { tentative: 'skip' }, meeting({ showAs: 'tentative' }), false],
    ['answered tentatively, as any other', {}, meeting({ response: 'tentative', showAs: 'tentative' }), true],
    ['shown as free', { free: 'skip' }, meeting({ showAs: 'free' }), false],
    ['shown as free, as any other', {}, meeting({ showAs: 'free' }), true],
    ['private', { private: 'skip' }, meeting({ sensitivity: 'private' }), false],
    ['confidential', { private: 'skip' }, meeting({ sensitivity: 'confidential' }), false],
    ['personal', { private: 'skip' }, meeting({ sensitivity: 'personal' }), true],
    ['private, discreet', { private: 'discreet' }, meeting({ sensitivity: 'private' }), true],
  ];
  for (const [name, chosen, event, expected] of cases)
    it(`${name}: ${expected}`, () => assert.equal(isChosen(event, settings(chosen)), expected));
});

describe('a kind that is on', () => {
  const off = { name: 'x', isOnAtFirst: false };
  const on = { name: 'x', isOnAtFirst: true };
  /** [kind, settings, on] */
  const cases: [typeof on, ChosenSettings, boolean][] = [
    [on, {}, true],
    [off, {}, false],
    [on, { kinds: { x: false } }, false],
    [off, { kinds: { x: true } }, true],
    [on, { kinds: { y: false } }, true],
    [on, { forbiddenKinds: ['x'] }, false],
    [off, { forbiddenKinds: ['x'], kinds: { x: true } }, false],
    [on, { forbiddenKinds: ['y'] }, true],
  ];
  for (const [kind, chosen, expected] of cases)
    it(`${kind.isOnAtFirst ? 'on' : 'off'} at first, ${JSON.stringify(chosen)}: ${expected}`, () =>
      assert.equal(isKindOn(kind, settings(chosen)), expected));
});

/** Whatever of a private meeting must not be shown carries this. */
const CANARY = 'Kanarienvogel';
const CLIENT = {
  ...at(`${CANARY} clinic`, 48.3, 11.7),
  isRoom: false,
  name: `${CANARY} clinic`,
  address: `${CANARY} street`,
};

const secret = (more: Partial<CalendarEvent>): CalendarEvent =>
  meeting({
    subject: `${CANARY} subject`,
    place: CLIENT,
    organizer: { name: `${CANARY} boss`, address: `${CANARY.toLowerCase()}@test.example` },
    attendees: [attendee(`${CANARY} guest`), attendee(`${CANARY} room`, { type: 'resource' })],
    agenda: [`${CANARY} agenda`],
    webLink: `https://outlook.example/${CANARY}`,
    sensitivity: 'private',
    ...more,
  });

/** A day that gives every kind something to say: meetings, invitations, moves, answers, a way to go. */
function busyInput(events: CalendarEvent[], chosen: ChosenSettings, now = NOW): PlanInput {
  const before = events.map((event) => ({
    ...event,
    startAt: event.startAt - HOUR,
    endAt: event.endAt - HOUR,
    place: event.place && { ...event.place, name: `${event.place.name} before` },
    attendees: event.attendees.map((one) => ({ ...one, response: 'none' as const })),
  }));
  const merged = (upserts: CalendarEvent[], removals: CalendarEvent[] = []) => ({
    upserts,
    removals,
    refused: 0,
    missingMasters: [],
    isDoubtful: false,
  });
  const moved = changesOf(before, merged(events), now - 2 * MINUTE);
  const invited = changesOf([], merged(events), now - MINUTE);
  const gone = changesOf(events, merged([], events.slice(0, 1)), now - 30_000);
  const changes = [...moved, ...invited, ...gone].map((change, index) => ({
    ...change,
    changeId: `change-${index}`,
    noticedAt: now - MINUTE,
  }));
  const travel = new Map(waysOf(events, scene(HEADQUARTERS)).map(({ leg }) => [legKey(leg), roughEstimate(leg)]));
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind.name, true]));
  return planInput({
    now,
    person: {
      places: { office: HEADQUARTERS },
      settings: { tellOwnChanges: true, remindAtStart: true, kinds, ...chosen },
    },
    events,
    changes,
    travel,
  });
}

const VARIANTS: Partial<CalendarEvent>[] = [
  {},
  { response: 'notResponded' },
  { response: 'tentative' },
  { isOrganizer: true, response: 'organizer', agenda: [] },
  { isOrganizer: true, response: 'organizer' },
  { type: 'occurrence', seriesMasterId: 'series' },
  { isCancelled: true },
  { joinUrl: 'https://teams.microsoft.com/l/1', isOnline: true },
];
const anySecrets = (isSecret: boolean) =>
  fc
    .array(
      fc.record({ variant: fc.nat(VARIANTS.length - 1), half: fc.integer({ min: -4, max: 70 }), more: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 7,
      },
    )
    .map((list) =>
      list.map(({ variant, half, more }, index): CalendarEvent => {
        const startAt = NOW + half * 30 * MINUTE;
        const times = {
          id: `e${index}`,
          startAt,
          endAt: startAt + (more ? HOUR : 30 * MINUTE),
          changeKey: `k${index}`,
        };
        const kind = VARIANTS[variant] ?? {};
        // Others that are public stand beside them.
        return isSecret && index % 3 !== 2
          ? secret({ ...kind, ...times, ...(index % 2 ? { sensitivity: 'confidential' } : {}) })
          : meeting({ place: at('Cafe', 48.2, 11.6), ...kind, ...times });
      }),
    );

const leaks = (nudges: PlannedNudge[]) =>
  nudges
    // A mark tells nudges apart; nobody sees it.
    .filter(({ mark: _mark, ...shown }) => JSON.stringify(shown).toLowerCase().includes(CANARY.toLowerCase()))
    .map((one) => `${one.kind} ${JSON.stringify(one.facts)}`);

describe('private meetings, discreetly', () => {
  const event = secret({ joinUrl: 'https://teams.microsoft.com/l/1' });

  it('keep their times and their link, and nothing else', () => {
    const shown = disguised(event, settings({ private: 'discreet' }));
    assert.equal(shown.startAt, event.startAt);
    assert.equal(shown.joinUrl, event.joinUrl);
    assert.equal(shown.subject, 'Private appointment');
    assert.doesNotMatch(JSON.stringify(shown), new RegExp(CANARY, 'i'));
    const facts = hushed({ ...meetingFacts(event) }, event, settings({ private: 'discreet' }));
    assert.equal(facts.startAt, event.startAt);
    assert.doesNotMatch(JSON.stringify(facts), new RegExp(CANARY, 'i'));
  });

  it('are shown to who wants them shown, and public ones always', () => {
    assert.equal(disguised(event, DEFAULT_SETTINGS), event);
    const open = { ...event, sensitivity: 'normal' as const };
    assert.equal(disguised(open, settings({ private: 'discreet' })), open);
    assert.match(
      String(hushed({ ...meetingFacts(open) }, open, settings({ private: 'discreet' })).subject),
      new RegExp(CANARY),
    );
  });

  it('are told of by several kinds here, so that the next test means something', () => {
    const day = [
      secret({ id: 'a' }),
      secret({ id: 'b', response: 'notResponded', startAt: utc('2026-12-01 14:15'), endAt: utc('2026-12-01 15:00') }),
      secret({
        id: 'c',
        isOrganizer: true,
        response: 'organizer',
        agenda: [],
        startAt: utc('2026-12-02 14:00'),
        endAt: utc('2026-12-02 15:00'),
      }),
    ];
    const told = new Set(plan(busyInput(day, {})).map((one) => one.kind));
    for (const kind of ['reminder', 'digest', 'agenda', 'change', 'invitation', 'leaveBy'])
      assert.ok(told.has(kind), `${kind} of ${[...told]}`);
    assert.ok(leaks(plan(busyInput(day, {}))).length >= 5);
    assert.deepEqual(leaks(plan(busyInput(day, { private: 'discreet' }))), []);
  });

  it('leave no word of subject, place, people and agenda in any nudge of any kind', () => {
    fc.assert(
      fc.property(anySecrets(true), fc.integer({ min: -600, max: 2_000 }), (events, minutes) => {
        assert.deepEqual(leaks(plan(busyInput(events, { private: 'discreet' }, NOW + minutes * MINUTE))), []);
      }),
      { numRuns: 150 },
    );
  });

  it('are said all the same: what is planned stands when it is looked at again', () => {
    const day = [secret({ id: 'a' }), secret({ id: 'b', startAt: NOW + 26 * HOUR, endAt: NOW + 27 * HOUR })];
    const nudges = plan(busyInput(day, { private: 'discreet' })).filter((one) => one.eventId !== '');
    assert.ok(nudges.length > 0);
    for (const nudge of nudges) {
      const now = day.find((one) => one.id === nudge.eventId);
      assert.ok(kindNamed(nudge.kind)?.stillStands(nudge, now), nudge.kind);
    }
  });
});

describe('nothing is said', () => {
  const kindsOf = (nudges: PlannedNudge[], eventId: string) =>
    nudges.filter((one) => one.eventId === eventId).map((one) => one.kind);

  /** [name, settings, whether it is about this one] */
  const cases: [string, ChosenSettings, (event: CalendarEvent) => boolean][] = [
    ['of a muted series (gcal#59)', { mutedSeries: named('series') }, (one) => one.seriesMasterId === 'series'],
    ['of a muted single meeting', { mutedSeries: named('e0') }, (one) => one.id === 'e0' && !one.seriesMasterId],
    ['of a muted calendar (nc#5951)', { mutedCalendars: named('default') }, () => true],
    ['by somebody who is muted', { mutedPeople: named('ann@test.example') }, (one) => !one.isOrganizer],
    ['of what has no others', { onlyWithOthers: true }, (one) => one.attendees.length === 0],
    ['of what has no link', { onlyWithLink: true }, (one) => !one.joinUrl],
    ['of tentative ones (mb#793)', { tentative: 'skip' }, (one) => one.response === 'tentative'],
  ];
  for (const [name, chosen, isLeftOut] of cases)
    it(name, () => {
      let spoken = 0;
      fc.assert(
        fc.property(anySecrets(false), (events) => {
          const nudges = plan(busyInput(events, chosen));
          spoken += plan(busyInput(events, {})).length;
          for (const event of events.filter(isLeftOut)) assert.deepEqual(kindsOf(nudges, event.id), []);
        }),
        { numRuns: 60 },
      );
      assert.ok(spoken > 60);
    });

  for (const kind of KINDS)
    it(`of a kind that is muted, or not allowed: ${kind.name}`, () => {
      fc.assert(
        fc.property(anySecrets(false), fc.boolean(), (events, byAdmin) => {
          const kinds = {
            ...Object.fromEntries(KINDS.map((one) => [one.name, true])),
            ...(byAdmin ? {} : { [kind.name]: false }),
          };
          const forbiddenKinds = byAdmin ? [kind.name] : [];
          assert.ok(!plan(busyInput(events, { kinds, forbiddenKinds })).some((one) => one.kind === kind.name));
        }),
        { numRuns: 20 },
      );
    });

  it('in a calendar that is shared and muted, while one’s own is heard (gcal#63)', () => {
    const shared = meeting({ id: 'shared', calendarId: 'team' });
    const own = meeting({ id: 'own', startAt: utc('2026-12-01 16:00'), endAt: utc('2026-12-01 17:00') });
    const nudges = plan(busyInput([shared, own], { mutedCalendars: named('team') }));
    assert.deepEqual(kindsOf(nudges, 'shared'), []);
    assert.ok(kindsOf(nudges, 'own').length > 0);
  });

  it('of them in a digest either', () => {
    const day = [
      meeting({ id: 'a', subject: CANARY, seriesMasterId: 'series', type: 'occurrence' }),
      meeting({ id: 'b' }),
    ];
    const digests = (chosen: ChosenSettings) =>
      plan(busyInput(day, { digestAt: '09:00', ...chosen })).filter(
        (one) => one.kind === 'digest' && one.dueAt < NOW + DAY,
      );
    assert.equal(leaks(digests({})).length, 1);
    assert.equal(leaks(digests({ mutedSeries: named('series') })).length, 0);
  });
});
