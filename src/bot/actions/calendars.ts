/** "Watch these": what was ticked. Each is looked up in the presser's own list; what is not there is ignored. */
import { z } from 'zod';
import { chooseCalendars, pollMinutes } from '../calendars.ts';
import { CALENDARS_INPUT, CHOOSE_CALENDARS, calendarsCard } from '../cards/calendars.ts';
import type { ButtonAction } from './action.ts';

const input = z.object({ [CALENDARS_INPUT]: z.string().max(10_000).catch('') });

export const pressChooseCalendars: ButtonAction = {
  verb: CHOOSE_CALENDARS,
  async run(services, turn, data) {
    const ticked = new Set((input.parse(data)[CALENDARS_INPUT] ?? '').split(',').filter(Boolean));
    return { card: calendarsCard(await chooseCalendars(services, turn, ticked), pollMinutes(services), true) };
  },
};
