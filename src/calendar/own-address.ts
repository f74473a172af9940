/** Whose calendar it is, by what Outlook calls them where they organise. Pure. */
import type { CalendarEvent } from './event.ts';

/** Exchange's own names ("/o=…/cn=…") are no addresses. */
const ADDRESS = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/**
 * @param entries of any of the person's calendars; those that others share say nothing
 * @returns undefined where none of them tells
 */
export function ownAddress(entries: readonly CalendarEvent[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { isOrganizer, calendarId, organizer } of entries) {
    if (!isOrganizer || calendarId !== '' || !ADDRESS.test(organizer.address)) continue;
    counts.set(organizer.address, (counts.get(organizer.address) ?? 0) + 1);
  }
  // Somebody whose address changed has both; the one that most entries name is likelier theirs.
  const [first] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return first?.[0];
}
