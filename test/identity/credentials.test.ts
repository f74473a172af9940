import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { registerProduct, SANDBOX_CLIENT_ID, type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import type { Config } from '../../src/config.ts';
import { accessFaults, accessOf } from '../../src/config-access.ts';
import { type Credential, readCredential } from '../../src/identity/credentials.ts';
import { createClientFor } from '../../src/identity/msal.ts';
import { createNetwork } from '../../src/identity/network.ts';
import { makeSelfSigned } from '../../src/sync/rich/self-signed.ts';
import { signingKey } from '../support/signing-key.ts';

const TENANT = '7e570000-0000-4000-8000-00000000c001';
const GUID = '7e570000-0000-4000-8000-00000000c0ff';
const DAY_MS = 24 * 3_600_000;
const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const machineClock = { now: () => Date.now(), after: () => () => undefined };
const SCOPE = 'https://graph.microsoft.com/.default';

describe('the configuration of how the app proves itself', () => {
  const SECRET = { AAD_APP_CLIENT_SECRET: 'one' };
  const CERTIFICATE = { AAD_APP_CERTIFICATE_FILE: 'cert.pem', AAD_APP_CERTIFICATE_KEY_FILE: 'key.pem' };
  const MANAGED = { AAD_APP_MANAGED_IDENTITY: 'system' };

  for (const [name, env, faults] of [
    ['a secret', SECRET, []],
    ['a certificate', CERTIFICATE, []],
    ['a managed identity', MANAGED, []],
    ['nothing', {}, [/^AAD_APP_CLIENT_SECRET: the client secret .*CERTIFICATE_FILE.*MANAGED_IDENTITY/]],
    ['a secret and a certificate', { ...SECRET, ...CERTIFICATE }, [/only one of AAD_APP_CLIENT_SECRET, AAD_APP_CERT/]],
    ['all', { ...SECRET, ...CERTIFICATE, ...MANAGED }, [/only one of .*MANAGED_IDENTITY is used/]],
    [
      'no key',
      { AAD_APP_CERTIFICATE_FILE: 'cert.pem' },
      [/^AAD_APP_CERTIFICATE_KEY_FILE: is needed with AAD_APP_CERTIFICATE_FILE/],
    ],
    ['a key alone', { AAD_APP_CERTIFICATE_KEY_FILE: 'key.pem' }, [/^AAD_APP_CERTIFICATE_FILE: is needed/]],
  ] as const)
    it(`takes ${name}: ${faults.length === 0 ? 'good' : 'a fault with its remedy'}`, () => {
      const found = accessFaults(env);
      assert.equal(found.length, faults.length, found.join('\n'));
      for (const [index, pattern] of faults.entries()) assert.match(found[index] ?? '', pattern);
    });

  it('keeps the one that is given, and nothing of the others', () => {
    const none = {
      AAD_APP_CLIENT_SECRET: undefined,
      AAD_APP_CERTIFICATE_FILE: undefined,
      AAD_APP_CERTIFICATE_KEY_FILE: undefined,
      AAD_APP_MANAGED_IDENTITY: undefined,
    };
    assert.deepEqual(accessOf({ ...none, ...SECRET }), { clientSecret: 'one' });
    assert.deepEqual(accessOf({ ...none, ...CERTIFICATE }), {
      certificate: { certificateFile: 'cert.pem', keyFile: 'key.pem' },
    });
    assert.deepEqual(accessOf({ ...none, AAD_APP_MANAGED_IDENTITY: GUID }), { managedIdentity: GUID });
  });
});

describe('the app’s credential', () => {
  let directory: string;
  let certificate: { cert: string; key: string };
  let sandbox: Sandbox;
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const read = (certificateFile: string, keyFile: string, now = Date.now()) =>
    readCredential(
      {
        aad: { clientId: GUID, tenantId: 'organizations', certificate: { certificateFile, keyFile } },
        cloudName: 'public',
      },
      now,
    );
  const tokenBy = async (credential: Credential) => {
    const config = {
      aad: { clientId: SANDBOX_CLIENT_ID, tenantId: 'organizations' },
      cloudName: 'custom',
      cloud: { entraAuthorityHost: sandbox.urls.entra },
    } as Config;
    const client = createClientFor(config, createNetwork(machineClock), credential)(TENANT);
    return (await client.acquireTokenByClientCredential({ scopes: [SCOPE] }))?.accessToken ?? '';
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'credential-'));
    const made = await makeSelfSigned({
      commonName: 'Calendar Watch',
      notBefore: Date.now() - DAY_MS,
      notAfter: Date.now() + DAY_MS,
    });
    certificate = {
      cert: new X509Certificate(made.certificate).toString(),
      key: made.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    };
    sandbox = await startSandbox({
      directory: process.env.TEST_SANDBOX_DIR ?? '',
      entra: { signingKey: signingKey() },
      seed(world) {
        world.tenants.set(TENANT, { tenantId: TENANT, displayName: 'Test', domain: 'test.example' });
        registerProduct(world, 'http://localhost', { appPermissions: ['Calendars.Read'] });
      },
    });
    const app = sandbox.world.apps.get(SANDBOX_CLIENT_ID);
    assert.ok(app);
    app.certificate = certificate.cert;
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await sandbox?.stop();
  });

  it('is the certificate’s, which Entra takes for the secret', async () => {
    const credential = read(file('cert.pem', certificate.cert), file('key.pem', certificate.key));
    const { thumbprintSha256, x5c } = credential.clientCertificate ?? {};
    assert.equal(thumbprintSha256, new X509Certificate(certificate.cert).fingerprint256.replaceAll(':', ''));
    assert.match(x5c ?? '', /BEGIN CERTIFICATE/);
    assert.match(await tokenBy(credential), /^ey/);
  });

  it('is refused by Entra when it is another certificate than the registered one', async () => {
    const credential = read(file('cert.pem', certificate.cert), file('key.pem', certificate.key));
    const app = sandbox.world.apps.get(SANDBOX_CLIENT_ID);
    assert.ok(app);
    const registered = app.certificate;
    delete app.certificate;
    await assert.rejects(tokenBy(credential), { errorCode: 'invalid_client' });
    app.certificate = registered ?? '';
  });

  for (const [name, make, pattern] of [
    [
      'a file that is not there',
      () => read(join(directory, 'none.pem'), 'x'),
      /^AAD_APP_CERTIFICATE_FILE: the file can/,
    ],
    ['a file without a certificate', () => read(file('empty.pem', ''), 'x'), /FILE: holds no certificate/],
    [
      'a certificate that is none',
      () => read(file('odd.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'), 'x'),
      /FILE: holds a certificate that can’t be read/,
    ],
    [
      'a key that is none',
      () => read(file('cert.pem', certificate.cert), file('odd-key.pem', 'key')),
      /KEY_FILE: must be the private key in PEM/,
    ],
    [
      'a key that is not RSA',
      () => read(file('cert.pem', certificate.cert), file('ec.pem', EC_KEY)),
      /KEY_FILE: must be an RSA key/,
    ],
    [
      'the key of another certificate',
      () => read(file('cert.pem', certificate.cert), file('other.pem', signingKey())),
      /KEY_FILE: is not the key of the certificate/,
    ],
    [
      'one that has ended',
      () => read(file('cert.pem', certificate.cert), file('key.pem', certificate.key), Date.now() + 2 * DAY_MS),
      /FILE: ended on .*; give a new one/,
    ],
  ] as const)
    it(`says what is wrong with ${name}`, () => {
      assert.throws(make, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.match(error.message, pattern);
        return true;
      });
    });

  for (const [cloudName, audience] of [
    ['public', 'api://AzureADTokenExchange'],
    ['usgov', 'api://AzureADTokenExchangeUSGov'],
    ['china', 'api://AzureADTokenExchangeChina'],
  ] as const)
    it(`is a managed identity’s token for ${audience}`, async () => {
      const asked: string[] = [];
      const credential = readCredential(
        { aad: { clientId: GUID, tenantId: 'organizations', managedIdentity: GUID }, cloudName },
        0,
        (identity) => async (of) => {
          asked.push(identity, of);
          return 'token of the identity';
        },
      );
      const { clientAssertion } = credential;
      assert.equal(typeof clientAssertion, 'function');
      const config = {
        aad: { clientId: GUID, tenantId: 'organizations' },
        cloudName: 'public',
        cloud: { entraAuthorityHost: 'https://login.microsoftonline.com' },
      } as Config;
      const posted: string[] = [];
      const network = {
        ...createNetwork(machineClock),
        sendPostRequestAsync: async <T>(_: string, options?: { body?: string }) => {
          posted.push(options?.body ?? '');
          const body = { token_type: 'Bearer', expires_in: 3_600, access_token: 'graph token' };
          return { status: 200, headers: {}, body: body as T };
        },
      };
      const client = createClientFor(config, network, credential)(TENANT);
      const result = await client.acquireTokenByClientCredential({ scopes: [SCOPE] });
      assert.equal(result?.accessToken, 'graph token');
      assert.equal(new URLSearchParams(posted[0]).get('client_assertion'), 'token of the identity');
      assert.deepEqual([...new Set(asked)], [GUID, audience]);
    });
});
