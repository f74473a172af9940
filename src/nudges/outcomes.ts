/** What came of a message's changes: of a group (changes.ts) the state before the first and after the last. Pure. */
import { createHash } from 'node:crypto';
import type { CalendarEvent } from '../calendar/event.ts';
import { fingerprint } from '../calendar/merge.ts';
import { type ChangeWord, type Group, type Judged, WORDS, wordsBetween } from './changes.ts';

/** From before the first to after the last, as far as they are about the same entry. */
export interface Outcome {
  before?: CalendarEvent;
  /** What there is to be seen of it; of what was deleted, what was there. */
  event: CalendarEvent;
  /** All that is told and is so in the end, heaviest first; none: it only takes time. */
  words: ChangeWord[];
  /** Changed, and changed back. */
  isBack: boolean;
  occurrences: number;
  /** What happened at once to other occurrences of the series. */
  others: { word: ChangeWord; event: CalendarEvent; occurrences: number }[];
}

const MOST_OTHERS = 3;

/** The entry from change to change; those of a series' other occurrences stand apart. */
function followed({ first, all }: Group): { linked: Judged[]; apart: Judged[]; after?: CalendarEvent } {
  let { after } = first.change;
  let id = (after ?? first.change.before)?.id;
  const linked = [first];
  const apart: Judged[] = [];
  for (const one of all.slice(1)) {
    const { before, after: next } = one.change;
    if ((before ?? next)?.id !== id) apart.push(one);
    else {
      linked.push(one);
      // What was called off is tidied away; the news is that it was called off.
      if (next || !before?.isCancelled) after = next;
      id = next?.id ?? id;
    }
  }
  return { linked, apart, ...(after ? { after } : {}) };
}

/** What is told in the end; undefined when there is nothing left to tell. */
function wordsIn(linked: Judged[], after: CalendarEvent | undefined): Pick<Outcome, 'words' | 'isBack'> | undefined {
  const before = linked[0]?.change.before;
  const heard = WORDS.filter((word) => linked.some((one) => one.told.includes(word)));
  if (after?.response === 'declined') return undefined;
  if (heard.includes('invited')) return after && !after.isCancelled ? { words: ['invited'], isBack: false } : undefined;
  const words = wordsBetween(before, after).filter((word) => heard.includes(word));
  if (words.length > 0 || heard.length === 0) return { words, isBack: false };
  // Gone by the person's own hand.
  if (!after) return undefined;
  return { words: heard.includes('cancelled') ? ['restored'] : heard.slice(0, 1), isBack: true };
}

export function outcomeOf(group: Group): Outcome | undefined {
  const { before } = group.first.change;
  const { linked, apart, after } = followed(group);
  const event = after ?? before;
  const end = wordsIn(linked, after);
  if (!event || !end) return undefined;
  const isSame = ({ told: [word] }: Judged) => word !== undefined && end.words.includes(word);
  const ids = [...linked, ...apart.filter(isSame)].flatMap((one) => one.change.occurrences.map((it) => it.eventId));
  const others = apart.flatMap((one) => {
    const [word] = one.told;
    const other = one.change.before ?? one.change.after;
    return word && other && !isSame(one) ? [{ word, event: other, occurrences: one.change.occurrences.length }] : [];
  });
  return {
    ...(before ? { before } : {}),
    event,
    ...end,
    occurrences: new Set(ids).size,
    others: others.slice(0, MOST_OTHERS),
  };
}

/** Of the first change alone. The versions make two equal moves, one after the other, two messages. */
export function markOf({ first: { change, words } }: Pick<Group, 'first'>): string {
  const { before, after, occurrences } = change;
  const told = [words[0] ?? 'taken', occurrences, before?.changeKey ?? '', after?.changeKey ?? ''];
  return createHash('sha256').update(fingerprint(told)).digest('base64url').slice(0, 16);
}
