/**
 * Who goes along with a mailbox: told of each write, in its transaction, so that what they decide commits with what they
 * decided it by. Rooms and rules are followers; a new one is a line in app.ts.
 */
import type { CalendarEvent } from '../calendar/event.ts';
import type { NoticedChange } from '../nudges/nudge.ts';
import type { Sql } from '../store/database.ts';
import type { Person } from '../store/people.ts';

export interface Written {
  tenantId: string;
  mailboxId: string;
  correlationId: string;
  /** Whose mailbox; their row is locked. A room is one too (`kind`). */
  person: Person;
  /** What changed; empty when time alone moved on, and when the person chose something. */
  changes: readonly NoticedChange[];
  /** What the read brought, and what went: already in the replica. Undefined: nothing was read. */
  read?: { upserts: readonly CalendarEvent[]; removals: readonly CalendarEvent[] };
}

export interface Follower {
  name: string;
  /** Returns when it wants to be called again though nothing changes, ms; undefined: not before something does. */
  follow(sql: Sql, written: Written, now: number): Promise<number | undefined>;
}
