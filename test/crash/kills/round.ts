/** One kill under load: from a calm product to a calm product, and what became of everything that was answered 2xx. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Stage } from './stage.ts';
import { Stream } from './stream.ts';

/** `bot`: its PostgreSQL lives on. `postgres`: the bot lives on. `both`: as when the power fails. */
export type Victim = 'bot' | 'postgres' | 'both';

export interface Round {
  victim: Victim;
  /** Items answered 2xx before the kill, and altogether. */
  ackedBefore: number;
  acked: number;
  /** Requests that were under way at the kill. */
  inFlight: number;
  /** Items answered 2xx of which there is no row. */
  missing: number;
  /** Items with more than one row: sent again because nobody had answered. */
  doubled: number;
  statuses: Record<number, number>;
  slowAnswers: number;
  /** From the start of the process, or from PostgreSQL's death, to the first claim. */
  claimMs: number;
  /** From PostgreSQL's first answer after its death to the first claim. */
  claimAfterUpMs?: number;
}

const LEAST_LOAD_MS = 100;
const MOST_LOAD_MS = 1_200;
const RECOVERY_LIMIT_MS = 60_000;
const CONNECT_AGAIN_MS = 20;

/** When PostgreSQL answers again. */
async function untilUp(stage: Stage): Promise<number> {
  const end = Date.now() + RECOVERY_LIMIT_MS;
  for (;;) {
    const isUp = await stage.database.pool.query('select 1').then(
      () => true,
      () => false,
    );
    if (isUp) return Date.now();
    if (Date.now() > end) throw new Error(`PostgreSQL did not come back within ${RECOVERY_LIMIT_MS} ms`);
    await pause(CONNECT_AGAIN_MS);
  }
}

/** Kills and sees that everything is started again. Returns since when recovery counts, and when PostgreSQL was up. */
async function strike(stage: Stage, victim: Victim): Promise<{ since: number; upAt?: number }> {
  if (victim === 'bot') {
    await stage.killProduct();
    return { since: await stage.startProduct() };
  }
  if (victim === 'both') {
    await Promise.all([stage.killDatabase(), stage.killProduct()]);
    await stage.mendDatabase();
    return { since: await stage.startProduct() };
  }
  const since = await stage.killDatabase();
  const [upAt] = await Promise.all([untilUp(stage), stage.mendDatabase()]);
  return { since, upAt };
}

export async function playRound(stage: Stage, victim: Victim, random: Random): Promise<Round> {
  await stage.database.empty();
  await stage.metronome.wind();
  const stream = new Stream(stage.port, random);
  stream.start();
  await pause(LEAST_LOAD_MS + random() * (MOST_LOAD_MS - LEAST_LOAD_MS));
  const ackedBefore = stream.acked.size;
  const { inFlight } = stream;
  const { since, upAt } = await strike(stage, victim);
  const claimAt = await stage.metronome.firstClaimAfter(since, RECOVERY_LIMIT_MS);
  await stream.settle(RECOVERY_LIMIT_MS);
  const stored = await stage.database.stored();
  return {
    victim,
    ackedBefore,
    acked: stream.acked.size,
    inFlight,
    missing: [...stream.acked].filter((name) => !stored.has(name)).length,
    doubled: [...stored.values()].filter((count) => count > 1).length,
    statuses: stream.statuses,
    slowAnswers: stream.slowAnswers,
    claimMs: claimAt - since,
    ...(upAt === undefined ? {} : { claimAfterUpMs: claimAt - upAt }),
  };
}
