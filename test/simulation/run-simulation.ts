/** One simulated life, from a seed to its history. */
import { type Cluster, createStore } from './cluster.ts';
import type { Times } from './database.ts';
import { type OwnFaults, PROFILES, type Profile } from './faults.ts';
import type { History } from './history.ts';
import { createLife, type LifeOptions, startFor } from './life/life.ts';
import { loadProduct } from './product.ts';
import { Trace } from './scheduler.ts';
import { Simulation } from './simulation.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** Long enough for a catch-up after the last fault, and for whoever waits an hour before trying again. */
const CALM_MS = 14 * HOUR_MS;

export interface SimulationRequest {
  seed: number;
  /** Of users: people times weeks. */
  weeks: number;
  people?: number;
  profile: keyof typeof PROFILES;
  /** Instead of what the profile says. */
  faults?: { world?: Profile['world']; own?: Partial<OwnFaults> };
  life?: Pick<LifeOptions, 'changesAWeek' | 'singlesAWeek' | 'againAtOnce' | 'weights' | 'isWithoutRooms'>;
  srcRoot?: string;
  cluster: Cluster;
  /** The product's log. */
  log?: (line: string) => void;
  /** Every operation. */
  trace?: (line: string) => void;
  times?: Times;
}

export async function runSimulation(request: SimulationRequest): Promise<History> {
  const { seed, weeks, cluster } = request;
  const people = request.people ?? (weeks >= 200 ? 40 : Math.max(2, Math.min(20, Math.floor(weeks))));
  const startAt = startFor(seed);
  const calmAt = startAt + Math.round((weeks / people) * WEEK_MS);
  const product = await loadProduct(request.srcRoot);
  const life = createLife({ ...request.life, seed, people, startAt, untilAt: calmAt });
  const profile = PROFILES[request.profile];
  const { world, own } = request.faults ?? {};
  const store = await createStore(cluster, product);
  try {
    const simulation = new Simulation({
      seed,
      product,
      profile: { world: { ...profile.world, ...world }, own: { ...profile.own, ...own } },
      life,
      startAt,
      calmAt,
      endAt: calmAt + CALM_MS,
      store,
      trace: new Trace(request.trace),
      log: request.log,
      times: request.times,
    });
    return await simulation.run();
  } finally {
    await store.drop();
  }
}
