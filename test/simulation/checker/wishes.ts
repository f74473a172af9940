/**
 * What each person asked for, as stretches of time. Where the scoreboard is silent:
 *
 * - A wish may take effect at any moment between when it was asked for (`askedAt`) and when it was done (`at`). So what it
 *   begins may be said from `askedAt`, and what it ends is claimed until then only.
 * - The product has 3 minutes more from `at` (WISH_MS), waking time. Switching on takes longer, because a calendar has to be
 *   read: the interval at which a mailbox without a proven subscription is looked at, and 3 minutes; after token trouble
 *   these run from the sign-in.
 * - Nobody is watched before they asked for it; who chose no leads is reminded 15 minutes ahead.
 * - "No agenda needed" is never taken back.
 */
import type { History, Span, Wish } from '../history.ts';
import { awake, MINUTE_MS } from './awake.ts';
import type { Stretch } from './spans.ts';

export const WISH_MS = 3 * MINUTE_MS;
const DEFAULT_MINUTES = [15];

const ALWAYS: Stretch = { from: -Infinity, to: Infinity, knownFrom: -Infinity, knownTo: Infinity };

interface Asked {
  watch: Stretch[];
  /** Watching beyond doubt: from done to asked for the end. */
  watched: Span[];
  /** By lead in minutes. */
  remind: Map<number, Stretch[]>;
  noAgenda: Map<string, Wish>;
  all: Wish[];
}

export class Wishes {
  private readonly byOid = new Map<string, Asked>();

  constructor(private readonly history: History) {
    const lists = new Map<string, Wish[]>();
    for (const wish of [...history.wishes].sort((a, b) => a.at - b.at)) {
      const list = lists.get(wish.oid) ?? [];
      list.push(wish);
      lists.set(wish.oid, list);
    }
    for (const { oid } of history.people) this.byOid.set(oid, this.read(lists.get(oid) ?? []));
  }

  watch(oid: string): Stretch[] {
    return this.byOid.get(oid)?.watch ?? [];
  }

  /** As `watch`, without the moments in which it was being switched on or off. */
  watched(oid: string): Span[] {
    return this.byOid.get(oid)?.watched ?? [];
  }

  watching(oid: string, at: number): Stretch | undefined {
    return this.watch(oid).find((stretch) => stretch.from <= at && at < stretch.to);
  }

  leads(oid: string): Map<number, Stretch[]> {
    return this.byOid.get(oid)?.remind ?? new Map();
  }

  /** While an agenda is not unneeded, for an occurrence or its series. */
  agendaAsked(oid: string, ids: (string | undefined)[]): Stretch[] {
    const answers = this.byOid.get(oid)?.noAgenda;
    const ends = ids.flatMap((id) => (id === undefined ? [] : (answers?.get(id) ?? [])));
    const [first] = ends.sort((a, b) => a.at - b.at);
    return [first ? { ...ALWAYS, to: askedAt(first), knownTo: this.settled(first.at) } : ALWAYS];
  }

  /** Whether the person asked for anything in (from, to]. */
  anyBetween(oid: string, from: number, to: number): boolean {
    return (this.byOid.get(oid)?.all ?? []).some((wish) => wish.at > from && askedAt(wish) <= to);
  }

  private settled(at: number, takesMs = WISH_MS): number {
    return awake(this.history.asleep, at + takesMs);
  }

  /** Switched on at `at`: when the calendar has to have been read. */
  private readBy(oid: string, at: number): number {
    const takesMs = this.history.catchUpUnprovenMs + WISH_MS;
    let result = this.settled(at, takesMs);
    for (const span of this.history.tokenTrouble)
      if (span.oid === oid && span.from < result && span.to > at)
        result = Math.max(result, this.settled(span.to, takesMs));
    return result;
  }

  private read(all: Wish[]): Asked {
    const watch: Stretch[] = [];
    const watched: Span[] = [];
    const noAgenda = new Map<string, Wish>();
    const steps: Step[] = [{ from: -Infinity, doneAt: -Infinity, minutes: DEFAULT_MINUTES }];
    for (const wish of all) {
      const from = askedAt(wish);
      const last = watch.at(-1);
      const isOn = last?.to === Infinity;
      if (wish.kind === 'watch' && wish.on && !isOn) {
        watch.push({ from, to: Infinity, knownFrom: this.readBy(wish.oid, wish.at), knownTo: Infinity });
        watched.push({ from: wish.at, to: Infinity });
      }
      if (wish.kind === 'watch' && !wish.on && isOn && last) {
        Object.assign(last, { to: from, knownTo: this.settled(wish.at) });
        Object.assign(watched.at(-1) ?? {}, { to: from });
      }
      if (wish.kind === 'remind') steps.push({ from, doneAt: wish.at, minutes: wish.minutes });
      if (wish.kind === 'noAgenda' && !noAgenda.has(wish.eventId)) noAgenda.set(wish.eventId, wish);
    }
    return { watch, watched, remind: this.leadsOf(steps), noAgenda, all };
  }

  private leadsOf(steps: Step[]): Map<number, Stretch[]> {
    const leads = new Map<number, Stretch[]>();
    for (const [index, { from, doneAt, minutes }] of steps.entries()) {
      const next = steps[index + 1];
      const to = next?.from ?? Infinity;
      const knownFrom = doneAt === -Infinity ? -Infinity : this.settled(doneAt);
      const knownTo = next ? this.settled(next.doneAt) : Infinity;
      for (const lead of new Set(minutes)) {
        const list = leads.get(lead) ?? [];
        const last = list.at(-1);
        if (last && last.to === from) Object.assign(last, { to, knownTo });
        else list.push({ from, to, knownFrom, knownTo });
        leads.set(lead, list);
      }
    }
    return leads;
  }
}

/** What the person wants reminders to be, and since when. */
interface Step {
  from: number;
  doneAt: number;
  minutes: number[];
}

const askedAt = (wish: Wish): number => wish.askedAt ?? wish.at;
