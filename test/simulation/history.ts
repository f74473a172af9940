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

type WishKind =
  | { at: number; oid: string; kind: 'watch'; on: boolean }
  | { at: number; oid: string; kind: 'remind'; minutes: number[] }
  /** "No agenda needed", for an occurrence or (series id) for a series. */
  | { at: number; oid: string; kind: 'noAgenda'; eventId: string }
  /** Signed in again after `tokenTrouble`. */
  | { at: number; oid: string; kind: 'signedIn' };

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
  sends: Send[];
  notifications: Notification[];
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
  /** The truth at `endedAt`, in the same window, computed afresh by the sandbox. */
  truths: { oid: string; lines: TruthLine[] }[];
  breaches: {
    calledBeforeRetryAfter: number;
    moreThanFourAtOnce: number;
    reauthorizeAndPatch: number;
    rowsFromWrongClientState: number;
    ackedButMissing: number;
  };
  counts: { statements: number; graphCalls: number; crashes: number; pauses: number; lockFailures: number };
  /** SHA-256 over the trace: every statement, call, fault and delivery in order. */
  traceHash: string;
}
