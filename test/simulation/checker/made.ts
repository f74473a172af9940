/** Histories made by hand, for the tests of the checker: one person, and only what a test is about. */
import type { Chosen, History, Kind, Notification, Send, TruthEntry, TruthLine, Wanted, Wish } from '../history.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './awake.ts';
import { UNCHOSEN } from './wishes.ts';

export const OID = 'ada';
/** A Monday, 00:00 in UTC; Ada lives in London in winter, so that is her midnight too. */
export const START = Date.parse('2026-01-12T00:00:00Z');
export const at = (days: number, time: string): number => {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return START + days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1_000;
};

export function lineOf(patch: Partial<TruthLine> & { startAt: number }): TruthLine {
  return {
    id: 'e1',
    type: 'single',
    subject: 'Budget 1',
    endAt: patch.startAt + HOUR_MS,
    isCancelled: false,
    isDraft: false,
    isOrganizer: false,
    response: 'accepted',
    showAs: 'busy',
    sensitivity: 'normal',
    organizer: 'ben@company.example',
    attendees: ['ada@company.example|required|none'],
    place: '',
    joinUrl: '',
    agenda: 'Numbers',
    createdAt: START - DAY_MS,
    ...patch,
  };
}

/** Organised by Ada, with Ben, and nobody wrote an agenda. */
export const ownLineOf = (patch: Partial<TruthLine> & { startAt: number }): TruthLine =>
  lineOf({
    isOrganizer: true,
    response: 'organizer',
    organizer: 'ada@company.example',
    attendees: ['ben@company.example|required|none'],
    agenda: '',
    ...patch,
  });

export const put = (when: number, ...lines: TruthLine[]): TruthEntry => ({
  at: when,
  oid: OID,
  put: lines,
  gone: [],
  cause: 'put',
});
export const gone = (when: number, ...ids: string[]): TruthEntry => ({
  at: when,
  oid: OID,
  put: [],
  gone: ids,
  cause: 'gone',
});

export const acked = (when: number, patch: Partial<Notification> = {}): Notification => ({
  at: when,
  oid: OID,
  subscriptionId: 's1',
  sentAt: when + 1_000,
  acked: true,
  ...patch,
});

export function sendOf(patch: Partial<Send> & { at: number; startAt: number }): Send {
  return {
    oid: OID,
    kind: 'reminder',
    eventId: 'e1',
    leadMs: 15 * MINUTE_MS,
    facts: {},
    words: 'Starts in 15 minutes',
    answeredAt: patch.at + 200,
    instance: 1,
    status: 201,
    stored: true,
    recorded: true,
    ...patch,
  };
}

export const changeOf = (change: string, when: number, startAt: number, patch: Partial<Send> = {}): Send =>
  sendOf({ at: when, startAt, kind: 'change', leadMs: 0, ...patch, facts: { change, startAt, ...patch.facts } });

const kind = (name: string, more: Partial<Kind> = {}): Kind => ({
  name,
  whenUnknown: 'again',
  inSilence: 'wait',
  remembers: false,
  ...more,
});

/** Since before the history begins, unless said otherwise. */
export const chose = (settings: Partial<Chosen>, patch: Partial<Wish> = {}): Wish =>
  ({ at: START - DAY_MS, oid: OID, kind: 'chose', settings: { ...UNCHOSEN, ...settings }, ...patch }) as Wish;

/** `birthday` is one that the checker has never heard of. */
export const KINDS: Kind[] = [
  ...['reminder', 'agenda', 'change', 'invitation', 'conflict', 'birthday'].map((name) => kind(name)),
  kind('digest', { whenUnknown: 'never' }),
];

/** What the plan said of the truth. */
export const wantedOf = (patch: Partial<Wanted> & { dueAt: number; startAt: number }): Wanted => ({
  oid: OID,
  nudgeId: 'birthday.1',
  kind: 'birthday',
  eventId: 'e1',
  leadMs: 0,
  mark: '',
  earliestAt: patch.dueAt,
  deadlineAt: patch.startAt,
  from: START,
  to: Infinity,
  began: 'truth',
  ended: 'time',
  ...patch,
});

/** Two days of a person who watches since long before, with a subscription, and a bot that has nothing to say. */
export function historyOf(patch: Partial<History> = {}): History {
  const endedAt = START + 2 * DAY_MS;
  return {
    seed: 1,
    catchUpMs: 6 * HOUR_MS,
    catchUpUnprovenMs: 15 * MINUTE_MS,
    earlinessMs: 8 * MINUTE_MS,
    people: [
      {
        tenantId: 't1',
        oid: OID,
        name: 'Ada',
        address: 'ada@company.example',
        timeZone: 'Europe/London',
        mailboxTimeZone: 'GMT Standard Time',
      },
    ],
    startedAt: START,
    calmAt: endedAt - HOUR_MS,
    endedAt,
    truth: [],
    wishes: [{ at: START - DAY_MS, oid: OID, kind: 'watch', on: true }],
    kinds: KINDS,
    wanted: [],
    sends: [],
    begun: [],
    cards: [],
    overdueCards: 0,
    notifications: [],
    rooms: { all: [], presses: [], calls: [], recorded: [] },
    rules: { made: [], posts: [] },
    subscriptions: [{ from: START - DAY_MS, to: endedAt, oid: OID, subscriptionId: 's1' }],
    asleep: [],
    tokenTrouble: [],
    unreachable: [],
    teamsErrors: [],
    replicas: [{ oid: OID, windowFrom: START - 90 * DAY_MS, windowTo: START + 60 * DAY_MS, lines: [] }],
    truths: [{ oid: OID, lines: [] }],
    breaches: {
      calledBeforeRetryAfter: 0,
      moreThanFourAtOnce: 0,
      reauthorizeAndPatch: 0,
      rowsFromWrongClientState: 0,
      ackedButMissing: 0,
    },
    counts: { statements: 0, graphCalls: 0, crashes: 0, pauses: 0, lockFailures: 0, updates: 0, misunderstood: 0 },
    traceHash: '',
    ...patch,
  };
}
