/** What SMS providers bring: who answered, and what. Pure; http/ways.ts decides whom to believe. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

export interface Reply {
  /** E.164. */
  from: string;
  text: string;
}

const MOST_EVENTS = 1_000;
const NUMBER = /^\+[1-9]\d{6,14}$/;

/** What carriers and both providers take for STOP, and the same in German, Swedish and French. */
const STOP_WORDS = new Set([
  'STOP',
  'STOPALL',
  'UNSUBSCRIBE',
  'CANCEL',
  'END',
  'QUIT',
  'REVOKE',
  'OPTOUT',
  'STOPP',
  'ARRET',
]);

/** The word alone, however it is written: not every sentence with “stop” in it means this. */
export function saysStop(text: string): boolean {
  const word = text
    .slice(0, 100)
    .normalize('NFD')
    .replace(/[^\p{L}]+/gu, '')
    .toUpperCase();
  return text.length <= 100 && STOP_WORDS.has(word);
}

/** True if the same; how far they agree can't be measured. */
export function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

const events = z
  .array(z.object({ eventType: z.string().max(200), data: z.unknown() }))
  .min(1)
  .max(MOST_EVENTS);
const validation = z.object({ validationCode: z.string().min(1).max(200) });
const received = z.object({ from: z.string().regex(NUMBER), message: z.string() });

export type GridPost = { validationCode: string } | { replies: Reply[] };

/**
 * Events in Event Grid's schema; undefined when it is none. Other events, such as delivery reports, are left out.
 * Source: learn.microsoft.com, "Azure Communication Services - SMS events", "Endpoint validation with Event Grid schema".
 */
export function readGridPost(text: string): GridPost | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = events.safeParse(body);
  if (!read.success) return undefined;
  const replies: Reply[] = [];
  for (const { eventType, data } of read.data) {
    if (eventType === 'Microsoft.EventGrid.SubscriptionValidationEvent') return validation.safeParse(data).data;
    const reply = eventType === 'Microsoft.Communication.SMSReceived' ? received.safeParse(data).data : undefined;
    if (reply) replies.push({ from: reply.from, text: reply.message });
  }
  return { replies };
}

/**
 * HMAC-SHA1 over the address that was called and the form's fields in order of their names, key and value without
 * anything between them. Source: twilio.com/docs/usage/security.
 */
export function twilioSignature(authToken: string, url: string, form: URLSearchParams): string {
  const fields = [...new Set([...form].map(([name, value]) => `${name}\0${value}`))]
    .map((one) => one.split('\0') as [string, string])
    .sort(([a, one], [b, other]) => (a < b ? -1 : a > b ? 1 : one < other ? -1 : 1))
    .map(([name, value]) => name + value);
  return createHmac('sha1', authToken)
    .update(url + fields.join(''))
    .digest('base64');
}

/** An SMS that somebody sent. With Twilio's own handling of STOP its word for it comes along. */
export function readTwilioPost(form: URLSearchParams): Reply | undefined {
  const from = form.get('From') ?? '';
  if (!NUMBER.test(from)) return undefined;
  return { from, text: form.get('OptOutType') === 'STOP' ? 'STOP' : (form.get('Body') ?? '') };
}
