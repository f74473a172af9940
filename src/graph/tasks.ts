/** Microsoft To Do: which list, and a task in it. */
import { z } from 'zod';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, mailboxPath } from './client.ts';
import type { Access } from './port.ts';

const SCOPES = { scopes: ['Tasks.ReadWrite'] };
/** Who keeps a list of this name wants them there. */
const PREFERRED_LIST = 'meetings';
const MOST_SEEN = 100;

const list = z.object({
  id: z.string().min(1).max(1024),
  displayName: z.string().nullish(),
  wellknownListName: z.string().nullish(),
});
const lists = z.object({ value: z.array(list) });
const tasks = z.object({
  value: z.array(
    z.object({ id: z.string().min(1).max(1024), title: z.string().nullish(), createdDateTime: z.string().nullish() }),
  ),
});
const made = z.object({ id: z.string().min(1).max(1024) });

export interface NewTask {
  title: string;
  /** A day on the person's calendar, "2026-12-04". */
  dueDate?: string;
  /** IANA */
  timeZone: string;
  /** The meeting that it comes from. */
  link?: { url: string; name: string };
}

function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'an answer of To Do is not of the documented form');
}

const listsPath = (access: Access) => `${mailboxPath(access)}/todo/lists`;
const tasksPath = (access: Access, listId: string) => `${listsPath(access)}/${encodeURIComponent(listId)}/tasks`;

/** The list called “Meetings”, else the one that To Do itself adds to. */
export const findTaskList =
  (call: Caller) =>
  async (access: Access): Promise<string> => {
    const { value } = parse(lists, await call(access, `${listsPath(access)}?$top=100`, (graph) => graph.get(), SCOPES));
    const chosen =
      value.find((one) => one.displayName?.trim().toLowerCase() === PREFERRED_LIST) ??
      value.find((one) => one.wellknownListName === 'defaultList');
    if (chosen) return chosen.id;
    throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'To Do has no default list', {
      say: 'I can’t find your list of tasks. Please open Microsoft To Do once, then try again.',
    });
  };

export const addTask =
  (call: Caller) =>
  async (access: Access, listId: string, task: NewTask): Promise<string> => {
    const body = {
      title: task.title,
      // To Do keeps the day alone.
      ...(task.dueDate ? { dueDateTime: { dateTime: `${task.dueDate}T00:00:00`, timeZone: task.timeZone } } : {}),
      ...(task.link
        ? {
            linkedResources: [
              { webUrl: task.link.url, applicationName: 'Calendar Watch', displayName: task.link.name },
            ],
          }
        : {}),
    };
    return parse(made, await call(access, tasksPath(access, listId), (graph) => graph.post(body), SCOPES)).id;
  };

/** Whether a task of this title was made since; for an attempt of which nobody knows what came. */
export const hasTask =
  (call: Caller) =>
  async (access: Access, listId: string, title: string, since: number): Promise<boolean> => {
    // A guess, not found in the documentation: the order that Graph is asked for here. Without one it gives some hundred.
    const path = `${tasksPath(access, listId)}?$top=${MOST_SEEN}&$orderby=createdDateTime%20desc`;
    const { value } = parse(tasks, await call(access, path, (graph) => graph.get(), SCOPES));
    return value.some((one) => one.title === title && Date.parse(one.createdDateTime ?? '') >= since);
  };
