/**
 * An entry that somebody drags from one watched calendar to another keeps its id: gone here and new there is neither a
 * cancellation nor an invitation. Only what differs besides is news.
 */
import { aspectsOf, type Change } from './difference.ts';
import { isPrivate, withoutContent } from './private.ts';

/** @param changes of all calendars that were read together */
export function acrossCalendars(changes: Change[]): Change[] {
  const gone = new Map(changes.filter((one) => one.kind === 'removed').map((one) => [one.eventId, one]));
  const arrived = new Set<string>();
  const kept = changes.flatMap((change): Change[] => {
    const was = change.kind === 'created' ? gone.get(change.eventId)?.before : undefined;
    const before = was && change.after && isPrivate(change.after) ? withoutContent(was) : was;
    if (!before || !change.after || before.calendarId === change.after.calendarId) return [change];
    arrived.add(change.eventId);
    const aspects = aspectsOf(before, change.after);
    const [kind] = aspects;
    return kind ? [{ ...change, kind, aspects, before }] : [];
  });
  return kept.filter((one) => one.kind !== 'removed' || !arrived.has(one.eventId));
}
