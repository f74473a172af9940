/** The configuration of the server itself. What is common to all variables is in config.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readConfig } from '../src/config.ts';

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
const read = (more: Env) => readConfig({ ...GOOD, ...more });
const TLS = { TLS_CERT_FILE: '/run/tls.crt', TLS_KEY_FILE: '/run/tls.key' };

describe('configuration of the server', () => {
  const proxies: [string, object][] = [
    ['', { hops: 0 }],
    ['0', { hops: 0 }],
    ['2', { hops: 2 }],
    ['10.0.0.0/8', { ranges: ['10.0.0.0/8'] }],
    ['10.1.2.3, fd00::/8 ::1', { ranges: ['10.1.2.3/32', 'fd00::/8', '::1/128'] }],
  ];
  for (const [value, expected] of proxies)
    it(`TRUSTED_PROXIES=${value}`, () =>
      assert.deepEqual(read({ TRUSTED_PROXIES: value }).server.trustedProxies, expected));

  it('takes a certificate of its own', () => {
    assert.deepEqual(read(TLS).server.tls, { certFile: '/run/tls.crt', keyFile: '/run/tls.key' });
    assert.equal(read({}).server.tls, undefined);
  });

  it('answers chats at more hosts, when it is told', () => {
    const { hosts } = read({ SERVICE_URL_HOSTS: 'Chat.example.org, chat.example.org:8443' }).serviceUrls;
    assert.deepEqual(hosts.slice(-2), ['chat.example.org', 'chat.example.org:8443']);
    assert.ok(hosts.includes('smba.trafficmanager.net'));
  });

  const WRONG: [string, Env, RegExp][] = [
    ['more balancers than anybody has', { TRUSTED_PROXIES: '11' }, /TRUSTED_PROXIES: must be how many/],
    ['balancers below zero', { TRUSTED_PROXIES: '-1' }, /TRUSTED_PROXIES: must be how many/],
    ['a balancer by name', { TRUSTED_PROXIES: 'loadbalancer' }, /TRUSTED_PROXIES: must be how many/],
    ['a range that is none', { TRUSTED_PROXIES: '10.0.0.0/33' }, /TRUSTED_PROXIES: must be how many/],
    ['an address in octal', { TRUSTED_PROXIES: '010.0.0.1' }, /TRUSTED_PROXIES: must be how many/],
    ['no requests', { REQUESTS_PER_MINUTE: '0' }, /REQUESTS_PER_MINUTE: /],
    ['no connections', { MAX_CONNECTIONS: '1' }, /MAX_CONNECTIONS: /],
    ['no commands', { COMMANDS_PER_MINUTE: 'many' }, /COMMANDS_PER_MINUTE: /],
    ['a certificate without its key', { TLS_CERT_FILE: '/x' }, /TLS_KEY_FILE: is needed/],
    ['a key without its certificate', { TLS_KEY_FILE: '/x' }, /TLS_CERT_FILE: is needed/],
    [
      'TLS and a public address of http',
      { ...TLS, PUBLIC_URL: 'http://localhost:3978' },
      /PUBLIC_URL: must be https with/,
    ],
    ['a URL for a host', { SERVICE_URL_HOSTS: 'https://chat.example.org/' }, /SERVICE_URL_HOSTS: must be host names/],
    ['any host', { SERVICE_URL_HOSTS: '*' }, /SERVICE_URL_HOSTS: must be host names/],
    ['all hosts of a domain', { SERVICE_URL_HOSTS: '*.example.org' }, /SERVICE_URL_HOSTS: must be host names/],
  ];
  for (const [what, env, words] of WRONG) it(`refuses ${what}`, () => assert.throws(() => read(env), words));
});
