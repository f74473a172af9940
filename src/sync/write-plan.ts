/** The plan, made from what the database holds and written to it: the one place where nudges come from. */
import type { CalendarEvent } from '../calendar/event.ts';
import { once } from '../calendar/once.ts';
import { USUAL_HOURS } from '../calendar/working-hours.ts';
import { DAY_MS } from '../clock.ts';
import { equaliseCards } from '../nudges/cards.ts';
import { farAhead } from '../nudges/clashes.ts';
import { equalise } from '../nudges/equalise.ts';
import { isInvitedToOneToOne } from '../nudges/invitee-points.ts';
import { KINDS } from '../nudges/kinds.ts';
import type { PlanInput } from '../nudges/nudge.ts';
import { type PlannedNudge, plan, replanAt } from '../nudges/plan.ts';
import { isBackFromAbsence, longSilenceSince } from '../nudges/silence.ts';
import { cardsOf, writeCards } from '../store/cards.ts';
import type { Sql } from '../store/database.ts';
import { absencesBetween, changesSince, eventsBetween, eventsWithIds, ownWritesOf } from '../store/events.ts';
import { nudgesOf, saidTo, writeEqualisation } from '../store/nudges.ts';
import { answersOf, lockPerson, type Person, placesOf, setReplan, settingsOf, watchingAmong } from '../store/people.ts';
import { estimateWays, type Travel, type TravelDeps } from './estimate-ways.ts';
import type { Follower, Written } from './follower.ts';
import { lostRoomsAmong } from './lost-rooms.ts';

/** Older changes have no notice left that could be owed. */
const CHANGES_BACK_MS = 7 * DAY_MS;
/** But for what waited for the end of a holiday; changes are kept for 30 days. */
const LONGEST_BACK_MS = 28 * DAY_MS;
const SAID_BACK_MS = 7 * DAY_MS;
/** Further than anything is planned: what lies ahead is told when it is known (two places at once), not when it is near. */
const SEEN_AHEAD_MS = 9 * DAY_MS;

/** The part of the replica that a plan looks at. */
export function planWindow(now: number): { from: number; to: number } {
  return { from: now - DAY_MS, to: now + SEEN_AHEAD_MS };
}

const KIND_NAMES = KINDS.map((kind) => kind.name);
const REMEMBERING = KINDS.filter((kind) => kind.remembers).map((kind) => kind.name);

/** Guests are the others; the reader is told apart by their address, where that is known. */
function withReader(events: CalendarEvent[], address: string | null): CalendarEvent[] {
  if (address) for (const event of events) event.myAddress = address;
  return events;
}

async function planInputOf(
  sql: Sql,
  person: Person,
  context: { mailboxId: string; travel: Travel },
  now: number,
): Promise<PlanInput> {
  const { tenantId, personId } = person;
  const { mailboxId, travel } = context;
  const window = planWindow(now);
  const events = once(
    withReader(await eventsBetween(sql, tenantId, mailboxId, window.from, window.to), person.address),
  );
  const listener = {
    timeZone: person.timeZone,
    settings: settingsOf(person),
    ...(person.away ? { away: person.away } : {}),
  };
  const heard = { now, person: listener };
  const absences = isBackFromAbsence(heard, events)
    ? await absencesBetween(sql, tenantId, mailboxId, now - LONGEST_BACK_MS, window.from)
    : [];
  const silentSince = longSilenceSince(heard, [...events, ...absences]) ?? now;
  const since = Math.max(now - LONGEST_BACK_MS, Math.min(now - CHANGES_BACK_MS, silentSince));
  const changes = await changesSince(sql, tenantId, mailboxId, since);
  const far = farAhead(changes, window.to);
  const further = far ? once(await eventsBetween(sql, tenantId, mailboxId, far.from, far.to)) : undefined;
  const known = new Set([...events, ...(further ?? [])].map((event) => event.id));
  const unknown = [...new Set(changes.map((change) => change.eventId))].filter((id) => !known.has(id));
  const hosts = new Set(events.filter(isInvitedToOneToOne).map((event) => event.organizer.address));
  return {
    now,
    person: {
      personId,
      // Who has to sign in again still has the meetings that we know of.
      isWatching: person.watch !== 'off',
      watchSince: person.watchSince ?? now,
      timeZone: person.timeZone,
      settings: settingsOf(person),
      places: travel.places,
      workingHours: person.workingHours ?? USUAL_HOURS,
      ...(person.address ? { address: person.address } : {}),
      ...(person.away ? { away: person.away } : {}),
    },
    events,
    ...(absences.length > 0 ? { absences } : {}),
    ...(further ? { further } : {}),
    changes,
    named: unknown.length > 0 ? await eventsWithIds(sql, tenantId, mailboxId, unknown) : [],
    answers: await answersOf(sql, tenantId, personId),
    said: await saidTo(sql, tenantId, personId, now - SAID_BACK_MS, REMEMBERING),
    ownWrites: await ownWritesOf(sql, tenantId, mailboxId, since),
    ...(await lostRoomsAmong(sql, person, changes)),
    colleagues: await watchingAmong(sql, tenantId, [...hosts]),
    travel: travel.estimates,
    spots: travel.spots,
  };
}

