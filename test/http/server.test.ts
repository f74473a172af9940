/** The server by itself, on raw sockets: who says too much, too slowly or nothing is cut off; TLS of its own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { after, before, describe, it } from 'mocha';
import type { Server } from 'restify';
import { ensureCertificates, type SandboxCertificates } from '../../sandbox/ca.ts';
import type { Clock } from '../../src/clock.ts';
import { codeOf } from '../../src/errors.ts';
import { readBody } from '../../src/http/body.ts';
import type { Rates, ServerLimits } from '../../src/http/limits.ts';
import { closeServer, createServer, httpOf, listen } from '../../src/http/server.ts';
import { keepCertificate, readCertificate } from '../../src/http/tls.ts';
import { createLog } from '../../src/log.ts';
import { until } from '../support/until.ts';

const QUICK: Partial<ServerLimits> = { headersMs: 120, requestMs: 240, keepAliveMs: 150, silentMs: 400, checkMs: 20 };
/** Far above what is expected, far below what would be without the limit. */
const SOON_MS = 3_000;

describe('the server', () => {
  const servers: Server[] = [];
  const serve = async (limits: Partial<ServerLimits> = {}, rates?: Rates) => {
    const server = createServer({ limits, ...(rates ? { rates } : {}) });
    server.get('/hello', async (_request, response) => {
      response.send(200, { hello: true });
    });
    server.post('/echo', async (request, response) => {
      const body = await readBody(request, 1_024);
      response.writeHead('tooLarge' in body ? 413 : 200, { 'Content-Length': 0 });
      response.end();
    });
    server.get('/never', async () => new Promise(() => undefined));
    servers.push(server);
    return { server, port: await listen(server, 0, '127.0.0.1') };
  };
  after(async () => {
    await Promise.all(servers.map((one) => closeServer(one, 0)));
  });

  interface Talk {
    socket: Socket;
    said(): string;
    /** Resolves with all that was said when the other side ends it. */
    ended: Promise<string>;
  }
  const talk = (port: number, first = ''): Talk => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    const ended = new Promise<string>((resolve) => {
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    if (first !== '') socket.write(first);
    return { socket, said: () => text, ended };
  };
  const endsSoon = async ({ socket, ended }: Talk): Promise<string> => {
    const startedAt = performance.now();
    const timer = setTimeout(() => socket.destroy(new Error('not cut off')), SOON_MS);
    const text = await ended;
    clearTimeout(timer);
    assert.ok(performance.now() - startedAt < SOON_MS, 'it was not cut off');
    return text;
  };
  /** Something every few ms, for as long as it is listened to. */
  const drip = (one: Talk, words: string): void => {
    const timer = setInterval(() => one.socket.write(words), 10);
    one.socket.on('close', () => clearInterval(timer));
  };

  const HEAD = 'POST /echo HTTP/1.1\r\nHost: x\r\n';

  describe('ends by time-out', () => {
    let port: number;
    before(async () => {
      ({ port } = await serve(QUICK));
    });

    it('a connection on which nothing is said', async () => {
      await endsSoon(talk(port));
    });

    it('headers that drip', async () => {
      const one = talk(port, HEAD);
      drip(one, 'X-A: b\r\n');
      assert.match(await endsSoon(one), /^HTTP\/1\.1 (408|431) /);
    });

    it('a first line without end', async () => {
      const one = talk(port, 'GET /');
      drip(one, 'a');
      assert.match(await endsSoon(one), /^HTTP\/1\.1 408 /);
    });

    it('a body that drips', async () => {
      const one = talk(port, `${HEAD}Content-Length: 100000\r\n\r\n`);
      drip(one, 'x');
      await endsSoon(one);
    });

    it('a body in pieces that drips', async () => {
      const one = talk(port, `${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      drip(one, '1\r\nx\r\n');
      await endsSoon(one);
    });

    it('a body that stops', async () => {
      await endsSoon(talk(port, `${HEAD}Content-Length: 10\r\n\r\nabc`));
    });

    it('a body that was announced and never comes', async () => {
      assert.match(await endsSoon(talk(port, `${HEAD}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`)), /100 Cont/);
    });

    it('a connection that is kept and not used', async () => {
      assert.match(await endsSoon(talk(port, 'GET /hello HTTP/1.1\r\nHost: x\r\n\r\n')), /^HTTP\/1\.1 200 /);
    });

    it('a second request that drips after a good one', async () => {
      const one = talk(port, 'GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nX-');
      drip(one, 'a');
      assert.match(await endsSoon(one), /^HTTP\/1\.1 200 /);
    });

    it('a request that we never answer', async () => {
      await endsSoon(talk(port, 'GET /never HTTP/1.1\r\nHost: x\r\n\r\n'));
    });

    it('and serves others meanwhile', async () => {
      const slow = Array.from({ length: 20 }, () => talk(port, HEAD));
      const good = await fetch(`http://127.0.0.1:${port}/hello`);
      assert.equal(good.status, 200);
      await Promise.all(slow.map(endsSoon));
    });
  });

  describe('refuses', () => {
    let port: number;
    before(async () => {
      ({ port } = await serve({ headersBytes: 4_096, headersCount: 20, urlLength: 500, checkMs: 20 }));
    });
    const ask = (text: string) => endsSoon(talk(port, text));
    const get = (path: string, headers = '') =>
      ask(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`);

    it('headers that are too large', async () => {
      assert.match(await get('/hello', `X-A: ${'x'.repeat(5_000)}\r\n`), /^HTTP\/1\.1 431 /);
    });

    it('too many headers, and takes as many as are allowed', async () => {
      assert.match(await get('/hello', 'X-A: b\r\n'.repeat(19)), /^HTTP\/1\.1 431 /);
      assert.match(await get('/hello', 'X-A: b\r\n'.repeat(200)), /^HTTP\/1\.1 431 /);
      assert.match(await get('/hello', 'X-A: b\r\n'.repeat(18)), /^HTTP\/1\.1 200 /);
    });

    it('an address that is too long', async () => {
      assert.match(await get(`/hello?${'x'.repeat(500)}`), /^HTTP\/1\.1 414 /);
      assert.match(await get(`/hello?${'x'.repeat(400)}`), /^HTTP\/1\.1 200 /);
    });

    const unreadable: [string, string][] = [
      ['no HTTP', 'hello\r\n\r\n'],
      ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
      ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
      ['a length and pieces', `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      ['a length that is none', `${HEAD}Content-Length: -1\r\n\r\n`],
      ['an encoding that is none', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
      ['a piece without a length', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
      ['no host', 'GET /hello HTTP/1.1\r\n\r\n'],
      ['a header with a NUL', 'GET /hello HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n'],
      ['a space before the colon', 'GET /hello HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n'],
    ];
    for (const [what, text] of unreadable)
      it(`${what}, with a few words that say nothing of us`, async () => {
        const answer = await ask(text);
        assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
        assert.doesNotMatch(answer, /restify|calendar|server:|node|parse|HPE/i);
      });

    it('a change of protocol: it is a request like any other, and its connection ends like any other', async () => {
      const upgrade = 'Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n';
      assert.match(await ask(`GET /hello HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`), /^HTTP\/1\.1 200 /);
      assert.doesNotMatch(await ask('CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 2/);
    });
  });

  it('takes no more connections than it may, and others again when one is gone', async () => {
    const { port } = await serve({ connections: 2 });
    const hello = 'GET /hello HTTP/1.1\r\nHost: x\r\n\r\n';
    const inside = [talk(port, hello), talk(port, hello)];
    await until('both are answered', () => inside.every((one) => one.said().includes(' 200 ')));
    assert.equal(await endsSoon(talk(port, hello)), '');
    inside[0]?.socket.destroy();
    await until('another one is answered', async () => {
      const one = talk(port, 'GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      return (await endsSoon(one)).includes(' 200 ');
    });
  });

  it('gives one address its share of the connections and no more', async () => {
    const { port } = await serve({ connections: 10, connectionsPerAddress: 2 });
    const hello = 'GET /hello HTTP/1.1\r\nHost: x\r\n\r\n';
    const inside = [talk(port, hello), talk(port, hello)];
    await until('both are answered', () => inside.every((one) => one.said().includes(' 200 ')));
    assert.equal(await endsSoon(talk(port, hello)), '');
    inside[0]?.socket.destroy();
    await until('another one is answered', async () => {
      const one = talk(port, 'GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      return (await endsSoon(one)).includes(' 200 ');
    });
  });

  it('counts a body that never came as one that proved nothing, and keeps no connection of who goes too fast', async () => {
    const counted: number[] = [];
    const rates: Rates = {
      waitMs: (request) => (request.url === '/hello' ? 1_000 : 0),
      answered: (_request, status) => counted.push(status),
      unproven: () => undefined,
    };
    const { port } = await serve(QUICK, rates);
    await endsSoon(talk(port, `${HEAD}Content-Length: 9\r\n\r\nabc`));
    await until('it is counted', () => counted.length > 0);
    assert.deepEqual(counted, [499]);
    const text = await endsSoon(talk(port, 'GET /hello HTTP/1.1\r\nHost: x\r\n\r\n'));
    assert.match(text, / 429 [\s\S]*connection: close/i);
  });

  it('ends a connection after as many requests as it may have', async () => {
    const { port } = await serve({ ...QUICK, requestsPerConnection: 2 });
    const text = await endsSoon(talk(port, 'GET /hello HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3)));
    assert.deepEqual(text.match(/(?<=HTTP\/1\.1 )\d+/g), ['200', '200', '503']);
  });

  it('answers what fails inside with a few words, and lives on', async () => {
    const { server, port } = await serve();
    server.get('/broken', async () => {
      throw new Error('the secret of the house');
    });
    server.get('/half', async (_request, response) => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('abc');
      throw new Error('the secret of the house');
    });
    const origin = `http://127.0.0.1:${port}`;
    const broken = await fetch(`${origin}/broken`);
    assert.equal(broken.status, 500);
    assert.equal(await broken.text(), '{"error":{"code":"Failed","message":"try again"}}');
    await assert.rejects(fetch(`${origin}/half`).then((response) => response.text()));
    assert.equal((await fetch(`${origin}/hello`)).status, 200);
  });
});

describe('TLS of our own', () => {
  let directory: string;
  let first: SandboxCertificates;
  let second: SandboxCertificates;
  let other: SandboxCertificates;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tls-'));
    first = await ensureCertificates(join(directory, 'a'), { hosts: ['first.example'] });
    second = await ensureCertificates(join(directory, 'a'), { hosts: ['second.example'] });
    other = await ensureCertificates(join(directory, 'b'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const files = () => ({ certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') });
  const write = (cert: string, key: string) => {
    writeFileSync(files().certFile, cert);
    writeFileSync(files().keyFile, key);
  };
  const connectAs = (port: number, servername: string, more: object = {}) =>
    new Promise<{ socket: TLSSocket; peer: PeerCertificate }>((resolve, reject) => {
      const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', servername, ca: first.ca, ...more }, () =>
        resolve({ socket, peer: socket.getPeerCertificate() }),
      );
      socket.once('error', reject);
    });
  /** One request on an open connection. */
  const ask = (socket: TLSSocket) =>
    new Promise<string>((resolve) => {
      socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1')));
      socket.write('GET /hello HTTP/1.1\r\nHost: x\r\n\r\n');
    });

  it('takes a renewed certificate over without dropping anybody, and keeps the old one while the new one is wrong', async () => {
    write(first.cert, first.key);
    const certificate = await readCertificate(files());
    const server = createServer({ certificate });
    server.get('/hello', async (_request, response) => {
      response.send(200, {});
    });
    const port = await listen(server, 0, '127.0.0.1');
    let look = () => {};
    const clock: Clock = {
      now: () => Date.now(),
      after: (_delay, run) => {
        look = run;
        return () => undefined;
      },
    };
    const kept = keepCertificate(httpOf(server) as never, files(), certificate, { clock, log: createLog('silent') });
    try {
      const old = await connectAs(port, 'first.example');
      assert.match(await ask(old.socket), /^HTTP\/1\.1 200 [\s\S]*strict-transport-security/i);

      write('nonsense', first.key);
      await kept.reload();
      write(second.cert, other.key);
      await kept.reload();
      assert.equal((await connectAs(port, 'first.example')).peer.subject.CN, 'first.example');

      write(second.cert, second.key);
      await kept.reload();
      assert.equal((await connectAs(port, 'second.example')).peer.subject.CN, 'second.example');
      await assert.rejects(connectAs(port, 'first.example'));
      assert.match(await ask(old.socket), /^HTTP\/1\.1 200 /, 'who was there before goes on');

      // Without being asked, too.
      write(first.cert, first.key);
      look();
      await until('the first one again', () => connectAs(port, 'first.example').catch(() => undefined));
    } finally {
      kept.stop();
      await closeServer(server, 0);
    }
  });

  it('is 1.2 at least, and no plain HTTP', async () => {
    const server = createServer({ certificate: { cert: first.cert, key: first.key } });
    const port = await listen(server, 0, '127.0.0.1');
    try {
      await assert.rejects(connectAs(port, 'first.example', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }));
      await connectAs(port, 'first.example', { maxVersion: 'TLSv1.2' });
      await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    } finally {
      await closeServer(server, 0);
    }
  });

  it('ends a handshake that never comes to its end', async () => {
    const limits = { handshakeMs: 100 };
    const server = createServer({ certificate: { cert: first.cert, key: first.key }, limits });
    const port = await listen(server, 0, '127.0.0.1');
    try {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('\x16\x03\x01');
      await new Promise((resolve) => socket.on('close', resolve));
    } finally {
      await closeServer(server, 0);
    }
  });

  const wrong: [string, () => void, RegExp][] = [
    ['no files', () => rmSync(files().certFile, { force: true }), /^TLS_CERT_FILE: can’t be read/],
    ['no certificate', () => write('x', first.key), /^TLS_CERT_FILE: is no certificate/],
    ['no key', () => write(first.cert, 'x'), /^TLS_KEY_FILE: is no private key/],
    ['another key', () => write(first.cert, other.key), /^TLS_KEY_FILE: is not the key/],
  ];
  for (const [what, make, words] of wrong)
    it(`with ${what} says at the start what is wrong`, async () => {
      make();
      const error = await readCertificate(files()).catch((one: Error) => one);
      assert.equal(codeOf(error), 'CONFIG_INVALID');
      assert.match((error as Error).message, words);
    });
});
