/**
 * An admin's rooms are read from Places and watched: a page of a hundred an errand, each planning the next. Nothing is held
 * open while Graph is asked, and a page that is read twice adds nothing twice.
 */
import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import type { Errand, ErrandKind, Result } from '../delivery/errands/errand.ts';
import { troubleOf } from '../delivery/errands/trouble.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { DescribedRoom, RoomsWanted } from '../graph/places.ts';
import { asApplication, type Graph } from '../graph/port.ts';
import { recordAct } from '../store/audit.ts';
import type { Database, Sql } from '../store/database.ts';
import { type NewErrand, planErrands } from '../store/errands.ts';
import { addNotice } from '../store/nudges.ts';
import { ensureTenant } from '../store/people.ts';
import { countRooms, watchRooms } from '../store/room-people.ts';
import { roomsWithIds, saveRoom } from '../store/rooms.ts';

export const ADD_ROOMS = 'addRooms';
export const ROOMS_ADDED = 'roomsAdded';
/** Of a tenant. */
export const MOST_ROOMS_ADDED = 5_000;

/** Calendars are read for the first time one after the other. */
const APART_MS = 60;
const PAGE_LIFE_MS = 2 * HOUR_MS;
const NOTICE_LIFE_MS = 24 * HOUR_MS;

const counts = z.object({
  /** New ones. */
  added: z.number().int().default(0),
  /** Known before; what Places says of them is taken over. */
  known: z.number().int().default(0),
  /** No account of that address was found. */
  unknown: z.number().int().default(0),
  /** Beyond what a tenant may have. */
  beyond: z.number().int().default(0),
});
export type Counts = z.infer<typeof counts>;

const payload = z.object({
  runId: z.string(),
  page: z.number().int(),
  /** Undefined: all of the tenant. */
  list: z.string().optional(),
  link: z.string().optional(),
  so: counts.default({}),
});
type Payload = z.infer<typeof payload>;

export interface RoomsAddedFacts extends Counts {
  list?: string;
  /** Why it ended early. */
  problem?: string;
}

const errandOf = (personId: string, page: Payload, now: number): NewErrand => ({
  errandId: `${ADD_ROOMS}.${page.runId}.${page.page}`,
  kind: ADD_ROOMS,
  personId,
  payload: page,
  dueAt: now,
  deadlineAt: now + PAGE_LIFE_MS,
});

export const beginAdding = (
  sql: Sql,
  who: { tenantId: string; personId: string },
  run: { runId: string; list?: string },
  now: number,
): Promise<string[]> =>
  planErrands(
    sql,
    who.tenantId,
    [
      errandOf(
        who.personId,
        { runId: run.runId, page: 0, so: counts.parse({}), ...(run.list ? { list: run.list } : {}) },
        now,
      ),
    ],
    run.runId,
    now,
  );

/** Watches these rooms; known ones are described anew. @param accounts object ids by address */
export async function addRooms(
  sql: Sql,
  tenantId: string,
  rooms: readonly DescribedRoom[],
  accounts: ReadonlyMap<string, string>,
  adding: { addedBy: string; before?: number },
  now: number,
): Promise<Counts> {
  await ensureTenant(sql, tenantId, now);
  const byId = new Map(
    rooms.flatMap((one) => {
      const id = accounts.get(one.address);
      return id === undefined ? [] : [[id, one] as const];
    }),
  );
  const knownIds = new Set((await roomsWithIds(sql, tenantId, [...byId.keys()])).map((one) => one.roomId));
  const space = Math.max(0, MOST_ROOMS_ADDED - (await countRooms(sql, tenantId)));
  const fresh = [...byId.keys()].filter((id) => !knownIds.has(id)).sort();
  const taken = [...knownIds, ...fresh.slice(0, space)].sort();
  const before = adding.before ?? 0;
  const watched = await watchRooms(
    sql,
    tenantId,
    taken.map((personId, index) => ({
      personId,
      address: byId.get(personId)?.address ?? '',
      dueAt: now + (before + index) * APART_MS,
    })),
    now,
  );
  for (const roomId of taken) {
    const one = byId.get(roomId);
    if (one && watched.has(roomId)) await saveRoom(sql, tenantId, { roomId, ...one }, adding.addedBy, now);
  }
  const isWatched = (id: string) => watched.has(id);
  return {
    added: fresh.slice(0, space).filter(isWatched).length,
    known: [...knownIds].filter(isWatched).length,
    unknown: rooms.length - byId.size + taken.filter((id) => !isWatched(id)).length,
    beyond: Math.max(0, fresh.length - space),
  };
}

