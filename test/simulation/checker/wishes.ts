/**
 * What each person asked for, as stretches of time. Where the scoreboard is silent:
 *
 * - A wish is in effect from its instant; the product has 3 minutes for it (WISH_MS), waking time. Switching on takes
 *   longer, because a calendar has to be read: the interval at which a mailbox without a proven subscription is looked at,
 *   and 3 minutes.
 * - Nobody is watched before they asked for it; who chose no leads is reminded 15 minutes ahead.
 * - "No agenda needed" is never taken back.
 */
import type { History, Wish } from '../history.ts';
import { awake, MINUTE_MS } from './awake.ts';
import type { Stretch } from './spans.ts';

export const WISH_MS = 3 * MINUTE_MS;
const DEFAULT_MINUTES = [15];

const ALWAYS: Stretch = { from: -Infinity, to: Infinity, knownFrom: -Infinity, knownTo: Infinity };

interface Asked {
  watch: Stretch[];
  /** By lead in minutes. */
  remind: Map<number, Stretch[]>;
  noAgenda: Map<string, number>;
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
    if (ends.length === 0) return [ALWAYS];
    const to = Math.min(...ends);
    return [{ ...ALWAYS, to, knownTo: this.settled(to) }];
  }

  /** Whether the person asked for anything in (from, to]. */
  anyBetween(oid: string, from: number, to: number): boolean {
    return (this.byOid.get(oid)?.all ?? []).some((wish) => wish.at > from && wish.at <= to);
  }

  private settled(at: number, takesMs = WISH_MS): number {
    return awake(this.history.asleep, at + takesMs);
  }

  private read(all: Wish[]): Asked {
    const watch: Stretch[] = [];
    const noAgenda = new Map<string, number>();
    const steps: { at: number; minutes: number[] }[] = [{ at: -Infinity, minutes: DEFAULT_MINUTES }];
    for (const wish of all) {
      const last = watch.at(-1);
      const isOn = last?.to === Infinity;
      if (wish.kind === 'watch' && wish.on && !isOn) {
        const knownFrom = this.settled(wish.at, this.history.catchUpUnprovenMs + WISH_MS);
        watch.push({ from: wish.at, to: Infinity, knownFrom, knownTo: Infinity });
      }
      if (wish.kind === 'watch' && !wish.on && isOn && last)
        Object.assign(last, { to: wish.at, knownTo: this.settled(wish.at) });
      if (wish.kind === 'remind') steps.push({ at: wish.at, minutes: wish.minutes });
      if (wish.kind === 'noAgenda' && !noAgenda.has(wish.eventId)) noAgenda.set(wish.eventId, wish.at);
    }
    return { watch, remind: this.leadsOf(steps), noAgenda, all };
  }

  private leadsOf(steps: { at: number; minutes: number[] }[]): Map<number, Stretch[]> {
    const leads = new Map<number, Stretch[]>();
    for (const [index, step] of steps.entries()) {
      const to = steps[index + 1]?.at ?? Infinity;
      const knownFrom = step.at === -Infinity ? -Infinity : this.settled(step.at);
      const knownTo = to === Infinity ? Infinity : this.settled(to);
      for (const minutes of new Set(step.minutes)) {
        const list = leads.get(minutes) ?? [];
        const last = list.at(-1);
        if (last && last.to === step.at) Object.assign(last, { to, knownTo });
        else list.push({ from: step.at, to, knownFrom, knownTo });
        leads.set(minutes, list);
      }
    }
    return leads;
  }
}
