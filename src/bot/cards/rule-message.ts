/** What a rule of theirs has to say: its words, and the meeting that they are about. */
import type { RuleMessageFacts } from '../../delivery/errands/message.ts';
import type { Message } from '../../delivery/message.ts';
import { calendarAction, joinAction, type Reader, speakerFor, subjectOf, when } from './meeting.ts';
import { clip, type Element, kicker, line, message, plain, subtle } from './parts.ts';

const MOST_LINES = 20;
const LONGEST_NAME = 100;
/** Whoever follows up long afterwards joins nothing. */
const joins = (facts: RuleMessageFacts, now: number) => (facts.endAt > now ? joinAction(facts) : []);

export function paragraphs(text: string): Element[] {
  const lines = text.split(/\r?\n/).filter((one) => one.trim() !== '');
  const shown = lines.slice(0, MOST_LINES).map((one) => line(plain(one, 500)));
  return lines.length > MOST_LINES ? [...shown, line('…')] : shown;
}

export function ruleMessageCard(facts: RuleMessageFacts, reader: Reader, now: number): Message {
  const time = when(facts, speakerFor(reader), now);
  const meeting = `${subjectOf(facts)} — ${time}`;
  const name = clip(facts.ruleName, LONGEST_NAME);
  return message(
    [kicker('⚙️', plain(name)), ...paragraphs(facts.text), subtle(plain(meeting))],
    { summary: facts.text.replace(/\s+/g, ' '), fallbackText: `${facts.text}\n${meeting}\n(your rule “${name}”)` },
    [...joins(facts, now), ...calendarAction(facts)],
  );
}
