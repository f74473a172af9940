/**
 * The last door before a request. Slots are apart by design, but a busy process comes late to some and goes on with
 * several at once; Teams counts what arrives. No more of a tenant's slots are used within any second than there are.
 */
import { type Clock, SECOND_MS, wait } from '../clock.ts';

/** What leaves at one moment arrives a little later or sooner. */
const WINDOW_MS = SECOND_MS + 20;
const TENANTS_KEPT = 5_000;

export class Gate {
  private readonly passed = new Map<string, number[]>();

  constructor(
    private readonly clock: Clock,
    private readonly most: number,
  ) {}

  /** Resolves when the tenant has room within the last second; in the order of asking, more or less. */
  async pass(tenantId: string): Promise<void> {
    for (;;) {
      const now = this.clock.now();
      const times = (this.passed.get(tenantId) ?? []).filter((time) => time > now - WINDOW_MS);
      const first = times[times.length - this.most];
      if (first === undefined) {
        times.push(now);
        this.passed.set(tenantId, times);
        if (this.passed.size > TENANTS_KEPT) this.forget(now);
        return;
      }
      await wait(this.clock, first + WINDOW_MS - now);
    }
  }

  private forget(now: number): void {
    for (const [tenantId, times] of this.passed)
      if ((times.at(-1) ?? 0) <= now - WINDOW_MS) this.passed.delete(tenantId);
  }
}
