/**
 * "Your meeting has no agenda": to the organiser of a meeting with other people (rooms don't count) that has no agenda
 * text, at 09:00 in their zone on the day before; for a meeting made later at once; not when they answered that none is
 * needed; after a silence (silence.ts) where it is due in one. Two clear cases are LIVE, the rest is counted as
 * `agendaUnclear`, also what was answered otherwise (put off, for one):
 *
 * - It is wanted from an instant that the product has to know by 09:00 (so watching began well before) until more than
 *   60 s after it, and was not asked about under another start within the 3 days before.
 * - A meeting that is made after its 09:00, by somebody who is watching, and stays such until more than 60 s after the
 *   product has to know of it. It is due then.
 *
 * A person's zone is learnt by looking, not by being told: when it changed within the 26 hours before 09:00 (a day and
 * two hours' slack) or the minute after, nothing is claimed (`zoneUnclear`).
 */
import type { TruthLine } from '../history.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './awake.ts';
import { hasOthers, wishedStretches } from './choice.ts';
import { nineTheDayBefore } from './days.ts';
import type { Evidence, Live } from './evidence.ts';
import { startsWhile } from './reminder.ts';
import { both, type Stretch } from './spans.ts';
import { type LineStory, takesPlace } from './timeline.ts';

export const ASKED_AGAIN_AFTER_MS = 3 * DAY_MS;
const ZONE_SETTLES_MS = 26 * HOUR_MS;
const UNCHANGED_MS = MINUTE_MS;

export const lacksAgenda = (line: TruthLine): boolean =>
  takesPlace(line) && line.isOrganizer && line.agenda === '' && hasOthers(line);

export function agendaStretches(evidence: Evidence, story: LineStory, startAt: number): Stretch[] {
  const { wishes } = evidence;
  const line = wishedStretches(evidence, story, 'agenda', (one) => lacksAgenda(one) && one.startAt === startAt);
  if (line.length === 0) return [];
  return both(both(line, wishes.watch(story.oid)), wishes.agendaAsked(story.oid, [story.id, story.seriesId]));
}

/** 09:00 the day before; undefined where the person's zone was changing. */
export function agendaDue(evidence: Evidence, oid: string, startAt: number): number | undefined {
  const guess = nineTheDayBefore(startAt, evidence.zones.at(oid, startAt - DAY_MS));
  const zones = evidence.zones.between(oid, guess - ZONE_SETTLES_MS, guess + UNCHANGED_MS);
  return zones.length === 1 ? nineTheDayBefore(startAt, zones[0] ?? 'UTC') : undefined;
}

/** Made while we looked on: it was not there when the history began, nor made before it came. */
function isMadeAt(story: LineStory, at: number, startedAt: number): boolean {
  const [first] = story.versions;
  if (!first?.line || first.from !== at || at <= startedAt) return false;
  return (first.line.createdAt ?? at) >= at - MINUTE_MS;
}

export function* liveAgendas(evidence: Evidence): Generator<Live> {
  const { history, tally } = evidence;
  for (const oid of evidence.people.keys())
    for (const story of evidence.timeline.stories(oid))
      for (const [startAt, subject] of startsWhile(story, lacksAgenda)) {
        const stretches = agendaStretches(evidence, story, startAt);
        if (stretches.length === 0) continue;
        const nine = agendaDue(evidence, oid, startAt);
        if (nine === undefined) {
          tally.add('zoneUnclear');
          continue;
        }
        if (nine > history.endedAt || startAt < history.startedAt) continue;
        const isAnswered = evidence.wishes.isAnswered(oid, [story.id, story.seriesId]);
        const due = stretches.flatMap((stretch) => dueIn(evidence, stretch, story, nine, startAt))[0];
        if (due === undefined || isAnswered || wasAsked(evidence, story, startAt, due)) {
          tally.add('agendaUnclear');
          continue;
        }
        if (due > history.endedAt) continue;
        const k = { kind: 'agenda', oid, eventId: story.id, startAt, leadMs: 0 };
        const deliveries = evidence.delivered(k);
        yield { ...k, due, deadline: startAt, deliveries, words: `question for the agenda of "${subject}"` };
      }
}

function dueIn(
  evidence: Evidence,
  { from, to, knownFrom }: Stretch,
  story: LineStory,
  nine: number,
  startAt: number,
): number[] {
  const isInTime = knownFrom + UNCHANGED_MS < to && knownFrom + UNCHANGED_MS <= startAt;
  const isLate = from > nine && isInTime && isMadeAt(story, from, evidence.history.startedAt);
  const first = knownFrom <= nine ? nine : isLate ? knownFrom : undefined;
  const due = first === undefined ? undefined : evidence.silences.endAfter(story.oid, first);
  return due !== undefined && to > due + UNCHANGED_MS && startAt > due + UNCHANGED_MS ? [due] : [];
}

/** Asked about this line at another start, not long before. */
function wasAsked(evidence: Evidence, { oid, id }: LineStory, startAt: number, due: number): boolean {
  return evidence
    .ofKind(oid, 'agenda')
    .some(
      (send) =>
        send.eventId === id &&
        send.startAt !== startAt &&
        send.at <= due + DAY_MS &&
        send.at > due - ASKED_AGAIN_AFTER_MS,
    );
}
