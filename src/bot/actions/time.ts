/** The buttons of a report on one's time: the same days, seen otherwise, in place of the card. */
import { z } from 'zod';
import { datesInput } from '../../insights/export.ts';
import { isReportable, periodBetween } from '../../insights/period.ts';
import { TIME_SHOW, TIME_VIEWS } from '../cards/time.ts';
import { showTime } from '../time.ts';
import type { ButtonAction } from './action.ts';
import { parse, refuse } from './press-input.ts';

const input = datesInput.extend({ view: z.enum(TIME_VIEWS) });

export const pressShowTime: ButtonAction = {
  verb: TIME_SHOW,
  async run(services, turn, data) {
    const { view, startDate, endDate } = parse(input, data);
    if (!isReportable({ startDate, endDate }))
      throw refuse('days of which no card was made', 'I can’t show those days. Type **time** for the present week.');
    const card = await showTime(services, turn, view, ({ timeZone }) => periodBetween(startDate, endDate, timeZone));
    return { card };
  },
};
