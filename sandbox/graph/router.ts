/** From a request to its answer: version, token, throttling, faults, then the resource that the path names. */

import type { SandboxHandler, SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxPerson, World } from '../world.ts';
import { type AnswerContext, errorAnswer, readJson, withIds } from './answer.ts';
import { answerBatch } from './batch.ts';
import { type Caller, callerOf, type TokenClaims } from './claims.ts';
import { badRequest, GraphError, invalidToken, noSuchResource } from './errors.ts';
import type { EventRoutes } from './event-routes.ts';
import type { GroupRoutes } from './groups.ts';
import { guid } from './ids.ts';
import type { MailRoutes } from './mail.ts';
import { mailboxSettings, patchMailboxSettings } from './mailbox-settings.ts';
import { ownerOfShared } from './model.ts';
import { pick, selected } from './odata.ts';
import type { Permissions } from './permissions.ts';
import type { PlaceRoutes } from './places.ts';
import { preferences } from './prefer.ts';
import type { CalendarStore } from './store.ts';
import { type SubscriptionRecord, subscriptionJson } from './subscription-store.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TodoRoutes } from './todo.ts';
import type { SubscriptionCall, Traffic } from './traffic.ts';
import { calendarJson, USER_PROPERTIES, userJson } from './user.ts';

export type VerifyToken = (bearer: string) => Promise<TokenClaims>;

export interface RouterOptions {
  verifyToken: VerifyToken;
  origin: () => string;
  /** How long an answer takes, by the world's clock. */
  latencyMs: () => number;
}

interface Routed {
  caller: Caller;
  request: SandboxRequest;
  /** The decoded path after /v1.0. */
  segments: string[];
}

const MAILBOX_PARTS = new Set([
  'events',
  'calendar',
  'calendars',
  'calendarView',
  'mailboxSettings',
  'sendMail',
  'todo',
]);

export class Router {
  constructor(
    private readonly world: World,
    private readonly store: CalendarStore,
    private readonly permissions: Permissions,
    private readonly events: EventRoutes,
    private readonly subscriptions: Subscriptions,
    private readonly traffic: Traffic,
    private readonly beside: { mail: MailRoutes; todo: TodoRoutes; groups: GroupRoutes; places: PlaceRoutes },
    private readonly options: RouterOptions,
  ) {}

  readonly handle: SandboxHandler = async (request) => {
    const context: AnswerContext = {
      requestId: guid(this.world.random),
      clientRequestId: request.headers['client-request-id'],
      now: this.world.clock.now(),
    };
    const seen: { caller?: Caller } = {};
    const answer = await this.respond(request, seen).catch((error: unknown) => errorAnswer(error, context));
    this.report(request, answer, seen.caller, context);
    return withIds(answer, context);
  };

  private report(
    request: SandboxRequest,
    answer: SandboxResponse,
    caller: Caller | undefined,
    context: AnswerContext,
  ): void {
    const error = (answer.body as { error?: { code?: string } } | undefined)?.error?.code;
    this.world.journal.add('graph', 'request', {
      method: request.method,
      path: request.path,
      query: request.query.toString(),
      status: answer.status,
      ...(error === undefined ? {} : { error }),
      appId: caller?.appId,
      userOid: caller?.userOid,
      requestId: context.requestId,
      tookMs: this.world.clock.now() - context.now,
    });
  }

  private async respond(request: SandboxRequest, seen: { caller?: Caller }): Promise<SandboxResponse> {
    const [version, ...segments] = decodePath(request.path);
    if (version !== 'v1.0') throw badRequest('BadRequest', 'Invalid version.');
    const caller = await this.authenticate(request);
    seen.caller = caller;
    if (segments[0] === '$batch') {
      if (request.method !== 'POST') throw badRequest('BadRequest', 'A batch needs POST.');
      return answerBatch(readJson(request), request, this.handle);
    }
    return this.throttled({ caller, request, segments });
  }

  private async authenticate(request: SandboxRequest): Promise<Caller> {
    const header = request.headers.authorization ?? '';
    const bearer = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
    if (!bearer) throw invalidToken('Access token is empty.');
    const claims = await this.options.verifyToken(bearer).catch(() => {
      throw invalidToken('Access token validation failure. Invalid audience or signature.');
    });
    const caller = callerOf(claims);
    if (caller.tokenExpiresAt <= this.world.clock.now())
      throw invalidToken('Lifetime validation failed, the token is expired.');
    if (!this.world.tenants.has(caller.tenantId))
      throw invalidToken('Access token validation failure. Invalid tenant.');
    return caller;
  }

