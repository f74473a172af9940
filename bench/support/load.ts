/**
 * The load generator, a process of its own. Each connection sends its next request when its last was answered. It
 * writes ready-made bytes to plain sockets: on two cores, what the generator spends the servers do not have.
 */
import { connect, type Socket } from 'node:net';
import { notificationOf, SUBSCRIPTIONS } from './subscriptions.ts';

export interface Order {
  port: number;
  connections: number;
  durationMs: number;
}

export interface Report {
  /** Answers by status; 0 stands for a connection that broke. */
  statuses: Record<number, number>;
  /** Items in requests that were answered 2xx. */
  items: number;
  /** Items in requests of which nobody knows. */
  unsureItems: number;
  tookMs: number;
  /** Milliseconds, one a request. */
  latencies: number[];
}

interface Shot {
  bytes: Buffer;
  items: number;
}

const SHOTS = 4_000;
const LARGEST_BATCH = 5;
/** What was sent is answered within this, or it never is. */
const DRAIN_LIMIT_MS = 15_000;

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeShot(serial: number, next: () => number): Shot {
  const items = 1 + Math.floor(next() * LARGEST_BATCH);
  const value = Array.from({ length: items }, (_, index) =>
    notificationOf(Math.floor(next() * SUBSCRIPTIONS), serial * LARGEST_BATCH + index),
  );
  const body = JSON.stringify({ value });
  const head = [
    'POST /api/notifications HTTP/1.1',
    'Host: localhost',
    'User-Agent: Microsoft.OData.Client',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: keep-alive',
  ];
  return { bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`), items };
}

const next = random(20_261_018);
const shots = Array.from({ length: SHOTS }, (_, serial) => makeShot(serial, next));

/** Status and total length of the answer at the start of `text`, once it is complete. */
function readAnswer(text: string): { status: number; length: number } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = end + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0);
  return text.length < length ? undefined : { status: Number(text.slice(9, 12)), length };
}

class Line {
  private readonly socket: Socket;
  private sent?: { shot: Shot; at: number };
  private text = '';
  readonly ended: Promise<void>;

  constructor(
    order: Order,
    private readonly report: Report,
    private readonly take: () => Shot | undefined,
  ) {
    this.socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true });
    this.ended = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.once('connect', () => this.fire());
    this.socket.on('data', (chunk) => this.hear(chunk));
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => this.lose());
  }

  cut(): void {
    this.socket.destroy();
  }

  private fire(): void {
    const shot = this.take();
    if (!shot) {
      this.socket.end();
      return;
    }
    this.sent = { shot, at: performance.now() };
    this.socket.write(shot.bytes);
  }

  private hear(chunk: Buffer): void {
    this.text += chunk.toString('latin1');
    const answer = readAnswer(this.text);
    if (!answer || !this.sent) return;
    const { shot, at } = this.sent;
    this.text = this.text.slice(answer.length);
    this.sent = undefined;
    this.report.latencies.push(performance.now() - at);
    this.count(answer.status);
    if (answer.status >= 200 && answer.status < 300) this.report.items += shot.items;
    this.fire();
  }

  private count(status: number): void {
    this.report.statuses[status] = (this.report.statuses[status] ?? 0) + 1;
  }

  private lose(): void {
    if (!this.sent) return;
    this.count(0);
    this.report.unsureItems += this.sent.shot.items;
    this.sent = undefined;
  }
}

let position = 0;

async function run(order: Order): Promise<Report> {
  const report: Report = { statuses: {}, items: 0, unsureItems: 0, tookMs: 0, latencies: [] };
  const startedAt = performance.now();
  const take = () => {
    if (performance.now() - startedAt >= order.durationMs) return undefined;
    position = (position + 1) % shots.length;
    return shots[position];
  };
  const lines = Array.from({ length: order.connections }, () => new Line(order, report, take));
  const limit = setTimeout(() => {
    for (const line of lines) line.cut();
  }, order.durationMs + DRAIN_LIMIT_MS);
  await Promise.all(lines.map((line) => line.ended));
  clearTimeout(limit);
  report.tookMs = performance.now() - startedAt;
  return report;
}

process.on('message', (order: Order) => {
  void run(order).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
