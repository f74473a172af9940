/**
 * The rate limits that Microsoft documents for bots ("Optimize your bot with rate limiting", 2026-10): several sliding
 * windows at once. What a refused request counts for isn't documented; here it counts for nothing.
 */

export interface RateWindow {
  count: number;
  ms: number;
}

/** Per bot and conversation: sending, updating, deleting, creating. */
export const SEND_WINDOWS: readonly RateWindow[] = [
  { count: 7, ms: 1_000 },
  { count: 8, ms: 2_000 },
  { count: 60, ms: 30_000 },
  { count: 1_800, ms: 3_600_000 },
];

/** Per bot and conversation: reading members. */
export const READ_WINDOWS: readonly RateWindow[] = [
  { count: 14, ms: 1_000 },
  { count: 16, ms: 2_000 },
  { count: 120, ms: 30_000 },
  { count: 3_600, ms: 3_600_000 },
];

/** Per app and tenant, everything together. */
export const GLOBAL_WINDOWS: readonly RateWindow[] = [{ count: 50, ms: 1_000 }];

export const MESSAGE_LIMIT_BYTES = 100 * 1024;

/** Conversations counted at once; beyond it the first is forgotten, so that its limits start anew. */
const KEYS_KEPT = 200_000;

export class RateLimiter {
  private readonly times = new Map<string, number[]>();

  constructor(private readonly now: () => number) {}

  /** Milliseconds until a request under `key` fits; 0 when it fits now. Doesn't count it. */
  waitMs(key: string, windows: readonly RateWindow[]): number {
    const times = this.times.get(key) ?? [];
    const now = this.now();
    let wait = 0;
    for (const { count, ms } of windows) {
      const first = times[times.length - count];
      if (first !== undefined) wait = Math.max(wait, first + ms - now);
    }
    return wait;
  }

  count(key: string, windows: readonly RateWindow[]): void {
    const times = this.times.get(key) ?? [];
    times.push(this.now());
    const most = Math.max(...windows.map((window) => window.count));
    if (times.length > most * 2) times.splice(0, times.length - most);
    this.times.set(key, times);
    if (this.times.size > KEYS_KEPT) this.times.delete(this.times.keys().next().value ?? '');
  }

  clear(): void {
    this.times.clear();
  }
}

/** The size that counts: the payload in UTF-16, without base64 images (documented as excluded). */
export function messageSize(body: string): number {
  return body.replace(/data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/=]+/gi, '').length * 2;
}
