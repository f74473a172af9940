/** Who and what exists in the demo tenant. All invented; the streets are real, so that travel times make sense. */
import type { SandboxPlace, SandboxRoom } from '../world.ts';

export const TENANT = { name: 'Northwind Sandbox', domain: 'northwind' };

export interface PersonSeed {
  /** The part of the address before the "@"; the event tables name people by it. */
  key: string;
  name: string;
  kind?: 'room';
  zone: string;
  locale: string;
  title?: string;
  office?: string;
  appRoles?: string[];
  /** Of a room: what Places says of it; the list that it belongs to by its key. */
  room?: Omit<SandboxRoom, 'roomListUpn'> & { list: string };
}

/** The first office, and the smaller one at the old fair. */
const OFFICE = { street: 'Sonnenstraße 12, 80331 München', latitude: 48.1371, longitude: 11.5654 };
const ANNEX = { street: 'Theresienhöhe 11, 80339 München', latitude: 48.1332, longitude: 11.5447 };

/** Room lists by key, as the room finder of Outlook shows them. */
export const ROOM_LISTS: Record<string, string> = {
  'rooms.sonnenstrasse': 'Rooms Sonnenstraße',
  'rooms.theresienhoehe': 'Rooms Theresienhöhe',
};

const inOffice = (room: SandboxRoom) => ({ ...placed('Sonnenstraße', OFFICE), ...room, list: 'rooms.sonnenstrasse' });
const inAnnex = (room: SandboxRoom) => ({ ...placed('Theresienhöhe', ANNEX), ...room, list: 'rooms.theresienhoehe' });

function placed(building: string, { street, latitude, longitude }: typeof OFFICE): SandboxRoom {
  const [line = '', rest = ''] = street.split(', ');
  const address = { street: line, city: rest.slice(6), postalCode: rest.slice(0, 5), countryOrRegion: 'Germany' };
  return { building, address, geoCoordinates: { latitude, longitude }, bookingType: 'standard' };
}

const MUNICH = { zone: 'W. Europe Standard Time', locale: 'en-GB', office: 'Munich' };

/** The first one is whose week the demo tells. */
export const PEOPLE: PersonSeed[] = [
  { ...MUNICH, key: 'lena.brandt', name: 'Lena Brandt', title: 'Product manager' },
  { ...MUNICH, key: 'tomasz.zielinski', name: 'Tomasz Zielinski', title: 'Engineering lead' },
  { ...MUNICH, key: 'sofia.castellanos', name: 'Sofia Castellanos', title: 'Head of product', zone: 'Europe/Berlin' },
  { ...MUNICH, key: 'hannes.vogt', name: 'Hannes Vogt', title: 'IT administrator', appRoles: ['CalendarWatch.Admin'] },
  {
    key: 'marcus.oyelaran',
    name: 'Marcus Oyelaran',
    title: 'Customer success',
    zone: 'GMT Standard Time',
    locale: 'en-GB',
    office: 'London',
  },
  {
    key: 'priya.raman',
    name: 'Priya Raman',
    title: 'Product designer',
    zone: 'India Standard Time',
    locale: 'en-IN',
    office: 'Bengaluru',
  },
  {
    key: 'dana.whitfield',
    name: 'Dana Whitfield',
    title: 'Sales',
    zone: 'Eastern Standard Time',
    locale: 'en-US',
    office: 'New York',
  },
  {
    ...MUNICH,
    key: 'room.isar',
    name: 'Room Isar',
    kind: 'room',
    title: '8 seats, screen',
    room: inOffice({ capacity: 8, floorNumber: 1, displayDeviceName: 'Screen Isar', isWheelChairAccessible: true }),
  },
  {
    ...MUNICH,
    key: 'room.ammersee',
    name: 'Room Ammersee',
    kind: 'room',
    title: '14 seats, screen, camera',
    room: inOffice({
      capacity: 14,
      floorNumber: 2,
      audioDeviceName: 'Table microphones',
      videoDeviceName: 'Room camera',
      displayDeviceName: 'Screen Ammersee',
      isWheelChairAccessible: true,
    }),
  },
  {
    ...MUNICH,
    key: 'room.zugspitze',
    name: 'Room Zugspitze',
    kind: 'room',
    title: '4 seats',
    room: inOffice({ capacity: 4, floorNumber: 3, tags: ['Quiet'] }),
  },
  {
    ...MUNICH,
    key: 'room.watzmann',
    name: 'Room Watzmann',
    kind: 'room',
    title: '6 seats, whiteboard',
    room: inOffice({ capacity: 6, floorNumber: 3, tags: ['Whiteboard'] }),
  },
  {
    ...MUNICH,
    key: 'room.tegernsee',
    name: 'Room Tegernsee',
    kind: 'room',
    title: '10 seats, screen, camera',
    room: inAnnex({
      capacity: 10,
      floorNumber: 0,
      floorLabel: 'Ground floor',
      audioDeviceName: 'Ceiling microphone',
      videoDeviceName: 'Room camera',
      displayDeviceName: 'Screen Tegernsee',
      isWheelChairAccessible: true,
    }),
  },
  {
    ...MUNICH,
    key: 'room.walchensee',
    name: 'Room Walchensee',
    kind: 'room',
    title: '6 seats, camera',
    room: inAnnex({ capacity: 6, floorNumber: 1, videoDeviceName: 'Room camera', tags: ['Whiteboard'] }),
  },
  {
    ...MUNICH,
    key: 'room.wendelstein',
    name: 'Room Wendelstein',
    kind: 'room',
    title: '20 seats, screen',
    room: inAnnex({ capacity: 20, floorNumber: 1, displayDeviceName: 'Projector', tags: ['Standing tables'] }),
  },
];

/** People outside the tenant, by address. */
export const EXTERNALS: Record<string, string> = {
  'ida.novak@novak-partner.example': 'Ida Novak',
  'jan.kestrel@kestrel-bikes.example': 'Jan Kestrel',
  'franziska.maurer@alpenglas.example': 'Franziska Maurer',
};

/** Rooms are places too: they lie where their building lies. */
export const PLACES: SandboxPlace[] = [
  { displayName: 'Room Isar', ...OFFICE },
  { displayName: 'Room Ammersee', ...OFFICE },
  { displayName: 'Room Zugspitze', ...OFFICE },
  { displayName: 'Room Watzmann', ...OFFICE },
  { displayName: 'Room Tegernsee', ...ANNEX },
  { displayName: 'Room Walchensee', ...ANNEX },
  { displayName: 'Room Wendelstein', ...ANNEX },
  { displayName: 'Northwind office', ...OFFICE },
  {
    displayName: 'Kestrel Bikes',
    street: 'Dachauer Straße 665, 80995 München',
    latitude: 48.1936,
    longitude: 11.5003,
  },
  { displayName: 'Alpenglas', street: 'Willy-Brandt-Platz 5, 81829 München', latitude: 48.1329, longitude: 11.6921 },
  { displayName: 'Viktualienmarkt', street: 'Viktualienmarkt 3, 80331 München', latitude: 48.1351, longitude: 11.5763 },
  {
    displayName: 'München Hauptbahnhof',
    street: 'Bayerstraße 10A, 80335 München',
    latitude: 48.1402,
    longitude: 11.5583,
  },
  { displayName: 'Dr. Keller', street: 'Leopoldstraße 70, 80802 München', latitude: 48.1592, longitude: 11.5857 },
  { displayName: 'Seehof Starnberg', street: 'Bahnhofplatz 6, 82319 Starnberg', latitude: 47.9966, longitude: 11.3435 },
];
