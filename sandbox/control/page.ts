/**
 * The control surface over HTTP: the same levers as in process, for people at the page, for benches and for tests of
 * a product in another process. Shares the calendar's origin, and with it the guard against other web sites.
 */
import { failureResponse } from '../calendar/failures.ts';
import { refusal } from '../calendar/guard.ts';
import type { Entra } from '../entra/entra.ts';
import type { Graph } from '../graph/graph.ts';
import type { SandboxHandler, SandboxRequest, SandboxResponse } from '../http.ts';
import { VirtualClock, type World } from '../world.ts';
import { assetResponse } from './assets.ts';
import { advanceClock, showStatus } from './clock.ts';
import type { ControlContext, MovableClock, Route } from './context.ts';
import { JournalReader, showJournal } from './journal.ts';
import { actOnPerson, actOnSubscription, listPeople, listSubscriptions } from './people.ts';
import { setRoomPolicy, writeIntoRoom } from './rooms.ts';
import { clearFaults, listFaults, listUnverified, setFault, setUnverified } from './switches.ts';
import { showTruth } from './truth.ts';

export interface ControlPageOptions {
  world: World;
  entra: Entra;
  graph: Graph;
  /** What moves time, where that isn't the world's own VirtualClock. */
  clock?: MovableClock;
}

/** "*" is one variable segment. */
const ROUTES: Record<string, Route> = {
  'GET status': showStatus,
  'GET faults': listFaults,
  'PUT faults/*': setFault,
  'POST faults/off': clearFaults,
  'GET unverified': listUnverified,
  'PUT unverified/*': setUnverified,
  'GET people': listPeople,
  'POST people/*/*': actOnPerson,
  'PUT rooms/*/policy': setRoomPolicy,
  'POST rooms/*/events': writeIntoRoom,
  'GET subscriptions': listSubscriptions,
  'POST subscriptions/*/*': actOnSubscription,
  'POST clock/advance': advanceClock,
  'GET truth': showTruth,
  'GET journal': showJournal,
};

const API = '/control/api/';
const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

function findRoute({ method, path }: SandboxRequest): { route: Route; names: string[] } | undefined {
  if (!path.startsWith(API)) return undefined;
  const segments = path.slice(API.length).split('/');
  for (const [pattern, route] of Object.entries(ROUTES)) {
    const [wantedMethod, wantedPath = ''] = pattern.split(' ');
    const wanted = wantedPath.split('/');
    const fits = wanted.length === segments.length && wanted.every((one, i) => one === '*' || one === segments[i]);
    if (method === wantedMethod && fits)
      return { route, names: segments.filter((_, i) => wanted[i] === '*').map(decodeURIComponent) };
  }
  return undefined;
}

async function answer(context: ControlContext, request: SandboxRequest): Promise<SandboxResponse> {
  try {
    const found = findRoute(request);
    if (!found) return { status: 404, body: { error: 'There is nothing at this address.' } };
    return await found.route(context, request, ...found.names);
  } catch (error) {
    if (error instanceof URIError) return { status: 400, body: { error: 'The path is not a valid URL path.' } };
    return failureResponse(error);
  }
}

export const isControlPath = (path: string): boolean => path === '/control' || path.startsWith('/control/');

/** The page and its API, to be served under `/control` of the calendar's origin. */
export function createControlPage({ world, entra, graph, clock }: ControlPageOptions): { handler: SandboxHandler } {
  const movable = clock ?? (world.clock instanceof VirtualClock ? world.clock : undefined);
  const context: ControlContext = { world, entra, graph, movable, journal: new JournalReader(world.journal) };
  const handler: SandboxHandler = async (request) => {
    const refused = refusal(request);
    if (refused) return refused;
    const asset = request.method === 'GET' ? assetResponse(request.path) : undefined;
    if (asset) return asset;
    const response = await answer(context, request);
    return { ...response, headers: { ...NO_STORE, ...response.headers } };
  };
  return { handler };
}
