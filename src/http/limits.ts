/**
 * What a stranger may use up: bytes, headers, time, connections, requests. Microsoft's services come from few addresses and
 * bring proof, so on their routes only what proved nothing counts, and that generously; anybody else has a bucket of
 * requests for each address. The count is each instance's own.
 */
import type { IncomingMessage } from 'node:http';
import { Buckets } from '../buckets.ts';
import { type Clock, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { addressKey, clientAddress, createTrust, type TrustedProxies } from './client-address.ts';

export interface ServerLimits {
  /** All headers and the address together; beyond: 431. */
  headersBytes: number;
  headersCount: number;
  urlLength: number;
  connections: number;
  /** Of one address, where nothing stands between it and us; undefined: no limit. */
  connectionsPerAddress?: number;
  requestsPerConnection: number;
  /** From the connection to the end of the headers. */
  headersMs: number;
  /** To the end of the body. */
  requestMs: number;
  handshakeMs: number;
  /** Longer than a load balancer keeps its side, so that it never writes into a connection that we just closed. */
  keepAliveMs: number;
  /** Nothing in either direction, even while we work. */
  silentMs: number;
  /** How often these are looked at: each may last so much longer. */
  checkMs: number;
}

export const SERVER_LIMITS: ServerLimits = {
  headersBytes: 16 * 1024,
  headersCount: 100,
  urlLength: 10_240,
  connections: 10_000,
  requestsPerConnection: 100_000,
  headersMs: 10 * SECOND_MS,
  requestMs: 30 * SECOND_MS,
  handshakeMs: 10 * SECOND_MS,
  keepAliveMs: 2 * MINUTE_MS,
  silentMs: 3 * MINUTE_MS,
  checkMs: 5 * SECOND_MS,
};

/** Whoever posts here brings proof of who they are. */
const PROVEN = new Set(['/api/messages', '/api/notifications', '/api/lifecycle', '/ways/sms/acs', '/ways/sms/twilio']);
/** Asked by what keeps us alive, from the same address as strangers when nobody tells us theirs. */
const HEALTH = new Set(['/healthz', '/readyz']);
/** What proved nothing may be so many times more than requests of strangers. */
const PROVEN_FACTOR = 50;
/** Said to who is not who they should be, or sends what can't be read. */
const PROVED_NOTHING = new Set([400, 401, 403, 408, 413, 499]);

export interface Rates {
  /** How long this request must wait, in ms; 0: it is let in. */
  waitMs(request: IncomingMessage): number;
  /** After its answer. */
  answered(request: IncomingMessage, status: number): void;
  /** It was answered as if it were good, but proved nothing. */
  unproven(request: IncomingMessage): void;
}

export interface RatesOptions {
  clock: Pick<Clock, 'now'>;
  requestsPerMinute: number;
  proxies: TrustedProxies;
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

export function createRates({ clock, requestsPerMinute, proxies }: RatesOptions): Rates {
  const strangers = new Buckets({ clock, perMinute: requestsPerMinute });
  const unproven = new Buckets({ clock, perMinute: requestsPerMinute * PROVEN_FACTOR });
  const isTrusted = createTrust(proxies);
  const keyOf = (request: IncomingMessage) => {
    const header = request.headers['x-forwarded-for'];
    return addressKey(clientAddress(request.socket.remoteAddress ?? '', header?.toString(), isTrusted));
  };
  const isProven = (request: IncomingMessage) => request.method === 'POST' && PROVEN.has(pathOf(request));
  return {
    waitMs(request) {
      // While nobody failed there is nothing to look up: Graph posts hundreds of times a second.
      if (isProven(request)) return unproven.size === 0 ? 0 : unproven.waitMs(keyOf(request));
      if (request.method === 'GET' && HEALTH.has(pathOf(request))) return 0;
      return strangers.take(keyOf(request));
    },
    answered(request, status) {
      if (PROVED_NOTHING.has(status) && isProven(request)) unproven.take(keyOf(request));
    },
    unproven(request) {
      unproven.take(keyOf(request));
    },
  };
}
