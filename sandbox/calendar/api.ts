/** The page's JSON API. Every write goes through the store in the name of the person whose calendar is shown. */
import { z } from 'zod';
import type { CalendarStoreApi, WriteScope } from '../graph/store-api.ts';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxPerson, SandboxPlace, World } from '../world.ts';
import type { ChangeFeed } from './changes.ts';
import { eventForm, graphEvent } from './event-form.ts';
import { PageError } from './failures.ts';
import { bodyWith } from './join-block.ts';
import { ianaZone, isDate } from './wall-clock.ts';
import { buildWeek, weekEvent } from './week.ts';

export interface ApiContext {
  world: World;
  store: CalendarStoreApi;
  places: SandboxPlace[];
  changes: ChangeFeed;
}

const who = z.object({ person: z.string() });
const scope = z.enum(['occurrence', 'series']).default('occurrence');
const createBody = who.extend({
  calendar: z.string().optional(),
  /** In a room's calendar: whose meeting it is that is written there, past the room's policy. */
  organizer: z.string().optional(),
  event: eventForm.partial().required({ subject: true, start: true, end: true }),
});
const updateBody = who.extend({ scope, event: eventForm.omit({ recurrence: true }).partial() });
const cancelBody = who.extend({ scope, comment: z.string().max(5_000).default('') });
const respondBody = cancelBody.extend({ answer: z.enum(['accept', 'decline', 'tentativelyAccept']) });

function personByOid(world: World, oid: string | null): SandboxPerson {
  const person = world.people.get(oid ?? '');
  if (!person) throw new PageError(404, 'There is no such person in the sandbox.');
  return person;
}

function bodyOf(request: SandboxRequest): unknown {
  try {
    return JSON.parse(request.body);
  } catch {
    throw new PageError(400, 'The request is not valid JSON.');
  }
}

/** Everything the page needs before it shows a week: who there is and where one meets. */
export function listPeople({ world, places }: ApiContext): SandboxResponse {
  const people = [...world.people.values()].map((person) => ({
    oid: person.oid,
    tenant: world.tenants.get(person.tenantId)?.displayName ?? person.tenantId,
    tenantId: person.tenantId,
    name: person.displayName,
    address: person.upn,
    kind: person.kind,
    title: person.jobTitle ?? '',
    locale: person.locale,
    hasMailbox: person.hasMailbox !== false,
  }));
  return { status: 200, body: { people, places } };
}

export function showWeek({ world, store, changes }: ApiContext, request: SandboxRequest): SandboxResponse {
  const person = personByOid(world, request.query.get('person'));
  if (person.hasMailbox === false) throw new PageError(404, `${person.displayName} has no mailbox.`);
  const date = request.query.get('date') ?? undefined;
  const calendar = request.query.get('calendar') ?? undefined;
  if (date !== undefined && !isDate(date)) throw new PageError(400, 'That is not a date.');
  // The version is taken first: a change in between is then announced once too often instead of never.
  const version = changes.version();
  return { status: 200, body: { ...buildWeek(store, person, world.clock.now(), { date, calendar }), version } };
}

export async function awaitChanges({ world, changes }: ApiContext, request: SandboxRequest): Promise<SandboxResponse> {
  const person = personByOid(world, request.query.get('person'));
  const since = Number(request.query.get('since') ?? '0');
  if (!Number.isSafeInteger(since)) throw new PageError(400, '"since" must be a number.');
  const version = await changes.wait(person.oid, since);
  return { status: 200, body: { version, now: world.clock.now() } };
}

export function createEvent({ world, store }: ApiContext, request: SandboxRequest): SandboxResponse {
  const { person: oid, calendar, organizer, event } = createBody.parse(bodyOf(request));
  const person = personByOid(world, oid);
  if (organizer && person.kind !== 'room') throw new PageError(400, `${person.displayName} is not a room.`);
  const wanted = graphEvent(event, person.mailboxTimeZone);
  const created = organizer
    ? store.writeIntoRoom(person, wanted, personByOid(world, organizer))
    : store.create(person, wanted, calendar);
  return { status: 201, body: weekEvent(created, ianaZone(person.mailboxTimeZone)) };
}

/** With the scope "series" the times are still those of the occurrence that was opened; the store moves all along. */
export function updateEvent({ world, store }: ApiContext, request: SandboxRequest, id: string): SandboxResponse {
  const { person: oid, scope, event } = updateBody.parse(bodyOf(request));
  const person = personByOid(world, oid);
  const patch = graphEvent(event, person.mailboxTimeZone);
  // An empty patch changes nothing and answers with the event as it is.
  if (event.agenda !== undefined) patch.body = bodyWith(event.agenda, store.update(person, id, {}, scope));
  const updated = store.update(person, id, patch, scope);
  return { status: 200, body: weekEvent(updated, ianaZone(person.mailboxTimeZone)) };
}

type Write = (person: SandboxPerson, id: string, scope: WriteScope, comment: string) => void;

/** Cancelling, deleting and answering differ only in what they ask of the store. */
function write(context: ApiContext, request: SandboxRequest, id: string, run: Write): SandboxResponse {
  const { person, scope, comment } = cancelBody.parse(bodyOf(request));
  run(personByOid(context.world, person), id, scope, comment);
  return { status: 200, body: { ok: true } };
}

export function cancelEvent(context: ApiContext, request: SandboxRequest, id: string): SandboxResponse {
  return write(context, request, id, (person, id, scope, comment) => context.store.cancel(person, id, comment, scope));
}

export function removeEvent(context: ApiContext, request: SandboxRequest, id: string): SandboxResponse {
  return write(context, request, id, (person, id, scope) => context.store.remove(person, id, scope));
}

export function respondToEvent(context: ApiContext, request: SandboxRequest, id: string): SandboxResponse {
  const { answer } = respondBody.parse(bodyOf(request));
  return write(context, request, id, (person, id, scope, comment) =>
    context.store.respond(person, id, answer, comment || undefined, scope),
  );
}
