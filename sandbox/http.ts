/**
 * The thin HTTP shell of the sandbox. Every service is a function from request to response, so that tests and the
 * simulation can call it in process; `serve` puts such a function behind a socket.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface SandboxRequest {
  method: string;
  /** Percent-encoded, without the query string. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
}

export interface SandboxResponse {
  status: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: string | Uint8Array | object;
}

export type SandboxHandler = (request: SandboxRequest) => SandboxResponse | Promise<SandboxResponse>;

export interface Served {
  port: number;
  /** e.g. "https://localhost:7443", without a slash at the end. */
  origin: string;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT_BYTES) throw new Error('body too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function writeResponse(response: ServerResponse, answer: SandboxResponse): void {
  const raw = typeof answer.body === 'string' || answer.body instanceof Uint8Array;
  const body =
    answer.body === undefined ? '' : raw ? (answer.body as string | Uint8Array) : JSON.stringify(answer.body);
  const type = raw || answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(answer.status, { ...type, ...answer.headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Serves `handler` on loopback; `port` 0 takes a free one. With `tls` it speaks https. */
export async function serve(options: {
  port: number;
  handler: SandboxHandler;
  tls?: { key: string; cert: string };
  /** Host name that appears in `origin`; must resolve to loopback. */
  host?: string;
}): Promise<Served> {
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const url = new URL(request.url ?? '/', 'http://sandbox');
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(request.headers))
        headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
      const body = await readBody(request);
      const answer = await options.handler({
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers,
        body,
      });
      writeResponse(response, answer);
    } catch (error) {
      if (!response.headersSent) writeResponse(response, { status: 500, body: { error: String(error) } });
    }
  };
  const server: Server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => resolve());
  });
  const port = (server.address() as AddressInfo).port;
  return {
    port,
    origin: `${options.tls ? 'https' : 'http'}://${options.host ?? 'localhost'}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
