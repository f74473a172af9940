import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../src/clock.ts';
import { isLoopback, readConfig } from '../src/config.ts';
import { CalendarWatchError } from '../src/errors.ts';
import type { Intervals } from '../src/intervals.ts';

const GUID = '11111111-2222-4333-8444-555555555555';
type Env = Record<string, string | undefined>;

/** As in production: everything that is needed and nothing else. */
const GOOD: Env = {
  PUBLIC_URL: 'https://cw.example.com',
  BOT_ID: GUID,
  BOT_PASSWORD: 'bot-secret',
  BOT_TENANT_ID: GUID,
  AAD_APP_CLIENT_ID: GUID,
  AAD_APP_CLIENT_SECRET: 'aad-secret',
  TOKEN_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
};
/** All that a custom cloud needs. */
const CUSTOM: Env = {
  CLOUD: 'custom',
  ENTRA_AUTHORITY_HOST: 'https://entra.test.example',
  GRAPH_ENDPOINT: 'https://graph.test.example/',
  BOT_OPENID_METADATA_URL: 'http://localhost:1/openid',
  BOT_TOKEN_ISSUER: 'https://issuer.test.example',
  BOT_LOGIN_URL: 'http://localhost:1/tenant',
};

/** The faults that are listed for GOOD with these changes. */
function faults(more: Env, base: Env = GOOD): string[] {
  try {
    readConfig({ ...base, ...more });
  } catch (error) {
    assert.ok(error instanceof CalendarWatchError);
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.match(error.message, /docs\/configuration\.md/);
    return error.message
      .split('\n')
      .filter((line) => line.startsWith('  - '))
      .map((line) => line.slice(4));
  }
  return [];
}

