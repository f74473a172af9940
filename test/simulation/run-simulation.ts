/** One simulated life, from a seed to its history. */
import { access } from 'node:fs/promises';
import { type Cluster, createStore } from './cluster.ts';
import { PROFILES } from './faults.ts';
import type { History } from './history.ts';
import type { Life, LifeOptions } from './life-api.ts';
import { loadProduct } from './product.ts';
import { Trace } from './scheduler.ts';
import { Simulation } from './simulation.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** Long enough for a catch-up after the last fault, and for whoever waits an hour before trying again. */
const CALM_MS = 14 * HOUR_MS;
/** Weeks in which clocks change, on both sides of the Atlantic. */
const STARTS = [Date.UTC(2026, 9, 12), Date.UTC(2026, 2, 2)];

export interface SimulationRequest {
  seed: number;
  /** Of users: people times weeks. */
  weeks: number;
  people?: number;
  profile: keyof typeof PROFILES;
  srcRoot?: string;
  /** "tiny" is a small life for trying the simulation itself. */
  life?: 'full' | 'tiny';
  cluster: Cluster;
  /** The product's log. */
  log?: (line: string) => void;
  /** Every operation. */
  trace?: (line: string) => void;
}

async function createLife(kind: SimulationRequest['life'], options: LifeOptions): Promise<Life> {
  const full = new URL('./life/life.ts', import.meta.url);
  const exists = await access(full).then(
    () => true,
    () => false,
  );
  const file = kind !== 'tiny' && exists ? full.href : new URL('./tiny-life.ts', import.meta.url).href;
  const module = (await import(file)) as { createLife(options: LifeOptions): Life };
  return module.createLife(options);
}

export async function runSimulation(request: SimulationRequest): Promise<History> {
  const { seed, weeks, cluster } = request;
  const people = request.people ?? (weeks >= 200 ? 40 : weeks >= 20 ? 10 : Math.max(2, Math.min(4, weeks)));
  const startAt = STARTS[seed % STARTS.length] as number;
  const calmAt = startAt + Math.round((weeks / people) * WEEK_MS);
  const product = await loadProduct(request.srcRoot);
  const life = await createLife(request.life, { seed, people, startAt, endAt: calmAt });
  const store = await createStore(cluster, product);
  try {
    const simulation = new Simulation({
      seed,
      product,
      profile: PROFILES[request.profile],
      life,
      startAt,
      calmAt,
      endAt: calmAt + CALM_MS,
      store,
      trace: new Trace(request.trace),
      log: request.log,
    });
    return await simulation.run();
  } finally {
    await store.drop();
  }
}
