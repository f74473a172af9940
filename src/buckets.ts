/**
 * How often somebody may do something: one token bucket for each key, in memory. The map is bounded; who was not seen for
 * longest is forgotten first, which is as if their bucket were full again.
 */
import { type Clock, MINUTE_MS } from './clock.ts';

interface Level {
  tokens: number;
  at: number;
}

export interface BucketsOptions {
  clock: Pick<Clock, 'now'>;
  perMinute: number;
  /** How much a full one holds; by default a minute's worth. */
  burst?: number;
  /** So many keys are remembered. */
  most?: number;
}

const MOST_KEYS = 50_000;

export class Buckets {
  private readonly levels = new Map<string, Level>();
  private readonly perMs: number;
  private readonly burst: number;
  private readonly most: number;

  constructor(private readonly options: BucketsOptions) {
    this.perMs = options.perMinute / MINUTE_MS;
    this.burst = options.burst ?? options.perMinute;
    this.most = options.most ?? MOST_KEYS;
  }

  get size(): number {
    return this.levels.size;
  }

  private tokensOf(key: string): number {
    const level = this.levels.get(key);
    if (!level) return this.burst;
    // A clock that was set back gives nothing, and takes nothing.
    const passedMs = Math.max(0, this.options.clock.now() - level.at);
    return Math.min(this.burst, level.tokens + passedMs * this.perMs);
  }

  /** How long until there is a token, in ms; 0: there is one. */
  waitMs(key: string): number {
    const tokens = this.tokensOf(key);
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / this.perMs);
  }

  /** Takes one and returns 0; or takes none and returns how long to wait, in ms. */
  take(key: string): number {
    const waitMs = this.waitMs(key);
    if (waitMs > 0) return waitMs;
    const tokens = this.tokensOf(key) - 1;
    this.levels.delete(key);
    if (this.levels.size >= this.most) {
      const oldest = this.levels.keys().next();
      if (!oldest.done) this.levels.delete(oldest.value);
    }
    this.levels.set(key, { tokens, at: this.options.clock.now() });
    return 0;
  }
}
