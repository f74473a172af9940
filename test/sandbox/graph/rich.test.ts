import assert from 'node:assert/strict';
import {
  constants,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  X509Certificate,
} from 'node:crypto';
import { before, describe, it } from 'mocha';
import '../../../sandbox/ca-reflect.ts';
import * as x509 from '@peculiar/x509';
import type { GraphOptions } from '../../../sandbox/graph/graph.ts';
import {
  ANNA,
  APP,
  BEN,
  type Call,
  created,
  eventPath,
  fixture,
  HOUR,
  type Json,
  meeting,
  NOW,
  TENANT,
} from './setup.ts';

const iso = (at: number) => new Date(at).toISOString();
const SELECT = '$select=id,changeKey,subject';
const event = () =>
  meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { body: { contentType: 'text', content: 'Q' } });

/** Says whom it is for; nobody checks a signature here. */
const signValidationToken: GraphOptions['signValidationToken'] = async (audience) =>
  ['head', Buffer.from(JSON.stringify(audience)).toString('base64url'), 'signature'].join('.');
const audienceOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

interface Pair {
  certificate: string;
  privateKey: KeyObject;
}

async function makePair(bits = 2048): Promise<Pair> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: bits,
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    signingAlgorithm: algorithm,
    keys,
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificate: Buffer.from(made.rawData).toString('base64'),
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
  };
}

/** As Microsoft's JavaScript example does it. */
function opened({ encryptedContent }: Json, { privateKey }: Pair): { json: Json; isSigned: boolean } {
  const sealedKey = Buffer.from(encryptedContent.dataKey, 'base64');
  const key = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, sealedKey);
  const hmac = createHmac('sha256', key).update(Buffer.from(encryptedContent.data, 'base64')).digest('base64');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16));
  const text = decipher.update(encryptedContent.data, 'base64', 'utf8') + decipher.final('utf8');
  return { json: JSON.parse(text), isSigned: hmac === encryptedContent.dataSignature };
}

