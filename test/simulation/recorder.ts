/** Keeps what the checker needs, as it happens. */
import type { Graph } from '../../sandbox/graph/graph.ts';
import type { SubscriptionRecord } from '../../sandbox/graph/subscription-store.ts';
import type { TruthEvent } from '../../sandbox/graph/truth.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { normalise } from '../../src/calendar/normalise.ts';
import type { ToRender } from '../../src/delivery/dispatcher.ts';
import type { Message } from '../../src/delivery/message.ts';
import type { SimClock } from './clock.ts';
import type { Statement } from './database.ts';
import type {
  About,
  Card,
  History,
  Notification,
  RoomHistory,
  RuleHistory,
  Send,
  SimPerson,
  SimRoom,
  TruthLine,
  Wish,
} from './history.ts';
import { RoomRecorder } from './room-recorder.ts';
import type { Trace } from './scheduler.ts';
import { begunIn, recordedIn } from './sends-in.ts';
import { truthLine } from './truth-words.ts';

type Span<T> = T & { from: number; to: number };
const OPEN = Number.POSITIVE_INFINITY;
const POSTS_KEPT = 5_000;
const TOLD_KEPT_MS = 5 * 3_600_000;

interface NotificationItem {
  id?: string;
  subscriptionId: string;
  clientState: string | null;
}

/** One POST to the product, and what in it deserves to be stored. */
export interface Post {
  startedAt: number;
  startedSeq: number;
  items: NotificationItem[];
  /** Of each subscription, how many with the right client state. */
  allowed: Map<string, number>;
}

export interface RecorderDeps {
  clock: SimClock;
  trace: Trace;
  graph: Graph;
  people: SimPerson[];
  rooms: SimRoom[];
  /** The calendars are recorded within these. */
  windowFrom: number;
  windowTo: number;
}

/** An entry of the truth in the product's own words, for its plan (wanted.ts). */
export interface CalendarEntry {
  at: number;
  oid: string;
  put: CalendarEvent[];
  gone: string[];
  cause: string;
}

type Shown = Omit<Card, 'isStuck'> & { activityId: string; isStuck?: boolean };

export class Recorder {
  readonly truth: History['truth'] = [];
  readonly calendars: CalendarEntry[] = [];
  readonly wishes: Wish[] = [];
  readonly sends: Send[] = [];
  readonly begun = new Set<string>();
  readonly teamsErrors: number[] = [];
  readonly asleep: Span<object>[] = [];
  readonly tokenTrouble: Span<{ oid: string }>[] = [];
  readonly unreachable: Span<{ oid: string }>[] = [];
  readonly subscriptions: Span<{ oid: string; subscriptionId: string }>[] = [];
  readonly rooms: RoomRecorder;
  readonly rules: RuleHistory = { made: [], posts: [] };
  readonly breaches = { rowsFromWrongClientState: 0, ackedButMissing: 0 };
  readonly counts = { graphCalls: 0, crashes: 0, pauses: 0, updates: 0, misunderstood: 0 };
  cause = '';

  private readonly notes = new Map<string, Notification>();
  private readonly told = new Map<string, { at: number; oid: string }>();
  private readonly rendered = new WeakMap<Message, { nudge: ToRender; about: About }>();
  private readonly shown = new Map<string, { card: Shown; send: Send }>();
  private readonly answered = new Map<string, Send>();
  private readonly posts = new Map<string, Post>();
  private readonly states = new Map<string, { clientState: string | null; oid: string }>();
  private readonly live = new Map<string, { record: SubscriptionRecord; span: Span<{ oid: string }> }>();
  /** By trace position: when a subscription became known to the product, and when notices of it were stored last. */
  private readonly storedAt = new Map<string, number>();
  private readonly acceptedAt = new Map<string, number>();
  private readonly touched = new Map<string, Set<number> | 'all'>();
  private readonly lines = new Map<string, Map<string, { json: string; key: number }>>();
  private readonly byKey = new Map<string, Map<number, Set<string>>>();
  private readonly watched: Set<string>;

  constructor(private readonly deps: RecorderDeps) {
    this.rooms = new RoomRecorder(deps.rooms, () => deps.clock.now());
    this.watched = new Set([...deps.people, ...deps.rooms].map((one) => one.oid));
    for (const oid of this.watched) {
      this.lines.set(oid, new Map());
      this.byKey.set(oid, new Map());
    }
    deps.graph.onItem((oid, key) => this.touch(oid, key));
  }

