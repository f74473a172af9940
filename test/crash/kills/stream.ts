/**
 * Graph as a stream of notifications: each request carries items of many subscriptions, what is not answered 2xx is
 * sent again. An item (subscription and word) is new in each round, so a row in the inbox says exactly which item it is.
 */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { clientStateOf, SUBSCRIPTIONS, tenantIdOf } from '../../../bench/support/subscriptions.ts';
import { until } from '../../support/until.ts';
import { type Random, shuffle } from '../random.ts';
import { COPIES, subscriptionOf } from './inbox.ts';

const LINES = 16;
const MOST_ITEMS = 24;
const AGAIN_AFTER_MS = 40;
const ANSWER_LIMIT_MS = 20_000;
/** Graph counts an answer that comes later than this as none. */
const GRAPH_LIMIT_MS = 3_000;
const WORDS = ['created', 'updated', 'deleted'] as const;

interface Item {
  index: number;
  copy: number;
  word: (typeof WORDS)[number];
}

/** As its row in the inbox is named. */
const nameOf = (item: Item) => `${subscriptionOf(item.index, item.copy)} ${item.word}`;

function everyItem(): Item[] {
  const items: Item[] = [];
  for (let copy = 0; copy < COPIES; copy += 1)
    for (let index = 0; index < SUBSCRIPTIONS; index += 1) for (const word of WORDS) items.push({ index, copy, word });
  return items;
}

const ALL = everyItem();

const bodyOf = (items: Item[]) =>
  JSON.stringify({
    value: items.map((item) => ({
      subscriptionId: subscriptionOf(item.index, item.copy),
      clientState: clientStateOf(item.index),
      changeType: item.word,
      tenantId: tenantIdOf(item.index),
      resource: 'Users/somebody/Events/something',
      resourceData: { '@odata.type': '#Microsoft.Graph.Event', id: 'something' },
    })),
  });

export class Stream {
  /** Names of the items that were answered 2xx. */
  readonly acked = new Set<string>();
  /** Answers by status; 0 is a request that got none. */
  readonly statuses: Record<number, number> = {};
  slowAnswers = 0;
  /** Requests that wait for their answer. */
  inFlight = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: LINES });
  private readonly items: Item[];
  private lines: Promise<void>[] = [];
  private isEnding = false;
  private position = 0;

  constructor(
    private readonly port: number,
    private readonly random: Random,
  ) {
    this.items = shuffleFast(ALL, random);
  }

  start(): void {
    this.lines = Array.from({ length: LINES }, () => this.line());
  }

  /** Sends nothing new; resolves when everything that was sent has been answered 2xx. */
  async settle(limitMs: number): Promise<void> {
    this.isEnding = true;
    let isOver = false;
    void Promise.all(this.lines).then(() => {
      isOver = true;
    });
    await until('every notification to be answered 2xx', () => isOver, limitMs);
    this.agent.destroy();
  }

  private take(): Item[] {
    const size = 1 + Math.floor(this.random() * MOST_ITEMS);
    const items = this.items.slice(this.position, this.position + size);
    this.position += items.length;
    return items;
  }

  private async line(): Promise<void> {
    while (!this.isEnding) {
      const items = this.take();
      if (items.length === 0) return;
      const body = bodyOf(items);
      let status = await this.post(body);
      while (status < 200 || status > 299) {
        await pause(AGAIN_AFTER_MS);
        status = await this.post(body);
      }
      for (const item of items) this.acked.add(nameOf(item));
    }
  }

  private async post(body: string): Promise<number> {
    const startedAt = performance.now();
    this.inFlight += 1;
    const status = await this.answerTo(body);
    this.inFlight -= 1;
    if (performance.now() - startedAt > GRAPH_LIMIT_MS) this.slowAnswers += 1;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    return status;
  }

  private answerTo(body: string): Promise<number> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = { host: '127.0.0.1', port: this.port, path: '/api/notifications', method: 'POST', headers };
      const sent = request({ ...options, agent: this.agent, timeout: ANSWER_LIMIT_MS }, (response) => {
        response.resume();
        // A body that breaks off does not take the status back.
        response.on('error', () => undefined);
        response.once('close', () => resolve(response.statusCode ?? 0));
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(0));
      sent.end(body);
    });
  }
}

/** A random beginning and a stride without a common divisor: other neighbours each time, in no time. */
function shuffleFast(items: Item[], random: Random): Item[] {
  const strides = shuffle([7_919, 10_007, 12_553, 15_013], random);
  const stride = strides[0] ?? 1;
  const first = Math.floor(random() * items.length);
  return items.map((item, index) => items[(first + index * stride) % items.length] ?? item);
}
