/**
 * The connector's process: Teams on plain http, the bot's token endpoint on https. Nothing is kept of a message but
 * when it arrived, into which chat, and which nudge it tells of. Limits are the documented ones, counted when a request's
 * head has arrived; a refused one counts for nothing, as in the sandbox.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { GLOBAL_WINDOWS, RateLimiter, SEND_WINDOWS } from '../../sandbox/connector/limits.ts';
import { ConnectorCount, type ConnectorSettings } from './connector-count.ts';
import { chatIn, nudgeIn } from './crowd.ts';

const LOGIN_PORT = Number(process.env.LOGIN_PORT);
const TOKEN_SECONDS = 86_399;
/** About as long as Entra's; nobody but this process looks into it. */
const TOKEN = `bench.${'t'.repeat(1_300)}.token`;
const BEARER = `Bearer ${TOKEN}`;

const settings: ConnectorSettings = { lostShare: 0, answerAfterMs: 0, hasLimits: true };
let count = new ConnectorCount();
let now = performance.now();
let limiter = new RateLimiter(() => now);
let serial = 0;

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function readBody(request: IncomingMessage, then: (body: Buffer) => void): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => then(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)));
}

/** Milliseconds to wait; 0: it fits, and is counted. */
function overLimit(tenant: number, person: number): number {
  if (!settings.hasLimits) return 0;
  const chat = `c${person}`;
  const wide = `t${tenant}`;
  const ofChat = limiter.waitMs(chat, SEND_WINDOWS);
  const ofTenant = limiter.waitMs(wide, GLOBAL_WINDOWS);
  if (ofChat > 0 || ofTenant > 0) {
    count.refused(tenant, ofTenant >= ofChat);
    return Math.max(ofChat, ofTenant);
  }
  limiter.count(chat, SEND_WINDOWS);
  limiter.count(wide, GLOBAL_WINDOWS);
  return 0;
}

function take(request: IncomingMessage, response: ServerResponse, isUpdate: boolean, tenant: number, at: number): void {
  readBody(request, (body) => {
    const nudge = nudgeIn(body);
    const isLost = !isUpdate && settings.lostShare > 0 && Math.random() < settings.lostShare;
    count.accepted({ tenant, nudge, at }, body.length, isUpdate, isLost);
    if (isLost) {
      request.socket.destroy();
      return;
    }
    serial += 1;
    const id = `1${String(serial).padStart(12, '0')}`;
    const reply = () => answer(response, isUpdate ? 200 : 201, { id });
    if (settings.answerAfterMs > 0) setTimeout(reply, settings.answerAfterMs);
    else reply();
  });
}

function onCall(request: IncomingMessage, response: ServerResponse, path: string): void {
  now = performance.now();
  const at = performance.timeOrigin + now;
  const chat = chatIn(path);
  const isUpdate = request.method === 'PUT';
  const isKnown = chat && path.includes('/activities') && (isUpdate || request.method === 'POST');
  if (request.headers.authorization !== BEARER || !isKnown) {
    count.strange();
    request.resume();
    answer(response, isKnown ? 401 : 404, { error: { code: isKnown ? 'Unauthorized' : 'NotFound' } });
    return;
  }
  const waitMs = overLimit(chat.tenant, chat.person);
  if (waitMs > 0) {
    request.resume();
    const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1_000)));
    answer(response, 429, { error: { code: 'TooManyRequests' } }, { 'retry-after': retryAfter });
  } else take(request, response, isUpdate, chat.tenant, at);
}

/** For the bench alone. */
function onControl(request: IncomingMessage, response: ServerResponse, path: string): void {
  if (path === '/control/report') {
    request.resume();
    answer(response, 200, count.report());
  } else if (path === '/control/deliveries') {
    request.resume();
    answer(response, 200, count.deliveries());
  } else if (path === '/control/reset') {
    request.resume();
    count = new ConnectorCount();
    answer(response, 200, {});
  } else
    readBody(request, (body) => {
      Object.assign(settings, JSON.parse(body.toString('utf8')));
      limiter = new RateLimiter(() => now);
      answer(response, 200, settings);
    });
}

const server = createServer((request, response) => {
  const path = request.url ?? '/';
  if (path === '/readyz') answer(response, 200, { status: 'ready' });
  else if (path.startsWith('/control/')) onControl(request, response, path);
  else onCall(request, response, path);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT), '127.0.0.1');

/** What MSAL asks of an authority that it was told to know: its addresses, and a token. */
function onLogin(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const base = `https://localhost:${LOGIN_PORT}/bench`;
  if (request.url?.includes('openid-configuration'))
    answer(response, 200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
    });
  else
    answer(response, 200, {
      token_type: 'Bearer',
      expires_in: TOKEN_SECONDS,
      ext_expires_in: TOKEN_SECONDS,
      access_token: TOKEN,
    });
}

const certificates = process.env.TLS_FOLDER ?? '';
const read = (name: string) => readFileSync(join(certificates, name));
createSecureServer({ key: read('localhost.key'), cert: read('localhost.pem') }, onLogin).listen(
  LOGIN_PORT,
  '127.0.0.1',
);
process.on('SIGTERM', () => process.exit(0));
