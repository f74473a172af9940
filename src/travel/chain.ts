/**
 * Whoever is configured is asked in order, the built-in estimate last: a source that is down, slow or over its budget costs
 * nothing but accuracy. Answers are kept for a while; where traffic counts and departure is near, for minutes.
 */
import { type Clock, HOUR_MS, MINUTE_MS } from '../clock.ts';
import { Patience, reasonOf } from './patience.ts';
import { type Estimate, type Leg, legKey, type TravelProvider } from './port.ts';
import { roughEstimate } from './rough.ts';
import type { JsonRequest, TravelSource } from './source.ts';

const KEPT = 20_000;
/** Traffic of the coming hours changes; what it will be tomorrow is a statistic. */
const NEAR_MS = 2 * HOUR_MS;
const KEPT_NEAR_MS = 5 * MINUTE_MS;
const KEPT_FAR_MS = 6 * HOUR_MS;
/** That there is no way is remembered too. */
const KEPT_NONE_MS = HOUR_MS;

export interface ChainDeps {
  sources: TravelSource[];
  request: JsonRequest;
  clock: Clock;
  /** Each source is asked at most so often in an hour. */
  callsPerHour: number;
  /** Something for the operator: the source and why, never where somebody goes. */
  onTrouble(source: string, reason: string): void;
}

interface Remembered {
  estimate: Estimate | undefined;
  until: number;
}

class Asked {
  private readonly patience: Patience;
  private readonly known = new Map<string, Remembered>();

  constructor(
    private readonly source: TravelSource,
    private readonly deps: ChainDeps,
  ) {
    this.patience = new Patience(deps.callsPerHour);
  }

  async ask(leg: Leg): Promise<Estimate | undefined> {
    const { clock, request, onTrouble } = this.deps;
    const now = clock.now();
    const key = legKey(leg);
    const remembered = this.known.get(key);
    if (remembered && remembered.until > now) return remembered.estimate;
    if (!this.patience.mayAsk(now)) return undefined;
    try {
      const estimate = await this.source.ask(leg, request);
      this.patience.answered();
      this.keep(key, { estimate, until: now + keptMs(leg, estimate, now) });
      return estimate;
    } catch (error) {
      this.patience.failed(error, clock.now());
      onTrouble(this.source.name, reasonOf(error));
      return undefined;
    }
  }

  private keep(key: string, remembered: Remembered): void {
    // Those that were asked for longest ago go first.
    this.known.delete(key);
    for (const oldest of this.known.keys()) {
      if (this.known.size < KEPT) break;
      this.known.delete(oldest);
    }
    this.known.set(key, remembered);
  }
}

function keptMs(leg: Leg, estimate: Estimate | undefined, now: number): number {
  if (!estimate) return KEPT_NONE_MS;
  const isNear = estimate.hasTraffic && leg.arriveAt - estimate.durationMs - now < NEAR_MS;
  return isNear ? KEPT_NEAR_MS : KEPT_FAR_MS;
}

export function createChain(deps: ChainDeps): TravelProvider {
  const asked = deps.sources.map((source) => new Asked(source, deps));
  return {
    name: 'chain',
    async estimate(leg) {
      // Of ways that were to be gone before now nobody wants to know more; plans still list them.
      const isAhead = leg.arriveAt > deps.clock.now();
      for (const one of isAhead ? asked : []) {
        const estimate = await one.ask(leg);
        if (estimate) return estimate;
      }
      return roughEstimate(leg);
    },
  };
}
