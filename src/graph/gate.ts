/**
 * Graph's limits, kept before the call instead of run into: at most four requests at once on a mailbox, and none before
 * the Retry-After of an earlier answer has passed. Leases keep other instances away from a mailbox that is held; this
 * keeps away what has no lease, like a button that somebody presses meanwhile.
 * Source: learn.microsoft.com, "Microsoft Graph service-specific throttling limits" (Outlook; subscriptions).
 */
import type { Clock } from '../clock.ts';
import type { Caller } from './client.ts';
import { GraphFailure } from './failures.ts';
import type { Access } from './port.ts';

const MOST_AT_ONCE = 4;
/** More than that wait for no good reason. */
const MOST_WAITING = 50;
const SCOPES_KEPT = 10_000;

interface Scope {
  running: number;
  waiting: (() => void)[];
  heldUntil: number;
}

/** Subscriptions are limited by tenant, everything else by mailbox. */
function scopeOf({ tenantId, mailboxId }: Access, pathOrLink: string): { key: string; atOnce: number } {
  return pathOrLink.startsWith('/subscriptions')
    ? { key: `${tenantId} subscriptions`, atOnce: Number.POSITIVE_INFINITY }
    : { key: `${tenantId} ${mailboxId}`, atOnce: MOST_AT_ONCE };
}

const heldBack = (forMs: number) => new GraphFailure('throttled', 429, 'HeldBack', forMs);

export function gated(call: Caller, clock: Clock): Caller {
  const scopes = new Map<string, Scope>();

  const enter = async (key: string, atOnce: number): Promise<Scope> => {
    const scope = scopes.get(key) ?? { running: 0, waiting: [], heldUntil: 0 };
    scopes.set(key, scope);
    if (scope.running >= atOnce) {
      if (scope.waiting.length >= MOST_WAITING) throw heldBack(0);
      await new Promise<void>((resolve) => scope.waiting.push(resolve));
    } else scope.running += 1;
    return scope;
  };

  const leave = (key: string, scope: Scope) => {
    const next = scope.waiting.shift();
    // The place is handed on; otherwise it is free.
    if (next) return next();
    scope.running -= 1;
    if (scope.running === 0 && scope.heldUntil <= clock.now()) scopes.delete(key);
    if (scopes.size > SCOPES_KEPT) for (const [name, one] of scopes) if (one.running === 0) scopes.delete(name);
  };

  return async (access, pathOrLink, send, options) => {
    const { key, atOnce } = scopeOf(access, pathOrLink);
    const scope = await enter(key, atOnce);
    try {
      const forMs = scope.heldUntil - clock.now();
      if (forMs > 0) throw heldBack(forMs);
      return await call(access, pathOrLink, send, options);
    } catch (error) {
      if (error instanceof GraphFailure && error.kind === 'throttled' && error.retryAfterMs !== undefined)
        scope.heldUntil = Math.max(scope.heldUntil, clock.now() + error.retryAfterMs);
      throw error;
    } finally {
      leave(key, scope);
    }
  };
}
