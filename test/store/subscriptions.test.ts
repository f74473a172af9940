import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { claimMailboxes } from '../../src/store/mailboxes.ts';
import { deleteSubscription, holdCare, subscriptionsOf, updateSubscription } from '../../src/store/subscriptions.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedSubscription, seedTenant } from './seed.ts';

const LEASE_MS = MINUTE_MS;

describe('subscriptions in the database', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let mailboxId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    mailboxId = await seedMailbox(db, tenantId);
  });

  const all = () => db.database.inTenant(tenantId, (sql) => subscriptionsOf(sql, tenantId, mailboxId));

  it('are those of the mailbox, the newest first', async () => {
    const owner = { tenantId, mailboxId };
    const [old, young] = [await seedSubscription(db, owner), await seedSubscription(db, owner, { calendarId: 'team' })];
    await seedSubscription(db, { tenantId, mailboxId: await seedMailbox(db, tenantId) });
    await db.peek(`update cw.subscription set created_at = created_at - interval '1 s' where subscription_id = $1`, [
      old,
    ]);
    assert.deepEqual(
      (await all()).map((one) => [one.subscriptionId, one.calendarId]),
      [
        [young, 'team'],
        [old, ''],
      ],
    );
    await db.database.inTenant(tenantId, (sql) => deleteSubscription(sql, tenantId, old));
    assert.equal((await all()).length, 1);
  });

  it('keep the latest proof, whoever brings it', async () => {
    const id = await seedSubscription(db, { tenantId, mailboxId }, { provenAt: NOW + MINUTE_MS });
    const times = { expiresAt: NOW, renewAt: NOW, authorizedAt: null, tokenUntil: null, reauthorizeAt: null };
    for (const [provenAt, expected] of [
      [NOW, NOW + MINUTE_MS],
      [NOW + HOUR_MS, NOW + HOUR_MS],
    ] as const) {
      await db.database.inTenant(tenantId, (sql) => updateSubscription(sql, tenantId, id, { ...times, provenAt }));
      assert.equal((await all())[0]?.provenAt, expected);
    }
  });

  describe('are cared for at a pace', () => {
    const claim = (now: number, most = 100) => claimMailboxes(db.database.system, 'care', most, LEASE_MS, now);
    /** Mailboxes in a tenant, all due for care for long. */
    const overdue = async (tenant: string, count: number) => {
      await db.peek(
        `insert into cw.person (tenant_id, person_id, watch, seen_at)
         select $1, 'p' || n, 'on', $3 from generate_series(1, $2::int) n`,
        [tenant, count, new Date(NOW)],
      );
      await db.peek(
        `insert into cw.mailbox (tenant_id, mailbox_id, person_id, care_due_at)
         select $1, 'p' || n, 'p' || n, $3 from generate_series(1, $2::int) n`,
        [tenant, count, new Date(NOW - HOUR_MS)],
      );
    };

    it('of at most 480 in any 20 s of a tenant, though 3,000 are overdue and several instances claim', async () => {
      await overdue(tenantId, 3_000);
      const claimed: number[] = [];
      for (let at = 0; at < 60 * SECOND_MS; at += 500) {
        const got = await Promise.all([claim(NOW + at), claim(NOW + at), claim(NOW + at)]);
        claimed.push(...got.flat().map(() => at));
      }
      for (const from of new Set(claimed)) {
        const within = claimed.filter((at) => at >= from && at <= from + 20 * SECOND_MS).length;
        assert.ok(within <= 480, `${within} from ${from} ms on`);
      }
      assert.ok(claimed.length > 600, `and no slower than it must be: ${claimed.length} in a minute`);
    });

    it('that saves nothing up over a rest', async () => {
      await claim(NOW);
      await overdue(tenantId, 300);
      const got = await claim(NOW + HOUR_MS);
      assert.ok(got.length <= 23, `${got.length} at once`);
    });

    it('of each tenant’s own: none waits for another', async () => {
      const other = await seedTenant(db);
      await overdue(tenantId, 300);
      await overdue(other, 5);
      const got = await claim(NOW);
      assert.equal(got.filter((one) => one.tenantId === other).length, 5);
    });

    it('given to one alone', async () => {
      await overdue(tenantId, 50);
      const got = (await Promise.all(Array.from({ length: 10 }, () => claim(NOW, 7)))).flat();
      assert.equal(new Set(got.map((one) => one.mailboxId)).size, got.length);
    });

    it('and not at all before Graph’s Retry-After has passed', async () => {
      await overdue(tenantId, 50);
      const hold = (until: number) => db.database.inTenant(tenantId, (sql) => holdCare(sql, tenantId, until));
      await hold(NOW + MINUTE_MS);
      await hold(NOW + SECOND_MS);
      assert.deepEqual(await claim(NOW + MINUTE_MS), [], 'the later one counts');
      assert.ok((await claim(NOW + MINUTE_MS + 500)).length > 0);
    });
  });
});