  // ── calendars ──

  touch(oid: string, key: number | undefined): void {
    if (!this.watched.has(oid)) return;
    const known = this.touched.get(oid);
    if (known === 'all') return;
    if (key === undefined) this.touched.set(oid, 'all');
    else if (known) known.add(key);
    else this.touched.set(oid, new Set([key]));
  }

  /** Writes down what changed since the last time. */
  flushTruth(): void {
    if (this.touched.size === 0) return;
    for (const [oid, keys] of this.touched) this.flushOne(oid, keys);
    this.touched.clear();
    this.cause = '';
  }

  private flushOne(oid: string, keys: Set<number> | 'all'): void {
    const { graph, windowFrom, windowTo, clock } = this.deps;
    const lines = this.lines.get(oid);
    const byKey = this.byKey.get(oid);
    if (!lines || !byKey) return;
    const put: TruthLine[] = [];
    const events: CalendarEvent[] = [];
    const gone: string[] = [];
    const all = keys === 'all' ? [...byKey.keys(), ...this.keysNow(oid)] : [...keys];
    for (const key of new Set(all)) {
      const before = byKey.get(key) ?? new Set<string>();
      const now = new Set<string>();
      for (const event of graph.truth(oid, windowFrom, windowTo, key)) {
        const line = truthLine(event);
        now.add(line.id);
        const json = JSON.stringify(line);
        if (lines.get(line.id)?.json === json) continue;
        lines.set(line.id, { json, key });
        put.push(line);
        const normal = normalise(asRead(event), '');
        if (normal) events.push(normal);
      }
      for (const id of before)
        if (!now.has(id)) {
          lines.delete(id);
          gone.push(id);
        }
      if (now.size > 0) byKey.set(key, now);
      else byKey.delete(key);
    }
    if (put.length === 0 && gone.length === 0) return;
    const entry = { at: clock.now(), oid, gone, cause: this.cause || 'somebody else' };
    this.truth.push({ ...entry, put });
    this.calendars.push({ ...entry, put: events });
  }

  /** Every item has a key; they count up from 1. */
  private keysNow(oid: string): number[] {
    const { graph, windowFrom, windowTo } = this.deps;
    const keys: number[] = [];
    // The immutable id carries the key (sandbox/graph/ids.ts).
    const keyOf = (event: TruthEvent) => Buffer.from(event.immutableId, 'base64url').readUInt32BE(11);
    for (const event of graph.truth(oid, windowFrom, windowTo)) keys.push(keyOf(event));
    return keys;
  }

  /** What the bot itself does to a room's calendar stands under a name of its own. @returns what it was */
  async byTheBot<T extends { status: number }>(label: string, send: () => T | Promise<T>): Promise<T> {
    const write = this.rooms.writeIn(label);
    if (!write) return send();
    this.flushTruth();
    const response = await send();
    this.cause = BY_THE_BOT;
    this.flushTruth();
    this.rooms.called(write, response.status);
    return response;
  }

  get roomHistory(): RoomHistory {
    return this.rooms.history;
  }

  // ── messages ──

  rendersFor(nudge: ToRender, oid: string, message: Message): void {
    const about: About = {
      oid,
      kind: nudge.kind,
      eventId: nudge.eventId,
      startAt: nudge.startAt,
      leadMs: 0,
      facts: nudge.facts,
      words: `${message.summary}\n${message.fallbackText}`,
    };
    this.rendered.set(message, { nudge, about });
  }

  nudgeOf(message: Message): ToRender | undefined {
    return this.rendered.get(message)?.nudge;
  }

  sent(message: Message, instance: number, status: number, activityId: string | undefined, leadMs: number): Send {
    const about = this.rendered.get(message)?.about;
    if (!about) throw new Error('a message was sent that was not rendered');
    const at = this.deps.clock.now();
    const stored = activityId !== undefined;
    const send: Send = { ...about, leadMs, at, instance, status: 0, stored, recorded: false };
    this.sends.push(send);
    if (status < 200 || status >= 300) this.teamsErrors.push(send.at);
    if (stored) this.reachable(about.oid);
    if (activityId !== undefined) {
      const { oid, kind, eventId } = about;
      const card = { activityId, oid, kind, eventId, sentAt: at, shownAt: at, ...seen(about.facts, 'whole') };
      this.shown.set(activityId, { card, send });
    }
    return send;
  }

