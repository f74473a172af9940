/** The calendars of a person: what Outlook lists, what of it is watched, and the change from one choice to another. */
import { MINUTE_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { ConsentNeeded, SHARED } from '../identity/scopes.ts';
import { DEFAULT_CALENDAR, feedsOf, unwatchFeed, watchFeed } from '../store/feeds.ts';
import { wakeMailbox } from '../store/mailboxes.ts';
import { findPerson, oweReplan } from '../store/people.ts';
import { replan } from '../sync/write-plan.ts';
import { type CalendarChoice, choiceOf } from './cards/calendars.ts';
import type { Services, Turn } from './services.ts';

/** Each costs a read every few minutes or a subscription. */
const MOST_WATCHED = 10;

export const pollMinutes = (services: Services): number => Math.round(services.intervals.catchUpUnprovenMs / MINUTE_MS);

async function requireWatching(services: Services, { tenantId, personId }: Turn): Promise<void> {
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  if (person?.watch !== 'on')
    throw new CalendarWatchError('COMMAND_INVALID', 'calendars while not watching', {
      say: 'I’m not watching your calendar right now. Type **watch on** first.',
    });
}

/** Listing what others share needs no permission of its own, reading it does. */
async function requireShared(services: Services, { tenantId, personId }: Turn): Promise<void> {
  try {
    await services.tokens.get({ tenantId, personId }, [SHARED]);
  } catch (error) {
    // Where an application reads for them they may never have signed in; then it is a permission that they are asked for.
    const isUnknown = error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED';
    throw isUnknown ? new ConsentNeeded([SHARED], error) : error;
  }
}

/** What Outlook lists; then what is watched and not listed any more: deleted, or not shared any longer. */
export async function choicesOf(services: Services, turn: Turn): Promise<CalendarChoice[]> {
  const { tenantId, personId } = turn;
  await requireWatching(services, turn);
  const listed = await services.graph.listCalendars({ tenantId, personId, mailboxId: personId });
  const feeds = await services.database.inTenant(tenantId, (sql) => feedsOf(sql, tenantId, personId));
  const isListed = (calendarId: string) => listed.some((one) => one.calendarId === calendarId);
  const gone = feeds.filter((feed) => feed.calendarId !== DEFAULT_CALENDAR && !isListed(feed.calendarId));
  return [
    ...listed.map((one): CalendarChoice => {
      const feed = feeds.find((known) => known.calendarId === one.calendarId);
      return {
        calendarId: one.calendarId,
        name: one.name,
        ...(one.owner ? { ownerName: one.owner.name } : {}),
        isWatched: feed !== undefined,
        isPolled: feed?.polled ?? one.owner !== undefined,
      };
    }),
    ...gone.map(
      ({ calendarId, name, polled }): CalendarChoice => ({
        calendarId,
        name,
        isWatched: true,
        isPolled: polled,
        isGone: true,
      }),
    ),
  ];
}

/** Watches exactly what was `ticked`, of those that Outlook lists. Returns the choices as they are now. */
export async function chooseCalendars(services: Services, turn: Turn, ticked: Set<string>): Promise<CalendarChoice[]> {
  const { tenantId, personId } = turn;
  const before = await choicesOf(services, turn);
  const isWanted = (one: CalendarChoice) => !one.isGone && ticked.has(choiceOf(one.calendarId));
  const chosen = before.filter(isWanted);
  if (chosen.length === 0)
    throw new CalendarWatchError('COMMAND_INVALID', 'no calendar was chosen', {
      say: 'Choose at least one calendar, or type **watch off** to stop watching altogether.',
    });
  if (chosen.length > MOST_WATCHED)
    throw new CalendarWatchError('COMMAND_INVALID', 'too many calendars were chosen', {
      say: `I can watch up to ${MOST_WATCHED} calendars; you chose ${chosen.length}.`,
    });
  if (chosen.some((one) => one.ownerName !== undefined && !one.isWatched)) await requireShared(services, turn);
  const now = services.clock.now();
  await services.database.inTenant(tenantId, async (sql) => {
    // The person before the mailbox, as everywhere.
    await oweReplan(sql, tenantId, personId, now);
    // In the order in which everybody locks them.
    for (const one of [...before].sort((a, b) => (a.calendarId < b.calendarId ? -1 : 1))) {
      const shared = one.ownerName !== undefined;
      if (!isWanted(one)) await unwatchFeed(sql, tenantId, personId, one.calendarId);
      else if (!one.isWatched)
        await watchFeed(sql, tenantId, personId, { calendarId: one.calendarId, name: one.name, shared }, now);
    }
    await wakeMailbox(sql, tenantId, personId, now);
  });
  await replan(services, { tenantId, personId, correlationId: services.newId() }, now);
  services.poke('sync');
  services.poke('care');
  return before.filter((one) => !one.isGone).map((one) => ({ ...one, isWatched: isWanted(one) }));
}
