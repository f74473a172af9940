/** The configuration of the keys. What is common to all variables is in config.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readConfig } from '../src/config.ts';
import { keyIn } from '../src/config-keys.ts';
import { CalendarWatchError } from '../src/errors.ts';
import { testKey } from './support/vault.ts';

const GUID = '11111111-2222-4333-8444-555555555555';
const [ONE, TWO] = [testKey(251), testKey(2)];
const ONE_TEXT = ONE.toString('base64');
const SHORT = Buffer.alloc(31, 1).toString('base64');
const URL_OF_ONE = 'https://contoso-keys.vault.azure.net/secrets/calendar-watch';

type Env = Record<string, string | undefined>;
const GOOD: Env = {
  PUBLIC_URL: 'https://cw.example.com',
  BOT_ID: GUID,
  BOT_PASSWORD: 'bot-secret',
  BOT_TENANT_ID: GUID,
  AAD_APP_CLIENT_ID: GUID,
  AAD_APP_CLIENT_SECRET: 'aad-secret',
};
const LOOPBACK: Env = { PUBLIC_URL: 'http://localhost:3978' };
const CUSTOM: Env = {
  CLOUD: 'custom',
  ENTRA_AUTHORITY_HOST: 'https://entra.test.example',
  GRAPH_ENDPOINT: 'https://graph.test.example',
  BOT_OPENID_METADATA_URL: 'http://localhost:1/openid',
  BOT_TOKEN_ISSUER: 'https://issuer.test.example',
  BOT_LOGIN_URL: 'http://localhost:1/tenant',
};

const keysOf = (more: Env) => readConfig({ ...GOOD, ...more }).keys;

function faults(more: Env): string[] {
  try {
    keysOf(more);
  } catch (error) {
    assert.ok(error instanceof CalendarWatchError);
    for (const secret of [ONE_TEXT, ONE_TEXT.slice(0, 12), SHORT, 'Zm9v'])
      assert.ok(!error.message.includes(secret), 'a key is in the message');
    return error.message
      .split('\n')
      .filter((line) => line.startsWith('  - '))
      .map((line) => line.slice(4));
  }
  return [];
}

const vault = (url: string) => ({ TOKEN_ENCRYPTION_KEY_VAULT_URL: url });

describe('configuration of keys', () => {
  const LISTS: [string, string, Buffer[]][] = [
    ['one key', ONE_TEXT, [ONE]],
    ['several, the first first', `${ONE_TEXT},${TWO.toString('base64')}`, [ONE, TWO]],
    ['blanks, lines and empty entries', `\n ${ONE_TEXT} ,; ${TWO.toString('base64')}\n,`, [ONE, TWO]],
    ['base64url, and without padding', ONE.toString('base64url'), [ONE]],
  ];
  for (const [what, list, keys] of LISTS)
    it(`takes ${what}`, () => assert.deepEqual(keysOf({ TOKEN_ENCRYPTION_KEY: list }), { by: 'list', keys }));

  const WRONG: [string, Env, RegExp][] = [
    ['no key at all', {}, /^TOKEN_ENCRYPTION_KEY: is needed.*openssl rand -base64 32/],
    [
      'a key that is too short',
      { TOKEN_ENCRYPTION_KEY: SHORT },
      /^TOKEN_ENCRYPTION_KEY: of 1 entries no\. 1 must be 32/,
    ],
    [
      'every wrong one, by its place',
      { TOKEN_ENCRYPTION_KEY: `${ONE_TEXT} Zm9v,${ONE_TEXT} ${SHORT}` },
      /^TOKEN_ENCRYPTION_KEY: of 4 entries no\. 2, 4 must be/,
    ],
    ['a key in hex', { TOKEN_ENCRYPTION_KEY: ONE.toString('hex') }, /^TOKEN_ENCRYPTION_KEY: of 1 entries no\. 1 /],
    ['a list of nothing', { TOKEN_ENCRYPTION_KEY: ',' }, /^TOKEN_ENCRYPTION_KEY: holds no key/],
    [
      'too many',
      { TOKEN_ENCRYPTION_KEY: Array.from({ length: 21 }, (_, n) => testKey(n).toString('base64')).join() },
      /^TOKEN_ENCRYPTION_KEY: at most 20/,
    ],
    ['list and vault', { TOKEN_ENCRYPTION_KEY: ONE_TEXT, ...vault(URL_OF_ONE) }, /_VAULT_URL: is not read beside/],
    ['no URL', vault('contoso-keys'), /_VAULT_URL: must be https:\/\/<vault>/],
    ['http', vault(URL_OF_ONE.replace('https', 'http')), /_VAULT_URL: must be https/],
    ['a version', vault(`${URL_OF_ONE}/0123456789abcdef0123456789abcdef`), /_VAULT_URL: must be .* without a version/],
    ['a key instead of a secret', vault(URL_OF_ONE.replace('secrets', 'keys')), /_VAULT_URL: must be https/],
    ['a query', vault(`${URL_OF_ONE}?api-version=7.4`), /_VAULT_URL: must be https/],
    ['a user', vault(URL_OF_ONE.replace('https://', 'https://a:b@')), /_VAULT_URL: must be https/],
    ['another host', vault('https://keys.example.com/secrets/cw'), /_VAULT_URL: its host must be/],
    ['a host that ends alike', vault('https://xvault.azure.net/secrets/cw'), /_VAULT_URL: its host must be/],
    ['a host below', vault('https://abc.vault.azure.net.example.com/secrets/cw'), /_VAULT_URL: its host must be/],
    ['a port', vault('https://abc.vault.azure.net:8443/secrets/cw'), /_VAULT_URL: its host must be/],
    [
      'the app’s login without its tenant',
      { ...vault(URL_OF_ONE), TOKEN_ENCRYPTION_KEY_VAULT_LOGIN: 'app' },
      /^AAD_APP_TENANT_ID: must be a GUID with/,
    ],
    ['an odd identity', { ...vault(URL_OF_ONE), AZURE_CLIENT_ID: 'me' }, /^AZURE_CLIENT_ID: must be a GUID/],
  ];
  for (const [what, more, fault] of WRONG)
    it(`refuses ${what}`, () => {
      const listed = faults(more);
      assert.equal(listed.length, 1, listed.join('\n'));
      assert.match(listed[0] ?? '', fault);
    });

  it('takes the three clouds’ vaults, and any host in a cloud of one’s own', () => {
    for (const host of ['contoso.vault.azure.net', 'contoso.vault.usgovcloudapi.net', 'contoso.vault.azure.cn'])
      assert.deepEqual(keysOf(vault(`https://${host}/secrets/cw/`)), {
        by: 'keyVault',
        url: `https://${host}/secrets/cw`,
        login: { by: 'managedIdentity' },
      });
    const own = keysOf({ ...CUSTOM, ...vault('https://localhost:8443/secrets/cw') });
    assert.equal(own.by === 'keyVault' && own.url, 'https://localhost:8443/secrets/cw');
  });

  it('logs in to the vault as a chosen identity, or as the app', () => {
    const loginOf = (more: Env) => {
      const keys = keysOf({ ...vault(URL_OF_ONE), ...more });
      return keys.by === 'keyVault' && keys.login;
    };
    assert.deepEqual(loginOf({ AZURE_CLIENT_ID: GUID }), { by: 'managedIdentity', clientId: GUID });
    const asApp = { TOKEN_ENCRYPTION_KEY_VAULT_LOGIN: 'app', AAD_APP_TENANT_ID: GUID };
    assert.deepEqual(loginOf(asApp), { by: 'app', tenantId: GUID });
  });

  it('needs none on loopback alone', () => {
    assert.deepEqual(keysOf(LOOPBACK), { by: 'file' });
    assert.deepEqual(keysOf({ ...LOOPBACK, TOKEN_ENCRYPTION_KEY: ' ' }), { by: 'file' });
    assert.deepEqual(keysOf({ ...LOOPBACK, TOKEN_ENCRYPTION_KEY: ONE_TEXT }), { by: 'list', keys: [ONE] });
    assert.equal(faults({ ...LOOPBACK, TOKEN_ENCRYPTION_KEY: SHORT }).length, 1);
  });

  it('reads a key only in its one form', () => {
    assert.deepEqual(keyIn(ONE_TEXT), ONE);
    for (const odd of [
      '',
      ' ',
      `${ONE_TEXT}A`,
      `${ONE_TEXT.slice(0, -2)}9=`,
      `${ONE_TEXT.slice(0, 20)}!${ONE_TEXT.slice(21)}`,
    ])
      assert.equal(keyIn(odd), undefined, odd);
  });
});
