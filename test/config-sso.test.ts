/** The configuration of Teams' single sign-on. What is common to all variables is in config.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { ssoFaults, ssoFields, ssoOf } from '../src/config-sso.ts';

const fields = z.object(ssoFields);
const BOT_ID = '11111111-2222-4333-8444-555555555555';
const CLIENT_ID = '99999999-2222-4333-8444-555555555555';

describe('configuration of single sign-on', () => {
  for (const blank of [undefined, '', '  '])
    it(`is off with ${JSON.stringify(blank)}`, () =>
      assert.deepEqual(ssoOf(fields.parse({ AAD_APP_ID_URI: blank })), {}));

  for (const uri of [
    `api://cw.example.com/botid-${BOT_ID}`,
    `api://localhost:3978/botid-${BOT_ID}`,
    `api://botid-${BOT_ID}`,
    `api://${CLIENT_ID}`,
    ` api://name/${CLIENT_ID} `,
  ])
    it(`takes ${uri}`, () =>
      assert.deepEqual(ssoOf(fields.parse({ AAD_APP_ID_URI: uri })), { sso: { appIdUri: uri.trim() } }));

  for (const odd of [
    'cw.example.com',
    'https://cw.example.com',
    'api://',
    'api:///botid',
    'api://cw.example.com/',
    'api://cw.example.com/a?b=c',
    'api://cw.example.com/a#b',
    'api://cw example.com/a',
    `api://${'x'.repeat(260)}`,
  ])
    it(`refuses ${odd.slice(0, 40)}`, () => assert.ok(!fields.safeParse({ AAD_APP_ID_URI: odd }).success));

  it('needs a bot that is authenticated', () => {
    const env = { AAD_APP_ID_URI: `api://${CLIENT_ID}` };
    assert.deepEqual(ssoFaults(env, BOT_ID), []);
    assert.deepEqual(ssoFaults({}, undefined), []);
    assert.match(ssoFaults(env, undefined).join(), /^AAD_APP_ID_URI: needs BOT_ID/);
  });
});
