/**
 * Kinds that have no judge of their own: what the product's pure plan said of the truth (wanted.ts) is what was wanted.
 * So a new kind is judged without a line here. The rest is as for the others: k is LIVE if it was wanted, due at the same
 * instant, from when the product had to know of it by due until more than 60 s after due; DEAD if it was not wanted any
 * more, as had to be known by due already, and stayed so.
 *
 * - By when the product has to know depends on what made the plan another one: of a change of the calendar and of what
 *   somebody chose as everywhere (knowledge.ts, wishes.ts); of a zone within 26 hours; of a day that passes, and of what a
 *   message changed, with the next catch-up; of a moment that the plan itself asked for within 3 minutes.
 * - A message about no meeting (a digest) is known by its kind and the date on its person's clock.
 * - Kinds that remember what they said (their next word depends on what they said when): what the plan never had is
 *   counted as `plannedUnclear`, and no fault.
 * - A kind that is never to be said twice when nobody knows whether it arrived is not lost after such an attempt
 *   (`unknownSkipped`); also where the process died after it wrote that it was going to send.
 */
import { dateOf, wallOf } from '../../../sandbox/calendar/wall-clock.ts';
import type { Cause, Kind, Send, Wanted } from '../history.ts';
import { awake, HOUR_MS, MINUTE_MS } from './awake.ts';
import type { Evidence, Live } from './evidence.ts';
import { both, joined, push, type Stretch } from './spans.ts';
import { WISH_MS } from './wishes.ts';

const UNCHANGED_MS = MINUTE_MS;
const ZONE_SETTLES_MS = 26 * HOUR_MS;
/** They have judges of their own; of a reminder and a question only what was answered about is left to the plan. */
const JUDGED = new Set(['reminder', 'agenda']);
export const TELL_CHANGES = new Set(['change', 'invitation', 'conflict']);

type About = Pick<Send, 'oid' | 'kind' | 'eventId' | 'startAt' | 'leadMs'>;

export class Planned {
  private readonly byKey = new Map<string, Wanted[]>();
  private readonly sends = new Map<string, Send[]>();
  private readonly kinds: Map<string, Kind>;
  private readonly begun: Set<string>;

  constructor(private readonly evidence: Evidence) {
    this.kinds = new Map(evidence.history.kinds.map((kind) => [kind.name, kind]));
    this.begun = new Set(evidence.history.begun);
    for (const one of evidence.history.wanted) push(this.byKey, this.keyOf(one), one);
    for (const send of evidence.history.sends) push(this.sends, this.keyOf(send), send);
  }

  kind(name: string): Kind | undefined {
    return this.kinds.get(name);
  }

  /** Judged by nobody else. */
  isOwn({ oid, kind, eventId, leadMs }: About): boolean {
    if (!this.kinds.has(kind) || TELL_CHANGES.has(kind)) return false;
    const { wishes } = this.evidence;
    if (kind === 'reminder' && leadMs === 0 && wishes.steps(oid).some((step) => step.settings.remindAtStart))
      return true;
    const seriesId = this.evidence.timeline.story(oid, eventId)?.seriesId;
    return !JUDGED.has(kind) || wishes.isAnswered(oid, [eventId, seriesId]);
  }

  keyOf({ oid, kind, eventId, startAt, leadMs }: About): string {
    if (eventId !== '') return [oid, kind, eventId, startAt, leadMs].join('|');
    return [oid, kind, leadMs, dateOf(wallOf(startAt, this.evidence.zones.at(oid, startAt)))].join('|');
  }

  wanted(about: About): Wanted[] {
    return this.byKey.get(this.keyOf(about)) ?? [];
  }

  /** As many messages are right as there were things to be said under this key by then. */
  rightful(about: About, until: number): number {
    return new Set(this.wanted(about).flatMap(({ mark, from }) => (from <= until ? [mark] : []))).size;
  }

