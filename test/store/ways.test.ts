import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { OtherWayName } from '../../src/nudges/settings.ts';
import type { Sql } from '../../src/store/database.ts';
import {
  beginWay,
  CODE_LIFE_MS,
  type Confirmation,
  cameLaterTo,
  confirmWay,
  countCodes,
  isUsable,
  MOST_TRIES,
  removeWay,
  type StoredWay,
  stopWay,
  usableWay,
  waysOf,
} from '../../src/store/ways.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { DAY_MS, empty, HOUR_MS, MINUTE_MS, NOW, seedNudges, seedPerson, seedTenant } from './seed.ts';

interface Owner {
  tenantId: string;
  personId: string;
}

describe('ways to a person', () => {
  let db: OpenTestDatabase;
  let ann: Owner;
  let tokens = 0;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  const newPerson = async (tenantId?: string): Promise<Owner> => {
    const tenant = tenantId ?? (await seedTenant(db));
    return { tenantId: tenant, personId: await seedPerson(db, tenant) };
  };
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.code_count');
    ann = await newPerson();
  });

  const begin = (who: Owner, code: string, address = 'ann@example.com', way: OtherWayName = 'email', now = NOW) => {
    tokens += 1;
    return db.database.inTenant(who.tenantId, (sql) =>
      beginWay(sql, who, { way, address, stopToken: `token ${tokens}`, code }, now),
    );
  };
  const type = (who: Owner, code: string, now = NOW): Promise<Confirmation> =>
    db.database.inTenant(who.tenantId, (sql) => confirmWay(sql, who, code, now));
  const ways = (who: Owner) => db.database.inTenant(who.tenantId, (sql) => waysOf(sql, who.tenantId, who.personId));
  const usable = async (who: Owner, way: OtherWayName = 'email') =>
    db.database.inTenant(who.tenantId, (sql) => usableWay(sql, who.tenantId, who.personId, way));
  const confirmed = async (who: Owner, address = 'ann@example.com') => {
    await begin(who, '111111', address);
    assert.deepEqual(await type(who, '111111'), { kind: 'confirmed', way: 'email' });
  };
  const CONFIRMED: Confirmation = { kind: 'confirmed', way: 'email' };

  it('are good once the code was typed, and keep no code', async () => {
    const before = await begin(ann, '123456');
    assert.equal(isUsable(before), false);
    assert.equal(await usable(ann), undefined);
    const [stored] = await db.peek<{ row: string }>('select to_jsonb(w)::text as row from cw.way w');
    assert.ok(!stored?.row.includes('123456'));
    assert.deepEqual(await type(ann, '123456', NOW + MINUTE_MS), CONFIRMED);
    const [one] = await ways(ann);
    assert.equal(one?.confirmedAt, NOW + MINUTE_MS);
    assert.equal(one?.codeUntil, null);
    assert.equal((await usable(ann))?.address, 'ann@example.com');
    assert.deepEqual(await type(ann, '123456'), { kind: 'none' }, 'a code is good once');
  });

  it('keep of the same code another hash for each person and address', async () => {
    const ben = await newPerson(ann.tenantId);
    const eve = await newPerson();
    for (const who of [ann, ben, eve]) await begin(who, '123456', 'team@example.com');
    await begin(ann, '123456', '+491701234567', 'sms');
    const [row] = await db.peek<{ n: number }>('select count(distinct code_hash)::int as n from cw.way');
    assert.equal(row?.n, 4);
  });

  it('take a code until its last moment, and not after', async () => {
    await begin(ann, '123456');
    assert.deepEqual(await type(ann, '123456', NOW + CODE_LIFE_MS), { kind: 'expired' });
    assert.deepEqual(await type(ann, '123456', NOW + CODE_LIFE_MS - 1), CONFIRMED);
  });

  it('know five tries, and a right code after them is none; a new code has five again', async () => {
    await begin(ann, '123456');
    for (let left = MOST_TRIES - 1; left >= 0; left -= 1)
      assert.deepEqual(await type(ann, '000000'), { kind: 'wrong', triesLeft: left });
    assert.deepEqual(await type(ann, '123456'), { kind: 'wrong', triesLeft: 0 });
    await begin(ann, '654321');
    assert.deepEqual(await type(ann, '123456'), { kind: 'wrong', triesLeft: MOST_TRIES - 1 }, 'the newest counts');
    assert.deepEqual(await type(ann, '654321'), CONFIRMED);
  });

  it('know five tries however many are typed at once', async () => {
    await begin(ann, '123456');
    const came = await Promise.all(Array.from({ length: 20 }, (_, n) => type(ann, String(n).padStart(6, '0'))));
    assert.ok(came.every((one) => one.kind === 'wrong'));
    const [row] = await db.peek<{ tries: number }>('select code_tries as tries from cw.way');
    assert.equal(row?.tries, MOST_TRIES);
    assert.deepEqual(await type(ann, '123456'), { kind: 'wrong', triesLeft: 0 });
  });

  it('are tried both, and a wrong code counts for both', async () => {
    await begin(ann, '111111');
    await begin(ann, '222222', '+491701234567', 'sms');
    assert.deepEqual(await type(ann, '333333'), { kind: 'wrong', triesLeft: MOST_TRIES - 1 });
    assert.deepEqual(await type(ann, '222222'), { kind: 'confirmed', way: 'sms' });
    const [email] = await ways(ann);
    assert.equal(email?.codeTries, 1);
    assert.equal(isUsable(email ?? { confirmedAt: null, stoppedAt: null }), false);
  });

  it('are each person’s own: the code of another person opens nothing, in this tenant or another', async () => {
    const ben = await newPerson(ann.tenantId);
    const eve = await newPerson();
    await begin(ann, '123456');
    for (const other of [ben, eve]) {
      assert.deepEqual(await type(other, '123456'), { kind: 'none' });
      await begin(other, '777777', 'ann@example.com');
      assert.deepEqual(await type(other, '123456'), { kind: 'wrong', triesLeft: MOST_TRIES - 1 });
      assert.equal(await usable(other), undefined);
    }
    assert.deepEqual(await type(ann, '123456'), CONFIRMED);
  });

  it('can’t be read, confirmed or stopped from another tenant, even by their names', async () => {
    const eve = await newPerson();
    await begin(ann, '123456');
    const asEve = { ...ann };
    await db.database.inTenant(eve.tenantId, async (sql) => {
      assert.deepEqual(await waysOf(sql, asEve.tenantId, asEve.personId), []);
      assert.deepEqual(await confirmWay(sql, asEve, '123456', NOW), { kind: 'none' });
      assert.equal(await stopWay(sql, asEve, 'email', NOW), false);
      assert.equal(await removeWay(sql, asEve, 'email'), false);
    });
    await assert.rejects(
      db.database.inTenant(eve.tenantId, (sql) =>
        beginWay(sql, asEve, { way: 'email', address: 'eve@example.com', stopToken: 'eve', code: '1' }, NOW),
      ),
      { code: '42501' },
    );
    assert.equal((await ways(ann))[0]?.address, 'ann@example.com');
  });

  it('with another address are unconfirmed until its own code, and have another token', async () => {
    await confirmed(ann);
    const [before] = await ways(ann);
    await begin(ann, '222222', 'new@example.com');
    const [after] = await ways(ann);
    assert.equal(after?.confirmedAt, null);
    assert.notEqual(after?.stopToken, before?.stopToken);
    assert.equal(await usable(ann), undefined);
    assert.deepEqual(await type(ann, '111111'), { kind: 'wrong', triesLeft: MOST_TRIES - 1 });
    assert.deepEqual(await type(ann, '222222'), CONFIRMED);
    assert.equal((await usable(ann))?.address, 'new@example.com');
  });

  it('a code for one address does not confirm another that came after it', async () => {
    await begin(ann, '111111', 'first@example.com');
    // The same digits by chance.
    await begin(ann, '111111', 'second@example.com');
    assert.deepEqual(await type(ann, '111111'), CONFIRMED);
    assert.equal((await usable(ann))?.address, 'second@example.com');
  });

  it('keep their token with their address, so that links in older mails still stop', async () => {
    await confirmed(ann);
    const [before] = await ways(ann);
    await begin(ann, '222222');
    const [after] = await ways(ann);
    assert.equal(after?.stopToken, before?.stopToken);
    assert.equal(after?.confirmedAt, NOW, 'a new code for a confirmed address takes nothing away');
  });

  const stops: [string, (sql: Sql, one: StoredWay) => Promise<unknown>][] = [
    ['its owner in the chat', (sql) => stopWay(sql, ann, 'email', NOW + 1)],
    ['the link', (sql, one) => sql.query('select cw.stop_by_token($1, $2)', [one.stopToken, new Date(NOW + 1)])],
    ['STOP', (sql, one) => sql.query('select cw.stop_address($1, $2, $3)', ['email', one.address, new Date(NOW + 1)])],
  ];
  for (const [how, stop] of stops)
    it(`stopped by ${how} are used no more, and only a new code starts them`, async () => {
      await confirmed(ann);
      await begin(ann, '222222');
      const [one] = await ways(ann);
      assert.ok(one);
      await db.database.inTenant(ann.tenantId, (sql) => stop(sql, one));
      assert.equal(await usable(ann), undefined);
      assert.deepEqual(await type(ann, '222222'), { kind: 'none' }, 'a code from before it starts nothing');
      assert.equal((await ways(ann))[0]?.stoppedAt, NOW + 1);
      await begin(ann, '333333', undefined, undefined, NOW + 2);
      assert.equal(await usable(ann), undefined);
      assert.deepEqual(await type(ann, '333333', NOW + 3), CONFIRMED);
      assert.ok(await usable(ann));
    });

  it('of one address are stopped for everybody who has it, and for nobody else', async () => {
    const ben = await newPerson(ann.tenantId);
    const eve = await newPerson();
    const joe = await newPerson();
    for (const who of [ann, ben, eve]) await confirmed(who, 'team@example.com');
    await confirmed(joe, 'joe@example.com');
    const [one] = await ways(eve);
    await db.database.system.query('select cw.stop_by_token($1, $2)', [one?.stopToken, new Date(NOW)]);
    for (const who of [ann, ben, eve]) assert.equal(await usable(who), undefined);
    assert.ok(await usable(joe));
  });

  it('are forgotten', async () => {
    await confirmed(ann);
    const remove = () => db.database.inTenant(ann.tenantId, (sql) => removeWay(sql, ann, 'email'));
    assert.equal(await remove(), true);
    assert.deepEqual(await ways(ann), []);
    assert.equal(await remove(), false);
  });

  describe('and the limits of codes', () => {
    const count = (who: Owner, address = 'ann@example.com', now = NOW, way: OtherWayName = 'email') =>
      db.database.inTenant(who.tenantId, (sql) => countCodes(sql, who, { way, address }, now));

    it('a person has three an hour, wherever they go; forgetting an address gives none back', async () => {
      assert.equal(await count(ann, 'a@example.com'), undefined);
      assert.equal(await count(ann, 'b@example.com'), undefined);
      await db.database.inTenant(ann.tenantId, (sql) => removeWay(sql, ann, 'email'));
      assert.equal(await count(ann, '+491701234567', NOW + 1, 'sms'), undefined);
      assert.equal(await count(ann, 'c@example.com', NOW + HOUR_MS - 1), 'person');
      assert.equal(await count(ann, 'c@example.com', NOW + HOUR_MS), undefined, 'an hour after the first');
    });

    it('an address has five a day, whoever asks: 20 codes by 20 people of two tenants', async () => {
      const other = await seedTenant(db);
      const people = await Promise.all(
        Array.from({ length: 20 }, (_, n) => newPerson(n % 2 === 0 ? ann.tenantId : other)),
      );
      const came = await Promise.all(people.map((who) => count(who, 'victim@example.com')));
      assert.equal(came.filter((one) => one === undefined).length, 5);
      assert.equal(came.filter((one) => one === 'address').length, 15);
      assert.equal(await count(ann, 'victim@example.com', NOW + DAY_MS - 1), 'address');
      assert.equal(await count(ann, 'victim@example.com', NOW + DAY_MS), undefined);
    });

    it('one person has three however many ask at once', async () => {
      const came = await Promise.all(Array.from({ length: 10 }, (_, n) => count(ann, `a${n}@example.com`)));
      assert.equal(came.filter((one) => one === undefined).length, 3);
    });

    it('are kept as hashes alone, and not for long', async () => {
      await count(ann, 'ann@example.com');
      const [row] = await db.peek<{ all: string; n: number }>(
        `select string_agg(c::text, ',') as all, count(*)::int as n from cw.code_count c`,
      );
      assert.equal(row?.n, 2);
      assert.ok(!row?.all.includes('ann'));
      const ben = await newPerson();
      await count(ben, 'ben@example.com', NOW + DAY_MS + 1);
      const [later] = await db.peek<{ n: number }>('select count(*)::int as n from cw.code_count');
      assert.equal(later?.n, 2);
    });
  });

  it('what came by another way is listed, the newest first, with why', async () => {
    const [sent = '', older = '', teams = ''] = await seedNudges(db, ann, 3, { state: 'sent' });
    await db.peek(
      `update cw.nudge set ended_at = $2, way = 'email', why_way = 'busy', facts = '{"subject": "Jour fixe"}'
       where nudge_id = $1`,
      [sent, new Date(NOW)],
    );
    await db.peek(`update cw.nudge set ended_at = $2, way = 'sms', why_way = null where nudge_id = $1`, [
      older,
      new Date(NOW - HOUR_MS),
    ]);
    await db.peek(`update cw.nudge set ended_at = $2 where nudge_id = $1`, [teams, new Date(NOW)]);
    const later = (most: number, since = NOW - DAY_MS) =>
      db.database.inTenant(ann.tenantId, (sql) => cameLaterTo(sql, ann.tenantId, ann.personId, since, most));
    const { newest, total } = await later(1);
    assert.equal(total, 2);
    assert.deepEqual(
      newest.map(({ subject, way, why, saidAt }) => ({ subject, way, why, saidAt })),
      [{ subject: 'Jour fixe', way: 'email', why: 'busy', saidAt: NOW }],
    );
    assert.equal((await later(5, NOW - MINUTE_MS)).total, 1);
    assert.deepEqual(await later(5, NOW), { newest: [], total: 0 });
  });
});
