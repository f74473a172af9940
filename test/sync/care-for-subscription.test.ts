import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure, type GraphFailureKind } from '../../src/graph/failures.ts';
import type { ListedSubscription, SubscriptionRequest } from '../../src/graph/port.ts';
import { DEFAULT_INTERVALS } from '../../src/intervals.ts';
import { claimMailboxes, endMailbox, watchMailbox } from '../../src/store/mailboxes.ts';
import {
  CARE_LEASE_MS,
  type CareDeps,
  careForSubscription,
  LIFE_MS,
  renewTime,
} from '../../src/sync/care-for-subscription.ts';
import { performDuty } from '../../src/sync/mailbox-worker.ts';
import {
  DAY_MS,
  empty,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  SECOND_MS,
  type SeedSubscription,
  seedFeed,
  seedMailbox,
  seedSubscription,
  seedTenant,
} from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand } from './by-hand.ts';

const PUBLIC_URL = 'https://bot.test.example';
const OURS = `${PUBLIC_URL}/api/notifications`;
const { proveMs, catchUpUnprovenMs } = DEFAULT_INTERVALS;

describe('care for a subscription', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let mailboxId: string;
  let hand: ByHand;
  /** What Graph has. */
  let listed: ListedSubscription[];
  let created: SubscriptionRequest[];
  /** Calls to Graph on subscriptions, in order. */
  let calls: string[];
  let dropped: number;
  /** When the token ends that is used. */
  let tokenUntil: number | undefined;
  let onCreate: (times: number, request: SubscriptionRequest) => unknown;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    mailboxId = await seedMailbox(db, tenantId);
    hand = new ByHand(db);
    hand.chance = 0.5;
    listed = [];
    created = [];
    calls = [];
    dropped = 0;
    tokenUntil = undefined;
    onCreate = () => undefined;
    const known = (id: string) => {
      if (!listed.some((one) => one.subscriptionId === id)) throw failure('notFound', 404);
    };
    Object.assign(hand.graph, {
      createSubscription: async (_access: unknown, request: SubscriptionRequest) => {
        calls.push('POST');
        created.push(request);
        await onCreate(created.length, request);
        const one = subscription(`new-${created.length}`);
        listed.push(one);
        return { subscriptionId: one.subscriptionId, expiresAt: request.expiresAt };
      },
      renewSubscription: async (_access: unknown, id: string, expiresAt: number) => {
        calls.push(`PATCH ${id}`);
        known(id);
        return { subscriptionId: id, expiresAt };
      },
      getSubscription: async (_access: unknown, id: string) => {
        calls.push(`GET ${id}`);
        known(id);
        return { subscriptionId: id, expiresAt: NOW + 5 * DAY_MS };
      },
      listSubscriptions: async () => {
        calls.push('LIST');
        return [...listed];
      },
      deleteSubscription: async (_access: unknown, id: string) => {
        calls.push(`DELETE ${id}`);
        listed = listed.filter((one) => one.subscriptionId !== id);
      },
    });
  });

  const owner = () => ({ tenantId, mailboxId });
  const failure = (kind: GraphFailureKind, status: number, retryAfterMs?: number) =>
    new GraphFailure(kind, status, 'code', retryAfterMs);
  const subscription = (subscriptionId: string, more: Partial<ListedSubscription> = {}): ListedSubscription => ({
    subscriptionId,
    resource: `users/${mailboxId}/events`,
    notificationUrl: OURS,
    ...more,
  });
  /** One that is stored and lives at Graph. */
  const living = async (subscriptionId: string, more: SeedSubscription = {}) => {
    listed.push(subscription(subscriptionId));
    await seedSubscription(db, owner(), { subscriptionId, ...more });
  };
  const conflict = () => new GraphFailure('conflict', 409, 'Conflict', undefined);
  const deps = (): CareDeps => ({
    ...hand.deps,
    publicUrl: PUBLIC_URL,
    dropToken: () => {
      dropped += 1;
    },
    tokenUntil: () => tokenUntil,
    newSecret: () => 'a-secret-of-the-test',
  });
  const due = () => db.peek('update cw.mailbox set care_due_at = $1', [new Date(hand.now)]);
  const care = async () => {
    const lease = await hand.claim('care');
    assert.ok(lease, 'no care is due');
    await careForSubscription(deps(), lease);
  };
  /** As the loop does it: a failure is settled. */
  const careOrSettle = async () => {
    const lease = await hand.claim('care');
    assert.ok(lease, 'no care is due');
    await performDuty(hand.deps, 'care', lease, (held) => careForSubscription(deps(), held));
  };
  const tell = (word: string, subscriptionId: string) =>
    hand.notify(tenantId, mailboxId, { duty: 'care', word, subscriptionId });
  const atGraph = () => listed.map((one) => one.subscriptionId).sort();
  const stored = async () =>
    (await db.peek<{ id: string }>('select subscription_id as id from cw.subscription order by 1')).map(
      (one) => one.id,
    );
  const times = async (id: string) => {
    const [row] = await db.peek<Record<'proven' | 'renew' | 'expires' | 'authorized', Date | null>>(
      `select proven_at as proven, renew_at as renew, expires_at as expires, authorized_at as authorized
       from cw.subscription where subscription_id = $1`,
      [id],
    );
    const of = (date: Date | null | undefined) => (date ? date.getTime() - NOW : null);
    return {
      proven: of(row?.proven),
      renew: of(row?.renew),
      expires: of(row?.expires),
      authorized: of(row?.authorized),
    };
  };
  const mailbox = async () => {
    const [row] = await db.peek<{ blind: Date | null; leftovers: Date | null; ending: boolean; failures: number }>(
      `select blind_since as blind, leftovers_at as leftovers, ending, care_failures as failures from cw.mailbox
       where mailbox_id = $1`,
      [mailboxId],
    );
    return row && { ...row, blind: row.blind?.getTime() ?? null, leftovers: row.leftovers?.getTime() ?? null };
  };
  const asked = async (calendarId = '') => {
    const [row] = await db.peek<{ at: Date | null; full: boolean }>(
      'select asked_at as at, asked_full as full from cw.feed where calendar_id = $1',
      [calendarId],
    );
    return { inMs: row?.at ? row.at.getTime() - hand.now : undefined, full: row?.full };
  };

  describe('that has none', () => {
    it('makes one, remembers when, and asks for a read of what came before', async () => {
      await care();
      assert.deepEqual(calls, ['POST']);
      assert.deepEqual(
        created.map(({ calendarId, notificationUrl, lifecycleNotificationUrl, expiresAt }) => ({
          calendarId,
          notificationUrl,
          lifecycleNotificationUrl,
          expiresAt,
        })),
        [
          {
            calendarId: '',
            notificationUrl: OURS,
            lifecycleNotificationUrl: `${PUBLIC_URL}/api/lifecycle`,
            expiresAt: NOW + LIFE_MS,
          },
        ],
      );
      assert.deepEqual(await times('new-1'), { proven: 0, renew: LIFE_MS / 2, expires: LIFE_MS, authorized: 0 });
      assert.deepEqual(await asked(), { inMs: 0, full: false });
      assert.equal((await mailbox())?.blind, null, 'a beginning is no blindness');
    });

    it('makes one for each watched calendar', async () => {
      await seedFeed(db, owner(), { calendarId: 'team' });
      await care();
      assert.deepEqual(created.map((one) => one.calendarId).sort(), ['', 'team']);
    });

    it('makes none for a calendar that is looked at by the clock', async () => {
      await seedFeed(db, owner(), { calendarId: 'team', polled: true });
      await care();
      assert.deepEqual(
        created.map((one) => one.calendarId),
        [''],
      );
    });

    for (const [kind, status] of [
      ['forbidden', 403],
      ['rejected', 400],
      ['notFound', 404],
    ] as const)
      it(`has a second calendar looked at by the clock when Graph refuses it with ${status}`, async () => {
        await seedFeed(db, owner(), { calendarId: 'team' });
        onCreate = (_times, { calendarId }) => {
          if (calendarId === 'team') throw failure(kind, status);
        };
        await care();
        assert.deepEqual(await stored(), ['new-1']);
        assert.deepEqual(await db.peek('select calendar_id as id, polled from cw.feed order by 1'), [
          { id: '', polled: false },
          { id: 'team', polled: true },
        ]);
        assert.equal((await mailbox())?.leftovers, null);
        calls = [];
        await due();
        await care();
        assert.deepEqual(calls, [], 'never asked for again');
      });

    it('has no way but one for the default calendar: being refused is a failure', async () => {
      onCreate = () => {
        throw failure('forbidden', 403);
      };
      await assert.rejects(care(), { kind: 'forbidden' });
    });

    it('makes one for a mailbox of the version before, which has no calendar yet', async () => {
      await db.peek('delete from cw.feed');
      await care();
      assert.deepEqual(await stored(), ['new-1']);
    });
  });

  describe('that has one', () => {
    it('asks nothing while it was heard of lately, and comes back when silence could mean something', async () => {
      await living('one');
      await care();
      assert.deepEqual(calls, []);
      assert.equal(await hand.dueInMs('care'), proveMs * 0.95);
    });

    it('asks for it by its id when nothing was heard of it, which proves it', async () => {
      await living('one', { provenAt: NOW - proveMs });
      await care();
      assert.deepEqual(calls, ['GET one']);
      assert.deepEqual(await times('one'), { proven: 0, renew: 3.5 * DAY_MS, expires: 5 * DAY_MS, authorized: 0 });
    });

    it('comes back before it would have been silent for too long, whatever chance says', async () => {
      for (const chance of [0, 0.999]) {
        hand.chance = chance;
        await db.peek('delete from cw.subscription');
        await living(`one-${chance}`);
        await due();
        await care();
        const inMs = (await hand.dueInMs('care')) ?? 0;
        assert.ok(inMs <= proveMs && inMs >= proveMs * 0.9, `${inMs}`);
      }
    });

    it('renews it when its time has come, for a whole life', async () => {
      await living('one', { renewAt: NOW });
      await care();
      assert.deepEqual(calls, ['PATCH one']);
      assert.deepEqual(await times('one'), { proven: 0, renew: LIFE_MS / 2, expires: LIFE_MS, authorized: 0 });
    });

    for (const [what, more, call] of [
      ['asked for', { provenAt: NOW - 2 * HOUR_MS }, 'GET one'],
      ['renewed', { provenAt: NOW - 2 * HOUR_MS, renewAt: NOW }, 'PATCH one'],
    ] as const)
      it(`that Graph does not know any more when it is ${what}: blind since the last proof, a new one, a read`, async () => {
        await seedSubscription(db, owner(), { subscriptionId: 'one', ...more });
        await care();
        assert.deepEqual(calls, [call, 'POST']);
        assert.deepEqual(await stored(), ['new-1']);
        assert.equal((await mailbox())?.blind, NOW - 2 * HOUR_MS);
        assert.deepEqual(await asked(), { inMs: 0, full: false });
        assert.equal(await hand.dueInMs('sync'), 0);
      });

    it('replaces one that ran out, and is blind from then', async () => {
      await living('one', { expiresAt: NOW - HOUR_MS, provenAt: NOW - 2 * HOUR_MS });
      await care();
      assert.deepEqual(calls, ['DELETE one', 'POST']);
      assert.equal((await mailbox())?.blind, NOW - HOUR_MS);
    });

    it('ends what is one too many, and is not blind for that', async () => {
      await living('old');
      await living('new');
      await db.peek(
        `update cw.subscription set created_at = created_at - interval '1 hour' where subscription_id = 'old'`,
      );
      await care();
      assert.deepEqual(calls, ['DELETE old']);
      assert.deepEqual(await stored(), ['new']);
      assert.equal((await mailbox())?.blind, null);
    });

    it('ends that of a calendar that is not watched any more', async () => {
      await living('one');
      await living('gone', { calendarId: 'team' });
      await care();
      assert.deepEqual([calls, await stored()], [['DELETE gone'], ['one']]);
    });

    it('keeps a proof that came while Graph was asked', async () => {
      await living('one', { provenAt: NOW - proveMs });
      hand.graph.getSubscription = async (_access, subscriptionId) => {
        await hand.notify(tenantId, mailboxId, { subscriptionId });
        hand.now -= MINUTE_MS;
        return { subscriptionId, expiresAt: NOW + DAY_MS };
      };
      await care();
      assert.equal((await times('one')).proven, 0);
    });
  });

  describe('that hears of its lifecycle', () => {
    const OLD = { authorizedAt: NOW - 11 * MINUTE_MS };

    it('reauthorizes with a new token, once for all that asked', async () => {
      await living('one', OLD);
      for (let time = 0; time < 5; time += 1) await tell('reauthorizationRequired', 'one');
      await care();
      assert.deepEqual([calls, dropped], [['PATCH one'], 1]);
      hand.now += 9 * MINUTE_MS;
      await tell('reauthorizationRequired', 'one');
      await care();
      assert.deepEqual([calls, dropped], [['PATCH one'], 1], 'not within ten minutes');
      hand.now += 2 * MINUTE_MS;
      await tell('reauthorizationRequired', 'one');
      await care();
      assert.deepEqual([calls, dropped], [['PATCH one', 'PATCH one'], 2]);
    });

    it('reauthorizes shortly before the token ends, where that is known, however often it is asked before', async () => {
      tokenUntil = NOW + HOUR_MS;
      await care();
      assert.deepEqual(calls, ['POST']);
      calls.length = 0;
      for (const minutes of [45, 50]) {
        hand.now = NOW + minutes * MINUTE_MS;
        await tell('reauthorizationRequired', 'new-1');
        await care();
        assert.deepEqual([calls, dropped], [[], 0]);
      }
      hand.now = NOW + 52 * MINUTE_MS;
      tokenUntil = hand.now + HOUR_MS;
      await care();
      assert.deepEqual([calls, dropped], [['PATCH new-1'], 1]);
      hand.now += 52 * MINUTE_MS;
      await due();
      await care();
      assert.deepEqual(calls, ['PATCH new-1'], 'not again unless it is asked again');
    });

    it('does not reauthorize one that was just made', async () => {
      await living('one', { authorizedAt: NOW - 9 * MINUTE_MS });
      await tell('reauthorizationRequired', 'one');
      await care();
      assert.deepEqual([calls, dropped], [[], 0]);
    });

    it('makes a new one for one that was removed, and reads; it is blind since it was told', async () => {
      await living('one');
      await tell('subscriptionRemoved', 'one');
      hand.now += MINUTE_MS;
      await tell('subscriptionRemoved', 'one');
      await care();
      assert.deepEqual(calls, ['DELETE one', 'POST']);
      assert.deepEqual(await stored(), ['new-1']);
      assert.equal((await mailbox())?.blind, NOW);
      assert.deepEqual(await asked(), { inMs: 0, full: false });
    });

    it('makes nothing new for one that was replaced already', async () => {
      await living('one');
      for (const word of ['subscriptionRemoved', 'reauthorizationRequired', 'missed']) await tell(word, 'replaced');
      await care();
      assert.deepEqual(calls, []);
      assert.deepEqual(await asked(), { inMs: undefined, full: false });
      assert.deepEqual(await db.peek('select 1 from cw.inbox'), [], 'they are done with');
    });

    it('reads everything when something was missed', async () => {
      await living('one');
      await tell('missed', 'one');
      await care();
      assert.deepEqual(await asked(), { inMs: 0, full: true });
      assert.deepEqual(calls, []);
    });

    it('reads everything no sooner than ten minutes after the last time, and then for certain', async () => {
      await living('one');
      await db.peek('update cw.feed set full_at = $1', [new Date(NOW - 4 * MINUTE_MS)]);
      for (let time = 0; time < 3; time += 1) {
        await tell('missed', 'one');
        await care();
      }
      assert.deepEqual(await asked(), { inMs: 6 * MINUTE_MS, full: true });
    });
  });

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
        await seedSubscription(db, owner(), { subscriptionId: 'theirs' });
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
    await assert.rejects(care(), { code: 'LEASE_LOST' });
  });

  it('whose lease was taken over calls Graph no more', async () => {
    const lease = await hand.claim('care');
    assert.ok(lease);
    hand.now += 60_000;
    assert.ok(await hand.claim('care'));
    const deps: CareDeps = {
      ...hand.deps,
      publicUrl: PUBLIC_URL,
      dropToken: () => undefined,
      tokenUntil: () => undefined,
      random: () => 0.5,
      newSecret: () => 'a-secret-of-the-test',
    };
    await assert.rejects(careForSubscription(deps, lease), { code: 'LEASE_LOST' });
    assert.deepEqual(created, []);
  });

  describe('that may have left something at Graph', () => {
    it('writes that down before it asks for one, and clears it as it stores it', async () => {
      const notes: unknown[] = [];
      onCreate = async () => notes.push((await mailbox())?.leftovers);
      await care();
      assert.deepEqual(notes, [NOW + 10 * MINUTE_MS]);
      assert.equal((await mailbox())?.leftovers, null);
    });

    for (const [what, error, isLeft] of [
      ['Graph refused it', failure('forbidden', 403), false],
      ['there was no token', new CalendarWatchError('RECONNECT_NEEDED', 'no token'), false],
      ['Graph did not answer', failure('unavailable', 0), true],
      ['its answer was not understood', new CalendarWatchError('GRAPH_ANSWER_INVALID', 'odd'), true],
    ] as const)
      it(`${isLeft ? 'keeps the note' : 'clears it'} when ${what}`, async () => {
        onCreate = () => {
          throw error;
        };
        await assert.rejects(care());
        assert.equal((await mailbox())?.leftovers, isLeft ? NOW + 10 * MINUTE_MS : null);
      });

    it('looks for it when its time has come: ours that nobody knows goes, all else stays', async () => {
      await living('one');
      listed.push(subscription('left'), subscription('foreign', { notificationUrl: 'https://elsewhere.example/' }));
      await db.peek('update cw.mailbox set leftovers_at = $1', [new Date(NOW + 10 * MINUTE_MS)]);
      await care();
      assert.deepEqual(calls, [], 'not before');
      assert.equal(await hand.dueInMs('care'), 10 * MINUTE_MS);
      hand.now += 10 * MINUTE_MS;
      await care();
      assert.deepEqual(calls, ['LIST', 'DELETE left']);
      assert.deepEqual(atGraph(), ['foreign', 'one']);
      assert.equal((await mailbox())?.leftovers, null);
    });

    it('leaves the note of somebody else, who may only have been held up', async () => {
      const theirs = NOW + 5 * MINUTE_MS;
      await db.peek('update cw.mailbox set leftovers_at = $1', [new Date(theirs)]);
      await care();
      assert.deepEqual([await stored(), (await mailbox())?.leftovers], [['new-1'], theirs]);
      assert.equal(await hand.dueInMs('care'), 5 * MINUTE_MS);
    });

    it('finds what a crash between Graph’s answer and our commit left', async () => {
      const lease = await hand.claim('care');
      assert.ok(lease);
      // The process ends right after Graph has made it.
      onCreate = () => {
        listed.push(subscription('orphan'));
        throw failure('unavailable', 0);
      };
      await assert.rejects(careForSubscription(deps(), lease));
      onCreate = () => undefined;
      hand.now += CARE_LEASE_MS;
      await care();
      assert.deepEqual(atGraph(), ['new-2', 'orphan']);
      hand.now += 10 * MINUTE_MS;
      await due();
      await care();
      assert.deepEqual(atGraph(), ['new-2']);
    });
  });

  describe('when watching ended', () => {
    const end = () => db.database.inTenant(tenantId, (sql) => endMailbox(sql, tenantId, mailboxId, hand.now));

    beforeEach(async () => {
      await living('one');
      await living('team', { calendarId: 'team' });
      await end();
    });

    it('tells Graph, then forgets the mailbox', async () => {
      await care();
      assert.deepEqual(calls.sort(), ['DELETE one', 'DELETE team']);
      assert.equal(await mailbox(), undefined);
      assert.deepEqual(await stored(), []);
    });

    it('goes on where it was when Graph was away', async () => {
      const { deleteSubscription } = hand.graph;
      hand.graph.deleteSubscription = (access, id) =>
        id === 'team' ? Promise.reject(failure('unavailable', 503)) : deleteSubscription(access, id);
      await careOrSettle();
      assert.equal((await mailbox())?.failures, 1);
      hand.graph.deleteSubscription = deleteSubscription;
      await due();
      await db.peek('update cw.mailbox set care_lease = null');
      await care();
      assert.equal(await mailbox(), undefined);
      assert.deepEqual(atGraph(), []);
    });

    for (const error of [new CalendarWatchError('RECONNECT_NEEDED', 'no token'), failure('forbidden', 403)])
      it(`forgets the mailbox where there is no access any more (${error.code})`, async () => {
        hand.graph.deleteSubscription = () => Promise.reject(error);
        await care();
        assert.equal(await mailbox(), undefined);
        assert.deepEqual(await stored(), []);
      });

    it('removes also what it may have left there', async () => {
      listed.push(subscription('left'));
      await db.peek('update cw.mailbox set leftovers_at = $1', [new Date(NOW + HOUR_MS)]);
      await care();
      assert.deepEqual(atGraph(), []);
    });

    it('and began anew before Graph was told, goes on with what is there', async () => {
      await db.database.inTenant(tenantId, (sql) => watchMailbox(sql, tenantId, mailboxId, mailboxId, hand.now));
      await care();
      assert.deepEqual([calls, await stored()], [['DELETE team', 'GET one'], ['one']], 'and looks whether it is');
    });
  });

  describe('that fails', () => {
    it('has the calendar read soon: silence may be that of a dead subscription', async () => {
      await living('one', { provenAt: NOW - proveMs });
      await db.peek('update cw.feed set look_at = $1', [new Date(NOW + DAY_MS)]);
      await db.peek('update cw.mailbox set sync_due_at = $1', [new Date(NOW + DAY_MS)]);
      hand.graph.getSubscription = () => Promise.reject(failure('unavailable', 503));
      await careOrSettle();
      assert.equal(await hand.dueInMs('sync'), catchUpUnprovenMs);
    });

    for (const [what, retryAfterMs, waitMs] of [
      ['as long as Graph says', 90 * SECOND_MS, 90 * SECOND_MS],
      ['a while when it does not say', undefined, 20 * SECOND_MS],
    ] as const)
      it(`with 429 holds the care of the whole tenant, ${what}, and of no other`, async () => {
        await seedMailbox(db, tenantId, NOW + SECOND_MS);
        const elsewhere = await seedMailbox(db, await seedTenant(db), NOW + SECOND_MS);
        onCreate = () => {
          throw failure('throttled', 429, retryAfterMs);
        };
        await careOrSettle();
        const claimed = async () =>
          (await claimMailboxes(db.database.system, 'care', 10, 1, hand.now)).map((one) => one.mailboxId);
        hand.now += waitMs - 1;
        assert.deepEqual(await claimed(), [elsewhere]);
        hand.now += 1_100;
        assert.ok((await claimed()).length > 1);
      });
  });
});

/** xorshift: the same chance in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

describe('renewals', () => {
  it('come at half-life, give or take a tenth', () => {
    const life = (random: number) => renewTime(NOW, NOW + 100, random) - NOW;
    assert.deepEqual([life(0), life(0.5), Math.round(life(0.999_999))], [40, 50, 60]);
  });

  it('of 100,000 mailboxes that began within an hour stay far below what Graph takes', () => {
    const COUNT = 100_000;
    const SLOT_MS = 20 * SECOND_MS;
    const random = seeded(20_261_123);
    const at = Array.from({ length: COUNT }, () => random() * HOUR_MS);
    for (let round = 1; round <= 4; round += 1) {
      const slots = new Map<number, number>();
      for (const [index, now] of at.entries()) {
        const next = renewTime(now, now + LIFE_MS, random());
        at[index] = next;
        const slot = Math.floor(next / SLOT_MS);
        slots.set(slot, (slots.get(slot) ?? 0) + 1);
      }
      const most = Math.max(...slots.values());
      assert.ok(most < 100, `${most} within 20 s in round ${round}`);
    }
  });
});
