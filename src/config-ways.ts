/** The part of the configuration about ways to people beside Teams: mail and SMS (delivery/ways/). */
import { z } from 'zod';
import { GUID, isLoopback, isUrl, optionalText, optionalUrl, wholeNumber } from './config-fields.ts';

export interface WaysConfig {
  /** By SMTP; else by Graph, from a mailbox of the operator's or as the person to themselves. */
  email:
    | { by: 'smtp'; url: string; from: string }
    | { by: 'mailbox'; mailbox: string; tenantId: string }
    | { by: 'person' };
  sms?:
    | { by: 'acs'; connectionString: string; from: string }
    | { by: 'twilio'; url: string; accountSid: string; authToken: string; from: string };
  /** Event Grid shows it when it brings what people answered to an SMS. */
  smsEventsKey?: string;
  /** Of all instances together. */
  perMinute: { email: number; sms: number };
}

const TWILIO_URL = 'https://api.twilio.com';
/** No path and no query, in which nodemailer would look for settings. */
const SMTP_URL = /^smtps?:\/\/[^/?#]+\/?$/i;
/** An address, or a name and an address in angle brackets; one line. */
const MAIL_FROM = /^(?:[^<>\p{Cc}@]{1,100}<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u;
/** Nothing that would lead elsewhere in a path. */
const MAILBOX = /^[^\s/?#\\]{3,254}$/;
/** A number in full, or a short code. No name, though some countries allow one: nobody can answer STOP to it. */
const SMS_FROM = /^(?:\+[1-9]\d{6,14}|\d{3,8})$/;
const CONNECTION_STRING = /^(?=.*(?:^|;)\s*endpoint=https?:\/\/[^;]+)(?=.*(?:^|;)\s*accesskey=[^;]+)/i;

const matching = (good: (value: string) => boolean, fault: string) =>
  optionalText.pipe(z.string().refine(good, fault).optional());

export const waysFields = {
  SMTP_URL: matching(
    (value) => SMTP_URL.test(value) && isUrl(value),
    'must be smtp://host:port or smtps://host:port, with user:password@ before the host where they are needed, and no more',
  ),
  MAIL_FROM: matching((value) => MAIL_FROM.test(value), 'must be an address, or Calendar Watch <address>'),
  MAIL_GRAPH_MAILBOX: matching((value) => MAILBOX.test(value), 'must be the address or the object id of a mailbox'),
  MAIL_GRAPH_TENANT: matching((value) => GUID.test(value), 'must be a GUID'),
  MAILS_PER_MINUTE: wholeNumber(1, 10_000, 60),
  ACS_CONNECTION_STRING: matching(
    (value) => CONNECTION_STRING.test(value),
    'must be of the form endpoint=https://…;accesskey=… (Azure portal, Communication Services, Keys)',
  ),
  TWILIO_URL: optionalUrl.transform((url) => url ?? TWILIO_URL),
  TWILIO_ACCOUNT_SID: optionalText,
  TWILIO_AUTH_TOKEN: optionalText,
  SMS_FROM: matching(
    (value) => SMS_FROM.test(value),
    'must be a number like +4915112345678, or a short code (to a name nobody could answer STOP)',
  ),
  SMS_EVENTS_KEY: matching(
    (value) => /^[\w.~-]{16,128}$/.test(value),
    'must be 16 to 128 letters, digits, “-”, “.”, “_” or “~”',
  ),
  SMS_PER_MINUTE: wholeNumber(1, 10_000, 60),
};

type Fields = z.infer<z.ZodObject<typeof waysFields>>;

/** Rules that concern more than one variable, in words for the operator. */
export function waysFaults(env: Partial<Fields>, appTenantId: string | undefined): string[] {
  const faults: string[] = [];
  const needs = (name: keyof Fields, beside: string) => {
    if (!env[name]) faults.push(`${name}: is needed with ${beside}`);
  };
  const serves = (name: keyof Fields, ...others: (keyof Fields)[]) => {
    if (env[name] && !others.some((other) => env[other]))
      faults.push(`${name}: is only read with ${others.join(' or ')}; set that too, or remove this`);
  };
  if (env.SMTP_URL) needs('MAIL_FROM', 'SMTP_URL: from whom mails come');
  if (env.MAIL_GRAPH_MAILBOX && !GUID.test(appTenantId ?? ''))
    needs('MAIL_GRAPH_TENANT', 'MAIL_GRAPH_MAILBOX, unless AAD_APP_TENANT_ID is a GUID: the tenant of the mailbox');
  if (env.ACS_CONNECTION_STRING) {
    needs('SMS_FROM', 'ACS_CONNECTION_STRING: from where SMS come');
    needs('SMS_EVENTS_KEY', 'ACS_CONNECTION_STRING: without it nobody hears when somebody answers STOP');
    const endpoint = /endpoint=([^;]+)/i.exec(env.ACS_CONNECTION_STRING)?.[1] ?? '';
    if (!/^https:/i.test(endpoint) && !isLoopback(endpoint))
      faults.push('ACS_CONNECTION_STRING: its endpoint must be https, or loopback (numbers and words go along)');
  }
  if (env.TWILIO_ACCOUNT_SID) {
    needs('TWILIO_AUTH_TOKEN', 'TWILIO_ACCOUNT_SID');
    if (!env.ACS_CONNECTION_STRING) needs('SMS_FROM', 'TWILIO_ACCOUNT_SID: from where SMS come');
  }
  if (env.TWILIO_URL && !env.TWILIO_URL.startsWith('https://') && !isLoopback(env.TWILIO_URL))
    faults.push('TWILIO_URL: must be https, or loopback (the password goes along with every request)');
  serves('MAIL_FROM', 'SMTP_URL');
  serves('MAIL_GRAPH_TENANT', 'MAIL_GRAPH_MAILBOX');
  serves('TWILIO_AUTH_TOKEN', 'TWILIO_ACCOUNT_SID');
  serves('SMS_FROM', 'ACS_CONNECTION_STRING', 'TWILIO_ACCOUNT_SID');
  serves('SMS_EVENTS_KEY', 'ACS_CONNECTION_STRING');
  return faults;
}

function emailOf(env: Fields, appTenantId: string): WaysConfig['email'] {
  if (env.SMTP_URL) return { by: 'smtp', url: env.SMTP_URL, from: env.MAIL_FROM ?? '' };
  if (!env.MAIL_GRAPH_MAILBOX) return { by: 'person' };
  return { by: 'mailbox', mailbox: env.MAIL_GRAPH_MAILBOX, tenantId: env.MAIL_GRAPH_TENANT ?? appTenantId };
}

function smsOf(env: Fields): WaysConfig['sms'] {
  const from = env.SMS_FROM ?? '';
  if (env.ACS_CONNECTION_STRING) return { by: 'acs', connectionString: env.ACS_CONNECTION_STRING, from };
  if (!env.TWILIO_ACCOUNT_SID) return undefined;
  const [accountSid, authToken] = [env.TWILIO_ACCOUNT_SID, env.TWILIO_AUTH_TOKEN ?? ''];
  return { by: 'twilio', url: env.TWILIO_URL, accountSid, authToken, from };
}

export function waysOf(env: Fields, appTenantId: string): WaysConfig {
  const sms = smsOf(env);
  return {
    email: emailOf(env, appTenantId),
    ...(sms ? { sms } : {}),
    ...(env.SMS_EVENTS_KEY ? { smsEventsKey: env.SMS_EVENTS_KEY } : {}),
    perMinute: { email: env.MAILS_PER_MINUTE, sms: env.SMS_PER_MINUTE },
  };
}
