import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { createNextWay, destinationOf } from '../../../src/delivery/ways/choose.ts';
import type { OtherWayName } from '../../../src/nudges/settings.ts';
import type { NudgeToSend } from '../../../src/store/nudges.ts';
import { findPerson, type Person, saveSettings } from '../../../src/store/people.ts';
import { beginWay, confirmWay, stopWay } from '../../../src/store/ways.ts';
import { empty, MINUTE_MS, NOW, seedPerson, seedTenant } from '../../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

describe('the next way, from what is stored', () => {
  let db: OpenTestDatabase;
  let who: { tenantId: string; personId: string };

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    const tenantId = await seedTenant(db);
    who = { tenantId, personId: await seedPerson(db, tenantId) };
  });

  const choose = (ways: OtherWayName[]) =>
    db.database.inTenant(who.tenantId, (sql) => saveSettings(sql, who.tenantId, who.personId, { ways }));
  const confirm = (way: OtherWayName, address: string) =>
    db.database.inTenant(who.tenantId, async (sql) => {
      await beginWay(sql, who, { way, address, stopToken: `${way} ${who.personId}`, code: '123456' }, NOW);
      await confirmWay(sql, who, '123456', NOW);
    });
  const person = async (): Promise<Person> => {
    const found = await db.database.inTenant(who.tenantId, (sql) => findPerson(sql, who.tenantId, who.personId));
    assert.ok(found);
    return found;
  };
  const nudge = (more: Partial<NudgeToSend> = {}) =>
    ({ kind: 'reminder', dueAt: NOW, deadlineAt: NOW + 10 * MINUTE_MS, ambiguous: 0, ...more }) as NudgeToSend;
  const next = async (more: Partial<NudgeToSend> = {}, configured: OtherWayName[] = ['email', 'sms']) => {
    const about = { nudge: nudge(more), person: await person() };
    const failure = { way: 'teams', why: 'blocked', reason: 'Teams 403', ambiguous: false } as const;
    return db.database.inTenant(who.tenantId, (sql) => createNextWay(configured)(sql, about, failure, NOW));
  };
  const destination = async (way: OtherWayName) => {
    const found = await person();
    return db.database.inTenant(who.tenantId, (sql) => destinationOf(sql, found, way));
  };

  it('is none for who chose none, confirmed none, or where none is set up', async () => {
    await confirm('email', 'ann@example.com');
    assert.equal(await next(), undefined);
    await choose(['sms']);
    assert.equal(await next(), undefined);
    await choose(['email']);
    assert.equal(await next({}, []), undefined);
    assert.deepEqual(await next(), { way: 'email', why: 'blocked' });
  });

  it('keeps the reason why it isn’t Teams, and what must not be said twice', async () => {
    await confirm('email', 'ann@example.com');
    await choose(['email']);
    assert.deepEqual(await next({ whyWay: 'noChat' }), { way: 'email', why: 'noChat' });
    assert.equal(await next({ kind: 'digest', ambiguous: 1 }), undefined);
    assert.ok(await next({ kind: 'reminder', ambiguous: 1 }));
  });

  it('is none that was stopped or that the admin forbids, and then there is no destination either', async () => {
    await confirm('email', 'ann@example.com');
    await confirm('sms', '+491701234567');
    await choose(['email', 'sms']);
    assert.equal((await destination('email'))?.address, 'ann@example.com');
    await db.database.inTenant(who.tenantId, (sql) => stopWay(sql, who, 'email', NOW));
    assert.deepEqual(await next(), { way: 'sms', why: 'blocked' });
    assert.equal(await destination('email'), undefined);
    assert.deepEqual(await destination('sms'), {
      ...who,
      address: '+491701234567',
      stopToken: `sms ${who.personId}`,
    });
    await db.peek(`update cw.tenant set policy = '{"forbiddenWays": ["sms"]}'`);
    assert.equal(await next(), undefined);
    assert.equal(await destination('sms'), undefined);
  });
});
