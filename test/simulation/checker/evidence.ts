/** The history, indexed once for all rows. */
import type { History, Send, SimPerson, Span } from '../history.ts';
import { Zones } from './days.ts';
import { Knowledge } from './knowledge.ts';
import { Planned, TELL_CHANGES } from './planned.ts';
import type { Tally } from './report.ts';
import { Silences } from './silence.ts';
import { merged } from './spans.ts';
import { Timeline } from './timeline.ts';
import { Wishes } from './wishes.ts';

/** One thing that the product had to say: a LIVE k. */
export interface Live {
  kind: string;
  oid: string;
  eventId: string;
  startAt: number;
  leadMs: number;
  due: number;
  /** Said later than this it counts as lost. */
  deadline: number;
  /** The deliveries that say it, in order. */
  deliveries: Send[];
  /** "reminder 15 min before "Budget 17"". */
  words: string;
}

export const keyOf = (one: Pick<Send, 'oid' | 'kind' | 'eventId' | 'startAt' | 'leadMs'>): string =>
  `${one.oid}|${one.kind}|${one.eventId}|${one.startAt}|${one.leadMs}`;

/** The sender saw a 2xx, and the ledger took it; everything else that Teams stored is an ambiguous send. */
export const isAmbiguous = (send: Send): boolean =>
  send.stored && !(send.recorded && send.status >= 200 && send.status < 300);

/** Answers after which Microsoft's table forbids to try again. */
const FINAL = new Set([400, 403, 413, 500]);

export class Evidence {
  readonly wishes: Wishes;
  readonly knowledge: Knowledge;
  readonly timeline: Timeline;
  readonly zones: Zones;
  readonly silences: Silences;
  readonly planned: Planned;
  readonly asleep: Span[];
  readonly people: Map<string, SimPerson>;
  /** What Teams stored, in order. */
  readonly deliveries: Send[];
  readonly knownBy: (oid: string, at: number) => number;
  private readonly byKey = new Map<string, Send[]>();
  private readonly byKind = new Map<string, Send[]>();
  private readonly told = new Map<string, Send[]>();

  constructor(
    readonly history: History,
    readonly tally: Tally,
  ) {
    this.wishes = new Wishes(history);
    this.knowledge = new Knowledge(history, this.wishes);
    this.knownBy = (oid, at) => this.knowledge.knownBy(oid, at);
    this.timeline = new Timeline(history);
    this.zones = new Zones(history);
    this.silences = new Silences(this);
    this.planned = new Planned(this);
    this.asleep = merged(history.asleep);
    this.people = new Map(history.people.map((person) => [person.oid, person]));
    this.deliveries = history.sends.filter((send) => send.stored).sort((a, b) => a.at - b.at);
    for (const send of this.deliveries) {
      for (const [index, key] of [
        [this.byKey, keyOf(send)],
        [this.byKind, `${send.oid}|${send.kind}`],
      ] as const) {
        const list = index.get(key) ?? [];
        list.push(send);
        index.set(key, list);
      }
    }
  }

  /** Teams refused it in a way that must not be tried again. */
  wasRefused(k: Parameters<typeof keyOf>[0] & { due: number; deadline: number }): boolean {
    const { earlinessMs, sends } = this.history;
    return sends.some(
      (send) =>
        !send.stored &&
        FINAL.has(send.status) &&
        send.oid === k.oid &&
        send.at >= k.due - earlinessMs &&
        send.at <= k.deadline &&
        // A change may be told under its series, or in the message about an interruption.
        (TELL_CHANGES.has(k.kind)
          ? TELL_CHANGES.has(send.kind) || send.kind === 'blind'
          : this.planned.keyOf(send) === this.planned.keyOf(k)),
    );
  }

  delivered(k: Parameters<typeof keyOf>[0]): Send[] {
    return this.byKey.get(keyOf(k)) ?? [];
  }

  ofKind(oid: string, kind: string): Send[] {
    return this.byKind.get(`${oid}|${kind}`) ?? [];
  }

  /** What may tell of changes, in order. */
  tellings(oid: string): Send[] {
    const known = this.told.get(oid);
    if (known) return known;
    const list = [...TELL_CHANGES, 'blind'].flatMap((kind) => this.ofKind(oid, kind)).sort((a, b) => a.at - b.at);
    this.told.set(oid, list);
    return list;
  }

  nameOf(oid: string): string {
    return this.people.get(oid)?.name ?? oid;
  }
}
