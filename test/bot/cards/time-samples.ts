/** The cards about one's time: of the week that was computed by hand, of a full month, of nothing. */
import type { Reader } from '../../../src/bot/cards/meeting.ts';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import { timeBreakdownCard, timeCard, timeCostCard } from '../../../src/bot/cards/time.ts';
import { barsOf } from '../../../src/bot/cards/time-chart.ts';
import { groupTimeCard } from '../../../src/bot/cards/time-group.ts';
import { addDays } from '../../../src/calendar/zone.ts';
import type { Message } from '../../../src/delivery/message.ts';
import { breakdownOf, costOf, MOST_ROWS } from '../../../src/insights/breakdown.ts';
import { drawBars } from '../../../src/insights/chart/bars.ts';
import { daysOf, figuresOf } from '../../../src/insights/metrics.ts';
import { periodBetween } from '../../../src/insights/period.ts';
import type { TimeFacts } from '../../../src/insights/report.ts';
import type { MeetingFacts } from '../../../src/nudges/facts.ts';
import { BERLIN, HAND_WEEK, MIA, WEEK } from '../../insights/hand-week.ts';
import { HOUR } from '../../support/events.ts';

const figures = figuresOf(HAND_WEEK, WEEK, BERLIN);
export const weekFacts: TimeFacts = {
  period: WEEK,
  figures,
  before: { ...figures, meetingMs: 11 * HOUR, oneToOneMs: 3 * HOUR, focusMs: 30 * HOUR },
  days: daysOf(HAND_WEEK, WEEK, BERLIN),
  aheadMs: 2 * HOUR,
};
const month = periodBetween('2026-12-01', '2027-01-01', BERLIN.timeZone);
const monthFacts: TimeFacts = {
  period: month,
  since: month.from + 50 * HOUR,
  figures: { ...figures, meetings: 91, meetingMs: 78.25 * HOUR, workingMs: 184 * HOUR },
  days: Array.from({ length: 31 }, (_, day) => ({
    date: addDays('2026-12-01', day),
    meetingMs: ((day * 37) % 9) * HOUR,
    afterHoursMs: day % 5 === 0 ? 0.5 * HOUR * (day % 2) : 0,
  })),
  aheadMs: 0,
};
const noTime: TimeFacts = {
  period: WEEK,
  figures: figuresOf([], WEEK, BERLIN),
  days: daysOf([], WEEK, BERLIN),
  aheadMs: 0,
};
/** Drawn once: it is the same in all of hundreds of runs. */
let pictures: (Buffer | undefined)[] | undefined;
const picturesNow = () => {
  pictures ??= [weekFacts, monthFacts].map((one) => drawBars(barsOf(one.days)));
  return pictures;
};

export function timeCards(
  facts: MeetingFacts,
  reader: Reader & { personId: string },
  now: number,
): Record<string, Message> {
  const [weekPicture, monthPicture] = picturesNow();
  const row = { name: facts.subject, ms: 90 * 60_000, meetings: 3 };
  const full = { period: month, rows: Array.from({ length: MOST_ROWS }, () => row), more: 12 };
  const weekly = { kind: 'timeReport', nudgeId: 'timeReport:x', eventId: '', startAt: now, facts: { ...weekFacts } };
  return {
    time: timeCard(weekFacts, reader, weekPicture),
    timeMonth: timeCard(monthFacts, reader, monthPicture),
    timeNone: timeCard(noTime, reader),
    timeWeekly: renderNudge(weekly as never, reader, now),
    timeByPerson: timeBreakdownCard(
      { period: WEEK, by: 'person', ...breakdownOf(HAND_WEEK, WEEK, 'person', MIA.address) },
      reader,
    ),
    timeBySeriesFull: timeBreakdownCard({ ...full, by: 'series' }, reader),
    timeByCategoryNone: timeBreakdownCard({ period: WEEK, by: 'category', rows: [], more: 0 }, reader),
    timeCost: timeCostCard({ period: WEEK, ...costOf(HAND_WEEK, WEEK) }, reader),
    timeCostNone: timeCostCard({ period: WEEK, ...costOf([], WEEK) }, reader),
    timeCostFull: timeCostCard({ ...full, meetings: 90, costMs: 400 * HOUR, invitedMs: 700 * HOUR }, reader),
    timeOfGroup: groupTimeCard(
      {
        label: facts.subject || 'Team Sales',
        week: '2026-11-30',
        figures: {
          people: 25,
          isCut: false,
          meetingHours: 14.5,
          oneToOneShare: 20,
          recurringShare: 55,
          conflictingHours: 1.5,
          afterHours: 0.5,
          focusHours: 12,
        },
      },
      reader,
    ),
  };
}
