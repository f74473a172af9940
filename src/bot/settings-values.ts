/** Values of settings, as people write them: read from a card's input and from what is typed alike. Pure. */
import { timeOfDay } from '../calendar/words-of-time.ts';
import type { Settings } from '../nudges/settings.ts';

export type Value<T> = { value: T } | { problem: string };

const MOST_MINUTES = 24 * 60;
const MOST_LEADS = 5;
const MOST_SPARE = 120;

const isNone = (text: string) => /^(?:|off|no|none|never|keine?)$/i.test(text.trim());

/** "30, 10, 2", "30 and 10 min before"; nothing for none. Most first. */
export function readLeads(text: string): Value<number[]> {
  if (isNone(text)) return { value: [] };
  const words = text
    .toLowerCase()
    .replace(/\b(?:min|mins|minutes?|m|before|and|und)\b|(?<=\d)(?:min|m)\b/g, ' ')
    .split(/[\s,;+/]+/)
    .filter(Boolean);
  const minutes = words.map((word) => (/^\d{1,4}$/.test(word) ? Number(word) : Number.NaN));
  const leads = [...new Set(minutes)].sort((a, b) => b - a);
  const isSound = leads.length > 0 && leads.every((one) => one >= 1 && one <= MOST_MINUTES);
  return isSound && leads.length <= MOST_LEADS
    ? { value: leads }
    : {
        problem: `How many minutes before? For example 30, 10, 2 (1 to ${MOST_MINUTES}, up to ${MOST_LEADS} of them).`,
      };
}

export function readSpare(text: string): Value<number> {
  const typed = /^(\d{1,3})(?:\s?(?:m|min|minutes?))?$/i.exec(text.trim())?.[1];
  const minutes = isNone(text) && text.trim() !== '' ? 0 : Number(typed ?? Number.NaN);
  return minutes <= MOST_SPARE
    ? { value: minutes }
    : { problem: `How many minutes of spare time? 0 to ${MOST_SPARE}, for example 10.` };
}

/** "auto": when the working day begins. */
export function readDigestHour(text: string): Value<Settings['digestAt']> {
  const time = /^auto(?:matic)?$/i.test(text.trim()) ? 'auto' : timeOfDay(text.replace(/^at /i, ''));
  return time === undefined
    ? { problem: 'At which hour? For example 7:30; “auto” is when your working day begins.' }
    : { value: time };
}

/** "22-7", "22:00 to 7:00", "from 10 pm until 7 am"; nothing for none. */
export function readQuiet(text: string): Value<Settings['quiet']> {
  if (isNone(text)) return { value: null };
  const [from, to, more] = text
    .trim()
    .replace(/^from /i, '')
    .split(/\s*(?:[-–—]|\bto\b|\buntil\b|\btill\b|\bbis\b)\s*/i)
    .map(timeOfDay);
  return from === undefined || to === undefined || more !== undefined || from === to
    ? { problem: 'From when to when? For example 22:00–7:00; nothing for no quiet hours.' }
    : { value: { from, to } };
}

export const quietWords = ({ from, to }: NonNullable<Settings['quiet']>): string => `${from}–${to}`;
