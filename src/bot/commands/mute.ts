/** mute, unmute: a series, a calendar, a person, a kind; alone they show what is muted. */
import type { Message } from '../../delivery/message.ts';
import { isKindOn } from '../../nudges/chosen.ts';
import type { Muted } from '../../nudges/settings.ts';
import { choicesOf } from '../calendars.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { speakerFor } from '../cards/meeting.ts';
import { MUTE_ADD, MUTE_REMOVE, MUTE_SERIES, mutedCard, mutesCard, unmutedCard, whichCard } from '../cards/mutes.ts';
import { clip, plain } from '../cards/parts.ts';
import { choose, settingsNow } from '../choosing.ts';
import { type MutedWhat, mutedOf } from '../muted.ts';
import {
  asCandidates,
  kindCalled,
  matching,
  mutedSeries,
  mute as muteIt,
  organisersOf,
  seriesNamed,
  unmute as unmuteIt,
} from '../muting.ts';
import type { Services, Turn } from '../services.ts';
import { SWITCHES, type Switch } from '../switches.ts';
import { enumerate } from '../words.ts';
import type { Command } from './command.ts';

const ADDRESS = /^[^\s@<>]{1,64}@[^\s@<>]{1,190}$/;

const kindWords = () => enumerate(SWITCHES.map((kind) => kind.words[0] ?? kind.name));
const how = (verb: string) =>
  sentence(
    `I can ${verb} a series, a calendar, a person or a kind: **${verb} series Weekly**, **${verb} calendar Team**, **${verb} person Ann**, **${verb} reminders**. Kinds are ${kindWords()}.`,
  );

/** "series Weekly sync" → what and its words. */
function namedIn(rest: string): { what: Exclude<MutedWhat, 'kind'>; words: string } | undefined {
  const [, what, words = ''] = /^(series|meeting|calendar|person|people|organi[sz]er)(?:\s+(.*))?$/i.exec(rest) ?? [];
  if (what === undefined) return undefined;
  const lower = what.toLowerCase();
  return {
    what: lower === 'calendar' ? 'calendar' : lower === 'series' || lower === 'meeting' ? 'series' : 'person',
    words: words.replace(/^[“"']|[”"']$/g, '').trim(),
  };
}

async function muteOne(services: Services, turn: Turn, what: MutedWhat, one: Muted): Promise<Message> {
  const chosen = await muteIt(services, turn, what, () => one);
  return chosen ? mutedCard(what, one) : notWatching();
}

async function muteSeries(services: Services, turn: Turn, words: string): Promise<Message> {
  const found = await settingsNow(services, turn);
  if (found?.person.watch !== 'on') return notWatching();
  const events = await seriesNamed(services, turn, words);
  const [event] = events;
  if (!event)
    return sentence(
      `There is nothing like “${plain(clip(words, 60))}” in your calendar in the next two weeks. Say a few words of its subject.`,
    );
  if (events.length === 1) return muteOne(services, turn, 'series', mutedSeries(event, found.settings));
  const say = speakerFor(found.person);
  const now = services.clock.now();
  const candidates = events.map((one) => ({
    name: mutedSeries(one, found.settings).name,
    more: one.allDay ? say.day(one.startAt) : `${say.relativeDay(one.startAt, now)} ${say.time(one.startAt)}`,
    data: { eventId: one.id, chosen: true },
  }));
  return whichCard('series', MUTE_SERIES, candidates);
}

async function watchedCalendars(services: Services, turn: Turn): Promise<Muted[]> {
  const watched = (await choicesOf(services, turn)).filter((one) => one.isWatched);
  return watched.map(({ calendarId, name }) => ({ id: calendarId || 'default', name: clip(name, 120) }));
}

async function muteCalendar(services: Services, turn: Turn, words: string): Promise<Message> {
  const watched = await watchedCalendars(services, turn);
  const found = matching(watched, words, ({ name }) => [name]);
  if (found.length > 1) return whichCard('calendar', MUTE_ADD, asCandidates('calendar', found));
  const [one] = found;
  return one
    ? muteOne(services, turn, 'calendar', one)
    : sentence(
        `I watch ${enumerate(watched.map(({ name }) => `“${plain(name)}”`))}, and none is called “${plain(clip(words, 60))}”.`,
      );
}

async function mutePerson(services: Services, turn: Turn, words: string): Promise<Message> {
  const found = matching(await organisersOf(services, turn), words, ({ id, name }) => [name, id]);
  if (found.length > 1) return whichCard('person', MUTE_ADD, asCandidates('person', found));
  const [one] = found;
  if (one) return muteOne(services, turn, 'person', one);
  // An address is somebody, even if they have invited nobody yet.
  if (ADDRESS.test(words))
    return muteOne(services, turn, 'person', { id: words.toLowerCase(), name: clip(words.toLowerCase(), 120) });
  return sentence(`Nobody called “${plain(clip(words, 60))}” has invited you lately. Try their address.`);
}

const BY_NAME = { series: muteSeries, calendar: muteCalendar, person: mutePerson };

async function list(services: Services, turn: Turn): Promise<Message> {
  const found = await settingsNow(services, turn);
  return found ? mutesCard(found.settings) : notWatching();
}

async function unmuteKind(services: Services, turn: Turn, kind: Switch): Promise<Message> {
  const chosen = await choose(services, turn, (settings) =>
    isKindOn(kind, { ...settings, forbiddenKinds: [] }) ? {} : { kinds: { [kind.name]: true } },
  );
  if (!chosen) return notWatching();
  return chosen.settings.forbiddenKinds.includes(kind.name)
    ? sentence(`**${kind.title}**: your admin has switched that off for everybody.`)
    : sentence(`**${kind.title}**: on again.`);
}

async function unmuteNamed(services: Services, turn: Turn, what: MutedWhat, words: string): Promise<Message> {
  const found = await settingsNow(services, turn);
  if (!found) return notWatching();
  const matches = matching(mutedOf(found.settings)[what], words, ({ id, name }) => [name, id]);
  if (matches.length > 1) return whichCard(what, MUTE_REMOVE, asCandidates(what, matches), true);
  const [one] = matches;
  if (!one) return sentence(`Nothing like “${plain(clip(words, 60))}” is muted. **mute** shows what is.`);
  await unmuteIt(services, turn, what, one.id);
  return unmutedCard(one);
}

export const mute: Command = {
  name: 'mute',
  shortcuts: { muted: '', 'what is muted': '', mutes: '' },
  usage: 'mute',
  help: 'what is muted; “mute series Weekly”, “mute calendar Team”, “mute person Ann”, “mute reminders”',
  group: 'quiet',
  keepsCase: true,
  async run(services, turn, rest) {
    if (rest === '') return list(services, turn);
    const named = namedIn(rest);
    if (named) return named.words === '' ? how('mute') : BY_NAME[named.what](services, turn, named.words);
    const kind = kindCalled(rest);
    return kind ? muteOne(services, turn, 'kind', { id: kind.name, name: kind.title }) : how('mute');
  },
};

export const unmute: Command = {
  name: 'unmute',
  usage: 'unmute',
  help: 'take one back; “unmute series Weekly”, “unmute reminders”',
  group: 'quiet',
  keepsCase: true,
  async run(services, turn, rest) {
    if (rest === '') return list(services, turn);
    const named = namedIn(rest);
    if (named) return named.words === '' ? list(services, turn) : unmuteNamed(services, turn, named.what, named.words);
    const kind = kindCalled(rest);
    return kind ? unmuteKind(services, turn, kind) : how('unmute');
  },
};
