/** "I was blind from 09:12 to 11:40. Meanwhile: …" */
import type { Message } from '../../delivery/message.ts';
import type { BlindFacts, BlindLine } from '../../nudges/blind.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor, subjectOf, when } from './meeting.ts';
import { kicker, line, message, plain, row, subtle, title } from './parts.ts';

const ICONS: Record<BlindLine['change'], string> = {
  invited: '📨',
  moved: '🔁',
  cancelled: '🚫',
  restored: '♻️',
  place: '📍',
  link: '🔗',
};

type Speaker = ReturnType<typeof speakerFor>;

/** @param set how foreign text is set: as it is in the fallback, harmless in the card */
function lineWords(
  one: BlindLine,
  say: Speaker,
  now: number,
  set: { subject(text: string): string; text(text: string): string },
): string {
  const subject = set.subject(subjectOf(one));
  const at = when(one, say, now);
  const several = one.occurrences > 1 ? `, the first of ${one.occurrences}` : '';
  const before = one.before ? when(one.before, say, now) : '';
  switch (one.change) {
    case 'invited':
      return `New: ${subject} — ${at}${several}`;
    case 'moved':
      return `Moved: ${subject} — from ${before} to ${at}${several}`;
    case 'cancelled':
      return `Cancelled: ${subject} — ${before || at}${several}`;
    case 'restored':
      return `Takes place after all: ${subject} — ${at}${several}`;
    case 'place':
      return one.isDiscreet
        ? `At another place: ${subject} — ${at}${several}`
        : `Now ${one.place ? `in ${set.text(one.place)}` : 'without a place'}: ${subject} — ${at}${several}`;
    case 'link':
      return `New way to join: ${subject} — ${at}${several}`;
  }
}

const AS_IT_IS = { subject: (text: string) => text, text: (text: string) => text };
const IN_CARD = { subject: (text: string) => `**${plain(text, 80)}**`, text: (text: string) => plain(text, 60) };

/** "09:12 to 11:40"; with the days where one lies on another than today. */
function spanWords({ fromAt, toAt }: BlindFacts, say: Speaker, now: number): string {
  const isToday = (at: number) => say.relativeDay(at, now) === 'today';
  if (isToday(fromAt) && isToday(toAt)) return `${say.time(fromAt)} to ${say.time(toAt)}`;
  const moment = (at: number) => `${isToday(at) ? 'today' : say.day(at)} ${say.time(at)}`;
  return `${moment(fromAt)} to ${moment(toAt)}`;
}

export function blindCard(facts: BlindFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const headline = `I was blind from ${spanWords(facts, say, now)}`;
  const quiet = 'Nothing in your calendar changed meanwhile.';
  const more = facts.more > 0 ? [`And ${plural(facts.more, 'more change')}: please look into your calendar.`] : [];
  const words = facts.changes.map((one) => lineWords(one, say, now, AS_IT_IS));
  const isQuiet = words.length === 0 && more.length === 0;
  return message(
    [
      kicker('👁️', 'Watching again'),
      title(headline),
      ...(isQuiet ? [line(quiet)] : [subtle('Meanwhile:', { spacing: 'Medium' })]),
      ...facts.changes.map((one) => row(ICONS[one.change], lineWords(one, say, now, IN_CARD))),
      ...more.map((one) => subtle(one)),
    ],
    {
      summary: `${headline}${isQuiet ? '' : ': there are changes'}`,
      fallbackText: [`${headline}.`, ...(isQuiet ? [quiet] : ['Meanwhile:', ...words]), ...more].join('\n'),
    },
  );
}
