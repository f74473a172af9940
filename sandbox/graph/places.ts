/** /places: the rooms and room lists of a tenant, as an administrator has described them. */
import type { Room, RoomList } from '@microsoft/microsoft-graph-types';
import { stableGuid } from '../entra/directory.ts';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxPerson, SandboxRoomList, World } from '../world.ts';
import type { Caller } from './claims.ts';
import { badRequest, GraphError, noSuchResource } from './errors.ts';
import { checkOptions, paging, pick, selected } from './odata.ts';
import type { Permissions } from './permissions.ts';

/** Microsoft's types of the year lack it. */
type RoomJson = Room & { placeId?: string };
type PlaceJson = RoomJson | RoomList;

const PAGE = 100;
const ROOM_CAST = 'microsoft.graph.room';
const LIST_CAST = 'microsoft.graph.roomlist';
const EQUALS = /^(emailAddress|displayName|building)\s+eq\s+'((?:[^']|'')*)'$/;

/** What $select may name; a name that is no property of Room does not compile. */
const PROPERTIES = new Set<string>([
  'id',
  'placeId',
  'displayName',
  'emailAddress',
  'address',
  'geoCoordinates',
  'phone',
  'nickname',
  'label',
  'capacity',
  'building',
  'floorNumber',
  'floorLabel',
  'isWheelChairAccessible',
  'bookingType',
  'tags',
  'audioDeviceName',
  'videoDeviceName',
  'displayDeviceName',
] satisfies (keyof RoomJson)[]);

/** Not the object id of the room's account, which Places doesn't tell; and, unlike placeId, not for keeping. */
const placeIdOf = (oid: string) => stableGuid('place', oid);

export function roomJson(person: SandboxPerson): RoomJson {
  const { room = {} } = person;
  return {
    id: placeIdOf(person.oid),
    placeId: room.placeId ?? stableGuid('stable place', person.oid),
    displayName: person.displayName,
    emailAddress: person.upn,
    address: room.address ?? null,
    geoCoordinates: room.geoCoordinates ? { ...room.geoCoordinates } : null,
    phone: '',
    nickname: person.displayName,
    label: null,
    capacity: room.capacity ?? null,
    building: room.building ?? null,
    floorNumber: room.floorNumber ?? null,
    floorLabel: room.floorLabel ?? null,
    isWheelChairAccessible: room.isWheelChairAccessible ?? false,
    bookingType: room.bookingType ?? 'standard',
    tags: [...(room.tags ?? [])],
    audioDeviceName: room.audioDeviceName ?? null,
    videoDeviceName: room.videoDeviceName ?? null,
    displayDeviceName: room.displayDeviceName ?? null,
  };
}

const listJson = ({ upn, displayName }: SandboxRoomList): RoomList => ({
  id: placeIdOf(upn.toLowerCase()),
  displayName,
  emailAddress: upn,
  address: null,
  geoCoordinates: null,
  phone: '',
});

/** Guessed wording: Microsoft's reference shows no example of it. */
const notFound = (id: string) => new GraphError(404, 'ErrorItemNotFound', `The place '${id}' was not found.`);

/** One comparison with "eq"; texts are compared as Exchange does, whatever their case. */
function filtered<T extends PlaceJson>(places: T[], query: URLSearchParams): T[] {
  const given = query.get('$filter');
  if (!given) return places;
  const [, name = '', text = ''] = EQUALS.exec(given.trim()) ?? [];
  if (!name) throw badRequest('ErrorInvalidUrlQueryFilter', `The query filter '${given}' is not supported.`);
  const wanted = text.replaceAll("''", "'").toLowerCase();
  return places.filter((place) => String((place as RoomJson)[name as keyof RoomJson] ?? '').toLowerCase() === wanted);
}

export class PlaceRoutes {
  constructor(
    private readonly world: World,
    private readonly permissions: Permissions,
  ) {}

  /** `segments` is the decoded path after /v1.0, "places" the first of it. */
  answer(caller: Caller, request: SandboxRequest, segments: string[], origin: string): SandboxResponse {
    this.permissions.require(caller, 'places');
    if (request.method !== 'GET') throw badRequest('BadRequest', 'The HTTP method is not supported for this resource.');
    checkOptions(request.query);
    const [, id, cast, part, ...more] = segments;
    if (id === undefined || more.length > 0) throw noSuchResource(segments.at(-1) ?? '');
    if (cast === undefined) return this.named(caller, request, id, origin);
    const list = this.roomLists(caller).find((one) => isNamed(listJson(one), id));
    if (!list) throw notFound(id);
    if (cast.toLowerCase() !== LIST_CAST || part !== 'rooms') throw noSuchResource(part ?? cast);
    const members = this.rooms(caller).filter(
      ({ room }) => room?.roomListUpn?.toLowerCase() === list.upn.toLowerCase(),
    );
    return this.page(request, members.map(roomJson), ROOM_CAST, origin);
  }

  /** A collection by its type, or one place by its id or address. */
  private named(caller: Caller, request: SandboxRequest, id: string, origin: string): SandboxResponse {
    if (id.toLowerCase() === ROOM_CAST) return this.page(request, this.rooms(caller).map(roomJson), ROOM_CAST, origin);
    if (id.toLowerCase() === LIST_CAST)
      return this.page(request, this.roomLists(caller).map(listJson), LIST_CAST, origin);
    const room = this.rooms(caller)
      .map(roomJson)
      .find((one) => isNamed(one, id));
    const place =
      room ??
      this.roomLists(caller)
        .map(listJson)
        .find((one) => isNamed(one, id));
    if (!place) throw notFound(id);
    const type = { '@odata.type': room ? '#microsoft.graph.room' : '#microsoft.graph.roomList' };
    const context = { '@odata.context': `${origin}/v1.0/$metadata#places/$entity` };
    return { status: 200, body: { ...context, ...type, ...pick(place, selected(request.query, PROPERTIES)) } };
  }

  private rooms({ tenantId }: Caller): SandboxPerson[] {
    return [...this.world.people.values()].filter(
      (one) => one.kind === 'room' && one.tenantId === tenantId && one.hasMailbox !== false,
    );
  }

  private roomLists({ tenantId }: Caller): SandboxRoomList[] {
    return [...this.world.roomLists.values()].filter((one) => one.tenantId === tenantId);
  }

  private page(request: SandboxRequest, all: PlaceJson[], type: string, origin: string): SandboxResponse {
    const { query } = request;
    const names = selected(query, PROPERTIES);
    const places = filtered(all, query);
    const { top: wanted, skip } = paging(query, PAGE);
    const top = Math.min(wanted, PAGE);
    const next = new URLSearchParams(query);
    next.set('$skip', String(skip + top));
    return {
      status: 200,
      body: {
        '@odata.context': `${origin}/v1.0/$metadata#places/${type}`,
        ...(query.get('$count') === 'true' ? { '@odata.count': places.length } : {}),
        ...(skip + top < places.length
          ? { '@odata.nextLink': `${origin}${request.path}?${next.toString().replaceAll('%24', '$')}` }
          : {}),
        value: places.slice(skip, skip + top).map((place) => pick(place, names)),
      },
    };
  }
}

function isNamed(place: PlaceJson, id: string): boolean {
  const wanted = id.toLowerCase();
  const names = [place.id, place.emailAddress, 'placeId' in place ? place.placeId : undefined];
  return names.some((name) => name?.toLowerCase() === wanted);
}
