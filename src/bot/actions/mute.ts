/** "Mute this series", "Unmute": what a button names is looked up in the presser's own mailbox and settings. */
import { z } from 'zod';
import { CalendarWatchError } from '../../errors.ts';
import { findEvent } from '../../store/events.ts';
import { choicesOf } from '../calendars.ts';
import { notWatching } from '../cards/answers.ts';
import { keyOf, MUTE_ADD, MUTE_REMOVE, MUTE_SERIES, mutedCard, mutesCard } from '../cards/mutes.ts';
import { settingsNow } from '../choosing.ts';
import { mute, mutedSeries, organisersOf, unmute } from '../muting.ts';
import type { Services, Turn } from '../services.ts';
import type { ButtonAction } from './action.ts';

const id = z.string().min(1).max(1024);
const ofSeries = z.object({ eventId: id, chosen: z.boolean().optional().catch(undefined) });
const toAdd = z.object({ what: z.enum(['calendar', 'person']), id });
const toRemove = z.object({ what: z.enum(['series', 'calendar', 'person', 'kind']), id });

function parse<T>(schema: z.ZodType<T, z.ZodTypeDef, unknown>, data: unknown): T {
  const read = schema.safeParse(data);
  if (!read.success)
    throw new CalendarWatchError('COMMAND_INVALID', 'a button carried data of an odd form', {
      say: 'I can’t read that button any more. Type **help** to see what I understand.',
    });
  return read.data;
}

const gone = (what: string) =>
  new CalendarWatchError('EVENT_NOT_FOUND', `the ${what} of a button to mute is gone`, {
    say: `I don’t find that ${what} any more, so there is nothing to mute.`,
  });

/** On a meeting's card, which stays; or one of several choices, which are answered. */
const pressMuteSeries: ButtonAction = {
  verb: MUTE_SERIES,
  async run(services, turn, data) {
    const { eventId, chosen } = parse(ofSeries, data);
    const { tenantId, personId } = turn;
    const event = await services.database.inTenant(tenantId, (sql) => findEvent(sql, tenantId, personId, eventId));
    const before = await settingsNow(services, turn);
    if (!event || !before) throw gone('meeting');
    const one = mutedSeries(event, before.settings);
    await mute(services, turn, 'series', () => one);
    const said = mutedCard('series', one);
    return chosen ? { card: said } : { reply: said };
  },
};

async function named(services: Services, turn: Turn, what: 'calendar' | 'person', key: string) {
  if (what === 'person') return (await organisersOf(services, turn)).find((one) => keyOf(one.id) === key);
  const watched = (await choicesOf(services, turn)).filter((one) => one.isWatched);
  return watched
    .map(({ calendarId, name }) => ({ id: calendarId || 'default', name: name.slice(0, 120) }))
    .find((one) => keyOf(one.id) === key);
}

const pressMuteAdd: ButtonAction = {
  verb: MUTE_ADD,
  async run(services, turn, data) {
    const { what, id: key } = parse(toAdd, data);
    const one = await named(services, turn, what, key);
    if (!one) throw gone(what);
    const chosen = await mute(services, turn, what, () => one);
    return { card: chosen ? mutedCard(what, one) : notWatching() };
  },
};

const pressUnmute: ButtonAction = {
  verb: MUTE_REMOVE,
  async run(services, turn, data) {
    const { what, id: key } = parse(toRemove, data);
    const done = await unmute(services, turn, what, key);
    return { card: done ? mutesCard(done.chosen.settings) : notWatching() };
  },
};

export const MUTE_ACTIONS: readonly ButtonAction[] = [pressMuteSeries, pressMuteAdd, pressUnmute];