  /** A message was changed, or could not be. */
  changed(activityId: string, message: Message, status: number, stored: boolean): void {
    const known = this.shown.get(activityId);
    const { nudge, about } = this.rendered.get(message) ?? {};
    this.counts.updates += 1;
    if (!known || !nudge || !about) return;
    if (!stored && GONE_FOR_GOOD.has(status)) known.card.isStuck = true;
    if (!stored) return;
    const at = this.deps.clock.now();
    Object.assign(known.card, { shownAt: at, ...seen(about.facts, nudge.shape ?? 'whole') });
    known.send.updates = [...(known.send.updates ?? []), { at, facts: about.facts }];
  }

  isNudge(activityId: string): boolean {
    return this.shown.has(activityId);
  }

  /** As they stand now. One that the ledger does not know of is none that could be changed. */
  get cards(): Card[] {
    return [...this.shown.values()].flatMap(({ card: { activityId: _, isStuck = false, ...card }, send }) =>
      send.recorded && card.eventId !== '' ? [{ ...card, isStuck }] : [],
    );
  }

  answeredWith(send: Send, status: number, activityId: string | undefined): void {
    send.answeredAt = this.deps.clock.now();
    send.status = status;
    if (activityId) this.answered.set(activityId, send);
  }

  unreachableFrom(oid: string): boolean {
    if (this.isUnreachable(oid)) return false;
    this.unreachable.push({ oid, from: this.deps.clock.now(), to: OPEN });
    return true;
  }

  isUnreachable(oid: string): boolean {
    return this.unreachable.some((span) => span.oid === oid && span.to === OPEN);
  }

  reachable(oid: string): void {
    for (const span of this.unreachable) if (span.oid === oid && span.to === OPEN) span.to = this.deps.clock.now();
  }

  troubleFrom(oid: string): void {
    this.tokenTrouble.push({ oid, from: this.deps.clock.now(), to: OPEN });
  }

  troubleOver(oid: string): void {
    for (const span of this.tokenTrouble) if (span.oid === oid && span.to === OPEN) span.to = this.deps.clock.now();
  }

  // ── what the product committed ──

  committed = (statements: Statement[]): void => {
    for (const statement of statements) this.look(statement);
  };

  private look(statement: Statement): void {
    const { text, values } = statement;
    if (this.answered.size > 0)
      for (const id of recordedIn(statement)) {
        const send = this.answered.get(id);
        if (!send) continue;
        send.recorded = true;
        this.answered.delete(id);
      }
    for (const id of begunIn(statement)) this.begun.add(id);
    this.rooms.look(statement);
    if (text.includes('insert into cw.subscription'))
      for (const value of values)
        if (typeof value === 'string' && this.states.has(value)) this.storedAt.set(value, this.deps.trace.count);
    if (text.includes('accept_notices')) this.lookAtNotices(values);
  }

  /** Whatever the order of the columns is: one of them holds subscriptions, one the ids of requests. */
  private lookAtNotices(values: unknown[]): void {
    const columns = values.filter((value): value is unknown[] => Array.isArray(value));
    const subscriptions = columns.find((column) => column.some((one) => this.states.has(String(one))));
    const requests = columns.find((column) => column.some((one) => this.posts.has(String(one))));
    const stored = new Map<string, number>();
    for (const [row, one] of (subscriptions ?? []).entries()) {
      const id = String(one);
      this.acceptedAt.set(id, this.deps.trace.count);
      const request = String(requests?.[row]);
      const post = this.posts.get(request);
      const key = `${request} ${id}`;
      const count = (stored.get(key) ?? 0) + 1;
      stored.set(key, count);
      if (post && count > (post.allowed.get(id) ?? 0)) this.breaches.rowsFromWrongClientState += 1;
    }
  }

  // ── notifications ──

  /** A change is being told; called in the moment of the change. */
  tells(id: string): void {
    this.told.set(id, { at: this.deps.clock.now(), oid: '' });
    const first = this.told.entries().next().value;
    if (first && first[1].at < this.deps.clock.now() - TOLD_KEPT_MS) this.told.delete(first[0]);
  }

