/** What the connector saw, and what can be said of it. Instants are ms since the epoch, with fractions. */

export interface ConnectorSettings {
  /** Of the messages that are taken, so many get no answer: the connection breaks. 0 to 1. */
  lostShare: number;
  /** How long Teams takes. */
  answerAfterMs: number;
  hasLimits: boolean;
}

export interface Delivery {
  tenant: number;
  /** By its mark; -1: a message of another kind. */
  nudge: number;
  at: number;
}

export interface TenantReport {
  tenant: number;
  posts: number;
  updates: number;
  refused: number;
  firstAt: number;
  lastAt: number;
  /** The most calls that were taken in any second, wherever it begins. */
  peak: number;
  /** Calls taken in each second since `firstAt`. */
  perSecond: number[];
}

export interface ConnectorReport {
  posts: number;
  /** Of their bodies. */
  bytes: number;
  updates: number;
  /** 429s. */
  refused: number;
  refusedForTenant: number;
  /** Nobody knows the route, or the token is wrong. */
  strange: number;
  /** Taken, and the answer was lost. */
  lost: number;
  /** The same, by nudge. */
  lostNudges: number[];
  /** Of the messages; 0 where there are none. */
  firstAt: number;
  lastAt: number;
  distinctNudges: number;
  /** [nudge, times] of those that were told more than once. */
  repeated: [number, number][];
  tenants: TenantReport[];
}

const SECOND_MS = 1_000;

class TenantCount {
  posts = 0;
  updates = 0;
  refused = 0;
  readonly times: number[] = [];

  report(tenant: number): TenantReport {
    const [firstAt = 0] = this.times;
    const lastAt = this.times.at(-1) ?? 0;
    const perSecond = this.times.length
      ? new Array<number>(Math.floor((lastAt - firstAt) / SECOND_MS) + 1).fill(0)
      : [];
    let peak = 0;
    let from = 0;
    for (const [index, time] of this.times.entries()) {
      const second = Math.floor((time - firstAt) / SECOND_MS);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
      while ((this.times[from] ?? 0) <= time - SECOND_MS) from += 1;
      peak = Math.max(peak, index - from + 1);
    }
    const { posts, updates, refused } = this;
    return { tenant, posts, updates, refused, firstAt, lastAt, peak, perSecond };
  }
}

export class ConnectorCount {
  private readonly all: Delivery[] = [];
  private readonly byTenant = new Map<number, TenantCount>();
  private readonly lostNudges: number[] = [];
  private updates = 0;
  private bytes = 0;
  private refusals = 0;
  private refusedForTenant = 0;
  private strangers = 0;

  private of(tenant: number): TenantCount {
    const known = this.byTenant.get(tenant);
    if (known) return known;
    const made = new TenantCount();
    this.byTenant.set(tenant, made);
    return made;
  }

  accepted(delivery: Delivery, bytes: number, isUpdate: boolean, isLost: boolean): void {
    const tenant = this.of(delivery.tenant);
    tenant.times.push(delivery.at);
    if (isUpdate) {
      tenant.updates += 1;
      this.updates += 1;
      return;
    }
    tenant.posts += 1;
    this.bytes += bytes;
    this.all.push(delivery);
    if (isLost) this.lostNudges.push(delivery.nudge);
  }

  refused(tenant: number, forTenant: boolean): void {
    this.of(tenant).refused += 1;
    this.refusals += 1;
    if (forTenant) this.refusedForTenant += 1;
  }

  strange(): void {
    this.strangers += 1;
  }

  deliveries(): Delivery[] {
    return this.all;
  }

  report(): ConnectorReport {
    const times = new Map<number, number>();
    for (const { nudge } of this.all) if (nudge >= 0) times.set(nudge, (times.get(nudge) ?? 0) + 1);
    return {
      posts: this.all.length,
      bytes: this.bytes,
      updates: this.updates,
      refused: this.refusals,
      refusedForTenant: this.refusedForTenant,
      strange: this.strangers,
      lost: this.lostNudges.length,
      lostNudges: this.lostNudges,
      firstAt: this.all[0]?.at ?? 0,
      lastAt: this.all.at(-1)?.at ?? 0,
      distinctNudges: times.size,
      repeated: [...times].filter(([, count]) => count > 1),
      tenants: [...this.byTenant].map(([tenant, count]) => count.report(tenant)).sort((a, b) => a.tenant - b.tenant),
    };
  }
}
