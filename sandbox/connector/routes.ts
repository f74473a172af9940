/** The connector's paths, and which operation each of them is. */
import type { SandboxRequest } from '../http.ts';
import type { ConnectorOperation } from './faults.ts';

export interface Operation {
  kind: ConnectorOperation;
  method: string;
  conversationId: string;
  activityId?: string;
  memberId?: string;
  paged?: boolean;
}

const TEAM_ROUTE = /\/v3\/teams\/([^/]+)(\/conversations)?\/?$/;
const ROUTE = /\/v3\/conversations(?:\/([^/]+)(?:\/(activities|members|pagedmembers)(?:\/([^/]+)(\/members)?)?)?)?\/?$/;

/** Undefined for what is none of the connector's paths. */
export function parseRoute(request: SandboxRequest): Operation | undefined {
  const team = request.method === 'GET' ? TEAM_ROUTE.exec(request.path) : null;
  if (team) {
    const conversationId = decodeURIComponent(team[1] ?? '');
    return { kind: team[2] ? 'channels' : 'team', method: request.method, conversationId };
  }
  const match = ROUTE.exec(request.path);
  if (!match) return undefined;
  const [conversationId = '', collection, item] = [match[1], match[2], match[3]].map((part) =>
    part === undefined ? undefined : decodeURIComponent(part),
  );
  const { method } = request;
  if (!collection)
    return method === 'POST' && !conversationId ? { kind: 'create', method, conversationId: '' } : undefined;
  if (method === 'GET') return readRoute(method, conversationId, collection, item, Boolean(match[4]));
  if (collection !== 'activities') return undefined;
  if (method === 'POST') return { kind: 'post', method, conversationId, ...(item ? { activityId: item } : {}) };
  if (method === 'PUT' && item) return { kind: 'update', method, conversationId, activityId: item };
  if (method === 'DELETE' && item) return { kind: 'delete', method, conversationId, activityId: item };
  return undefined;
}

function readRoute(
  method: string,
  conversationId: string,
  collection: string,
  item: string | undefined,
  membersOfActivity: boolean,
): Operation | undefined {
  if (collection === 'activities') return membersOfActivity ? { kind: 'members', method, conversationId } : undefined;
  if (collection === 'pagedmembers') return { kind: 'members', method, conversationId, paged: true };
  return { kind: 'members', method, conversationId, ...(item ? { memberId: item } : {}) };
}
