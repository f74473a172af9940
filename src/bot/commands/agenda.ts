/** agenda [friday], what's on next tuesday afternoon, next */
import { type CalendarEvent, isOnDay, takesPlaceForMe } from '../../calendar/event.ts';
import { parseWhen, type When } from '../../calendar/words-of-time.ts';
import { addDays, dateOf, instantOn } from '../../calendar/zone.ts';
import { DAY_MS, HOUR_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import { disguised } from '../../nudges/chosen.ts';
import { eventsBetween } from '../../store/events.ts';
import { DEFAULT_CALENDAR, type Feed, feedsOf } from '../../store/feeds.ts';
import { findPerson, type Person, settingsOf } from '../../store/people.ts';
import { dayCard, nextCard, notWatching, sentence } from '../cards/answers.ts';
import { speakerFor } from '../cards/meeting.ts';
import { clip, plain } from '../cards/parts.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

const AHEAD_MS = 14 * DAY_MS;
/** Of an instant: what is on then or begins within. */
const INSTANT_MS = HOUR_MS;

async function read(services: Services, turn: Turn, from: number, to: number) {
  const { person, found } = await services.database.inTenant(turn.tenantId, async (sql) => ({
    person: await findPerson(sql, turn.tenantId, turn.personId),
    found: await eventsBetween(sql, turn.tenantId, turn.personId, from, to),
  }));
  // What is private is shown as the person chose, here as on every card.
  const settings = person && settingsOf(person);
  return { person, events: settings ? found.map((event) => disguised(event, settings)) : found };
}

const inOrder = (a: CalendarEvent, b: CalendarEvent) =>
  Number(Boolean(b.allDay)) - Number(Boolean(a.allDay)) || a.startAt - b.startAt;

async function showDay(services: Services, turn: Turn, date: string, name?: string): Promise<Message> {
  const now = services.clock.now();
  const middle = Date.parse(`${date}T12:00:00Z`);
  const { person, events } = await read(services, turn, middle - 2 * DAY_MS, middle + 2 * DAY_MS);
  if (person?.watch !== 'on') return notWatching();
  const shown = events
    .filter((event) => event.response !== 'declined' && isOnDay(event, date, person.timeZone))
    .sort(inOrder);
  const day = dayName(instantOn(date, '12:00', person.timeZone), person);
  return dayCard(name ? `${name}, ${day}` : day, shown, person, now, date);
}

const dayName = (instant: number, person: Person) =>
  new Intl.DateTimeFormat(speakerFor(person).locale, {
    timeZone: person.timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  }).format(instant);

/** What is on in [from, to): of an entry without length its moment. */
function touches(event: CalendarEvent, from: number, to: number, person: Person): boolean {
  if (event.allDay) return isOnDay(event, dateOf(from, person.timeZone), person.timeZone);
  return event.startAt < to && (event.endAt > from || event.startAt >= from);
}

async function showSpan(services: Services, turn: Turn, from: number, to: number): Promise<Message> {
  const { person, events } = await read(services, turn, from - DAY_MS, to + DAY_MS);
  if (person?.watch !== 'on') return notWatching();
  const shown = events
    .filter((event) => event.response !== 'declined' && touches(event, from, to, person))
    .sort(inOrder);
  const say = speakerFor(person);
  const name = `${dayName(from, person)}, ${say.span(from, to)}`;
  return dayCard(name, shown, person, services.clock.now(), dateOf(from, person.timeZone));
}

/** How far the replica of the person's own calendar reaches; undefined while it was not read yet. */
const reachOf = (feeds: Feed[]): { from: number; to: number } | undefined => {
  const own = feeds.find((feed) => feed.calendarId === DEFAULT_CALENDAR) ?? feeds[0];
  return own && own.deltaLink !== null ? { from: own.windowFrom, to: own.windowTo } : undefined;
};

function outOfReach(when: When, to: number, feeds: Feed[], person: Person): string | undefined {
  const reach = reachOf(feeds);
  if (!reach) return 'I’m still reading your calendar. Please ask again in a moment.';
  const say = speakerFor(person);
  if (to > reach.to)
    return `I know your calendar until **${dayName(reach.to - DAY_MS, person)}** just now; ask me again nearer the time.`;
  return when.from < reach.from ? `I know your calendar since **${say.day(reach.from)}** only.` : undefined;
}

async function showWhen(services: Services, turn: Turn, words: string, usage: string): Promise<Message> {
  const { tenantId, personId } = turn;
  const { person, feeds } = await services.database.inTenant(tenantId, async (sql) => ({
    person: await findPerson(sql, tenantId, personId),
    feeds: await feedsOf(sql, tenantId, personId),
  }));
  if (person?.watch !== 'on') return notWatching();
  const { timeZone, locale } = person;
  const when = parseWhen(words, { now: services.clock.now(), timeZone, locale });
  if (!when)
    return sentence(
      `I don’t know when “${plain(clip(words, 60))}” is. Try **${usage} friday**, **${usage} 3 Dec** or **${usage} next tuesday afternoon**.`,
    );
  const to = when.to ?? when.from + INSTANT_MS;
  const far = outOfReach(when, to, feeds, person);
  if (far) return sentence(far);
  return when.grain === 'day'
    ? showDay(services, turn, dateOf(when.from, timeZone))
    : showSpan(services, turn, when.from, to);
}

async function showFromToday(services: Services, turn: Turn, days: number, name: string): Promise<Message> {
  const { tenantId, personId } = turn;
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  if (person?.watch !== 'on') return notWatching();
  return showDay(services, turn, addDays(dateOf(services.clock.now(), person.timeZone), days), name);
}

async function show(services: Services, turn: Turn, rest: string, usage: string): Promise<Message> {
  if (rest === '' || rest === 'today') return showFromToday(services, turn, 0, 'today');
  if (rest === 'tomorrow') return showFromToday(services, turn, 1, 'tomorrow');
  return showWhen(services, turn, rest, usage);
}

export const agenda: Command = {
  name: 'agenda',
  shortcuts: { today: 'today', tomorrow: 'tomorrow' },
  usage: 'agenda',
  help: 'your day; also “agenda tomorrow”, “agenda friday”, “agenda 3 Dec”',
  group: 'calendar',
  run: (services, turn, rest) => show(services, turn, rest, 'agenda'),
};

export const whatsOn: Command = {
  name: 'what’s on',
  openings: ['what is on', 'whats on', "what's on"],
  usage: 'what’s on tuesday afternoon',
  help: 'what is in your calendar then',
  group: 'calendar',
  run: (services, turn, rest) => show(services, turn, rest, 'what’s on'),
};

export const next: Command = {
  name: 'next',
  aliases: ['next meeting', 'what is next', 'what’s next', "what's next"],
  usage: 'next',
  help: 'your next meeting',
  group: 'calendar',
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
