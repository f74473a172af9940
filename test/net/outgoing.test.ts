/** Requests to addresses that people give: what is refused, and against real TLS servers what comes of the others. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ensureCertificates, type SandboxCertificates } from '../../sandbox/ca.ts';
import { machineClock } from '../../src/clock.ts';
import { codeOf } from '../../src/errors.ts';
import { checkOutgoingUrl, createOutgoing, type OutgoingDeps } from '../../src/net/outgoing.ts';

const PUBLIC = '93.184.216.34';
const OTHER_PUBLIC = '2606:4700:4700::1111';

const HOSTILE_URLS = [
  ...['', 'example.com', '//example.com/', 'http://example.com/', 'ftp://example.com/', 'file:///etc/passwd'],
  ...['javascript:alert(1)', 'data:text/plain,x', 'gopher://example.com/', 'ws://example.com/', 'wss://example.com/'],
  ...['unix:/var/run/docker.sock', 'https://', 'https:///x', 'https://user@example.com/', 'https://a:b@example.com/'],
  ...['https://:x@example.com/', 'https://example.com:80/', 'https://example.com:22/', 'https://example.com:8080/'],
  ...['https://example.com:0/', 'https://example.com:65536/', 'https://example.com:6379/'],
  ...['https://127.0.0.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://127.1/'],
  ...['https://0/', 'https://0x7f.1/', 'https://017700000001/', 'https://169.254.169.254/latest/meta-data/'],
  ...['https://0xa9fea9fe/', 'https://2852039166/', 'https://100.100.100.200/', 'https://168.63.129.16/'],
  ...['https://10.0.0.1/', 'https://192.168.1.1/', 'https://172.16.0.1/', 'https://8.8.8.8/', 'https://1.1.1.1:8443/'],
  ...['https://[::1]/', 'https://[::]/', 'https://[::ffff:127.0.0.1]/', 'https://[fd00:ec2::254]/'],
  ...['https://[fe80::1]/', 'https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://[2606:4700::1111]/'],
  ...['https://localhost/', 'https://LOCALHOST/', 'https://localhost./', 'https://x.localhost/', 'https://intranet/'],
  ...['https://metadata/', 'https://metadata.google.internal/', 'https://printer.local/', 'https://nas.lan/'],
  ...['https://router.home.arpa/', 'https://db.corp/', 'https://x.onion/', 'https://example.internal./'],
  ...['https://①②⑦.⓪.⓪.①/', 'https://ｌocalhost/', 'https://127.0.0.1./', 'https://exa mple.com/'],
  ...['https://[example.com]/', `https://example.com/${'x'.repeat(2_048)}`],
];

/** What DNS says of a name with which all else is well. */
const HOSTILE_ANSWERS: [string, string[]][] = [
  ['nothing but loopback', ['127.0.0.1']],
  ['IPv6 loopback', ['::1']],
  ['a private one', ['10.0.0.5']],
  ['metadata', ['169.254.169.254']],
  ['metadata of AWS over IPv6', ['fd00:ec2::254']],
  ['metadata of Alibaba', ['100.100.100.200']],
  ['Azure’s wire server', ['168.63.129.16']],
  ['a mapped one', ['::ffff:10.0.0.5']],
  ['NAT64', ['64:ff9b::a00:5']],
  ['6to4', ['2002:a00:5::1']],
  ['Teredo', ['2001:0:4136:e378:8000:63bf:3fff:fdd2']],
  ['a good one before a bad one', [PUBLIC, '127.0.0.1']],
  ['a bad one before a good one', ['192.168.0.1', PUBLIC]],
  ['a good IPv4 and a bad IPv6', [PUBLIC, 'fe80::1']],
  ['a good IPv6 and a bad IPv4', [OTHER_PUBLIC, '172.16.0.1']],
  ['no address but a name', ['example.com']],
  ['nonsense', ['']],
];

