/**
 * How people end mails and SMS: the page behind the link in a mail, one click in a mail program (RFC 8058), and STOP as
 * an answer to an SMS. Whether an address is known here is told to nobody.
 */
import type { Request, Response, Server } from 'restify';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import { stopAddress, stopByToken } from '../store/stop-ways.ts';
import { Ack } from './ack.ts';
import { readBody } from './body.ts';
import { sendPage } from './pages.ts';
import { type Reply, readGridPost, readTwilioPost, sameSecret, saysStop, twilioSignature } from './sms-events.ts';

const LONGEST_QUERY = 1_024;
const FORM_LIMIT_BYTES = 64 * 1024;
/** Event Grid delivers up to 1 MB at once. */
const EVENTS_LIMIT_BYTES = 1024 * 1024;
const TOKEN = /^[\w-]{16,200}$/;

/** Twilio is asked to say nothing: whoever says STOP is answered by their carrier, or by Twilio. */
const NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>';

const ASK = {
  mark: '✉',
  title: 'No more e-mails?',
  text: 'When Teams doesn’t let me write to you, I write to this address. One press, and I won’t any more. In Teams nothing changes.',
  button: 'Send me no more e-mails',
};
const DONE = {
  mark: '✓',
  title: 'No more e-mails from me',
  text: 'I write to you in Teams only. To change your mind, type “notify me by teams, then email” there.',
};
const FAILED = {
  mark: '!',
  title: 'Not done yet',
  text: 'Something went wrong on our side. Please try again in a minute.',
};

export interface WaysRoutesDeps {
  database: Pick<Database, 'system'>;
  clock: Clock;
  log: Logger;
  publicUrl: string;
  ways: Config['ways'];
}

const queryOf = (request: Request) => new URLSearchParams(request.getQuery().slice(0, LONGEST_QUERY));

function mountLink(server: Server, { database, clock, log }: WaysRoutesDeps): void {
  // Only asks: programs follow links in mails, too.
  server.get('/ways/stop', async (_request: Request, response: Response) => sendPage(response, 200, ASK));

  server.post('/ways/stop', async (request: Request, response: Response) => {
    // "List-Unsubscribe=One-Click", or the empty form of our page: the token is in the address in either case.
    const body = await readBody(request, FORM_LIMIT_BYTES);
    if ('tooLarge' in body)
      return new Ack(response).give(413, { code: 'BodyTooLarge', message: `at most ${FORM_LIMIT_BYTES} bytes` });
    const token = queryOf(request).get('t') ?? '';
    try {
      if (TOKEN.test(token)) await stopByToken(database.system, token, clock.now());
      sendPage(response, 200, DONE);
    } catch (err) {
      log.error({ err }, 'a way could not be ended');
      sendPage(response, 503, FAILED);
    }
  });
}

function sendText(response: Response, type: string, text: string): void {
  response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** Throws when it could not be written; the provider sends it again. */
async function obey({ database, clock, log }: WaysRoutesDeps, replies: Reply[]): Promise<void> {
  for (const { from, text } of replies) {
    if (!saysStop(text)) continue;
    const stopped = await stopAddress(database.system, 'sms', from, clock.now());
    log.info({ stopped }, 'somebody answered STOP');
  }
}

function mountEventGrid(server: Server, deps: WaysRoutesDeps, key: string): void {
  server.post('/ways/sms/acs', async (request: Request, response: Response) => {
    const ack = new Ack(response);
    const body = await readBody(request, EVENTS_LIMIT_BYTES);
    if (!sameSecret(queryOf(request).get('key') ?? '', key))
      return ack.give(401, { code: 'WrongKey', message: 'the key in the address is not SMS_EVENTS_KEY' });
    if ('tooLarge' in body)
      return ack.give(413, { code: 'BodyTooLarge', message: `at most ${EVENTS_LIMIT_BYTES} bytes` });
    const post = readGridPost(body.text);
    if (!post) return ack.give(400, { code: 'BadBody', message: 'expected events in Event Grid’s schema' });
    if ('validationCode' in post)
      return sendText(response, 'application/json', JSON.stringify({ validationResponse: post.validationCode }));
    try {
      await obey(deps, post.replies);
      ack.give(200);
    } catch (err) {
      deps.log.error({ err }, 'an answer to an SMS could not be stored');
      ack.give(503, { code: 'NotStored', message: 'send it again' });
    }
  });
}

function mountTwilio(server: Server, deps: WaysRoutesDeps, authToken: string): void {
  server.post('/ways/sms/twilio', async (request: Request, response: Response) => {
    const body = await readBody(request, FORM_LIMIT_BYTES);
    if ('tooLarge' in body)
      return new Ack(response).give(413, { code: 'BodyTooLarge', message: `at most ${FORM_LIMIT_BYTES} bytes` });
    const form = new URLSearchParams(body.text);
    // As Twilio was told to call it, whatever a proxy made of it on the way.
    const wanted = twilioSignature(authToken, `${deps.publicUrl}${request.url ?? ''}`, form);
    if (!sameSecret(String(request.headers['x-twilio-signature'] ?? ''), wanted))
      return new Ack(response).give(403, { code: 'WrongSignature', message: 'X-Twilio-Signature does not fit' });
    try {
      const reply = readTwilioPost(form);
      await obey(deps, reply ? [reply] : []);
      sendText(response, 'text/xml', NO_ANSWER);
    } catch (err) {
      deps.log.error({ err }, 'an answer to an SMS could not be stored');
      new Ack(response).give(503, { code: 'NotStored', message: 'send it again' });
    }
  });
}

export function mountWays(server: Server, deps: WaysRoutesDeps): void {
  mountLink(server, deps);
  const { sms, smsEventsKey } = deps.ways;
  if (smsEventsKey) mountEventGrid(server, deps, smsEventsKey);
  if (sms?.by === 'twilio') mountTwilio(server, deps, sms.authToken);
}
