/** The meetings that count as files: a table for a spreadsheet, and a calendar that invites nobody. Pure. */
import { createHash } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import ical, { ICalCalendarMethod, ICalEventBusyStatus, ICalEventTransparency } from 'ical-generator';
import type { CalendarEvent } from '../calendar/event.ts';
import { dateOf, speaker } from '../calendar/zone.ts';
import { HOUR_MS } from '../clock.ts';
import { distinct, isCounted, isOneToOne, isRecurring, sizeOf } from './counted.ts';
import { type Worker, within, workingTime } from './metrics.ts';
import { common, doubled, lengthOf, type Span, without } from './spans.ts';

const LONGEST_SUBJECT = 255;

/** On one line: a spreadsheet and a calendar show no more of it. */
const subjectOf = ({ subject }: CalendarEvent): string =>
  subject
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_SUBJECT)
    .replace(/[\ud800-\udbff]$/, '') || '(no subject)';

function countedIn(all: readonly CalendarEvent[], period: Span): CalendarEvent[] {
  return distinct(all)
    .filter((event) => isCounted(event) && event.startAt < period.to && event.endAt > period.from)
    .sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1));
}

const hours = (ms: number) => Math.round((ms / HOUR_MS) * 100) / 100;
const yes = (is: boolean) => (is ? 'yes' : 'no');

/** RFC 4180, in UTF-8 with the mark by which Excel knows it; what a spreadsheet would compute is text. */
export function timeCsv(all: readonly CalendarEvent[], period: Span, worker: Worker): string {
  const counted = countedIn(all, period);
  const working = workingTime(period, worker);
  const conflicting = doubled(counted.map(({ startAt, endAt }) => ({ from: startAt, to: endAt })));
  const say = speaker(worker.timeZone, 'en-GB');
  const timeOf = (instant: number) => say.time(instant).padStart('09:00'.length, '0');
  const rows = counted.map((event) => {
    const spans = within([event], period);
    return {
      date: dateOf(event.startAt, worker.timeZone),
      start: timeOf(event.startAt),
      end: timeOf(event.endAt),
      hours: hours(lengthOf(spans)),
      after_hours: hours(lengthOf(without(spans, working))),
      conflicting_hours: hours(lengthOf(common(spans, conflicting))),
      subject: subjectOf(event),
      organised_by_me: yes(event.isOrganizer),
      one_to_one: yes(isOneToOne(event)),
      recurring: yes(isRecurring(event)),
      people: sizeOf(event) ?? '',
      categories: (event.categories ?? []).join('; '),
    };
  });
  const columns = [
    'date',
    'start',
    'end',
    'hours',
    'after_hours',
    'conflicting_hours',
    'subject',
    'organised_by_me',
    'one_to_one',
    'recurring',
    'people',
    'categories',
  ];
  return stringify(rows, { header: true, columns, bom: true, escape_formulas: true, record_delimiter: 'windows' });
}

/**
 * Times and subjects alone: published, not a request; nobody is in it whom a calendar could write to; with ids of its own,
 * so that it takes no meeting's place; and free, so that what is imported blocks nothing.
 */
export function timeCalendar(all: readonly CalendarEvent[], period: Span, now: number): string {
  const calendar = ical({
    name: 'My meetings',
    method: ICalCalendarMethod.PUBLISH,
    prodId: { company: 'Calendar Watch', product: 'Time' },
  });
  for (const event of countedIn(all, period))
    calendar.createEvent({
      id: `${createHash('sha256').update(event.id).digest('hex').slice(0, 32)}@calendar-watch.invalid`,
      stamp: new Date(now),
      start: new Date(event.startAt),
      end: new Date(event.endAt),
      summary: subjectOf(event),
      transparency: ICalEventTransparency.TRANSPARENT,
      busystatus: ICalEventBusyStatus.FREE,
    });
  return calendar.toString();
}
