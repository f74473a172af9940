import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { DEFAULT_INTERVALS } from '../../src/intervals.ts';
import { watchMailbox } from '../../src/store/mailboxes.ts';
import { forgetMailboxes } from '../../src/sync/forget-mailboxes.ts';
import { DAY_MS, empty, NOW, seedMailbox, seedNudges, seedSubscription, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand } from './by-hand.ts';

describe('a mailbox that nobody could read for a month', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let mailboxId: string;
  let hand: ByHand;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    mailboxId = await seedMailbox(db, tenantId);
    hand = new ByHand(db);
    await seedNudges(db, { tenantId, personId: mailboxId }, 1);
    await seedSubscription(db, { tenantId, mailboxId });
    await db.peek(`insert into cw.token_cache values ($1, $2, 'secret', 1)`, [tenantId, mailboxId]);
  });

  const LONG = NOW - DEFAULT_INTERVALS.forgetMs;
  const unreadableSince = (at: number) => db.peek('update cw.mailbox set unreadable_since = $1', [new Date(at)]);
  const notSignedInSince = (at: number) =>
    db.peek('update cw.mailbox set sync_due_at = null, care_due_at = null, blind_since = $1', [new Date(at)]);
  const state = async () => {
    const [row] = await db.peek<{ watch: string; ending: boolean; tokens: number; feeds: number; nudge: string }>(
      `select p.watch, m.ending, (select count(*)::int from cw.token_cache) as tokens,
         (select count(*)::int from cw.feed) as feeds, (select state from cw.nudge) as nudge
       from cw.person p join cw.mailbox m on m.mailbox_id = p.person_id`,
    );
    return row;
  };
  const GONE = { watch: 'off', ending: true, tokens: 0, feeds: 0, nudge: 'withdrawn' };
  const KEPT = { watch: 'on', ending: false, tokens: 1, feeds: 1, nudge: 'planned' };

  for (const [what, since] of [
    ['because Graph does not show it', unreadableSince],
    ['because nobody signed in', notSignedInSince],
  ] as const) {
    it(`${what} is forgotten: watching, tokens, replica and plan; its subscriptions are ended`, async () => {
      await since(LONG - 1);
      assert.equal(await forgetMailboxes(hand.deps), 1);
      assert.deepEqual(await state(), GONE);
      assert.equal(await hand.dueInMs('care'), 0);
      assert.equal(await forgetMailboxes(hand.deps), 0, 'there is an end');
    });

    it(`${what} is kept until then`, async () => {
      await since(LONG);
      assert.equal(await forgetMailboxes(hand.deps), 0);
      assert.deepEqual(await state(), KEPT);
    });
  }

  it('is kept as long as is configured', async () => {
    hand.intervals = { ...DEFAULT_INTERVALS, forgetMs: 2 * DAY_MS };
    await unreadableSince(NOW - 3 * DAY_MS);
    assert.equal(await forgetMailboxes(hand.deps), 1);
  });

  it('is kept when its person signs in at that very moment', async () => {
    await notSignedInSince(LONG - 1);
    const database = {
      ...hand.deps.database,
      system: hand.deps.database.system,
      inTenant: async <T>(tenant: string, work: (sql: never) => Promise<T>) => {
        // Between being named and being forgotten.
        await db.database.inTenant(tenantId, (sql) => watchMailbox(sql, tenantId, mailboxId, mailboxId, NOW));
        return db.database.inTenant(tenant, work as never) as Promise<T>;
      },
    };
    await forgetMailboxes({ ...hand.deps, database: database as never });
    assert.deepEqual(await state(), KEPT);
  });
});
