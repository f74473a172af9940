/**
 * What every answer carries, whoever gives it: routes, errors, redirects, and what Node itself refuses. Nothing of ours is
 * framed, sniffed, kept by a cache, or told to another site; which server it is says nobody.
 */
import type { ServerResponse } from 'node:http';

const YEAR_S = 365 * 86_400;

/** For all that is no page: nothing in it may do anything. */
const NO_PAGE = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const ALWAYS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': NO_PAGE,
  'Permissions-Policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** A page's own policy: its style by its hash, its form to itself, and nothing else. */
export function pagePolicy(styleSha256: string): string {
  return `default-src 'none'; style-src 'sha256-${styleSha256}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
}

export type SecurityHeaders = Readonly<Record<string, string>>;

/** `isHttps`: so is the public address, and browsers are told to come back by https alone. */
export function securityHeaders(isHttps: boolean): SecurityHeaders {
  return isHttps ? { ...ALWAYS, 'Strict-Transport-Security': `max-age=${YEAR_S}` } : ALWAYS;
}

export function setHeaders(response: ServerResponse, headers: SecurityHeaders): void {
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
}

/** An answer on a connection that never became a request: what was sent there can't be read. */
export function bareAnswer(status: string, headers: SecurityHeaders): string {
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': '0' });
  return `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
