/** The configuration of mail and SMS. What is common to all variables is in config.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readConfig } from '../src/config.ts';
import { CalendarWatchError } from '../src/errors.ts';

const GUID = '11111111-2222-4333-8444-555555555555';
type Env = Record<string, string | undefined>;

const GOOD: Env = {
  PUBLIC_URL: 'https://cw.example.com',
  BOT_ID: GUID,
  BOT_PASSWORD: 'bot-secret',
  BOT_TENANT_ID: GUID,
  AAD_APP_CLIENT_ID: GUID,
  AAD_APP_CLIENT_SECRET: 'aad-secret',
  TOKEN_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
};
const ACS: Env = {
  ACS_CONNECTION_STRING: 'endpoint=https://x.communication.azure.com/;accesskey=c2VjcmV0',
  SMS_FROM: '+18005551234',
  SMS_EVENTS_KEY: 'a-key-of-16-char',
};
const TWILIO: Env = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'secret', SMS_FROM: '+18005551234' };

const waysOf = (more: Env) => readConfig({ ...GOOD, ...more }).ways;

/** The variables that are found fault with. */
function faults(more: Env): string[] {
  try {
    waysOf(more);
  } catch (error) {
    assert.ok(error instanceof CalendarWatchError);
    const lines = error.message.split('\n').filter((line) => line.startsWith('  - '));
    // Each says what to do about it.
    for (const line of lines) assert.ok(line.length > 30, line);
    for (const secret of ['c2VjcmV0', 'p4ss', 'secret'])
      assert.ok(!error.message.includes(secret), 'a secret is in the message');
    return lines.map((line) => line.slice(4).split(':')[0] ?? '');
  }
  return [];
}

