/**
 * Every function that reads foreign text: never throws but in our own words, and never takes much longer for ten times as
 * much. What each understands is tested beside it.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { hear, suggest, tidy } from '../../src/bot/commands/commands.ts';
import { switchIn } from '../../src/bot/commands/kinds.ts';
import { readDigestHour, readLeads, readQuiet, readSpare } from '../../src/bot/settings-values.ts';
import { linesOf } from '../../src/bot/task-lines.ts';
import { readCode, readEmail, readLadder, readPhone } from '../../src/bot/way-values.ts';
import { webhookNamed } from '../../src/bot/webhooks.ts';
import { agendaLines, withAgenda } from '../../src/calendar/agenda.ts';
import { timeOfDayMs, zoneOfMailbox } from '../../src/calendar/custom-zone.ts';
import { type GraphEvent, normalise } from '../../src/calendar/normalise.ts';
import { parseWhen } from '../../src/calendar/words-of-time.ts';
import { instantOf, isIanaZone, toIana } from '../../src/calendar/zone.ts';
import { readConfig } from '../../src/config.ts';
import { shorten, simplify } from '../../src/delivery/ways/sms-text.ts';
import { CalendarWatchError } from '../../src/errors.ts';
import { retryAfterMs } from '../../src/graph/failures.ts';
import { readActivity } from '../../src/http/activity-form.ts';
import { addressIn, addressKey, clientAddress } from '../../src/http/client-address.ts';
import { readGridPost, readTwilioPost, saysStop, twilioSignature } from '../../src/http/sms-events.ts';
import { validationAnswer } from '../../src/http/validation.ts';
import { refusalIn } from '../../src/identity/refusal.ts';
import { isPublicAddress } from '../../src/net/addresses.ts';
import { checkOutgoingUrl } from '../../src/net/outgoing.ts';
import { allowsServiceUrl, hostOf } from '../../src/net/service-url.ts';
import { readEncryptedContent } from '../../src/sync/rich/decrypt.ts';

const NOW = Date.UTC(2026, 10, 23, 9);
const SHORT = 10_000;
const LONG = 100_000;
/** Ten times as much may take thirty times as long (a slow machine, a collection); a bad expression takes a hundred or more. */
const MOST_GROWTH = 30;
/** What is done in this time is fast enough, whatever it is compared with. */
const FAST_MS = 40;
const RUNS = 25;

const asking = (locale: string) => ({ now: NOW, timeZone: 'Europe/Berlin', locale });
const entry = (text: string): GraphEvent =>
  ({
    id: text,
    subject: text,
    start: { dateTime: text, timeZone: text },
    end: { dateTime: '2026-11-23T10:00:00', timeZone: 'UTC' },
    body: { contentType: 'html', content: text },
    location: { displayName: text, coordinates: { latitude: text, longitude: text } },
    attendees: [{ emailAddress: { address: text, name: text } }],
    organizer: { emailAddress: { address: text } },
    onlineMeeting: { joinUrl: text },
  }) as unknown as GraphEvent;

/** Foreign values that the environment could hold, one name at a time. */
const VARIABLES = [
  'PUBLIC_URL',
  'ADMIN_OIDS',
  'DATABASE_URL',
  'SMTP_URL',
  'TRUSTED_PROXIES',
  'TOKEN_ENCRYPTION_KEY',
  'ACS_CONNECTION_STRING',
  'MAIL_FROM',
  'SMS_FROM',
  'SERVICE_URL_HOSTS',
];

