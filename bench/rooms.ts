/**
 * Rooms at size: 1,000 of them with 30 bookings a week each for four weeks, in PostgreSQL. What is measured: "find a free
 * room", from the question to the ranked rooms (the statements and the ranking); and how many changes a second are looked at
 * for double bookings, by the pure part alone, and beside it through the database (replica and bookings written, conflicts
 * found and stored), a read of twenty-five changes at a time; then once more with both organisers told by mail.
 *
 *   npm run bench -- rooms [rooms=1000] [weeks=4] [searches=500] [changes=10000] [seed=1]
 *   npx tsx bench/rooms.ts conflicts-oracle [runs=10000] [seed=1]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CalendarEvent } from '../src/calendar/event.ts';
import { createLog } from '../src/log.ts';
import { conflictsWith, equaliseConflicts } from '../src/rooms/conflicts.ts';
import { createRoomFollower } from '../src/rooms/follower.ts';
import { STANDARD_TIMES } from '../src/rooms/policy.ts';
import { searchRooms } from '../src/rooms/search.ts';
import type { Booking } from '../src/rooms/types.ts';
import { writeBookings } from '../src/store/bookings.ts';
import { type Database, openDatabase, type Sql } from '../src/store/database.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { writeEvents } from '../src/store/events.ts';
import { migrate } from '../src/store/migrate.ts';
import { APP_ROLE } from '../src/store/open.ts';
import { ensureTenant, lockPerson } from '../src/store/people.ts';
import { saveRoom } from '../src/store/rooms.ts';
import { compareOnce } from '../test/rooms/room-calendar.ts';
import { Chance } from '../test/simulation/chance.ts';
import { atLeast, type Bench, below, exactly, numberOf, percentile, round, Teardown } from './support/report.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A Monday, 06:00. */
const NOW = Date.UTC(2026, 5, 1, 6);
const TENANT = 'be5c0009-0000-4000-8000-000000000000';
const A_WEEK = 30;
const A_READ = 25;
/** More than half of them collide, and of each two are told: it takes its time. */
const MOST_TOLD = 1_000;
const FEATURES = ['video', 'audio', 'display', 'wheelchair'];
const CITIES = [
  { latitude: 48.137, longitude: 11.575 },
  { latitude: 52.52, longitude: 13.405 },
  { latitude: 50.11, longitude: 8.682 },
];

