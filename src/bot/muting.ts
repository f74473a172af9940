/** Muting and unmuting, whoever asked: a command or a button. What is named is looked up in the person's own mailbox. */
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { disguised } from '../nudges/chosen.ts';
import { type ChosenSettings, LONGEST_MUTED_NAME, MOST_MUTED, type Muted, type Settings } from '../nudges/settings.ts';
import { eventsBetween } from '../store/events.ts';
import { type Candidate, keyOf } from './cards/mutes.ts';
import { clip } from './cards/parts.ts';
import { type Chosen, choose } from './choosing.ts';
import { type MutedWhat, mutedOf } from './muted.ts';
import type { Services, Turn } from './services.ts';
import { SWITCHES, type Switch } from './switches.ts';

/** A series is looked for this far ahead. */
const SERIES_AHEAD_MS = 14 * DAY_MS;
/** Organisers are looked for this far around now. */
const PEOPLE_BACK_MS = 30 * DAY_MS;
const PEOPLE_AHEAD_MS = 60 * DAY_MS;

type Who = Pick<Turn, 'tenantId' | 'personId'>;
type MutedField = 'mutedSeries' | 'mutedCalendars' | 'mutedPeople';

const FIELD: Record<Exclude<MutedWhat, 'kind'>, MutedField> = {
  series: 'mutedSeries',
  calendar: 'mutedCalendars',
  person: 'mutedPeople',
};

/** Case, accents and spacing don't matter. */
const folded = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s“”"„]+/gu, ' ')
    .trim();

/** All that has the words; what is called exactly so goes before. */
export function matching<T>(all: readonly T[], words: string, namesOf: (one: T) => string[]): T[] {
  const wanted = folded(words);
  const isExact = (one: T) => namesOf(one).some((name) => folded(name) === wanted);
  const exact = all.filter(isExact);
  if (exact.length > 0) return exact;
  const parts = wanted.split(' ').filter(Boolean);
  return parts.length === 0
    ? []
    : all.filter((one) => namesOf(one).some((name) => parts.every((part) => folded(name).includes(part))));
}

const seriesOf = (event: CalendarEvent) => event.seriesMasterId ?? event.id;
const firstOfEach = <T>(all: T[], keyOfOne: (one: T) => string): T[] =>
  [...new Map([...all].reverse().map((one) => [keyOfOne(one), one])).values()].reverse();

/** Of the next two weeks, each series once, soonest first. */
export async function seriesNamed(services: Services, who: Who, words: string): Promise<CalendarEvent[]> {
  const now = services.clock.now();
  const events = await services.database.inTenant(who.tenantId, (sql) =>
    eventsBetween(sql, who.tenantId, who.personId, now, now + SERIES_AHEAD_MS),
  );
  const open = events.filter((event) => !event.isCancelled && !event.isDraft);
  return matching(firstOfEach(open, seriesOf), words, (event) => [event.subject]);
}

/** Who organises other people's meetings in the calendar, of late and soon. */
export async function organisersOf(services: Services, who: Who): Promise<Muted[]> {
  const now = services.clock.now();
  const events = await services.database.inTenant(who.tenantId, (sql) =>
    eventsBetween(sql, who.tenantId, who.personId, now - PEOPLE_BACK_MS, now + PEOPLE_AHEAD_MS),
  );
  const others = events.filter((event) => !event.isOrganizer && event.organizer.address !== '');
  return firstOfEach(others, (event) => event.organizer.address).map(({ organizer: { name, address } }) => ({
    id: address,
    name: clip(name || address, LONGEST_MUTED_NAME),
  }));
}

const OF_A_KIND = / (?:prompt|message|notice|card)s?$/;

/** By the words that a kind has for commands, or its title; “agenda prompts” are those of the kind “agenda”. */
export const kindCalled = (words: string): Switch | undefined => {
  const whole = folded(words);
  const called = (wanted: string) =>
    SWITCHES.find((kind) => [...kind.words, kind.title, kind.name].some((word) => folded(word) === wanted));
  return called(whole) ?? called(whole.replace(OF_A_KIND, ''));
};

export const mutedSeries = (event: CalendarEvent, settings: Settings): Muted => ({
  id: seriesOf(event),
  name: clip(disguised(event, settings).subject, LONGEST_MUTED_NAME) || '(no subject)',
});

function added(settings: Settings, what: Exclude<MutedWhat, 'kind'>, one: Muted): ChosenSettings {
  const field = FIELD[what];
  const before = settings[field].filter(({ id }) => id !== one.id);
  if (before.length >= MOST_MUTED)
    throw new CalendarWatchError('COMMAND_INVALID', 'too many are muted', {
      say: `You have muted ${MOST_MUTED} of these already; that is as many as I keep. **mute** shows them.`,
    });
  return { [field]: [...before, one] };
}

export const mute = (
  services: Services,
  who: Who,
  what: MutedWhat,
  name: (settings: Settings) => Muted,
): Promise<Chosen | undefined> =>
  choose(services, who, (settings) => {
    const one = name(settings);
    return what === 'kind' ? { kinds: { [one.id]: false } } : added(settings, what, one);
  });

/** `key` is an id or what a button carries for it. What isn't muted stays so. */
export async function unmute(
  services: Services,
  who: Who,
  what: MutedWhat,
  key: string,
): Promise<{ chosen: Chosen; removed: Muted | undefined } | undefined> {
  let removed: Muted | undefined;
  const chosen = await choose(services, who, (settings) => {
    const isMeant = ({ id }: Muted) => id === key || keyOf(id) === key;
    removed = mutedOf(settings)[what].find(isMeant);
    if (!removed) return {};
    if (what === 'kind') return { kinds: { [removed.id]: true } };
    const field = FIELD[what];
    return { [field]: settings[field].filter((one) => !isMeant(one)) };
  });
  return chosen && { chosen, removed };
}

/** As choices, with what tells two of a name apart. */
export const asCandidates = (what: MutedWhat, all: Muted[]): Candidate[] =>
  all.map(({ id, name }) => ({
    name,
    ...(what === 'person' && id !== name ? { more: id } : {}),
    data: { what, id: keyOf(id) },
  }));