const PARSERS: readonly { name: string; parse: (text: string) => unknown; units?: readonly string[] }[] = [
  { name: 'an activity', parse: readActivity },
  { name: 'the name of a webhook', parse: (text) => webhookNamed([], text) },
  { name: 'a validation query', parse: (text) => validationAnswer(`validationToken=${text}`) },
  {
    name: 'an answer of Entra',
    parse: (text) => refusalIn(new URLSearchParams(`error=${text}&error_description=${text}`)),
  },
  { name: 'events of SMS', parse: readGridPost },
  {
    name: 'a form of Twilio',
    parse: (text) => readTwilioPost(new URLSearchParams(`From=%2B491701234567&Body=${text}`)),
  },
  { name: 'a signature of Twilio', parse: (text) => twilioSignature('key', text, new URLSearchParams(text)) },
  { name: 'STOP', parse: saysStop },
  { name: 'a proxy’s address', parse: addressIn },
  { name: 'the key of an address', parse: addressKey },
  { name: 'X-Forwarded-For', parse: (text) => clientAddress('10.0.0.1', text, (_address, hop) => hop < 9) },
  { name: 'a public address', parse: isPublicAddress },
  { name: 'a URL that people give', parse: checkOutgoingUrl },
  {
    name: 'a service address',
    parse: (text) => [allowsServiceUrl({ hosts: ['a.b'], loopback: true }, text), hostOf(text)],
  },
  { name: 'a command', parse: (text) => [hear(tidy(text)), suggest(tidy(text))] },
  { name: 'a switch', parse: switchIn },
  ...['en-GB', 'de-DE', 'fr-FR', 'ja-JP'].map((locale) => ({
    name: `words of time (${locale})`,
    parse: (text: string) => parseWhen(text, asking(locale)),
  })),
  { name: 'leads', parse: readLeads },
  { name: 'spare minutes', parse: readSpare },
  { name: 'an hour', parse: readDigestHour },
  { name: 'quiet hours', parse: readQuiet },
  { name: 'an e-mail address', parse: readEmail },
  { name: 'a phone number', parse: readPhone },
  { name: 'a code', parse: readCode },
  { name: 'a ladder', parse: readLadder },
  { name: 'task lines', parse: linesOf },
  { name: 'an agenda in HTML', parse: (text) => agendaLines(text.slice(0, LONG), 'html') },
  { name: 'an agenda in text', parse: (text) => agendaLines(text, 'text', 'https://teams.example/x') },
  { name: 'an agenda written over HTML', parse: (text) => withAgenda(text, 'html', text.slice(0, 4_000)) },
  { name: 'an entry of a calendar', parse: (text) => normalise(entry(text), '') },
  { name: 'an instant', parse: (text) => instantOf(text, 'Europe/Berlin') },
  { name: 'a zone', parse: (text) => [toIana(text), isIanaZone(text)] },
  { name: 'a time of day', parse: timeOfDayMs },
  { name: 'a mailbox’s zone', parse: (text) => zoneOfMailbox({ timeZone: text } as never, NOW) },
  { name: 'Retry-After', parse: (text) => retryAfterMs(text, NOW) },
  {
    name: 'encrypted content',
    parse: (text) =>
      readEncryptedContent({ data: text, dataKey: text, dataSignature: text, encryptionCertificateId: text }),
  },
  { name: 'an SMS to be shortened', parse: (text) => shorten(simplify(text), 'end') },
  ...VARIABLES.map((name) => ({
    name: `the variable ${name}`,
    units: ['a', '1:'],
    parse: (text: string) => readConfig({ [name]: text }),
  })),
];

function parsed(parse: (text: string) => unknown, text: string): void {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof CalendarWatchError, `${error instanceof Error ? error.stack : String(error)}`);
  }
}

const foreign = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.json({ maxDepth: 4 }),
  fc.webUrl(),
  fc.emailAddress(),
  fc.ipV6(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('', '\0', '\ud800', '{"__proto__":1}', '[[', '%', '<p', '+', '0', '-1', '1e999', 'İ', '\ufeff'),
  fc
    .array(
      fc.constantFrom(
        'next ',
        'tuesday ',
        '10',
        ':',
        '-',
        '<p>',
        '&amp;',
        '@',
        '.',
        '+49',
        ' at ',
        'remind ',
        '1',
        ',',
        '"',
        '{',
        '}',
      ),
      { maxLength: 60 },
    )
    .map((list) => list.join('')),
);

/** Each is what some expression goes back and forth over. */
const LONG_TEXTS = [
  'a',
  ' ',
  '1',
  '<',
  '<p>',
  '&',
  '.',
  '@',
  'a@',
  '\n',
  '- ',
  '((',
  '1:',
  'a,',
  '{"a":[',
  '%41',
  '🦑',
  'next ',
  '10.',
];

/** Of this process, not of the clock: the machine has others to serve. The quickest of some is the truest. */
function cpuMs(parse: (text: string) => unknown, text: string, times = 1): number {
  let least = Number.POSITIVE_INFINITY;
  for (let one = 0; one < times; one += 1) {
    const began = process.cpuUsage();
    parsed(parse, text);
    const { user, system } = process.cpuUsage(began);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

describe('what reads foreign text', () => {
  for (const { name, parse, units = LONG_TEXTS } of PARSERS) {
    it(`${name}: throws nothing but our own words`, () => {
      fc.assert(
        fc.property(foreign, (text) => parsed(parse, text)),
        { numRuns: RUNS },
      );
    });

    it(`${name}: takes its time in proportion`, () => {
      for (const unit of units) {
        const make = (length: number) => unit.repeat(Math.ceil(length / unit.length)).concat('!');
        const first = cpuMs(parse, make(LONG));
        if (first < FAST_MS) continue;
        const short = cpuMs(parse, make(SHORT), 3);
        const long = cpuMs(parse, make(LONG), 2);
        assert.ok(
          long < FAST_MS || long < short * MOST_GROWTH,
          `${JSON.stringify(unit)}: ${short} ms, then ${long} ms`,
        );
      }
    });
  }

  it('would be seen to explode, and to throw', () => {
    const slow = (text: string) => /^(?:a+)+$/.test(text.slice(0, 22));
    assert.ok(cpuMs(slow, `${'a'.repeat(21)}!`) > 20 * cpuMs(slow, `${'a'.repeat(10)}!`));
    assert.throws(() => parsed(JSON.parse, '{'), assert.AssertionError);
  });
});
