/** The words that plan, ledger and cards share. Instants are ms since the epoch. */
import { createHash } from 'node:crypto';
import type { Change } from '../calendar/difference.ts';
import type { CalendarEvent, NamedPlace } from '../calendar/event.ts';
import type { Estimate } from '../travel/port.ts';
import type { Settings } from './settings.ts';

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
}

/** A nudge that reached the person. */
export interface Said {
  kind: string;
  eventId: string;
  /** When the meeting was to start then; it may have moved since. */
  startAt: number;
  saidAt: number;
}

export interface PlanInput {
  now: number;
  person: {
    personId: string;
    isWatching: boolean;
    watchSince: number;
    /** IANA */
    timeZone: string;
    settings: Settings;
    office?: NamedPlace;
  };
  events: CalendarEvent[];
  changes: NoticedChange[];
  answers: Answer[];
  said: Said[];
  /** By `legKey`; a leg without an estimate gives no leave-by. */
  travel: ReadonlyMap<string, Estimate>;
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
}

/** What to do when nobody knows whether a send arrived: say it again (a doubled one is better than none), or never. */
export type WhenUnknown = 'again' | 'never';

/** A kind of nudge: pure, one file each, listed in kinds.ts. */
export interface NudgeKind {
  name: string;
  whenUnknown: WhenUnknown;
  plan(input: PlanInput): Nudge[];
  /** The last look before sending, at the replica as it is now. */
  stillStands(nudge: Pick<Nudge, 'eventId' | 'startAt' | 'facts'>, event: CalendarEvent | undefined): boolean;
}

/** Identity: (person, event id, occurrence start, kind, lead), and the mark where there is one. */
export function nudgeId(
  personId: string,
  nudge: Pick<Nudge, 'kind' | 'eventId' | 'startAt' | 'leadMs' | 'mark'>,
): string {
  const key = [personId, nudge.eventId, nudge.startAt, nudge.kind, nudge.leadMs, nudge.mark ?? ''].join('|');
  return `${nudge.kind}.${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`;
}