async function keepCardsTrue(
  sql: Sql,
  { tenantId, personId, mailboxId }: { tenantId: string; personId: string; mailboxId: string },
  { now, events, person }: PlanInput,
  nudges: PlannedNudge[],
): Promise<void> {
  // Nobody watches: the replica is empty, and that says nothing about the meetings.
  if (!person.isWatching) return;
  const cards = await cardsOf(sql, tenantId, personId, now);
  const known = new Set(events.map((event) => event.id));
  // One that moved out of sight is not gone.
  const far = [...new Set(cards.map((card) => card.eventId))].filter((id) => !known.has(id));
  const seen = far.length > 0 ? [...events, ...(await eventsWithIds(sql, tenantId, mailboxId, far))] : events;
  await writeCards(sql, tenantId, equaliseCards(cards, nudges, seen, person.settings), now);
}

export interface PlanContext {
  tenantId: string;
  personId: string;
  mailboxId: string;
  correlationId: string;
  travel: Travel;
  followers: readonly Follower[];
  changes?: Written['changes'];
  read?: Written['read'];
}

/**
 * Makes the stored nudges equal to the plan, and what stands in the chat equal to what is true; then those who go along
 * with the mailbox do the same with theirs. Call it in the transaction that changed what the plan depends on.
 */
export async function writePlan(sql: Sql, context: PlanContext, now: number): Promise<{ planned: number }> {
  const { tenantId, personId } = context;
  const person = await lockPerson(sql, tenantId, personId);
  if (!person) return { planned: 0 };
  const { replanAt: ownAt, planned } =
    person.kind === 'room' ? NOTHING_PLANNED : await writeNudges(sql, person, context, now);
  const { mailboxId, correlationId, changes = [], read } = context;
  const written: Written = { tenantId, mailboxId, correlationId, person, changes, ...(read ? { read } : {}) };
  const times = [ownAt];
  for (const follower of context.followers) times.push(await follower.follow(sql, written, now));
  const soonest = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
  await setReplan(sql, tenantId, personId, Number.isFinite(soonest) ? soonest : null, now);
  return { planned };
}

/** A room says nothing to itself. */
const NOTHING_PLANNED = { planned: 0, replanAt: undefined };

async function writeNudges(sql: Sql, person: Person, context: PlanContext, now: number) {
  const { tenantId, personId } = person;
  const input = await planInputOf(sql, person, context, now);
  const nudges = plan(input);
  const stored = await nudgesOf(sql, tenantId, personId, KIND_NAMES, now);
  await writeEqualisation(sql, context, equalise(nudges, stored, now), now);
  await keepCardsTrue(sql, context, input, nudges);
  return { planned: nudges.length, replanAt: replanAt(input) };
}

/** After a person changed a setting, a place or an answer; and when the plan asked for it. */
export async function replan(
  deps: TravelDeps & { followers: readonly Follower[] },
  who: { tenantId: string; personId: string; correlationId: string },
  now: number,
): Promise<void> {
  const { tenantId, personId } = who;
  const before = await deps.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, personId);
    const window = planWindow(now);
    return {
      person,
      places: await placesOf(sql, tenantId, personId),
      answers: await answersOf(sql, tenantId, personId),
      events: await eventsBetween(sql, tenantId, personId, window.from, window.to),
    };
  });
  if (!before.person) return;
  const travel = await estimateWays(deps, before.events, before.person, before.places, before.answers);
  const { followers } = deps;
  await deps.database.inTenant(tenantId, (sql) =>
    writePlan(sql, { ...who, mailboxId: personId, travel, followers }, now),
  );
}
