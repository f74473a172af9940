/** Who answered my invitations, for a digest: "Planning: 3 accepted, 1 declined". Pure. */
import type { CalendarEvent, Response } from '../calendar/event.ts';
import { disguised, isChosen } from './chosen.ts';
import { short } from './day-shape.ts';
import type { NoticedChange, PlanInput } from './nudge.ts';

export interface RsvpNews {
  subject: string;
  startAt: number;
  accepted: number;
  declined: number;
  tentative: number;
}

type Pair = { before: CalendarEvent; after: CalendarEvent };

/** By meeting, a series as one: as it was before the first of the changes, and after the last. */
function pairsOf(changes: readonly NoticedChange[], since: number): Map<string, Pair> {
  const pairs = new Map<string, Pair & { fromAt: number; toAt: number }>();
  for (const { before, after, aspects, noticedAt, seriesId, eventId } of changes) {
    if (!before || !after || noticedAt < since || !aspects.includes('answersChanged')) continue;
    if (!after.isOrganizer) continue;
    const key = seriesId ?? eventId;
    const known = pairs.get(key) ?? { before, after, fromAt: noticedAt, toAt: noticedAt };
    if (noticedAt < known.fromAt) Object.assign(known, { before, fromAt: noticedAt });
    if (noticedAt > known.toAt) Object.assign(known, { after, toAt: noticedAt });
    pairs.set(key, known);
  }
  return pairs;
}

function countsOf({ before, after }: Pair): Record<'accepted' | 'declined' | 'tentative', number> {
  const was = new Map<string, Response>(before.attendees.map((one) => [one.address, one.response]));
  const counts = { accepted: 0, declined: 0, tentative: 0 };
  for (const { address, type, response } of after.attendees)
    if (type !== 'resource' && was.get(address) !== response && response in counts)
      counts[response as keyof typeof counts] += 1;
  return counts;
}

/** Of meetings that are still to come at `dueAt`, soonest first. */
export function rsvpNews(
  { changes, events, person }: PlanInput,
  since: number,
  dueAt: number,
  most: number,
): RsvpNews[] {
  const pairs = pairsOf(changes, since);
  if (pairs.size === 0) return [];
  const known = new Map(events.map((event) => [event.id, event]));
  return [...pairs.values()]
    .flatMap((pair): RsvpNews[] => {
      const now = known.get(pair.after.id) ?? pair.after;
      if (now.isCancelled || now.endAt <= dueAt || !isChosen(now, person.settings)) return [];
      const counts = countsOf(pair);
      if (counts.accepted + counts.declined + counts.tentative === 0) return [];
      return [{ subject: short(disguised(now, person.settings).subject), startAt: now.startAt, ...counts }];
    })
    .sort((a, b) => a.startAt - b.startAt || (a.subject < b.subject ? -1 : 1))
    .slice(0, most);
}
