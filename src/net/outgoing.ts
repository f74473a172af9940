/**
 * Requests to addresses that people give. The host's name is resolved here, every address that it leads to must be public,
 * and the connection goes to one of those: what DNS says a moment later does not matter. https only, to a name (a
 * certificate is for names) on port 443 or 8443. Nothing is kept alive, followed, unpacked or read without a limit.
 */
import type { LookupAddress } from 'node:dns';
import { lookup as askSystem } from 'node:dns/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { type Clock, SECOND_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { isPublicAddress } from './addresses.ts';

const PORTS = new Set(['', '443', '8443']);
const LONGEST_URL = 2_048;
const MOST_ADDRESSES = 32;
const MOST_REDIRECTS = 3;
const ANSWER_LIMIT_BYTES = 64 * 1024;
const BODY_LIMIT_BYTES = 256 * 1024;
const HEADERS_LIMIT_BYTES = 16 * 1024;
const TIME_LIMIT_MS = 15 * SECOND_MS;
/** Names that no public server has (RFC 6761, 6762, 8375, and ICANN's .internal). */
const LOCAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home|corp|home\.arpa|onion)$/;

/** In all, from the name to the last byte. */
export interface OutgoingLimits {
  timeMs: number;
  answerBytes: number;
}

export interface OutgoingDeps {
  clock: Pick<Clock, 'after'>;
  /** All addresses of a name; by default what the system's resolver says. */
  lookup?(host: string): Promise<LookupAddress[]>;
  limits?: Partial<OutgoingLimits>;
  /** Whom to trust instead of those that the process trusts. */
  ca?: string;
  /** Where a checked address is really reached: tests have no public ones. */
  dial?(address: string, port: number): { address: string; port: number };
}

export interface OutgoingPost {
  headers?: Record<string, string>;
  body: string;
  /** 307 and 308 alone, and each checked like the first; 0 (default) to 3. */
  redirects?: number;
}

export interface OutgoingAnswer {
  status: number;
  /** At most the first 64 KB. */
  text: string;
  /** There was more; the connection was cut. */
  isCut: boolean;
  /** What the header Retry-After says, as it is written. */
  retryAfter?: string;
}

export interface Outgoing {
  /** Rejects with OUTGOING_REFUSED (nothing was sent) or OUTGOING_FAILED (it may have arrived). */
  post(url: string, what: OutgoingPost): Promise<OutgoingAnswer>;
}

/** Neither names the address: it may hold a secret, and what is behind a wall is told to nobody. */
function refused(why: string, say = 'I only send to public addresses that begin with https://.'): CalendarWatchError {
  return new CalendarWatchError('OUTGOING_REFUSED', `a request to an address that somebody gave was not sent: ${why}`, {
    say,
  });
}

function failed(why: string): CalendarWatchError {
  return new CalendarWatchError('OUTGOING_FAILED', `a request to an address that somebody gave failed: ${why}`, {
    say: 'That address doesn’t answer as it should.',
  });
}

/** The URL, as far as it can be judged without asking DNS. Throws OUTGOING_REFUSED. */
export function checkOutgoingUrl(text: string): URL {
  if (text.length > LONGEST_URL) throw refused('too long', 'That address is too long for me.');
  if (!URL.canParse(text))
    throw refused('no URL', 'I can’t read that as an address. One looks like this: https://hooks.example.com/in');
  const url = new URL(text);
  if (url.protocol !== 'https:')
    throw refused('not https', 'I only send to addresses that begin with https://, so that nobody reads along.');
  if (url.username !== '' || url.password !== '')
    throw refused(
      'a name or password in it',
      'I take no name or password before the @. If your receiver wants a token, put it into the path.',
    );
  if (!PORTS.has(url.port)) throw refused('another port than 443 and 8443', 'I only send to the ports 443 and 8443.');
  // However it was written (decimal, octal, hex): it has become dotted here.
  const host = url.hostname.replace(/\.+$/, '');
  if (host.startsWith('[') || isIP(host) !== 0)
    throw refused(
      'an address instead of a name',
      'I need the name of a server, such as hooks.example.com, not its IP address.',
    );
  if (!host.includes('.') || LOCAL_NAME.test(host))
    throw refused('a local name', 'That name is of a private network. I only send to servers that are public.');
  url.hostname = host;
  return url;
}

const CODE = /^[A-Z0-9_]{1,60}$/;

/** The machine's word for it (ECONNREFUSED, …), which holds nothing of what somebody typed. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && CODE.test(code) ? code : 'no answer';
}

interface Deadline {
  promise: Promise<never>;
  /** What has begun and must end with it. */
  holds(request: ClientRequest): void;
  cancel(): void;
}

function deadlineIn(clock: Pick<Clock, 'after'>, ms: number): Deadline {
  let held: ClientRequest | undefined;
  let cancel = () => {};
  const promise = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => {
      reject(failed('too slow'));
      held?.destroy();
    });
  });
  // Whoever races against it hears of it; before and after that nobody needs to.
  promise.catch(() => undefined);
  return {
    promise,
    holds: (request) => {
      held = request;
    },
    cancel: () => cancel(),
  };
}

