/**
 * How Graph treats endpoints that answer slowly (platform facts, section B): more than 10 % over 3 s within 10 minutes
 * delays new notifications by 10 minutes, more than 15 % over 10 s discards them.
 */
import type { SandboxClock } from '../world.ts';

const WINDOW_MS = 10 * 60_000;
const SLOW_MS = 3_000;
const DEAD_MS = 10_000;
/** Below this a share means nothing. */
const FEWEST = 10;

export type Health = 'well' | 'slow' | 'drop';

export class EndpointHealth {
  private readonly answers = new Map<string, { at: number; tookMs: number }[]>();

  constructor(private readonly clock: SandboxClock) {}

  record(url: string, tookMs: number): void {
    const list = this.recent(url);
    list.push({ at: this.clock.now(), tookMs });
    this.answers.set(url, list);
  }

  of(url: string): Health {
    const list = this.recent(url);
    if (list.length < FEWEST) return 'well';
    const share = (limitMs: number) => list.filter(({ tookMs }) => tookMs >= limitMs).length / list.length;
    if (share(DEAD_MS) > 0.15) return 'drop';
    return share(SLOW_MS) > 0.1 ? 'slow' : 'well';
  }

  private recent(url: string): { at: number; tookMs: number }[] {
    const since = this.clock.now() - WINDOW_MS;
    return (this.answers.get(url) ?? []).filter(({ at }) => at > since);
  }
}