const sum = (one: Counts, other: Counts): Counts => ({
  added: one.added + other.added,
  known: one.known + other.known,
  unknown: one.unknown + other.unknown,
  beyond: one.beyond + other.beyond,
});

export interface AddingParts {
  database: Pick<Database, 'inTenant'>;
  graph: Pick<Graph, 'listRooms' | 'findAccounts'>;
  clock: { now(): number };
  newId(): string;
}

const outcomeOf = z.object({ counts, next: z.string().optional() });

async function addPage(parts: AddingParts, errand: Errand, page: Payload): Promise<Result> {
  const { tenantId, personId } = errand;
  const access = asApplication(tenantId);
  const wanted: RoomsWanted = page.link ? { link: page.link } : page.list ? { list: page.list } : 'tenant';
  try {
    const { rooms, nextLink } = await parts.graph.listRooms(access, wanted);
    const accounts = await parts.graph.findAccounts(
      access,
      rooms.map((one) => one.address),
    );
    const { added, known } = page.so;
    const adding = { addedBy: personId ?? '', before: added + known };
    const found = await parts.database.inTenant(tenantId, (sql) =>
      addRooms(sql, tenantId, rooms, accounts, adding, parts.clock.now()),
    );
    return { kind: 'done', outcome: { counts: found, ...(nextLink ? { next: nextLink } : {}) } };
  } catch (error) {
    if (error instanceof GraphFailure && ['forbidden', 'notFound', 'rejected'].includes(error.kind))
      return { kind: 'failed', reason: error.kind };
    const trouble = troubleOf(error, errand.attempts);
    // The admin waits for it; what Graph itself asks for is kept.
    return trouble.kind === 'again' ? { ...trouble, afterMs: Math.min(trouble.afterMs, 5 * MINUTE_MS) } : trouble;
  }
}

async function tellEnd(
  parts: AddingParts,
  sql: Sql,
  errand: Errand,
  { runId, list, so }: Payload,
  problem: string | undefined,
  now: number,
): Promise<void> {
  const { tenantId, personId, correlationId } = errand;
  if (personId === null) return;
  const facts: RoomsAddedFacts = { ...so, ...(list ? { list } : {}), ...(problem ? { problem } : {}) };
  const owner = { tenantId, personId, mailboxId: personId, correlationId };
  const notice = {
    nudgeId: `${ROOMS_ADDED}.${runId}`,
    kind: ROOMS_ADDED,
    facts: { ...facts },
    deadlineAt: now + NOTICE_LIFE_MS,
  };
  await addNotice(sql, owner, notice, now);
  const detail = { from: list ? 'list' : 'all', added: so.added, known: so.known };
  await recordAct(sql, { tenantId, actorId: personId, personId: null, act: 'roomsAdded', detail }, now, parts.newId());
}

export const createAddRooms = (parts: AddingParts): ErrandKind => ({
  name: ADD_ROOMS,
  whenUnknown: 'again',
  async perform(errand) {
    const page = payload.safeParse(errand.payload);
    return page.success ? addPage(parts, errand, page.data) : { kind: 'failed', reason: 'it can’t be read' };
  },
  async settle(sql, errand, result, now) {
    const read = payload.safeParse(errand.payload);
    if (!read.success || result.kind === 'again' || result.kind === 'withdrawn') return;
    const page = read.data;
    if (result.kind === 'failed') return tellEnd(parts, sql, errand, page, result.reason, now);
    const outcome = outcomeOf.safeParse(result.outcome ?? {});
    const so = outcome.success ? sum(page.so, outcome.data.counts) : page.so;
    const link = outcome.success ? outcome.data.next : undefined;
    const next = { ...page, so, page: page.page + 1, ...(link ? { link } : {}) };
    if (!link || so.beyond > 0) return tellEnd(parts, sql, errand, next, undefined, now);
    await planErrands(sql, errand.tenantId, [errandOf(errand.personId ?? '', next, now)], errand.correlationId, now);
  },
});