interface Reply extends OutgoingAnswer {
  location?: string;
}

function readAnswer(incoming: IncomingMessage, limitBytes: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const give = (isCut: boolean) =>
      resolve({
        status: incoming.statusCode ?? 0,
        text: Buffer.concat(chunks).subarray(0, limitBytes).toString('utf8'),
        isCut,
        ...(incoming.headers['retry-after'] ? { retryAfter: incoming.headers['retry-after'] } : {}),
        ...(incoming.headers.location ? { location: incoming.headers.location } : {}),
      });
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= limitBytes) return;
      // The status is known, so it has arrived; to fail here would make the sender send it again.
      give(true);
      incoming.destroy();
    });
    incoming.once('end', () => give(false));
    incoming.once('error', (error) => reject(failed(reasonOf(error))));
    incoming.once('close', () => reject(failed('cut off')));
  });
}

export function createOutgoing(deps: OutgoingDeps): Outgoing {
  const timeMs = deps.limits?.timeMs ?? TIME_LIMIT_MS;
  const answerBytes = deps.limits?.answerBytes ?? ANSWER_LIMIT_BYTES;
  const dial = deps.dial ?? ((address: string, port: number) => ({ address, port }));
  const lookup = deps.lookup ?? ((host: string) => askSystem(host, { all: true, verbatim: true }));

  /** All of them are good, or none is used: who mixes them means no good. */
  const addressesOf = async (host: string): Promise<LookupAddress[]> => {
    const found = await lookup(host).catch((error: unknown) => {
      throw failed(reasonOf(error));
    });
    if (found.length === 0 || found.length > MOST_ADDRESSES) throw failed('no address of its own');
    if (!found.every(({ address }) => isPublicAddress(address))) throw refused('not a public address');
    return found;
  };

  const once = async (url: URL, headers: Record<string, string>, body: string, deadline: Deadline): Promise<Reply> => {
    const port = Number(url.port || 443);
    const checked = await Promise.race([addressesOf(url.hostname), deadline.promise]);
    const first = dial(checked[0]?.address ?? '', port);
    const targets = checked.map((one) => {
      const { address } = dial(one.address, port);
      return { address, family: isIP(address) };
    });
    const answer = new Promise<Reply>((resolve, reject) => {
      const request = httpsRequest(
        {
          host: url.hostname,
          servername: url.hostname,
          port: first.port,
          path: `${url.pathname}${url.search}`,
          method: 'POST',
          headers: { ...headers, Host: url.host, 'Content-Length': Buffer.byteLength(body), Connection: 'close' },
          // Never a connection that was opened for another answer of DNS.
          agent: false,
          maxHeaderSize: HEADERS_LIMIT_BYTES,
          minVersion: 'TLSv1.2',
          // What was checked is what is connected to; nobody asks DNS again.
          lookup: (_host, options, give) =>
            options.all ? give(null, targets) : give(null, targets[0]?.address ?? '', targets[0]?.family),
          ...(deps.ca ? { ca: deps.ca } : {}),
        },
        (incoming) => {
          readAnswer(incoming, answerBytes).then(resolve, reject);
        },
      );
      deadline.holds(request);
      request.once('error', (error) => reject(failed(reasonOf(error))));
      // A protocol of its own choice is no answer to a POST.
      request.once('upgrade', (_incoming, socket) => {
        socket.destroy();
        reject(failed('another protocol'));
      });
      request.end(body);
    });
    return Promise.race([answer, deadline.promise]);
  };

  /** Where a 307 or 308 leads; undefined: it is the answer. */
  const next = (url: URL, { status, location }: Reply): URL | undefined => {
    if ((status !== 307 && status !== 308) || !location) return undefined;
    if (location.length > LONGEST_URL || !URL.canParse(location, url.href)) throw refused('no URL to go on with');
    return checkOutgoingUrl(new URL(location, url).href);
  };

  /** What is meant for one server is not shown to another. */
  const forOther = (headers: Record<string, string>) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() === 'content-type'));

  return {
    async post(text, { headers = {}, body, redirects = 0 }) {
      if (Buffer.byteLength(body) > BODY_LIMIT_BYTES) throw refused('too much to send');
      let url = checkOutgoingUrl(text);
      let own = headers;
      const deadline = deadlineIn(deps.clock, timeMs);
      try {
        for (let hop = 0; ; hop += 1) {
          const { location, ...answer } = await once(url, own, body, deadline);
          const target = hop < Math.min(redirects, MOST_REDIRECTS) ? next(url, { ...answer, location }) : undefined;
          if (!target) return answer;
          if (target.origin !== url.origin) own = forOther(own);
          url = target;
        }
      } catch (error) {
        throw error instanceof CalendarWatchError ? error : failed(reasonOf(error));
      } finally {
        deadline.cancel();
      }
    },
  };
}
