/**
 * The load generator, a process of its own. Each connection sends its next request when its last was answered, or, at
 * a given rate, when one is due: then a request that finds no free connection waits, and its wait counts. It writes
 * ready-made bytes to plain sockets: on two cores, what the generator spends the servers do not have.
 */
import { connect, type Socket } from 'node:net';
import { notificationOf, SUBSCRIPTIONS } from './subscriptions.ts';

export interface Order {
  port: number;
  connections: number;
  durationMs: number;
  /** Requests a second, whether or not earlier ones were answered; absent: as many as are answered. */
  perSecond?: number;
  /** Items in a request: 1 to this; default 5. */
  largestBatch?: number;
}

export interface Report {
  /** Answers by status; 0 stands for a connection that broke. */
  statuses: Record<number, number>;
  /** Items in requests that were answered 2xx. */
  items: number;
  /** Items in requests of which nobody knows. */
  unsureItems: number;
  /** At a given rate: requests that were due and had no connection by the end. */
  unsent: number;
  tookMs: number;
  /** Milliseconds, one a request; at a given rate from the moment at which it was due. */
  latencies: number[];
}

interface Shot {
  bytes: Buffer;
  items: number;
}

/** Items in all that is ready to be sent; some 700 bytes each. */
const READY_ITEMS = 12_000;
const LARGEST_BATCH = 5;
const TICK_MS = 1;
/** What was sent is answered within this, or it never is. */
const DRAIN_LIMIT_MS = 15_000;

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeShot(serial: number, largestBatch: number, next: () => number): Shot {
  const items = 1 + Math.floor(next() * largestBatch);
  const value = Array.from({ length: items }, (_, index) =>
    notificationOf(Math.floor(next() * SUBSCRIPTIONS), serial * largestBatch + index),
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

const ready = new Map<number, Shot[]>();

function shotsOf(largestBatch: number): Shot[] {
  const known = ready.get(largestBatch);
  if (known) return known;
  const next = random(20_261_018);
  const count = Math.round((2 * READY_ITEMS) / (largestBatch + 1));
  const made = Array.from({ length: count }, (_, serial) => makeShot(serial, largestBatch, next));
  ready.set(largestBatch, made);
  return made;
}

/** Status and total length of the answer at the start of `text`, once it is complete. */
function readAnswer(text: string): { status: number; length: number } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = end + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0);
  return text.length < length ? undefined : { status: Number(text.slice(9, 12)), length };
}

interface Sent {
  shot: Shot;
  at: number;
}

class Line {
  private readonly socket: Socket;
  private sent?: Sent;
  private text = '';
  readonly ended: Promise<void>;

  constructor(
    port: number,
    private readonly report: Report,
    /** Connected, or answered: to be given the next request, or to be ended. */
    private readonly onFree: (line: Line) => void,
  ) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.ended = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.once('connect', () => this.onFree(this));
    this.socket.on('data', (chunk) => this.hear(chunk));
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => this.lose());
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  cut(): void {
    this.socket.destroy();
  }

  end(): void {
    this.socket.end();
  }

  fire(sent: Sent): void {
    this.sent = sent;
    this.socket.write(sent.shot.bytes);
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
    this.onFree(this);
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

function nextOf(shots: Shot[]): Shot | undefined {
  position = (position + 1) % shots.length;
  return shots[position];
}

/** Each connection at once again. */
function asAnswered(order: Order, shots: Shot[], startedAt: number): (line: Line) => void {
  return (line) => {
    const at = performance.now();
    const shot = at - startedAt >= order.durationMs ? undefined : nextOf(shots);
    if (shot) line.fire({ shot, at });
    else line.end();
  };
}

/** At the given rate. What is due is written to whoever is free, first come, first served. */
function atRate(order: Order & { perSecond: number }, shots: Shot[], startedAt: number, report: Report) {
  const total = Math.round((order.durationMs * order.perSecond) / 1_000);
  const dueAt = (index: number) => startedAt + (index * 1_000) / order.perSecond;
  const free: Line[] = [];
  let fired = 0;
  const look = () => {
    while (fired < total && dueAt(fired) <= performance.now()) {
      const line = free.shift();
      const shot = line?.isOpen ? nextOf(shots) : undefined;
      if (!line) return;
      if (!shot) continue;
      line.fire({ shot, at: dueAt(fired) });
      fired += 1;
    }
    if (fired >= total) for (const line of free.splice(0)) line.end();
  };
  const timer = setInterval(look, TICK_MS);
  return {
    onFree(line: Line) {
      free.push(line);
      look();
    },
    stop() {
      clearInterval(timer);
      report.unsent = total - fired;
    },
  };
}

async function run(order: Order): Promise<Report> {
  const report: Report = { statuses: {}, items: 0, unsureItems: 0, unsent: 0, tookMs: 0, latencies: [] };
  const shots = shotsOf(order.largestBatch ?? LARGEST_BATCH);
  const startedAt = performance.now();
  const { perSecond } = order;
  const rate = perSecond === undefined ? undefined : atRate({ ...order, perSecond }, shots, startedAt, report);
  const onFree = rate?.onFree ?? asAnswered(order, shots, startedAt);
  const lines = Array.from({ length: order.connections }, () => new Line(order.port, report, onFree));
  const limit = setTimeout(() => {
    for (const line of lines) line.cut();
  }, order.durationMs + DRAIN_LIMIT_MS);
  await Promise.all(lines.map((line) => line.ended));
  clearTimeout(limit);
  rate?.stop();
  report.tookMs = performance.now() - startedAt;
  return report;
}

process.on('message', (order: Order) => {
  void run(order).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
