import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { GraphError } from '../../../sandbox/graph/errors.ts';
import type { CalendarActor, ViewedEvent } from '../../../sandbox/graph/store-api.ts';
import { seededRandom } from '../../../sandbox/world.ts';
import { ANNA, BEN, CARA, DAY, type Fixture, fixture, guest, type Json, NOW, ROOM, TENANT } from './setup.ts';

const FROM = NOW - 3 * DAY;
const TO = NOW + 25 * DAY;
const ZONES = ['UTC', 'Europe/Berlin', 'Eastern Standard Time'];
const PEOPLE = [ANNA, BEN, CARA];

/** What a client makes of delta: rows by id, a series replaced as a whole whenever its master shows up. */
class Replica {
  private readonly rows = new Map<string, Json>();
  private link: string;

  constructor(
    private readonly f: Fixture,
    private readonly oid: string,
  ) {
    const iso = (at: number) => new Date(at).toISOString();
    this.link = `/users/${oid}/calendarView/delta?startDateTime=${iso(FROM)}&endDateTime=${iso(TO)}`;
  }

  async catchUp(): Promise<void> {
    const headers = { prefer: 'odata.maxpagesize=3' };
    for (let more = true; more; ) {
      const { status, json } = await this.f.call('GET', this.link, { as: this.oid, headers });
      assert.equal(status, 200);
      for (const row of json.value) this.apply(row);
      more = json['@odata.nextLink'] !== undefined;
      this.link = json['@odata.nextLink'] ?? json['@odata.deltaLink'];
    }
  }

  lines(): string[] {
    const wanted = [...this.rows.values()].filter((row) => row.type !== 'seriesMaster');
    return wanted.map((row) => this.line(row)).sort();
  }

  private line(row: Json): string {
    const full = row.type === 'occurrence' ? this.rows.get(row.seriesMasterId) : row;
    const { subject, isCancelled, showAs, responseStatus } = full;
    return [row.id, row.start.dateTime, row.end.dateTime, subject, isCancelled, showAs, responseStatus.response].join(
      '|',
    );
  }

  private apply(row: Json): void {
    if (row['@removed'] || row.type === 'seriesMaster') this.forget(row.id);
    if (!row['@removed']) this.rows.set(row.id, row);
  }

  private forget(id: string): void {
    this.rows.delete(id);
    for (const [other, { seriesMasterId }] of this.rows) if (seriesMasterId === id) this.rows.delete(other);
  }
}

function truthLines(f: Fixture, oid: string): string[] {
  return f.graph
    .truth(oid, FROM, TO)
    .map(({ event: { id, start, end, subject, isCancelled, showAs, responseStatus } }) =>
      [id, start?.dateTime, end?.dateTime, subject, isCancelled, showAs, responseStatus?.response].join('|'),
    )
    .sort();
}

/** People at work: one random edit after another, by whoever may. */
class Chaos {
  refused = 0;
  private count = 0;

  constructor(
    private readonly f: Fixture,
    private readonly random: () => number,
  ) {}

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  private times() {
    const day = Math.floor(this.random() * 24);
    const start = NOW + day * DAY + Math.floor(this.random() * 40) * 900_000;
    const zone = this.pick(ZONES);
    const wall = (at: number) => ({ dateTime: new Date(at).toISOString().slice(0, 19), timeZone: zone });
    return { start: wall(start), end: wall(start + (1 + Math.floor(this.random() * 8)) * 900_000) };
  }

  private recurrence(startDate: string): object {
    const weekday = new Date(`${startDate}T00:00:00Z`).toLocaleDateString('en-US', {
      weekday: 'long',
      timeZone: 'UTC',
    });
    const patterns = [
      { type: 'daily', interval: 1 + Math.floor(this.random() * 3) },
      { type: 'weekly', interval: 1, daysOfWeek: [weekday.toLowerCase(), 'friday'] },
    ];
    const count = 1 + Math.floor(this.random() * 6);
    const ranges = [{ type: 'noEnd' }, { type: 'numbered', numberOfOccurrences: count }];
    return { pattern: this.pick(patterns), range: { ...this.pick(ranges), startDate } };
  }

  private guests() {
    const all = [
      guest('ben.carter'),
      guest('cara.diaz'),
      guest('anna.berg'),
      guest('room.oslo', 'resource'),
      guest('ext'),
    ];
    return all.filter(() => this.random() < 0.4);
  }

  step(): void {
    const actor: CalendarActor = { tenantId: TENANT, oid: this.pick(PEOPLE) };
    const lines = this.f.graph.store.view(actor, FROM, TO);
    try {
      if (lines.length < 12 && this.random() < 0.5) this.create(actor);
      else if (lines.length > 0) this.edit(actor, this.pick(lines));
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      this.refused++;
    }
  }

  private create(actor: CalendarActor): void {
    const times = this.times();
    const event: Json = { subject: `E${this.count++}`, ...times, attendees: this.guests() };
    if (this.random() < 0.4) event.recurrence = this.recurrence(times.start.dateTime.slice(0, 10));
    if (this.random() < 0.3) event.isOnlineMeeting = true;
    this.f.graph.store.create(actor, event);
  }

  private edit(actor: CalendarActor, line: ViewedEvent): void {
    const { store } = this.f.graph;
    const scope = this.random() < 0.3 ? 'series' : 'occurrence';
    const answer = this.pick(['accept', 'decline', 'tentativelyAccept'] as const);
    this.pick([
      () => store.update(actor, line.id, { subject: `R${this.count++}` }, scope),
      () => store.update(actor, line.id, this.times(), line.isOrganizer ? scope : 'occurrence'),
      () => store.update(actor, line.id, { attendees: this.guests() } as Json, scope),
      () => store.update(actor, line.id, { showAs: 'oof', isOnlineMeeting: true }, scope),
      () => store.respond(actor, line.id, answer, '', scope),
      () => store.respond(actor, line.id, 'accept', '', scope),
      () => store.cancel(actor, line.id, '', scope),
      () => store.remove(actor, line.id, scope),
    ])();
  }
}

/** Every uncancelled invitation in a person's calendar has its counterpart in the organiser's. */
function checkCopies(f: Fixture): void {
  const wide = PEOPLE.flatMap((oid) => f.graph.truth(oid, FROM - 60 * DAY, TO + 60 * DAY));
  const organised = new Set(wide.filter(({ event }) => event.isOrganizer).map(({ event }) => event.iCalUId));
  for (const oid of [...PEOPLE, ROOM])
    for (const { event } of f.graph.truth(oid, FROM, TO))
      if (!event.isOrganizer && !event.isCancelled)
        assert.ok(organised.has(event.iCalUId), `orphan ${event.subject} of ${oid}`);
}

describe('sandbox graph: a replica by delta', () => {
  for (const seed of [1, 2, 3])
    it(`equals the truth after any edits (seed ${seed})`, async () => {
      const f = fixture();
      const chaos = new Chaos(f, seededRandom(seed));
      const replicas = PEOPLE.map((oid) => new Replica(f, oid));
      for (let index = 0; index < 150; index++) {
        chaos.step();
        if (index % 10 === 0) await f.pass(3_500);
        if (index % 7 !== 0) continue;
        for (const [at, replica] of replicas.entries()) {
          await replica.catchUp();
          assert.deepEqual(replica.lines(), truthLines(f, PEOPLE[at] ?? ''), `after ${index} edits`);
        }
      }
      checkCopies(f);
      assert.ok(chaos.refused < 75);
    }).timeout(20_000);
});