describe('configuration of other ways', () => {
  const GOOD_ONES: [name: string, env: Env, expected: object][] = [
    ['nothing: mail as the person, no SMS', {}, { email: { by: 'person' }, perMinute: { email: 60, sms: 60 } }],
    [
      'SMTP',
      { SMTP_URL: ' smtp://user:p4ss@mail.test.example:587 ', MAIL_FROM: 'Calendar Watch <cw@test.example>' },
      {
        email: { by: 'smtp', url: 'smtp://user:p4ss@mail.test.example:587', from: 'Calendar Watch <cw@test.example>' },
        perMinute: { email: 60, sms: 60 },
      },
    ],
    [
      'a mailbox in a tenant of its own',
      { MAIL_GRAPH_MAILBOX: 'cw@test.example', MAIL_GRAPH_TENANT: GUID, MAILS_PER_MINUTE: '30' },
      { email: { by: 'mailbox', mailbox: 'cw@test.example', tenantId: GUID }, perMinute: { email: 30, sms: 60 } },
    ],
    [
      'a mailbox in the app’s tenant',
      { MAIL_GRAPH_MAILBOX: GUID, AAD_APP_TENANT_ID: GUID },
      { email: { by: 'mailbox', mailbox: GUID, tenantId: GUID }, perMinute: { email: 60, sms: 60 } },
    ],
    [
      'SMTP before a mailbox',
      {
        SMTP_URL: 'smtps://mail.test.example',
        MAIL_FROM: 'cw@test.example',
        MAIL_GRAPH_MAILBOX: GUID,
        MAIL_GRAPH_TENANT: GUID,
      },
      {
        email: { by: 'smtp', url: 'smtps://mail.test.example', from: 'cw@test.example' },
        perMinute: { email: 60, sms: 60 },
      },
    ],
    [
      'ACS',
      { ...ACS, SMS_PER_MINUTE: '200' },
      {
        email: { by: 'person' },
        sms: { by: 'acs', connectionString: ACS.ACS_CONNECTION_STRING, from: '+18005551234' },
        smsEventsKey: 'a-key-of-16-char',
        perMinute: { email: 60, sms: 200 },
      },
    ],
    [
      'Twilio',
      TWILIO,
      {
        email: { by: 'person' },
        sms: {
          by: 'twilio',
          url: 'https://api.twilio.com',
          accountSid: 'AC1',
          authToken: 'secret',
          from: '+18005551234',
        },
        perMinute: { email: 60, sms: 60 },
      },
    ],
    [
      'ACS before Twilio, which may be anywhere on this machine',
      { ...ACS, ...TWILIO, TWILIO_URL: 'http://localhost:1/' },
      {
        email: { by: 'person' },
        sms: { by: 'acs', connectionString: ACS.ACS_CONNECTION_STRING, from: '+18005551234' },
        smsEventsKey: 'a-key-of-16-char',
        perMinute: { email: 60, sms: 60 },
      },
    ],
  ];
  for (const [name, env, expected] of GOOD_ONES) it(name, () => assert.deepEqual(waysOf(env), expected));

  const WRONG: [env: Env, names: string[]][] = [
    [{ SMTP_URL: 'smtp://mail.test.example' }, ['MAIL_FROM']],
    [{ MAIL_FROM: 'cw@test.example' }, ['MAIL_FROM']],
    ...[
      'http://mail.test.example',
      'mail.test.example:25',
      'smtp://',
      'smtp://h/path',
      'smtp://h?tls.rejectUnauthorized=false',
      'smtp://h:p4ss:x',
    ].map((url): [Env, string[]] => [{ SMTP_URL: url, MAIL_FROM: 'a@b.example' }, ['SMTP_URL', 'MAIL_FROM']]),
    ...['nobody', 'a@b.example, c@d.example', 'A\r\nBcc: x <a@b.example>', '<a@b.example', 'a <b> <a@b.example>'].map(
      (from): [Env, string[]] => [{ SMTP_URL: 'smtp://h', MAIL_FROM: from }, ['MAIL_FROM']],
    ),
    [{ MAIL_GRAPH_MAILBOX: 'cw@test.example' }, ['MAIL_GRAPH_TENANT']],
    [{ MAIL_GRAPH_MAILBOX: 'a/../b', MAIL_GRAPH_TENANT: GUID }, ['MAIL_GRAPH_MAILBOX', 'MAIL_GRAPH_TENANT']],
    [{ MAIL_GRAPH_TENANT: 'contoso' }, ['MAIL_GRAPH_TENANT']],
    [{ MAIL_GRAPH_TENANT: GUID }, ['MAIL_GRAPH_TENANT']],
    [{ ...ACS, SMS_FROM: '' }, ['SMS_FROM']],
    [{ ...ACS, SMS_EVENTS_KEY: '' }, ['SMS_EVENTS_KEY']],
    [{ ...ACS, SMS_EVENTS_KEY: 'short' }, ['SMS_EVENTS_KEY']],
    [{ ...ACS, ACS_CONNECTION_STRING: 'endpoint=http://x.example;accesskey=c2VjcmV0' }, ['ACS_CONNECTION_STRING']],
    [{ ...TWILIO, ACS_CONNECTION_STRING: 'https://x.example' }, ['ACS_CONNECTION_STRING']],
    [{ ...TWILIO, TWILIO_AUTH_TOKEN: ' ' }, ['TWILIO_AUTH_TOKEN']],
    [{ ...TWILIO, SMS_FROM: ' ' }, ['SMS_FROM']],
    [{ ...TWILIO, SMS_FROM: '72345' }, []],
    ...['+0151123', '0151 123', 'Calendar', '12'].map((from): [Env, string[]] => [
      { ...TWILIO, SMS_FROM: from },
      ['SMS_FROM'],
    ]),
    [{ ...TWILIO, TWILIO_URL: 'http://twilio.example' }, ['TWILIO_URL']],
    [{ TWILIO_AUTH_TOKEN: 'secret' }, ['TWILIO_AUTH_TOKEN']],
    [{ SMS_FROM: '+18005551234' }, ['SMS_FROM']],
    [{ SMS_EVENTS_KEY: 'a-key-of-16-char' }, ['SMS_EVENTS_KEY']],
    [{ MAILS_PER_MINUTE: '0', SMS_PER_MINUTE: '10001' }, ['MAILS_PER_MINUTE', 'SMS_PER_MINUTE']],
  ];
  for (const [env, names] of WRONG)
    it(`${JSON.stringify(env)}: ${names.join(', ') || 'good'}`, () => {
      assert.deepEqual([...new Set(faults(env))].sort(), [...names].sort());
    });
});
