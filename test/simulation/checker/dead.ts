/**
 * Row 4, dead nudges: deliveries for a DEAD k, one that was unwanted already at due − L and stayed so until the start; and
 * for a k that never existed. As nudges may be sent a little early, the product must also have had to know of the end by
 * the time of the sending. What it had to know by then, but not by due, is reported as `staleSends`.
 *
 * Per kind, where the scoreboard is silent:
 *
 * - `agenda`: due is when it was sent. Asked about a line again within 3 days, at another start, though the first question
 *   was recorded 3 minutes before: dead. Of what was there and due before watching began only the next one is asked; each
 *   further one is a finding and counted as `askedBeyondNext`.
 * - Those that tell of changes: dead if the truth never took such a step before it was sent (an invitee's own tidying is
 *   none), or if the person did it themselves and did not ask to be told. That the state was changed again since is no
 *   fault: a notice tells what happened.
 * - Every kind about an event: dead if watching was off, and the product had to know it; or if it is muted, left out by
 *   choice, or due in a silence.
 * - Kinds without a judge of their own: by the product's plan of the truth (planned.ts).
 */
import type { Send } from '../history.ts';
import { ASKED_AGAIN_AFTER_MS, agendaDue, agendaStretches, lacksAgenda } from './agenda.ts';
import { MINUTE_MS } from './awake.ts';
import { whyNoNews } from './change.ts';
import type { Evidence } from './evidence.ts';
import { reminderStretches } from './reminder.ts';
import { iso } from './report.ts';
import type { Stretch } from './spans.ts';

const RECORDED_MS = 3 * MINUTE_MS;

interface Verdict {
  isDead: boolean;
  why: string;
}

const NEVER: Verdict = { isDead: true, why: 'it was never to be said' };

/** @param due by when its end had to be known for k to be DEAD */
function byStretches(send: Send, stretches: Stretch[], due: number): Verdict | undefined {
  if (stretches.every((one) => one.from > send.at)) return NEVER;
  const until = Math.max(send.startAt, send.at);
  if (stretches.some((one) => one.from <= until && one.to > send.at)) return undefined;
  const last = stretches.findLast((one) => one.to <= send.at);
  if (!last || last.knownTo > send.at) return undefined;
  return { isDead: last.knownTo <= due, why: `it had ended at ${iso(last.to)}` };
}

function verdictOn(evidence: Evidence, send: Send): Verdict | undefined {
  const { timeline, planned } = evidence;
  const { oid, kind, eventId, startAt, leadMs } = send;
  const story = timeline.story(oid, eventId);
  if (kind === 'reminder' && !planned.isOwn(send)) {
    if (!story) return NEVER;
    const stretches = reminderStretches(evidence, story, startAt, leadMs / MINUTE_MS);
    return stretches && byStretches(send, stretches, startAt - leadMs);
  }
  if (kind === 'agenda' && !planned.isOwn(send)) {
    if (!story) return NEVER;
    const verdict = byStretches(send, agendaStretches(evidence, story, startAt), send.at);
    return verdict ?? askedAgain(evidence, send) ?? inSilence(evidence, send, startAt);
  }
  if (planned.isOwn(send)) return byPlan(evidence, send);
  return eventId === '' ? undefined : (offWatch(evidence, send) ?? ofChange(evidence, send));
}

function offWatch(evidence: Evidence, { oid, at }: Send): Verdict | undefined {
  const watch = evidence.wishes.watch(oid).findLast((one) => one.from <= at);
  if (!watch) return { isDead: true, why: 'they had never asked to be watched' };
  if (watch.to > at || watch.knownTo > at) return undefined;
  return { isDead: true, why: `watching was off since ${iso(watch.to)}` };
}

function ofChange(evidence: Evidence, send: Send): Verdict | undefined {
  const why = whyNoNews(evidence, send);
  return why === undefined ? undefined : { isDead: true, why };
}

function byPlan(evidence: Evidence, send: Send): Verdict | undefined {
  const { planned, tally } = evidence;
  if (planned.isBetweenZones(send) || planned.isQuietUnclear(send.oid, send.at)) {
    tally.add('zoneUnclear');
    return undefined;
  }
  const wanted = planned.wanted(send);
  if (planned.kind(send.kind)?.remembers && wanted.every((one) => one.from > send.at)) {
    tally.add('plannedUnclear');
    return undefined;
  }
  const due = Math.max(...wanted.flatMap((one) => (one.from <= send.at ? [one.dueAt] : [])), -Infinity);
  return byStretches(send, planned.stretches(send), due === -Infinity ? send.at : due);
}

/** It was due in a silence, and said before its end. */
function inSilence(evidence: Evidence, send: Send, startAt: number): Verdict | undefined {
  const { oid, at } = send;
  const nine = agendaDue(evidence, oid, startAt);
  if (nine === undefined || !evidence.silences.isCertain(oid, nine, true)) return undefined;
  const end = evidence.silences.endAfter(oid, nine);
  if (end === undefined || end <= at || !evidence.silences.isCertain(oid, at, true)) return undefined;
  return { isDead: true, why: `they wanted silence until ${iso(end)}` };
}

function askedAgain(evidence: Evidence, send: Send): Verdict | undefined {
  const earlier = evidence
    .ofKind(send.oid, 'agenda')
    .find(
      (one) =>
        one.eventId === send.eventId &&
        one.startAt !== send.startAt &&
        one.recorded &&
        one.at > send.at - ASKED_AGAIN_AFTER_MS &&
        (one.answeredAt ?? one.at) + RECORDED_MS < send.at,
    );
  return earlier && { isDead: true, why: `it was asked about at ${iso(earlier.at)} already` };
}

/** Questions for what was there and due before watching began, beyond the next. */
function* beyondNext(evidence: Evidence): Generator<Send> {
  for (const oid of evidence.people.keys())
    for (const watch of evidence.wishes.watch(oid)) {
      const isOld = (send: Send) => {
        const versions = evidence.timeline.story(oid, send.eventId)?.versions ?? [];
        const then = versions.find((one) => one.from < watch.from && one.to > watch.from)?.line;
        const due = agendaDue(evidence, oid, send.startAt);
        return (
          then !== undefined &&
          then.startAt === send.startAt &&
          lacksAgenda(then) &&
          due !== undefined &&
          due < watch.from
        );
      };
      const asked = evidence
        .ofKind(oid, 'agenda')
        .filter((one) => one.at >= watch.from && one.at < watch.to && isOld(one));
      const events = new Set<string>();
      for (const send of asked) {
        if (events.size > 0 && !events.has(send.eventId)) yield send;
        events.add(send.eventId);
      }
    }
}

export function countDead(evidence: Evidence): void {
  const { tally } = evidence;
  for (const figure of ['deadNudges', 'staleSends', 'askedBeyondNext']) tally.set(figure, 0);
  const find = (send: Send, why: string) =>
    tally.find({
      row: 4,
      oid: send.oid,
      eventId: send.eventId,
      at: [send.at, send.startAt],
      says: `${evidence.nameOf(send.oid)}: ${send.kind} (start ${iso(send.startAt)}) was sent at ${iso(send.at)}, but ${why}.`,
    });
  for (const send of evidence.deliveries) {
    const verdict = verdictOn(evidence, send);
    if (!verdict) continue;
    if (verdict.isDead) {
      tally.add('deadNudges');
      tally.add(`dead.${send.kind}`);
      find(send, verdict.why);
    } else tally.add('staleSends');
  }
  for (const send of beyondNext(evidence)) {
    tally.add('askedBeyondNext');
    find(send, 'it was due before watching began, and the next one had been asked about');
  }
}
