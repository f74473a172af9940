/**
 * Rooms as Places describes them, and whose accounts they are: Places tells addresses, everything else needs object ids.
 * As the application: Place.Read.All for rooms, User.ReadBasic.All for accounts.
 */
import { z } from 'zod';
import type { Coordinates } from '../calendar/event.ts';
import { CalendarWatchError } from '../errors.ts';
import type { Caller } from './client.ts';
import { GraphFailure, kindOf } from './failures.ts';
import type { Access } from './port.ts';

export interface DescribedRoom {
  /** SMTP, lower case. */
  address: string;
  name: string;
  building: string;
  floor: string;
  capacity: number | null;
  /** 'video', 'audio', 'display', 'wheelchair', and tags; lower case. */
  features: string[];
  coordinates: Coordinates | null;
}

export interface RoomsPage {
  rooms: DescribedRoom[];
  nextLink?: string;
}

/** All of the tenant, those of a room list by its address, or the page behind a link. */
export type RoomsWanted = 'tenant' | { list: string } | { link: string };

const A_PAGE = 100;
const MOST_TAGS = 20;
const LONGEST = 120;
const MOST_SEATS = 100_000;
const MOST_IN_BATCH = 20;
const SCOPES = { scopes: ['Place.Read.All'] };
const ROOM_TYPE = /room$/i;

const text = z.string().nullish();
const room = z.object({
  '@odata.type': text,
  emailAddress: text,
  displayName: text,
  building: text,
  floorLabel: text,
  floorNumber: z.number().nullish(),
  capacity: z.number().nullish(),
  isWheelChairAccessible: z.boolean().nullish(),
  audioDeviceName: text,
  videoDeviceName: text,
  displayDeviceName: text,
  tags: z.array(text).nullish(),
  geoCoordinates: z.object({ latitude: z.number().nullish(), longitude: z.number().nullish() }).nullish(),
});
type RoomJson = z.infer<typeof room>;
const page = z.object({ value: z.array(room).max(1_000), '@odata.nextLink': z.string().url().optional() });

const line = (given: string | null | undefined, most = LONGEST) =>
  (given ?? '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, most)
    .replace(/[\ud800-\udbff]$/, '');

function featuresOf(one: RoomJson): string[] {
  const tags = (one.tags ?? []).map((tag) => line(tag, 40).toLowerCase()).filter((tag) => tag !== '');
  const all = [
    ...(line(one.videoDeviceName) ? ['video'] : []),
    ...(line(one.audioDeviceName) ? ['audio'] : []),
    ...(line(one.displayDeviceName) ? ['display'] : []),
    ...(one.isWheelChairAccessible ? ['wheelchair'] : []),
    ...tags.slice(0, MOST_TAGS),
  ];
  return [...new Set(all)];
}

function coordinatesOf({ geoCoordinates }: RoomJson): Coordinates | null {
  const { latitude, longitude } = geoCoordinates ?? {};
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return null;
  // What nobody filled in is 0, 0 in some tenants: the sea off Africa.
  const isSomewhere = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0);
  return isSomewhere ? { latitude, longitude } : null;
}

/** Undefined: without an address nothing can be asked of it. */
function described(one: RoomJson): DescribedRoom | undefined {
  const address = (one.emailAddress ?? '').trim().toLowerCase();
  if (!/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(address)) return undefined;
  const { capacity } = one;
  const isCount = typeof capacity === 'number' && Number.isInteger(capacity) && capacity > 0 && capacity <= MOST_SEATS;
  return {
    address,
    name: line(one.displayName) || address,
    building: line(one.building),
    floor: line(one.floorLabel, 40) || (typeof one.floorNumber === 'number' ? String(one.floorNumber) : ''),
    capacity: isCount ? capacity : null,
    features: featuresOf(one),
    coordinates: coordinatesOf(one),
  };
}

function read<T>(schema: z.ZodType<T, z.ZodTypeDef, unknown>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new CalendarWatchError('GRAPH_ANSWER_INVALID', `${what} is not of the documented form`);
}

function pathOf(wanted: RoomsWanted): string {
  if (wanted === 'tenant') return `/places/microsoft.graph.room?$top=${A_PAGE}`;
  if ('link' in wanted) return wanted.link;
  return `/places/${encodeURIComponent(wanted.list)}/microsoft.graph.roomlist/rooms?$top=${A_PAGE}`;
}

export const listRooms =
  (call: Caller) =>
  async (access: Access, wanted: RoomsWanted): Promise<RoomsPage> => {
    const answer = await call(access, pathOf(wanted), (graph) => graph.get(), SCOPES);
    const { value, '@odata.nextLink': nextLink } = read(page, answer, 'a list of rooms');
    return { rooms: value.flatMap((one) => described(one) ?? []), ...(nextLink ? { nextLink } : {}) };
  };

export const readRoom =
  (call: Caller) =>
  async (access: Access, address: string): Promise<DescribedRoom | undefined> => {
    try {
      const answer = await call(access, `/places/${encodeURIComponent(address)}`, (graph) => graph.get(), SCOPES);
      const one = read(room, answer, 'a room');
      // A room list has an address too.
      const type = one['@odata.type'];
      return type && !ROOM_TYPE.test(type) ? undefined : described(one);
    } catch (error) {
      if (error instanceof GraphFailure && error.kind === 'notFound') return undefined;
      throw error;
    }
  };

const batch = z.object({
  responses: z.array(z.object({ id: z.string(), status: z.number(), body: z.unknown() })),
});
const account = z.object({ id: z.string().min(1).max(100) });
const accounts = z.object({ value: z.array(account) });

const byName = (address: string) => `/users/${encodeURIComponent(address)}?$select=id`;
const byMail = (address: string) =>
  `/users?$filter=${encodeURIComponent(`mail eq '${address.replaceAll("'", "''")}'`)}&$select=id&$top=2`;

/** One that is none's, or several people's, is left out. */
function idIn(body: unknown): string | undefined {
  const one = account.safeParse(body);
  if (one.success) return one.data.id.toLowerCase();
  const several = accounts.safeParse(body);
  const [found, another] = several.success ? several.data.value : [];
  return found && !another ? found.id.toLowerCase() : undefined;
}

async function lookUp(
  call: Caller,
  access: Access,
  addresses: readonly string[],
  pathTo: (address: string) => string,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let from = 0; from < addresses.length; from += MOST_IN_BATCH) {
    const some = addresses.slice(from, from + MOST_IN_BATCH);
    const requests = some.map((address, index) => ({ id: String(index), method: 'GET', url: pathTo(address) }));
    const answer = await call(access, '/$batch', (graph) => graph.post({ requests }));
    for (const { id, status, body } of read(batch, answer, 'a batch answer').responses) {
      // Of these the next one would be no other.
      if ([401, 403, 429].includes(status) || status >= 500)
        throw new GraphFailure(kindOf(status, ''), status, 'batch', undefined);
      const address = some[Number(id)];
      const accountId = status < 300 ? idIn(body) : undefined;
      if (address !== undefined && accountId !== undefined) found.set(address, accountId);
    }
  }
  return found;
}

/** Object ids by address: of the account that is called so, else of the one whose mail it is. Unknown ones are left out. */
export const findAccounts =
  (call: Caller) =>
  async (access: Access, addresses: readonly string[]): Promise<Map<string, string>> => {
    const found = await lookUp(call, access, addresses, byName);
    const others = addresses.filter((address) => !found.has(address));
    const byTheirMail = await lookUp(call, access, others, byMail);
    return new Map([...found, ...byTheirMail]);
  };
