/** Microsoft To Do as far as we use it: the lists of a person, tasks in them. Kept in memory. */
import { z } from 'zod';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import { readJson } from './answer.ts';
import { badRequest, GraphError, noSuchResource } from './errors.ts';

const MAX_TITLE = 255;

const dateTime = z.object({ dateTime: z.string(), timeZone: z.string() });
const taskInput = z
  .object({
    title: z.string().min(1).max(MAX_TITLE),
    body: z.object({ content: z.string(), contentType: z.enum(['text', 'html']) }),
    dueDateTime: dateTime.nullable(),
    reminderDateTime: dateTime.nullable(),
    isReminderOn: z.boolean(),
    importance: z.enum(['low', 'normal', 'high']),
    linkedResources: z.array(
      z
        .object({
          webUrl: z.string(),
          applicationName: z.string(),
          displayName: z.string(),
          externalId: z.string(),
        })
        .partial()
        .strict(),
    ),
  })
  .partial()
  .strict();
const listInput = z.object({ displayName: z.string().min(1).max(100) }).strict();

export interface TodoTask extends z.infer<typeof taskInput> {
  id: string;
  createdAt: number;
}

export interface TodoList {
  id: string;
  displayName: string;
  wellknownListName: 'none' | 'defaultList' | 'flaggedEmails';
  tasks: TodoTask[];
}

const notFound = () => new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

function listJson({ tasks: _tasks, ...list }: TodoList): object {
  return { ...list, isOwner: true, isShared: false };
}

/** Without linkedResources, which come only when they are asked for. */
function taskJson({ createdAt, linkedResources: _links, ...task }: TodoTask): object {
  const createdDateTime = new Date(createdAt).toISOString();
  const standard = { importance: 'normal', isReminderOn: false, status: 'notStarted', hasAttachments: false };
  return { ...standard, ...task, createdDateTime, lastModifiedDateTime: createdDateTime };
}

function read<T>(schema: z.ZodType<T>, request: SandboxRequest): T {
  const result = schema.safeParse(readJson(request));
  if (result.success) return result.data;
  throw badRequest('invalidRequest', 'Invalid request body.');
}

export class TodoRoutes {
  private readonly lists = new Map<string, TodoList[]>();
  private serial = 0;

  /** As the person sees them. */
  of(oid: string): TodoList[] {
    const known = this.lists.get(oid);
    if (known) return known;
    const made: TodoList[] = [
      { id: this.newId('list'), displayName: 'Tasks', wellknownListName: 'defaultList', tasks: [] },
      { id: this.newId('list'), displayName: 'Flagged Emails', wellknownListName: 'flaggedEmails', tasks: [] },
    ];
    this.lists.set(oid, made);
    return made;
  }

  addList(oid: string, displayName: string): TodoList {
    const made: TodoList = { id: this.newId('list'), displayName, wellknownListName: 'none', tasks: [] };
    this.of(oid).push(made);
    return made;
  }

  /** @param rest the path after /todo */
  answer(oid: string, request: SandboxRequest, rest: string[], now: number): SandboxResponse {
    const [part, listId, tasks, taskId, more] = rest;
    if (part !== 'lists') throw noSuchResource(part ?? 'todo');
    if (listId === undefined) return this.toLists(oid, request);
    const list = this.of(oid).find((one) => one.id === listId);
    if (!list) throw notFound();
    if (tasks === undefined) return { status: 200, body: listJson(list) };
    if (tasks !== 'tasks' || more !== undefined) throw noSuchResource(more ?? tasks);
    return taskId === undefined ? this.toTasks(list, request, now) : this.toTask(list, taskId, request);
  }

  private toLists(oid: string, request: SandboxRequest): SandboxResponse {
    if (request.method === 'GET') return { status: 200, body: { value: this.of(oid).map(listJson) } };
    if (request.method !== 'POST') throw badRequest('BadRequest', 'The HTTP method is not supported.');
    return { status: 201, body: listJson(this.addList(oid, read(listInput, request).displayName)) };
  }

  private toTasks(list: TodoList, request: SandboxRequest, now: number): SandboxResponse {
    if (request.method === 'POST') {
      const task: TodoTask = { ...read(taskInput, request), id: this.newId('task'), createdAt: now };
      list.tasks.push(task);
      return { status: 201, body: { ...taskJson(task), linkedResources: task.linkedResources ?? [] } };
    }
    if (request.method !== 'GET') throw badRequest('BadRequest', 'The HTTP method is not supported.');
    const newestFirst = [...list.tasks].reverse();
    const order = request.query.get('$orderby');
    if (order !== null && !/^createdDateTime( (asc|desc))?$/.test(order))
      throw badRequest('invalidRequest', 'The property can’t be ordered by.');
    const ordered = order?.endsWith(' desc') ? newestFirst : list.tasks;
    const top = Number(request.query.get('$top') ?? 100);
    return { status: 200, body: { value: ordered.slice(0, top).map(taskJson) } };
  }

  private toTask(list: TodoList, taskId: string, request: SandboxRequest): SandboxResponse {
    const task = list.tasks.find((one) => one.id === taskId);
    if (!task) throw notFound();
    if (request.method !== 'GET') throw badRequest('BadRequest', 'The HTTP method is not supported.');
    return { status: 200, body: taskJson(task) };
  }

  private newId(kind: string): string {
    this.serial += 1;
    return `AQMk${kind}${String(this.serial).padStart(8, '0')}=`;
  }
}
