/** What can be asked of one mailbox's events: lists, views, delta, single events and actions on them. */
import { z } from 'zod';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxPerson } from '../world.ts';
import { readJson } from './answer.ts';
import type { Caller } from './claims.ts';
import type { Delta } from './delta.ts';
import type { Directory } from './directory.ts';
import { accessDenied, badRequest, changedMeanwhile, invalidRequest, noSuchResource } from './errors.ts';
import { changeKey, etag, eventId } from './ids.ts';
import { readEvent, readWall } from './input.ts';
import { type CalendarKey, DEFAULT_CALENDAR, type Item, type ItemRef, type Mailbox, ownerOfShared } from './model.ts';
import { checkOptions, filtered, ordered, paging, pick, selected } from './odata.ts';
import type { Permissions } from './permissions.ts';
import { type Preferences, preferences } from './prefer.ts';
import { type EventJson, type RenderOptions, renderInstance, renderItem } from './render.ts';
import type { Answer, Responder } from './respond.ts';
import type { CalendarStore } from './store.ts';
import { calendarInstances, instanceOn, instancesOf } from './view.ts';
import type { CalendarWriter } from './write.ts';
import { formatDay, parseInstant } from './zones.ts';

const DAY_MS = 86_400_000;
const LONGEST_VIEW_DAYS = 1825;

export interface MailboxContext {
  caller: Caller;
  person: SandboxPerson;
  mailbox: Mailbox;
  request: SandboxRequest;
  /** "https://graph.microsoft.com", for links. */
  origin: string;
}

interface EventContext extends MailboxContext {
  calendar: CalendarKey;
  preferences: Preferences;
  options: RenderOptions;
}

function parameter(query: URLSearchParams, name: string): string | undefined {
  for (const [key, value] of query) if (key.toLowerCase() === name.toLowerCase()) return value;
  return undefined;
}

/** startDateTime and endDateTime; without an offset they are UTC. */
export function readWindow(query: URLSearchParams): { from: number; to: number } {
  const [start, end] = [parameter(query, 'startDateTime'), parameter(query, 'endDateTime')];
  if (!start || !end)
    throw badRequest(
      'ErrorInvalidParameter',
      'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
    );
  const [from, to] = [parseInstant(start), parseInstant(end)];
  if (from === undefined || to === undefined)
    throw badRequest('ErrorInvalidParameter', 'The value of the parameter StartDateTime or EndDateTime is invalid.');
  if (to < from) throw badRequest('ErrorInvalidParameter', 'EndDateTime is before StartDateTime.');
  if (to - from > LONGEST_VIEW_DAYS * DAY_MS)
    throw badRequest(
      'ErrorCalendarViewRangeTooBig',
      `The requested time duration specified for calendar view is too long. Allowed days = ${LONGEST_VIEW_DAYS}.`,
    );
  return { from, to };
}

const responseBody = z
  .object({
    comment: z.string().nullish(),
    sendResponse: z.boolean().nullish(),
    proposedNewTime: z
      .object({
        start: z.object({ dateTime: z.string(), timeZone: z.string().nullish() }),
        end: z.object({ dateTime: z.string(), timeZone: z.string().nullish() }),
      })
      .nullish(),
  })
  .strict();

/** Names of action parameters are case-insensitive ("Comment" in Microsoft's own examples). */
function readAction(json: unknown) {
  const entries = Object.entries(typeof json === 'object' && json !== null ? json : {});
  const lowered = entries.map(([name, value]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, value]);
  const parsed = responseBody.safeParse(Object.fromEntries(lowered));
  if (!parsed.success) throw badRequest('RequestBodyRead', 'The parameters of the action are not readable.');
  return parsed.data;
}

const ANSWERS = new Set(['accept', 'decline', 'tentativelyaccept']);
const asAnswer = (name: string): Answer =>
  name.toLowerCase() === 'tentativelyaccept' ? 'tentativelyAccept' : (name.toLowerCase() as Answer);

export class EventRoutes {
  constructor(
    private readonly store: CalendarStore,
    private readonly writer: CalendarWriter,
    private readonly responder: Responder,
    private readonly delta: Delta,
    private readonly permissions: Permissions,
    private readonly directory: Directory,
  ) {}

