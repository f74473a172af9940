/**
 * Sees storms coming: when more is due at one moment than a tenant's limit, or all instances together, can send, it is
 * sent earlier, never later, within the window that the plan allows (`earliest_at`). One instance does it for all.
 */
import { type Clock, MINUTE_MS, SECOND_MS } from '../clock.ts';
import type { Logger } from '../log.ts';
import { EARLINESS_MS } from '../nudges/settings.ts';
import type { Database } from '../store/database.ts';
import { beatInstance, spreadStorms, takeDuty } from '../store/sends.ts';

export const LOOK_EVERY_MS = 10 * SECOND_MS;
/** Two looks may be late. */
const ALIVE_MS = 3 * LOOK_EVERY_MS;
const DUTY_LEASE_MS = LOOK_EVERY_MS - SECOND_MS;
/** Further than anything may be moved, and some looks more. */
const AHEAD_MS = EARLINESS_MS + 2 * MINUTE_MS;
/** Less than the 48 that are sent: what is due at once meanwhile finds room, and nobody is late by it. */
const STORM_PER_SECOND = 47;

export interface StormDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  instanceId: string;
  /** What one instance can send in a second, all tenants together. */
  sendsPerSecond: number;
}

export async function watchForStorms(deps: StormDeps): Promise<void> {
  const { database, clock } = deps;
  const now = clock.now();
  const alive = await beatInstance(database.system, deps.instanceId, ALIVE_MS, now);
  if (!(await takeDuty(database.system, 'storms', DUTY_LEASE_MS, now))) return;
  const fleetPerSecond = Math.max(1, alive) * deps.sendsPerSecond;
  const moved = await spreadStorms(
    database.system,
    { perSecond: STORM_PER_SECOND, fleetPerSecond, aheadMs: AHEAD_MS },
    now,
  );
  if (moved > 0) deps.log.info({ moved, alive, fleetPerSecond }, 'a storm was spread');
}
