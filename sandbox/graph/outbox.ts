/**
 * Delivery to endpoints: collects for a moment, posts in batches that may mix subscriptions and tenants, and repeats
 * with growing pauses for 4 hours what was not answered with 2xx (platform facts, section B).
 */
import type { ChangeNotification } from '@microsoft/microsoft-graph-types';
import type { World } from '../world.ts';
import type { Agenda } from './agenda.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { guid } from './ids.ts';
import { isDelivered, type Post, type PostOutcome, postWithin } from './post.ts';
import type { RichContent } from './rich.ts';

const FIRST_TIMEOUT_MS = 3_000;
const RETRY_TIMEOUT_MS = 10_000;
const GIVE_UP_AFTER_MS = 4 * 3_600_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 15 * 60_000;
const SLOW_DELAY_MS = 10 * 60_000;
const LARGEST_BATCH = 100;

export type OutboxPart = 'notification' | 'lifecycle';

interface Batch {
  part: OutboxPart;
  url: string;
  items: ChangeNotification[];
  firstTriedAt: number;
  attempt: number;
}

export interface OutboxOptions {
  batchDelayMs: number;
  /** Punish endpoints that answer slowly, as Graph does. */
  endpointPolicy: boolean;
}

export class Outbox {
  private readonly waiting = new Map<string, { part: OutboxPart; url: string; items: ChangeNotification[] }>();
  private readonly health: EndpointHealth;

  constructor(
    private readonly world: World,
    private readonly agenda: Agenda,
    private readonly post: Post,
    private readonly options: OutboxOptions,
    private readonly rich: RichContent,
  ) {
    this.health = new EndpointHealth(world.clock);
  }

  /** Notifications that are neither delivered nor given up. */
  pending = 0;

  put(part: OutboxPart, url: string, item: ChangeNotification): void {
    this.pending++;
    const key = `${part} ${url}`;
    const queue = this.waiting.get(key);
    if (queue) {
      queue.items.push(item);
      return;
    }
    this.waiting.set(key, { part, url, items: [item] });
    this.agenda.after(this.options.batchDelayMs, () => this.flush(key));
  }

  private flush(key: string): void {
    const queue = this.waiting.get(key);
    this.waiting.delete(key);
    if (!queue) return;
    const health = this.options.endpointPolicy ? this.health.of(queue.url) : 'well';
    if (health === 'drop') {
      this.pending -= queue.items.length;
      this.world.journal.add(queue.part, 'discarded', { url: queue.url, why: 'endpoint too slow', items: queue.items });
      return;
    }
    for (let from = 0; from < queue.items.length; from += LARGEST_BATCH) {
      const items = queue.items.slice(from, from + LARGEST_BATCH);
      const batch = { part: queue.part, url: queue.url, items, firstTriedAt: this.world.clock.now(), attempt: 0 };
      if (health === 'slow') this.agenda.after(SLOW_DELAY_MS, () => void this.send(batch));
      else void this.send(batch);
    }
  }

  private async send(batch: Batch): Promise<void> {
    // Made anew for each attempt: they live for an hour or so, and attempts go on for four.
    const vouching = this.rich.isAmong(batch.items)
      ? { validationTokens: await this.rich.tokensFor(batch.items) }
      : undefined;
    const startedAt = this.world.clock.now();
    const outcome = await postWithin(this.post, this.agenda, batch.url, {
      headers: { 'content-type': 'application/json; charset=utf-8', 'request-id': guid(this.world.random) },
      body: this.bodyOf(batch, vouching),
      timeoutMs: batch.attempt === 0 ? FIRST_TIMEOUT_MS : RETRY_TIMEOUT_MS,
    });
    this.health.record(batch.url, this.world.clock.now() - startedAt);
    this.report(batch, outcome, startedAt);
    if (isDelivered(outcome)) this.pending -= batch.items.length;
    else this.retry(batch);
  }

  private bodyOf(batch: Batch, vouching?: { validationTokens: string[] | null }): string {
    const body = JSON.stringify({ value: batch.items, ...vouching });
    if (batch.part !== 'notification' || !this.world.strikes('notify.truncateBatch')) return body;
    return body.slice(0, Math.floor(body.length * (0.2 + 0.7 * this.world.random())));
  }

  private report(batch: Batch, outcome: PostOutcome, startedAt: number): void {
    const status = typeof outcome === 'object' ? outcome.status : outcome;
    this.world.journal.add(batch.part, isDelivered(outcome) ? 'posted' : 'failed', {
      url: batch.url,
      status,
      attempt: batch.attempt,
      tookMs: this.world.clock.now() - startedAt,
      items: batch.items,
    });
  }

  private retry(batch: Batch): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** batch.attempt);
    if (this.world.clock.now() + pause - batch.firstTriedAt > GIVE_UP_AFTER_MS) {
      this.pending -= batch.items.length;
      this.world.journal.add(batch.part, 'discarded', { url: batch.url, why: 'given up', items: batch.items });
      return;
    }
    this.agenda.after(pause, () => void this.send({ ...batch, attempt: batch.attempt + 1 }));
  }
}