  stretches(about: About): Stretch[] {
    const all = this.wanted(about).map((one): Stretch => {
      const { from, to, oid } = one;
      return {
        from,
        to,
        knownFrom: this.known(oid, from, one.began),
        knownTo: to === Infinity ? Infinity : this.known(oid, to, one.ended),
      };
    });
    return both(joined(all), this.evidence.wishes.watch(about.oid));
  }

  /** The earliest moment at which any of it was to be said. */
  earliest(about: About): number | undefined {
    const all = this.wanted(about);
    return all.length > 0 ? Math.min(...all.map((one) => one.earliestAt)) : undefined;
  }

  *lives(): Generator<Live> {
    const { startedAt, endedAt } = this.evidence.history;
    for (const list of this.byKey.values())
      for (const one of list) {
        const { oid, kind, eventId, startAt, leadMs, dueAt, deadlineAt } = one;
        if (!this.isOwn(one) || dueAt < startedAt || dueAt > endedAt) continue;
        if (!this.isLive(one)) continue;
        if (this.isBetweenZones(one) || this.isQuietUnclear(oid, dueAt)) {
          this.evidence.tally.add('zoneUnclear');
          continue;
        }
        // Another hour makes nothing new of it, another mark does.
        const after = Math.min(...list.flatMap((it) => (it.mark === one.mark ? [it.from, it.earliestAt] : [])));
        const attempts = (this.sends.get(this.keyOf(one)) ?? []).filter((send) => send.at >= after);
        const deliveries = attempts.filter((send) => send.stored);
        const isInDoubt = this.begun.has(one.nudgeId) || attempts.some((send) => !send.stored && send.at <= deadlineAt);
        if (deliveries.length === 0 && isInDoubt && this.kind(kind)?.whenUnknown === 'never') {
          this.evidence.tally.add('unknownSkipped');
          continue;
        }
        const words = `${kind} ${one.mark}`.trim();
        yield { kind, oid, eventId, startAt, leadMs, due: dueAt, deadline: deadlineAt, deliveries, words };
      }
  }

  /** A date is another one on another clock; and when somebody works is learnt by looking, as their zone is. */
  isBetweenZones({ oid, eventId, startAt }: Pick<Send, 'oid' | 'eventId' | 'startAt'>): boolean {
    if (eventId !== '') return false;
    const isNew = ({ from }: Stretch) => from > startAt - ZONE_SETTLES_MS && from < startAt + ZONE_SETTLES_MS;
    if (this.evidence.wishes.watch(oid).some(isNew)) return true;
    return this.evidence.zones.between(oid, startAt - ZONE_SETTLES_MS, startAt + ZONE_SETTLES_MS).length > 1;
  }

  /** Quiet hours are by the clock of a zone that the product may not know of yet. */
  isQuietUnclear(oid: string, at: number): boolean {
    const { wishes, zones } = this.evidence;
    if (!wishes.steps(oid).some((step) => step.settings.quiet)) return false;
    return zones.between(oid, at - ZONE_SETTLES_MS, at + MINUTE_MS).length > 1;
  }

  private isLive(one: Wanted): boolean {
    const { oid, from, to, dueAt } = one;
    const stretch = { from, to, knownFrom: this.known(oid, from, one.began), knownTo: Infinity };
    return both([stretch], this.evidence.wishes.watch(oid)).some(
      ({ knownFrom, to: end }) => knownFrom <= dueAt && end > dueAt + UNCHANGED_MS,
    );
  }

  private known(oid: string, at: number, cause: Cause): number {
    const { history, asleep, wishes, knownBy } = this.evidence;
    switch (cause) {
      case 'truth':
        return knownBy(oid, at);
      case 'chosen':
        return wishes.settled(wishes.doneAt(oid, at));
      case 'zone':
        return awake(asleep, Math.max(at + ZONE_SETTLES_MS, knownBy(oid, at)));
      case 'watch':
        return at;
      case 'asked':
        return awake(asleep, at + WISH_MS);
      default:
        return awake(asleep, at + history.catchUpMs + WISH_MS);
    }
  }
}
