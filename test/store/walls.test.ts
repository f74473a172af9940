import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { NOW } from './seed.ts';

const A = '11111111-aaaa-4000-8000-000000000001';
const B = '22222222-bbbb-4000-8000-000000000002';
const NOW_AT = new Date(NOW).toISOString();

/** A row of each table for the tenant $1, in an order that foreign keys like. */
const ROWS: Record<string, string> = {
  tenant: `values ($1, '${NOW_AT}', '${NOW_AT}')`,
  conversation: `values ($1, 'chat', 'personal', '{}', '${NOW_AT}')`,
  person: `(tenant_id, person_id, seen_at) values ($1, 'ada', '${NOW_AT}')`,
  place: `values ($1, 'ada', 'office', 'HQ', 1, 2)`,
  sign_in: `values ($1, 'state', 'ada', 'chat', 'verifier', '${NOW_AT}')`,
  token_cache: `values ($1, 'ada', 'secret', 1)`,
  turn_state: `values ($1, 'key', '{}', 1)`,
  mailbox: `(tenant_id, mailbox_id, person_id) values ($1, 'ada', 'ada')`,
  feed: `values ($1, 'ada', '', 'link', '${NOW_AT}', '${NOW_AT}')`,
  subscription: `values ($1, 'sub' || $1, 'ada', '\\x00', '${NOW_AT}', '${NOW_AT}', '${NOW_AT}', '${NOW_AT}')`,
  inbox: `(tenant_id, mailbox_id, duty, subscription_id, word, correlation_id, received_at)
    values ($1, 'ada', 'sync', 'sub', 'updated', 'c', '${NOW_AT}')`,
  event: `values ($1, 'ada', 'event', '', 'single', null, '${NOW_AT}', '${NOW_AT}', '{}')`,
  change: `values ($1, 'ada', 'change', 'event', 'moved', '${NOW_AT}', 'c', null, null)`,
  answer: `values ($1, 'ada', 'kind', 'event', '1', '${NOW_AT}')`,
  nudge: `(tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at, due_at,
      deadline_at, facts, correlation_id, planned_at, state, send_at)
    values ($1, 'nudge', 'ada', 'ada', 'reminder', 'event', '${NOW_AT}', 0, '${NOW_AT}', '${NOW_AT}', '${NOW_AT}',
      '{}', 'c', '${NOW_AT}', 'planned', '${NOW_AT}')`,
  card: `(tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at, facts, shape, sent_at,
      ends_at)
    values ($1, 'nudge', 'ada', 'chat', 'activity', 'reminder', 'event', '${NOW_AT}', '{}', 'whole', '${NOW_AT}',
      '${NOW_AT}')`,
  own_write: `values ($1, 'ada', 'key', '${NOW_AT}')`,
  spot: `values ($1, '\\x00', 1, 2, '${NOW_AT}')`,
  way: `(tenant_id, person_id, way, address, stop_token, created_at)
    values ($1, 'ada', 'email', 'ada@example.com', 'stop ' || $1, '${NOW_AT}')`,
  app_watch: `(tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
    values ($1, 'watch', 'tenant', '', 'Everybody', 'boss', '${NOW_AT}', '${NOW_AT}')`,
  app_member: `values ($1, 'watch', 'ada', '${NOW_AT}')`,
  audit: `values ($1, 'audit', '${NOW_AT}', 'ada', 'ada', 'connected')`,
  export_link: `values ($1, 'ada', '\\x00', '${NOW_AT}')`,
  room: `(tenant_id, room_id, address, name, added_by, added_at)
    values ($1, 'ada', 'room@example.com', 'Room', 'boss', '${NOW_AT}')`,
  booking: `values ($1, 'ada', 'event', null, '${NOW_AT}', '${NOW_AT}', 'held', '${NOW_AT}', 'ada@example.com', 'Ada', 1)`,
  room_conflict: `values ($1, 'conflict', 'ada', 'first', 'second', '[]', '${NOW_AT}')`,
  check_in: `(tenant_id, room_id, event_id, start_at, end_at, organizer, ask_at, release_at, state)
    values ($1, 'ada', 'event', '${NOW_AT}', '${NOW_AT}', 'ada@example.com', '${NOW_AT}', '${NOW_AT}', 'planned')`,
  room_ask: `(tenant_id, ask_id, person_id, room_id, start_at, end_at, state, nudge_id, asked_at)
    values ($1, 'ask', 'ada', 'ada', '${NOW_AT}', '${NOW_AT}', 'asking', 'nudge', '${NOW_AT}')`,
  errand: `(tenant_id, errand_id, kind, payload, due_at, deadline_at, correlation_id, planned_at, state, send_at)
    values ($1, 'errand', 'mail', '{}', '${NOW_AT}', '${NOW_AT}', 'c', '${NOW_AT}', 'planned', '${NOW_AT}')`,
  rule: `(tenant_id, rule_id, person_id, scope, name, spec, limit_per_hour, made_at, active_since)
    values ($1, 'rule', 'ada', 'mine', 'Rule', '{}', 30, '${NOW_AT}', '${NOW_AT}')`,
  webhook: `(tenant_id, webhook_id, person_id, url, host, secret, made_at)
    values ($1, 'hook', 'ada', 'sealed', 'example.com', 'sealed', '${NOW_AT}')`,
  channel: `(tenant_id, conversation_id, kind, reference, seen_at) values ($1, 'chat', 'channel', '{}', '${NOW_AT}')`,
};

