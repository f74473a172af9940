/**
 * A line in the body of the person's own meeting, or a category on any entry of theirs. As an agenda is written: read, add,
 * keep the join block, write only over the version that was read; what is there already is not added again, so that a
 * second attempt does no harm. The version that comes of it is kept as ours: nobody is told of their own rule's writing.
 */
import { agendaLines, withLines } from '../../calendar/agenda.ts';
import { type GraphEvent, normalise } from '../../calendar/normalise.ts';
import { type Clock, SECOND_MS } from '../../clock.ts';
import { GraphFailure } from '../../graph/failures.ts';
import type { Access, Graph } from '../../graph/port.ts';
import { fill } from '../../rules/fill.ts';
import type { Database } from '../../store/database.ts';
import { saveOwnWrite } from '../../store/events.ts';
import type { Person } from '../../store/people.ts';
import type { Errand, ErrandKind, Result } from './errand.ts';
import { actorOf, type RunOf, runOf, UNREADABLE, whyNotRun } from './run.ts';
import { tellOfPermission } from './tell-owner.ts';
import { NO_PERMISSION, troubleOf } from './trouble.ts';

export const NOT_ORGANISER = 'only the organiser can write into the invitation';
export const CANCELLED = 'the meeting is cancelled';
export const NOT_TOLD_APART = 'the text can’t be told from the join block or a signature';
/** A limit of ours; nobody has so many. */
const MOST_CATEGORIES = 25;
export const TOO_MANY_CATEGORIES = 'the entry has too many categories';
/** Between our reading and writing somebody changed it; more than this is for a minute later. */
const READINGS = 3;
/** Within the lease, however slow Graph is. */
const READ_AGAIN_WITHIN_MS = 20 * SECOND_MS;

export interface EntryParts {
  database: Pick<Database, 'inTenant'>;
  clock: Pick<Clock, 'now'>;
  graph: Pick<Graph, 'readEvent' | 'writeBody' | 'writeCategories'>;
}

type EntryRun = RunOf<'appendText' | 'addCategory'>;

const bare = (line: string) => line.replace(/\s+/g, ' ').trim();
const linesOf = (text: string) =>
  text
    .split(/\r?\n/)
    .map(bare)
    .filter((line) => line !== '');

const etagOf = (read: GraphEvent) => read['@odata.etag'] ?? `W/"${read.changeKey ?? ''}"`;

/** Undefined: it was there already. */
async function write(
  { graph }: EntryParts,
  access: Access,
  eventId: string,
  run: EntryRun,
  person: Person,
): Promise<{ wrote?: GraphEvent } | { refused: string }> {
  const read = await graph.readEvent(access, eventId);
  if (read.isCancelled) return { refused: CANCELLED };
  if (run.deed.deed === 'addCategory') {
    const { category } = run.deed;
    const has = (read.categories ?? []).filter((one) => one !== null);
    if (has.some((one) => one.toLowerCase() === category.toLowerCase())) return {};
    if (has.length >= MOST_CATEGORIES) return { refused: TOO_MANY_CATEGORIES };
    return { wrote: await graph.writeCategories(access, eventId, [...has, category], etagOf(read)) };
  }
  if (read.isOrganizer !== true) return { refused: NOT_ORGANISER };
  const { content = '', contentType = 'html' } = read.body ?? {};
  const lines = linesOf(fill(run.deed.text, run.facts, person));
  const joinUrl = read.onlineMeeting?.joinUrl ?? undefined;
  // By what is read of a body: a line that is taken for join block or signature could not be found again.
  const found = agendaLines(lines.join('\n'), 'text', joinUrl).map(bare);
  if (found.length === 0) return { refused: NOT_TOLD_APART };
  const present = new Set(agendaLines(content, contentType, joinUrl).map(bare));
  if (found.every((line) => present.has(line))) return {};
  return { wrote: await graph.writeBody(access, eventId, withLines(content, contentType, lines), etagOf(read)) };
}

async function perform(parts: EntryParts, errand: Errand, run: EntryRun, person: Person): Promise<Result> {
  const { tenantId, eventId } = errand;
  const { personId } = person;
  const access: Access = { tenantId, personId, mailboxId: personId };
  const began = parts.clock.now();
  for (let left = READINGS; ; left -= 1) {
    try {
      const outcome = await write(parts, access, eventId, run, person);
      if ('refused' in outcome) return { kind: 'failed', reason: outcome.refused };
      if (!outcome.wrote) return { kind: 'done', outcome: { was: 'there' } };
      const changeKey = normalise(outcome.wrote, '')?.changeKey ?? '';
      if (changeKey !== '')
        await parts.database.inTenant(tenantId, (sql) =>
          saveOwnWrite(sql, tenantId, personId, changeKey, parts.clock.now()),
        );
      return { kind: 'done' };
    } catch (error) {
      if (
        error instanceof GraphFailure &&
        error.kind === 'changed' &&
        left > 1 &&
        parts.clock.now() - began < READ_AGAIN_WITHIN_MS
      )
        continue;
      return troubleOf(error, errand.attempts);
    }
  }
}

export const createEntry = (parts: EntryParts): ErrandKind => ({
  name: 'entry',
  whenUnknown: 'again',
  stillStands: (sql, errand) => whyNotRun(sql, errand),
  async perform(errand) {
    const run = runOf(errand, 'appendText', 'addCategory');
    const person = await parts.database.inTenant(errand.tenantId, (sql) => actorOf(sql, errand));
    if (!run || !person || errand.mailboxId !== person.personId) return { kind: 'failed', reason: UNREADABLE };
    return perform(parts, errand, run, person);
  },
  async settle(sql, errand, result, now) {
    if (result.kind === 'failed' && result.reason === NO_PERMISSION)
      await tellOfPermission(sql, errand, 'Calendars.ReadWrite', now);
  },
});
