/**
 * What a simulated life leaves behind, and all that the checker is given: the truth of the calendars, what people
 * wished, what Teams stored, and what the stand-ins saw on the wire. Nothing in here comes from the product's own tables
 * except `replicas`, which row 6 compares. Instants are milliseconds since the epoch, UTC, of the virtual clock.
 */

export interface SimPerson {
  tenantId: string;
  oid: string;
  name: string;
  address: string;
  /** IANA; what `mailboxTimeZone` (perhaps a Windows name) means. */
  timeZone: string;
  mailboxTimeZone: string;
}

/** One line of a calendar as the truth shows it; heads of series are not lines. Field names are the sandbox's truth(). */
export interface TruthLine {
  /** Immutable id. */
  id: string;
  seriesId?: string;
  type: 'single' | 'occurrence' | 'exception';
  subject: string;
  startAt: number;
  endAt: number;
  /** First day and the day after the last, for all-day entries. */
  days?: { from: string; until: string };
  isCancelled: boolean;
  isDraft: boolean;
  isOrganizer: boolean;
  response: string;
  showAs: string;
  sensitivity: string;
  organizer: string;
  /** address|type|response, sorted. */
  attendees: string[];
  place: string;
  coordinates?: { latitude: number; longitude: number };
  joinUrl: string;
  /** Plain words of the body without the join block; empty when nobody wrote an agenda. */
  agenda: string;
  createdAt?: number;
  /** The entry's own reminder; undefined where it is switched off. */
  reminderMinutes?: number;
}

/** The calendar of one person from `at` on: the lines that changed since the entry before. */
export interface TruthEntry {
  at: number;
  oid: string;
  put: TruthLine[];
  /** Ids that are not there any more. */
  gone: string[];
  /** Why, in a word or two, for whoever reads a failing seed: "moved", "cancelled by the organiser". */
  cause: string;
}

/** What a person asked of the bot (at `askedAt`), in effect from `at`. */
export type Wish = { askedAt?: number } & WishKind;

/** What somebody chose of the bot's settings; names and values are those of the product's `settings`. */
export interface Chosen {
  remindMinutes: number[];
  remindAsOutlook: boolean;
  remindAtStart: boolean;
  quiet: { from: string; to: string } | null;
  pausedUntil: number | null;
  respectFocus: boolean;
  respectAway: boolean;
  kinds: Record<string, boolean>;
  mutedSeries: { id: string; name: string }[];
  mutedPeople: { id: string; name: string }[];
  onlyWithOthers: boolean;
  onlyWithLink: boolean;
  tentative: 'remind' | 'skip';
  free: 'remind' | 'skip';
  private: 'show' | 'discreet' | 'skip';
  tellOwnChanges: boolean;
  digestAt: string;
  digestSince: number;
  weekDigest: boolean;
}

type WishKind =
  | { at: number; oid: string; kind: 'watch'; on: boolean }
  | { at: number; oid: string; kind: 'remind'; minutes: number[] }
  /** "No agenda needed", for an occurrence or (series id) for a series. */
  | { at: number; oid: string; kind: 'noAgenda'; eventId: string }
  /** Other settings: by words typed, or by a press; as they are from then on. */
  | { at: number; oid: string; kind: 'chose'; settings: Chosen }
  /** A button on a card; all that was answered by it and before it. */
  | { at: number; oid: string; kind: 'pressed'; verb: string; answers: Answered[] }
  /** Signed in again after `tokenTrouble`. */
  | { at: number; oid: string; kind: 'signedIn' };

/** What somebody answered so far, by presses. */
export interface Answered {
  kind: string;
  eventId: string;
  value: unknown;
  answeredAt: number;
}

/** A room whose calendar the bot reads. */
export interface SimRoom {
  tenantId: string;
  oid: string;
  /** Lower case. */
  address: string;
  /** When an admin had added it; undefined: never. */
  addedAt?: number;
}

/** A button about a room, on whichever card. */
export interface RoomPress {
  oid: string;
  /** As the card has it: 'room.here', 'room.giveBack', 'room.giveUp', … */
  verb: string;
  roomId: string;
  eventId: string;
  startAt: number;
  askedAt: number;
  /** When they were answered. */
  at: number;
  /** 'refused': told in words that it can't be done; 'unknown': the answer was not looked at. */
  outcome: 'done' | 'refused' | 'unknown';
}

/** A request of the bot's own that changes a room's calendar, as it reached Graph. */
export interface RoomCall {
  at: number;
  roomId: string;
  /** Immutable; of an occurrence, an entry or a series. */
  eventId: string;
  /** HTTP status; 0: nobody answered. */
  status: number;
}

export interface RoomHistory {
  all: SimRoom[];
  presses: RoomPress[];
  calls: RoomCall[];
  /** Releases that the ledger took for done, by entry and start. */
  recorded: { at: number; roomId: string; eventId: string; startAt: number }[];
}

/** What somebody wants to be done about each of their meetings. */
export interface RuleWish {
  /** Stands in its words, and in nobody else's: what its message says, or the host of its webhook. */
  mark: string;
  trigger: 'before' | 'after' | 'created' | 'moved';
  /** Of the clock's triggers. */
  minutes: number;
  deed: 'message' | 'webhook';
}

