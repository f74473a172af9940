/**
 * What is to be done once for somebody and is no message to their own chat: a mail, a webhook, a task, a room given back.
 * Written in the transaction that decided it, claimed with lease and fence like a nudge. One file a kind.
 */
import type { Sql } from '../../store/database.ts';

export interface Errand {
  tenantId: string;
  errandId: string;
  kind: string;
  /** On whose behalf; null: the tenant's. */
  personId: string | null;
  mailboxId: string | null;
  /** '' when it is about no entry. */
  eventId: string;
  /** Of the meeting when this was planned, ms. */
  startAt: number | null;
  ruleId: string | null;
  trigger: string;
  payload: Record<string, unknown>;
  dueAt: number;
  deadlineAt: number;
  correlationId: string;
  /** That began before this one. */
  attempts: number;
  /** Of those, how many may have done it though nobody heard. */
  ambiguous: number;
}

export type Result =
  | { kind: 'done'; outcome?: Record<string, unknown> }
  /** `ambiguous`: it may have been done all the same. */
  | { kind: 'again'; afterMs: number; reason: string; ambiguous?: boolean }
  | { kind: 'failed'; reason: string }
  | { kind: 'withdrawn'; reason: string };

export interface ErrandKind {
  name: string;
  /** When nobody knows whether an attempt did it: once more (it does no harm twice, or a double is better than none). */
  whenUnknown: 'again' | 'never';
  /** The last look, in the transaction before an attempt. A reason withdraws it; undefined: go on. */
  stillStands?(sql: Sql, errand: Errand, now: number): Promise<string | undefined>;
  /** Outside of any transaction; bounded in time well under ERRAND_LEASE_MS; never throws for what may be expected. */
  perform?(errand: Errand): Promise<Result>;
  /**
   * In the transaction that records how it ended, while the fence holds: for what lies in our own tables alone (a message
   * to a chat is a nudge planned here) this is all that there is to do, and happens exactly once.
   */
  settle?(sql: Sql, errand: Errand, result: Result, now: number): Promise<void>;
}
