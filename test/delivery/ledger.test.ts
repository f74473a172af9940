/** Every row of Microsoft's error table, under a clock that is moved: what the ledger, the person and the admin see. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { deliveriesCard, undeliveredRows } from '../../src/bot/cards/undelivered.ts';
import type { Clock } from '../../src/clock.ts';
import type { Channel, Outcome } from '../../src/delivery/channel.ts';
import {
  claimDue,
  type DispatcherDeps,
  dispatchOne,
  NUDGE_LEASE_MS,
  recordMissed,
} from '../../src/delivery/dispatcher.ts';
import { outcomeOf } from '../../src/delivery/teams-errors.ts';
import { createLog } from '../../src/log.ts';
import { writeEvents } from '../../src/store/events.ts';
import { beginSend, type NudgeLease, releaseNudge, writeEqualisation } from '../../src/store/nudges.ts';
import { lockPerson, meetPerson, saveConversation } from '../../src/store/people.ts';
import { countUndelivered, retryUndelivered, undeliveredOf, undeliveredTo } from '../../src/store/undelivered.ts';
import { empty, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedNudges, seedTenant } from '../store/seed.ts';
import { meeting } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const CHAT = 'a:chat';
const READER = { timeZone: 'UTC', locale: 'en-GB' };
const DEADLINE = NOW + 5 * MINUTE_MS;

interface Row {
  state: string;
  reason: string | null;
  attempts: number;
  ambiguous: number;
  held: boolean;
  send_at: Date;
  sending_at: Date | null;
  conversation_id: string | null;
}

describe('the ledger', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  let now: number;
  /** Addresses and chats that were sent to. */
  let sent: string[];
  /** What Teams answers, in order; then it takes everything. */
  let answers: Outcome[];
  let channel: Channel;
  let deps: DispatcherDeps;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.conversation');
    now = NOW;
    sent = [];
    answers = [];
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId);
    await chat(CHAT);
    const clock: Clock = {
      now: () => now,
      after: (_, run) => {
        queueMicrotask(run);
        return () => undefined;
      },
    };
    channel = {
      name: 'scripted',
      send: async (to) => {
        sent.push(String(to.reference.serviceUrl ?? to.conversationId));
        return answers.shift() ?? { kind: 'sent', activityId: 'activity' };
      },
    };
    deps = {
      database: db.database,
      clock,
      log: createLog('silent'),
      random: () => 0.5,
      render: () => ({ card: {}, summary: '', fallbackText: '' }),
      channel,
      kinds: ['reminder', 'digest', 'connected', 'reconnect', 'change', 'a kind of tomorrow'],
      charge: () => undefined,
    };
    const event = meeting({ id: 'event', startAt: NOW });
    await db.database.inTenant(tenantId, (sql) => writeEvents(sql, tenantId, personId, [event], []));
  });

  const inTenant: OpenTestDatabase['database']['inTenant'] = (tenant, work) => db.database.inTenant(tenant, work);
  const chat = async (id: string) => {
    await inTenant(tenantId, async (sql) => {
      await saveConversation(sql, tenantId, { conversationId: id, kind: 'personal', reference: {} }, now);
      await meetPerson(sql, { tenantId, personId, conversationId: id, locale: 'en-GB' }, now);
    });
  };
  const noChat = () => db.peek('delete from cw.conversation');
  const chats = async () =>
    (await db.peek<{ id: string }>('select conversation_id as id from cw.conversation order by 1')).map(
      (one) => one.id,
    );
  const chatOfPerson = async () =>
    (await db.peek<{ id: string | null }>('select conversation_id as id from cw.person'))[0]?.id;
  const plan = async (kind = 'reminder', count = 1) => {
    const ids = await seedNudges(db, { tenantId, personId }, count, { deadlineAt: DEADLINE, kind });
    await db.peek(`update cw.nudge set facts = '{"subject":"Planning"}'`);
    return ids;
  };
  const row = async (): Promise<Row> => {
    const [found] = await db.peek<Row>('select * from cw.nudge order by nudge_id');
    assert.ok(found);
    return found;
  };
  const claim = async (): Promise<NudgeLease> => {
    const [lease] = await claimDue(deps, 1);
    assert.ok(lease, 'nothing is due');
    return lease;
  };
  const dispatch = async () => dispatchOne(deps, await claim());
  /** As the loops do, until it has ended; time moves from one send to the next. */
  const untilEnded = async () => {
    for (let turn = 0; turn < 100; turn += 1) {
      for (const lease of await claimDue(deps, 8)) await dispatchOne(deps, lease);
      await recordMissed(deps);
      const { state, send_at: sendAt } = await row();
      if (state !== 'planned' && state !== 'claimed') return;
      now = Math.max(now + 1, sendAt.getTime());
    }
    assert.fail('no end');
  };
  const ledger = async () => {
    const { state, attempts, ambiguous } = await row();
    return `${state} ${attempts} ${ambiguous}`;
  };
  const person = () =>
    inTenant(tenantId, async (sql) => {
      const found = await undeliveredTo(sql, tenantId, personId, NOW - MINUTE_MS, 5);
      return undeliveredRows(found, READER, now).words;
    });
  const admin = () =>
    inTenant(tenantId, async (sql) => {
      const counts = await countUndelivered(sql, tenantId, NOW - MINUTE_MS);
      const newest = await undeliveredOf(sql, tenantId, NOW - MINUTE_MS, 5);
      return deliveriesCard({ counts, newest, retryable: 0, unreachable: 0 }, READER, now).fallbackText;
    });

  describe('of what Teams answers once', () => {
    /** [status, code, ledger (state, attempts, in doubt), the chat is kept, the person reads, the admin reads] */
    const STOPPED: [number, string, string, boolean, RegExp, RegExp][] = [
      [400, 'BadArgument', 'failed 1 0', true, /my message wasn’t as it should be/, /did not accept the message/],
      [401, 'BotNotRegistered', 'failed 1 0', true, /didn’t let me write/, /Check its registration/],
      [403, 'BotDisabledByAdmin', 'failed 1 0', false, /blocked or switched off/, /blocked or removed/],
      [403, 'BotDisabledByUser', 'failed 1 0', false, /blocked or switched off/, /blocked or removed/],
      [403, 'ConversationBlockedByUser', 'failed 1 0', false, /blocked or switched off/, /blocked or removed/],
      [403, 'BotNotInConversationRoster', 'failed 1 0', false, /blocked or switched off/, /blocked or removed/],
      [403, 'ForbiddenOperationException', 'failed 1 0', false, /blocked or switched off/, /blocked or removed/],
      [403, 'MessageWritesBlocked', 'failed 1 0', false, /blocked or switched off/, /blocked or removed/],
      [403, 'InvalidBotApiHost', 'failed 1 0', true, /didn’t let me write/, /Teams refuses the bot/],
      [403, 'NotEnoughPermissions', 'failed 1 0', true, /didn’t let me write/, /the app’s permissions/],
      [404, 'ConversationNotFound', 'failed 1 0', false, /we had no chat/, /There is no chat/],
      [404, 'ActivityNotFoundInConversation', 'failed 1 0', false, /we had no chat/, /There is no chat/],
      [413, 'MessageSizeTooBig', 'failed 1 0', true, /wasn’t as it should be/, /did not accept/],
      [500, 'ServiceError', 'failed 1 0', true, /Teams didn’t take my message/, /Teams did not take it/],
    ];
    for (const [status, code, expected, isKept, toPerson, toAdmin] of STOPPED)
      it(`${status} ${code}: ${expected}`, async () => {
        await plan();
        answers = [outcomeOf({ status, code })];
        await untilEnded();
        assert.equal(await ledger(), expected);
        assert.deepEqual(await chats(), isKept ? [CHAT] : []);
        const words = await person();
        assert.match(words, /^1 thing I couldn’t tell you in the last 7 days: Reminder today 09:00 — Planning: /);
        assert.match(words, toPerson);
        assert.doesNotMatch(words, /\d{3} |Error|NotFound|Teams \d/);
        assert.match(await admin(), /^1 thing did not arrive in the last 7 days: 1 × /);
        assert.match(await admin(), toAdmin);
      });

    /** [status, code, ledger] */
    const TRIED_AGAIN: [number, string, string][] = [
      [401, '', 'sent 2 0'],
      [403, '', 'sent 2 0'],
      [404, '', 'sent 2 0'],
      [408, '', 'sent 2 1'],
      [412, 'PreconditionFailed', 'sent 2 0'],
      [429, 'Throttled', 'sent 2 0'],
      [502, 'ServiceError', 'sent 2 1'],
      [503, '', 'sent 2 1'],
      [504, '', 'sent 2 1'],
      [0, '', 'sent 2 1'],
    ];
    for (const [status, code, expected] of TRIED_AGAIN)
      it(`${status} ${code}: ${expected}`, async () => {
        await plan();
        answers = [outcomeOf({ status, code })];
        await untilEnded();
        assert.equal(await ledger(), expected);
        assert.equal(await person(), '');
        assert.match(await admin(), /Everything arrived/);
      });

    for (const status of [412, 429, 502, 503, 504])
      it(`${status} again and again: missed at the deadline, and said`, async () => {
        await plan();
        answers = Array.from({ length: 100 }, () => outcomeOf({ status, code: '' }));
        await untilEnded();
        const { state, attempts, reason } = await row();
        assert.equal(state, 'missed');
        assert.ok(attempts > 5 && attempts < 20, `${attempts} attempts`);
        assert.equal(now, DEADLINE, 'not before and not after');
        assert.match(reason ?? '', new RegExp(`Teams ${status}`));
        assert.match(await person(), /Teams didn’t take my message in time/);
        assert.match(await admin(), /Teams did not take it/);
      });

    it('Retry-After beyond the deadline: missed at the deadline', async () => {
      await plan();
      answers = [outcomeOf({ status: 429, code: '', retryAfterMs: 60 * MINUTE_MS })];
      await untilEnded();
      assert.equal(await ledger(), 'missed 1 0');
      assert.equal(now, DEADLINE);
    });

    it('a card that can’t be made: no request', async () => {
      await plan();
      deps.render = () => {
        throw new Error('x');
      };
      await untilEnded();
      assert.equal(await ledger(), 'failed 0 0');
      assert.deepEqual(sent, []);
      assert.match(await person(), /wasn’t as it should be/);
    });
  });

  describe('by the other address', () => {
    const wrong = outcomeOf({ status: 403, code: 'InvalidBotApiHost' });
    const address = async () =>
      (await db.peek<{ url: string | null }>(`select reference ->> 'serviceUrl' as url from cw.conversation`))[0]?.url;
    beforeEach(async () => {
      channel.elsewhere = (to) =>
        to.reference.serviceUrl === 'gcc' ? undefined : { ...to, reference: { ...to.reference, serviceUrl: 'gcc' } };
      await plan();
    });

    it('once; where it arrives, it is kept', async () => {
      answers = [wrong];
      await untilEnded();
      assert.equal(await ledger(), 'sent 2 0');
      assert.deepEqual(sent, [CHAT, 'gcc']);
      assert.equal(await address(), 'gcc');
    });

    it('not twice; what did not arrive is not kept', async () => {
      answers = [wrong, wrong];
      await untilEnded();
      assert.equal(await ledger(), 'failed 2 0');
      assert.deepEqual(sent, [CHAT, 'gcc']);
      assert.equal(await address(), null);
    });

    it('not kept where the person spoke meanwhile', async () => {
      const send = channel.send;
      channel.send = async (to, message) => {
        now += SECOND_MS;
        if (to.reference.serviceUrl === 'gcc') await chat(CHAT);
        return send(to, message);
      };
      answers = [wrong];
      await untilEnded();
      assert.equal((await row()).state, 'sent');
      assert.equal(await address(), null);
    });
  });

  describe('in a new chat', () => {
    const gone = outcomeOf({ status: 404, code: 'ConversationNotFound' });
    const opened = (conversationId: string) =>
      ({ kind: 'opened', conversation: { conversationId, kind: 'personal', reference: { new: true } } }) as const;
    beforeEach(async () => {
      await plan();
      answers = [gone];
    });

    it('under another id: the person is pointed to it, the old one goes', async () => {
      channel.reopen = async () => opened('a:new');
      await untilEnded();
      assert.equal(await ledger(), 'sent 2 0');
      assert.equal((await row()).conversation_id, 'a:new');
      assert.deepEqual(sent, [CHAT, 'a:new']);
      assert.deepEqual([await chats(), await chatOfPerson()], [['a:new'], 'a:new']);
    });

    it('under the same id', async () => {
      channel.reopen = async () => opened(CHAT);
      await untilEnded();
      assert.equal(await ledger(), 'sent 2 0');
      assert.deepEqual([await chats(), await chatOfPerson()], [[CHAT], CHAT]);
    });

    it('that is refused: silence', async () => {
      channel.reopen = async () => ({ kind: 'stop', reason: 'Teams 403 X', dropConversation: true });
      await untilEnded();
      assert.equal(await ledger(), 'failed 1 0');
      assert.deepEqual([await chats(), await chatOfPerson()], [[], null]);
    });

    it('that can’t be had now: tried again', async () => {
      let asked = 0;
      channel.reopen = async () => {
        asked += 1;
        return asked === 1 ? { kind: 'retry', reason: 'Teams 503', ambiguous: false } : opened('a:new');
      };
      answers = [gone, gone];
      await untilEnded();
      assert.equal(await ledger(), 'sent 3 0');
      assert.deepEqual(await chats(), ['a:new']);
    });

    it('that is gone too: silence, no third request', async () => {
      channel.reopen = async () => opened('a:new');
      answers = [gone, gone];
      await untilEnded();
      assert.equal(await ledger(), 'failed 2 0');
      assert.deepEqual(await chats(), []);
    });

    it('unless the person spoke meanwhile: by theirs', async () => {
      channel.reopen = async () => {
        now += SECOND_MS;
        await chat(CHAT);
        return opened('a:new');
      };
      await untilEnded();
      assert.equal(await ledger(), 'sent 2 0');
      assert.deepEqual([sent, await chats()], [[CHAT, CHAT], [CHAT]]);
    });
  });

  describe('of an outcome that nobody knows', () => {
    for (const [kind, expected, requests] of [
      ['reminder', 'sent 2 1', 2],
      ['reconnect', 'sent 2 1', 2],
      ['a kind of tomorrow', 'sent 2 1', 2],
      ['connected', 'unknown 1 1', 1],
    ] as const) {
      it(`${kind}, answered with doubt: ${expected}`, async () => {
        await plan(kind);
        answers = [outcomeOf({ status: 504, code: '' })];
        await untilEnded();
        assert.equal(await ledger(), expected);
        assert.equal(sent.length, requests);
      });

      it(`${kind}, killed after it went out: ${expected}`, async () => {
        await plan(kind);
        const lost = await claim();
        // What the dead instance had committed.
        await inTenant(tenantId, (sql) => beginSend(sql, lost, NUDGE_LEASE_MS, now));
        assert.deepEqual(await claimDue(deps, 1), []);
        now += NUDGE_LEASE_MS;
        await untilEnded();
        assert.equal(await ledger(), expected);
        assert.equal(sent.length, requests - 1);
      });

      it(`${kind}, killed before it went out: nothing is in doubt`, async () => {
        await plan(kind);
        await claim();
        now += NUDGE_LEASE_MS;
        await untilEnded();
        assert.equal(await ledger(), 'sent 1 0');
      });
    }

    it('that is unknown stays so when whoever claimed it is killed too', async () => {
      await plan('connected');
      const lost = await claim();
      await inTenant(tenantId, (sql) => beginSend(sql, lost, NUDGE_LEASE_MS, now));
      now += NUDGE_LEASE_MS;
      await claim();
      now += NUDGE_LEASE_MS;
      await untilEnded();
      assert.equal(await ledger(), 'unknown 1 1');
      assert.match(await person(), /Greeting today 09:00 — Planning: I don’t know whether it reached you/);
      assert.match(await admin(), /did not say whether it arrived/);
    });

    it('whose moment has passed is unknown, of any kind', async () => {
      await plan();
      const lost = await claim();
      now = DEADLINE - SECOND_MS;
      await inTenant(tenantId, (sql) => beginSend(sql, lost, NUDGE_LEASE_MS, now));
      now += NUDGE_LEASE_MS;
      assert.deepEqual(await claimDue(deps, 1), []);
      await recordMissed(deps);
      assert.equal(await ledger(), 'unknown 1 1');
    });

    it('is never planned, and never retried by an admin, again', async () => {
      const [nudgeId = ''] = await plan('connected');
      answers = [outcomeOf({ status: 504, code: '' })];
      await untilEnded();
      assert.equal(await inTenant(tenantId, (sql) => retryUndelivered(sql, tenantId, NOW - MINUTE_MS, now)), 0);
      const nudge = { nudgeId, kind: 'connected', eventId: '', startAt: NOW, leadMs: 0 };
      const times = { earliestAt: NOW, dueAt: NOW, deadlineAt: DEADLINE, facts: {} };
      const change = {
        insert: [],
        withdraw: [],
        mark: [],
        rewrite: [{ nudge: { ...nudge, ...times }, resetSendAt: true }],
      };
      const owner = { tenantId, personId, mailboxId: personId, correlationId: 'c' };
      await inTenant(tenantId, (sql) => writeEqualisation(sql, owner, change, now));
      assert.equal(await ledger(), 'unknown 1 1');
    });
  });

  describe('without a chat', () => {
    beforeEach(async () => {
      await plan();
      await noChat();
    });

    it('waits, asked for once, and is missed at its deadline', async () => {
      await dispatch();
      const { state, held, attempts } = await row();
      assert.deepEqual({ state, held, attempts }, { state: 'planned', held: true, attempts: 0 });
      now = DEADLINE - 1;
      assert.deepEqual(await claimDue(deps, 1), []);
      now = DEADLINE;
      assert.equal(await recordMissed(deps), 1);
      assert.equal(await ledger(), 'missed 0 0');
      assert.match(await person(), /we had no chat/);
      assert.deepEqual(sent, []);
    });

    it('is said when the person speaks', async () => {
      await dispatch();
      now += MINUTE_MS;
      await chat(CHAT);
      await dispatch();
      assert.equal(await ledger(), 'sent 1 0');
    });

    it('is said when the person speaks at the very moment that it is held', async () => {
      const lease = await claim();
      let speaking: Promise<void> | undefined;
      await inTenant(tenantId, async (sql) => {
        const person = await lockPerson(sql, tenantId, personId);
        assert.equal(person?.conversationId, null);
        speaking = chat(CHAT);
        await releaseNudge(sql, lease, { sendAt: DEADLINE, reason: 'no chat', held: true }, now);
      });
      await speaking;
      await dispatch();
      assert.equal(await ledger(), 'sent 1 0');
    });

    it('keeps its time when the plan sets another before the person speaks', async () => {
      const [nudgeId = ''] = (await db.peek<{ id: string }>('select nudge_id as id from cw.nudge')).map(
        (one) => one.id,
      );
      await dispatch();
      const dueAt = NOW + 2 * MINUTE_MS;
      const nudge = { nudgeId, kind: 'reminder', eventId: 'event', startAt: NOW, leadMs: 0, facts: {} };
      const change = {
        insert: [],
        withdraw: [],
        mark: [],
        rewrite: [{ nudge: { ...nudge, earliestAt: dueAt, dueAt, deadlineAt: DEADLINE }, resetSendAt: true }],
      };
      const owner = { tenantId, personId, mailboxId: personId, correlationId: 'c' };
      await inTenant(tenantId, (sql) => writeEqualisation(sql, owner, change, now));
      await chat(CHAT);
      assert.deepEqual(await claimDue(deps, 1), []);
      assert.equal((await row()).send_at.getTime(), dueAt);
    });
  });

  describe('of two for one chat', () => {
    it('sends the second after the first, and not when its lease is another’s by then', async () => {
      await plan('reminder', 2);
      const leases = await claimDue(deps, 8);
      assert.equal(leases.length, 2);
      const [first, second] = leases as [NudgeLease, NudgeLease];
      let answer = (_: Outcome) => {};
      let isAsked = () => {};
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve;
      });
      const send = channel.send;
      channel.send = (to, message) => {
        void send(to, message);
        isAsked();
        return new Promise((resolve) => {
          answer = resolve;
        });
      };
      const one = dispatchOne(deps, first);
      await asked;
      const other = dispatchOne(deps, second);
      now += NUDGE_LEASE_MS - 1;
      assert.equal(sent.length, 1);
      now += 1;
      const taken = await claimDue(deps, 8);
      assert.ok(taken.some((lease) => lease.nudgeId === second.nudgeId && !lease.again));
      answer({ kind: 'sent', activityId: 'late' });
      await Promise.all([one, other]);
      assert.equal(sent.length, 1, 'the second is somebody else’s now');
    });
  });

  describe('tried again by an admin', () => {
    it('plans what can still be said, and only that', async () => {
      await plan('reminder', 2);
      answers = [outcomeOf({ status: 500, code: '' }), outcomeOf({ status: 500, code: '' })];
      for (const lease of await claimDue(deps, 8)) await dispatchOne(deps, lease);
      await db.peek(`update cw.nudge set deadline_at = $1 where nudge_id = (select min(nudge_id) from cw.nudge)`, [
        new Date(now),
      ]);
      assert.equal(await inTenant(tenantId, (sql) => retryUndelivered(sql, tenantId, NOW - MINUTE_MS, now)), 1);
      await dispatch();
      const states = await db.peek<{ state: string; attempts: number }>(
        'select state, attempts from cw.nudge order by nudge_id',
      );
      assert.deepEqual(states, [
        { state: 'failed', attempts: 1 },
        { state: 'sent', attempts: 2 },
      ]);
    });

    it('is no other tenant’s', async () => {
      const other = await seedTenant(db);
      await plan();
      answers = [outcomeOf({ status: 500, code: '' })];
      await untilEnded();
      assert.equal(await inTenant(other, (sql) => retryUndelivered(sql, tenantId, NOW - MINUTE_MS, now)), 0);
      assert.deepEqual(await inTenant(other, (sql) => undeliveredOf(sql, tenantId, NOW - MINUTE_MS, 5)), []);
    });
  });

  describe('when the process is about to end', () => {
    it('gives back what has not begun, as if it had not been claimed', async () => {
      await plan();
      const lease = await claim();
      const stopping = new AbortController();
      stopping.abort();
      await dispatchOne({ ...deps, stopping: stopping.signal }, lease);
      assert.equal(sent.length, 0);
      const { state, attempts, reason } = await row();
      assert.deepEqual({ state, attempts, reason }, { state: 'planned', attempts: 0, reason: null });
      await dispatch();
      assert.equal((await row()).state, 'sent');
    });

    it('gives back what waits for its slot', async () => {
      await plan();
      const lease = await claim();
      const stopping = new AbortController();
      const clock: Clock = { now: () => now, after: () => () => undefined };
      const dispatched = dispatchOne(
        { ...deps, clock, stopping: stopping.signal },
        { ...lease, slotAt: now + SECOND_MS },
      );
      stopping.abort();
      await dispatched;
      assert.equal((await row()).state, 'planned');
    });

    it('ends what has begun', async () => {
      await plan();
      const lease = await claim();
      const stopping = new AbortController();
      const { channel } = deps;
      const slow: Channel = {
        ...channel,
        send: async (...words) => {
          stopping.abort();
          return channel.send(...words);
        },
      };
      await dispatchOne({ ...deps, channel: slow, stopping: stopping.signal }, lease);
      assert.equal((await row()).state, 'sent');
    });
  });

  describe('while an admin has paused sending', () => {
    const pause = (since: Date | null) => db.peek('update cw.tenant set paused_at = $1', [since]);

    it('claims nothing, and goes on after it', async () => {
      await plan();
      await pause(new Date(now));
      assert.deepEqual(await claimDue(deps, 8), []);
      await pause(null);
      await dispatch();
      assert.equal((await row()).state, 'sent');
    });

    it('does not send what was claimed before, and counts no attempt', async () => {
      await plan();
      const lease = await claim();
      await pause(new Date(now));
      await dispatchOne(deps, lease);
      assert.equal(sent.length, 0);
      const { state, attempts } = await row();
      assert.deepEqual({ state, attempts }, { state: 'planned', attempts: 0 });
    });
  });

  describe('beside a newer version', () => {
    it('leaves kinds alone that it does not know', async () => {
      await plan('a kind of the day after');
      assert.deepEqual(await claimDue(deps, 8), []);
      assert.equal((await row()).state, 'planned');
    });
  });
});
