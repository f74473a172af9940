/** A task in the person's own To Do. What may have been added is looked for by its title before it is added again. */
import { dateOf } from '../../calendar/zone.ts';
import { MINUTE_MS } from '../../clock.ts';
import type { Access, Graph } from '../../graph/port.ts';
import { fill } from '../../rules/fill.ts';
import type { Database } from '../../store/database.ts';
import type { Person } from '../../store/people.ts';
import type { Errand, ErrandKind, Result } from './errand.ts';
import { actorOf, type RunOf, runOf, UNREADABLE, whyNotRun } from './run.ts';
import { tellOfPermission } from './tell-owner.ts';
import { NO_PERMISSION, troubleOf } from './trouble.ts';

const LONGEST_TITLE = 255;
const LONGEST_LINK = 2_000;
const LONGEST_NAME = 100;
/** Microsoft's clock may be behind ours. */
const CLOCKS_DIFFER_MS = MINUTE_MS;

export interface TaskParts {
  database: Pick<Database, 'inTenant'>;
  graph: Pick<Graph, 'findTaskList' | 'addTask' | 'hasTask'>;
}

const titleOf = (run: RunOf<'task'>, person: Person): string =>
  fill(run.deed.title, run.facts, person)
    .replace(/\s+/g, ' ')
    .slice(0, LONGEST_TITLE)
    .replace(/[\ud800-\udbff]$/, '');

async function add({ graph }: TaskParts, errand: Errand, run: RunOf<'task'>, person: Person): Promise<Result> {
  const { facts, deed } = run;
  const access: Access = { tenantId: person.tenantId, personId: person.personId, mailboxId: person.personId };
  const title = titleOf(run, person);
  const listId = await graph.findTaskList(access);
  // Another of the same title, made since, would be taken for it: less harm than a second one.
  if (errand.ambiguous > 0 && (await graph.hasTask(access, listId, title, errand.dueAt - CLOCKS_DIFFER_MS)))
    return { kind: 'done' };
  const { webLink } = facts;
  await graph.addTask(access, listId, {
    title,
    timeZone: person.timeZone,
    ...(deed.dueInMinutes === undefined
      ? {}
      : { dueDate: dateOf(errand.dueAt + deed.dueInMinutes * MINUTE_MS, person.timeZone) }),
    ...(webLink && webLink.length <= LONGEST_LINK
      ? { link: { url: webLink, name: (facts.subject || 'Meeting').slice(0, LONGEST_NAME) } }
      : {}),
  });
  return { kind: 'done' };
}

export const createTask = (parts: TaskParts): ErrandKind => ({
  name: 'task',
  whenUnknown: 'again',
  stillStands: (sql, errand) => whyNotRun(sql, errand),
  async perform(errand) {
    const run = runOf(errand, 'task');
    const person = await parts.database.inTenant(errand.tenantId, (sql) => actorOf(sql, errand));
    if (!run || !person) return { kind: 'failed', reason: UNREADABLE };
    return add(parts, errand, run, person).catch((error: unknown) => troubleOf(error, errand.attempts));
  },
  async settle(sql, errand, result, now) {
    if (result.kind === 'failed' && result.reason === NO_PERMISSION)
      await tellOfPermission(sql, errand, 'Tasks.ReadWrite', now);
  },
});
