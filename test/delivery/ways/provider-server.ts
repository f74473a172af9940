/** Somebody else's HTTP server: answers as it is told, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** JSON, unless it is text already. */
  body?: unknown;
}

export type Behaviour = Answer | ((asked: Asked) => Answer) | 'hangs' | 'cuts' | 'cutsInBody';

export interface ProviderServer {
  url: string;
  asked: Asked[];
  /** From now on. */
  does(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

export async function startProviderServer(): Promise<ProviderServer> {
  let behaviour: Behaviour = { status: 404 };
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      if (behaviour === 'hangs') return;
      if (behaviour === 'cuts') return void request.socket.destroy();
      if (behaviour === 'cutsInBody') {
        response.writeHead(202, { 'content-type': 'application/json', 'content-length': 1_000 });
        response.write('{"value":', () => response.destroy());
        return;
      }
      const answer = typeof behaviour === 'function' ? behaviour(one) : behaviour;
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    does(next) {
      behaviour = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