export interface RuleMade extends RuleWish {
  oid: string;
  askedAt: number;
  at: number;
  /** When they asked for its end. */
  endAskedAt?: number;
}

/** A request to an address that somebody named, as it arrived there. */
export interface HookPost {
  at: number;
  url: string;
  /** As its header says. */
  webhookId: string;
  body: string;
  /** It arrived, and was answered with this; 0: no answer. */
  status: number;
}

export interface RuleHistory {
  made: RuleMade[];
  posts: HookPost[];
}

/** Who a message is about; taken from what was rendered, in the moment it was rendered. */
export interface About {
  oid: string;
  kind: string;
  eventId: string;
  startAt: number;
  leadMs: number;
  /** The facts that the card tells, as JSON. */
  facts: Record<string, unknown>;
  /** The words of the card (summary and fallback text). */
  words: string;
}

/** One request that posts a message. */
export interface Send extends About {
  /** When the request reached Teams. */
  at: number;
  /** When the sender saw its outcome; undefined: it never did (died, or no answer came). */
  answeredAt?: number;
  instance: number;
  /** HTTP status that the sender was given; 0: none. */
  status: number;
  /** Teams stored the message: this is a delivery. */
  stored: boolean;
  /** The ledger took the completion (the commit that recorded it succeeded). */
  recorded: boolean;
  /** What the same message was changed to say. */
  updates?: { at: number; facts: Record<string, unknown> }[];
}

/** What was to be said, as the product's pure plan says of the truth (wanted.ts), as long as it said so. */
export interface Wanted extends Span {
  oid: string;
  nudgeId: string;
  kind: string;
  eventId: string;
  startAt: number;
  leadMs: number;
  mark: string;
  earliestAt: number;
  dueAt: number;
  deadlineAt: number;
  began: Cause;
  ended: Cause;
}

/** Why a plan became another one: by which way the product learns of it. */
export type Cause = 'truth' | 'chosen' | 'zone' | 'watch' | 'asked' | 'time';

/** A message that stands in a chat, as it is shown at the last look. */
export interface Card {
  oid: string;
  kind: string;
  eventId: string;
  /** When it was posted, and when it was changed last. */
  sentAt: number;
  shownAt: number;
  shape: 'whole' | 'line';
  subject: string;
  startAt: number;
  endAt: number;
  /** Teams refused to change it for good: the message is gone. */
  isStuck: boolean;
}

/** A kind of nudge, in the product's own words. */
export interface Kind {
  name: string;
  /** What is to be done when nobody knows whether a send arrived. */
  whenUnknown: 'again' | 'never';
  inSilence: 'drop' | 'wait';
  remembers: boolean;
}

/** A change notification and what became of it. `at`: when the change happened. */
export interface Notification {
  at: number;
  oid: string;
  subscriptionId: string;
  sentAt: number;
  acked: boolean;
}

export interface Span {
  from: number;
  to: number;
}

/** One row of the product's replica, rewritten in the truth's words. */
export type ReplicaLine = TruthLine;

export interface History {
  seed: number;
  /** The default intervals in force, for L. */
  catchUpMs: number;
  catchUpUnprovenMs: number;
  earlinessMs: number;
  people: SimPerson[];
  startedAt: number;
  /** Faults and life stop here … */
  calmAt: number;
  /** … and here the last look is taken. */
  endedAt: number;
  truth: TruthEntry[];
  wishes: Wish[];
  kinds: Kind[];
  wanted: Wanted[];
  sends: Send[];
  /** Ids of nudges whose sending was begun, by the ledger: the request itself may never have left a process that died. */
  begun: string[];
  cards: Card[];
  /** Rows of cards whose update was due long before the last look. */
  overdueCards: number;
  notifications: Notification[];
  rooms: RoomHistory;
  rules: RuleHistory;
  /** Live subscriptions at Graph. */
  subscriptions: (Span & { oid: string; subscriptionId: string })[];
  /** Times at which no instance ran (the host slept, everything crashed). */
  asleep: Span[];
  /** Times at which Entra refused this person's tokens; until they signed in again. */
  tokenTrouble: (Span & { oid: string })[];
  /** Times at which Teams refused messages to this person for good (blocked, uninstalled). */
  unreachable: (Span & { oid: string })[];
  /** Requests that Teams answered with an error, by instant: Teams did not "answer" then. */
  teamsErrors: number[];
  /** At `endedAt`. */
  replicas: { oid: string; windowFrom: number; windowTo: number; lines: ReplicaLine[] }[];
  /** The truth at `endedAt`, of people and rooms, in the same window, computed afresh by the sandbox. */
  truths: { oid: string; lines: TruthLine[] }[];
  breaches: {
    calledBeforeRetryAfter: number;
    moreThanFourAtOnce: number;
    reauthorizeAndPatch: number;
    rowsFromWrongClientState: number;
    ackedButMissing: number;
  };
  counts: {
    statements: number;
    graphCalls: number;
    crashes: number;
    pauses: number;
    lockFailures: number;
    /** Requests that change a message. */
    updates: number;
    /** Words that were typed and did not do what they say. */
    misunderstood: number;
  };
  /** SHA-256 over the trace: every statement, call, fault and delivery in order. */
  traceHash: string;
}
