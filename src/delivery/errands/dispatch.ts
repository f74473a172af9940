/** Takes errands that are due, looks at each once more, performs it and records what became of it. */
import { type Clock, SECOND_MS } from '../../clock.ts';
import { codeOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Database } from '../../store/database.ts';
import {
  beginErrand,
  claimErrands,
  type ErrandLease,
  endErrand,
  readErrand,
  releaseErrand,
} from '../../store/errands.ts';
import type { Errand, ErrandKind, Result } from './errand.ts';

export const ERRAND_LEASE_MS = 60 * SECOND_MS;
const AFTER_AN_ERROR_MS = 30 * SECOND_MS;

export interface ErrandDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  errands: readonly ErrandKind[];
  /** A settled errand may have planned a message. */
  poke(job: 'nudges'): void;
}

export const claimDueErrands = ({ database, clock, errands }: ErrandDeps, most: number): Promise<ErrandLease[]> =>
  claimErrands(database.system, { most, leaseMs: ERRAND_LEASE_MS, kinds: errands.map((one) => one.name) }, clock.now());

/** What there is to perform; undefined when it has ended already, or is somebody else's. */
async function begin(deps: ErrandDeps, lease: ErrandLease): Promise<{ errand: Errand; kind: ErrandKind } | undefined> {
  const now = deps.clock.now();
  return deps.database.inTenant(lease.tenantId, async (sql) => {
    const errand = await readErrand(sql, lease);
    const kind = deps.errands.find((one) => one.name === errand?.kind);
    if (!errand || !kind) return undefined;
    if (errand.ambiguous > 0 && kind.whenUnknown === 'never') {
      await settleEnd(sql, lease, errand, kind, { kind: 'failed', reason: 'nobody knows whether it was done' }, now);
      return undefined;
    }
    if (now > errand.deadlineAt) {
      await kind.settle?.(sql, errand, { kind: 'failed', reason: 'its time has passed' }, now);
      await endErrand(sql, lease, { state: 'missed', reason: 'its time has passed' }, now);
      return undefined;
    }
    const against = await kind.stillStands?.(sql, errand, now);
    if (against !== undefined) {
      await settleEnd(sql, lease, errand, kind, { kind: 'withdrawn', reason: against }, now);
      return undefined;
    }
    if (!kind.perform) {
      await settleEnd(sql, lease, errand, kind, { kind: 'done' }, now);
      return undefined;
    }
    return (await beginErrand(sql, lease, ERRAND_LEASE_MS, now)) ? { errand, kind } : undefined;
  });
}

async function settleEnd(
  sql: Parameters<typeof endErrand>[0],
  lease: ErrandLease,
  errand: Errand,
  kind: ErrandKind,
  result: Exclude<Result, { kind: 'again' }>,
  now: number,
): Promise<void> {
  const isUnknown = result.kind === 'failed' && errand.ambiguous > 0 && kind.whenUnknown === 'never';
  const end = {
    state: isUnknown ? ('unknown' as const) : result.kind,
    ...('reason' in result ? { reason: result.reason } : {}),
    ...(result.kind === 'done' && result.outcome ? { outcome: result.outcome } : {}),
  };
  if (await endErrand(sql, lease, end, now)) await kind.settle?.(sql, errand, result, now);
}

async function record(deps: ErrandDeps, lease: ErrandLease, errand: Errand, kind: ErrandKind, result: Result) {
  const now = deps.clock.now();
  await deps.database.inTenant(lease.tenantId, async (sql) => {
    if (result.kind !== 'again') return settleEnd(sql, lease, errand, kind, result, now);
    const { afterMs, reason, ambiguous = false } = result;
    if (await releaseErrand(sql, lease, { sendAt: now + afterMs, reason, ambiguous }))
      await kind.settle?.(sql, errand, result, now);
  });
}

/** Settles its own failures; what is claimed and not settled comes back with its lease. */
export async function performErrand(deps: ErrandDeps, lease: ErrandLease): Promise<void> {
  const { tenantId, errandId } = lease;
  let begun: Awaited<ReturnType<typeof begin>>;
  try {
    begun = await begin(deps, lease);
    if (!begun) return deps.poke('nudges');
    const { errand, kind } = begun;
    const result = (await kind.perform?.(errand)) ?? { kind: 'done' };
    await record(deps, lease, errand, kind, result);
    const { correlationId } = errand;
    deps.log.info(
      { tenantId, errandId, errandKind: kind.name, correlationId, result: result.kind },
      'an errand was run',
    );
    deps.poke('nudges');
  } catch (err) {
    deps.log.warn({ code: codeOf(err), tenantId, errandId, err }, 'an errand failed');
    const again = { sendAt: deps.clock.now() + AFTER_AN_ERROR_MS, reason: codeOf(err), ambiguous: begun !== undefined };
    await deps.database
      .inTenant(tenantId, (sql) => releaseErrand(sql, lease, again))
      .catch((error: unknown) => deps.log.warn({ tenantId, errandId, err: error }, 'an errand was not handed back'));
  }
}
