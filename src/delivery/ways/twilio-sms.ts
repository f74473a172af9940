/**
 * SMS by Twilio, or whoever speaks its HTTP API.
 * Source: twilio.com/docs/messaging/api/message-resource (create), /docs/usage/twilios-response.
 */
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { retryAfterMs } from '../../graph/failures.ts';
import type { Final } from '../attempt.ts';
import { again, bounded, LABELS, outcomeOfFailure, outcomeOfStatus, sent } from './outcomes.ts';
import type { OtherWay } from './port.ts';

const LONGEST_ANSWER = 100_000;

const taken = z.object({ sid: z.string().min(1).max(64) });
/** e.g. 21610: the number has said STOP to Twilio; 20429: too many requests. */
const refused = z.object({ code: z.number().int().min(0).max(999_999) });

export interface TwilioOptions {
  /** e.g. "https://api.twilio.com", no slash at the end. */
  url: string;
  accountSid: string;
  authToken: string;
  from: string;
}

async function readJson(response: Response): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_ANSWER) throw new Error('answer too long');
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    return undefined;
  }
}

async function outcomeOf(response: Response, now: number): Promise<Final> {
  const body = await readJson(response);
  if (response.ok) {
    const read = taken.safeParse(body);
    return read.success ? sent(read.data.sid) : again(`${LABELS.sms} answer of another form`, true);
  }
  const code = refused.safeParse(body).data?.code ?? '';
  const afterMs = retryAfterMs(response.headers.get('retry-after'), now);
  return outcomeOfStatus('sms', response.status, String(code), afterMs);
}

export function createTwilioSms(options: TwilioOptions, deps: { clock: Clock; fetch: typeof fetch }): OtherWay {
  const { accountSid, authToken, from } = options;
  const target = `${options.url}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return {
    name: 'sms',
    provider: 'Twilio',
    send: (to, words) =>
      bounded(
        deps.clock,
        async (signal) => {
          const response = await deps.fetch(target, {
            method: 'POST',
            headers: { authorization, accept: 'application/json' },
            body: new URLSearchParams({ From: from, To: to.address, Body: words.text }),
            signal,
            // A redirect would carry the password to another host.
            redirect: 'manual',
          });
          return outcomeOf(response, deps.clock.now());
        },
        (error) => outcomeOfFailure('sms', error),
      ),
  };
}