const roomIdOf = (index: number) => `be5c000a-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** Thirty a week: six a working day, at full quarters, one now and then above another. */
function bookingsOf(chance: Chance, index: number, weeks: number): Booking[] {
  return Array.from({ length: weeks * A_WEEK }, (_, number) => {
    const week = Math.floor(number / A_WEEK);
    const day = Math.floor((number % A_WEEK) / 6);
    const slot = number % 6;
    const startAt = NOW + (week * 7 + day) * DAY_MS + slot * 100 * MINUTE_MS + chance.whole(0, 3) * 15 * MINUTE_MS;
    return {
      roomId: roomIdOf(index),
      eventId: `event-${index}-${number}`,
      seriesId: number % 3 === 0 ? `series-${index}-${day}-${slot}` : null,
      startAt,
      endAt: startAt + chance.whole(2, 4) * 15 * MINUTE_MS,
      state: 'held',
      heldSince: NOW - chance.whole(1, 1_000) * HOUR_MS,
      organizer: `person.${chance.whole(1, 5_000)}@bench.example`,
      organizerName: 'Somebody',
      size: chance.whole(2, 12),
    };
  });
}

/** Another time on the same day: most fall on somebody else's. */
const moved = (one: Booking, chance: Chance): Booking => {
  const drawn = one.startAt - (one.startAt % DAY_MS) + 6 * HOUR_MS + chance.whole(0, 38) * 15 * MINUTE_MS;
  const startAt = drawn === one.startAt ? drawn + 15 * MINUTE_MS : drawn;
  return { ...one, startAt, endAt: startAt + (one.endAt - one.startAt), heldSince: NOW };
};

/** A read of one room at a time, each change in the calendar of a random room. */
function* readsOf(all: Booking[][], changes: number, chance: Chance): Generator<{ index: number; changed: Booking[] }> {
  for (let done = 0; done < changes; done += A_READ) {
    const index = chance.whole(0, all.length - 1);
    const own = all[index] as Booking[];
    const places = new Set<number>();
    while (places.size < Math.min(A_READ, changes - done)) places.add(chance.whole(0, own.length - 1));
    const changed = [...places].map((place) => {
      const one = moved(own[place] as Booking, chance);
      own[place] = one;
      return one;
    });
    yield { index, changed };
  }
}

/** As in a process: what was open, what is found, what is open now. */
function purely(all: Booking[][], changes: number, chance: Chance): { aSecond: number; open: number } {
  const open = new Map<number, ReturnType<typeof conflictsWith>>();
  let ms = 0;
  for (const { index, changed } of readsOf(all, changes, chance)) {
    const touched = new Set(changed.map((one) => one.eventId));
    const startedAt = performance.now();
    const found = conflictsWith(all[index] as Booking[], touched, NOW);
    const equalised = equaliseConflicts(open.get(index) ?? [], found, touched, NOW);
    open.set(
      index,
      equalised.map((one) => one.conflict).filter((one) => one.occurrences.length > 0),
    );
    ms += performance.now() - startedAt;
  }
  const count = [...open.values()].reduce((sum, list) => sum + list.length, 0);
  return { aSecond: changes / (ms / 1_000), open: count };
}

const eventOf = (one: Booking): CalendarEvent => ({
  id: one.eventId,
  calendarId: '',
  type: one.seriesId ? 'exception' : 'single',
  ...(one.seriesId ? { seriesMasterId: one.seriesId } : {}),
  subject: 'Weekly planning',
  startAt: one.startAt,
  endAt: one.endAt,
  isCancelled: false,
  isDraft: false,
  isOrganizer: false,
  response: 'accepted',
  showAs: 'busy',
  sensitivity: 'normal',
  organizer: { name: one.organizerName, address: one.organizer },
  attendees: [],
  isOnline: false,
  agenda: [],
  changeKey: 'key',
  createdAt: one.heldSince,
});

/** The whole of what a read of a room's mailbox does for its bookings, in transactions as sync has them. */
async function throughDatabase(
  database: Database,
  all: Booking[][],
  changes: number,
  { chance, isTold }: { chance: Chance; isTold: boolean },
) {
  const follower = createRoomFollower({
    publicUrl: 'https://bench.example',
    newSecret: () => chance.uuid(),
    times: STANDARD_TIMES,
    canMailAnyone: isTold,
  });
  const startedAt = performance.now();
  for (const { index, changed } of readsOf(all, changes, chance)) {
    const mailboxId = roomIdOf(index);
    const upserts = changed.map(eventOf);
    await database.inTenant(TENANT, async (sql) => {
      const person = await lockPerson(sql, TENANT, mailboxId);
      if (!person) throw new Error('a room has no mailbox');
      await writeEvents(sql, TENANT, mailboxId, upserts, []);
      const written = { tenantId: TENANT, mailboxId, correlationId: 'bench', person, changes: [] };
      await follower.follow(sql, { ...written, read: { upserts, removals: [] } }, NOW);
    });
  }
  return changes / ((performance.now() - startedAt) / 1_000);
}

async function seed(database: Database, owner: Sql, all: Booking[][], chance: Chance): Promise<void> {
  await database.inTenant(TENANT, (sql) => ensureTenant(sql, TENANT, NOW));
  await owner.query(
    `insert into cw.person (tenant_id, person_id, kind, access, watch, watch_since, seen_at)
     select $1, id, 'room', 'application', 'on', $3, $3 from unnest($2::text[]) as id`,
    [TENANT, all.map((_, index) => roomIdOf(index)), new Date(NOW)],
  );
  await owner.query(
    `insert into cw.mailbox (tenant_id, mailbox_id, person_id) select $1, id, id from unnest($2::text[]) as id`,
    [TENANT, all.map((_, index) => roomIdOf(index))],
  );
  await database.inTenant(TENANT, async (sql) => {
    for (const [index, bookings] of all.entries()) {
      const city = CITIES[index % CITIES.length] ?? { latitude: 0, longitude: 0 };
      const room = {
        roomId: roomIdOf(index),
        address: `room.${index}@bench.example`,
        name: `Room ${index}`,
        building: `Building ${index % 40}`,
        floor: String(index % 9),
        capacity: chance.whole(2, 20),
        features: FEATURES.filter(() => chance.hits(0.5)),
        coordinates: { latitude: city.latitude + chance.between(-0.05, 0.05), longitude: city.longitude },
      };
      await saveRoom(sql, TENANT, room, 'admin', NOW);
      await writeBookings(sql, TENANT, bookings);
    }
  });
  await owner.query('analyze cw.booking');
  await owner.query('analyze cw.room');
}

async function timedSearches(database: Database, searches: number, weeks: number, chance: Chance) {
  const took: number[] = [];
  let found = 0;
  for (let turn = 0; turn < searches + 20; turn += 1) {
    const day = chance.whole(0, weeks * 7 - 1);
    const from = NOW + day * DAY_MS + chance.whole(0, 38) * 15 * MINUTE_MS;
    const wish = {
      span: { from, to: from + chance.whole(1, 8) * 15 * MINUTE_MS },
      people: chance.whole(2, 12),
      features: FEATURES.filter(() => chance.hits(0.2)),
      ...(chance.hits(0.7) ? { near: chance.pick(CITIES) ?? { latitude: 0, longitude: 0 } } : {}),
    };
    const startedAt = performance.now();
    const rooms = await database.inTenant(TENANT, (sql) => searchRooms(sql, TENANT, wish));
    // The first ones open connections and prepare what is said often.
    if (turn >= 20) took.push(performance.now() - startedAt);
    if (rooms.length > 0) found += 1;
  }
  return { took, found };
}

export const bench: Bench = async (words, say) => {
  const [count, weeks] = [numberOf(words, 'rooms', 1_000), numberOf(words, 'weeks', 4)];
  const [searches, changes] = [numberOf(words, 'searches', 500), numberOf(words, 'changes', 10_000)];
  const from = numberOf(words, 'seed', 1);
  const teardown = new Teardown();
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'cw-bench-rooms-'));
    teardown.add(() => rm(dataDir, { recursive: true, force: true }));
    const postgres = await startEmbedded({ dataDir, log: createLog('warn') });
    teardown.add(() => postgres.stop());
    await migrate({ ownerUrl: postgres.ownerUrl, appRole: APP_ROLE, appPassword: postgres.appPassword });
    const database = openDatabase({ url: postgres.urlFor(APP_ROLE, postgres.appPassword) });
    teardown.add(() => database.close());
    const owner = await ownerOf(postgres.ownerUrl, teardown);
    const chance = Chance.of(from, 'rooms');
    const all = Array.from({ length: count }, (_, index) => bookingsOf(chance, index, weeks));
    say(`${count} rooms, ${count * weeks * A_WEEK} bookings: writing`);
    await seed(database, owner, all, chance);
    const { took, found } = await timedSearches(database, searches, weeks, chance);
    const p99 = percentile(took, 0.99);
    say(`searches: p50 ${round(percentile(took, 0.5), 1)} ms, p99 ${round(p99, 1)} ms; ${found} found something`);
    const copy = () => all.map((list) => [...list]);
    const pure = purely(copy(), changes, Chance.of(from, 'changes'));
    say(`conflicts: ${round(pure.aSecond)} changes/s purely`);
    const stored = await throughDatabase(database, all, changes, { chance: Chance.of(from, 'changes'), isTold: false });
    const [rows] = await owner.query<{ open: number }>(
      'select count(*)::int as open from cw.room_conflict where settled_at is null',
    );
    say(`conflicts: ${round(stored)} changes/s through the database`);
    const few = Math.min(changes, MOST_TOLD);
    const told = await throughDatabase(database, all, few, { chance: Chance.of(from, 'told'), isTold: true });
    say(`conflicts: ${round(told)} changes/s with rooms that are free instead, and both told`);
    return {
      figures: {
        rooms: count,
        bookings: count * weeks * A_WEEK,
        searches,
        searchP50Ms: round(percentile(took, 0.5), 2),
        searchP99Ms: round(p99, 2),
        changes,
        pureChangesASecond: round(pure.aSecond),
        databaseChangesASecond: round(stored),
        toldChangesASecond: round(told),
        conflictsFound: { purely: pure.open, throughDatabase: rows?.open },
      },
      targets: {
        searchP99Ms: below(50, round(p99, 2)),
        changesASecond: atLeast(1_000, round(stored)),
        conflictsThatDiffer: exactly(0, Math.abs(pure.open - (rows?.open ?? 0))),
      },
    };
  } finally {
    await teardown.run(say);
  }
};

async function ownerOf(url: string, teardown: Teardown): Promise<Sql> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  teardown.add(() => client.end());
  return { query: async (text, values) => (await client.query(text, values)).rows };
}

/** The product's conflicts beside brute force, over generated calendars. */
function oracle(words: string[]): number {
  const [runs, first] = [numberOf(words, 'runs', 10_000), numberOf(words, 'seed', 1)];
  let pairs = 0;
  const differences: string[] = [];
  for (let seed = first; seed < first + runs; seed += 1) {
    const compared = compareOnce(Chance.of(seed, 'room'), 14);
    pairs += compared.pairs;
    if (compared.differences.length > 0) differences.push(`seed ${seed}: ${compared.differences.join('; ')}`);
  }
  for (const one of differences.slice(0, 5)) process.stderr.write(`  ${one}\n`);
  const targets = { differences: exactly(0, differences.length) };
  const pass = differences.length === 0 && pairs > 0;
  process.stdout.write(`${JSON.stringify({ name: 'conflicts-oracle', figures: { runs, pairs }, targets, pass })}\n`);
  return pass ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name, ...words] = process.argv.slice(2);
  if (name === 'conflicts-oracle') process.exitCode = oracle(words);
  else {
    process.stderr.write('Usage: npx tsx bench/rooms.ts conflicts-oracle [runs=10000] [seed=1]\n');
    process.exitCode = 2;
  }
}
