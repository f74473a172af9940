import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { exportFile } from '../../src/privacy/export-file.ts';
import { EXPORTED, HOLDINGS, RETENTION_WORDS } from '../../src/privacy/holdings.ts';
import { countHeld, readHeld } from '../../src/store/holdings.ts';
import { NOW } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { PLANTED, plant, tablesWith } from './planted.ts';

const SECRETS = ['sealed-secret', 'stop-secret', 'state-secret', 'delta?secret', '\\\\x0'];

describe('the list of what is held', () => {
  let db: OpenTestDatabase;
  const ada = { tenantId: randomUUID(), personId: randomUUID() };
  const bob = { tenantId: ada.tenantId, personId: randomUUID() };
  const namesake = { tenantId: randomUUID(), personId: ada.personId };

  before(async () => {
    db = await openTestDatabase();
    for (const who of [bob, namesake, ada]) await plant(db, who, NOW);
  });
  after(async () => db?.drop());

  const fileOf = async (who: typeof ada) => {
    const pieces: string[] = [];
    for await (const piece of exportFile({ database: db.database }, who, NOW)) pieces.push(piece);
    return pieces;
  };

  it('has every table and every column that there is, once', async () => {
    const rows = await db.peek<{ name: string; columns: string[] }>(
      `select c.relname as name, array_agg(a.attname::text order by a.attname) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where n.nspname = 'cw' and c.relkind in ('r', 'p') group by 1 order by 1`,
    );
    const listed = HOLDINGS.map(({ table, exported, withheld }) => ({
      name: table,
      columns: [...exported, ...Object.keys(withheld)].sort(),
    })).sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(
      listed,
      rows.map(({ name, columns }) => ({ name, columns: [...columns].sort() })),
    );
  });

  it('calls nothing nobody’s that has a person, a mailbox or a chat in a column', () => {
    const odd = HOLDINGS.filter((one) => one.whose === null).filter((one) =>
      Object.keys(one.withheld).some((name) => /^(person|mailbox|conversation|actor)_id$/.test(name)),
    );
    assert.deepEqual(odd, []);
    for (const one of HOLDINGS) assert.ok(one.about.length > 10 && RETENTION_WORDS[one.retention], one.table);
  });

  it('withholds secrets from the person, and tells why', () => {
    const secret = /(hash|token|cache|verifier|private_key|delta_link)$/;
    const bare = EXPORTED.flatMap((one) =>
      one.exported.filter((name) => secret.test(name)).map((name) => `${one.table}.${name}`),
    );
    assert.deepEqual(bare, []);
  });

  it('finds the person’s rows in each of their tables, and no one else’s', async () => {
    for (const holding of EXPORTED) {
      // One of the pause: the last who was planted of a tenant.
      const wanted = holding.table === 'conversation' || holding.table === 'turn_state' ? 2 : 1;
      const held = await db.database.inTenant(ada.tenantId, (sql) => countHeld(sql, holding, ada));
      assert.equal(held, wanted, holding.table);
      const other = { ...ada, personId: randomUUID() };
      assert.equal(await db.database.inTenant(ada.tenantId, (sql) => countHeld(sql, holding, other)), 0, holding.table);
    }
  });

  it('is read in steps', async () => {
    const nudge = HOLDINGS.find((one) => one.table === 'turn_state');
    assert.ok(nudge);
    const read = (from?: unknown[]) => db.database.inTenant(ada.tenantId, (sql) => readHeld(sql, nudge, ada, from, 1));
    const first = await read();
    const second = await read(first.next);
    const third = await read(second.next);
    assert.deepEqual(
      [first, second, third].map((one) => one.rows.length),
      [1, 1, 0],
    );
    assert.notEqual(first.rows[0], second.rows[0]);
    assert.equal(third.next, undefined);
  });

  it('makes a file of it: all that was planted, no secret, nobody else, and a word on each part', async () => {
    const text = (await fileOf(ada)).join('');
    const file = JSON.parse(text);
    assert.equal(file.schema, 'calendar-watch-export/1');
    assert.equal(file.personId, ada.personId);
    assert.equal(file.complete, true);
    assert.deepEqual(
      Object.keys(file.sections),
      EXPORTED.map((one) => one.table),
    );
    for (const [name, section] of Object.entries<{ about: string; kept: string; rows: object[] }>(file.sections)) {
      assert.ok(section.rows.length > 0, name);
      assert.ok(section.about && section.kept, name);
    }
    const planted = await tablesWith(db, PLANTED);
    for (const name of planted) assert.ok(JSON.stringify(file.sections[name]).includes(PLANTED), name);
    for (const secret of SECRETS) assert.ok(!text.includes(secret), secret);
    assert.ok(!text.includes(bob.personId));
    assert.ok(!text.includes(namesake.tenantId));
    assert.match(file.sections.event.rows[0].start_at, /^2026-11-23T09:00:00/);
    assert.deepEqual(file.sections.token_cache.rows, [{ person_id: ada.personId, version: 1 }]);
  });

  it('gives somebody of whom nothing is held an empty file that is whole', async () => {
    const file = JSON.parse((await fileOf({ ...ada, personId: randomUUID() })).join(''));
    assert.equal(file.complete, true);
    assert.ok(Object.values<{ rows: object[] }>(file.sections).every((one) => one.rows.length === 0));
  });

  it('keeps memory bounded: no piece holds more than a page', async () => {
    await db.peek(
      `insert into cw.event select $1, $2, 'many-' || i, '', 'single', null, to_timestamp(i), to_timestamp(i), '{}'
       from generate_series(1, 1000) i`,
      [ada.tenantId, ada.personId],
    );
    const pieces = await fileOf(ada);
    assert.equal(JSON.parse(pieces.join('')).sections.event.rows.length, 1_001);
    assert.ok(Math.max(...pieces.map((one) => one.length)) < 80_000);
  });
});
