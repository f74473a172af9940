/**
 * Row 5, timeliness: nudges that come earlier than the earliness window allows; LIVE ones that come more than 60 s late
 * while Teams answers and the tenant's limit was not used up since they were due. How it is measured:
 *
 * - Late is the first delivery, from due; where no instance ran in between, from the awakening. A notice of a change is
 *   due when the product has to know of the change.
 * - Teams did not answer (`lateExcused`) if an attempt at this k failed before, or was refused for good, or if any request was answered with an
 *   error between a minute before due and the delivery.
 * - News that nobody could say until a silence began may wait for its end (`lateExcused`).
 * - The limit (48 a second) was used up (`lateExcused`) if the tenant was sent as many messages since due as it allows,
 *   one second's worth less.
 * - Early: a reminder before due − earliness; a question for an agenda before 09:00 of the day before − earliness, where
 *   the person's zone is beyond doubt; what the product's plan of the truth judges (planned.ts) before that said.
 * - `p99LatenessMs`: of reminders and questions due at a fixed time that were not slept through.
 */
import type { Send } from '../history.ts';
import { agendaDue } from './agenda.ts';
import { MINUTE_MS, SECOND_MS } from './awake.ts';
import type { Evidence, Live } from './evidence.ts';
import { TELL_CHANGES } from './planned.ts';
import { iso } from './report.ts';

export const LATE_MS = MINUTE_MS;
const PER_SECOND = 48;

function isEarly(evidence: Evidence, send: Send): boolean {
  const { earlinessMs } = evidence.history;
  if (evidence.planned.isBetweenZones(send)) return false;
  if (evidence.planned.isOwn(send)) return send.at < (evidence.planned.earliest(send) ?? -Infinity);
  if (send.kind === 'reminder') return send.at < send.startAt - send.leadMs - earlinessMs;
  if (send.kind !== 'agenda') return false;
  const due = agendaDue(evidence, send.oid, send.startAt);
  return due !== undefined && send.at < due - earlinessMs;
}

/** The end of the last sleep between due and the delivery. */
function fromWhen(evidence: Evidence, due: number, at: number): number {
  const slept = evidence.asleep.filter((span) => span.from < at && span.to > due && span.to <= at);
  return Math.max(due, ...slept.map((span) => span.to));
}

export class Timeliness {
  private readonly errors: number[];
  private readonly attempts = new Map<string, Send[]>();
  private readonly ofTenant = new Map<string, number[]>();

  constructor(private readonly evidence: Evidence) {
    this.errors = [...evidence.history.teamsErrors].sort((a, b) => a - b);
    for (const send of evidence.history.sends) {
      const key = evidence.planned.keyOf(send);
      this.attempts.set(key, [...(this.attempts.get(key) ?? []), send]);
      const tenantId = evidence.people.get(send.oid)?.tenantId ?? '';
      const list = this.ofTenant.get(tenantId) ?? [];
      list.push(send.at);
      this.ofTenant.set(tenantId, list);
    }
    for (const list of this.ofTenant.values()) list.sort((a, b) => a - b);
  }

  count(lives: Live[]): void {
    const { tally } = this.evidence;
    tally.set('early', 0);
    tally.set('late', 0);
    for (const send of this.evidence.deliveries) if (isEarly(this.evidence, send)) this.findEarly(send);
    const lateness: number[] = [];
    for (const live of lives) {
      const [first] = live.deliveries;
      if (!first) continue;
      const from = fromWhen(this.evidence, live.due, first.at);
      if (!TELL_CHANGES.has(live.kind) && from === live.due) lateness.push(Math.max(0, first.at - live.due));
      if (first.at - from > LATE_MS) this.judgeLate(live, first, from);
    }
    lateness.sort((a, b) => a - b);
    tally.set('p99LatenessMs', lateness[Math.ceil(lateness.length * 0.99) - 1] ?? 0);
  }

  private findEarly(send: Send): void {
    this.evidence.tally.add('early');
    this.evidence.tally.find({
      row: 5,
      oid: send.oid,
      eventId: send.eventId,
      at: [send.at, send.startAt],
      says: `${this.evidence.nameOf(send.oid)}: ${send.kind} for ${iso(send.startAt)} (lead ${send.leadMs} ms) came too early, at ${iso(send.at)}.`,
    });
  }

  private judgeLate(live: Live, first: Send, from: number): void {
    const { tally } = this.evidence;
    if (this.isExcused(live, first, from)) {
      tally.add('lateExcused');
      return;
    }
    tally.add('late');
    tally.add(`late.${live.kind}`);
    tally.find({
      row: 5,
      oid: live.oid,
      eventId: live.eventId,
      at: [live.due, first.at],
      says: `${this.evidence.nameOf(live.oid)}: ${live.words} came ${Math.round((first.at - from) / SECOND_MS)} s late, at ${iso(first.at)}.`,
    });
  }

  /** Nobody could say it until then, and then there was a silence. */
  private isHeldUp({ oid, kind }: Live, first: Send, from: number): boolean {
    if (this.evidence.planned.kind(kind)?.inSilence !== 'wait') return false;
    const end = this.evidence.silences.endAfter(oid, from);
    return end === undefined || (end > from && first.at - end <= LATE_MS);
  }

  private isExcused(live: Live, first: Send, from: number): boolean {
    if (this.isHeldUp(live, first, from)) return true;
    const failed = (this.attempts.get(this.evidence.planned.keyOf(first)) ?? []).some(
      (send) => send.at < first.at && !(send.status >= 200 && send.status < 300),
    );
    if (failed || this.evidence.wasRefused(live) || countBetween(this.errors, from - MINUTE_MS, first.at) > 0)
      return true;
    const tenantId = this.evidence.people.get(live.oid)?.tenantId ?? '';
    const allowed = PER_SECOND * ((first.at - from) / SECOND_MS - 1);
    return countBetween(this.ofTenant.get(tenantId) ?? [], from, first.at) >= allowed;
  }
}

/** How many of the sorted instants lie in [from, to). */
function countBetween(sorted: number[], from: number, to: number): number {
  const before = (bound: number) => {
    let low = 0;
    for (let high = sorted.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return before(to) - before(from);
}
