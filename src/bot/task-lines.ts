/** "Ann: send the offer by Friday": who does what, a line each. Pure. */
import { dueDateIn } from '../calendar/due-date.ts';
import type { Party } from '../calendar/event.ts';
import type { Asking } from '../calendar/words-of-time.ts';
import { clip } from './cards/parts.ts';

/** To Do takes no longer title. */
const LONGEST_TASK = 250;
/** What people call themselves, in the languages in which dates are understood. */
const ME = new Set(['me', 'i', 'myself', 'ich', 'mir', 'moi', 'je', 'yo', 'io', 'ik', 'jag', 'eu', 'minä', 'я', '私']);

export interface TaskLine {
  text: string;
  /** Undefined: the writer's own. */
  who?: Party;
  dueDate?: string;
}

/** Lines without list marks, none empty. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/^\s*(?:[-*•–]|\d{1,2}[.)])\s+/, '')
        .replace(/[\s\p{Cc}]+/gu, ' ')
        .trim(),
    )
    .filter((line) => line !== '');
}

const bare = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const wordsOf = (text: string) =>
  bare(text)
    .split(/[\s,.]+/)
    .filter(Boolean);

/** By any of their names, or their address. */
function isCalled({ name, address }: Party, label: string): boolean {
  if (address !== '' && bare(label) === address) return true;
  const known = new Set(wordsOf(name));
  const words = wordsOf(label);
  return words.length > 0 && words.every((word) => known.has(word));
}

/** 'me', a person, or nobody: two of one name are told apart by whoever reads the line. */
function whoIs(label: string, people: readonly Party[], me: Party | undefined): Party | 'me' | undefined {
  if (ME.has(label.trim().toLowerCase())) return 'me';
  const called = people.filter((one) => isCalled(one, label));
  const isMe = me !== undefined && isCalled(me, label);
  if (isMe) return called.length === 0 ? 'me' : undefined;
  return called.length === 1 ? called[0] : undefined;
}

/** "Ann", "Miller, Ann", "Ann and Bob". Undefined: it is no name, but part of what is to be done ("Budget: ask"). */
function namedIn(label: string, people: readonly Party[], me: Party | undefined): (Party | 'me')[] | undefined {
  const whole = whoIs(label, people, me);
  if (whole) return [whole];
  const parts = label.split(/\s*(?:,|;|&|\+|\/|\s(?:and|und|et|y|e|en|och)\s)\s*/i).filter(Boolean);
  const found = parts.map((one) => whoIs(one, people, me));
  return parts.length > 1 && found.every((one) => one !== undefined) ? [...new Set(found)] : undefined;
}

/** @param people the others in the meeting */
export function taskLines(
  text: string,
  { people, me }: { people: readonly Party[]; me?: Party },
  asking: Asking,
): TaskLine[] {
  return linesOf(text).flatMap((line): TaskLine[] => {
    const [, label = '', rest = ''] = /^@?([^:：]{1,80})[:：]\s*(\S.*)$/u.exec(line) ?? [];
    const named = label === '' ? undefined : namedIn(label, people, me);
    const todo = named ? rest : line;
    const dueDate = dueDateIn(todo, asking);
    const task = { text: clip(todo, LONGEST_TASK), ...(dueDate ? { dueDate } : {}) };
    return named ? named.map((who) => (who === 'me' ? task : { ...task, who })) : [task];
  });
}