  private async throttled(routed: Routed): Promise<SandboxResponse> {
    const { caller, request, segments } = routed;
    if (segments[0] === 'groups' || (segments[0] === 'users' && segments.length === 1)) {
      const answer = () => this.beside.groups.answer(caller, request, segments, this.options.origin());
      return this.faulty(`${caller.appId}:${caller.tenantId}:directory`, answer);
    }
    if (segments[0] === 'places') {
      const answer = () => this.beside.places.answer(caller, request, segments, this.options.origin());
      return this.faulty(`${caller.appId}:${caller.tenantId}:places`, answer);
    }
    if (segments[0] === 'subscriptions') {
      this.traffic.enterSubscriptions(caller.appId, caller.tenantId, subscriptionCall(request, segments));
      return this.faulty(`${caller.appId}:${caller.tenantId}:subscriptions`, () => this.toSubscriptions(routed));
    }
    const { id, rest } = ownerOf(segments);
    const person = this.permissions.person(caller, id);
    const leave = this.traffic.enterMailbox(caller.appId, person.oid);
    try {
      const standing = { ...routed, caller: this.permissions.before(caller, person) };
      return await this.faulty(`${caller.appId}:${person.oid}`, () => this.toPerson(standing, person, id, rest));
    } finally {
      leave();
    }
  }

  /** The faults of the world that a request can meet. A gateway may time out before or after the work was done. */
  private async faulty(scope: string, run: () => SandboxResponse | Promise<SandboxResponse>): Promise<SandboxResponse> {
    const latency = this.options.latencyMs();
    if (latency > 0) await new Promise<void>((resolve) => this.world.clock.after(latency, resolve));
    if (this.world.strikes('graph.throttle')) throw this.traffic.throttle(scope, true);
    if (this.world.strikes('graph.throttleWithoutRetryAfter')) throw this.traffic.throttle(scope, false);
    if (this.world.strikes('graph.unavailable'))
      throw new GraphError(503, 'ServiceUnavailable', 'The service is temporarily unavailable.');
    if (!this.world.strikes('graph.gatewayTimeout')) return run();
    if (this.world.random() < 0.5) await Promise.resolve().then(run).catch(ignoreGraphError);
    throw new GraphError(
      504,
      'GatewayTimeout',
      'The server, while acting as a proxy, did not receive a timely response.',
    );
  }

  private toPerson({ caller, request }: Routed, person: SandboxPerson, id: string, rest: string[]): SandboxResponse {
    const [part] = rest;
    if (part === undefined) return this.user(caller, request, person);
    if (!MAILBOX_PARTS.has(part)) throw noSuchResource(part);
    this.permissions.mailboxOwner(caller, id);
    const mailbox = this.store.mailbox(person.oid);
    const origin = this.options.origin();
    if (part === 'sendMail' || part === 'todo') return this.toBeside(caller, request, person, rest);
    if (part === 'mailboxSettings') return this.settings(caller, request, person, rest[1]);
    if (rest.length === 1 && part === 'calendars') {
      this.permissions.require(caller, 'calendarRead');
      const value = [...mailbox.calendars.keys()].map((key) =>
        calendarJson(person, mailbox, key, this.ownerOf(person, key)),
      );
      return { status: 200, body: { '@odata.context': this.metadata(person, 'calendars'), value } };
    }
    const isCalendar = (part === 'calendar' && rest.length === 1) || (part === 'calendars' && rest.length === 2);
    if (!isCalendar) return this.events.answer({ caller, person, mailbox, request, origin }, rest);
    this.permissions.require(caller, 'calendarRead');
    const key = rest[1] === undefined ? 'default' : this.store.calendarByName(mailbox, rest[1]);
    const context = { '@odata.context': this.metadata(person, 'calendars/$entity') };
    return { status: 200, body: { ...context, ...calendarJson(person, mailbox, key, this.ownerOf(person, key)) } };
  }

  /** What an account has beside its calendar. */
  private toBeside(
    caller: Caller,
    request: SandboxRequest,
    { oid }: SandboxPerson,
    [part, ...rest]: string[],
  ): SandboxResponse {
    const now = this.world.clock.now();
    if (part === 'sendMail') {
      this.permissions.require(caller, 'mailSend');
      if (rest[0] !== undefined) throw noSuchResource(rest[0]);
      return this.beside.mail.answer(oid, request, now);
    }
    this.permissions.require(caller, request.method === 'GET' ? 'tasksRead' : 'tasksWrite');
    return this.beside.todo.answer(oid, request, rest, now);
  }

