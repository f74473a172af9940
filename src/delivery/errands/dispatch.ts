/** Takes errands that are due, looks at each once more, performs it and records what became of it. */
import { type Clock, HOUR_MS, SECOND_MS } from '../../clock.ts';
import { codeOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Database, Sql } from '../../store/database.ts';
import {
  beginErrand,
  claimErrands,
  type ErrandEnd,
  type ErrandLease,
  endErrand,
  readErrand,
  releaseErrand,
} from '../../store/errands.ts';
import type { Errand, ErrandKind, Result } from './errand.ts';

/** Longer than the slowest kind takes: a token, then three requests to Graph, each with its limit. */
export const ERRAND_LEASE_MS = 90 * SECOND_MS;
const AFTER_AN_ERROR_MS = 30 * SECOND_MS;
const LONGEST_AFTER_AN_ERROR_MS = HOUR_MS;

export const NOBODY_KNOWS = 'nobody knows whether it was done';
export const TOO_LATE = 'its time has passed';

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

type Ended = Exclude<Result, { kind: 'again' }>;

const isNever = (kind: ErrandKind, errand: Errand): boolean =>
  (typeof kind.whenUnknown === 'string' ? kind.whenUnknown : kind.whenUnknown(errand)) === 'never';

/** The fence decides whether it is ours to end; what follows from the end happens with it, once. */
async function settleEnd(
  sql: Sql,
  lease: ErrandLease,
  { errand, kind }: Begun,
  result: Ended,
  now: number,
  state: ErrandEnd = result.kind,
): Promise<void> {
  const end = {
    state,
    ...('reason' in result ? { reason: result.reason } : {}),
    ...(result.kind === 'done' && result.outcome ? { outcome: result.outcome } : {}),
  };
  if (await endErrand(sql, lease, end, now)) await kind.settle?.(sql, errand, result, now);
}

interface Begun {
  errand: Errand;
  kind: ErrandKind;
}

/** Why it is not begun after all. */
async function endBefore(
  sql: Sql,
  { errand, kind }: Begun,
  now: number,
): Promise<{ result: Ended; state?: ErrandEnd } | undefined> {
  // First, because what may have been done is neither missed nor withdrawn.
  if (errand.ambiguous > 0 && isNever(kind, errand))
    return { result: { kind: 'failed', reason: NOBODY_KNOWS }, state: 'unknown' };
  if (now > errand.deadlineAt) return { result: { kind: 'failed', reason: TOO_LATE }, state: 'missed' };
  const against = await kind.stillStands?.(sql, errand, now);
  if (against !== undefined) return { result: { kind: 'withdrawn', reason: against } };
  // All that there is to do is done in `settle`.
  return kind.perform ? undefined : { result: { kind: 'done' } };
}

/** What there is to perform; undefined when it has ended already, or is somebody else's. */
async function begin(deps: ErrandDeps, lease: ErrandLease): Promise<Begun | undefined> {
  const now = deps.clock.now();
  return deps.database.inTenant(lease.tenantId, async (sql) => {
    const errand = await readErrand(sql, lease);
    const kind = deps.errands.find((one) => one.name === errand?.kind);
    if (!errand || !kind) return undefined;
    const end = await endBefore(sql, { errand, kind }, now);
    if (end) {
      await settleEnd(sql, lease, { errand, kind }, end.result, now, end.state);
      return undefined;
    }
    return (await beginErrand(sql, lease, ERRAND_LEASE_MS, now)) ? { errand, kind } : undefined;
  });
}

async function record(deps: ErrandDeps, lease: ErrandLease, begun: Begun, result: Result): Promise<void> {
  const now = deps.clock.now();
  const { errand, kind } = begun;
  await deps.database.inTenant(lease.tenantId, async (sql) => {
    if (result.kind !== 'again') return settleEnd(sql, lease, begun, result, now);
    const { afterMs, reason, ambiguous = false } = result;
    if (ambiguous && isNever(kind, errand))
      return settleEnd(sql, lease, begun, { kind: 'failed', reason: `${NOBODY_KNOWS} (${reason})` }, now, 'unknown');
    if (await releaseErrand(sql, lease, { sendAt: now + afterMs, reason, ambiguous }))
      await kind.settle?.(sql, errand, result, now);
  });
}

/** One whose recording fails each time is done each time: less and less often. */
const afterAnErrorMs = (attempts: number) =>
  Math.min(LONGEST_AFTER_AN_ERROR_MS, AFTER_AN_ERROR_MS * 2 ** Math.min(attempts, 10));

/** Settles its own failures; what is claimed and not settled comes back with its lease. */
export async function performErrand(deps: ErrandDeps, lease: ErrandLease): Promise<void> {
  const { tenantId, errandId } = lease;
  let begun: Begun | undefined;
  try {
    begun = await begin(deps, lease);
    if (!begun) return deps.poke('nudges');
    const { errand, kind } = begun;
    const result = (await kind.perform?.(errand)) ?? { kind: 'done' };
    await record(deps, lease, begun, result);
    const { correlationId } = errand;
    deps.log.info(
      { tenantId, errandId, errandKind: kind.name, correlationId, result: result.kind },
      'an errand was run',
    );
    deps.poke('nudges');
  } catch (err) {
    deps.log.warn({ code: codeOf(err), tenantId, errandId, err }, 'an errand failed');
    const sendAt = deps.clock.now() + afterAnErrorMs(begun?.errand.attempts ?? 0);
    const again = { sendAt, reason: codeOf(err), ambiguous: begun !== undefined };
    await deps.database
      .inTenant(tenantId, (sql) => releaseErrand(sql, lease, again))
      .catch((error: unknown) => deps.log.warn({ tenantId, errandId, err: error }, 'an errand was not handed back'));
  }
}
