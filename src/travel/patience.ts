/** How often a source may be asked: so many times an hour, not while it wants rest, not again and again while it fails. */
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import { SourceTrouble } from './source.ts';

const MOST_FAILURES = 3;
const REST_MS = MINUTE_MS;

export class Patience {
  private failures = 0;
  private restsUntil = 0;
  private hour = 0;
  private calls = 0;

  constructor(private readonly callsPerHour: number) {}

  /** True: ask now, it is counted. */
  mayAsk(now: number): boolean {
    if (this.restsUntil > now) return false;
    const hour = Math.floor(now / HOUR_MS);
    if (this.hour !== hour) {
      this.hour = hour;
      this.calls = 0;
    }
    if (this.calls >= this.callsPerHour) return false;
    this.calls += 1;
    return true;
  }

  answered(): void {
    this.failures = 0;
  }

  /** What was thrown is not known to be ours: anything counts. */
  failed(error: unknown, now: number): void {
    this.failures += 1;
    const afterMs = error instanceof SourceTrouble ? error.afterMs : undefined;
    // Several may be under way: one that ends without a word does not shorten what another was told.
    if (afterMs !== undefined) this.restsUntil = Math.max(this.restsUntil, now + afterMs);
    else if (this.failures >= MOST_FAILURES) this.restsUntil = Math.max(this.restsUntil, now + REST_MS);
  }
}

export const reasonOf = (error: unknown): string => (error instanceof SourceTrouble ? error.message : 'failed');
