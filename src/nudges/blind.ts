/** What the message after an interruption tells. It is the bot's own word, not of a plan: nothing takes it back. */

export interface BlindLine {
  change: 'invited' | 'moved' | 'cancelled' | 'restored' | 'place' | 'link';
  eventId: string;
  subject: string;
  startAt: number;
  endAt: number;
  allDay?: { startDate: string; endDate: string };
  place?: string;
  /** Private, and to be shown so: no subject and no place. */
  isDiscreet?: true;
  before?: { startAt: number; endAt: number; allDay?: { startDate: string; endDate: string } };
  /** More than one: of a series. */
  occurrences: number;
}

export interface BlindFacts {
  fromAt: number;
  toAt: number;
  /** Soonest first, at most MOST_BLIND_LINES. */
  changes: BlindLine[];
  /** How many more there were. */
  more: number;
}

export const MOST_BLIND_LINES = 20;
