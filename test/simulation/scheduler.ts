/**
 * Who may take the next step. Every step to the outside (a statement, a request, an answer that arrives) is an
 * operation; one is under way at a time, and the seed chooses the next among those that wait. Between two of them the
 * product's own code runs until it rests. When nothing waits, time moves to the next timer.
 */
import { createHash } from 'node:crypto';
import type { Chance } from './chance.ts';
import type { SimClock } from './clock.ts';

export type OperationKind = 'sql' | 'graph' | 'teams' | 'webhook' | 'post' | 'answer' | 'token' | 'clock' | 'server';

/** A process of the product, as the scheduler sees it. */
export interface Host {
  readonly name: string;
  readonly isDead: boolean;
  readonly isPaused: boolean;
}

export interface Operation {
  /** None: it happens in the world, whatever becomes of the process that asked. */
  host?: Host;
  kind: OperationKind;
  label: string;
  /** Does it, and returns what tells the process; that part is left out when the process dies in between. */
  run(): Promise<() => void> | (() => void);
  /** A request that is on its way may reach its server though its sender is dead. */
  mayOutlive?: boolean;
}

export interface SchedulerHooks {
  /** Asked before and after an operation of a process: what becomes of it now? */
  fate(host: Host, moment: 'before' | 'after'): 'goes on' | 'dies' | 'stands still';
  /** The virtual time that an operation takes, ms. */
  cost(operation: Operation): number;
  /** Nothing waits at this instant. */
  quiet(): Promise<void>;
}

/** SHA-256 over everything that happens, in order. */
export class Trace {
  private readonly hash = createHash('sha256');
  private readonly labels = new Map<string, number>();
  private waiting: string[] = [];
  count = 0;

  constructor(private readonly listener?: (line: string) => void) {}

  add(at: number, words: string): void {
    this.count += 1;
    const line = `${at} ${words}`;
    this.listener?.(line);
    this.waiting.push(line);
    if (this.waiting.length >= 2_000) this.flush();
  }

  /** Long texts are hashed once and then by number. */
  short(text: string): string {
    const known = this.labels.get(text);
    if (known !== undefined) return `#${known}`;
    this.labels.set(text, this.labels.size);
    return `#${this.labels.size - 1}=${text}`;
  }

  private flush(): void {
    this.hash.update(`${this.waiting.join('\n')}\n`);
    this.waiting = [];
  }

  digest(): string {
    this.flush();
    return this.hash.copy().digest('hex');
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class Scheduler {
  private pending: Operation[] = [];
  /** Something that must not happen, in the simulation itself; ends it. */
  failure: unknown;

  constructor(
    readonly clock: SimClock,
    private readonly chance: Chance,
    private readonly trace: Trace,
    private readonly hooks: SchedulerHooks,
  ) {}

  add(operation: Operation): void {
    this.pending.push(operation);
  }

  /** What a dead process had waiting: dropped, but for requests that are on the wire already. */
  drop(host: Host): void {
    const kept: Operation[] = [];
    for (const operation of this.pending) {
      if (operation.host !== host) kept.push(operation);
      else if (operation.mayOutlive && this.chance.hits(0.5)) kept.push({ ...operation, host: undefined });
    }
    this.pending = kept;
  }

  get waiting(): number {
    return this.pending.length;
  }

  /** Runs the world until `until`, or until nothing is left to happen before. */
  async run(until: number): Promise<void> {
    for (;;) {
      await nextTurn();
      if (this.failure !== undefined) throw this.failure;
      while (this.clock.fire()) await nextTurn();
      const operation = this.take();
      if (operation) {
        await this.perform(operation);
        continue;
      }
      await this.hooks.quiet();
      if (this.pending.length > 0 && this.pending.some((one) => canRun(one))) continue;
      const next = this.clock.nextAt();
      if (next === undefined || next > until) break;
      this.clock.moveTo(next);
    }
    this.clock.moveTo(until);
  }

  private take(): Operation | undefined {
    const { pending } = this;
    if (pending.length === 0) return undefined;
    let able = 0;
    for (const one of pending) if (canRun(one)) able += 1;
    if (able === 0) return undefined;
    let chosen = able === 1 ? 0 : Math.floor(this.chance.random() * able);
    for (let index = 0; index < pending.length; index++) {
      const one = pending[index] as Operation;
      if (!canRun(one)) continue;
      if (chosen === 0) {
        pending.splice(index, 1);
        return one;
      }
      chosen -= 1;
    }
    return undefined;
  }

  private async perform(operation: Operation): Promise<void> {
    const { host } = operation;
    this.trace.add(this.clock.now(), `${host?.name ?? '-'} ${operation.kind} ${operation.label}`);
    const fate = host ? this.hooks.fate(host, 'before') : 'goes on';
    if (fate === 'stands still') return this.add(operation);
    if (fate === 'dies') {
      // The one that was about to be made is on the wire, perhaps.
      if (operation.mayOutlive && this.chance.hits(0.5)) this.add({ ...operation, host: undefined });
      return;
    }
    const made = operation.run();
    const tell = typeof made === 'function' ? made : await made;
    const cost = this.hooks.cost(operation);
    if (cost > 0) this.clock.moveTo(this.clock.now() + cost);
    if (host?.isDead) return;
    const after = host ? this.hooks.fate(host, 'after') : 'goes on';
    if (after === 'dies') return;
    if (after === 'stands still') return this.add({ host, kind: 'answer', label: 'late', run: () => tell });
    tell();
  }
}

/** What a process sent before it came to a standstill is on the wire. */
function canRun({ host, mayOutlive }: Operation): boolean {
  return host === undefined || !host.isPaused || mayOutlive === true;
}
