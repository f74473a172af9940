/** place office 48.137,11.575 Main St 1: the table of places that a person keeps. places, place forget gym */
import type { NamedPlace } from '../../calendar/event.ts';
import { findPerson, forgetPlace, oweReplan, placesOf, savePlace } from '../../store/people.ts';
import { replan } from '../../sync/write-plan.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import { placesCard } from '../cards/places.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

const MOST_PLACES = 50;
const LONGEST_NAME = 40;
/** What a place is called when nobody says more. */
const LABELS: Record<string, string> = { office: 'the office', home: 'home' };
/** A name, two numbers, and what to call it. */
const GIVEN = /^(.{1,60}?)\s+(-?\d{1,2}(?:\.\d{1,10})?)\s*[,;]\s*(-?\d{1,3}(?:\.\d{1,10})?)(?:\s+(.{1,120}))?$/;
const HOW =
  'Give me a name, latitude and longitude: **place office 48.137,11.575 Main St 1**. **places** lists those that I know.';

function placesNow(services: Services, { tenantId, personId }: Turn) {
  return services.database.inTenant(tenantId, async (sql) => ({
    person: await findPerson(sql, tenantId, personId),
    places: await placesOf(sql, tenantId, personId),
  }));
}

/** Plans anew, and wakes delivery: what is due already is said at once. */
async function planAnew(services: Services, { tenantId, personId }: Turn): Promise<void> {
  await replan(services, { tenantId, personId, correlationId: services.newId() }, services.clock.now());
  services.poke('nudges');
  services.poke('cards');
}

function readPlace(rest: string): { name: string; place: NamedPlace } | undefined {
  const [, given = '', north, east, said] = GIVEN.exec(rest) ?? [];
  const name = given.trim().toLowerCase();
  const [latitude, longitude] = [Number(north), Number(east)];
  if (!name || name.length > LONGEST_NAME || !(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180))
    return undefined;
  return {
    name,
    place: {
      label: said?.trim() || (Object.hasOwn(LABELS, name) && LABELS[name]) || given.trim(),
      latitude,
      longitude,
    },
  };
}

async function forget(services: Services, turn: Turn, name: string) {
  const { tenantId, personId } = turn;
  const isGone = await services.database.inTenant(tenantId, async (sql) => {
    await oweReplan(sql, tenantId, personId, services.clock.now());
    return forgetPlace(sql, tenantId, personId, name);
  });
  if (!isGone) return sentence(`I know no place called “${plain(name, LONGEST_NAME)}”. **places** lists them.`);
  await planAnew(services, turn);
  return sentence(`Forgotten: **${plain(name, LONGEST_NAME)}**.`);
}

export const place: Command = {
  name: 'place',
  aliases: ['place office', 'place home'],
  usage: 'place office',
  group: 'settings',
  keepsCase: true,
  help: 'where you set out from: “place office 48.137,11.575 Main St 1”, “place home …”; “places” lists them',
  async run(services, turn, rest) {
    const forgotten = /^forget\s+(.{1,60})$/i.exec(rest)?.[1];
    const read = readPlace(rest);
    if (!forgotten && !read) return sentence(HOW);
    const { person, places } = await placesNow(services, turn);
    if (!person) return notWatching();
    if (!read) return forget(services, turn, (forgotten ?? '').trim().toLowerCase());
    if (!Object.hasOwn(places, read.name) && Object.keys(places).length >= MOST_PLACES)
      return sentence(`I keep ${MOST_PLACES} places for you and no more. **place forget …** makes room.`);
    await services.database.inTenant(turn.tenantId, async (sql) => {
      await oweReplan(sql, turn.tenantId, turn.personId, services.clock.now());
      await savePlace(sql, turn.tenantId, turn.personId, read.name, read.place);
    });
    await planAnew(services, turn);
    const whose = Object.hasOwn(LABELS, read.name) ? `your ${read.name}` : `“${plain(read.name, LONGEST_NAME)}”`;
    return sentence(`Noted: ${whose} is **${plain(read.place.label)}**.`);
  },
};

export const places: Command = {
  name: 'places',
  aliases: ['my places'],
  usage: 'places',
  group: 'settings',
  isDetail: true,
  help: 'the places that you gave me',
  async run(services, turn) {
    const { person, places: known } = await placesNow(services, turn);
    return person ? placesCard(known) : notWatching();
  },
};
