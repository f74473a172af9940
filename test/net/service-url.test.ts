import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readConfig } from '../../src/config.ts';
import { allowsServiceUrl, type CloudName, hostOf, serviceUrlsOf } from '../../src/net/service-url.ts';

const TEAMS = 'https://smba.trafficmanager.net/emea/7e570000-0000-4000-8000-000000000001/';

describe('where a chat may be answered', () => {
  const good: [CloudName, string][] = [
    ['public', TEAMS],
    ['public', 'https://smba.trafficmanager.net/teams/'],
    ['public', 'https://SMBA.trafficmanager.net:443/amer'],
    ['public', 'https://smba.onyx.prod.teams.trafficmanager.net/'],
    ['public', 'https://smba.infra.gcc.teams.microsoft.com/gcc'],
    ['usgov', 'https://smba.infra.gov.teams.microsoft.us/gcch'],
    ['usgovdod', 'https://smba.infra.dod.teams.microsoft.us/dod'],
    ['china', 'https://frontend.botapi.msg.infra.teams.microsoftonline.cn/'],
  ];
  for (const [cloud, url] of good)
    it(`${cloud}: ${url}`, () => assert.ok(allowsServiceUrl(serviceUrlsOf(cloud, [], false), url)));

  const bad: [CloudName, unknown][] = [
    ['public', undefined],
    ['public', ''],
    ['public', 7],
    ['public', {}],
    ['public', 'smba.trafficmanager.net'],
    ['public', 'http://smba.trafficmanager.net/emea/'],
    ['public', 'https://smba.trafficmanager.net:8443/emea/'],
    ['public', 'https://smba.trafficmanager.net.evil.example/emea/'],
    ['public', 'https://smba.trafficmanager.net./emea/'],
    ['public', 'https://evil-smba.trafficmanager.net/'],
    ['public', 'https://attacker.trafficmanager.net/'],
    ['public', 'https://smba.trafficmanager.net@evil.example/'],
    ['public', 'https://user@smba.trafficmanager.net/'],
    ['public', 'https://:secret@smba.trafficmanager.net/'],
    ['public', 'https://evil.example/smba.trafficmanager.net/'],
    ['public', 'https://evil.example#smba.trafficmanager.net'],
    ['public', 'https://evil.example\\@smba.trafficmanager.net/'],
    ['public', 'https://smba.trafficmanager.net/emea/?to='],
    ['public', 'https://smba.trafficmanager.net/emea/#'.concat('x')],
    ['public', `https://smba.trafficmanager.net/${'x'.repeat(2_048)}`],
    ['public', 'https://webchat.botframework.com/'],
    ['public', 'https://directline.botframework.com/'],
    ['public', 'https://smba.infra.gov.teams.microsoft.us/gcch'],
    ['public', 'http://localhost:3978/'],
    ['public', 'https://127.0.0.1/'],
    ['public', 'http://169.254.169.254/latest/meta-data/'],
    ['public', 'ftp://smba.trafficmanager.net/'],
    ['public', 'file:///etc/passwd'],
    ['usgov', TEAMS],
    ['usgov', 'https://smba.infra.gcc.teams.microsoft.com/gcc'],
    ['usgovdod', 'https://smba.infra.gov.teams.microsoft.us/gcch'],
    ['china', TEAMS],
    ['custom', TEAMS],
    ['custom', 'https://localhost:7443/'],
  ];
  for (const [cloud, url] of bad)
    it(`${cloud}: not ${JSON.stringify(url)?.slice(0, 80)}`, () =>
      assert.equal(allowsServiceUrl(serviceUrlsOf(cloud, [], false), url), false));

  it('is where the operator says, too, with its port', () => {
    const allowed = serviceUrlsOf('custom', ['Chat.Example.org', 'chat.example.org:8443'], false);
    assert.ok(allowsServiceUrl(allowed, 'https://chat.example.org/x/'));
    assert.ok(allowsServiceUrl(allowed, 'https://chat.example.org:8443/x/'));
    assert.equal(allowsServiceUrl(allowed, 'https://chat.example.org:9443/x/'), false);
    assert.equal(allowsServiceUrl(allowed, 'http://chat.example.org/x/'), false);
  });

  it('is on loopback only where nobody else is', () => {
    const allowed = serviceUrlsOf('custom', [], true);
    for (const url of [
      'http://localhost:5000/teams/',
      'https://localhost:1/',
      'http://127.0.0.1:9/',
      'http://[::1]:9/',
    ])
      assert.ok(allowsServiceUrl(allowed, url), url);
    for (const url of ['ftp://localhost/', 'http://127.0.0.2/', 'http://localhost.evil.example/', 'http://10.0.0.1/'])
      assert.equal(allowsServiceUrl(allowed, url), false, url);
  });

  const BASE = { AAD_APP_CLIENT_ID: '7e570000-0000-4000-8000-000000000002', AAD_APP_CLIENT_SECRET: 's' };
  const BOT = { BOT_ID: BASE.AAD_APP_CLIENT_ID, BOT_PASSWORD: 'p', BOT_TENANT_ID: BASE.AAD_APP_CLIENT_ID };
  const loopbackOf = (env: Record<string, string>) => readConfig({ ...BASE, ...env }).serviceUrls.loopback;
  it('is not on loopback for a bot with a secret in one of Microsoft’s clouds', () => {
    assert.equal(loopbackOf({ PUBLIC_URL: 'http://localhost:3978', ...BOT }), false);
    assert.equal(loopbackOf({ PUBLIC_URL: 'http://localhost:3978' }), true, 'the Playground');
  });

  it('is logged as a host and no more', () => {
    assert.equal(hostOf('https://evil.example/secret?token=x'), 'evil.example');
    assert.equal(hostOf('nonsense'), 'none');
    assert.equal(hostOf(undefined), 'none');
  });
});