const lookupOf = (addresses: string[]) => async () =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('a request to an address that somebody gave', () => {
  it('has many hostile cases', () => assert.ok(HOSTILE_URLS.length + HOSTILE_ANSWERS.length >= 60));

  const untouched = () => {
    throw new Error('nobody may be asked or called');
  };

  for (const url of HOSTILE_URLS)
    it(`${JSON.stringify(url.slice(0, 60))} is refused before anybody is asked`, async () => {
      const outgoing = createOutgoing({ clock: machineClock, lookup: untouched, dial: untouched });
      await assert.rejects(outgoing.post(url, { body: '{}' }), (error) => codeOf(error) === 'OUTGOING_REFUSED');
    });

  for (const [what, answer] of HOSTILE_ANSWERS)
    it(`whose name leads to ${what} is refused`, async () => {
      const outgoing = createOutgoing({ clock: machineClock, lookup: lookupOf(answer), dial: untouched });
      await assert.rejects(
        outgoing.post('https://hooks.example.com/x', { body: '{}' }),
        (error) => codeOf(error) === 'OUTGOING_REFUSED',
      );
    });

  it('fails when the name leads nowhere, or to too many', async () => {
    const many = Array.from({ length: 33 }, (_, index) => `8.8.8.${index}`);
    for (const lookup of [lookupOf([]), lookupOf(many), () => Promise.reject(new Error('x'))]) {
      const outgoing = createOutgoing({ clock: machineClock, lookup, dial: untouched });
      const post = outgoing.post('https://hooks.example.com/', { body: '' });
      await assert.rejects(post, (error) => codeOf(error) === 'OUTGOING_FAILED');
    }
  });

  it('says neither where it was to go nor what went wrong there', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo hooks.secret.example'), { code: 'a b' }));
    const outgoing = createOutgoing({ clock: machineClock, lookup });
    const error = await outgoing.post('https://hooks.secret.example/token', { body: '' }).catch((one: Error) => one);
    assert.ok(error instanceof Error);
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /secret|token/);
  });

  it('may have a name in any writing, and the ports 443 and 8443', () => {
    for (const url of [
      'https://hooks.example.com/x?y=1#z',
      'https://hooks.example.com:443/',
      'https://hooks.example.com:8443/',
      'https://bücher.example/',
      'https://example.com./',
      'HTTPS://EXAMPLE.COM',
      'https://10.example.com/',
      'https://local.example.com/',
    ])
      assert.doesNotThrow(() => checkOutgoingUrl(url), url);
    assert.equal(checkOutgoingUrl('https://example.com./x').hostname, 'example.com');
    assert.equal(checkOutgoingUrl('https://example.com\\@127.0.0.1:22/').hostname, 'example.com');
  });
});

