/**
 * What a press does in somebody else's system (a mail, a task) is noted before it is done: of two presses at once one
 * does it, what is done is not done again, and what nobody knows the outcome of is looked for or left alone.
 */
import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import { mayHaveArrived } from '../graph/in-doubt.ts';
import type { Sql } from '../store/database.ts';
import { findAnswer, forgetAnswers, lockPerson, oweReplan, saveAnswer } from '../store/people.ts';
import type { Services, Turn } from './services.ts';

/** Longer than any one deed can take: a token, then a request, each with its limit. */
const UNDERWAY_MS = 2 * MINUTE_MS;
/** Microsoft's clock may be behind ours. */
const CLOCKS_DIFFER_MS = MINUTE_MS;
const MOST_DEEDS = 100;
/** Longer than anybody presses a button again. */
const KEPT_MS = 14 * DAY_MS;

const deed = z.object({
  state: z.enum(['begun', 'done', 'doubtful']),
  at: z.number(),
  /** Of the first attempt whose outcome is unknown. */
  since: z.number(),
});
const notes = z.object({ deeds: z.record(deed).catch(() => ({})) }).passthrough();

type Deed = z.infer<typeof deed>;
type Notes = z.infer<typeof notes>;

/** Where it is noted: an answer of the person's, whose other fields are left as they are. */
export interface NotedIn {
  kind: string;
  eventId: string;
}

export type Outcome =
  | { kind: 'done' }
  /** Somebody is at it. */
  | { kind: 'underway' }
  /** It may have been done, and can't be looked for. */
  | { kind: 'doubtful' }
  | { kind: 'failed'; error: unknown };

type Who = Pick<Turn, 'tenantId' | 'personId'>;

export async function readNotes(sql: Sql, { tenantId, personId }: Who, where: NotedIn): Promise<Notes> {
  const answer = await findAnswer(sql, tenantId, personId, where.kind, where.eventId);
  const read = notes.safeParse(answer?.value ?? {});
  return read.success ? read.data : { deeds: {} };
}

/** Changes the answer with the person's row locked; older ones of its kind are forgotten. */
export async function changeNotes<T>(
  services: Services,
  who: Who,
  where: NotedIn,
  change: (noted: Notes) => T,
): Promise<T> {
  const { tenantId, personId } = who;
  return services.database.inTenant(tenantId, async (sql) => {
    await oweReplan(sql, tenantId, personId, services.clock.now());
    await lockPerson(sql, tenantId, personId);
    const noted = await readNotes(sql, who, where);
    const result = change(noted);
    const now = services.clock.now();
    await saveAnswer(sql, tenantId, personId, { ...where, value: noted }, now);
    await forgetAnswers(sql, tenantId, personId, where.kind, now - KEPT_MS);
    return result;
  });
}

interface Way {
  run(): Promise<unknown>;
  /** Looks whether an attempt of which nothing is known, made since then, did it. Without it nothing is tried again. */
  wasDone?(since: number): Promise<boolean>;
}

function begin({ deeds }: Notes, key: string, canLook: boolean, now: number): Outcome | { since?: number } {
  const known: Deed | undefined = deeds[key];
  if (known?.state === 'done') return { kind: 'done' };
  if (known?.state === 'begun' && known.at > now - UNDERWAY_MS) return { kind: 'underway' };
  if (known && !canLook) {
    deeds[key] = { ...known, state: 'doubtful' };
    return { kind: 'doubtful' };
  }
  if (!known && Object.keys(deeds).length >= MOST_DEEDS) throw new Error('more deeds than one answer can note');
  deeds[key] = { state: 'begun', at: now, since: known?.since ?? now };
  return known ? { since: known.since } : {};
}

/** @param key tells deeds of one answer apart */
export async function doOnce(services: Services, who: Who, where: NotedIn, key: string, way: Way): Promise<Outcome> {
  const now = services.clock.now();
  const begun = await changeNotes(services, who, where, (noted) => begin(noted, key, way.wasDone !== undefined, now));
  if ('kind' in begun) return begun;
  const { since } = begun;
  const settle = (state: 'done' | 'doubtful' | undefined) =>
    changeNotes(services, who, where, ({ deeds }) => {
      if (state) deeds[key] = { state, at: services.clock.now(), since: since ?? now };
      else delete deeds[key];
    });
  let isLooking = since !== undefined;
  try {
    const wasDone = since !== undefined && (await way.wasDone?.(since - CLOCKS_DIFFER_MS));
    isLooking = false;
    if (!wasDone) await way.run();
  } catch (error) {
    const isDoubtful = isLooking || mayHaveArrived(error);
    await settle(isDoubtful ? 'doubtful' : undefined);
    return isDoubtful && !way.wasDone ? { kind: 'doubtful' } : { kind: 'failed', error };
  }
  await settle('done');
  return { kind: 'done' };
}
