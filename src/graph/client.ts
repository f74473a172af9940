/**
 * The Graph client, one per process. Its own retries are off: they would sleep in a worker for up to three minutes;
 * we reschedule instead. Each person's token is fetched per call from the identity side.
 */
import { Client, type GraphRequest, RetryHandlerOptions } from '@microsoft/microsoft-graph-client';
import type { Clock } from '../clock.ts';
import { GraphFailure, toFailure } from './failures.ts';
import type { Access } from './port.ts';

export type TokenSource = (access: Access, scopes: string[]) => Promise<string>;

/** Everything a call needs: a request on a path or an absolute link, with the person's token in it. */
export type Caller = <T>(
  access: Access,
  pathOrLink: string,
  send: (request: GraphRequest) => Promise<T>,
  options?: { scopes?: string[] },
) => Promise<T>;

/** With the token's own call before it (10 s) still within a lease of 30 s. */
const CALL_LIMIT_MS = 15_000;
const READ_SCOPES = ['Calendars.Read'];
const SHARED_SCOPES = ['Calendars.Read.Shared'];

export function createCaller(deps: {
  endpoint: string;
  token: TokenSource;
  /** Graph refused the token: what is kept of it is worth nothing. */
  dropToken(access: Access): void;
  clock: Clock;
}): Caller {
  const host = new URL(deps.endpoint).hostname;
  const origin = new URL(deps.endpoint).origin;
  return async (access, pathOrLink, send, options = {}) => {
    // A delta link is stored data; a token must never follow it to another host.
    if (/^https?:/i.test(pathOrLink) && new URL(pathOrLink).origin !== origin)
      throw new Error('a stored link points away from Graph');
    const token = await deps.token(access, options.scopes ?? (access.isShared ? SHARED_SCOPES : READ_SCOPES));
    const client = Client.init({
      baseUrl: `${deps.endpoint}/`,
      defaultVersion: 'v1.0',
      customHosts: new Set([host]),
      authProvider: (done) => done(null, token),
      fetchOptions: { signal: AbortSignal.timeout(CALL_LIMIT_MS) },
    });
    try {
      const request = client
        .api(pathOrLink)
        .middlewareOptions([new RetryHandlerOptions(0, 0)])
        .header('Prefer', 'IdType="ImmutableId", outlook.timezone="UTC"');
      return await send(request);
    } catch (error) {
      const failure = toFailure(error, deps.clock.now());
      if (failure instanceof GraphFailure && failure.kind === 'unauthorized') deps.dropToken(access);
      throw failure;
    }
  };
}

/** '' is the default calendar, which has no path of its own. */
export const calendarPath = (calendarId: string) =>
  calendarId === '' ? '' : `/calendars/${encodeURIComponent(calendarId)}`;

/** `/users/{id}`: by object id, as Microsoft advises; a UPN can fail now and then. */
export const mailboxPath = (access: Access) => `/users/${encodeURIComponent(access.mailboxId)}`;
