/** Everything that the bot has sent, in order, with a way to wait for more. Bounded: the oldest entries go. */
import type { ChannelActivity } from './activity.ts';

export interface ConnectorEvent {
  /** Counts up from 1; never reused. */
  position: number;
  kind: 'post' | 'update' | 'delete';
  at: number;
  conversationId: string;
  activityId: string;
  /** As the bot sent it, with the id that it got; for a delete as it was last. */
  activity: ChannelActivity;
  /** The bot was told that it failed, although it was done ("delivered" faults). */
  answeredError: boolean;
}

export type MessagePredicate = (activity: ChannelActivity, event: ConnectorEvent) => boolean;

interface Waiter {
  matches: (event: ConnectorEvent) => boolean;
  resolve: (event: ConnectorEvent) => void;
}

function summary(event: ConnectorEvent): string {
  const { activity } = event;
  const content = activity.text ?? activity.attachments?.map((one) => one.contentType).join(', ') ?? '';
  return `${event.position} ${event.kind} ${activity.type} ${String(content).slice(0, 100)}`;
}

export class ConnectorLog {
  private readonly kept: ConnectorEvent[] = [];
  private readonly waiters = new Set<Waiter>();
  private next = 1;

  constructor(private readonly limit: number) {}

  get events(): readonly ConnectorEvent[] {
    return this.kept;
  }

  /** The position of the latest event; pass it as `after` to wait for later ones only. */
  get position(): number {
    return this.next - 1;
  }

  add(event: Omit<ConnectorEvent, 'position'>): ConnectorEvent {
    const full: ConnectorEvent = { ...event, position: this.next++ };
    this.kept.push(full);
    if (this.kept.length > this.limit) this.kept.splice(0, this.kept.length - this.limit);
    for (const waiter of [...this.waiters]) {
      if (!waiter.matches(full)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(full);
    }
    return full;
  }

  /** The first event that matches, of those kept or yet to come; rejects after `timeoutMs` of real time. */
  wait(matches: (event: ConnectorEvent) => boolean, timeoutMs: number): Promise<ConnectorEvent> {
    const already = this.kept.find(matches);
    if (already) return Promise.resolve(already);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        const last = this.kept.slice(-5).map(summary).join('\n  ');
        reject(new Error(`nothing matched within ${timeoutMs} ms; the latest of ${this.position} events:\n  ${last}`));
      }, timeoutMs);
      const waiter: Waiter = {
        matches,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      };
      this.waiters.add(waiter);
    });
  }

  clear(): void {
    this.kept.length = 0;
  }
}
