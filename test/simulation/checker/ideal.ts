/**
 * A product that hears of everything in its instant and never fails, over the truth of a generated life: whatever the
 * checker finds against it is a fault of the checker, and each fault that a test plants in it has to be found. It shares
 * nothing with the product but the words of the README.
 */
import { addDays, dateOf, instantOf, wallOf } from '../../../sandbox/calendar/wall-clock.ts';
import type { History, Send, TruthEntry, TruthLine, Wish } from '../history.ts';
import { Queue } from '../life/queue.ts';
import type { LivedLife } from '../life/run-life.ts';
import { acked, historyOf } from './made.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LEADS = [0, 2, 5, 10, 15, 20, 30, 60, 1440];
const REACTS_MS = 5_000;
const AWAY_MS = 4 * 60 * MINUTE_MS;

export interface Faults {
  /** Leaves this one of the would-be messages out, sends it twice, or that much later. */
  drop?(send: Send): boolean;
  twice?(send: Send): boolean;
  delayMs?(send: Send): number;
  /** Does not look at the calendar again before it sends. */
  isStubborn?: boolean;
}

const nineBefore = (startAt: number, zone: string) =>
  instantOf(`${addDays(dateOf(wallOf(startAt, zone)), -1)}T09:00`, zone);

class Ideal {
  readonly sends: Send[] = [];
  private readonly queue = new Queue();
  private readonly lines = new Map<string, Map<string, TruthLine>>();
  private readonly watching = new Map<string, number>();
  private readonly remind = new Map<string, number[]>();
  private readonly unneeded = new Set<string>();
  private readonly zones = new Map<string, string>();
  private readonly said = new Set<string>();
  private readonly asked = new Map<string, number>();
  private readonly firstSeen = new Map<string, number>();
  private now = 0;
  private begunAt = 0;

  constructor(
    private readonly lived: LivedLife,
    private readonly faults: Faults,
  ) {}

  run(until: number): Send[] {
    for (const person of this.lived.life.people) this.zones.set(person.oid, person.timeZone);
    this.begunAt = Math.min(...this.lived.truth.map((entry) => entry.at));
    for (const entry of this.lived.truth) this.queue.push(entry.at, () => this.hear(entry));
    for (const wish of this.lived.wishes) this.queue.push(wish.at, () => this.obey(wish));
    for (let first = this.queue.first(); first && first.at <= until; first = this.queue.first()) {
      this.now = first.at;
      this.queue.run(first);
    }
    return this.sends;
  }

  private obey(wish: Wish): void {
    const { oid } = wish;
    if (wish.kind === 'watch' && !wish.on) this.watching.delete(oid);
    if (wish.kind === 'watch' && wish.on && !this.watching.has(oid)) this.watching.set(oid, wish.at);
    if (wish.kind === 'remind') this.remind.set(oid, wish.minutes);
    if (wish.kind === 'noAgenda') this.unneeded.add(`${oid}|${wish.eventId}`);
  }

  private hear({ oid, put, gone, cause }: TruthEntry): void {
    const zone = /^travels to (\S+)/.exec(cause)?.[1];
    if (zone) this.zones.set(oid, zone);
    const mine = this.lines.get(oid) ?? new Map<string, TruthLine>();
    this.lines.set(oid, mine);
    if (zone) for (const line of mine.values()) this.schedule(oid, line);
    const isRepatterned = (seriesId: string | undefined) =>
      seriesId !== undefined && put.some((line) => line.seriesId === seriesId && !mine.has(line.id));
    const known = new Set([...mine.values()].map((line) => line.seriesId));
    for (const id of gone) {
      const was = mine.get(id);
      mine.delete(id);
      if (!was || !this.isTold(oid, was) || !isRepatterned(was.seriesId)) continue;
      this.tell(oid, 'change', was.seriesId ?? id, was.startAt, { change: 'moved' });
    }
    for (const line of put) {
      const was = mine.get(line.id);
      mine.set(line.id, line);
      if (was) this.compare(oid, was, line);
      else this.firstSeen.set(`${oid}|${line.id}`, this.now);
      if (!was && (line.seriesId === undefined || !known.has(line.seriesId))) this.invited(oid, line);
      this.schedule(oid, line);
    }
  }

  /** What one does oneself is no news. */
  private isTold(oid: string, was: TruthLine): boolean {
    const isOpen = !was.isCancelled && was.response !== 'declined' && was.endAt > this.now;
    return this.watching.has(oid) && isOpen && !was.isOrganizer;
  }

  private invited(oid: string, line: TruthLine): void {
    if (this.now <= this.begunAt || !this.isTold(oid, line) || line.attendees.length === 0) return;
    if (['accepted', 'organizer'].includes(line.response)) return;
    this.tell(oid, 'invitation', line.seriesId ?? line.id, line.startAt, { change: 'invited' });
  }

  /** News wait for the end of a silence, if there is still time then. */
  private tell(oid: string, kind: string, eventId: string, startAt: number, facts: object): void {
    const end = this.silentUntil(oid, this.now);
    const act = () => this.say(oid, kind, eventId, startAt, 0, facts);
    if (end <= this.now) act();
    else if (end < startAt) this.queue.push(end, act);
  }

