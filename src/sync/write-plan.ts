/** The plan, made from what the database holds and written to it: the one place where nudges come from. */
import type { CalendarEvent, NamedPlace } from '../calendar/event.ts';
import { once } from '../calendar/once.ts';
import { DAY_MS } from '../clock.ts';
import { equalise } from '../nudges/equalise.ts';
import { KINDS } from '../nudges/kinds.ts';
import { HORIZON_MS, plan } from '../nudges/plan.ts';
import { readSettings } from '../nudges/settings.ts';
import type { Database, Sql } from '../store/database.ts';
import { changesSince, eventsBetween } from '../store/events.ts';
import { DEFAULT_CALENDAR } from '../store/feeds.ts';
import { nudgesOf, saidTo, writeEqualisation } from '../store/nudges.ts';
import { answersOf, findPlace, lockPerson, type Person } from '../store/people.ts';
import { type Estimate, legKey, type TravelProvider } from '../travel/port.ts';
import { guessOffice, waysOf } from '../travel/ways.ts';

/** Older changes have no notice left that could be owed. */
const CHANGES_BACK_MS = 7 * DAY_MS;
const SAID_BACK_MS = 7 * DAY_MS;
const MOST_ESTIMATES = 200;

/** The part of the replica that a plan looks at. */
export function planWindow(now: number): { from: number; to: number } {
  return { from: now - DAY_MS, to: now + HORIZON_MS + DAY_MS };
}

export interface Travel {
  office?: NamedPlace;
  estimates: Map<string, Estimate>;
}

/** Asks how long the ways take; before the transaction, because a provider may be slow. */
export async function estimateWays(
  all: CalendarEvent[],
  person: Pick<Person, 'timeZone'>,
  office: NamedPlace | undefined,
  provider: TravelProvider,
): Promise<Travel> {
  const mine = once(all);
  // Where somebody else's meetings are, or the club's, says nothing about where this person works.
  const home = office ?? guessOffice(mine.filter((event) => event.calendarId === DEFAULT_CALENDAR));
  const estimates = new Map<string, Estimate>();
  for (const { leg } of waysOf(mine, person.timeZone, home).slice(0, MOST_ESTIMATES)) {
    const estimate = await provider.estimate(leg);
    if (estimate) estimates.set(legKey(leg), estimate);
  }
  return { office: home, estimates };
}

/** Makes the stored nudges equal to the plan. Call it in the transaction that changed what the plan depends on. */
export async function writePlan(
  sql: Sql,
  context: { tenantId: string; personId: string; mailboxId: string; correlationId: string; travel: Travel },
  now: number,
): Promise<{ planned: number }> {
  const { tenantId, personId, mailboxId } = context;
  const person = await lockPerson(sql, tenantId, personId);
  if (!person) return { planned: 0 };
  const window = planWindow(now);
  const planned = plan({
    now,
    person: {
      personId,
      // Who has to sign in again still has the meetings that we know of.
      isWatching: person.watch !== 'off',
      watchSince: person.watchSince ?? now,
      timeZone: person.timeZone,
      settings: readSettings(person.settings),
      office: context.travel.office,
    },
    events: once(await eventsBetween(sql, tenantId, mailboxId, window.from, window.to)),
    changes: await changesSince(sql, tenantId, mailboxId, now - CHANGES_BACK_MS),
    answers: await answersOf(sql, tenantId, personId),
    said: await saidTo(sql, tenantId, personId, now - SAID_BACK_MS),
    travel: context.travel.estimates,
  });
  const kinds = KINDS.map((kind) => kind.name);
  const stored = await nudgesOf(sql, tenantId, personId, kinds, now);
  await writeEqualisation(sql, context, equalise(planned, stored, now), now);
  return { planned: planned.length };
}

/** After a person changed a setting, a place or an answer. */
export async function replan(
  deps: { database: Database; travel: TravelProvider },
  who: { tenantId: string; personId: string; correlationId: string },
  now: number,
): Promise<void> {
  const { tenantId, personId } = who;
  const before = await deps.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, personId);
    const window = planWindow(now);
    return {
      person,
      office: await findPlace(sql, tenantId, personId, 'office'),
      events: await eventsBetween(sql, tenantId, personId, window.from, window.to),
    };
  });
  if (!before.person) return;
  const travel = await estimateWays(before.events, before.person, before.office, deps.travel);
  await deps.database.inTenant(tenantId, (sql) => writePlan(sql, { ...who, mailboxId: personId, travel }, now));
}