  private ownerOf(person: SandboxPerson, key: string): SandboxPerson {
    return this.world.people.get(ownerOfShared(key) ?? '') ?? person;
  }

  private user(caller: Caller, request: SandboxRequest, person: SandboxPerson): SandboxResponse {
    this.permissions.require(caller, caller.userOid === person.oid ? 'self' : 'people');
    if (request.method !== 'GET') throw badRequest('BadRequest', 'The HTTP method is not supported for this resource.');
    const names = selected(request.query, USER_PROPERTIES);
    const json = pick(userJson(person, names?.includes('accountEnabled') ?? false), names);
    if (names && !names.includes('id')) delete json.id;
    return {
      status: 200,
      body: { '@odata.context': `${this.options.origin()}/v1.0/$metadata#users/$entity`, ...json },
    };
  }

  private settings(
    caller: Caller,
    request: SandboxRequest,
    person: SandboxPerson,
    property: string | undefined,
  ): SandboxResponse {
    const mailbox = this.store.mailbox(person.oid);
    this.permissions.require(caller, request.method === 'GET' ? 'settingsRead' : 'settingsWrite');
    if (request.method === 'PATCH') patchMailboxSettings(mailbox, readJson(request));
    else if (request.method !== 'GET') throw badRequest('BadRequest', 'The HTTP method is not supported.');
    const context = { '@odata.context': this.metadata(person, 'mailboxSettings') };
    const json = mailboxSettings(person, mailbox);
    if (property === undefined) return { status: 200, body: { ...context, ...json } };
    const value = (json as Record<string, unknown>)[property];
    if (value === undefined) throw noSuchResource(property);
    return { status: 200, body: typeof value === 'object' ? { ...context, ...value } : { ...context, value } };
  }

  private async toSubscriptions({ caller: alone, request, segments }: Routed): Promise<SandboxResponse> {
    const caller = this.permissions.before(alone, undefined);
    const [, id, action] = segments;
    const { method } = request;
    if (id === undefined) {
      if (method === 'GET') return this.subscriptionList(caller);
      if (method !== 'POST') throw badRequest('BadRequest', 'The HTTP method is not supported.');
      const { immutableIds } = preferences(request);
      return this.subscription(await this.subscriptions.create(caller, readJson(request), immutableIds), 201);
    }
    if (action === 'reauthorize' && method === 'POST') {
      this.subscriptions.reauthorize(caller, id);
      return { status: 204 };
    }
    if (action !== undefined) throw noSuchResource(action);
    if (method === 'GET') return this.subscription(this.subscriptions.get(caller, id), 200);
    if (method === 'PATCH')
      return this.subscription(await this.subscriptions.patch(caller, id, readJson(request)), 200);
    if (method !== 'DELETE') throw badRequest('BadRequest', 'The HTTP method is not supported.');
    this.subscriptions.remove(caller, id);
    return { status: 204 };
  }

  private subscription(record: SubscriptionRecord, status: number): SandboxResponse {
    const context = `${this.options.origin()}/v1.0/$metadata#subscriptions/$entity`;
    return { status, body: { '@odata.context': context, ...subscriptionJson(record) } };
  }

  private subscriptionList(caller: Caller): SandboxResponse {
    const value = this.subscriptions.list(caller).map(subscriptionJson);
    return { status: 200, body: { '@odata.context': `${this.options.origin()}/v1.0/$metadata#subscriptions`, value } };
  }

  private metadata(person: SandboxPerson, what: string): string {
    return `${this.options.origin()}/v1.0/$metadata#users('${person.oid}')/${what}`;
  }
}

/** Whatever the work came to, the gateway has hung up. */
function ignoreGraphError(error: unknown): void {
  if (!(error instanceof GraphError)) throw error;
}

/** Segments by "/", each decoded once: an id whose "/" was not encoded falls apart here, as it does at Graph's. */
function decodePath(path: string): string[] {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw badRequest('BadRequest', 'The path is not a valid URL path.');
  }
}

function ownerOf(segments: string[]): { id: string; rest: string[] } {
  if (segments[0] === 'me') return { id: 'me', rest: segments.slice(1) };
  if (segments[0] === 'users' && segments[1] !== undefined) return { id: segments[1], rest: segments.slice(2) };
  throw noSuchResource(segments[0] ?? '');
}

function subscriptionCall({ method }: SandboxRequest, segments: string[]): SubscriptionCall {
  if (segments[2] === 'reauthorize') return 'reauthorize';
  if (method !== 'GET') return 'write';
  return segments[1] === undefined ? 'list' : 'get';
}
