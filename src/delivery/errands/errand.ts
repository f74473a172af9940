/**
 * What is to be done once for somebody and is no message to their own chat: a mail, a webhook, a task, a room given back.
 * Written in the transaction that decided it, claimed with lease and fence like a nudge. One file a kind.
 */
import type { Sql } from '../../store/database.ts';
import type { Errand } from '../../store/errands.ts';

export type { Errand };

export type Result =
  | { kind: 'done'; outcome?: Record<string, unknown> }
  /** `ambiguous`: it may have been done all the same. */
  | { kind: 'again'; afterMs: number; reason: string; ambiguous?: boolean }
  | { kind: 'failed'; reason: string }
  | { kind: 'withdrawn'; reason: string };

/** When nobody knows whether an attempt did it: once more (it does no harm twice, or a double is better than none). */
export type WhenUnknown = 'again' | 'never';

export interface ErrandKind {
  name: string;
  /** Of all of the kind, or by what the errand says. */
  whenUnknown: WhenUnknown | ((errand: Errand) => WhenUnknown);
  /** The last look, in the transaction before an attempt. A reason withdraws it; undefined: go on. */
  stillStands?(sql: Sql, errand: Errand, now: number): Promise<string | undefined>;
  /** Outside of any transaction; bounded in time well under ERRAND_LEASE_MS; never throws for what may be expected. */
  perform?(errand: Errand): Promise<Result>;
  /**
   * In the transaction that records how it ended, while the fence holds: for what lies in our own tables alone (a message
   * to a chat is a nudge planned here) this is all that there is to do, and happens exactly once. Called with 'again' each
   * time that it is handed back, and with 'failed' where it was missed or nobody knows what became of it.
   */
  settle?(sql: Sql, errand: Errand, result: Result, now: number): Promise<void>;
}
