/** Who there is: two or three tenants, their people in zones all over the world, and rooms. */
import type { SandboxPerson, SandboxTenant } from '../../../sandbox/world.ts';
import type { Chance } from '../chance.ts';
import type { SimPerson } from '../history.ts';

export interface Zone {
  iana: string;
  /** As Exchange keeps it. */
  name: string;
}

export const ZONES: Zone[] = [
  { iana: 'Europe/Berlin', name: 'W. Europe Standard Time' },
  { iana: 'America/New_York', name: 'Eastern Standard Time' },
  { iana: 'Europe/London', name: 'GMT Standard Time' },
  { iana: 'Europe/Berlin', name: 'Europe/Berlin' },
  { iana: 'America/Los_Angeles', name: 'Pacific Standard Time' },
  { iana: 'Asia/Kolkata', name: 'India Standard Time' },
  { iana: 'Europe/Warsaw', name: 'Central European Standard Time' },
  { iana: 'America/Chicago', name: 'America/Chicago' },
];

const NAMES = [
  'Ada',
  'Ben',
  'Cleo',
  'Dan',
  'Eva',
  'Finn',
  'Gita',
  'Hugo',
  'Ines',
  'Jon',
  'Kira',
  'Leo',
  'Mona',
  'Nils',
];
const FAMILIES = ['Abel', 'Brandt', 'Costa', 'Diaz', 'Eriksen', 'Fuchs', 'Gruber', 'Holm', 'Ito'];
const TRAVELLERS = 5;
/** Of so many one has their calendar keep what they decline. */
const KEEPS_DECLINED = 3;
const LEAST_A_TENANT = 4;

/** Working hours, as they are set in Outlook. */
export interface Hours {
  /** 0 is Sunday. */
  days: number[];
  start: string;
  end: string;
}

/** Of so many one works from Sunday to Thursday, and one part of the day. */
const OTHER_HOURS = 6;
const SUNDAY_TO_THURSDAY: Hours = { days: [0, 1, 2, 3, 4], start: '08:30', end: '17:30' };
const PART_TIME: Hours = { days: [1, 2, 4], start: '09:00', end: '13:00' };

export interface Cast {
  tenants: SandboxTenant[];
  people: SimPerson[];
  /** People and rooms, as the world keeps them. */
  accounts: SandboxPerson[];
  rooms: Map<string, SandboxPerson[]>;
  /** Oids of those who change zones. */
  travellers: Set<string>;
  /** By oid, of those whose hours are not the usual ones. */
  hours: Map<string, Hours>;
}

export function makePeople(chance: Chance, count: number): Cast {
  const tenantCount = Math.max(1, Math.min(3, Math.floor(count / LEAST_A_TENANT)));
  const tenants = Array.from({ length: tenantCount }, (_, index) => ({
    tenantId: chance.uuid(),
    displayName: `Company ${index + 1}`,
    domain: `company${index + 1}.example`,
  }));
  const cast: Cast = { tenants, people: [], accounts: [], rooms: new Map(), travellers: new Set(), hours: new Map() };
  for (let index = 0; index < count; index++) addPerson(cast, chance, index);
  for (const tenant of tenants) addRooms(cast, chance, tenant);
  return cast;
}

function addPerson(cast: Cast, chance: Chance, index: number): void {
  const tenant = cast.tenants[index % cast.tenants.length];
  if (!tenant) return;
  const name = `${NAMES[index % NAMES.length]} ${FAMILIES[Math.floor(index / NAMES.length) % FAMILIES.length]}`;
  const zone = ZONES[index % ZONES.length] ?? { iana: 'UTC', name: 'UTC' };
  const oid = chance.uuid();
  const address = `${name.toLowerCase().replace(' ', '.')}.${index}@${tenant.domain}`;
  const common = { tenantId: tenant.tenantId, oid, mailboxTimeZone: zone.name };
  cast.people.push({ ...common, name, address, timeZone: zone.iana });
  const keepsDeclined = index % KEEPS_DECLINED === 1;
  cast.accounts.push({ ...common, upn: address, displayName: name, kind: 'person', locale: 'en-GB', keepsDeclined });
  if (index % OTHER_HOURS === 3) cast.hours.set(oid, SUNDAY_TO_THURSDAY);
  if (index % OTHER_HOURS === 5) cast.hours.set(oid, PART_TIME);
  if (index % TRAVELLERS === TRAVELLERS - 1) cast.travellers.add(oid);
}

function addRooms(cast: Cast, chance: Chance, tenant: SandboxTenant): void {
  const rooms = ['Alder', 'Birch'].map(
    (name): SandboxPerson => ({
      tenantId: tenant.tenantId,
      oid: chance.uuid(),
      upn: `room.${name.toLowerCase()}@${tenant.domain}`,
      displayName: `Room ${name}`,
      kind: 'room',
      mailboxTimeZone: 'W. Europe Standard Time',
      locale: 'en-GB',
    }),
  );
  cast.rooms.set(tenant.tenantId, rooms);
  cast.accounts.push(...rooms);
}
