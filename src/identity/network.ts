/**
 * MSAL's way to the network: bounded in time, and with Entra's metadata kept for an hour, so that a client made for
 * one person's partition does not ask for it anew.
 */
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { type Clock, HOUR_MS } from '../clock.ts';

const CALL_LIMIT_MS = 10_000;
const KEPT_ANSWERS = 200;

async function exchange<T>(
  method: string,
  url: string,
  options: NetworkRequestOptions = {},
): Promise<NetworkResponse<T>> {
  const response = await fetch(url, {
    method,
    headers: options.headers,
    body: method === 'POST' ? (options.body ?? '') : undefined,
    signal: AbortSignal.timeout(CALL_LIMIT_MS),
    redirect: 'error',
  });
  const text = await response.text();
  let body: unknown = {};
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's page instead of JSON: MSAL turns the status into its error.
  }
  return { status: response.status, headers: Object.fromEntries(response.headers), body: body as T };
}

export function createNetwork(clock: Clock): INetworkModule {
  const kept = new Map<string, { answer: NetworkResponse<unknown>; until: number }>();
  return {
    async sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions) {
      const metadata = /\/\.well-known\/openid-configuration|\/discovery\/instance/.test(url);
      const key = url.split('?')[0] ?? url;
      const known = metadata ? kept.get(key) : undefined;
      if (known && known.until > clock.now()) return known.answer as NetworkResponse<T>;
      const answer = await exchange<T>('GET', url, options);
      if (metadata && answer.status === 200) {
        if (kept.size >= KEPT_ANSWERS) kept.clear();
        kept.set(key, { answer, until: clock.now() + HOUR_MS });
      }
      return answer;
    },
    sendPostRequestAsync: <T>(url: string, options?: NetworkRequestOptions) => exchange<T>('POST', url, options),
  };
}
