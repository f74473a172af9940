/**
 * The HTTP server: limits, what every answer carries, how often strangers may ask, TLS where it is ours. restify routes;
 * what it is handed has passed all that. Routes mount themselves.
 */
import {
  createServer as createHttp,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import restify, { type Request, type Response, type Server } from 'restify';
import { SECOND_MS } from '../clock.ts';
import { CalendarWatchError, codeOf } from '../errors.ts';
import { createLog, type Logger } from '../log.ts';
import { Ack } from './ack.ts';
import { bareAnswer, type SecurityHeaders, securityHeaders, setHeaders } from './headers.ts';
import { type Rates, SERVER_LIMITS, type ServerLimits } from './limits.ts';
import { sendPage } from './pages.ts';
import { type Certificate, LEAST_TLS } from './tls.ts';

export interface ServerOptions {
  limits?: Partial<ServerLimits>;
  /** Without: nobody is counted. */
  rates?: Rates;
  certificate?: Certificate;
  /** So is the public address, whoever speaks TLS. */
  isHttps?: boolean;
  log?: Logger;
}

/** Of a server that was made here. */
export function httpOf(server: Server): HttpServer {
  return server.server as unknown as HttpServer;
}

/** Whoever connects and then says little, nothing, or no end of it is cut off by one of these. */
function createLimited(limits: ServerLimits, certificate?: Certificate): HttpServer {
  const options = {
    maxHeaderSize: limits.headersBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkMs,
  };
  const http = certificate
    ? createHttps({ ...options, ...certificate, minVersion: LEAST_TLS, handshakeTimeout: limits.handshakeMs })
    : createHttp(options);
  http.timeout = limits.silentMs;
  http.maxConnections = limits.connections;
  http.maxRequestsPerSocket = limits.requestsPerConnection;
  // Node leaves out what is more; one more than allowed shows that there was.
  http.maxHeadersCount = limits.headersCount + 1;
  if (limits.connectionsPerAddress) limitEachAddress(http as HttpServer, limits.connectionsPerAddress);
  return http as HttpServer;
}

/** One machine alone does not take all the connections that there are. */
function limitEachAddress(http: HttpServer, most: number): void {
  const open = new Map<string, number>();
  http.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

/** As proxies log a request that its client gave up. */
const UNFINISHED = 499;

const UNREADABLE: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function refuseUnreadable(http: HttpServer, headers: SecurityHeaders): void {
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: ServerResponse }) => {
    const code = error.code ?? '';
    const isHttp = code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // In the middle of an answer another one would be read as a part of it; before the end of a handshake nobody can.
    if (!isHttp || !socket.writable || socket._httpMessage?.headersSent) return socket.destroy();
    socket.end(bareAnswer(UNREADABLE[code] ?? '400 Bad Request', headers));
    socket.destroySoon();
  });
}

/** restify makes a URL of the host and the path without asking whether they are one, and throws where nobody catches. */
function isAddress({ url = '', headers }: IncomingMessage): boolean {
  const base = `http://${headers.host || 'localhost'}`;
  return url.startsWith('/') ? URL.canParse(base + url) : URL.canParse(url, base);
}

/** True if it was answered here and goes no further. */
function answeredBefore(
  request: IncomingMessage,
  response: ServerResponse,
  limits: ServerLimits,
  rates?: Rates,
): boolean {
  const refuse = (status: number, code: string, message: string) => {
    new Ack(response).give(status, { code, message });
    return true;
  };
  if (request.rawHeaders.length > 2 * limits.headersCount)
    return refuse(431, 'TooManyHeaders', `at most ${limits.headersCount} headers`);
  if ((request.url?.length ?? 0) > limits.urlLength)
    return refuse(414, 'AddressTooLong', `at most ${limits.urlLength} characters`);
  if (!isAddress(request)) return refuse(400, 'BadAddress', 'this is no address');
  const waitMs = rates?.waitMs(request) ?? 0;
  if (waitMs === 0) return false;
  response.setHeader('Retry-After', Math.ceil(waitMs / SECOND_MS));
  // Whoever goes too fast does not keep a connection for it.
  response.setHeader('Connection', 'close');
  // Whoever follows a link is a person: thousands may share one address.
  if (request.method !== 'GET') return refuse(429, 'TooManyRequests', 'ask less often');
  sendPage(response, 429, {
    mark: '…',
    title: 'Just a moment',
    text: 'Many people are asking me from where you are. Please try again in a minute.',
  });
  return true;
}

/** Of an unknown address, a wrong method and our own mistakes: the same few words each, and nothing from inside. */
function answerError(response: Response, error: unknown, log?: Logger): void {
  const status = Number((error as { statusCode?: unknown } | null)?.statusCode) || 500;
  const isTheirs = status >= 400 && status < 500;
  // Who hangs up in the middle of a request gets no answer, and nothing of ours has failed.
  if (codeOf(error) === 'ECONNRESET') log?.debug({ code: 'ECONNRESET' }, 'a request was not finished');
  else if (!isTheirs) log?.error({ err: error, code: codeOf(error) }, 'a route failed');
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  new Ack(response).give(
    isTheirs ? status : 500,
    isTheirs ? { code: 'NoSuchRoute', message: 'there is nothing here' } : { code: 'Failed', message: 'try again' },
  );
}

export function createServer({ rates, certificate, log, ...options }: ServerOptions = {}): Server {
  const limits = { ...SERVER_LIMITS, ...options.limits };
  const headers = securityHeaders(options.isHttps ?? certificate !== undefined);
  // Without a name it does not say who it is; and what it would log are whole requests, with all that is secret in them.
  const server = restify.createServer({ name: '', ignoreTrailingSlash: true, log: createLog('silent') as never });
  // Its own never listens: it takes no limits, and keeps connections that ask for an upgrade for ever.
  const routed = httpOf(server);
  const http = createLimited(limits, certificate);
  refuseUnreadable(http, headers);
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    setHeaders(response, headers);
    if (answeredBefore(request, response, limits, rates)) return;
    // Who lets a body wait until it is cut off, or hangs up, has proved nothing either.
    if (rates)
      response.once('close', () =>
        rates.answered(request, response.writableFinished ? response.statusCode : UNFINISHED),
      );
    routed.emit('request', request, response);
  });
  // The last argument would let restify answer; it has been answered here.
  server.on('restifyError', (_request: Request, response: Response, error: unknown) =>
    answerError(response, error, log),
  );
  (server as { server: unknown }).server = http;
  return server;
}

/** Resolves with the port; a port that is taken is named. */
export function listen(server: Server, port: number, host?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const http = httpOf(server);
    const onError = (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new CalendarWatchError('PORT_TAKEN', `port ${port} is taken; stop what uses it or set PORT to another one`)
          : error,
      );
    http.once('error', onError);
    server.listen(port, host, () => {
      http.removeListener('error', onError);
      const address = http.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

const CUT_OFF_EVERY_MS = 50;

/** No new requests; open ones may end within `limitMs`. */
export function closeServer(server: Server, limitMs = 5 * SECOND_MS): Promise<void> {
  const http = httpOf(server);
  return new Promise((resolve) => {
    // Again and again: who was in the middle of a handshake is not among them yet.
    const cutOff = () => {
      http.closeAllConnections();
      timer = setTimeout(cutOff, CUT_OFF_EVERY_MS);
    };
    let timer = setTimeout(cutOff, limitMs);
    http.close(() => {
      clearTimeout(timer);
      resolve();
    });
    http.closeIdleConnections();
  });
}
