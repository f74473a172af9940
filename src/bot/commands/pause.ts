/** pause until 14:00, pause 2 hours, pause off: nothing is said until then; what waits and what is left out, silence.ts decides. */

import { parseWhen, type When } from '../../calendar/words-of-time.ts';
import { USUAL_HOURS } from '../../calendar/working-hours.ts';
import { dateOf, instantOn } from '../../calendar/zone.ts';
import { DAY_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { Person } from '../../store/people.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { speakerFor } from '../cards/meeting.ts';
import { clip, execute, plain } from '../cards/parts.ts';
import { choose, settingsNow } from '../choosing.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

export const RESUME = 'pause.off';

/** Longer is switching off, which “watch off” does. */
const LONGEST_MS = 365 * DAY_MS;

const EXAMPLES = '**pause until 14:00**, **pause until tomorrow**, **pause until 3 Dec**, **pause 2 hours**';

const resumeButton = () => [execute('Resume', RESUME)];

/** A day begins when the person does: at midnight nobody wants to hear what waited. */
function endOf(when: When, { workingHours, timeZone }: Person): number {
  if (when.grain !== 'day') return when.from;
  const { start, timeZone: theirs } = workingHours ?? USUAL_HOURS;
  const date = dateOf(when.from, timeZone);
  const begins = instantOn(date, start, theirs ?? timeZone);
  return dateOf(begins, timeZone) === date ? begins : instantOn(date, start, timeZone);
}

const moment = (at: number, person: Person, now: number) => {
  const say = speakerFor(person);
  return `${say.relativeDay(at, now)} ${say.time(at)}`;
};

export async function resume(services: Services, turn: Turn): Promise<Message> {
  const now = services.clock.now();
  let wasPaused = false;
  const chosen = await choose(services, turn, ({ pausedUntil }) => {
    wasPaused = pausedUntil !== null && pausedUntil > now;
    return { pausedUntil: null };
  });
  if (!chosen) return notWatching();
  return sentence(wasPaused ? '▶️ I’m back: you hear from me again.' : 'I wasn’t paused. You hear from me as usual.');
}

async function pauseUntil(services: Services, turn: Turn, person: Person, words: string): Promise<Message> {
  const now = services.clock.now();
  const { timeZone, locale } = person;
  const when = parseWhen(words, { now, timeZone, locale, isAhead: true });
  if (!when) return sentence(`I don’t know when “${plain(clip(words, 60))}” is. Try ${EXAMPLES}.`);
  const until = endOf(when, person);
  if (until <= now) return sentence(`That is over already. Try ${EXAMPLES}.`);
  if (until - now >= LONGEST_MS)
    return sentence('That is a year or more. Type **watch off** to stop altogether, or pause for less.');
  const chosen = await choose(services, turn, () => ({ pausedUntil: until }));
  if (!chosen) return notWatching();
  return sentence(
    `⏸️ Paused until **${moment(until, person, now)}**. What is about to begin is left out; news waits until then.`,
    resumeButton(),
  );
}

export const pause: Command = {
  name: 'pause',
  shortcuts: { resume: 'off', unpause: 'off' },
  usage: 'pause until 14:00',
  help: 'nothing until then; “pause until tomorrow”, “pause 2 hours”, “resume”',
  group: 'quiet',
  async run(services, turn, rest) {
    if (/^(?:off|end|stop|resume)$/.test(rest)) return resume(services, turn);
    const found = await settingsNow(services, turn);
    if (!found) return notWatching();
    const words = rest.replace(/^(?:until|till|for|bis)\s+/, '');
    if (words !== '') return pauseUntil(services, turn, found.person, words);
    const now = services.clock.now();
    const { pausedUntil } = found.settings;
    return pausedUntil !== null && pausedUntil > now
      ? sentence(`⏸️ Paused until **${moment(pausedUntil, found.person, now)}**.`, resumeButton())
      : sentence(`Until when? ${EXAMPLES}.`);
  },
};
