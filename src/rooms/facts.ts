/** What cards and mails about rooms say; fields are only ever added. Instants in ms. */

export interface RoomName {
  roomId: string;
  room: string;
  building?: string;
}

/** A room that is free instead. */
export interface Alternative {
  roomId: string;
  name: string;
  /** "6 seats, same building" */
  why: string;
}

export interface CollidingOccurrence {
  /** Of the reader's own booking, in the room's mailbox. */
  eventId: string;
  startAt: number;
  endAt: number;
  alternatives: Alternative[];
}

export interface RoomConflictFacts extends RoomName {
  conflictId: string;
  /** Whose booking keeps the room: the reader's, the other's, or both are the reader's. */
  side: 'first' | 'second' | 'both';
  /** Of the reader's own booking; '' where nothing is known. */
  subject: string;
  /** Who has the other one; '' for a private entry. */
  other: string;
  /** None: it is settled. */
  occurrences: CollidingOccurrence[];
  /** Beside those that are listed. */
  more: number;
  isSeries: boolean;
}

/** Which occurrence of which room a question or a word is about. */
export interface RoomMeetingFacts extends RoomName {
  eventId: string;
  subject: string;
  startAt: number;
  endAt: number;
}

export interface CheckInFacts extends RoomMeetingFacts {
  releaseAt: number;
}

export interface RoomReleasedFacts extends RoomMeetingFacts {
  /** They gave it back themselves. */
  isGivenBack: boolean;
  isWholeSeries: boolean;
}

export interface RoomStrikesFacts extends RoomMeetingFacts {
  seriesId: string;
  strikes: number;
}

export interface RoomDeclinedFacts extends RoomMeetingFacts {}

/** A room that was to be given back, and could not be. */
export interface RoomKeptFacts extends RoomMeetingFacts {
  isWholeSeries: boolean;
}
