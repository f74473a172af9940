/** A small tenant under a virtual clock, with endpoints that remember what was posted to them. */
import assert from 'node:assert/strict';
import { createGraph, type Graph, type GraphOptions } from '../../../sandbox/graph/graph.ts';
import type { PostAnswer, PostOptions } from '../../../sandbox/graph/post.ts';
import type { SandboxRequest, SandboxResponse } from '../../../sandbox/http.ts';
import { seededRandom, VirtualClock, World } from '../../../sandbox/world.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const APP = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
export const NOW = Date.UTC(2026, 10, 23, 8, 0, 0);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const ANNA = 'a0000000-0000-4000-8000-00000000000a';
export const BEN = 'b0000000-0000-4000-8000-00000000000b';
export const CARA = 'c0000000-0000-4000-8000-00000000000c';
export const ROOM = 'd0000000-0000-4000-8000-00000000000d';

/** The body of an answer; tests look into it freely. */
// biome-ignore lint/suspicious/noExplicitAny: tests read many shapes
export type Json = any;

export interface Call {
  as?: string | null;
  scopes?: string;
  roles?: string[];
  app?: string;
  body?: unknown;
  headers?: Record<string, string>;
  expiresInMs?: number;
}

export interface Posted extends PostOptions {
  url: string;
  at: number;
}

export interface Fixture {
  world: World;
  clock: VirtualClock;
  graph: Graph;
  posted: Posted[];
  /** What the endpoints answer to notifications. */
  endpoint: { answer: (post: Posted) => PostAnswer | Promise<PostAnswer> };
  call(method: string, url: string, options?: Call): Promise<SandboxResponse & { json: Json }>;
  /** Moves time on in small steps, letting promises settle in between. */
  pass(ms: number): Promise<void>;
  /** The items of all notifications posted so far. */
  notifications(): Json[];
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Counts what it ran, so that a test that passes days need not wait for promises where nothing happened. */
class CountingClock extends VirtualClock {
  ran = 0;

  override after(delayMs: number, run: () => void): () => void {
    return super.after(delayMs, () => {
      this.ran += 1;
      run();
    });
  }
}

/** For so many steps after something ran, promises may still be under way. */
const STEPS_TO_SETTLE = 20;

function peopleOf(world: World): void {
  world.tenants.set(TENANT, { tenantId: TENANT, displayName: 'Contoso', domain: 'contoso.example' });
  const add = (oid: string, name: string, zone: string, kind: 'person' | 'room' = 'person') =>
    world.people.set(oid, {
      tenantId: TENANT,
      oid,
      upn: `${name.toLowerCase().replace(' ', '.')}@contoso.example`,
      displayName: name,
      kind,
      mailboxTimeZone: zone,
      locale: 'en-GB',
    });
  add(ANNA, 'Anna Berg', 'W. Europe Standard Time');
  add(BEN, 'Ben Carter', 'America/New_York');
  add(CARA, 'Cara Diaz', 'UTC');
  add(ROOM, 'Room Oslo', 'W. Europe Standard Time', 'room');
}

/** Echoes the validation token as the documentation asks for; anything else is accepted. */
export function wellBehaved(post: Posted): PostAnswer {
  const token = new URL(post.url).searchParams.get('validationToken');
  if (token === null) return { status: 202, headers: {}, body: '' };
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: token };
}

export const SCOPES = 'Calendars.ReadWrite MailboxSettings.Read User.Read';

export function tokenFor(clock: VirtualClock, options: Call): string {
  const app = options.as === null;
  const claims = {
    tid: TENANT,
    appid: options.app ?? APP,
    exp: (clock.now() + (options.expiresInMs ?? 100 * DAY)) / 1000,
    ...(app ? { roles: options.roles ?? ['Calendars.ReadWrite'] } : { oid: options.as, scp: options.scopes ?? SCOPES }),
  };
  return Buffer.from(JSON.stringify(claims)).toString('base64url');
}

export function fixture(options: Partial<GraphOptions> = {}, startAt = NOW): Fixture {
  const clock = new CountingClock(startAt);
  const world = options.world ?? new World(clock, seededRandom(7));
  if (world.people.size === 0) peopleOf(world);
  const posted: Posted[] = [];
  const endpoint: Fixture['endpoint'] = { answer: wellBehaved };
  const graph = createGraph({
    echoes: false,
    lifecycleTimers: false,
    verifyToken: async (bearer) => JSON.parse(Buffer.from(bearer, 'base64url').toString('utf8')),
    post: async (url, request) => {
      const post = { url, ...request, at: clock.now() };
      posted.push(post);
      return endpoint.answer(post);
    },
    ...options,
    world,
  });
  const call: Fixture['call'] = async (method, url, how = {}) => {
    const target = new URL(url.startsWith('https:') ? url : `https://graph.microsoft.com/v1.0${url}`);
    const request: SandboxRequest = {
      method,
      path: target.pathname,
      query: target.searchParams,
      headers: { authorization: `Bearer ${tokenFor(clock, { as: ANNA, ...how })}`, ...how.headers },
      body: how.body === undefined ? '' : JSON.stringify(how.body),
    };
    const response = await graph.handler(request);
    return { ...response, json: response.body };
  };
  const pass = async (ms: number) => {
    const step = Math.max(1, Math.min(500, Math.ceil(ms / 2000)));
    let seen = clock.ran;
    let unsettled = STEPS_TO_SETTLE;
    for (let left = ms; left > 0; left -= step) {
      clock.advance(Math.min(step, left));
      unsettled = clock.ran === seen ? unsettled - 1 : STEPS_TO_SETTLE;
      seen = clock.ran;
      if (unsettled > 0) await settle();
    }
  };
  const notifications = () =>
    posted.flatMap((post) => (post.body === '' ? [] : (JSON.parse(post.body).value as Json[])));
  return { world, clock, graph, posted, endpoint, call, pass, notifications };
}

/** An event from `start` to `end`, wall times in `zone`. */
export function meeting(start: string, end: string, more: Record<string, unknown> = {}, zone = 'UTC') {
  return {
    subject: 'Planning',
    start: { dateTime: start, timeZone: zone },
    end: { dateTime: end, timeZone: zone },
    ...more,
  };
}

export const guest = (name: string, type = 'required') => ({
  type,
  emailAddress: { address: `${name}@contoso.example` },
});

export const utc = (text: string) => Date.parse(`${text}Z`);

export const eventPath = (id: string) => `/me/events/${encodeURIComponent(id)}`;

/** Creates an event and returns Graph's answer. */
export async function created(f: Fixture, body: unknown, options: Call = {}): Promise<Json> {
  const { status, json } = await f.call('POST', '/me/events', { body, ...options });
  assert.equal(status, 201, JSON.stringify(json));
  return json;
}

export async function view(f: Fixture, from: string, to: string, options: Call = {}): Promise<Json[]> {
  const url = `/me/calendarView?startDateTime=${from}&endDateTime=${to}&$top=500`;
  const { status, json } = await f.call('GET', url, options);
  assert.equal(status, 200, JSON.stringify(json));
  return json.value;
}