/** What is the same for everybody: nobody reads or writes it but the functions. */
const NOBODYS: Record<string, string> = {
  heartbeat: `(beat_at) values ('${NOW_AT}')`,
  outage: `values ('${NOW_AT}', '${NOW_AT}')`,
  rich_certificate: `select (jsonb_populate_record(null::cw.rich_certificate, '{"certificate_id": "x"}')).*`,
  way_pace: `values ('email', '${NOW_AT}')`,
  code_count: `values ('\\x00', '{}')`,
  instance: `values ('id', '${NOW_AT}', '${NOW_AT}')`,
  duty_lease: `values ('storms', '${NOW_AT}')`,
};

const DENIED = { code: '42501' };

describe('walls between tenants', () => {
  let db: OpenTestDatabase;
  let tables: string[];

  before(async () => {
    db = await openTestDatabase();
    for (const tenant of [A, B])
      for (const [table, row] of Object.entries(ROWS)) await db.peek(`insert into cw.${table} ${row}`, [tenant]);
    const found = await db.peek<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'cw' and c.relkind in ('r', 'p') order by 1`,
    );
    tables = found.map((one) => one.name).filter((name) => !(name in NOBODYS));
    assert.equal(found.length, tables.length + Object.keys(NOBODYS).length);
    await db.peek(`insert into cw.heartbeat ${NOBODYS.heartbeat}`);
    await db.peek(`insert into cw.outage ${NOBODYS.outage}`);
  });
  after(async () => db?.drop());

  /** In a transaction that is always taken back. */
  const asB = async <T>(
    work: (query: <R extends object>(text: string, values?: unknown[]) => Promise<R[]>) => Promise<T>,
  ) => {
    const undo = new Error('undo');
    let result: T | undefined;
    await db.database
      .inTenant(B, async (sql) => {
        result = await work((text, values) => sql.query(text, values));
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    return result as T;
  };

  it('are tried here for every table there is', () => {
    assert.deepEqual(tables, Object.keys(ROWS).sort());
  });

  it('stand on every table: row-level security with one policy', async () => {
    const rows = await db.peek<{ name: string; secure: boolean; policies: number }>(
      `select c.relname as name, c.relrowsecurity as secure,
         (select count(*) from pg_policy p where p.polrelid = c.oid and p.polcmd = '*' and p.polqual is not null
          and (p.polwithcheck is not null or p.polname = 'nobody'))::int as policies
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'cw' and c.relkind in ('r', 'p')`,
    );
    assert.deepEqual(
      rows.filter((row) => !row.secure || row.policies !== 1),
      [],
    );
  });

  it('are in every primary key: it begins with tenant_id', async () => {
    const rows = await db.peek<{ name: string; first: string }>(
      `select c.relname as name, a.attname as first from pg_index i join pg_class c on c.oid = i.indrelid
       join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
       where n.nspname = 'cw' and i.indisprimary and c.relname <> all ($1) order by 1`,
      [Object.keys(NOBODYS)],
    );
    assert.deepEqual(
      rows.map((row) => row.name),
      tables,
    );
    assert.deepEqual([...new Set(rows.map((row) => row.first))], ['tenant_id']);
  });

  it('are in every foreign key: both sides begin with tenant_id', async () => {
    const rows = await db.peek<{ name: string; here: string; there: string }>(
      `select k.conname as name, a.attname as here, b.attname as there from pg_constraint k
       join pg_namespace n on n.oid = k.connamespace
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
       join pg_attribute b on b.attrelid = k.confrelid and b.attnum = k.confkey[1]
       where n.nspname = 'cw' and k.contype = 'f'`,
    );
    assert.ok(rows.length > 5);
    assert.deepEqual(
      rows.filter((row) => row.here !== 'tenant_id' || row.there !== 'tenant_id'),
      [],
    );
  });

  /** Added to and read, never rewritten: the product's role may do no more. */
  const isWrittenOnce = (table: string) => table === 'audit';

  it('let nobody rewrite or remove what was done', async () => {
    for (const text of [`update cw.audit set act = 'x'`, 'delete from cw.audit']) {
      await assert.rejects(
        asB((query) => query(text)),
        DENIED,
        text,
      );
      await assert.rejects(db.database.system.query(text), DENIED, text);
    }
    const seen = await asB((query) => query<{ tenant_id: string }>('select tenant_id from cw.audit'));
    assert.deepEqual(seen, [{ tenant_id: B }]);
    await assert.rejects(
      asB((query) => query(`insert into cw.audit values ($1, 'other', '${NOW_AT}', null, null, 'forgot')`, [A])),
      DENIED,
    );
  });

  for (const table of Object.keys(ROWS).filter((name) => !isWrittenOnce(name))) {
    it(`hide and guard cw.${table}`, async () => {
      const seen = await asB((query) => query<{ tenant_id: string }>(`select tenant_id from cw.${table}`));
      assert.deepEqual([...new Set(seen.map((row) => row.tenant_id))], [B], 'reads');
      const named = await asB((query) => query(`select 1 from cw.${table} where tenant_id = $1`, [A]));
      assert.deepEqual(named, [], 'reads by name');
      const touched = await asB((query) =>
        query<{ tenant_id: string }>(`update cw.${table} set tenant_id = tenant_id returning tenant_id`),
      );
      assert.deepEqual(
        touched.map((row) => row.tenant_id),
        [B],
        'updates',
      );
      const aimed = await asB((query) =>
        query(`update cw.${table} set tenant_id = $2 where tenant_id = $1 returning 1`, [A, B]),
      );
      assert.deepEqual(aimed, [], 'takes over');
      const gone = await asB((query) => query(`delete from cw.${table} where tenant_id = $1 returning 1`, [A]));
      assert.deepEqual(gone, [], 'deletes');
      await assert.rejects(
        asB((query) => query(`update cw.${table} set tenant_id = $2 where tenant_id = $1`, [B, A])),
        DENIED,
        'gives away',
      );
      const [mine] = await db.peek<{ row: object }>(
        `select to_jsonb(t) as row from cw.${table} t where tenant_id = $1`,
        [A],
      );
      await assert.rejects(
        asB((query) =>
          query(
            `insert into cw.${table} overriding system value
             select (jsonb_populate_record(null::cw.${table}, $1::jsonb)).*`,
            [JSON.stringify(mine?.row)],
          ),
        ),
        DENIED,
        'inserts',
      );
    });

    it(`show nothing of cw.${table} outside a tenant`, async () => {
      assert.deepEqual(await db.database.system.query(`select 1 from cw.${table}`), []);
      const touched = await db.database.system.query(`update cw.${table} set tenant_id = tenant_id returning 1`);
      assert.deepEqual(touched, []);
    });
  }

  for (const [table, row] of Object.entries(NOBODYS))
    it(`hide and guard cw.${table} from every tenant, and from outside`, async () => {
      for (const query of [
        (text: string) => db.database.system.query(text),
        (text: string) => asB((inB) => inB(text)),
      ]) {
        for (const text of [`select 1 from cw.${table}`, `delete from cw.${table}`, `insert into cw.${table} ${row}`])
          await assert.rejects(query(text), DENIED, text);
      }
    });

  it('may not be taken down by the product’s own role', async () => {
    await assert.rejects(db.database.system.query('alter table cw.person disable row level security'), DENIED);
    await assert.rejects(db.database.system.query('truncate cw.person cascade'), DENIED);
    await assert.rejects(db.database.system.query('drop policy tenant_wall on cw.person'), DENIED);
    await assert.rejects(db.database.system.query('create table cw.own (id int)'), DENIED);
  });

  it('do not open with an odd tenant id', async () => {
    const odd = [
      '',
      ' ',
      "'",
      `${A}'; set role postgres; --`,
      'a b',
      '../x',
      'x'.repeat(65),
      '-a',
      'ä',
      `${A}\n`,
      'a;b',
    ];
    for (const id of odd) {
      await assert.rejects(
        db.database.inTenant(id, async () => assert.fail('ran')),
        { code: 'TENANT_ID_INVALID' },
        JSON.stringify(id),
      );
    }
  });

  it('forget the tenant when the transaction ends', async () => {
    await db.database.inTenant(A, (sql) => sql.query('select 1'));
    const [row] = await db.database.system.query<{ tenant: string | null }>(
      `select current_setting('cw.tenant_id', true) as tenant`,
    );
    assert.ok(!row?.tenant);
  });

  it('have no holes: SECURITY DEFINER functions are the role’s alone and look names up in fixed places', async () => {
    const rows = await db.peek<{ name: string; definer: boolean; config: string[] | null; open: boolean }>(
      `select p.proname as name, p.prosecdef as definer, p.proconfig as config,
         has_function_privilege('public', p.oid, 'execute') as open
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'cw' order by 1`,
    );
    assert.ok(rows.length >= 5);
    for (const row of rows) {
      assert.equal(row.open, false, `${row.name} is executable by public`);
      if (row.definer) assert.deepEqual(row.config, ['search_path=cw, pg_temp'], row.name);
    }
  });
});
