/**
 * The sandbox calendar: a week in a person's mailbox, shown beside the chat so that one can move a meeting and watch
 * the bot notice. Plain http on loopback; nothing of it is part of the product.
 */
import type { CalendarStoreApi } from '../graph/store-api.ts';
import type { SandboxHandler, SandboxRequest, SandboxResponse } from '../http.ts';
import { SANDBOX_PLACES } from '../seed.ts';
import type { SandboxPlace, World } from '../world.ts';
import {
  type ApiContext,
  awaitChanges,
  cancelEvent,
  createEvent,
  listPeople,
  removeEvent,
  respondToEvent,
  showWeek,
  updateEvent,
} from './api.ts';
import { assetResponse } from './assets.ts';
import { createChangeFeed } from './changes.ts';
import { failureResponse } from './failures.ts';
import { refusal } from './guard.ts';

export interface CalendarPageOptions {
  world: World;
  store: CalendarStoreApi;
  /** Offered in the form with their coordinates; the seed's places unless given. */
  places?: SandboxPlace[];
  /** Origins that may show the page in a frame; none unless given. */
  frameAncestors?: string[];
  /** How long a request for changes waits, in real time. */
  changesWaitMs?: number;
}

type Answer = SandboxResponse | Promise<SandboxResponse>;

const COLLECTION: Record<string, (context: ApiContext, request: SandboxRequest) => Answer> = {
  'GET /api/people': listPeople,
  'GET /api/week': showWeek,
  'GET /api/changes': awaitChanges,
  'POST /api/events': createEvent,
};

const ITEM: Record<string, (context: ApiContext, request: SandboxRequest, id: string) => Answer> = {
  PATCH: updateEvent,
  'POST cancel': cancelEvent,
  'POST remove': removeEvent,
  'POST respond': respondToEvent,
};

/** Event ids hold "/" and "=", so they come percent-encoded in one segment. */
function itemRoute(request: SandboxRequest): { name: string; id: string } | undefined {
  const match = /^\/api\/events\/([^/]+)(?:\/([a-z]+))?$/.exec(request.path);
  if (!match?.[1]) return undefined;
  const name = match[2] ? `${request.method} ${match[2]}` : request.method;
  try {
    return { name, id: decodeURIComponent(match[1]) };
  } catch {
    return undefined;
  }
}

function route(context: ApiContext, request: SandboxRequest): Answer | undefined {
  const collection = COLLECTION[`${request.method} ${request.path}`];
  if (collection) return collection(context, request);
  const item = itemRoute(request);
  return item && ITEM[item.name]?.(context, request, item.id);
}

const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** The page and its API as one handler, to be served on loopback. */
export function createCalendarPage(options: CalendarPageOptions): { handler: SandboxHandler } {
  const changes = createChangeFeed(options.changesWaitMs ?? 25_000);
  options.store.onChange((mailboxOid) => changes.noteChange(mailboxOid));
  const context: ApiContext = {
    world: options.world,
    store: options.store,
    places: options.places ?? SANDBOX_PLACES,
    changes,
  };
  const answer = async (request: SandboxRequest): Promise<SandboxResponse> => {
    try {
      const found = await route(context, request);
      return found ?? { status: 404, body: { error: 'There is nothing at this address.' } };
    } catch (error) {
      return failureResponse(error);
    }
  };
  const handler: SandboxHandler = async (request) => {
    const refused = refusal(request);
    if (refused) return refused;
    const asset = request.method === 'GET' ? assetResponse(request.path, options.frameAncestors ?? []) : undefined;
    if (asset) return asset;
    const response = await answer(request);
    return { ...response, headers: { ...NO_STORE, ...response.headers } };
  };
  return { handler };
}
