/** A receiver of webhooks as others build it: a real HTTPS server that verifies with the Standard Webhooks library. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { ensureCertificates } from '../../../sandbox/ca.ts';
import { machineClock } from '../../../src/clock.ts';
import { createOutgoing, type Outgoing } from '../../../src/net/outgoing.ts';

export const HOST = 'hooks.example.com';
const PUBLIC = '93.184.216.34';

export interface Delivery {
  at: number;
  path: string;
  headers: Record<string, string>;
  body: string;
}
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | 'cut';

/** The library asks the machine for the time: while it verifies, that is the test's. */
export function verify(secret: string, one: Pick<Delivery, 'headers' | 'body'>, now: number): unknown {
  const real = Date.now;
  Date.now = () => now;
  try {
    return new Webhook(secret).verify(one.body, one.headers);
  } finally {
    Date.now = real;
  }
}

export interface Receiver {
  outgoing: Outgoing;
  /** All that came, also what was cut. */
  deliveries: Delivery[];
  /** What is answered from now on. */
  answer(one: Answer | ((delivery: Delivery) => Answer)): void;
  close(): Promise<void>;
}

export async function openReceiver(now: () => number): Promise<Receiver> {
  const directory = mkdtempSync(join(tmpdir(), 'receiver-'));
  const certificates = await ensureCertificates(directory, { hosts: [HOST] });
  const sockets = new Set<Socket>();
  const deliveries: Delivery[] = [];
  let give: (delivery: Delivery) => Answer = () => ({ status: 204 });
  const server: Server = createServer({ key: certificates.key, cert: certificates.cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const delivery = { at: now(), path: request.url ?? '', headers, body: Buffer.concat(chunks).toString() };
      deliveries.push(delivery);
      const answer = give(delivery);
      if (answer === 'cut') return void request.socket.destroy();
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body ?? '');
    });
  });
  server.on('connection', (socket) => sockets.add(socket as Socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    deliveries,
    answer(one) {
      give = typeof one === 'function' ? one : () => one;
    },
    outgoing: createOutgoing({
      clock: machineClock,
      ca: certificates.ca,
      lookup: async () => [{ address: PUBLIC, family: 4 }],
      dial: () => ({ address: '127.0.0.1', port }),
    }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}
