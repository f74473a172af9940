/**
 * A week in Berlin (UTC+1), worked from 08:00 to 17:00, Monday to Friday; what comes of it was computed by hand:
 *
 *            8   9  10  11  12  13  14  15  16  17  18 …        counts   after hours
 * Mon 30.11.     A A
 *                  B B B            C                            A∪B 2 h, C 0:30      –       A∩B 0:30
 * Tue  1.12.                               D(16:30–18:00)        1:30                 1:00
 * Wed  2.12.         I(10:00–10:45)                              0:45                 –
 * Thu  3.12.                                     K(22:00–01:00)  2 h of 3             2 h
 * Fri  4.12. N       … K until 01:00                             1 h + 1 h            1 h
 * Sun  6.12.         O(10:00–10:30)                              0:30                 0:30
 *                                                          sum   9:15                 4:30
 */
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { USUAL_HOURS } from '../../src/calendar/working-hours.ts';
import type { Worker } from '../../src/insights/metrics.ts';
import { periodBetween } from '../../src/insights/period.ts';
import { ANN, allDay, attendee, HOUR, MINUTE, meeting, utc } from '../support/events.ts';

export const BERLIN: Worker = { timeZone: 'Europe/Berlin', workingHours: USUAL_HOURS };
export const WEEK = periodBetween('2026-11-30', '2026-12-07', BERLIN.timeZone);
export const MIA = attendee('Mia Me', { response: 'accepted' });
const BOB = attendee('Bob Guest');
const CEM = attendee('Cem Guest');
const ZOE = attendee('Zoe Customer');

/** `from` and `to` on the clocks of Berlin in winter. */
const local = (text: string) => utc(text) - HOUR;
const entry = (id: string, from: string, to: string, more: Partial<CalendarEvent> = {}) =>
  meeting({ id, subject: `Meeting ${id}`, startAt: local(from), endAt: local(to), attendees: [MIA, BOB], ...more });
const own = (id: string, from: string, to: string, more: Partial<CalendarEvent> = {}) =>
  entry(id, from, to, { isOrganizer: true, response: 'organizer', organizer: MIA, attendees: [], ...more });

export const HAND_WEEK: CalendarEvent[] = [
  entry('A', '2026-11-30 09:00', '2026-11-30 10:00', {
    type: 'occurrence',
    seriesMasterId: 'stand-up',
    subject: 'Stand-up',
  }),
  own('B', '2026-11-30 09:30', '2026-11-30 11:00', { attendees: [{ ...BOB, response: 'accepted' }, CEM] }),
  entry('C', '2026-11-30 14:00', '2026-11-30 14:30', { attendees: [MIA, attendee('Room', { type: 'resource' })] }),
  entry('D', '2026-12-01 16:30', '2026-12-01 18:00', { attendees: [MIA, ZOE], categories: ['Customer', 'Red'] }),
  entry('I', '2026-12-02 10:00', '2026-12-02 10:45', {
    sensitivity: 'private',
    subject: 'Private appointment',
    organizer: { name: '', address: '' },
    attendees: [],
  }),
  entry('K', '2026-12-03 22:00', '2026-12-04 01:00'),
  own('N', '2026-12-04 08:00', '2026-12-04 09:00', {
    type: 'exception',
    seriesMasterId: 'one-to-one',
    subject: 'Bob and Mia',
    attendees: [{ ...BOB, response: 'accepted' }],
  }),
  entry('O', '2026-12-06 10:00', '2026-12-06 10:30', { categories: ['Customer'] }),
  // What doesn't count:
  entry('declined', '2026-12-01 10:00', '2026-12-01 11:00', { response: 'declined' }),
  entry('tentative', '2026-12-01 11:00', '2026-12-01 12:00', { response: 'tentative' }),
  entry('not answered', '2026-12-01 12:00', '2026-12-01 13:00', { response: 'notResponded' }),
  entry('free', '2026-12-01 13:00', '2026-12-01 14:00', { showAs: 'free' }),
  entry('cancelled', '2026-12-01 15:00', '2026-12-01 16:00', { isCancelled: true }),
  entry('draft', '2026-12-01 15:00', '2026-12-01 16:00', { isDraft: true }),
  entry('as long as a day', '2026-12-02 00:00', '2026-12-03 00:00'),
  entry('without length', '2026-12-02 12:00', '2026-12-02 12:00'),
  entry('in another calendar', '2026-12-02 12:00', '2026-12-02 13:00', { calendarId: 'the boss’s' }),
  entry('head of a series', '2026-12-02 12:00', '2026-12-02 13:00', { type: 'master' }),
  allDay('2026-12-02', '2026-12-03', { id: 'all day', organizer: ANN }),
  own('alone', '2026-12-03 09:00', '2026-12-03 12:00'),
  own('private and my own', '2026-12-02 14:00', '2026-12-02 15:00', { sensitivity: 'private' }),
  // Counts as no meeting, but nobody concentrates on work: 8 to 13 is left.
  own('out of office', '2026-12-03 13:00', '2026-12-03 17:00', { showAs: 'oof' }),
  entry('the week before', '2026-11-27 10:00', '2026-11-27 11:00'),
  entry('the week after', '2026-12-07 10:00', '2026-12-07 11:00'),
];

/**
 * Focus: Mon 11–14, 14:30–17; Tue 8–16:30; Wed 8–10, 10:45–17; Thu 8–13; Fri 9–17: seven blocks,
 * 3 + 2:30 + 8:30 + 2 + 6:15 + 5 + 8 = 35:15. People: A 3, B 3, C 2, D 3, K 3, N 2, O 3: 19 in 7.
 */
export const HAND_FIGURES = {
  meetings: 8,
  meetingMs: 9 * HOUR + 15 * MINUTE,
  oneToOneMs: 90 * MINUTE,
  recurringMs: 2 * HOUR,
  organisedMs: 150 * MINUTE,
  conflictingMs: 30 * MINUTE,
  afterHoursMs: 4 * HOUR + 30 * MINUTE,
  acceptedFreeMs: HOUR,
  focusBlocks: 7,
  focusMs: 35 * HOUR + 15 * MINUTE,
  workingMs: 45 * HOUR,
  averageSize: 19 / 7,
};

export const HAND_DAYS = [
  ['2026-11-30', 150, 0],
  ['2026-12-01', 90, 60],
  ['2026-12-02', 45, 0],
  ['2026-12-03', 120, 120],
  ['2026-12-04', 120, 60],
  ['2026-12-05', 0, 0],
  ['2026-12-06', 30, 30],
].map(([date, meetings, afterHours]) => ({
  date: String(date),
  meetingMs: Number(meetings) * MINUTE,
  afterHoursMs: Number(afterHours) * MINUTE,
}));
