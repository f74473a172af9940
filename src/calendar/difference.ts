/**
 * Changes come out of comparing before and after, never out of a notification: replays and re-orders give none.
 */
import type { CalendarEvent } from './event.ts';
import type { Merged } from './merge.ts';

export type ChangeKind = 'created' | 'moved' | 'cancelled' | 'removed' | 'placeChanged' | 'other';

export interface Change {
  kind: ChangeKind;
  eventId: string;
  before?: CalendarEvent;
  after?: CalendarEvent;
}

export function kindOfChange(before: CalendarEvent, after: CalendarEvent): ChangeKind {
  if (!before.isCancelled && after.isCancelled) return 'cancelled';
  if (before.startAt !== after.startAt || before.endAt !== after.endAt) return 'moved';
  if (before.place?.name !== after.place?.name) return 'placeChanged';
  return 'other';
}

/** Changes of single entries, occurrences and exceptions; a series' head stands for nothing that takes place. */
export function changesOf(stored: CalendarEvent[], merged: Merged): Change[] {
  const before = new Map(stored.map((event) => [event.id, event]));
  const changes: Change[] = [];
  for (const after of merged.upserts) {
    if (after.type === 'master') continue;
    const known = before.get(after.id);
    if (!known) changes.push({ kind: 'created', eventId: after.id, after });
    else changes.push({ kind: kindOfChange(known, after), eventId: after.id, before: known, after });
  }
  for (const gone of merged.removals) {
    if (gone.type !== 'master') changes.push({ kind: 'removed', eventId: gone.id, before: gone });
  }
  return changes;
}
