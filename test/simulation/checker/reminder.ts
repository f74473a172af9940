/**
 * Reminders. Wanted for every line that is not cancelled, not a draft, not all day and not declined by the person, and
 * that is of those they want to hear about (choice.ts), while they watch, once for each of the leads they chose (or as
 * the entry itself says, where they chose that); due = start − lead. Nothing is said of one that is due in silence
 * (silence.ts). k is LIVE if it is wanted from an instant that the product has to know by due (knowledge.ts) until more
 * than 60 s after due. Whether something else about the line changed meanwhile (its place, its subject) does not matter.
 *
 * Where the scoreboard is silent: a reminder at the very start (lead 0) has no moment left "by the start" and may come
 * up to 60 s after it. Reminders of a meeting about which something was answered on a card (another lead, a snooze), and
 * those of somebody who wants them again at the start, are judged by the product's plan (planned.ts).
 */
import type { Chosen, TruthLine } from '../history.ts';
import { MINUTE_MS } from './awake.ts';
import { wishedStretches } from './choice.ts';
import type { Evidence, Live } from './evidence.ts';
import { both, type Stretch } from './spans.ts';
import { type LineStory, takesPlace } from './timeline.ts';

const UNCHANGED_MS = MINUTE_MS;

/** Those that this file knows how to judge. */
export const leadsFor = (line: TruthLine, chosen: Chosen): number[] =>
  chosen.remindAsOutlook ? (line.reminderMinutes === undefined ? [] : [line.reminderMinutes]) : chosen.remindMinutes;

const ownLeadsOf = (evidence: Evidence, story: LineStory): Set<number> =>
  new Set(
    evidence.wishes
      .steps(story.oid)
      .flatMap(({ settings }) => story.versions.flatMap(({ line }) => (line ? leadsFor(line, settings) : []))),
  );

/** Undefined: whether it would be in silence is not known. */
export function reminderStretches(
  evidence: Evidence,
  story: LineStory,
  startAt: number,
  minutes: number,
): Stretch[] | undefined {
  const line = wishedStretches(
    evidence,
    story,
    'reminder',
    (one, chosen) => takesPlace(one) && one.startAt === startAt && leadsFor(one, chosen).includes(minutes),
  );
  const audible = evidence.silences.audible(story.oid, startAt - minutes * MINUTE_MS);
  return audible && both(both(line, evidence.wishes.watch(story.oid)), audible);
}

/** Of two reminders that have come due only the later is said: each is in time until the next one is. */
function nextDue(evidence: Evidence, story: LineStory, startAt: number, due: number): number {
  const others = [...ownLeadsOf(evidence, story)].map((minutes) => startAt - minutes * MINUTE_MS);
  return Math.min(startAt, ...others.filter((one) => one > due));
}

/** All starts that the line ever had while it took place, with its subject then. */
export function startsWhile(story: LineStory, isSuch: typeof takesPlace): Map<number, string> {
  const starts = new Map<number, string>();
  for (const { line } of story.versions) if (line && isSuch(line)) starts.set(line.startAt, line.subject);
  return starts;
}

export function* liveReminders(evidence: Evidence): Generator<Live> {
  const { startedAt, endedAt } = evidence.history;
  for (const oid of evidence.people.keys())
    for (const story of evidence.timeline.stories(oid)) {
      const starts = startsWhile(story, takesPlace);
      if (starts.size === 0) continue;
      const leads = ownLeadsOf(evidence, story);
      for (const [startAt, subject] of starts)
        for (const minutes of leads) {
          const leadMs = minutes * MINUTE_MS;
          const due = startAt - leadMs;
          if (due < startedAt || due > endedAt) continue;
          const k = { kind: 'reminder', oid, eventId: story.id, startAt, leadMs };
          if (evidence.planned.isOwn(k)) continue;
          const stretches = reminderStretches(evidence, story, startAt, minutes);
          if (!stretches) evidence.tally.add('zoneUnclear');
          const isLive = stretches?.some((one) => one.knownFrom <= due && one.to > due + UNCHANGED_MS);
          if (!isLive) continue;
          const deliveries = evidence.delivered(k);
          const deadline = Math.max(nextDue(evidence, story, startAt, due), due + UNCHANGED_MS);
          yield { ...k, due, deadline, deliveries, words: `reminder ${minutes} min before "${subject}"` };
        }
    }
}
