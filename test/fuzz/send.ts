/** One request, however broken: bytes over a socket of its own, or over a kept connection where the framing is good. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';

export interface FuzzRequest {
  method: string;
  /** With its query, as it goes onto the wire. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  /** "bytes": as they are written, by hand; for what no HTTP client would send. */
  framing: 'length' | 'chunked' | 'short' | 'long' | 'bytes';
}

export interface FuzzAnswer {
  /** 0: the connection was closed without a word, which is an answer to what is no HTTP. */
  status: number;
  headers: Record<string, string>;
  text: string;
}

const PATIENCE_MS = 20_000;

export class Sender {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });
  private readonly port: number;

  constructor(readonly origin: string) {
    this.port = Number(new URL(origin).port);
  }

  send(what: FuzzRequest): Promise<FuzzAnswer> {
    return what.framing === 'length' || what.framing === 'chunked' ? this.proper(what) : this.byHand(what);
  }

  private proper({ method, path, headers, body, framing }: FuzzRequest): Promise<FuzzAnswer> {
    return new Promise((resolve, reject) => {
      const length =
        framing === 'length' ? { 'Content-Length': String(body.length) } : { 'Transfer-Encoding': 'chunked' };
      const options = { port: this.port, host: '127.0.0.1', path, method, agent: this.agent, timeout: PATIENCE_MS };
      const outgoing = request({ ...options, headers: { ...headers, ...length } }, (incoming: IncomingMessage) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', () => resolve({ status: incoming.statusCode ?? 0, headers: {}, text: '' }));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, one]) => [name, String(one)])),
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
      outgoing.on('error', (error: NodeJS.ErrnoException) =>
        // Cut off while we still wrote: what is too large is refused so.
        error.code === 'EPIPE' || error.code === 'ECONNRESET'
          ? resolve({ status: 0, headers: {}, text: '' })
          : reject(error),
      );
      outgoing.end(body);
    });
  }

  private byHand({ method, path, headers, body, framing }: FuzzRequest): Promise<FuzzAnswer> {
    const said = framing === 'short' ? body.length + 100 : Math.max(0, body.length - 5);
    const length = framing === 'bytes' ? {} : { 'Content-Length': String(said) };
    const lines = Object.entries({ Host: 'localhost', ...length, ...headers }).map(
      ([name, one]) => `${name}: ${one}\r\n`,
    );
    const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'utf8');
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      // Half closed after the last byte, so that nobody waits for the rest.
      const socket = connect({ port: this.port, host: '127.0.0.1' }, () => socket.end(Buffer.concat([head, body])));
      socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', (error: NodeJS.ErrnoException) => (error.message === 'no answer' ? reject(error) : undefined));
      socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString('utf8'))));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function parse(raw: string): FuzzAnswer {
  const end = raw.indexOf('\r\n\r\n');
  const [first = '', ...lines] = raw.slice(0, end < 0 ? raw.length : end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0);
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    status,
    headers: Object.fromEntries(pairs) as Record<string, string>,
    text: end < 0 ? '' : raw.slice(end + 4),
  };
}
