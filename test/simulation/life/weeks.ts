/**
 * The weeks that people have when it begins: mostly series. With the numbers below everybody is in about 20 meetings a
 * week, a quarter of them single.
 */
import type { DayOfWeek, Event, PatternedRecurrence } from '@microsoft/microsoft-graph-types';
import type { SimPerson } from '../history.ts';
import type { Hand } from './hand.ts';
import { addDays, addMinutes, DAY_MS, wallDate, weekday, workingDay, workingTime } from './wall.ts';

const DAYS: DayOfWeek[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

type Rhythm = 'daily' | 'weekdays' | 'weekly' | 'biweekly' | 'monthly';

function patternOf(rhythm: Rhythm, date: string): PatternedRecurrence['pattern'] {
  const day = DAYS[weekday(date)] ?? 'monday';
  const daysOfWeek = rhythm === 'weekdays' ? DAYS.slice(0, 5) : [day];
  if (rhythm === 'daily') return { type: 'daily', interval: 1 };
  if (rhythm === 'monthly') return { type: 'relativeMonthly', interval: 1, daysOfWeek: [day], index: 'second' };
  return { type: 'weekly', interval: rhythm === 'biweekly' ? 2 : 1, daysOfWeek, firstDayOfWeek: 'monday' };
}

interface SeriesPlan {
  rhythm: Rhythm;
  guests: number;
  minutes: number;
  agendaRate: number;
  more?: Partial<Event>;
}

const SERIES: (SeriesPlan & { rate: number })[] = [
  { rate: 0.35, rhythm: 'weekdays', guests: 3, minutes: 15, agendaRate: 0.9 },
  { rate: 1, rhythm: 'weekly', guests: 2, minutes: 60, agendaRate: 0.6 },
  { rate: 0.8, rhythm: 'weekly', guests: 1, minutes: 30, agendaRate: 0.5 },
  { rate: 0.8, rhythm: 'biweekly', guests: 2, minutes: 45, agendaRate: 0.5 },
  { rate: 0.5, rhythm: 'monthly', guests: 3, minutes: 90, agendaRate: 0.5 },
  { rate: 0.5, rhythm: 'weekly', guests: 0, minutes: 120, agendaRate: 0, more: { showAs: 'free' } },
  { rate: 0.2, rhythm: 'daily', guests: 0, minutes: 30, agendaRate: 0, more: { sensitivity: 'private' } },
];

const CAUSE: Record<Rhythm, string> = {
  daily: 'daily series',
  weekdays: 'series on weekdays',
  weekly: 'weekly series',
  biweekly: 'biweekly series',
  monthly: 'monthly series',
};

/** Makes a series that began some weeks ago, or begins at `from`. */
export function addSeries(hand: Hand, person: SimPerson, plan: SeriesPlan, from: string): void {
  const { chance } = hand;
  const first = workingDay(addDays(from, chance.whole(0, 6)));
  const guests = hand.guests(person, plan.guests);
  const room = plan.guests > 1 && chance.hits(0.15) ? hand.room(person) : undefined;
  const place = !room && chance.hits(0.1) ? hand.place() : undefined;
  const event = hand.meeting(person, {
    start: `${first}T${workingTime(chance, plan.minutes)}`,
    minutes: plan.minutes,
    guests: room ? [...guests, room] : guests,
    ...(chance.hits(plan.agendaRate) ? { agenda: hand.agenda() } : {}),
    more: { ...plan.more, ...(place ? { location: place } : {}) },
  });
  const zone = event.start?.timeZone ?? 'UTC';
  const range = chance.hits(0.15)
    ? { type: 'numbered' as const, numberOfOccurrences: chance.whole(8, 30) }
    : { type: 'noEnd' as const };
  event.recurrence = {
    pattern: patternOf(plan.rhythm, first),
    range: { ...range, startDate: first, recurrenceTimeZone: zone },
  };
  if (guests.length > 0 && chance.hits(0.4))
    Object.assign(event, { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' });
  const made = hand.as(CAUSE[plan.rhythm], () => hand.create(person, event));
  hand.letAnswer(person, made, 2 * DAY_MS);
}

export function seedWeeks(hand: Hand): void {
  const { chance, cast, startAt } = hand;
  for (const person of cast.people) {
    const today = wallDate(startAt, person.timeZone);
    for (const plan of SERIES)
      if (chance.hits(plan.rate)) addSeries(hand, person, plan, addDays(today, -7 * chance.whole(1, 6)));
    if (chance.hits(0.5)) addAllDay(hand, person, addDays(today, chance.whole(3, 12)));
    for (let index = 0; index < 3; index++) addSingle(hand, person, addDays(today, chance.whole(0, 8)));
  }
  hand.api.cause('of itself');
}

/** A whole day out of office, or several. */
export function addAllDay(hand: Hand, person: SimPerson, first: string): void {
  const days = hand.chance.hits(0.5) ? 1 : hand.chance.whole(2, 4);
  const more = { isAllDay: true, showAs: 'oof' as const };
  const event = hand.meeting(person, { start: `${first}T00:00`, minutes: days * 24 * 60, more });
  hand.as(days === 1 ? 'all-day entry' : 'entry of several days', () => hand.create(person, event));
}

/** A meeting on that day, with one to three others. */
export function addSingle(hand: Hand, person: SimPerson, date: string): void {
  const { chance } = hand;
  const minutes = chance.pick([30, 30, 45, 60, 25]) ?? 30;
  const place = chance.hits(0.15) ? hand.place() : undefined;
  const event = hand.meeting(person, {
    start: `${workingDay(date)}T${workingTime(chance, minutes)}`,
    minutes,
    guests: hand.guests(person, chance.whole(0, 3)),
    ...(chance.hits(0.5) ? { agenda: hand.agenda() } : {}),
    more: {
      ...(place ? { location: place } : {}),
      ...(chance.hits(0.3) ? { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' as const } : {}),
    },
  });
  const made = hand.as('meeting made', () => hand.create(person, event));
  hand.letAnswer(person, made);
}

/** Rounded up to a mark of five minutes. */
export function nextMark(wall: string): string {
  const over = Number(wall.slice(14, 16)) % 5;
  return addMinutes(wall, over === 0 ? 0 : 5 - over);
}
