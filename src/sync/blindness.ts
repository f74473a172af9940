/**
 * "I was blind from 09:12 to 11:40. Meanwhile: …": when watching was interrupted for longer than a set time, one message
 * says from when to when and what changed; those changes need no notices of their own.
 */
import type { Change } from '../calendar/difference.ts';
import { onceChanged } from '../calendar/once.ts';
import { type BlindFacts, type BlindLine, MOST_BLIND_LINES } from '../nudges/blind.ts';
import { DISCREET_SUBJECT, disguised } from '../nudges/chosen.ts';
import { meetingFacts } from '../nudges/facts.ts';
import { DEFAULT_SETTINGS, type Settings } from '../nudges/settings.ts';
import type { Outage } from '../store/outages.ts';

export interface Blindness {
  fromAt: number;
  toAt: number;
}

/**
 * @param blindSince since when changes of this mailbox may have gone unseen
 * @param syncedAt when it was last read: what lies before was seen
 * @param outages times at which no instance ran
 */
export function blindness(
  known: { blindSince: number | null; syncedAt: number | null; outages: Outage[] },
  leastMs: number,
  now: number,
): Blindness | undefined {
  const { syncedAt, blindSince, outages } = known;
  if (syncedAt === null) return undefined;
  // Once somebody runs again, notifications come; what was not read yet by then is late, but not unseen.
  const spans = outages.map((one) => ({ fromAt: Math.max(one.fromAt, syncedAt), toAt: Math.min(one.toAt, now) }));
  if (blindSince !== null) spans.push({ fromAt: Math.max(blindSince, syncedAt), toAt: now });
  const long = spans.filter((span) => span.toAt - span.fromAt >= leastMs);
  if (long.length === 0) return undefined;
  return {
    fromAt: Math.min(...long.map((span) => span.fromAt)),
    toAt: Math.max(...long.map((span) => span.toAt)),
  };
}

/** What a change is in a few words; undefined when it is nothing that a person has to know. */
function wordFor(change: Change): BlindLine['change'] | undefined {
  const { kind, before, after } = change;
  const event = after ?? before;
  if (!event || event.isDraft || (after ?? before)?.response === 'declined') return undefined;
  switch (kind) {
    case 'created':
      // What they made themselves is no news to them.
      return event.isOrganizer || event.isCancelled ? undefined : 'invited';
    case 'removed':
      // In a shared calendar nobody is the organiser for us, but its owner's deleting is a cancellation all the same.
      return (event.isOrganizer || event.response === 'organizer') && !event.isCancelled ? 'cancelled' : undefined;
    case 'cancelled':
    case 'restored':
      return kind;
    case 'moved':
      return event.isCancelled ? undefined : 'moved';
    case 'placeChanged':
      return event.isCancelled ? undefined : 'place';
    case 'linkChanged':
      return event.isCancelled ? undefined : 'link';
    default:
      return undefined;
  }
}

/** Private before or after: its owner may have just made it so. */
const isHidden = ({ before, after }: Change, settings: Settings) =>
  [before, after].some((event) => event !== undefined && disguised(event, settings) !== event);

function lineFor(change: Change, fromAt: number, settings: Settings): BlindLine | undefined {
  const word = wordFor(change);
  const event = change.after ?? change.before;
  if (!word || !event || Math.max(event.endAt, change.before?.endAt ?? 0) <= fromAt) return undefined;
  const { subject, startAt, endAt, allDay, place } = meetingFacts(event);
  const isDiscreet = isHidden(change, settings);
  return {
    change: word,
    eventId: change.eventId,
    subject: isDiscreet ? DISCREET_SUBJECT : subject || (change.before?.subject ?? ''),
    startAt,
    endAt,
    ...(allDay ? { allDay } : {}),
    ...(isDiscreet ? { isDiscreet } : {}),
    ...(place && !isDiscreet ? { place } : {}),
    ...(change.before
      ? {
          before: {
            startAt: change.before.startAt,
            endAt: change.before.endAt,
            ...(change.before.allDay ? { allDay: change.before.allDay } : {}),
          },
        }
      : {}),
    occurrences: change.occurrences.length,
  };
}

/** What the message says, and which of the changes it tells. */
export function tell(
  { fromAt, toAt }: Blindness,
  changes: Change[],
  settings: Settings = DEFAULT_SETTINGS,
): { facts: BlindFacts; told: Set<Change> } {
  const told = changes.filter((change) => lineFor(change, fromAt, settings) !== undefined);
  // A meeting in two watched calendars is one line, and both its changes are told by it.
  const lines = onceChanged(told).flatMap((change) => lineFor(change, fromAt, settings) ?? []);
  lines.sort((a, b) => a.startAt - b.startAt);
  return {
    facts: {
      fromAt,
      toAt,
      changes: lines.slice(0, MOST_BLIND_LINES),
      more: Math.max(0, lines.length - MOST_BLIND_LINES),
    },
    told: new Set(told),
  };
}
