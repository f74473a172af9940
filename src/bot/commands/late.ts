/** late, late 10 */
import { sentence } from '../cards/answers.ts';
import { MOST_MINUTES } from '../late.ts';
import { askWhichLate } from '../late-question.ts';
import type { Command } from './command.ts';

const USUAL_MINUTES = 10;

export const late: Command = {
  name: 'late',
  aliases: ['running late', 'i am late', 'i’m late', "i'm late"],
  openings: ['running late'],
  usage: 'late 10',
  group: 'calendar',
  help: 'tell those who wait for you that you come 10 minutes late',
  async run(services, turn, rest) {
    const typed = /^(?:by )?(\d{1,3})? ?(?:m|min|mins|minutes?)?(?: late)?$/.exec(rest);
    const minutes = typed ? Number(typed[1] ?? USUAL_MINUTES) : Number.NaN;
    if (!(minutes >= 1 && minutes <= MOST_MINUTES))
      return sentence(`How many minutes? For example **late 10** (1 to ${MOST_MINUTES}).`);
    return askWhichLate(services, turn, minutes);
  },
};
