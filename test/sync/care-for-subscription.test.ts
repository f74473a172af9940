import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { GraphFailure } from '../../src/graph/failures.ts';
import type { ListedSubscription, SubscriptionRequest } from '../../src/graph/port.ts';
import { type CareDeps, careForSubscription } from '../../src/sync/care-for-subscription.ts';
import { empty, NOW, seedMailbox, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand } from './by-hand.ts';

const PUBLIC_URL = 'https://bot.test.example';
const OURS = `${PUBLIC_URL}/api/notifications`;

describe('care for a subscription', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let mailboxId: string;
  let hand: ByHand;
  /** What Graph has. */
  let listed: ListedSubscription[];
  let created: SubscriptionRequest[];
  let onCreate: (times: number) => unknown;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    mailboxId = await seedMailbox(db, tenantId);
    hand = new ByHand(db);
    listed = [];
    created = [];
    onCreate = () => undefined;
    Object.assign(hand.graph, {
      createSubscription: async (_access: unknown, request: SubscriptionRequest) => {
        created.push(request);
        await onCreate(created.length);
        const one = subscription(`new-${created.length}`);
        listed.push(one);
        return { subscriptionId: one.subscriptionId, expiresAt: request.expiresAt };
      },
      listSubscriptions: async () => [...listed],
      deleteSubscription: async (_access: unknown, id: string) => {
        listed = listed.filter((one) => one.subscriptionId !== id);
      },
    });
  });

  const subscription = (subscriptionId: string, more: Partial<ListedSubscription> = {}): ListedSubscription => ({
    subscriptionId,
    resource: `users/${mailboxId}/events`,
    notificationUrl: OURS,
    ...more,
  });
  const conflict = () => new GraphFailure('conflict', 409, 'Conflict', undefined);
  const care = async () => {
    const lease = await hand.claim('care');
    assert.ok(lease, 'no care is due');
    const deps: CareDeps = { ...hand.deps, publicUrl: PUBLIC_URL, dropToken: () => undefined, random: () => 0.5, newSecret: () => 'a-secret-of-the-test' };
    await careForSubscription(deps, lease);
  };
  const atGraph = () => listed.map((one) => one.subscriptionId).sort();
  const stored = async () =>
    (await db.peek<{ id: string }>('select subscription_id as id from cw.subscription order by 1')).map(
      (one) => one.id,
    );

  describe('that meets a conflict', () => {
    it('removes what we left there and makes a new one; what is another’s stays', async () => {
      listed = [
        subscription('left-1'),
        subscription('left-2', { resource: `Users/${mailboxId.toUpperCase()}/Events` }),
        subscription('foreign-address', { notificationUrl: 'https://elsewhere.example/api/notifications' }),
        subscription('foreign-path', { notificationUrl: `${PUBLIC_URL}/other` }),
        subscription('other-mailbox', { resource: 'users/11111111-2222-4333-8444-555555555555/events' }),
      ];
      onCreate = (times) => {
        if (times === 1) throw conflict();
      };
      await care();
      assert.deepEqual(atGraph(), ['foreign-address', 'foreign-path', 'new-2', 'other-mailbox']);
      assert.deepEqual(await stored(), ['new-2']);
      assert.equal(created.length, 2);
    });

    it('leaves one that another instance has stored meanwhile', async () => {
      listed = [subscription('theirs'), subscription('left')];
      onCreate = async (times) => {
        if (times > 1) return;
        await db.peek(
          `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, client_state_hash, expires_at, renew_at,
             proven_at, created_at) values ($1, 'theirs', $2, '', $3, $3, $3, $3)`,
          [tenantId, mailboxId, new Date(NOW)],
        );
        throw conflict();
      };
      await care();
      assert.deepEqual(atGraph(), ['new-2', 'theirs']);
    });

    it('that stays gives up after the second attempt, with nothing stored', async () => {
      onCreate = () => {
        throw conflict();
      };
      await assert.rejects(care(), { kind: 'conflict' });
      assert.equal(created.length, 2);
      assert.deepEqual(await stored(), []);
    });

    it('asks for no list without a conflict', async () => {
      listed = [subscription('left')];
      hand.graph.listSubscriptions = () => assert.fail('Graph allows few of these');
      await care();
      assert.deepEqual(atGraph(), ['left', 'new-1']);
    });
  });

  it('deletes at Graph what can’t be stored, because watching ended meanwhile', async () => {
    onCreate = () => db.peek('delete from cw.mailbox where mailbox_id = $1', [mailboxId]);
    await assert.rejects(care());
    assert.equal(created.length, 1);
    assert.deepEqual(atGraph(), []);
  });

  it('says why it could not be stored even when it can’t be deleted either', async () => {
    onCreate = () => db.peek('delete from cw.mailbox where mailbox_id = $1', [mailboxId]);
    hand.graph.deleteSubscription = () => Promise.reject(new GraphFailure('unavailable', 503, 'code', undefined));
    await assert.rejects(care(), { code: '23503' });
  });

  it('whose lease was taken over calls Graph no more', async () => {
    const lease = await hand.claim('care');
    assert.ok(lease);
    hand.now += 60_000;
    assert.ok(await hand.claim('care'));
    const deps: CareDeps = { ...hand.deps, publicUrl: PUBLIC_URL, dropToken: () => undefined, random: () => 0.5, newSecret: () => 'a-secret-of-the-test' };
    await assert.rejects(careForSubscription(deps, lease), { code: 'LEASE_LOST' });
    assert.deepEqual(created, []);
  });
});