  /** Out of office for half a day or longer; for news, in focus time as well. */
  private silentUntil(oid: string, at: number, news = true): number {
    const zone = this.zones.get(oid) ?? 'UTC';
    const midnight = (date: string) => instantOf(`${date}T00:00`, zone);
    let end = at;
    for (const { days, startAt, endAt, showAs, isCancelled, response, subject } of this.lines.get(oid)?.values() ??
      []) {
      const [from, to] = days ? [midnight(days.from), midnight(days.until)] : [startAt, endAt];
      const isAway = showAs === 'oof' && !isCancelled && response !== 'declined' && to - from >= AWAY_MS;
      const isFocus = news && subject.startsWith('Focus') && showAs !== 'free';
      if ((isAway || isFocus) && from <= at && at < to) end = Math.max(end, to);
    }
    return end > at ? this.silentUntil(oid, end, news) : at;
  }

  private compare(oid: string, was: TruthLine, line: TruthLine): void {
    if (!this.isTold(oid, { ...was, endAt: Math.max(was.endAt, line.endAt) })) return;
    const times = ({ days, startAt, endAt }: TruthLine) => JSON.stringify(days ?? [startAt, endAt]);
    const change = line.isCancelled ? 'cancelled' : times(was) !== times(line) ? 'moved' : undefined;
    const soonest = Math.min(was.startAt, line.startAt);
    if (change) this.tell(oid, 'change', line.id, soonest, { change, startAt: line.startAt });
  }

  private schedule(oid: string, line: TruthLine): void {
    for (const minutes of LEADS) {
      const due = line.startAt - minutes * MINUTE_MS;
      const act = () => this.remindOf(oid, line, minutes);
      if (due >= this.now) this.queue.push(due, act);
      else if (line.startAt > this.now) this.queue.push(this.now, act);
    }
    const zone = this.zones.get(oid) ?? 'UTC';
    const nine = nineBefore(line.startAt, zone);
    if (line.startAt > this.now) this.queue.push(Math.max(nine, this.now), () => this.ask(oid, line, nine));
  }

  /** Nine o'clock came, but where the person is now it has yet to come. */
  private isTooSoon(oid: string, line: TruthLine): boolean {
    const nine = nineBefore(line.startAt, this.zones.get(oid) ?? 'UTC');
    if (nine > this.now) this.queue.push(nine, () => this.ask(oid, line, nine));
    return nine > this.now;
  }

  private current(oid: string, line: TruthLine): TruthLine | undefined {
    if (!this.watching.has(oid)) return undefined;
    const now = this.faults.isStubborn ? line : this.lines.get(oid)?.get(line.id);
    const isThere = now && now.startAt === line.startAt && !now.isCancelled && !now.days && now.response !== 'declined';
    return isThere ? now : undefined;
  }

  private remindOf(oid: string, line: TruthLine, minutes: number): void {
    if (!this.current(oid, line) || !(this.remind.get(oid) ?? [15]).includes(minutes)) return;
    const due = line.startAt - minutes * MINUTE_MS;
    if (this.silentUntil(oid, due, false) > due) return;
    this.once(`${oid}|${line.id}|${line.startAt}|${minutes}`, () =>
      this.say(oid, 'reminder', line.id, line.startAt, minutes * MINUTE_MS, {}),
    );
  }

  private ask(oid: string, line: TruthLine, nine: number): void {
    const now = this.current(oid, line);
    if (now && this.isTooSoon(oid, line)) return;
    const others = line.attendees.some((one) => !one.includes('|resource|'));
    if (!now?.isOrganizer || now.agenda !== '' || !others || !now.attendees.some((one) => !one.includes('|resource|')))
      return;
    if ([line.id, line.seriesId].some((id) => this.unneeded.has(`${oid}|${id}`))) return;
    const since = this.watching.get(oid) ?? 0;
    if (nine < since && (this.firstSeen.get(`${oid}|${line.id}`) ?? 0) < since) return;
    const silentUntil = this.silentUntil(oid, this.now);
    if (silentUntil > this.now) {
      this.queue.push(silentUntil, () => this.ask(oid, line, nine));
      return;
    }
    if (this.now - (this.asked.get(`${oid}|${line.id}`) ?? -Infinity) < 3 * DAY_MS) return;
    this.asked.set(`${oid}|${line.id}`, this.now);
    this.once(`${oid}|${line.id}|${line.startAt}|agenda`, () => this.say(oid, 'agenda', line.id, line.startAt, 0, {}));
  }

  private once(key: string, act: () => void): void {
    if (this.said.has(key)) return;
    this.said.add(key);
    act();
  }

  private say(oid: string, kind: string, eventId: string, startAt: number, leadMs: number, facts: object): void {
    const at = this.now + (kind === 'reminder' ? 1_000 : REACTS_MS);
    // What makes two equal moves two notices, as a version would.
    const told = kind === 'change' || kind === 'invitation' ? { ...facts, version: this.now } : facts;
    const about = { oid, kind, eventId, startAt, leadMs, facts: { ...told }, words: kind };
    const send = { ...about, at, answeredAt: at + 100, instance: 1, status: 201, stored: true, recorded: true };
    if (this.faults.drop?.(send)) return;
    send.at += this.faults.delayMs?.(send) ?? 0;
    this.sends.push(send);
    if (this.faults.twice?.(send)) this.sends.push({ ...send, at: send.at + 1_000 });
  }
}

/** The history of that life with such a product. */
export function idealHistory(lived: LivedLife, startedAt: number, endedAt: number, faults: Faults = {}): History {
  const { people } = lived.life;
  return historyOf({
    people,
    startedAt,
    endedAt,
    calmAt: endedAt,
    truth: lived.truth,
    wishes: lived.wishes,
    sends: new Ideal(lived, faults).run(endedAt),
    notifications: lived.truth.map(({ at, oid }) => acked(at, { oid })),
    subscriptions: [],
    replicas: [],
    truths: [],
  });
}
