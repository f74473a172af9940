/** A life that is small enough to be understood at a glance; to try the simulation itself with. */
import type { SimPerson } from './history.ts';
import type { Life, LifeApi, LifeOptions } from './life-api.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TENANT = '5e111111-0000-4000-8000-000000000001';

const iso = (at: number) => ({ dateTime: new Date(at).toISOString().slice(0, 19), timeZone: 'UTC' });

export function createLife({ people: count, startAt, endAt }: LifeOptions): Life {
  const people: SimPerson[] = Array.from({ length: count }, (_, index) => ({
    tenantId: TENANT,
    oid: `5e1f0000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    name: `Person ${index}`,
    address: `person${index}@tiny.example`,
    timeZone: 'Europe/Berlin',
    mailboxTimeZone: 'W. Europe Standard Time',
  }));
  let api: LifeApi | undefined;

  const actor = (person: SimPerson) => ({ tenantId: person.tenantId, oid: person.oid });
  const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;

  const create = (given: LifeApi) => {
    const owner = pick(people, given.random);
    const guest = pick(people, given.random);
    const start = given.now() + Math.floor(given.random() * 5 * 48) * (HOUR_MS / 2) + HOUR_MS;
    const isSeries = given.random() < 0.2;
    given.cause('invited');
    given.calendar.create(actor(owner), {
      subject: `Meeting ${Math.floor(given.random() * 10_000)}`,
      start: iso(start),
      end: iso(start + HOUR_MS / 2),
      attendees:
        guest === owner ? [] : [{ type: 'required', emailAddress: { name: guest.name, address: guest.address } }],
      ...(isSeries
        ? {
            recurrence: {
              pattern: { type: 'weekly' as const, interval: 1, daysOfWeek: ['tuesday' as const, 'thursday' as const] },
              range: { type: 'noEnd' as const, startDate: new Date(start).toISOString().slice(0, 10) },
            },
          }
        : {}),
    });
  };

  const change = (given: LifeApi) => {
    const person = pick(people, given.random);
    const now = given.now();
    const lines = given.calendar.view(actor(person), now, now + 7 * DAY_MS);
    const line = pick(lines, given.random);
    if (!line) return create(given);
    const dice = given.random();
    if (!line.isOrganizer) {
      given.cause('answered');
      given.calendar.respond(actor(person), line.id, dice < 0.8 ? 'accept' : 'decline');
      return;
    }
    if (dice < 0.5) {
      const startAt = line.startAt + (given.random() < 0.5 ? HOUR_MS : -HOUR_MS);
      given.cause('moved');
      given.calendar.update(actor(person), line.id, { start: iso(startAt), end: iso(startAt + HOUR_MS / 2) });
    } else if (dice < 0.7) {
      given.cause('cancelled');
      given.calendar.cancel(actor(person), line.id, 'sorry');
    } else {
      given.cause('renamed');
      given.calendar.update(actor(person), line.id, { subject: `Renamed ${Math.floor(given.random() * 10_000)}` });
    }
  };

  let nextAt = startAt + 60_000;
  let greeted = 0;
  return {
    people,
    begin(given) {
      api = given;
      for (let index = 0; index < count * 5; index++) create(given);
    },
    next() {
      const given = api;
      if (!given) return undefined;
      const at = nextAt;
      if (at > endAt) return undefined;
      return {
        at,
        act() {
          const newcomer = people[greeted];
          if (newcomer) {
            greeted += 1;
            nextAt = at + 10_000;
            given.wish({ kind: 'watch', oid: newcomer.oid, on: true });
            return;
          }
          // Some 60 things a person and week.
          nextAt = at + Math.floor((-Math.log(1 - given.random()) * 7 * DAY_MS) / (60 * count));
          if (given.random() < 0.3) create(given);
          else change(given);
        },
      };
    },
  };
}
