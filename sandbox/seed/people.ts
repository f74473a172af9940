/** Who and what exists in the demo tenant. All invented; the streets are real, so that travel times make sense. */
import type { SandboxPlace } from '../world.ts';

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
  { ...MUNICH, key: 'room.isar', name: 'Room Isar', kind: 'room', title: '8 seats, screen' },
  { ...MUNICH, key: 'room.ammersee', name: 'Room Ammersee', kind: 'room', title: '14 seats, screen, camera' },
  { ...MUNICH, key: 'room.zugspitze', name: 'Room Zugspitze', kind: 'room', title: '4 seats' },
];

/** People outside the tenant, by address. */
export const EXTERNALS: Record<string, string> = {
  'ida.novak@novak-partner.example': 'Ida Novak',
  'jan.kestrel@kestrel-bikes.example': 'Jan Kestrel',
  'franziska.maurer@alpenglas.example': 'Franziska Maurer',
};

const OFFICE = { street: 'Sonnenstraße 12, 80331 München', latitude: 48.1371, longitude: 11.5654 };

/** Rooms are places too: they lie where the office lies. */
export const PLACES: SandboxPlace[] = [
  { displayName: 'Room Isar', ...OFFICE },
  { displayName: 'Room Ammersee', ...OFFICE },
  { displayName: 'Room Zugspitze', ...OFFICE },
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
