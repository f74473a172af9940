/**
 * GET /privacy/export asks, POST gives the file: programs that look at links before people do use nothing up. The file is
 * written in steps, no faster than it is taken.
 */
import { once } from 'node:events';
import type { Request, Response, Server } from 'restify';
import { type Clock, MINUTE_MS } from '../clock.ts';
import { codeOf } from '../errors.ts';
import { timeFile } from '../insights/export.ts';
import type { Logger } from '../log.ts';
import { auditFile } from '../privacy/audit-file.ts';
import { exportFile } from '../privacy/export-file.ts';
import { takeExport } from '../privacy/exporting.ts';
import { roomsFile } from '../rooms/export.ts';
import type { Database } from '../store/database.ts';
import type { ExportKind } from '../store/export-links.ts';
import { Ack } from './ack.ts';
import { readBody } from './body.ts';
import { sendPage } from './pages.ts';

const LONGEST_QUERY = 1_024;
const LONGEST_FILE_MS = 10 * MINUTE_MS;
const FORM_LIMIT_BYTES = 64 * 1024;
/** All that are written at once by this instance. */
const MOST_AT_ONCE = 8;

const ASK = {
  mark: '⇩',
  title: 'Your file',
  text: 'One press, and it is made and comes to you. The link works once, within ten minutes of when you asked for it. Keep the file to yourself.',
  button: 'Give me the file',
};
const GONE = {
  mark: '!',
  title: 'This link doesn’t work any more',
  text: 'It has been used, is too old, or a newer one was made. Go back to Teams and type “export my data” or “time export” for another.',
};
const BUSY = {
  mark: '…',
  title: 'Just a moment',
  text: 'Other files are being made right now. Go back to this page and press again in a minute.',
};
const ANOTHER = {
  mark: '…',
  title: 'One at a time',
  text: 'Another file of yours is still on its way. Once it is there, go back to Teams and type “export my data” for a new link.',
};
const FAILED = {
  mark: '!',
  title: 'That didn’t work',
  text: 'Something went wrong on our side. Go back to Teams and type “export my data” for another link.',
};

export interface ExportRouteDeps {
  database: Pick<Database, 'inTenant'>;
  clock: Clock;
  log: Logger;
  newId(): string;
}

const tokenOf = (request: Request) =>
  new URLSearchParams(request.getQuery().slice(0, LONGEST_QUERY)).get('token') ?? '';

/** Waits while the other side does not take it; false when it has gone. */
async function give(response: Response, text: string): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(text)) return true;
  const gone = new AbortController();
  const close = once(response, 'close', { signal: gone.signal }).catch(() => undefined);
  await Promise.race([once(response, 'drain', { signal: gone.signal }).catch(() => undefined), close]);
  gone.abort();
  return !response.destroyed;
}

async function stream(
  clock: Clock,
  response: Response,
  pieces: AsyncGenerator<string>,
  type: string,
  name: string,
): Promise<void> {
  response.writeHead(200, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
  });
  // A reader that takes a few bytes now and then would keep the place of somebody else for ever.
  const cancel = clock.after(LONGEST_FILE_MS, () => response.destroy());
  try {
    for await (const piece of pieces) if (!(await give(response, piece))) return;
    response.end();
  } finally {
    cancel();
  }
}

interface Asked {
  tenantId: string;
  personId: string;
  detail: Readonly<Record<string, unknown>>;
}

interface MadeFile {
  pieces: AsyncGenerator<string>;
  type: keyof typeof EXTENSIONS;
  /** Before the day. */
  name: string;
}

const EXTENSIONS = { 'application/json': 'json', 'text/csv': 'csv', 'text/calendar': 'ics' } as const;

async function* whole(text: Promise<string>): AsyncGenerator<string> {
  yield await text;
}

/** What is behind a link, by its kind. */
const FILES: Record<ExportKind, (deps: ExportRouteDeps, asked: Asked, now: number) => MadeFile> = {
  own: (deps, asked, now) => ({ pieces: exportFile(deps, asked, now), type: 'application/json', name: '' }),
  audit: ({ database }, { tenantId }) => ({
    pieces: auditFile(database, tenantId),
    type: 'text/csv',
    name: 'audit-',
  }),
  time: ({ database }, asked, now) => ({
    pieces: whole(timeFile(database, asked, 'time', now)),
    type: 'text/csv',
    name: 'time-',
  }),
  rooms: ({ database }, asked, now) => ({
    pieces: whole(roomsFile(database, asked, now)),
    type: 'text/csv',
    name: 'rooms-',
  }),
  calendar: ({ database }, asked, now) => ({
    pieces: whole(timeFile(database, asked, 'calendar', now)),
    type: 'text/calendar',
    name: 'meetings-',
  }),
};

async function handOut(deps: ExportRouteDeps, underWay: Set<string>, request: Request, response: Response) {
  const taken = await takeExport(deps, tokenOf(request));
  if (!taken) return sendPage(response, 410, GONE);
  const { tenantId, personId, kind } = taken;
  const key = `${tenantId}/${personId}`;
  if (underWay.has(key)) return sendPage(response, 429, ANOTHER);
  underWay.add(key);
  const now = deps.clock.now();
  const day = new Date(now).toISOString().slice(0, 10);
  try {
    const { pieces, type, name } = FILES[kind](deps, taken, now);
    const extension = EXTENSIONS[type];
    await stream(deps.clock, response, pieces, type, `calendar-watch-${name}${day}.${extension}`);
    deps.log.info({ tenantId, personId, kind }, 'a file was handed out');
  } finally {
    underWay.delete(key);
  }
}

export function mountExport(server: Server, deps: ExportRouteDeps): void {
  /** People whose file is being written by this instance. */
  const underWay = new Set<string>();
  server.get('/privacy/export', async (_request: Request, response: Response) => sendPage(response, 200, ASK));
  server.head('/privacy/export', async (_request: Request, response: Response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end();
  });
  server.post('/privacy/export', async (request: Request, response: Response) => {
    // The empty form of our page; the token is in the address.
    const body = await readBody(request, FORM_LIMIT_BYTES);
    if ('tooLarge' in body)
      return new Ack(response).give(413, { code: 'BodyTooLarge', message: `at most ${FORM_LIMIT_BYTES} bytes` });
    // Before the link is used up.
    if (underWay.size >= MOST_AT_ONCE) return sendPage(response, 429, BUSY);
    try {
      await handOut(deps, underWay, request, response);
    } catch (err) {
      deps.log.error({ code: codeOf(err), err }, 'a file could not be made');
      // Cut off, so that nobody takes half of it for the whole.
      if (response.headersSent) response.destroy();
      else sendPage(response, 503, FAILED);
    }
  });
}
