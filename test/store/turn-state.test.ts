import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { TenantStorage } from '../../src/bot/storage.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const A = '11111111-aaaa-4000-8000-000000000001';
const B = '22222222-bbbb-4000-8000-000000000002';

describe('turn state', () => {
  let db: OpenTestDatabase;
  let storage: TenantStorage;

  before(async () => {
    db = await openTestDatabase();
    storage = new TenantStorage(db.database);
  });
  after(async () => db?.drop());

  const read = async (key: string, tenant = A) =>
    storage.within(tenant, async () => (await storage.read([key]))[key] as { n?: number; eTag?: string } | undefined);
  const write = (key: string, value: object, tenant = A) =>
    storage.within(tenant, () => storage.write({ [key]: value }));

  it('comes back with an eTag', async () => {
    await write('one', { n: 1 });
    const state = await read('one');
    assert.equal(state?.n, 1);
    assert.ok(state?.eTag);
  });

  it('is refused when another turn wrote in between', async () => {
    await write('two', { n: 1 });
    const [mine, theirs] = [await read('two'), await read('two')];
    await write('two', { ...theirs, n: 2 });
    await assert.rejects(write('two', { ...mine, n: 3 }), /eTag conflict/);
    assert.equal((await read('two'))?.n, 2);
  });

  it('is written by one of two turns that write at once', async () => {
    await write('three', { n: 0 });
    const state = await read('three');
    const both = await Promise.allSettled([1, 2].map((n) => write('three', { ...state, n })));
    assert.deepEqual(both.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
  });

  it('is written all or not at all', async () => {
    await write('four', { n: 1 });
    const old = await read('four');
    await write('four', { ...old, n: 2 });
    const changes = { fresh: { n: 9 }, four: { ...old, n: 3 } };
    await assert.rejects(storage.within(A, () => storage.write(changes)));
    assert.equal(await read('fresh'), undefined);
  });

  it('is overwritten with the eTag "*"', async () => {
    await write('five', { n: 1 });
    await write('five', { n: 2, eTag: '*' });
    assert.equal((await read('five'))?.n, 2);
  });

  it('belongs to its tenant, also when turns of two tenants run at once', async () => {
    await Promise.all([write('six', { n: 1 }, A), write('six', { n: 2 }, B)]);
    assert.deepEqual([(await read('six', A))?.n, (await read('six', B))?.n], [1, 2]);
    await storage.within(B, () => storage.delete(['six']));
    assert.deepEqual([(await read('six', A))?.n, await read('six', B)], [1, undefined]);
  });

  it('does not exist outside a turn', async () => {
    await assert.rejects(storage.read(['one']), /outside a turn/);
  });

  it('does not take what is too large', async () => {
    await assert.rejects(write('seven', { text: 'x'.repeat(70_000) }), /too large/);
  });
});