describe('sandbox graph: notifications with resource data', function () {
  this.timeout(30_000);
  let pair: Pair;
  before(async () => {
    pair = await makePair();
  });

  const request = (more: Record<string, unknown> = {}) => ({
    changeType: 'created,updated,deleted',
    resource: `/users/${ANNA}/events?${SELECT}`,
    notificationUrl: 'https://bot.example/graph/notify',
    expirationDateTime: iso(NOW + 23 * HOUR),
    clientState: 'secret',
    includeResourceData: true,
    encryptionCertificate: pair.certificate,
    encryptionCertificateId: 'our/certificate',
    ...more,
  });
  const start = (options: Partial<GraphOptions> = {}) => fixture({ signValidationToken, ...options });
  const subscribe = (f: ReturnType<typeof fixture>, more: Record<string, unknown> = {}, how: Call = {}) =>
    f.call('POST', '/subscriptions', { body: request(more), ...how });
  const bodies = (f: ReturnType<typeof fixture>): Json[] =>
    f.posted.filter((post) => post.body !== '').map((post) => JSON.parse(post.body));

  it('are subscribed to with a certificate, which the answer repeats', async () => {
    const { status, json } = await subscribe(start());
    assert.equal(status, 201, JSON.stringify(json));
    assert.equal(json.resource, `users/${ANNA}/events?${SELECT}`);
    assert.deepEqual(
      [json.includeResourceData, json.encryptionCertificate, json.encryptionCertificateId],
      [true, pair.certificate, 'our/certificate'],
    );
    assert.equal(json.expirationDateTime, '2026-11-24T07:00:00Z');
  });

  it('are refused where nobody can vouch for them', async () => {
    const { status, json } = await subscribe(fixture());
    assert.equal(status, 400);
    assert.match(json.error.message, /does not offer notifications with resource data/);
  });

  it('have rules of their own', async () => {
    const f = start();
    const small = await makePair(1024);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const bare = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ resource: '/me/events' }, /need \$select/],
      [{ resource: '/me/events?$select=' }, /need \$select/],
      [{ resource: '/me/events?$select=subject,nonsense' }, /Could not find a property named 'nonsense'/],
      [{ resource: '/me/events?$select=subject,body' }, /body can not be selected/],
      [{ resource: '/me/events?$select=subject&$top=5' }, /'\$top' is not allowed/],
      [{ resource: '/me/events?$select=subject&$skip=5' }, /'\$skip' is not allowed/],
      [{ resource: '/me/events?$select=subject&$orderby=subject' }, /'\$orderby' is not allowed/],
      [{ resource: '/me/events?$select=subject&$expand=calendar' }, /does not offer '\$expand'/],
      [{ resource: '/me/events/AAMk?$select=subject' }, /not supported for change notifications/],
      [{ expirationDateTime: iso(NOW + 1_441 * 60_000) }, /1440 minutes in the future/],
      [{ encryptionCertificate: bare }, /Certificate validation error/],
      [{ encryptionCertificate: 'nonsense' }, /Certificate validation error/],
      [{ encryptionCertificate: small.certificate }, /2048 to 4096 bits/],
      [{ encryptionCertificate: undefined }, /together or not at all/],
      [{ encryptionCertificateId: undefined }, /together or not at all/],
      [{ includeResourceData: false }, /together or not at all/],
      [{ encryptionCertificateId: 'x'.repeat(129) }, /at most 128/],
    ];
    for (const [more, message] of wrong) {
      const { status, json } = await subscribe(f, more);
      assert.equal(status, 400, JSON.stringify(more));
      assert.match(json.error.message, message);
    }
    const plain = {
      includeResourceData: undefined,
      encryptionCertificate: undefined,
      encryptionCertificateId: undefined,
    };
    assert.match((await subscribe(f, plain)).json.error.message, /not supported for change notifications/);
    assert.equal(f.graph.control.subscriptions().length, 0);
    assert.equal(f.posted.length, 0, 'nobody was asked');
  });

  it('are renewed for a day at most', async () => {
    const f = start();
    const { json } = await subscribe(f);
    const renew = (ms: number) =>
      f.call('PATCH', `/subscriptions/${json.id}`, { body: { expirationDateTime: iso(NOW + ms) } });
    assert.match((await renew(25 * HOUR)).json.error.message, /1440 minutes/);
    const { status, json: renewed } = await renew(24 * HOUR);
    assert.equal(status, 200);
    assert.equal(renewed.encryptionCertificateId, 'our/certificate');
  });

  it('carry what was selected, encrypted, and a token for each app and tenant', async () => {
    const f = start();
    await subscribe(f);
    await subscribe(f, { resource: `/users/${BEN}/events?${SELECT}`, encryptionCertificateId: 'bens' }, { as: BEN });
    await f.call('POST', '/subscriptions', {
      as: BEN,
      body: {
        changeType: 'created',
        resource: '/me/events',
        notificationUrl: 'https://bot.example/graph/notify',
        expirationDateTime: iso(NOW + HOUR),
      },
    });
    const attendees = [{ emailAddress: { address: 'ben.carter@contoso.example' } }];
    const made = await created(f, { ...event(), attendees });
    await f.pass(1_000);
    const [body] = bodies(f);
    assert.deepEqual(body.validationTokens.map(audienceOf), [{ appId: APP, tenantId: TENANT, version: '1.0' }]);
    const [mine, bens, plain] = body.value;
    assert.deepEqual(opened(mine, pair), {
      json: { id: made.id, changeKey: made.changeKey, subject: 'Planning' },
      isSigned: true,
    });
    assert.equal(mine.encryptedContent.encryptionCertificateId, 'our/certificate');
    const print = new X509Certificate(Buffer.from(pair.certificate, 'base64')).fingerprint.replaceAll(':', '');
    assert.equal(mine.encryptedContent.encryptionCertificateThumbprint, print);
    assert.equal(mine.resourceData.id, made.id);
    assert.equal(bens.encryptedContent.encryptionCertificateId, 'bens');
    assert.notEqual(opened(bens, pair).json.id, made.id);
    assert.equal(plain.encryptedContent, undefined);
    assert.ok(!JSON.stringify(body).includes('Planning'));
  });

  it('are as before where nobody asked for data', async () => {
    const f = start();
    await f.call('POST', '/subscriptions', {
      body: {
        changeType: 'created',
        resource: '/me/events',
        notificationUrl: 'https://bot.example/graph/notify',
        expirationDateTime: iso(NOW + HOUR),
      },
    });
    await created(f, event());
    await f.pass(1_000);
    assert.deepEqual(Object.keys(bodies(f)[0]), ['value']);
  });

  it('carry nothing of an entry that is gone, and the occurrence that they name', async () => {
    const f = start();
    f.world.unverified.occurrenceNotifiesAs = 'occurrence';
    f.world.unverified.validationTokenVersion = '2.0';
    const headers = { prefer: 'IdType="ImmutableId"' };
    await subscribe(f, {}, { headers });
    const recurrence = {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', startDate: '2026-12-01', numberOfOccurrences: 3 },
    };
    const master = await created(f, { ...event(), recurrence }, { headers });
    const path = `${eventPath(master.id)}/instances?startDateTime=2026-12-01&endDateTime=2026-12-09`;
    const occurrence = (await f.call('GET', path, { headers })).json.value[1].id;
    await f.call('PATCH', eventPath(occurrence), { body: { subject: 'Only this one' } });
    await f.pass(1_000);
    await f.call('DELETE', eventPath(master.id));
    await f.pass(1_000);
    const [first, second] = bodies(f);
    assert.equal(opened(first.value[0], pair).json.id, master.id);
    const { json } = opened(first.value[1], pair);
    assert.deepEqual([json.id, json.subject], [occurrence, 'Only this one']);
    assert.equal(second.value[0].encryptedContent, undefined);
    assert.equal(audienceOf(second.validationTokens[0]).version, '2.0');
  });

  it('suffer faults of their own', async () => {
    const f = start();
    await subscribe(f);
    const strike = async (fault: Parameters<typeof f.world.faults.set>[0]) => {
      f.world.faults.clear();
      f.world.faults.set(fault, 1);
      const from = bodies(f).length;
      await created(f, event());
      await f.pass(1_000);
      return bodies(f)[from];
    };
    assert.equal(opened((await strike('notify.badSignature')).value[0], pair).isSigned, false);
    assert.equal((await strike('notify.noValidationToken')).validationTokens, null);
    const [forged] = (await strike('notify.forgedValidationToken')).validationTokens;
    assert.deepEqual(audienceOf(forged), { appId: APP, tenantId: TENANT, version: '1.0' });
    assert.notEqual(forged.split('.')[2], 'signature');
  });

  it('are told again with tokens made anew', async () => {
    let made = 0;
    const f = start({ signValidationToken: async () => `a.b.${made++}` });
    await subscribe(f);
    f.endpoint.answer = () => ({ status: 503, headers: {}, body: '' });
    await created(f, event());
    await f.pass(20_000);
    const all = bodies(f).map((body) => body.validationTokens[0]);
    assert.ok(all.length >= 3);
    assert.equal(new Set(all).size, all.length);
  });
});
