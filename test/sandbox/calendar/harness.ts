/** The calendar page over the real store of the sandbox, called in process. */
import { createCalendarPage } from '../../../sandbox/calendar/page.ts';
import type { Week } from '../../../sandbox/calendar/week.ts';
import { createGraph } from '../../../sandbox/graph/graph.ts';
import type { CalendarStoreApi } from '../../../sandbox/graph/store-api.ts';
import type { SandboxHandler, SandboxResponse } from '../../../sandbox/http.ts';
import { type SeededTenant, seedWorld } from '../../../sandbox/seed.ts';
import { seededRandom, VirtualClock, World } from '../../../sandbox/world.ts';

export const HOST = 'localhost:7000';

export interface Sandbox {
  clock: VirtualClock;
  world: World;
  store: CalendarStoreApi;
  tenants: SeededTenant[];
  first: SeededTenant;
}

/** The demo tenant with empty calendars, at `now`. */
export function createSandbox(now: number, tenantCount = 1): Sandbox {
  const clock = new VirtualClock(now);
  const world = new World(clock, seededRandom(7));
  const tenants = seedWorld(world, { tenants: tenantCount });
  const [first] = tenants;
  if (!first) throw new Error('nothing was seeded');
  const refuse = () => Promise.reject(new Error('the tests of the calendar page send nothing'));
  const { store } = createGraph({ world, verifyToken: refuse, post: refuse });
  return { clock, world, store, tenants, first };
}

export interface PageUnderTest extends Sandbox {
  handler: SandboxHandler;
  get(path: string, headers?: Record<string, string>): Promise<SandboxResponse>;
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<SandboxResponse>;
  week(oid: string, date?: string): Promise<Week & { version: number }>;
}

export function createPage(now: number, changesWaitMs = 50): PageUnderTest {
  const sandbox = createSandbox(now);
  const { handler } = createCalendarPage({ world: sandbox.world, store: sandbox.store, changesWaitMs });
  const call = async (method: string, target: string, headers: Record<string, string>, body: string) => {
    const url = new URL(target, `http://${HOST}`);
    return handler({ method, path: url.pathname, query: url.searchParams, headers: { host: HOST, ...headers }, body });
  };
  const get = (path: string, headers = {}) => call('GET', path, headers, '');
  const send = (method: string, path: string, body: unknown, headers = {}) =>
    call(
      method,
      path,
      { origin: `http://${HOST}`, 'content-type': 'application/json', ...headers },
      JSON.stringify(body),
    );
  const week = async (oid: string, date?: string) => {
    const answer = await get(`/api/week?${new URLSearchParams(date ? { person: oid, date } : { person: oid })}`);
    return answer.body as Week & { version: number };
  };
  return { ...sandbox, handler, get, send, week };
}

export const errorOf = (response: SandboxResponse): string => (response.body as { error: string }).error;
