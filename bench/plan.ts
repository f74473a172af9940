/**
 * How many mailboxes one core plans in a second: every kind switched on, 40 meetings a week, the nudges of the last plan
 * already stored. What is measured is `plan` with `equalise`, by the CPU time of this process; the baseline in the same run
 * is what any plan pays that reads its replica from a database: parsing the same entries from JSON.
 *
 *   npm run bench -- plan [mailboxes=10000] [seed=1]
 */
import { changesOf } from '../src/calendar/difference.ts';
import type { Attendee, CalendarEvent, Place, Response } from '../src/calendar/event.ts';
import { USUAL_HOURS } from '../src/calendar/working-hours.ts';
import { equalise, type StoredNudge } from '../src/nudges/equalise.ts';
import { KINDS } from '../src/nudges/kinds.ts';
import type { PlanInput } from '../src/nudges/nudge.ts';
import { plan } from '../src/nudges/plan.ts';
import { DEFAULT_SETTINGS, type Settings } from '../src/nudges/settings.ts';
import { legKey } from '../src/travel/port.ts';
import { roughEstimate } from '../src/travel/rough.ts';
import { waysOf } from '../src/travel/ways.ts';
import { Chance } from '../test/simulation/chance.ts';
import { atLeast, type Bench, percentile, round } from './support/report.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A Wednesday morning in Berlin. */
const NOW = Date.UTC(2026, 5, 3, 7);
/** A day back and nine ahead are looked at (sync/write-plan.ts), with 40 meetings in seven of them. */
const DAYS = 10;
const A_DAY = 40 / 7;
const A_BATCH = 250;
/** Made once and planned again and again: making them costs more than planning them, and would fill the same heap. */
const DISTINCT = 1_000;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC', 'Australia/Sydney'];
const PLACES: (Place | undefined)[] = [
  undefined,
  undefined,
  undefined,
  { name: 'Room 4.12', isRoom: true, coordinates: { latitude: 48.137, longitude: 11.575 } },
  { name: 'Client, Main St 1', isRoom: false, coordinates: { latitude: 48.2, longitude: 11.7 } },
];
const RESPONSES: Response[] = ['accepted', 'accepted', 'accepted', 'tentative', 'notResponded', 'declined'];

/** Everything that can be on is on. */
const SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  remindMinutes: [30, 10, 2],
  remindAtStart: true,
  quiet: { from: '22:00', to: '07:00' },
  kinds: Object.fromEntries(KINDS.map((kind) => [kind.name, true])),
};

const guest = (chance: Chance): Attendee => {
  const number = chance.whole(1, 400);
  return {
    name: `Person ${number}`,
    address: `person.${number}@bench.example`,
    type: 'required',
    response: chance.pick(['none', 'accepted', 'declined'] as const) ?? 'none',
  };
};

function meetingOf(chance: Chance, index: number): CalendarEvent {
  const day = Math.floor(index / A_DAY) - 1;
  const startAt = NOW - (NOW % DAY_MS) + day * DAY_MS + chance.whole(6 * 4, 17 * 4) * 15 * MINUTE_MS;
  const isOrganizer = chance.random() < 0.3;
  const place = chance.pick(PLACES);
  const isSeries = chance.random() < 0.5;
  return {
    id: `AAMkAGI2-event-${index}-${chance.whole(1, 1e9)}`,
    calendarId: '',
    type: isSeries ? 'occurrence' : 'single',
    ...(isSeries ? { seriesMasterId: `series-${index % 8}` } : {}),
    subject: `Weekly planning of area ${index}`,
    startAt,
    endAt: startAt + chance.whole(1, 4) * 15 * MINUTE_MS,
    isCancelled: chance.random() < 0.03,
    isDraft: false,
    isOrganizer,
    response: isOrganizer ? 'organizer' : (chance.pick(RESPONSES) ?? 'accepted'),
    showAs: 'busy',
    sensitivity: 'normal',
    organizer: isOrganizer ? { name: 'Me', address: 'me@bench.example' } : guest(chance),
    attendees: Array.from({ length: chance.whole(1, 8) }, () => guest(chance)),
    ...(place ? { place } : {}),
    isOnline: place === undefined,
    ...(place ? {} : { joinUrl: `https://teams.microsoft.com/l/meetup-join/${index}` }),
    agenda: chance.random() < 0.5 ? ['Budget', 'Hiring', 'Next steps'] : [],
    bodyMark: 'mark',
    reminderMinutes: 15,
    changeKey: `key-${index}`,
    createdAt: NOW - 20 * DAY_MS,
  };
}

