/** "Watch these": what was ticked, by ids that are looked up in the presser's own list. */
import { z } from 'zod';
import { chooseCalendars, pollMinutes } from '../calendars.ts';
import { CALENDARS_INPUT, CHOOSE_CALENDARS, calendarOf, calendarsCard } from '../cards/calendars.ts';
import type { ButtonAction } from './action.ts';

const input = z.object({ [CALENDARS_INPUT]: z.string().max(40_000).catch('') });

export const pressChooseCalendars: ButtonAction = {
  verb: CHOOSE_CALENDARS,
  async run(services, turn, data) {
    const ticked = input.parse(data)[CALENDARS_INPUT] ?? '';
    const wanted = new Set(ticked.split(',').filter(Boolean).map(calendarOf));
    return { card: calendarsCard(await chooseCalendars(services, turn, wanted), pollMinutes(services), true) };
  },
};
