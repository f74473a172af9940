/** What people do with rooms: book them, write into them past their policy, and answer when they are asked to check in. */
import type { ViewedEvent } from '../../../sandbox/graph/store-api.ts';
import type { Chance } from '../chance.ts';
import type { Send, SimPerson } from '../history.ts';
import type { Act, Hand } from './hand.ts';
import { addDays, addMinutes, dateOf, HOUR_MS, MINUTE_MS, SECOND_MS, workingDay, workingTime } from './wall.ts';
import { nextMark } from './weeks.ts';

/** Soon enough that somebody is asked about it within the life, and not so soon that it is exempt. */
function startSoon(hand: Hand, person: SimPerson): string {
  const { chance } = hand;
  if (chance.hits(0.5))
    return nextMark(hand.wall(person, hand.now() + Math.floor(chance.between(40 * MINUTE_MS, 3 * HOUR_MS))));
  const day = workingDay(addDays(dateOf(hand.wall(person, hand.now())), chance.whole(0, 2)));
  const start = `${day}T${workingTime(chance, 60)}`;
  return start > hand.wall(person, hand.now() + 40 * MINUTE_MS) ? start : addMinutes(start, 24 * 60);
}

/** Some hold a while; most are half an hour or an hour, and a few so long or so short that nobody is asked. */
const minutesOf = (chance: Chance) => chance.pick([30, 30, 45, 60, 60, 90, 10, 300]) ?? 30;

const bookRoom: Act = (hand, person) => {
  const room = hand.room(person);
  if (!room) return false;
  const { chance } = hand;
  const guests = [...hand.guests(person, chance.whole(1, 3)), room];
  const location = { displayName: room.emailAddress?.name ?? '' };
  const start = startSoon(hand, person);
  const event = hand.meeting(person, { start, minutes: minutesOf(chance), guests, more: { location } });
  if (chance.hits(0.2)) {
    const [date = ''] = start.split('T');
    event.recurrence = {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', numberOfOccurrences: 5, startDate: date, recurrenceTimeZone: hand.zone(person).name },
    };
  }
  const made = hand.as('booked a room', () => hand.create(person, event));
  hand.letAnswer(person, made);
  return true;
};

/** As those can who have rights in its calendar: whether it is free is not asked. */
const writeIntoRoom: Act = (hand, person) => {
  const room = hand.chance.pick(hand.cast.rooms.get(person.tenantId) ?? []);
  if (!room) return false;
  const now = hand.now();
  const { chance, api } = hand;
  const held = (one: ViewedEvent) => one.startAt > now + 30 * MINUTE_MS && !one.isAllDay && one.response === 'accepted';
  const taken = chance.pick(api.calendar.view(room, now, now + 72 * HOUR_MS).filter(held));
  const start = taken && chance.hits(0.8) ? hand.wall(person, taken.startAt) : startSoon(hand, person);
  const event = hand.meeting(person, { start, minutes: 30, guests: hand.guests(person, 1) });
  hand.as('written into a room', () => api.calendar.writeIntoRoom(room, event, chance.hits(0.8) ? person : undefined));
  return true;
};

export const ROOM_DEEDS = [
  { name: 'bookRoom', weight: 1.4, act: bookRoom },
  { name: 'writeIntoRoom', weight: 0.35, act: writeIntoRoom },
];

export interface Reaction {
  delayMs: number;
  verb: string;
}

const HERE = 'room.here';
const GIVE_BACK = 'room.giveBack';

/** What somebody presses who is asked whether they use a room: most nothing, some at the moment at which it is given back. */
export function reactionsTo({ facts, at }: Pick<Send, 'facts' | 'at'>, chance: Chance): Reaction[] {
  const untilRelease = Math.max(MINUTE_MS, Number(facts.releaseAt) - at);
  const delayMs = chance.hits(0.4)
    ? Math.floor(untilRelease + chance.between(-5, 12) * SECOND_MS)
    : Math.floor(chance.between(5 * SECOND_MS, untilRelease));
  const isLate = chance.hits(0.3);
  const roll = chance.random();
  if (roll < 0.33) return [{ delayMs, verb: HERE }];
  if (roll < 0.4) return [{ delayMs, verb: GIVE_BACK }];
  // They leave early.
  if (roll < 0.45)
    return [
      { delayMs, verb: HERE },
      { delayMs: delayMs + (isLate ? 8 * MINUTE_MS : 2 * SECOND_MS), verb: GIVE_BACK },
    ];
  return [];
}
