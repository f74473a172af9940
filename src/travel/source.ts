/** Asking somebody else's server how long a way takes: one request, bounded in time and size. */
import { z } from 'zod';
import { type Clock, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { retryAfterMs } from '../graph/failures.ts';
import type { Estimate, Leg } from './port.ts';

/** Somebody who knows roads. */
export interface TravelSource {
  name: string;
  /** Undefined: there is no such way, or not by that means. Throws SourceTrouble when nobody knows. */
  ask(leg: Leg, request: JsonRequest): Promise<Estimate | undefined>;
}

/** Why there was no answer; `afterMs`: it asked to be left alone for so long. The message names no address and no key. */
export class SourceTrouble extends Error {
  constructor(
    message: string,
    readonly afterMs?: number,
  ) {
    super(message);
    this.name = 'SourceTrouble';
  }
}

export interface JsonAnswer {
  status: number;
  body: unknown;
}

/** GET; 2xx and 4xx (other than 401, 403 and 429) with JSON are answers, everything else is SourceTrouble. */
export type JsonRequest = (url: URL, headers?: Record<string, string>) => Promise<JsonAnswer>;

const LONGEST_ANSWER = 1_000_000;
const STANDARD_WAIT_MS = 30 * SECOND_MS;
const REFUSED_WAIT_MS = 10 * MINUTE_MS;

/** Not by Content-Length alone, which a server need not send and a compressed answer makes useless. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_ANSWER) throw new SourceTrouble('answer too long');
  }
  return text + decoder.decode();
}

async function readJson(response: Response): Promise<unknown> {
  const text = await readText(response);
  try {
    return JSON.parse(text);
  } catch {
    throw new SourceTrouble('answer is no JSON');
  }
}

/** What an answer's status alone says; undefined: read on. */
function troubleIn(status: number, retryAfter: string | null, now: number): SourceTrouble | undefined {
  const words = `status ${status}`;
  if (status === 429 || status === 503)
    return new SourceTrouble(words, retryAfterMs(retryAfter, now) ?? STANDARD_WAIT_MS);
  // The key is wrong, and will be next time.
  if (status === 401 || status === 403) return new SourceTrouble(words, REFUSED_WAIT_MS);
  return status >= 500 ? new SourceTrouble(words) : undefined;
}

export function createRequest(deps: { fetch: typeof fetch; clock: Clock; limitMs: number }): JsonRequest {
  return async (url, headers = {}) => {
    try {
      // For the whole of it, body and all.
      const signal = AbortSignal.timeout(deps.limitMs);
      const response = await deps.fetch(url, {
        headers: { accept: 'application/json', ...headers },
        signal,
        // A redirect would carry the key to another host.
        redirect: 'error',
      });
      const trouble = troubleIn(response.status, response.headers.get('retry-after'), deps.clock.now());
      if (!trouble) return { status: response.status, body: await readJson(response) };
      // Nobody reads it; its connection is to be free again.
      void response.body?.cancel().catch(() => undefined);
      throw trouble;
    } catch (error) {
      if (error instanceof SourceTrouble) throw error;
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      throw new SourceTrouble(isLate ? 'no answer in time' : 'no connection');
    }
  };
}

/** Minutes and metres as they may be believed: a way around the world takes less than a week. */
export const seconds = z
  .number()
  .nonnegative()
  .max(7 * 24 * 3_600);
export const metres = z.number().nonnegative().max(50_000_000);
