/**
 * One meeting, one message: `differingCards` are the messages about coming meetings that do not show what is true at the
 * last look, and `overdueCards` the product's rows of cards whose showing was due long before. Read as follows:
 *
 * - Of all messages about one meeting at most one is whole; the others are a line.
 * - One that is whole shows the meeting's subject and start as they are. What tells of a change or asks something stays
 *   true when the meeting moves on: of these only that not more than one is whole, and that nothing is asked about what is
 *   cancelled or gone.
 * - Compared are those that showed a meeting to come, of people who watch, have no token trouble and are not out of
 *   reach (what Teams refused while they were is made good afterwards), if what changed last about the meeting had to be
 *   known some minutes before the last look (`openCards`). Messages that the ledger does not know (an ambiguous send) and
 *   those that Teams says are gone can't be changed. What is left out is counted as `cardsLeftOut`.
 */
import type { Card } from '../history.ts';
import { MINUTE_MS } from './awake.ts';
import type { Evidence } from './evidence.ts';
import { TELL_CHANGES } from './planned.ts';
import { iso } from './report.ts';

/** To read, to plan, and to show by the clock of whoever failed some times. */
const SHOWN_MS = 15 * MINUTE_MS;
const DISCREET = 'Private appointment';

function isComparable(evidence: Evidence, card: Card): boolean {
  const { endedAt, unreachable, tokenTrouble } = evidence.history;
  const watch = evidence.wishes.watching(card.oid, endedAt);
  if (!watch || watch.knownFrom + SHOWN_MS > endedAt || card.isStuck) return false;
  if (tokenTrouble.some((span) => span.oid === card.oid && span.to >= endedAt)) return false;
  return !unreachable.some((span) => span.oid === card.oid && span.to + SHOWN_MS > endedAt);
}

function wrongOn(evidence: Evidence, card: Card): string | undefined {
  const { endedAt } = evidence.history;
  if (card.shape === 'line' || card.kind === 'change') return undefined;
  const [story] = evidence.timeline.meant(card.oid, card.eventId);
  const line = story?.versions.at(-1)?.line;
  if (!line || line.isCancelled || line.response === 'declined') {
    const isOfSeries = evidence.timeline.story(card.oid, card.eventId) === undefined;
    return isOfSeries ? undefined : 'it stands whole, but the meeting is off';
  }
  if (TELL_CHANGES.has(card.kind) || line.startAt <= endedAt) return undefined;
  if (card.startAt !== line.startAt) return `it shows ${iso(card.startAt)} instead of ${iso(line.startAt)}`;
  if (card.subject !== line.subject && card.subject !== DISCREET)
    return `it shows "${card.subject}" instead of "${line.subject}"`;
  return undefined;
}

export function countDifferingCards(evidence: Evidence): void {
  const { history, tally } = evidence;
  const { endedAt } = history;
  tally.set('differingCards', 0);
  tally.set('comparedCards', 0);
  tally.set('overdueCards', history.overdueCards);
  if (history.overdueCards > 0)
    tally.find({ row: 6, at: [endedAt], says: `${history.overdueCards} cards wait to be shown, and nobody does it.` });
  const find = ({ oid, kind, eventId, sentAt, shownAt }: Card, why: string) => {
    tally.add('differingCards');
    const says = `${evidence.nameOf(oid)}: a card (${kind}, sent at ${iso(sentAt)}, shown at ${iso(shownAt)}) is not true: ${why}.`;
    tally.find({ row: 6, oid, eventId, at: [sentAt, shownAt], says });
  };
  const isOpen = ({ oid, eventId, sentAt }: Card) =>
    sentAt + SHOWN_MS > endedAt ||
    evidence.timeline
      .meant(oid, eventId)
      .some(({ versions }) => evidence.knownBy(oid, versions.at(-1)?.from ?? 0) + SHOWN_MS > endedAt);
  const whole = new Map<string, Card>();
  for (const card of history.cards) {
    if (card.endAt <= endedAt || !evidence.planned.kind(card.kind)) continue;
    if (!isComparable(evidence, card)) {
      tally.add('cardsLeftOut');
      continue;
    }
    if (isOpen(card)) {
      tally.add('openCards');
      continue;
    }
    tally.add('comparedCards');
    const wrong = wrongOn(evidence, card);
    if (wrong) find(card, wrong);
    if (card.shape === 'line') continue;
    const key = `${card.oid}|${card.eventId}`;
    const other = whole.get(key);
    if (other) find(other, `there is another whole one, sent at ${iso(card.sentAt)}`);
    whole.set(key, card);
  }
}