  /** `segments` is the decoded path after /me or /users/{id}. */
  answer(context: MailboxContext, segments: string[]): SandboxResponse {
    const { calendar: named, rest } = this.calendarOf(context.mailbox, segments);
    const ownerOid = ownerOfShared(named);
    if (ownerOid !== undefined) this.checkShared(context);
    const mailbox = ownerOid === undefined ? context.mailbox : this.store.mailbox(ownerOid);
    const calendar = ownerOid === undefined ? named : DEFAULT_CALENDAR;
    const wanted = preferences(context.request);
    const basic = this.permissions.isBasic(context.caller);
    const options = { ...wanted, basic, hidePrivate: ownerOid !== undefined };
    const event: EventContext = { ...context, mailbox, calendar, preferences: wanted, options };
    const response = this.route(event, rest);
    if (wanted.applied.length === 0) return response;
    return { ...response, headers: { ...response.headers, 'preference-applied': wanted.applied.join(', ') } };
  }

  /** A calendar of somebody else: to be read, by whoever asked for that permission too. */
  private checkShared({ caller, request }: MailboxContext): void {
    this.permissions.require(caller, 'sharedRead');
    if (request.method !== 'GET') throw accessDenied();
  }

  private calendarOf(mailbox: Mailbox, segments: string[]): { calendar: CalendarKey; rest: string[] } {
    const [first, second, ...others] = segments;
    if (first === 'calendar') return { calendar: DEFAULT_CALENDAR, rest: segments.slice(1) };
    if (first === 'calendars' && second !== undefined)
      return { calendar: this.store.calendarByName(mailbox, second), rest: others };
    return { calendar: DEFAULT_CALENDAR, rest: segments };
  }

  private route(context: EventContext, rest: string[]): SandboxResponse {
    const [collection, id, action] = rest;
    if (collection === 'calendarView') return this.view(context, id, rest.length);
    if (collection !== 'events' || rest.length > 3) throw noSuchResource(rest.at(-1) ?? '');
    if (id === undefined) return this.collection(context);
    if (id === 'delta') throw badRequest('ErrorInvalidRequest', 'Delta on events is not available in v1.0.');
    return action === undefined ? this.single(context, id) : this.act(context, id, action);
  }

  private collection(context: EventContext): SandboxResponse {
    const { method } = context.request;
    if (method === 'POST') return this.create(context);
    if (method !== 'GET') throw methodNotAllowed();
    this.permissions.require(context.caller, 'calendarRead');
    const zone = this.store.zone(context.mailbox);
    const items = [...context.mailbox.items.values()].filter((item) => item.calendar === context.calendar);
    return this.page(
      context,
      items.map((item) => renderItem(context.mailbox, item, zone, context.options)),
    );
  }

  private create(context: EventContext): SandboxResponse {
    this.permissions.require(context.caller, 'calendarWrite');
    const input = readEvent(readJson(context.request), this.directory);
    const item = this.writer.create(context.mailbox, context.calendar, input);
    const json = this.render(context, { mailbox: context.mailbox, item });
    return this.entity(context, json, 201);
  }

  private view(context: EventContext, second: string | undefined, depth: number): SandboxResponse {
    if (context.request.method !== 'GET') throw methodNotAllowed();
    if (second !== undefined) return this.changes(context, second, depth);
    this.permissions.require(context.caller, 'calendarRead');
    const { from, to } = readWindow(context.request.query);
    const { mailbox, calendar, options } = context;
    const zone = this.store.zone(mailbox);
    const instances = calendarInstances(mailbox, calendar, from, to, zone);
    return this.page(
      context,
      instances.map((instance) => renderInstance(mailbox, instance, zone, options)),
    );
  }

  private changes(context: EventContext, name: string, depth: number): SandboxResponse {
    if (depth !== 2 || !/^(microsoft\.graph\.)?delta(\(\))?$/.test(name)) throw noSuchResource(name);
    this.permissions.require(context.caller, 'calendarDelta');
    const self = context.origin + context.request.path;
    const { value, ...links } = this.delta.answer({ ...context, self });
    const odataContext = `${context.origin}/v1.0/$metadata#Collection(event)`;
    return { status: 200, body: { '@odata.context': odataContext, ...links, value } };
  }

  private single(context: EventContext, id: string): SandboxResponse {
    const { method } = context.request;
    this.permissions.require(context.caller, method === 'GET' ? 'calendarRead' : 'calendarWrite');
    const ref = this.store.resolve(context.mailbox, id);
    if (method === 'GET') return this.entity(context, this.render(context, ref), 200);
    this.checkMatch(context, ref);
    if (method === 'PATCH') {
      this.writer.update(ref, readEvent(readJson(context.request), this.directory));
      return this.entity(context, this.render(context, ref), 200);
    }
    if (method !== 'DELETE') throw methodNotAllowed();
    this.writer.remove(ref);
    return { status: 204 };
  }

