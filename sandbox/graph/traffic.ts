/**
 * Throttling (platform facts, section G) and what a well-behaved client must not do. Breaches are counted for the
 * scoreboard, row 19.
 */
import type { World } from '../world.ts';
import { GraphError } from './errors.ts';

export interface Breaches {
  /** A call before the Retry-After of an earlier 429 had passed. */
  calledBeforeRetryAfter: number;
  /** More than 4 requests at once of one app on one mailbox. */
  moreThanFourAtOnce: number;
  /** Reauthorize and PATCH within 10 minutes on one subscription. */
  reauthorizeAndPatch: number;
}

/** `count` calls in `seconds`. */
interface Limit {
  count: number;
  seconds: number;
}

export type SubscriptionCall = 'write' | 'reauthorize' | 'get' | 'list';

const MAILBOX_LIMIT: Limit = { count: 10_000, seconds: 600 };
const MAILBOX_CONCURRENCY = 4;

const PER_TENANT: Record<SubscriptionCall, Limit> = {
  write: { count: 500, seconds: 20 },
  reauthorize: { count: 1_000, seconds: 20 },
  get: { count: 500, seconds: 20 },
  list: { count: 25, seconds: 20 },
};

const PER_APP: Record<SubscriptionCall, Limit> = {
  write: { count: 2_000, seconds: 20 },
  reauthorize: { count: 4_000, seconds: 20 },
  get: { count: 2_000, seconds: 20 },
  list: { count: 40, seconds: 20 },
};

const tooMany = (code: string, message: string, retryAfter: number | undefined) =>
  new GraphError(429, code, message, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });

export class Traffic {
  readonly breaches: Breaches = { calledBeforeRetryAfter: 0, moreThanFourAtOnce: 0, reauthorizeAndPatch: 0 };
  private readonly inFlight = new Map<string, number>();
  private readonly windows = new Map<string, { startedAt: number; count: number }>();
  private readonly blocked = new Map<string, { issuedAt: number; until: number }>();

  constructor(
    private readonly world: World,
    /** Requests already on their way when a 429 was given are no breach. */
    private readonly graceMs: number,
  ) {}

  /** Counts a request on a mailbox in; call what it returns when the answer is out. */
  enterMailbox(appId: string, oid: string): () => void {
    const scope = `${appId}:${oid}`;
    this.checkBlocked(scope);
    this.count(scope, MAILBOX_LIMIT);
    const running = this.inFlight.get(scope) ?? 0;
    if (running >= MAILBOX_CONCURRENCY) {
      this.breach('moreThanFourAtOnce', { scope, running: running + 1 });
      throw tooMany('ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', undefined);
    }
    this.inFlight.set(scope, running + 1);
    return () => {
      const left = (this.inFlight.get(scope) ?? 1) - 1;
      if (left === 0) this.inFlight.delete(scope);
      else this.inFlight.set(scope, left);
    };
  }

  enterSubscriptions(appId: string, tenantId: string, call: SubscriptionCall): void {
    const scope = `${appId}:${tenantId}:subscriptions`;
    this.checkBlocked(scope);
    this.count(`${scope}:${call}`, PER_TENANT[call]);
    this.count(`${appId}:subscriptions:${call}`, PER_APP[call]);
  }

  /** A 429 by fault, with or without Retry-After. */
  throttle(scope: string, withRetryAfter: boolean): GraphError {
    const seconds = withRetryAfter ? 1 + Math.floor(this.world.random() * 30) : undefined;
    if (seconds !== undefined) this.block(scope, seconds);
    return tooMany('TooManyRequests', 'Too Many Requests', seconds);
  }

  breach(kind: keyof Breaches, detail: Record<string, unknown>): void {
    this.breaches[kind]++;
    this.world.journal.add('graph', 'breach', { kind, ...detail });
  }

  private block(scope: string, seconds: number): void {
    const now = this.world.clock.now();
    this.blocked.set(scope, { issuedAt: now, until: now + seconds * 1000 });
  }

  private checkBlocked(scope: string): void {
    const block = this.blocked.get(scope);
    if (!block) return;
    const now = this.world.clock.now();
    if (now >= block.until) {
      this.blocked.delete(scope);
      return;
    }
    if (now > block.issuedAt + this.graceMs) this.breach('calledBeforeRetryAfter', { scope, early: block.until - now });
    throw tooMany('TooManyRequests', 'Too Many Requests', Math.ceil((block.until - now) / 1000));
  }

  private count(key: string, limit: Limit): void {
    const now = this.world.clock.now();
    const window = this.windows.get(key);
    if (!window || now >= window.startedAt + limit.seconds * 1000) {
      this.windows.set(key, { startedAt: now, count: 1 });
      return;
    }
    window.count++;
    if (window.count <= limit.count) return;
    throw tooMany(
      'ApplicationThrottled',
      'Application is over its request limit.',
      Math.max(1, Math.ceil((window.startedAt + limit.seconds * 1000 - now) / 1000)),
    );
  }
}
