/** Mail by Graph: from a mailbox with the application's own permission, over real HTTP; and what its failures mean. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import {
  registerProduct,
  SANDBOX_CLIENT_ID,
  SANDBOX_CLIENT_SECRET,
  type Sandbox,
  startSandbox,
} from '../../../sandbox/sandbox.ts';
import { type Clock, machineClock } from '../../../src/clock.ts';
import type { Config } from '../../../src/config.ts';
import { createWays } from '../../../src/delivery/ways/create.ts';
import { createOwnMail, outcomeOfGraph } from '../../../src/delivery/ways/graph-mail.ts';
import { SEND_LIMIT_MS } from '../../../src/delivery/ways/outcomes.ts';
import type { Destination, OtherWay, Words } from '../../../src/delivery/ways/port.ts';
import { CalendarWatchError, type ErrorCode } from '../../../src/errors.ts';
import { GraphFailure, kindOf } from '../../../src/graph/failures.ts';
import type { Access } from '../../../src/graph/port.ts';
import type { Mail } from '../../../src/graph/send-mail.ts';
import { createClientFor } from '../../../src/identity/msal.ts';
import { createNetwork } from '../../../src/identity/network.ts';
import { signingKey } from '../../support/signing-key.ts';

const TENANT_ID = '7e570000-0000-4000-8000-0000000000aa';
const MAILBOX_ID = '7e570000-0000-4000-8000-0000000000bb';
const TO: Destination = { tenantId: 't', personId: 'p', address: 'anna@home.example', stopToken: 'token' };
const STOP_URL = 'https://cw.example.com/ways/stop?t=token';
const WORDS: Words = { subject: 'Starts\r\nin 10 min', text: 'Planung <b>', stopUrl: STOP_URL };

describe('mail from a mailbox', () => {
  let sandbox: Sandbox;
  let way: OtherWay;
  const seed = (more: string[]) => registerProduct(sandbox.world, 'http://localhost', { appPermissions: more });
  const make = (mailbox = 'watch@test.example', secret = SANDBOX_CLIENT_SECRET): OtherWay => {
    const config = {
      aad: { clientId: SANDBOX_CLIENT_ID, clientSecret: secret, tenantId: 'organizations' },
      cloudName: 'custom',
      cloud: { entraAuthorityHost: sandbox.urls.entra, graphEndpoint: sandbox.urls.graph },
      ways: { email: { by: 'mailbox', mailbox, tenantId: TENANT_ID }, perMinute: { email: 60, sms: 60 } },
    } as Config;
    const clientFor = createClientFor(config, createNetwork(machineClock));
    const graph = { sendMail: () => assert.fail('not as the person') };
    const { email, sms } = createWays(config, { clock: machineClock, clientFor, graph, fetch });
    assert.equal(sms, undefined);
    assert.ok(email);
    return email;
  };
  const tokensAsked = () =>
    sandbox.world.journal.entries.filter((one) => one.detail.grant === 'client_credentials').length;

  before(async () => {
    sandbox = await startSandbox({
      directory: process.env.TEST_SANDBOX_DIR ?? '',
      entra: { signingKey: signingKey() },
      seed(world) {
        world.tenants.set(TENANT_ID, { tenantId: TENANT_ID, displayName: 'Test', domain: 'test.example' });
        world.people.set(MAILBOX_ID, {
          tenantId: TENANT_ID,
          oid: MAILBOX_ID,
          upn: 'watch@test.example',
          displayName: 'Calendar Watch',
          kind: 'person',
          mailboxTimeZone: 'UTC',
          locale: 'en-GB',
        });
      },
    });
    seed(['Mail.Send']);
    way = make();
  });
  after(async () => sandbox?.stop());
  afterEach(() => sandbox.world.faults.clear());

  it('goes to the address, and is not kept there', async () => {
    assert.deepEqual(await way.send(TO, WORDS), { kind: 'sent', activityId: '' });
    const sent = sandbox.graph.control.sentMail().at(-1);
    assert.equal(sent?.fromOid, MAILBOX_ID);
    assert.deepEqual(sent?.to, ['anna@home.example']);
    assert.equal(sent?.subject, 'Starts in 10 min');
    assert.equal(sent?.contentType, 'html');
    assert.match(sent?.content ?? '', /Planung &#60;b&#62;/);
    assert.match(sent?.content ?? '', new RegExp(`href="${STOP_URL.replaceAll('?', '\\?')}"`));
    assert.equal(sent?.isSaved, false);
  });

  it('asks for a token once', async () => {
    const before = tokensAsked();
    await way.send(TO, WORDS);
    await way.send(TO, WORDS);
    assert.equal(tokensAsked(), before);
  });

  it('is in doubt after a gateway gave up', async () => {
    sandbox.world.faults.set('graph.gatewayTimeout', 1);
    assert.deepEqual(await way.send(TO, WORDS), { kind: 'retry', reason: 'e-mail 504', ambiguous: true });
  });

  it('stops where there is no such mailbox, and where the permission is missing', async () => {
    const nowhere = await make('nobody@test.example').send(TO, WORDS);
    assert.equal(nowhere.kind, 'stop');
    assert.match(nowhere.kind === 'stop' ? nowhere.reason : '', /^e-mail 40[34]$/);
    seed([]);
    assert.deepEqual(await make().send(TO, WORDS), { kind: 'stop', reason: 'e-mail 403', dropConversation: false });
    seed(['Mail.Send']);
  });

  it('says so when Entra gives no token', async () => {
    const outcome = await make(undefined, 'wrong').send(TO, WORDS);
    assert.deepEqual(outcome, { kind: 'retry', reason: 'e-mail APP_CREDENTIAL_REFUSED', ambiguous: false });
  });

  // The last: the sandbox remembers whom it told to wait.
  it('is tried again after a 429 or a 503, and not before its time', async () => {
    sandbox.world.faults.set('graph.unavailable', 1);
    assert.deepEqual(await way.send(TO, WORDS), { kind: 'retry', reason: 'e-mail 503', ambiguous: false });
    sandbox.world.faults.clear();
    const other = make();
    sandbox.world.faults.set('graph.throttle', 1);
    const outcome = await other.send(TO, WORDS);
    assert.equal(outcome.kind === 'retry' && outcome.reason, 'e-mail 429');
    assert.ok(outcome.kind === 'retry' && (outcome.afterMs ?? 0) > 0);
    const count = sandbox.graph.control.sentMail().length;
    sandbox.world.faults.clear();
    const held = await other.send(TO, WORDS);
    assert.equal(held.kind === 'retry' && held.reason, 'e-mail 429', 'held back here');
    assert.equal(sandbox.graph.control.sentMail().length, count);
  });
});

describe('mail as the person', () => {
  it('goes from them to their address', async () => {
    const calls: [Access, Mail][] = [];
    const graph = { sendMail: async (access: Access, mail: Mail) => void calls.push([access, mail]) };
    assert.deepEqual(await createOwnMail({ graph, clock: machineClock }).send(TO, WORDS), {
      kind: 'sent',
      activityId: '',
    });
    assert.equal(calls.length, 1);
    const [access, mail] = calls[0] ?? [];
    assert.deepEqual(access, { tenantId: 't', personId: 'p', mailboxId: 'p' });
    assert.deepEqual(mail?.to, [{ name: '', address: 'anna@home.example' }]);
    assert.match(mail?.html ?? '', /no more e-mails/);
  });

  it('is given up after 12 s, in doubt', async () => {
    const clock: Clock = {
      now: () => 0,
      after(ms, run) {
        assert.equal(ms, SEND_LIMIT_MS);
        run();
        return () => undefined;
      },
    };
    const graph = { sendMail: () => new Promise<void>(() => undefined) };
    const outcome = await createOwnMail({ graph, clock }).send(TO, WORDS);
    assert.deepEqual(outcome, { kind: 'retry', reason: 'e-mail no answer', ambiguous: true });
  });
});

describe('what a failure of Graph means for a mail', () => {
  const stop = (reason: string) => ({ kind: 'stop', reason, dropConversation: false });
  const again = (reason: string, ambiguous: boolean, afterMs?: number) => ({
    kind: 'retry',
    reason,
    ambiguous,
    ...(afterMs === undefined ? {} : { afterMs }),
  });
  const own = (code: ErrorCode) => new CalendarWatchError(code, 'x');
  const failure = (status: number, afterMs?: number) => new GraphFailure(kindOf(status, 'x'), status, 'x', afterMs);
  const CASES: [name: string, error: unknown, expected: object][] = [
    ['no consent yet', own('CONSENT_NEEDED'), stop('e-mail CONSENT_NEEDED')],
    ['not signed in', own('RECONNECT_NEEDED'), stop('e-mail RECONNECT_NEEDED')],
    ['no Entra', own('ENTRA_UNAVAILABLE'), again('e-mail ENTRA_UNAVAILABLE', false)],
    ['an app that Entra refuses', own('APP_CREDENTIAL_REFUSED'), again('e-mail APP_CREDENTIAL_REFUSED', false)],
    ['400', failure(400), stop('e-mail 400')],
    ['401', failure(401), again('e-mail 401', false, 5_000)],
    ['403', failure(403), stop('e-mail 403')],
    ['404', failure(404), stop('e-mail 404')],
    ['413', failure(413), stop('e-mail 413')],
    ['429', failure(429, 9_000), again('e-mail 429', false, 9_000)],
    ['500', failure(500), again('e-mail 500', true)],
    ['502', failure(502), again('e-mail 502', true)],
    ['503', failure(503, 4_000), again('e-mail 503', false, 4_000)],
    ['504', failure(504), again('e-mail 504', true)],
    ['no answer', failure(-1), again('e-mail no answer', true)],
    ['a time-out', new DOMException('x', 'TimeoutError'), again('e-mail no answer', true)],
  ];
  for (const [name, error, expected] of CASES) it(name, () => assert.deepEqual(outcomeOfGraph(error), expected));
});