interface Mailbox {
  json: string;
  input: PlanInput;
  stored: StoredNudge[];
}

export function mailboxOf(chance: Chance, serial: number): Mailbox {
  const events = Array.from({ length: Math.round(DAYS * A_DAY) }, (_, index) => meetingOf(chance, index));
  const timeZone = ZONES[serial % ZONES.length] ?? 'UTC';
  const places = { office: { label: 'the office', latitude: 48.137, longitude: 11.575 } };
  const scene = { timeZone, workingHours: USUAL_HOURS, places, by: SETTINGS.travelBy };
  const travel = new Map(waysOf(events, scene).map(({ leg }) => [legKey(leg), roughEstimate(leg)]));
  const moved = events.slice(0, 2).map((event) => ({ ...event, startAt: event.startAt + HOUR_MS }));
  const merged = { upserts: moved, removals: [], refused: 0, missingMasters: [], isDoubtful: false };
  const changes = changesOf(events, merged, NOW).map((change, index) => ({
    ...change,
    changeId: `change-${index}`,
    noticedAt: NOW - 2 * HOUR_MS,
  }));
  const base = {
    now: NOW,
    person: {
      personId: `person-${serial}`,
      isWatching: true,
      watchSince: NOW - 30 * DAY_MS,
      timeZone,
      settings: SETTINGS,
      places,
      workingHours: USUAL_HOURS,
    },
    events,
    changes,
    answers: [],
    said: [],
    ownWrites: new Set<string>(),
    colleagues: new Set<string>(),
    travel,
  };
  const input = base as unknown as PlanInput;
  const stored = plan(input).map((nudge): StoredNudge => ({ ...nudge, state: 'planned', wanted: true }));
  // As it comes back from the database after a sync: another version of a few entries, so that something differs.
  const later = { ...input, events: events.map((event, index) => (index % 20 ? event : { ...event, subject: 'New' })) };
  return { json: JSON.stringify(later.events), input: later, stored };
}

/** CPU milliseconds of `work`. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** A sync has read the replica; the events are objects of their own each time, as they come from a database. */
const readAgain = ({ json, input }: Mailbox): PlanInput => ({ ...input, events: JSON.parse(json) as CalendarEvent[] });

export const bench: Bench = async (words, say) => {
  const options = new Map(words.map((word) => word.split('=') as [string, string]));
  const mailboxes = Number(options.get('mailboxes') ?? 10_000);
  const chance = Chance.of(Number(options.get('seed') ?? 1), 'plan');
  const distinct = Array.from({ length: Math.min(mailboxes, DISTINCT) }, (_, serial) => mailboxOf(chance, serial));
  const nudges = distinct.reduce((sum, one) => sum + one.stored.length, 0) / distinct.length;
  let [planMs, parseMs, planned] = [0, 0, 0];
  const perBatch: number[] = [];
  const turn = (batch: Mailbox[]) => {
    let inputs: PlanInput[] = [];
    const parsed = cpuOf(() => {
      inputs = batch.map(readAgain);
    });
    const ms = cpuOf(() => {
      for (const [index, one] of batch.entries()) {
        const input = inputs[index];
        if (input) equalise(plan(input), one.stored, input.now);
      }
    });
    return { parsed, ms };
  };
  turn(distinct.slice(0, A_BATCH));
  for (let from = 0; planned < mailboxes; from = (from + A_BATCH) % distinct.length) {
    const batch = distinct.slice(from, from + Math.min(A_BATCH, mailboxes - planned));
    const { parsed, ms } = turn(batch);
    planned += batch.length;
    parseMs += parsed;
    planMs += ms;
    perBatch.push(ms / batch.length);
    if (planned % 2_500 === 0) say(`${planned} mailboxes`);
  }
  const perSecond = (planned / planMs) * 1_000;
  return {
    figures: {
      mailboxes: planned,
      distinct: distinct.length,
      meetingsAWeek: 40,
      kinds: KINDS.length,
      nudgesAMailbox: round(nudges, 1),
      mailboxesASecondAndCore: Math.round(perSecond),
      msAMailbox: round(planMs / planned, 3),
      msAMailboxP99OfBatches: round(percentile(perBatch, 0.99), 3),
      timesParsingTheReplica: round(planMs / parseMs, 2),
    },
    targets: { mailboxesASecondAndCore: atLeast(1_000, Math.round(perSecond)) },
  };
};