describe('configuration', () => {
  it('needs little, and fills in the rest', () => {
    assert.deepEqual(readConfig(GOOD), {
      port: 3978,
      publicUrl: 'https://cw.example.com',
      bot: { id: GUID, type: 'SingleTenant', tenantId: GUID, password: 'bot-secret' },
      aad: { clientId: GUID, clientSecret: 'aad-secret', tenantId: 'organizations' },
      cloudName: 'public',
      cloud: {
        entraAuthorityHost: 'https://login.microsoftonline.com',
        graphEndpoint: 'https://graph.microsoft.com',
        botOpenIdMetadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
        botTokenIssuer: 'https://api.botframework.com',
        botTokenScope: 'https://api.botframework.com/.default',
        botLoginUrl: `https://login.microsoftonline.com/${GUID}`,
        botGccServiceUrl: 'https://smba.infra.gcc.teams.microsoft.com/gcc',
      },
      database: { url: undefined, ownerUrl: undefined },
      dataDir: './data',
      keys: { by: 'list', keys: [Buffer.alloc(32, 1)] },
      logLevel: 'info',
      adminOids: [],
      richNotifications: false,
      travel: { callsPerHour: 1_000 },
      sendsPerSecond: 100,
      ways: { email: { by: 'person' }, perMinute: { email: 60, sms: 60 } },
      checkIn: { beforeMinutes: 10, afterMinutes: 10, exemptFromMinutes: 240, justMadeMinutes: 15 },
      server: { requestsPerMinute: 600, commandsPerMinute: 60, maxConnections: 10_000, trustedProxies: { hops: 0 } },
      serviceUrls: {
        hosts: [
          'smba.trafficmanager.net',
          'smba.onyx.prod.teams.trafficmanager.net',
          'smba.infra.gcc.teams.microsoft.com',
        ],
        loopback: false,
      },
      intervals: {
        proveMs: 100 * MINUTE_MS,
        catchUpMs: 6 * HOUR_MS,
        catchUpUnprovenMs: 15 * MINUTE_MS,
        blindCardMs: 15 * MINUTE_MS,
        forgetMs: 30 * DAY_MS,
        keepMs: 30 * DAY_MS,
        pastKeepMs: 90 * DAY_MS,
        auditKeepMs: 365 * DAY_MS,
        uninstallKeepMs: 30 * DAY_MS,
      },
    });
  });

  /** [variable, the interval that it sets, its unit, least, most] */
  const INTERVALS: [string, keyof Intervals, number, number, number][] = [
    ['PROVE_EVERY_MINUTES', 'proveMs', MINUTE_MS, 5, 1440],
    ['CATCH_UP_MINUTES', 'catchUpMs', MINUTE_MS, 5, 1440],
    ['CATCH_UP_UNPROVEN_MINUTES', 'catchUpUnprovenMs', MINUTE_MS, 1, 1440],
    ['BLIND_CARD_AFTER_MINUTES', 'blindCardMs', MINUTE_MS, 5, 1440],
    ['FORGET_AFTER_DAYS', 'forgetMs', DAY_MS, 1, 365],
    ['KEEP_DAYS', 'keepMs', DAY_MS, 8, 365],
    ['LEDGER_KEEP_DAYS', 'keepMs', DAY_MS, 8, 365],
    ['PAST_KEEP_DAYS', 'pastKeepMs', DAY_MS, 8, 365],
    ['AUDIT_KEEP_DAYS', 'auditKeepMs', DAY_MS, 30, 3650],
    ['UNINSTALL_KEEP_DAYS', 'uninstallKeepMs', DAY_MS, 0, 365],
  ];
  for (const [name, interval, unitMs, least, most] of INTERVALS)
    it(`takes ${name} from ${least} to ${most}, whole, and a blank for the usual`, () => {
      const usual = readConfig(GOOD).intervals;
      for (const value of [least, least + 1, most])
        assert.deepEqual(readConfig({ ...GOOD, [name]: ` ${value} ` }).intervals, {
          ...usual,
          [interval]: value * unitMs,
        });
      assert.deepEqual(readConfig({ ...GOOD, [name]: ' ' }).intervals, usual);
      for (const value of [least - 1, most + 1, least + 0.5, 'often', '-1', 'NaN'])
        assert.deepEqual(
          faults({ [name]: `${value}` }).map((fault) => fault.split(':')[0]),
          [name],
          `${value}`,
        );
    });

  it('takes another address for GCC in any cloud, and a blank for the usual one', () => {
    const of = (env: Env, base = GOOD) => readConfig({ ...base, ...env }).cloud.botGccServiceUrl;
    assert.equal(of({ BOT_GCC_SERVICE_URL: 'https://gcc.test.example/' }), 'https://gcc.test.example');
    assert.equal(of({ BOT_GCC_SERVICE_URL: ' ' }), 'https://smba.infra.gcc.teams.microsoft.com/gcc');
    assert.equal(of(CUSTOM, { ...GOOD, BOT_GCC_SERVICE_URL: 'http://localhost:1' }), 'http://localhost:1');
  });

  it('takes blanks for absent, and trims what is there', () => {
    const blank = Object.fromEntries(
      ['PORT', 'BOT_TYPE', 'CLOUD', 'DATA_DIR', 'LOG_LEVEL', 'ADMIN_OIDS', 'DATABASE_URL', 'GRAPH_ENDPOINT'].map(
        (name) => [name, '  '],
      ),
    );
    assert.deepEqual(readConfig({ ...GOOD, ...blank }), readConfig(GOOD));
    assert.equal(readConfig({ ...GOOD, PUBLIC_URL: ' https://cw.example.com// ' }).publicUrl, 'https://cw.example.com');
  });

  it('switches rich notifications on by one word', () => {
    assert.equal(readConfig({ ...GOOD, RICH_NOTIFICATIONS: 'on' }).richNotifications, true);
    assert.equal(readConfig({ ...GOOD, RICH_NOTIFICATIONS: 'off' }).richNotifications, false);
  });

  /** [variable or change, what makes it wrong, the fault] */
  const RULES: [string, Env, RegExp][] = [
    ['PORT, not a number', { PORT: 'http' }, /^PORT: /],
    ['PORT, too high', { PORT: '65536' }, /^PORT: /],
    ['PORT, negative', { PORT: '-1' }, /^PORT: /],
    ['PORT, a fraction', { PORT: '80.5' }, /^PORT: /],
    ['PUBLIC_URL, missing', { PUBLIC_URL: undefined }, /^PUBLIC_URL: say how/],
    ['PUBLIC_URL, no URL', { PUBLIC_URL: 'cw.example.com' }, /^PUBLIC_URL: must be an absolute URL/],
    ['PUBLIC_URL, http', { PUBLIC_URL: 'http://cw.example.com' }, /^PUBLIC_URL: must be https/],
    ['PUBLIC_URL, a host taken for a scheme', { PUBLIC_URL: 'cw:3978' }, /^PUBLIC_URL: must be https/],
    ['PUBLIC_URL, loopback in name only', { PUBLIC_URL: 'http://localhost.example.com' }, /^PUBLIC_URL: must be https/],
    ['BOT_ID, no GUID', { BOT_ID: 'bot' }, /^BOT_ID: must be a GUID/],
    ['BOT_ID, missing on the open internet', { BOT_ID: '' }, /^BOT_ID: is empty, which switches authentication off/],
    ['BOT_TYPE, unknown', { BOT_TYPE: 'Other' }, /^BOT_TYPE: /],
    ['BOT_PASSWORD, missing', { BOT_PASSWORD: '' }, /^BOT_PASSWORD: is needed with BOT_TYPE SingleTenant/],
    [
      'BOT_PASSWORD, missing, many tenants',
      { BOT_PASSWORD: '', BOT_TYPE: 'MultiTenant' },
      /^BOT_PASSWORD: is needed with BOT_TYPE MultiTenant/,
    ],
    ['BOT_TENANT_ID, missing', { BOT_TENANT_ID: '' }, /^BOT_TENANT_ID: is needed with BOT_TYPE SingleTenant/],
    [
      'BOT_TENANT_ID, missing, managed identity',
      { BOT_TENANT_ID: '', BOT_TYPE: 'UserAssignedMSI' },
      /^BOT_TENANT_ID: is needed with BOT_TYPE UserAssignedMSI/,
    ],
    ['AAD_APP_CLIENT_ID, missing', { AAD_APP_CLIENT_ID: ' ' }, /^AAD_APP_CLIENT_ID: the application/],
    ['AAD_APP_CLIENT_ID, no GUID', { AAD_APP_CLIENT_ID: 'app' }, /^AAD_APP_CLIENT_ID: must be a GUID/],
    [
      'AAD_APP_CLIENT_SECRET, missing',
      { AAD_APP_CLIENT_SECRET: undefined },
      /^AAD_APP_CLIENT_SECRET: the client secret/,
    ],
    ['CLOUD, unknown', { CLOUD: 'moon' }, /^CLOUD: /],
    [
      'ENTRA_AUTHORITY_HOST, no URL',
      { ...CUSTOM, ENTRA_AUTHORITY_HOST: 'entra' },
      /^ENTRA_AUTHORITY_HOST: must be an absolute URL/,
    ],
    [
      'ENTRA_AUTHORITY_HOST, http',
      { ...CUSTOM, ENTRA_AUTHORITY_HOST: 'http://localhost:1' },
      /^ENTRA_AUTHORITY_HOST: must be https/,
    ],
    ['GRAPH_ENDPOINT, http', { ...CUSTOM, GRAPH_ENDPOINT: 'http://localhost:1' }, /^GRAPH_ENDPOINT: must be https/],
    ...[
      'ENTRA_AUTHORITY_HOST',
      'GRAPH_ENDPOINT',
      'BOT_OPENID_METADATA_URL',
      'BOT_TOKEN_ISSUER',
      'BOT_LOGIN_URL',
    ].flatMap((name): [string, Env, RegExp][] => [
      [`${name}, missing`, { ...CUSTOM, [name]: '' }, new RegExp(`^${name}: is needed when CLOUD is custom`)],
      [
        `${name}, without CLOUD=custom`,
        { [name]: 'https://x.example' },
        new RegExp(`^${name}: is only read when CLOUD is custom`),
      ],
    ]),
    [
      'DATABASE_URL, not PostgreSQL',
      { DATABASE_URL: 'mysql://localhost/cw' },
      /^DATABASE_URL: must start with postgres/,
    ],
    [
      'DATABASE_OWNER_URL, not PostgreSQL',
      { DATABASE_URL: 'postgres://a/b', DATABASE_OWNER_URL: 'x' },
      /^DATABASE_OWNER_URL: must start with postgres/,
    ],
    ['DATABASE_OWNER_URL alone', { DATABASE_OWNER_URL: 'postgres://a/b' }, /^DATABASE_OWNER_URL: needs DATABASE_URL/],
    ['LOG_LEVEL, unknown', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL: /],
    ['RICH_NOTIFICATIONS, neither on nor off', { RICH_NOTIFICATIONS: 'true' }, /^RICH_NOTIFICATIONS: /],
    ['ADMIN_OIDS, not all GUIDs', { ADMIN_OIDS: `${GUID}, me; you` }, /^ADMIN_OIDS: 2 of 3 entries are not GUIDs/],
  ];
  for (const [what, more, fault] of RULES)
    it(`has a rule: ${what}`, () => {
      const listed = faults(more);
      assert.equal(listed.length, 1, listed.join(' | '));
      assert.match(listed[0] ?? '', fault);
    });

  /** What is right, next to each rule. */
  const FINE: [string, Env][] = [
    ['port 0 and 65535', { PORT: '0' }],
    ['http on loopback', { PUBLIC_URL: 'http://localhost:3978' }],
    ['http on 127.0.0.1', { PUBLIC_URL: 'http://127.0.0.1:3978' }],
    ['http on ::1', { PUBLIC_URL: 'http://[::1]:3978' }],
    ['no bot on loopback', { PUBLIC_URL: 'http://localhost:3978', BOT_ID: '', BOT_PASSWORD: '', BOT_TENANT_ID: '' }],
    ['a managed identity without a password', { BOT_TYPE: 'UserAssignedMSI', BOT_PASSWORD: '' }],
    ['many tenants without a tenant', { BOT_TYPE: 'MultiTenant', BOT_TENANT_ID: '' }],
    ['a custom cloud', CUSTOM],
    ['both databases', { DATABASE_URL: 'postgresql://a/b', DATABASE_OWNER_URL: 'postgres://o@a/b' }],
    ['admins, in any spelling', { ADMIN_OIDS: ` ${GUID.toUpperCase()} ;${GUID},\n` }],
  ];
  for (const [what, more] of FINE) it(`takes ${what}`, () => assert.deepEqual(faults(more), []));

  it('lists everything that is wrong at once, across variables too', () => {
    const listed = faults(
      {
        PORT: 'x',
        PUBLIC_URL: 'http://cw.example.com',
        CLOUD: 'custom',
        GRAPH_ENDPOINT: 'http://g.example',
        LOG_LEVEL: 'loud',
        DATABASE_OWNER_URL: 'postgres://a/b',
      },
      {},
    );
    const names = listed.map((fault) => fault.split(':')[0]).sort();
    assert.deepEqual(names, [
      'AAD_APP_CLIENT_ID',
      'AAD_APP_CLIENT_SECRET',
      'BOT_ID',
      'BOT_LOGIN_URL',
      'BOT_OPENID_METADATA_URL',
      'BOT_TOKEN_ISSUER',
      'DATABASE_OWNER_URL',
      'ENTRA_AUTHORITY_HOST',
      'GRAPH_ENDPOINT',
      'LOG_LEVEL',
      'PORT',
      'PUBLIC_URL',
      'TOKEN_ENCRYPTION_KEY',
    ]);
    assert.equal(new Set(listed).size, listed.length, 'each once');
  });

  it('never repeats a secret in its complaints', () => {
    const canary = 'CANARY-7f3a';
    const listed = faults({
      BOT_ID: canary,
      BOT_PASSWORD: canary,
      AAD_APP_CLIENT_ID: canary,
      AAD_APP_CLIENT_SECRET: canary,
      DATABASE_URL: `mysql://user:${canary}@host/db`,
      DATABASE_OWNER_URL: `mysql://user:${canary}@host/db`,
      ADMIN_OIDS: canary,
      PUBLIC_URL: canary,
      TOKEN_ENCRYPTION_KEY: canary,
    });
    assert.ok(listed.length >= 7);
    assert.doesNotMatch(listed.join('\n'), /CANARY/);
  });

  it('knows each cloud’s addresses', () => {
    const hosts = (CLOUD: string, more: Env = {}) => {
      const { cloud } = readConfig({ ...GOOD, CLOUD, ...more });
      return [cloud.graphEndpoint, cloud.entraAuthorityHost, cloud.botTokenIssuer, cloud.botLoginUrl];
    };
    const us = 'https://login.microsoftonline.us';
    assert.deepEqual(hosts('usgov'), [
      'https://graph.microsoft.us',
      us,
      'https://api.botframework.us',
      `${us}/${GUID}`,
    ]);
    assert.deepEqual(hosts('usgovdod'), [
      'https://dod-graph.microsoft.us',
      us,
      'https://api.botframework.us',
      `${us}/${GUID}`,
    ]);
    assert.match(
      hosts('china').join(),
      /microsoftgraph\.chinacloudapi\.cn.*partner\.microsoftonline\.cn.*botframework\.azure\.cn/,
    );
    assert.deepEqual(hosts('custom', CUSTOM), [
      'https://graph.test.example',
      'https://entra.test.example',
      'https://issuer.test.example',
      'http://localhost:1/tenant',
    ]);
    for (const CLOUD of ['public', 'usgov', 'usgovdod', 'china'])
      for (const address of Object.values(readConfig({ ...GOOD, CLOUD }).cloud))
        assert.match(address, /^https:\/\/.*[^/]$/);
    assert.match(hosts('public', { BOT_TYPE: 'MultiTenant' })[3] ?? '', /\/botframework\.com$/);
  });

  it('asks about ways whom it is told to, with the key over https', () => {
    const travel = (more: Env) => readConfig({ ...GOOD, ...more }).travel;
    assert.deepEqual(travel({ AZURE_MAPS_KEY: ' key ', OSRM_URL: 'https://osrm.example/' }), {
      azureMaps: { url: 'https://atlas.microsoft.com', key: 'key' },
      osrmUrl: 'https://osrm.example',
      callsPerHour: 1_000,
    });
    assert.equal(
      travel({ AZURE_MAPS_KEY: 'key', AZURE_MAPS_URL: 'http://localhost:1/' }).azureMaps?.url,
      'http://localhost:1',
    );
    assert.deepEqual(travel({ AZURE_MAPS_URL: 'https://maps.example', TRAVEL_CALLS_PER_HOUR: '5' }), {
      callsPerHour: 5,
    });
    for (const [name, value] of [
      ['AZURE_MAPS_URL', 'http://maps.example'],
      ['AZURE_MAPS_URL', 'maps'],
      ['OSRM_URL', 'osrm'],
      ['TRAVEL_CALLS_PER_HOUR', '0'],
    ] as const)
      assert.match(faults({ [name]: value }).join(), new RegExp(`^${name}: `));
  });

  it('reads admins in lower case', () =>
    assert.deepEqual(readConfig({ ...GOOD, ADMIN_OIDS: GUID.replace('8', 'A') }).adminOids, [GUID.replace('8', 'a')]));

  it('knows loopback from what only looks like it', () => {
    for (const url of ['http://localhost', 'https://127.0.0.1:1/x', 'http://[::1]:3978'])
      assert.ok(isLoopback(url), url);
    for (const url of [
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'http://user@evil.example',
      'x',
      '',
    ])
      assert.ok(!isLoopback(url), url);
    assert.ok(!isLoopback('http://localhost@evil.example'), 'a user’s name is not a host');
  });
});
