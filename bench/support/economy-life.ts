/** Days with a fixed number of changes, each of one calendar alone, at working hours, at least some minutes apart. */
import type { ViewedEvent } from '../../sandbox/graph/store-api.ts';
import { Chance } from '../../test/simulation/chance.ts';
import type { SimPerson } from '../../test/simulation/history.ts';
import type { Life, LifeApi } from '../../test/simulation/life/life.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DOMAIN = 'economy.example';
const GUEST = { emailAddress: { name: 'Ida Novak', address: 'ida.novak@partner.example' }, type: 'required' as const };
const STANDING_MEETINGS = 12;

export interface EconomyOptions {
  people: number;
  startAt: number;
  days: number;
  changesADay: number;
  seed: number;
}

interface Deed {
  at: number;
  person: SimPerson;
}

export class EconomyLife implements Life {
  readonly people: SimPerson[];
  /** None: what is measured is what people's calendars cost. */
  readonly rooms: Life['rooms'] = [];
  readonly tenants = [{ tenantId: '7e000000-0000-4000-8000-00000000000e', displayName: 'Economy', domain: DOMAIN }];
  readonly counts = new Map<string, number>();
  private readonly deeds: Deed[] = [];
  private readonly chance: Chance;
  private api: LifeApi | undefined;
  private serial = 0;

  constructor(private readonly options: EconomyOptions) {
    this.chance = Chance.of(options.seed, 'economy');
    const tenantId = this.tenants[0]?.tenantId ?? '';
    this.people = Array.from({ length: options.people }, (_, index) => ({
      tenantId,
      oid: this.chance.uuid(),
      name: `Person ${index}`,
      address: `person.${index}@${DOMAIN}`,
      timeZone: 'UTC',
      mailboxTimeZone: 'UTC',
    }));
    for (const person of this.people) for (let day = 0; day < options.days; day += 1) this.planDay(person, day);
    this.deeds.sort((a, b) => a.at - b.at || (a.person.oid < b.person.oid ? -1 : 1));
  }

  onRoomQuestion(): [] {
    return [];
  }

  /** One change in each tenth of the working day: believable, and far enough apart to tell them from each other. */
  private planDay(person: SimPerson, day: number): void {
    const { startAt, changesADay } = this.options;
    const slotMs = (9 * HOUR_MS) / changesADay;
    for (let index = 0; index < changesADay; index += 1) {
      const at =
        startAt + day * DAY_MS + 8 * HOUR_MS + index * slotMs + this.chance.random() * (slotMs - 8 * MINUTE_MS);
      this.deeds.push({ at: Math.round(at), person });
    }
  }

  begin(api: LifeApi): void {
    this.api = api;
    for (const tenant of this.tenants) api.world.tenants.set(tenant.tenantId, tenant);
    for (const { oid, tenantId, address, name } of this.people) {
      const person = { tenantId, oid, upn: address, displayName: name, mailboxTimeZone: 'UTC', locale: 'en-GB' };
      api.world.people.set(oid, { ...person, kind: 'person' });
    }
    for (const person of this.people) {
      for (let index = 0; index < STANDING_MEETINGS; index += 1)
        this.create(person, this.options.startAt + index * DAY_MS);
      api.wish({ at: this.options.startAt, oid: person.oid, kind: 'watch', on: true });
    }
  }

  next(): { at: number; act(): void } | undefined {
    const deed = this.deeds[0];
    return (
      deed && {
        at: deed.at,
        act: () => {
          this.deeds.shift();
          this.act(deed);
        },
      }
    );
  }

  onTokenTrouble(): number {
    return HOUR_MS;
  }

  private create(person: SimPerson, day: number): void {
    this.serial += 1;
    const startAt = Math.floor(day / DAY_MS) * DAY_MS + this.chance.whole(8, 16) * HOUR_MS + DAY_MS;
    const wall = (at: number) => ({ dateTime: new Date(at).toISOString().slice(0, 19), timeZone: 'UTC' });
    this.api?.calendar.create(person, {
      subject: `Meeting ${this.serial}`,
      start: wall(startAt),
      end: wall(startAt + HOUR_MS),
      attendees: [GUEST],
      body: { contentType: 'text', content: 'Numbers of the week' },
    });
  }

  /** Most changes of a day are moves; the rest is made, put elsewhere, rewritten, cancelled. */
  private act({ at, person }: Deed): void {
    const { api, chance } = this;
    if (!api) return;
    const event = chance.pick(
      api.calendar.view(person, at + 2 * HOUR_MS, at + 7 * DAY_MS).filter((one) => !one.isCancelled),
    );
    const draw = chance.random();
    if (!event || draw < 0.2) this.create(person, at);
    else if (draw < 0.6) this.move(person, event);
    else if (draw < 0.75)
      api.calendar.update(person, event.id, { location: { displayName: `Room ${chance.whole(1, 99)}` } });
    else if (draw < 0.9) {
      const content = `Numbers of the week ${chance.whole(1, 9_999)}`;
      api.calendar.update(person, event.id, { body: { contentType: 'text', content } });
    } else api.calendar.cancel(person, event.id, '');
  }

  private move(person: SimPerson, event: ViewedEvent): void {
    const shift = this.chance.whole(1, 3) * HOUR_MS * (this.chance.hits(0.5) ? 1 : -1);
    const wall = (at: number) => ({ dateTime: new Date(at).toISOString().slice(0, 19), timeZone: 'UTC' });
    const move = { start: wall(event.startAt + shift), end: wall(event.endAt + shift) };
    this.api?.calendar.update(person, event.id, move);
  }
}
