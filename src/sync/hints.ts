/**
 * What a notification says of itself is only a hint: an entry and its version. Of a version that the replica holds
 * already there is nothing to read; Graph tells one edit about three times. In doubt, and for deletions, we read.
 */
import { MOST_WAITING, type WaitingNotice } from '../store/inbox.ts';

/** `W/"CQAA…"` and `CQAA…` are the same version: the etag is the changeKey in quotes. */
export function versionIn(etag: string): string {
  return etag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
}

/** Whether every notice speaks of a version that the replica holds. One of a subscription that is gone may lead anywhere. */
export function isKnownAlready(notices: WaitingNotice[], versions: ReadonlyMap<string, string>): boolean {
  if (notices.length >= MOST_WAITING) return false;
  return notices.every(
    ({ word, calendarId, hintEventId, hintEtag }) =>
      word !== 'deleted' &&
      calendarId !== null &&
      hintEventId !== null &&
      hintEtag !== null &&
      versionIn(versions.get(hintEventId) ?? '?') === versionIn(hintEtag),
  );
}

/** The calendars that these notices speak of; undefined: one is of a subscription that is gone, so it may be any. */
export function calendarsNamed(notices: WaitingNotice[]): Set<string> | undefined {
  const named = new Set<string>();
  for (const { calendarId } of notices) {
    if (calendarId === null) return undefined;
    named.add(calendarId);
  }
  return named;
}
