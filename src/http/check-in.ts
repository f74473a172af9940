/**
 * The page behind the link in a mail that asks whether a room is used. GET asks only: programs follow links in mails, too.
 * Whoever has the link may answer; of what it is about the page says nothing.
 */
import type { Request, Response, Server } from 'restify';
import type { Clock } from '../clock.ts';
import { codeOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Press, pressCheckIn } from '../rooms/press.ts';
import { findCheckInByToken } from '../store/check-ins.ts';
import type { Database } from '../store/database.ts';
import { Ack } from './ack.ts';
import { readBody } from './body.ts';
import { sendPage } from './pages.ts';

const LONGEST_QUERY = 1_024;
const FORM_LIMIT_BYTES = 64 * 1024;
const TOKEN = /^[\w-]{16,200}$/;
const FIELD = 'press';

const ASK = {
  mark: '?',
  title: 'Are you using the room?',
  text: 'Say that you are there, or give it back so that others can use it. Without an answer it is given back soon.',
  buttons: [
    { label: 'We are here', name: FIELD, value: 'here' },
    { label: 'Give it back', name: FIELD, value: 'giveBack' },
  ],
};
const HERE = { mark: '✓', title: 'Thank you', text: 'The room stays yours.' };
const GIVEN_BACK = {
  mark: '✓',
  title: 'Thank you',
  text: 'The room is given back. Your meeting itself is unchanged.',
};
const LATE = {
  mark: '!',
  title: 'Too late, sorry',
  text: 'The room was just given back. If it is still free, please book it again in Outlook.',
};
const OVER = { mark: '!', title: 'That meeting is over', text: 'There is nothing left to say about its room.' };
const GONE = {
  mark: '!',
  title: 'This link doesn’t work any more',
  text: 'The meeting was moved or cancelled, or has another room by now.',
};
const FAILED = {
  mark: '!',
  title: 'Not done yet',
  text: 'Something went wrong on our side. Please try again in a minute.',
};
const NO_ANSWER = { ...ASK, mark: '!', text: 'Please press one of these.' };

export interface CheckInRouteDeps {
  database: Pick<Database, 'system' | 'inTenant'>;
  clock: Clock;
  log: Logger;
  newId(): string;
  poke(job: 'errands'): void;
}

const tokenOf = (request: Request) => new URLSearchParams(request.getQuery().slice(0, LONGEST_QUERY)).get('t') ?? '';

const PAGES = { here: HERE, givenBack: GIVEN_BACK, late: LATE, over: OVER, gone: GONE };

async function press(deps: CheckInRouteDeps, token: string, pressed: Press, response: Response): Promise<void> {
  const key = TOKEN.test(token) ? await findCheckInByToken(deps.database.system, token) : undefined;
  if (!key) return sendPage(response, 410, GONE);
  const who = { press: pressed, correlationId: deps.newId() };
  const { kind } = await deps.database.inTenant(key.tenantId, (sql) => pressCheckIn(sql, key, who, deps.clock.now()));
  if (kind === 'givenBack') deps.poke('errands');
  deps.log.info({ tenantId: key.tenantId, result: kind }, 'a check-in was answered by its link');
  sendPage(response, kind === 'gone' ? 410 : 200, PAGES[kind]);
}

export function mountCheckIn(server: Server, deps: CheckInRouteDeps): void {
  server.get('/rooms/check-in', async (_request: Request, response: Response) => sendPage(response, 200, ASK));

  server.post('/rooms/check-in', async (request: Request, response: Response) => {
    const body = await readBody(request, FORM_LIMIT_BYTES);
    if ('tooLarge' in body)
      return new Ack(response).give(413, { code: 'BodyTooLarge', message: `at most ${FORM_LIMIT_BYTES} bytes` });
    const pressed = new URLSearchParams(body.text).get(FIELD);
    if (pressed !== 'here' && pressed !== 'giveBack') return sendPage(response, 400, NO_ANSWER);
    try {
      await press(deps, tokenOf(request), pressed, response);
    } catch (err) {
      deps.log.error({ code: codeOf(err), err }, 'a check-in could not be answered');
      sendPage(response, 503, FAILED);
    }
  });
}
