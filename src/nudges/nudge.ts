/** The words that plan, ledger and cards share. Instants are ms since the epoch. */
import { hash } from 'node:crypto';
import type { Change } from '../calendar/difference.ts';
import type { CalendarEvent, Coordinates } from '../calendar/event.ts';
import type { WorkingHours } from '../calendar/working-hours.ts';
import { DAY_MS } from '../clock.ts';
import type { Estimate, Places } from '../travel/port.ts';
import type { Settings } from './settings.ts';

/** Nudges due later than this are planned by a later run; kinds need not think about them. */
export const HORIZON_MS = 3 * DAY_MS;

/** A change as the ledger of changes keeps it. */
export interface NoticedChange extends Change {
  changeId: string;
  noticedAt: number;
  /** The message about an interruption that told it. */
  toldIn?: string;
}

export interface Answer {
  kind: string;
  /** The occurrence or, for a whole series, its master. */
  eventId: string;
  value: unknown;
  /** ms */
  answeredAt: number;
}

/** A nudge that reached the person. */
export interface Said {
  kind: string;
  eventId: string;
  /** When the meeting was to start then; it may have moved since. */
  startAt: number;
  leadMs: number;
  saidAt: number;
  /** When it was due; undefined: its lead before the start. */
  dueAt?: number;
  /** Its identity (nudgeId), for kinds that tell two of one lead apart. */
  nudgeId?: string;
  /** What it said; for kinds that remember (NudgeKind.remembers) alone. */
  facts?: Record<string, unknown>;
}

export interface Span {
  from: number;
  to: number;
}

export interface PlanInput {
  now: number;
  person: {
    personId: string;
    isWatching: boolean;
    watchSince: number;
    /** IANA */
    timeZone: string;
    /** Effective: the admin's defaults are in them. */
    settings: Settings;
    /** “office” among them: said, or guessed from where their rooms are. */
    places: Places;
    workingHours: WorkingHours;
    /** In invitations, lower case; undefined where it is not known. */
    address?: string;
    /** Automatic replies are on. */
    away?: Span;
  };
  events: CalendarEvent[];
  /** Absences before those, where one of them is over just now or holds on: together they may be one silence. */
  absences?: CalendarEvent[];
  /** Entries beyond those, where something changed lately: only what overlaps is asked of them. */
  further?: CalendarEvent[];
  changes: NoticedChange[];
  /**
   * What the changes are about, as far as it is not among those entries (heads of series, what is far away): what is in
   * neither is gone. Undefined: not looked up, the changes themselves tell.
   */
  named?: CalendarEvent[];
  answers: Answer[];
  said: Said[];
  /** Change keys that our own writes (an agenda, an answer) gave to entries. */
  ownWrites: ReadonlySet<string>;
  /** Ids of changes whose lost rooms are told in another way: given back, or asked for through us. Undefined: none. */
  lossesTold?: ReadonlySet<string>;
  /** Rooms are known here, so another one can be found. Looked up where one was lost. */
  hasRooms?: boolean;
  /** Addresses (lower case) of those who organise a 1:1 with this person and watch their calendar here too. */
  colleagues: ReadonlySet<string>;
  /** By `legKey`; a leg without an estimate gives no leave-by. */
  travel: ReadonlyMap<string, Estimate>;
  /** Where addresses without coordinates are (travel/ways.ts, `addressOf`). */
  spots?: ReadonlyMap<string, Coordinates>;
}

/** One thing to say to one person at one time. */
export interface Nudge {
  kind: string;
  eventId: string;
  startAt: number;
  leadMs: number;
  /** Tells apart nudges that share all of the above, e.g. two moves of one meeting. */
  mark?: string;
  earliestAt: number;
  dueAt: number;
  deadlineAt: number;
  /** What its card says; JSON. */
  facts: Record<string, unknown>;
  /**
   * The entry that it is about: what is muted or not chosen is judged by it (chosen.ts). Not stored. Without one (a
   * digest) nothing but its kind can mute it.
   */
  about?: CalendarEvent;
}

/** What to do when nobody knows whether a send arrived: say it again (a doubled one is better than none), or never. */
export type WhenUnknown = 'again' | 'never';

/** A kind of nudge: pure, one file each, listed in kinds.ts. */
export interface NudgeKind {
  name: string;
  /** In settings: "Reminders". */
  title: string;
  /** In settings, one line: what one gets with it. */
  explains: string;
  /** How it is called in commands ("mute reminders"); lower case. */
  words: readonly string[];
  /** Without a choice of the person or their admin. */
  isOnAtFirst: boolean;
  whenUnknown: WhenUnknown;
  /** Due while the person wants silence: not said at all, or said when that is over and it still makes sense. */
  inSilence: 'drop' | 'wait';
  /**
   * What its cards are about when not a moment, which is gone once the meeting moves: what happened, which stays true;
   * or what is open (an invitation, a double booking) until the meeting is gone, cancelled or declined.
   */
  tells?: 'whatHappened' | 'whatIsOpen';
  /**
   * What the other cards about the same meeting should say of it too: only the newest is shown whole. Given a nudge that is
   * still to come or was said lately.
   */
  shares?(nudge: Pick<Nudge, 'facts'>, now: number): Record<string, unknown>;
  /** `Said.facts` are loaded for it. */
  remembers?: boolean;
  plan(input: PlanInput): Nudge[];
  /** When a plan should be made anew, though nothing changed (a way to be asked for again); ms. */
  againAt?(input: PlanInput): number | undefined;
  /** The last look before sending, at the replica as it is now. */
  stillStands(nudge: Pick<Nudge, 'eventId' | 'startAt' | 'facts'>, event: CalendarEvent | undefined): boolean;
}

/** Identity: (person, event id, occurrence start, kind, lead), and the mark where there is one. */
export function nudgeId(
  personId: string,
  nudge: Pick<Nudge, 'kind' | 'eventId' | 'startAt' | 'leadMs' | 'mark'>,
): string {
  const { eventId, startAt, kind, leadMs, mark = '' } = nudge;
  const key = `${personId}|${eventId}|${startAt}|${kind}|${leadMs}|${mark}`;
  return `${kind}.${hash('sha256', key, 'base64url').slice(0, 22)}`;
}
