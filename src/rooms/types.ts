/** The words that the parts about rooms share. Instants are ms since the epoch; addresses are SMTP, lower case. */
import type { Coordinates } from '../calendar/event.ts';
import type { Span } from '../nudges/nudge.ts';

export interface Room {
  roomId: string;
  address: string;
  name: string;
  building: string;
  floor: string;
  /** People; null: nobody said. */
  capacity: number | null;
  /** 'video', 'audio', 'display', 'wheelchair', and tags in lower case. */
  features: string[];
  coordinates: Coordinates | null;
  /** Marked by an admin: nobody is asked to check in. */
  keepsGhosts: boolean;
  /** What differs from the tenant's (policy.ts reads it). */
  policy: unknown;
}

/** 'held': the room accepted, or somebody wrote it there; 'asked': it has not answered yet. */
export type BookingState = 'held' | 'asked';

/** One occurrence of what a room holds, or is asked for. */
export interface Booking {
  roomId: string;
  /** In the room's own mailbox. */
  eventId: string;
  seriesId: string | null;
  startAt: number;
  endAt: number;
  state: BookingState;
  /** Since when at this time: whoever is first keeps precedence. */
  heldSince: number;
  /** '' for a private entry. */
  organizer: string;
  organizerName: string;
  /** People, the organiser among them. */
  size: number;
}

/** What somebody looks for. */
export interface Wish {
  span: Span;
  people: number;
  /** All of them are needed; lower case. */
  features: readonly string[];
  /** The nearest come first. */
  near?: Coordinates;
  /** No other building than this (its name, in whatever case). */
  building?: string;
  /** This building's come first, where it is one of several. */
  preferBuilding?: string;
}

export interface Found {
  room: Room;
  /** The smaller, the better; comparable within one search alone. */
  score: number;
  /** For people, in a few words: "6 seats", "300 m away", "video". */
  why: string[];
  /** Until the next booking begins; undefined: nothing follows within the time that was looked at. */
  freeUntil?: number;
}

/** How it stands with a room at one moment. */
export interface BoardRoom {
  room: Room;
  /** What holds it now; undefined: it is free. */
  taken?: Booking;
  /** Since what touches counts as one: busy until, or free until; undefined: for as long as was looked. */
  until?: number;
}

export interface BoardBuilding {
  /** '' for rooms without one. */
  building: string;
  free: number;
  rooms: BoardRoom[];
}

/** Two bookings at one time in one room. */
export interface Overlap {
  firstId: string;
  secondId: string;
  /** Of the time that both want. */
  startAt: number;
  endAt: number;
}

/** Of one pair of series or entries, all occurrences that collide. */
export interface RoomConflict {
  conflictId: string;
  roomId: string;
  /** Series or entry that came first and keeps the room. */
  firstKey: string;
  secondKey: string;
  /** Soonest first. */
  occurrences: Overlap[];
}

export interface StoredConflict extends RoomConflict {
  /** A hash of what the organisers were told. */
  told: string;
  foundAt: number;
  settledAt: number | null;
}

export interface CheckInPolicy {
  isOn: boolean;
  /** The organiser is asked this long before the start … */
  beforeMinutes: number;
  /** … and the room is released this long after it. */
  afterMinutes: number;
  /** Longer ones are not asked for. */
  exemptFromMinutes: number;
  /** Bookings made later than this before the start are not asked for. */
  justMadeMinutes: number;
}

export type CheckInState = 'planned' | 'here' | 'releasing' | 'released' | 'kept' | 'withdrawn';

export interface CheckIn {
  roomId: string;
  eventId: string;
  startAt: number;
  endAt: number;
  seriesId: string | null;
  organizer: string;
  /** Who is asked in chat; null: by mail. */
  personId: string | null;
  /** The nudge or errand that asks. */
  askedBy: string | null;
  askAt: number;
  releaseAt: number;
  state: CheckInState;
  reason: string | null;
  /** When its state was final; null: it isn't yet. */
  settledAt: number | null;
}

/** Which occurrence of which room: what identifies a check-in. */
export type CheckInKey = Pick<CheckIn, 'roomId' | 'eventId' | 'startAt'>;
