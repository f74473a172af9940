/**
 * What each person asked for, as stretches of time. Where the scoreboard is silent:
 *
 * - A wish may take effect at any moment between when it was asked for (`askedAt`) and when it was done (`at`). So what it
 *   begins may be said from `askedAt`, and what it ends is claimed until then only.
 * - The product has 3 minutes more from `at` (WISH_MS), waking time. Switching on takes longer, because a calendar has to be
 *   read: the interval at which a mailbox without a proven subscription is looked at, and 3 minutes; after token trouble
 *   these run from the sign-in.
 * - Nobody is watched before they asked for it; who chose nothing has the settings below.
 * - "No agenda needed" is never taken back. Other answers on cards are for the product's own plan to understand
 *   (planned.ts); here only which meetings they are about is known.
 */
import type { Chosen, History, Span, Wish } from '../history.ts';
import { awake, MINUTE_MS } from './awake.ts';
import type { Stretch } from './spans.ts';

export const WISH_MS = 3 * MINUTE_MS;
const NO_AGENDA = 'agenda.skipped';

export const UNCHOSEN: Chosen = {
  remindMinutes: [15],
  remindAsOutlook: false,
  remindAtStart: false,
  quiet: null,
  pausedUntil: null,
  respectFocus: true,
  respectAway: true,
  kinds: {},
  mutedSeries: [],
  mutedPeople: [],
  onlyWithOthers: false,
  onlyWithLink: false,
  tentative: 'remind',
  free: 'remind',
  private: 'show',
  tellOwnChanges: false,
  digestAt: 'auto',
  digestSince: 0,
  weekDigest: true,
};

/** What somebody chose, as long as it was so. */
export interface Step extends Stretch {
  settings: Chosen;
}

const ALWAYS: Stretch = { from: -Infinity, to: Infinity, knownFrom: -Infinity, knownTo: Infinity };

interface Asked {
  watch: Stretch[];
  /** Watching beyond doubt: from done to asked for the end. */
  watched: Span[];
  steps: Step[];
  noAgenda: Map<string, Wish>;
  /** Entries and series that were answered about. */
  answered: Set<string>;
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

  steps(oid: string): Step[] {
    return this.byOid.get(oid)?.steps ?? [{ ...ALWAYS, settings: UNCHOSEN }];
  }

  /** Whether one of these was the subject of an answer that only the product's plan understands. */
  isAnswered(oid: string, ids: (string | undefined)[]): boolean {
    const answered = this.byOid.get(oid)?.answered;
    return ids.some((id) => id !== undefined && answered?.has(id));
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

  /** When what was asked for at that instant had been done. */
  doneAt(oid: string, asked: number): number {
    const done = (this.byOid.get(oid)?.all ?? []).filter((wish) => askedAt(wish) === asked).map((wish) => wish.at);
    return Math.max(asked, ...done);
  }

  /** By when the product has to have taken in what was done at that instant. */
  settled(at: number, takesMs = WISH_MS): number {
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
    const answered = new Set<string>();
    const steps: Step[] = [{ ...ALWAYS, settings: UNCHOSEN }];
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
      const chosen = wish.kind === 'remind' ? { remindMinutes: wish.minutes } : undefined;
      if (chosen || wish.kind === 'chose') this.choose(steps, wish, chosen ?? (wish as { settings: Chosen }).settings);
      if (wish.kind === 'noAgenda' && !noAgenda.has(wish.eventId)) noAgenda.set(wish.eventId, wish);
      for (const { kind, eventId } of wish.kind === 'pressed' ? wish.answers : []) {
        if (kind !== NO_AGENDA) answered.add(eventId);
        else if (!noAgenda.has(eventId)) noAgenda.set(eventId, wish);
      }
    }
    return { watch, watched, steps, noAgenda, answered, all };
  }

  private choose(steps: Step[], wish: Wish, chosen: Partial<Chosen>): void {
    const last = steps.at(-1);
    const from = askedAt(wish);
    const knownFrom = this.settled(wish.at);
    const settings = { ...(last?.settings ?? UNCHOSEN), ...chosen };
    if (last) Object.assign(last, { to: from, knownTo: knownFrom });
    steps.push({ from, to: Infinity, knownFrom, knownTo: Infinity, settings });
  }
}

const askedAt = (wish: Wish): number => wish.askedAt ?? wish.at;
