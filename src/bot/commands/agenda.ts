/** agenda [today | tomorrow], next */
import { isOnDay, takesPlaceForMe } from '../../calendar/event.ts';
import { addDays, dateOf, instantOn } from '../../calendar/zone.ts';
import { DAY_MS } from '../../clock.ts';
import { eventsBetween } from '../../store/events.ts';
import { findPerson, type Person } from '../../store/people.ts';
import { dayCard, nextCard, notWatching, sentence } from '../cards/answers.ts';
import { speakerFor } from '../cards/meeting.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

const AHEAD_MS = 14 * DAY_MS;

async function read(services: Services, turn: Turn, from: number, to: number) {
  return services.database.inTenant(turn.tenantId, async (sql) => ({
    person: await findPerson(sql, turn.tenantId, turn.personId),
    events: await eventsBetween(sql, turn.tenantId, turn.personId, from, to),
  }));
}

async function dayOf(services: Services, turn: Turn, offsetDays: number, name: string) {
  const now = services.clock.now();
  const { person, events } = await read(services, turn, now - 2 * DAY_MS, now + 4 * DAY_MS);
  if (person?.watch !== 'on') return notWatching();
  const date = addDays(dateOf(now, person.timeZone), offsetDays);
  const shown = events
    .filter((event) => event.response !== 'declined' && isOnDay(event, date, person.timeZone))
    .sort((a, b) => Number(Boolean(b.allDay)) - Number(Boolean(a.allDay)) || a.startAt - b.startAt);
  const noon = instantOn(date, '12:00', person.timeZone);
  return dayCard(`${name}, ${dayName(noon, person)}`, shown, person, now, date);
}

const dayName = (instant: number, person: Person) =>
  new Intl.DateTimeFormat(speakerFor(person).locale, {
    timeZone: person.timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  }).format(instant);

export const agenda: Command = {
  name: 'agenda',
  aliases: ['agenda today', 'agenda tomorrow', 'today', 'tomorrow'],
  usage: 'agenda',
  help: 'your day; also “agenda tomorrow”',
  async run(services, turn, rest) {
    if (rest === '' || rest === 'today') return dayOf(services, turn, 0, 'today');
    if (rest === 'tomorrow') return dayOf(services, turn, 1, 'tomorrow');
    return sentence('I know **agenda** and **agenda tomorrow**.');
  },
};

export const next: Command = {
  name: 'next',
  aliases: ['next meeting', 'what is next'],
  usage: 'next',
  help: 'your next meeting',
  async run(services, turn) {
    const now = services.clock.now();
    const { person, events } = await read(services, turn, now, now + AHEAD_MS);
    if (person?.watch !== 'on') return notWatching();
    const upcoming = events.filter((event) => takesPlaceForMe(event) && event.startAt > now);
    const soonest = upcoming[0];
    return soonest
      ? nextCard(soonest, person, now)
      : sentence('There is nothing in your calendar for the next two weeks.');
  },
};