describe('a request that goes out', () => {
  const HOST = 'hooks.example.com';
  const OTHER_HOST = 'other.example.com';
  let directory: string;
  let certificates: SandboxCertificates;
  let server: Server;
  let port: number;
  type Seen = { host?: string; url?: string; headers: Record<string, unknown>; body: string };
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let answer: (response: ServerResponse, one: Seen) => void;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'outgoing-'));
    certificates = await ensureCertificates(directory, { hosts: [HOST, OTHER_HOST] });
    server = createServer({ key: certificates.key, cert: certificates.cert }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { host } = request.headers;
        const one = { host, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() };
        seen.push(one);
        answer(response, one);
      });
    });
    server.on('connection', (socket) => sockets.add(socket as Socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });

  /** Public addresses end at the local server; which one was called is kept. */
  const outgoingWith = (deps: Partial<OutgoingDeps> = {}) => {
    const dialled: [string, number][] = [];
    seen.length = 0;
    const outgoing = createOutgoing({
      clock: machineClock,
      ca: certificates.ca,
      lookup: lookupOf([PUBLIC]),
      dial: (address, wanted) => {
        dialled.push([address, wanted]);
        return { address: '127.0.0.1', port };
      },
      ...deps,
    });
    return { outgoing, dialled };
  };
  const failsWith = (code: string) => (error: unknown) => codeOf(error) === code;
  const ok = (response: ServerResponse) => response.end('thanks');
  // Not chained: restify, where it is loaded too, makes every response's writeHead return nothing.
  const led = (status: number, location: string) => (response: ServerResponse) => {
    response.writeHead(status, { Location: location });
    response.end();
  };

  it('brings body and headers under its own name, and the answer back', async () => {
    answer = ok;
    const { outgoing, dialled } = outgoingWith();
    const headers = { 'Content-Type': 'application/json', 'X-Signature': 'abc', Host: 'evil.example' };
    const got = await outgoing.post(`https://${HOST}:8443/hook?a=1`, { headers, body: '{"ü":1}' });
    assert.deepEqual(got, { status: 200, text: 'thanks', isCut: false });
    const [one] = seen;
    assert.deepEqual(
      [one?.host, one?.url, one?.body, one?.headers['x-signature']],
      [`${HOST}:8443`, '/hook?a=1', '{"ü":1}', 'abc'],
    );
    assert.ok(dialled.every(([address, wanted]) => address === PUBLIC && wanted === 8443));
  });

  it('goes to the address that was checked, though DNS says another one a moment later', async () => {
    answer = ok;
    let asked = 0;
    const lookup = async () => {
      asked += 1;
      return [{ address: asked === 1 ? PUBLIC : '127.0.0.1', family: 4 }];
    };
    const { outgoing, dialled } = outgoingWith({ lookup });
    assert.equal((await outgoing.post(`https://${HOST}/`, { body: '' })).status, 200);
    assert.equal(asked, 1);
    assert.ok(dialled.every(([address]) => address === PUBLIC));
    // The next request asks again, and is refused: no connection was kept for it.
    await assert.rejects(outgoing.post(`https://${HOST}/`, { body: '' }), failsWith('OUTGOING_REFUSED'));
    assert.equal(seen.length, 1);
  });

  it('fails when the certificate is for another name, or of nobody’s', async () => {
    answer = ok;
    const { outgoing } = outgoingWith();
    await assert.rejects(outgoing.post('https://third.example.com/', { body: '' }), failsWith('OUTGOING_FAILED'));
    const trusting = outgoingWith({ ca: undefined });
    await assert.rejects(trusting.outgoing.post(`https://${HOST}/`, { body: '' }), failsWith('OUTGOING_FAILED'));
    assert.equal(seen.length, 0);
  });

  for (const status of [301, 302, 303, 307, 308])
    it(`is not led elsewhere by ${status} unless that is asked for`, async () => {
      answer = led(status, `https://${OTHER_HOST}/`);
      const { outgoing } = outgoingWith();
      assert.equal((await outgoing.post(`https://${HOST}/`, { body: '' })).status, status);
      assert.equal(seen.length, 1);
    });

  it('follows 307 and 308 when asked, without what was for the first one alone', async () => {
    answer = (response, one) => (one.host === HOST ? led(307, `https://${OTHER_HOST}/b`)(response) : ok(response));
    const { outgoing } = outgoingWith();
    const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer x', 'X-Signature': 'abc' };
    const got = await outgoing.post(`https://${HOST}/a`, { headers, body: 'x', redirects: 3 });
    assert.equal(got.status, 200);
    const last = seen[1];
    assert.deepEqual([last?.host, last?.url, last?.body], [OTHER_HOST, '/b', 'x']);
    assert.deepEqual([last?.headers.authorization, last?.headers['x-signature']], [undefined, undefined]);
    assert.equal(last?.headers['content-type'], 'application/json');
  });

  const TRAPS = [
    'http://169.254.169.254/latest/meta-data/',
    'https://169.254.169.254/',
    'https://[fd00:ec2::254]/',
    'https://2852039166/',
    'http://hooks.example.com/',
    'https://user@hooks.example.com/',
    'https://hooks.example.com:22/',
    'https://localhost/',
    'file:///etc/passwd',
    '//127.0.0.1/',
    'https://[',
    `https://hooks.example.com/${'x'.repeat(3_000)}`,
  ];
  for (const trap of TRAPS)
    it(`is not led to ${trap.slice(0, 50)}`, async () => {
      answer = led(308, trap);
      const { outgoing } = outgoingWith();
      const post = outgoing.post(`https://${HOST}/`, { body: 'x', redirects: 3 });
      await assert.rejects(post, failsWith('OUTGOING_REFUSED'));
      assert.equal(seen.length, 1);
    });

  it('is not led to a name that leads inside', async () => {
    answer = led(307, `https://${OTHER_HOST}/`);
    const lookup = async (host: string) => lookupOf([host === HOST ? PUBLIC : '10.0.0.1'])();
    const { outgoing } = outgoingWith({ lookup });
    const post = outgoing.post(`https://${HOST}/`, { body: '', redirects: 1 });
    await assert.rejects(post, failsWith('OUTGOING_REFUSED'));
    assert.equal(seen.length, 1);
  });

  it('is led on three times at most', async () => {
    answer = led(307, '/again');
    const { outgoing } = outgoingWith();
    assert.equal((await outgoing.post(`https://${HOST}/`, { body: '', redirects: 99 })).status, 307);
    assert.equal(seen.length, 4);
  });

  it('reads no more than 64 KB of an answer without end', async () => {
    answer = (response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    };
    const { outgoing } = outgoingWith();
    const got = await outgoing.post(`https://${HOST}/`, { body: '' });
    assert.deepEqual([got.status, got.text.length, got.isCut], [200, 65_536, true]);
  });

  /** Past the TLS and the request, anything may come. */
  const rawly = (write: (socket: NodeJS.WritableStream) => void) => (response: ServerResponse) => {
    if (response.socket) write(response.socket);
  };

  it('fails when the headers do not end', async () => {
    answer = rawly((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${'X-More: and more\r\n'.repeat(2_000)}`);
    });
    const { outgoing } = outgoingWith();
    await assert.rejects(outgoing.post(`https://${HOST}/`, { body: '' }), failsWith('OUTGOING_FAILED'));
  });

  const SLOW: [string, () => void][] = [
    ['nothing comes', () => (answer = () => undefined)],
    ['the headers stop', () => (answer = rawly((socket) => void socket.write('HTTP/1.1 200 OK\r\nX-A: ')))],
    [
      'the body stops',
      () => (answer = rawly((socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'))),
    ],
  ];
  for (const [what, set] of SLOW)
    it(`fails in time when ${what}`, async () => {
      set();
      const { outgoing } = outgoingWith({ limits: { timeMs: 150 } });
      await assert.rejects(outgoing.post(`https://${HOST}/`, { body: '' }), failsWith('OUTGOING_FAILED'));
    });

  it('fails in time when DNS does not answer', async () => {
    const { outgoing } = outgoingWith({ limits: { timeMs: 50 }, lookup: () => new Promise(() => undefined) });
    await assert.rejects(outgoing.post(`https://${HOST}/`, { body: '' }), failsWith('OUTGOING_FAILED'));
  });

  it('fails when it is cut off, answered in another protocol, or refused', async () => {
    const { outgoing } = outgoingWith();
    const post = () => outgoing.post(`https://${HOST}/`, { body: '' });
    answer = (response) => response.destroy();
    await assert.rejects(post(), failsWith('OUTGOING_FAILED'));
    answer = rawly((socket) => void socket.write('SSH-2.0-OpenSSH_9\r\n'));
    await assert.rejects(post(), failsWith('OUTGOING_FAILED'));
    answer = rawly((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab');
      socket.end();
    });
    await assert.rejects(post(), failsWith('OUTGOING_FAILED'));
    const closed = outgoingWith({ dial: () => ({ address: '127.0.0.1', port: 1 }) });
    await assert.rejects(closed.outgoing.post(`https://${HOST}/`, { body: '' }), failsWith('OUTGOING_FAILED'));
  });

  it('is refused when there is too much to send', async () => {
    const { outgoing } = outgoingWith();
    const post = outgoing.post(`https://${HOST}/`, { body: 'x'.repeat(256 * 1024 + 1) });
    await assert.rejects(post, failsWith('OUTGOING_REFUSED'));
  });

  it('can’t be given headers that are two', async () => {
    const { outgoing } = outgoingWith();
    const post = outgoing.post(`https://${HOST}/`, { headers: { 'X-A': 'a\r\nX-B: b' }, body: '' });
    await assert.rejects(post);
    assert.equal(seen.length, 0);
  });
});
