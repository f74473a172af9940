/**
 * Reminders. Wanted for every line that is not cancelled, not a draft, not all day and not declined by the person, while
 * they watch, once for each of the leads they chose; due = start − lead. k is LIVE if it is wanted from an instant that
 * the product has to know by due (knowledge.ts) until more than 60 s after due. Whether something else about the line
 * changed meanwhile (its place, its subject) does not matter.
 *
 * Where the scoreboard is silent: a reminder at the very start (lead 0) has no moment left "by the start" and may come
 * up to 60 s after it.
 */
import { MINUTE_MS } from './awake.ts';
import type { Evidence, Live } from './evidence.ts';
import { both, type Stretch } from './spans.ts';
import { type LineStory, stretchesOf, takesPlace } from './timeline.ts';

const UNCHANGED_MS = MINUTE_MS;

export function reminderStretches(evidence: Evidence, story: LineStory, startAt: number, minutes: number): Stretch[] {
  const line = stretchesOf(story, (one) => takesPlace(one) && one.startAt === startAt, evidence.knownBy);
  const asked = both(evidence.wishes.watch(story.oid), evidence.wishes.leads(story.oid).get(minutes) ?? []);
  return both(line, asked);
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
    for (const story of evidence.timeline.stories(oid))
      for (const [startAt, subject] of startsWhile(story, takesPlace))
        for (const minutes of evidence.wishes.leads(oid).keys()) {
          const leadMs = minutes * MINUTE_MS;
          const due = startAt - leadMs;
          if (due < startedAt || due > endedAt) continue;
          const isLive = reminderStretches(evidence, story, startAt, minutes).some(
            (stretch) => stretch.knownFrom <= due && stretch.to > due + UNCHANGED_MS,
          );
          if (!isLive) continue;
          const k = { kind: 'reminder', oid, eventId: story.id, startAt, leadMs };
          const deliveries = evidence.delivered(k);
          const deadline = Math.max(startAt, due + UNCHANGED_MS);
          yield { ...k, due, deadline, deliveries, words: `reminder ${minutes} min before "${subject}"` };
        }
}
