/** The link to one's own file, on the product's real server and database. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Server } from 'restify';
import { DAY_MS } from '../../src/clock.ts';
import { mountExport } from '../../src/http/export.ts';
import { closeServer, createServer, listen } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { beginExport, EXPORT_LINK_LIFE_MS, MOST_EXPORTS_A_DAY } from '../../src/privacy/exporting.ts';
import { recordAct } from '../../src/store/audit.ts';
import type { Database } from '../../src/store/database.ts';
import type { ExportKind } from '../../src/store/export-links.ts';
import { plant } from '../privacy/planted.ts';
import { empty, NOW } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

describe('the link to one’s own file', () => {
  let db: OpenTestDatabase;
  let origin: string;
  let now = NOW;
  /** What breaks the database, while it is set. */
  let broken: Error | undefined;
  const servers: Server[] = [];
  const clock = { now: () => now, after: () => () => undefined };
  let ada: { tenantId: string; personId: string };

  before(async () => {
    db = await openTestDatabase();
    let calls = 0;
    const database: Pick<Database, 'inTenant'> = {
      inTenant: (tenantId, work) => {
        calls += 1;
        // The link is taken first; the file is what breaks.
        if (broken && calls % 4 === 0) return Promise.reject(broken);
        return db.database.inTenant(tenantId, work);
      },
    };
    const server = createServer();
    mountExport(server, { database, clock, log: createLog('silent'), newId: randomUUID });
    servers.push(server);
    origin = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  });
  after(async () => {
    await Promise.all(servers.map((one) => closeServer(one, 0)));
    await db?.drop();
  });
  beforeEach(async () => {
    await empty(db);
    for (const table of ['conversation', 'app_watch', 'audit', 'turn_state']) await db.peek(`delete from cw.${table}`);
    ada = { tenantId: randomUUID(), personId: randomUUID() };
    await plant(db, ada, NOW);
    [now, broken] = [NOW, undefined];
  });

  const link = (kind: ExportKind = 'own', who = ada) =>
    beginExport({ database: db.database, clock, publicUrl: origin }, who, kind);
  const must = async (kind: ExportKind = 'own', who = ada) => {
    const url = await link(kind, who);
    assert.ok(url);
    return url;
  };
  const post = (url: string) => fetch(url, { method: 'POST' });
  const acts = () => db.peek<{ detail: object }>(`select detail from cw.audit where act = 'exported'`);

  it('asks first: neither HEAD nor GET uses it up, and the page does not repeat it', async () => {
    const url = await must();
    const head = await fetch(url, { method: 'HEAD' });
    assert.equal(head.status, 200);
    const got = await fetch(url);
    const page = await got.text();
    assert.equal(got.status, 200);
    assert.match(page, /<form method="post"><button>Give me the file<\/button><\/form>/);
    assert.ok(!page.includes(ada.tenantId));
    assert.equal((await post(url)).status, 200);
  });

  it('gives a JSON file to keep, that no cache keeps, and is on record', async () => {
    const response = await post(await must());
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(response.headers.get('content-disposition'), 'attachment; filename="calendar-watch-2026-11-23.json"');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const file = JSON.parse(await response.text());
    assert.equal(file.personId, ada.personId);
    assert.equal(file.complete, true);
    assert.deepEqual(await acts(), [{ detail: { kind: 'own' } }]);
  });

  it('works once, also when two press at the same moment', async () => {
    const url = await must();
    const statuses = (await Promise.all([post(url), post(url), post(url)])).map((one) => one.status).sort();
    assert.deepEqual(statuses, [200, 410, 410]);
    assert.equal((await post(url)).status, 410);
  });

  it('works for ten minutes', async () => {
    const url = await must();
    now = NOW + EXPORT_LINK_LIFE_MS;
    const late = await post(url);
    assert.equal(late.status, 410);
    assert.match(await late.text(), /export my data/);
    now += 1;
    const other = await must();
    now += EXPORT_LINK_LIFE_MS - 1;
    assert.equal((await post(other)).status, 200);
  });

  it('ends the one before', async () => {
    const [first, second] = [await must(), await must()];
    assert.equal((await post(first)).status, 410);
    assert.equal((await post(second)).status, 200);
  });

  it('is kept as a hash alone', async () => {
    const secret = new URL(await must()).searchParams.get('token')?.split('.')[1] ?? '';
    assert.match(secret, /^[\w-]{43}$/);
    const rows = await db.peek('select * from cw.export_link');
    assert.ok(!JSON.stringify(rows).includes(secret));
  });

  const odd = ['', 'x', `${randomUUID()}.${'a'.repeat(43)}`, `${'0'.repeat(36)}.${'a'.repeat(43)}`, 'a'.repeat(5_000)];
  for (const token of odd)
    it(`gives nothing for ${JSON.stringify(token.slice(0, 12))}`, async () => {
      assert.equal((await post(`${origin}/privacy/export?token=${token}`)).status, 410);
    });

  it('gives nothing with the tenant of somebody else before the secret', async () => {
    const url = new URL(await must());
    const bob = { tenantId: randomUUID(), personId: randomUUID() };
    await plant(db, bob, NOW);
    url.searchParams.set('token', (url.searchParams.get('token') ?? '').replace(ada.tenantId, bob.tenantId));
    assert.equal((await post(url.href)).status, 410);
  });

  it(`is given ${MOST_EXPORTS_A_DAY} times a day; who only looks uses none of them`, async () => {
    for (let index = 0; index < MOST_EXPORTS_A_DAY; index += 1) {
      await must();
      const response = await post(await must());
      assert.equal(response.status, 200);
      await response.text();
    }
    assert.equal(await link(), undefined);
    now += DAY_MS;
    assert.ok(await link());
  });

  it('is cut off when it can’t be finished, so that half is not taken for the whole', async () => {
    const url = await must();
    broken = new Error('down');
    await assert.rejects(post(url).then((one) => one.text()));
  });

  it('gives admins all acts of their tenant as a table, and nobody else', async () => {
    const { tenantId, personId } = ada;
    await db.database.inTenant(tenantId, (sql) =>
      recordAct(
        sql,
        { tenantId, actorId: personId, personId: null, act: 'adminSet', detail: { chosen: ['a', 'b'] } },
        NOW + 1,
        '=1+1',
      ),
    );
    const other = { tenantId: randomUUID(), personId: randomUUID() };
    await plant(db, other, NOW);
    const response = await post(await must('audit'));
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
    const text = await response.text();
    const lines = text.trimEnd().split('\r\n');
    assert.equal(lines[0], 'at,act,actor_id,person_id,detail,audit_id');
    assert.equal(lines[1], `2026-11-23T09:00:00.001Z,adminSet,${personId},,"{""chosen"":[""a"",""b""]}",'=1+1`);
    assert.ok(lines.length === 4 && !text.includes(other.personId));
    const url = await must('audit');
    await db.peek('update cw.person set is_admin = false where person_id = $1', [personId]);
    assert.equal((await post(url)).status, 410);
  });
});
