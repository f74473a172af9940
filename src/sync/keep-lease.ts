/** A lease that runs on while its holder works: called before each call to Graph. */
import { type Clock, SECOND_MS } from '../clock.ts';
import type { Database } from '../store/database.ts';
import { type Duty, extendLease, type MailboxLease } from '../store/mailboxes.ts';

/** A lease that is younger than this still covers the longest call, so most rounds end without a word about it. */
const FRESH_MS = 5 * SECOND_MS;

/** The returned function throws LEASE_LOST when the lease is somebody else's now. */
export function leaseKeeper(
  deps: { database: Database; clock: Clock },
  lease: MailboxLease,
  duty: Duty,
  leaseMs: number,
): () => Promise<void> {
  let { until } = lease;
  return async () => {
    const now = deps.clock.now();
    if (until - leaseMs + FRESH_MS > now) return;
    until = now + leaseMs;
    await deps.database.inTenant(lease.tenantId, (sql) => extendLease(sql, lease, duty, until));
  };
}