  private act(context: EventContext, id: string, action: string): SandboxResponse {
    if (action === 'instances') return this.instances(context, id);
    if (context.request.method !== 'POST') throw methodNotAllowed();
    const isAnswer = ANSWERS.has(action.toLowerCase());
    if (!isAnswer && action !== 'cancel') throw noSuchResource(action);
    this.permissions.require(context.caller, 'calendarWrite');
    const ref = this.store.resolve(context.mailbox, id);
    const { comment, sendResponse, proposedNewTime } = readAction(readJson(context.request));
    if (isAnswer)
      this.responder.respond(ref, asAnswer(action), {
        comment: comment ?? undefined,
        sendResponse: sendResponse ?? true,
        proposed: proposedNewTime
          ? { start: readWall(proposedNewTime.start), end: readWall(proposedNewTime.end) }
          : undefined,
      });
    else this.writer.cancel(ref, comment ?? '');
    return { status: 202 };
  }

  private instances(context: EventContext, id: string): SandboxResponse {
    if (context.request.method !== 'GET') throw methodNotAllowed();
    this.permissions.require(context.caller, 'calendarRead');
    const { mailbox, item, day } = this.store.resolve(context.mailbox, id);
    if (!item.recurrence || day !== undefined)
      throw invalidRequest('Your request can be made only for the master event of a recurring series.');
    const { from, to } = readWindow(context.request.query);
    const zone = this.store.zone(mailbox);
    const instances = instancesOf(item, from, to, zone);
    return this.page(
      context,
      instances.map((instance) => renderInstance(mailbox, instance, zone, context.options)),
    );
  }

  private page(context: EventContext, all: EventJson[]): SandboxResponse {
    const { query } = context.request;
    checkOptions(query);
    if (query.has('$expand')) throw badRequest('ErrorInvalidUrlQuery', 'The sandbox does not expand in lists.');
    const names = selected(query);
    const events = ordered(filtered(all, query), query);
    const { top, skip } = paging(query, context.preferences.maxPageSize);
    const value = events.slice(skip, skip + top).map((event) => pick(event, names));
    const more = skip + top < events.length;
    return {
      status: 200,
      body: {
        '@odata.context': this.metadata(context, 'events'),
        ...(query.get('$count') === 'true' ? { '@odata.count': events.length } : {}),
        value,
        ...(more ? { '@odata.nextLink': nextLink(context, skip + top) } : {}),
      },
    };
  }

  private entity(context: EventContext, json: EventJson, status: number): SandboxResponse {
    checkOptions(context.request.query);
    const body = { '@odata.context': this.metadata(context, 'events/$entity') };
    const etagHeader = { etag: json['@odata.etag'] ?? '' };
    const location = `${context.origin}/v1.0/users/${context.person.oid}/events/${encodeURIComponent(json.id ?? '')}`;
    const headers = status === 201 ? { ...etagHeader, location } : etagHeader;
    return { status, headers, body: { ...body, ...pick(json, selected(context.request.query)) } };
  }

  private metadata({ origin, person }: EventContext, what: string): string {
    return `${origin}/v1.0/$metadata#users('${person.oid}')/${what}`;
  }

  private render(context: EventContext, { mailbox, item, day }: ItemRef): EventJson {
    const zone = this.store.zone(mailbox);
    const instance = day === undefined ? undefined : instanceOn(item, day, zone);
    if (instance) return renderInstance(mailbox, instance, zone, context.options);
    const json = renderItem(mailbox, item, zone, context.options);
    const wanted = context.request.query.get('$select')?.includes('cancelledOccurrences');
    return wanted && item.recurrence ? { ...json, cancelledOccurrences: cancelledOccurrences(mailbox, item) } : json;
  }

  /** If-Match with anything but the current etag: somebody else was faster. */
  private checkMatch(context: EventContext, { mailbox, item, day }: ItemRef): void {
    const given = context.request.headers['if-match'];
    if (given === undefined || given === '*') return;
    const version = (day === undefined ? undefined : item.exceptions[day]?.version) ?? item.version;
    if (given !== etag(changeKey(mailbox.oid, item.key, version))) throw changedMeanwhile();
  }
}

const methodNotAllowed = () => badRequest('BadRequest', 'The HTTP method is not supported for this resource.');

/** In the form OID.{master}.{date}, as the property is documented. */
function cancelledOccurrences(mailbox: Mailbox, item: Item): string[] {
  const master = eventId(mailbox.oid, item.key, undefined, false);
  return item.deletedDays.map((day) => `OID.${master}.${formatDay(day)}`);
}

function nextLink({ origin, request }: EventContext, skip: number): string {
  const query = new URLSearchParams(request.query);
  query.set('$skip', String(skip));
  return `${origin}${request.path}?${query.toString().replaceAll('%24', '$')}`;
}