  posted(body: string): Post {
    const items = parseItems(body);
    const allowed = new Map<string, number>();
    const now = this.deps.clock.now();
    for (const item of items) {
      const known = this.states.get(item.subscriptionId);
      if (known && known.clientState === item.clientState)
        allowed.set(item.subscriptionId, (allowed.get(item.subscriptionId) ?? 0) + 1);
      // What anybody may have sent tells nobody of a change.
      if (!item.id || (known && known.clientState !== item.clientState)) continue;
      const born = this.told.get(item.id);
      if (!born || this.notes.has(item.id)) continue;
      const note: Notification = {
        at: born.at,
        oid: known?.oid ?? '',
        subscriptionId: item.subscriptionId,
        sentAt: now,
        acked: false,
      };
      this.notes.set(item.id, note);
    }
    return { startedAt: now, startedSeq: this.deps.trace.count, items, allowed };
  }

  /** The product gave this request an id of its own. */
  named(post: Post, correlationId: string): void {
    this.posts.set(correlationId, post);
    if (this.posts.size <= POSTS_KEPT) return;
    const oldest = this.posts.keys().next().value;
    if (oldest !== undefined) this.posts.delete(oldest);
  }

  /** Returns subscriptions of which a notice was acknowledged and not stored, if the product knew them all the time. */
  acknowledged(post: Post): string[] {
    for (const item of post.items) {
      const note = item.id ? this.notes.get(item.id) : undefined;
      // One that somebody forged is answered like the others, so that nobody learns anything; it tells nobody anything.
      const isGenuine = this.states.get(item.subscriptionId)?.clientState === item.clientState;
      if (note && isGenuine) note.acked = true;
    }
    return [...post.allowed.keys()].filter((id) => {
      const known = this.storedAt.get(id);
      return known !== undefined && known < post.startedSeq && (this.acceptedAt.get(id) ?? -1) < post.startedSeq;
    });
  }

  get notifications(): Notification[] {
    return [...this.notes.values()];
  }

  // ── subscriptions ──

  /** Looks which live; cheap, because there are few. */
  lookAtSubscriptions(): void {
    const now = this.deps.clock.now();
    const alive = new Map(this.deps.graph.control.subscriptions().map((record) => [record.id, record]));
    for (const [id, { span, record }] of this.live) {
      if (alive.has(id)) continue;
      span.to = Math.min(now, Math.max(span.from, record.expiresAt));
      this.live.delete(id);
    }
    for (const [id, record] of alive) {
      if (this.live.has(id)) continue;
      const span = { oid: record.mailboxOid, subscriptionId: id, from: now, to: OPEN };
      this.subscriptions.push(span);
      this.live.set(id, { record, span });
      this.states.set(id, { clientState: record.clientState, oid: record.mailboxOid });
    }
  }

  close(): void {
    const now = this.deps.clock.now();
    for (const list of [this.asleep, this.tokenTrouble, this.unreachable, this.subscriptions])
      for (const span of list) if (span.to === OPEN) span.to = now;
  }
}

/** The cause of what the bot itself did to a room's calendar. */
export const BY_THE_BOT = 'by the bot';

/** After these the product leaves a card as it is. */
const GONE_FOR_GOOD = new Set([400, 404, 413, 500]);

function seen(
  facts: Record<string, unknown>,
  shape: Card['shape'],
): Pick<Card, 'shape' | 'subject' | 'startAt' | 'endAt'> {
  const { subject, startAt, endAt } = facts;
  return { shape, subject: String(subject ?? ''), startAt: Number(startAt ?? 0), endAt: Number(endAt ?? 0) };
}

/** As the product asks for it: with ids that do not change. */
function asRead({ event, immutableId, immutableSeriesMasterId }: TruthEvent): Parameters<typeof normalise>[0] {
  return {
    ...(event as Parameters<typeof normalise>[0]),
    id: immutableId,
    ...(immutableSeriesMasterId === undefined ? {} : { seriesMasterId: immutableSeriesMasterId }),
  };
}

function parseItems(body: string): NotificationItem[] {
  try {
    return (JSON.parse(body) as { value: NotificationItem[] }).value;
  } catch {
    return [];
  }
}
