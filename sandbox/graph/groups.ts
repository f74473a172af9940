/** /groups and /users as lists: names, members, and people of a tenant, a page at a time. */
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxGroup, SandboxPerson, World } from '../world.ts';
import type { Caller } from './claims.ts';
import { badRequest, GraphError, noSuchResource } from './errors.ts';
import { paging, pick, selected } from './odata.ts';
import type { Permissions } from './permissions.ts';
import { isAccountEnabled, USER_PROPERTIES, userJson } from './user.ts';

const GROUP_PROPERTIES = new Set(['id', 'displayName']);
const NAMED = /^displayName eq '((?:[^']|'')*)'$/;
const PEOPLE = new Set(['', 'accountEnabled eq true', "accountEnabled eq true and userType eq 'Member'"]);

const notFound = (id: string) =>
  new GraphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried references is not present.`,
  );

export class GroupRoutes {
  constructor(
    private readonly world: World,
    private readonly permissions: Permissions,
  ) {}

  answer(caller: Caller, request: SandboxRequest, segments: string[], origin: string): SandboxResponse {
    if (request.method !== 'GET') throw badRequest('BadRequest', 'The HTTP method is not supported for this resource.');
    if (segments[0] === 'users') return this.users(caller, request, origin);
    this.permissions.require(caller, 'groups');
    const [, id, part, cast, ...more] = segments;
    const names = selected(request.query, part ? USER_PROPERTIES : GROUP_PROPERTIES);
    if (id === undefined) return this.search(caller, request);
    const group = this.find(caller, id);
    if (part === undefined) return { status: 200, body: pick(groupJson(group), names) };
    if (part !== 'transitiveMembers' || cast !== 'microsoft.graph.user' || more.length > 0) throw noSuchResource(part);
    requireAdvanced(request);
    const people = group.members.flatMap((oid) => this.world.people.get(oid) ?? []);
    return this.page(request, people, this.permissions.may(caller, 'people'), origin);
  }

  private find(caller: Caller, id: string): SandboxGroup {
    const group = this.world.groups.get(id.toLowerCase());
    if (!group || group.tenantId !== caller.tenantId) throw notFound(id);
    return group;
  }

  private search(caller: Caller, request: SandboxRequest): SandboxResponse {
    const wanted = NAMED.exec(request.query.get('$filter') ?? '')?.[1]?.replaceAll("''", "'");
    if (wanted === undefined) throw badRequest('Request_UnsupportedQuery', 'Unsupported filter.');
    // Names are compared without regard to case, as in the directory.
    const found = [...this.world.groups.values()].filter(
      (one) => one.tenantId === caller.tenantId && one.displayName.toLowerCase() === wanted.toLowerCase(),
    );
    return { status: 200, body: { value: found.slice(0, paging(request.query, undefined).top).map(groupJson) } };
  }

  private users(caller: Caller, request: SandboxRequest, origin: string): SandboxResponse {
    this.permissions.require(caller, 'people');
    const filter = request.query.get('$filter') ?? '';
    if (!PEOPLE.has(filter)) throw badRequest('Request_UnsupportedQuery', 'Unsupported filter.');
    const people = [...this.world.people.values()].filter(
      (one) => one.tenantId === caller.tenantId && (filter === '' || isAccountEnabled(one)),
    );
    return this.page(request, people, true, origin);
  }

  /** Without a permission on people their properties are null. */
  private page(request: SandboxRequest, people: SandboxPerson[], mayRead: boolean, origin: string): SandboxResponse {
    const names = selected(request.query, USER_PROPERTIES);
    const { top } = paging(request.query, 100);
    const from = Number(request.query.get('$skiptoken') ?? 0);
    const value = people.slice(from, from + top).map((person) => {
      const json = pick(userJson(person, true), names);
      return mayRead
        ? json
        : Object.fromEntries(Object.keys(json).map((name) => [name, name === 'id' ? person.oid : null]));
    });
    const next = new URLSearchParams(request.query);
    next.set('$skiptoken', String(from + top));
    return {
      status: 200,
      body: {
        ...(request.query.get('$count') === 'true' ? { '@odata.count': people.length } : {}),
        ...(from + top < people.length ? { '@odata.nextLink': `${origin}${request.path}?${next}` } : {}),
        value,
      },
    };
  }
}

/** A cast is an advanced query of the directory. */
function requireAdvanced(request: SandboxRequest): void {
  if (request.headers.consistencylevel === 'eventual' && request.query.get('$count') === 'true') return;
  throw badRequest('Request_UnsupportedQuery', 'The request needs ConsistencyLevel: eventual and $count=true.');
}

const groupJson = ({ groupId, displayName }: SandboxGroup) => ({ id: groupId, displayName });
