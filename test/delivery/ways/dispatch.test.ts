/** From Teams' refusal to the next way, and to the end of the ladder: what the ledger holds, and what was sent where. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { type Clock, SECOND_MS } from '../../../src/clock.ts';
import type { Outcome, Retry, Stop } from '../../../src/delivery/channel.ts';
import { claimDue, type DispatcherDeps, dispatchOne, NUDGE_LEASE_MS } from '../../../src/delivery/dispatcher.ts';
import { outcomeOf } from '../../../src/delivery/teams-errors.ts';
import { createNextWay, destinationOf } from '../../../src/delivery/ways/choose.ts';
import { claimForWays, dispatchByWay, type WaysDeps } from '../../../src/delivery/ways/dispatch.ts';
import type { OtherWayName, Words } from '../../../src/delivery/ways/port.ts';
import { wordsFor } from '../../../src/delivery/ways/words.ts';
import { createLog } from '../../../src/log.ts';
import { writeEvents } from '../../../src/store/events.ts';
import { meetPerson, saveConversation } from '../../../src/store/people.ts';
import { empty, MINUTE_MS, NOW, seedMailbox, seedNudges, seedTenant } from '../../store/seed.ts';
import { meeting } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

type WayOutcome = Extract<Outcome, { kind: 'sent' }> | Retry | Stop;
const DEADLINE = NOW + 10 * MINUTE_MS;
const SENT: WayOutcome = { kind: 'sent', activityId: 'message-id' };
const REFUSED: WayOutcome = { kind: 'stop', reason: 'smtp 550', dropConversation: false };
const BUSY: WayOutcome = { kind: 'retry', reason: 'smtp 451', ambiguous: false };
const IN_DOUBT: WayOutcome = { kind: 'retry', reason: 'smtp cut off', ambiguous: true };
const teams = (status: number, code = '', retryAfterMs?: number): Outcome => outcomeOf({ status, code, retryAfterMs });

describe('by other ways', () => {
  let db: OpenTestDatabase;
  let now: number;
  let tenantId: string;
  let personId: string;
  let deps: DispatcherDeps & WaysDeps;
  let teamsSays: Outcome[];
  let says: Record<OtherWayName, WayOutcome[]>;
  let heard: { way: string; address: string; words: Words }[];
  let atTeams: number;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.way_pace');
    now = NOW;
    teamsSays = [];
    says = { email: [], sms: [] };
    heard = [];
    atTeams = 0;
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId);
    await speak();
    const clock: Clock = {
      now: () => now,
      after: (_, run) => {
        queueMicrotask(run);
        return () => undefined;
      },
    };
    const way = (name: OtherWayName) => ({
      name,
      provider: 'scripted',
      send: async (to: { address: string }, words: Words) => {
        heard.push({ way: name, address: to.address, words });
        return says[name].shift() ?? SENT;
      },
    });
    deps = {
      database: db.database,
      clock,
      log: createLog('silent'),
      random: () => 0.5,
      render: () => ({ card: {}, summary: 'Planning at 10:10', fallbackText: 'Planning starts in 10 minutes.' }),
      kinds: ['reminder', 'digest'],
      charge: () => undefined,
      channel: {
        name: 'scripted',
        send: async () => {
          atTeams += 1;
          return teamsSays.shift() ?? { kind: 'sent', activityId: 'activity' };
        },
      },
      ways: { email: way('email'), sms: way('sms') },
      waysPerMinute: { email: 6_000, sms: 6_000 },
      nextWay: createNextWay(['email', 'sms']),
      destinationOf,
      wordsOf: (message, why, name, to) =>
        wordsFor(name, message, why, `https://bot.example/ways/stop?t=${to.stopToken}`),
    };
    const event = meeting({ id: 'event', startAt: NOW });
    await db.database.inTenant(tenantId, (sql) => writeEvents(sql, tenantId, personId, [event], []));
  });

  const speak = () =>
    db.database.inTenant(tenantId, async (sql) => {
      await saveConversation(sql, tenantId, { conversationId: 'a:chat', kind: 'personal', reference: {} }, now);
      await meetPerson(sql, { tenantId, personId, conversationId: 'a:chat', locale: 'en-GB' }, now);
    });
  const choose = async (...ways: OtherWayName[]) => {
    await db.peek('update cw.person set settings = $1', [JSON.stringify({ ways })]);
    for (const way of ways)
      await db.peek(
        `insert into cw.way (tenant_id, person_id, way, address, confirmed_at, stop_token, created_at)
         values ($1, $2, $3, $4, $5, $6, $5)`,
        [tenantId, personId, way, `${way}@example.com`, new Date(NOW), `token-of-${way}`],
      );
  };
  const plan = async (kind = 'reminder') => {
    await seedNudges(db, { tenantId, personId }, 1, { deadlineAt: DEADLINE, kind });
    await db.peek(`update cw.nudge set facts = '{"subject":"Planning"}'`);
  };
  const step = async () => {
    for (const lease of await claimDue(deps, 8)) await dispatchOne(deps, lease);
    for (const lease of await claimForWays(deps, 8)) await dispatchByWay(deps, lease);
  };
  const row = async () => {
    const [found] = await db.peek<{
      state: string;
      way: string;
      why_way: string | null;
      reason: string | null;
      attempts: number;
      ambiguous: number;
    }>('select state, way, why_way, reason, attempts, ambiguous from cw.nudge');
    assert.ok(found);
    return found;
  };
  const ledger = async () => {
    const { state, way, why_way } = await row();
    return `${state} ${way} ${why_way}`;
  };
  const untilEnded = async () => {
    for (; now < DEADLINE; now += SECOND_MS) {
      await step();
      const { state } = await row();
      if (state !== 'planned' && state !== 'claimed') return;
    }
  };

  describe('what Teams will not take goes by e-mail at once', () => {
    for (const [name, outcome, why] of [
      ['403 ConversationBlockedByUser', teams(403, 'ConversationBlockedByUser'), 'blocked'],
      ['403 BotDisabledByUser', teams(403, 'BotDisabledByUser'), 'blocked'],
      ['403 BotDisabledByAdmin', teams(403, 'BotDisabledByAdmin'), 'blocked'],
      ['403 BotNotInConversationRoster', teams(403, 'BotNotInConversationRoster'), 'blocked'],
      ['403 MessageWritesBlocked', teams(403, 'MessageWritesBlocked'), 'blocked'],
      ['403 NotEnoughPermissions', teams(403, 'NotEnoughPermissions'), 'refused'],
      ['401 BotNotRegistered', teams(401, 'BotNotRegistered'), 'refused'],
      ['404 ConversationNotFound', teams(404, 'ConversationNotFound'), 'noChat'],
      ['400', teams(400, 'BadArgument'), 'refused'],
      ['413', teams(413, 'MessageSizeTooBig'), 'refused'],
      ['500', teams(500, 'ServiceError'), 'refused'],
      ['429 for longer than there is time', teams(429, 'Throttled', 20 * MINUTE_MS), 'busy'],
      ['503 for longer than there is time', teams(503, '', 20 * MINUTE_MS), 'busy'],
    ] as const)
      it(name, async () => {
        await choose('email');
        await plan();
        teamsSays = [outcome];
        await step();
        assert.equal(await ledger(), `sent email ${why}`);
        assert.equal(atTeams, 1);
        assert.deepEqual(
          heard.map(({ way, address }) => `${way} ${address}`),
          ['email email@example.com'],
        );
        assert.match(heard[0]?.words.text ?? '', /^Planning starts in 10 minutes\.[\s\S]*By e-mail, because/);
        assert.match(heard[0]?.words.stopUrl ?? '', /t=token-of-email$/);
        const cards = await db.peek('select 1 from cw.card');
        assert.equal(cards.length, 0, 'a mail can’t be changed later');
      });

    it('there is no chat', async () => {
      await choose('sms');
      await plan();
      await db.peek('delete from cw.conversation');
      await step();
      assert.equal(await ledger(), 'sent sms noChat');
      assert.equal(atTeams, 0);
    });
  });

  it('Teams has its chance first: 429 for a moment is waited for', async () => {
    await choose('email');
    await plan();
    teamsSays = [teams(429, 'Throttled', 2 * SECOND_MS)];
    await untilEnded();
    assert.equal(await ledger(), 'sent teams null');
    assert.equal(heard.length, 0);
  });

  it('Teams that does not answer for long is given up in time for the mail to be read', async () => {
    await choose('email');
    await plan();
    teamsSays = Array.from({ length: 100 }, () => teams(412, 'PreconditionFailed'));
    await untilEnded();
    assert.equal(await ledger(), 'sent email busy');
    assert.ok(now <= DEADLINE - 2 * MINUTE_MS && now > NOW + 4 * MINUTE_MS, `after ${(now - NOW) / MINUTE_MS} min`);
  });

  it('nobody chose another way: as before', async () => {
    await plan();
    teamsSays = [teams(403, 'NotEnoughPermissions')];
    await step();
    assert.equal(await ledger(), 'failed teams null');
  });

  it('an address that is not confirmed is none, and one that was stopped is none', async () => {
    await choose('email', 'sms');
    await db.peek(`update cw.way set confirmed_at = null where way = 'email'`);
    await db.peek(`update cw.way set stopped_at = now() where way = 'sms'`);
    await plan();
    teamsSays = [teams(403, 'BotDisabledByUser')];
    await step();
    assert.equal(await ledger(), 'failed teams null');
    assert.equal(heard.length, 0);
  });

  it('one that is stopped between Teams’ refusal and the mail gets none; the next way does', async () => {
    await choose('email', 'sms');
    await plan();
    teamsSays = [teams(403, 'BotDisabledByUser')];
    for (const lease of await claimDue(deps, 8)) await dispatchOne(deps, lease);
    await db.peek(`update cw.way set stopped_at = now() where way = 'email'`);
    await step();
    await step();
    assert.equal(await ledger(), 'sent sms blocked');
    assert.deepEqual(
      heard.map((one) => one.way),
      ['sms'],
    );
  });

  it('a mail that is refused goes on as an SMS; when that is refused too, it has failed', async () => {
    await choose('email', 'sms');
    await plan();
    teamsSays = [teams(403, 'BotDisabledByUser')];
    says = { email: [REFUSED], sms: [{ ...REFUSED, reason: 'sms 400' }] };
    await untilEnded();
    const { state, way, reason } = await row();
    assert.deepEqual({ state, way, reason }, { state: 'failed', way: 'sms', reason: 'sms 400' });
    assert.equal(heard.length, 2);
  });

  it('a mail server that is busy is tried again, and given up in time for an SMS', async () => {
    await choose('email', 'sms');
    await plan();
    teamsSays = [teams(403, 'BotDisabledByUser')];
    says.email = Array.from({ length: 50 }, () => BUSY);
    await untilEnded();
    assert.equal(await ledger(), 'sent sms blocked');
    assert.ok(heard.filter((one) => one.way === 'email').length > 3);
  });

  it('a mail in doubt is sent again for a reminder, and counted', async () => {
    await choose('email');
    await plan();
    teamsSays = [teams(403, 'BotDisabledByUser')];
    says.email = [IN_DOUBT];
    await untilEnded();
    const { state, ambiguous, attempts } = await row();
    assert.deepEqual({ state, ambiguous, attempts }, { state: 'sent', ambiguous: 1, attempts: 3 });
  });

  it('a digest in doubt at Teams is not said again by mail', async () => {
    await choose('email');
    await plan('digest');
    teamsSays = [teams(504)];
    await untilEnded();
    assert.match(await ledger(), /^unknown teams/);
    assert.equal(heard.length, 0);
  });

  it('a process that dies after the mail went out: a reminder is sent again, a digest is not', async () => {
    for (const [kind, state] of [
      ['reminder', 'sent'],
      ['digest', 'unknown'],
    ] as const) {
      await db.peek('delete from cw.nudge');
      await db.peek('delete from cw.way');
      await speak();
      await choose('email');
      await plan(kind);
      teamsSays = [teams(403, 'BotDisabledByUser')];
      for (const lease of await claimDue(deps, 8)) await dispatchOne(deps, lease);
      const [lease] = await claimForWays(deps, 8);
      assert.ok(lease);
      await db.peek('update cw.nudge set sending_at = now()');
      now += NUDGE_LEASE_MS + SECOND_MS;
      await step();
      assert.equal((await row()).state, state);
      assert.equal((await row()).ambiguous, 1);
    }
  });

  it('nothing goes out by any way while an admin has paused sending, or when watching is off', async () => {
    await choose('email');
    await plan();
    teamsSays = [teams(403, 'BotDisabledByUser')];
    for (const lease of await claimDue(deps, 8)) await dispatchOne(deps, lease);
    const claimed = await claimForWays(deps, 8);
    await db.peek('update cw.tenant set paused_at = now()');
    for (const lease of claimed) await dispatchByWay(deps, lease);
    await step();
    assert.equal((await row()).state, 'planned');
    await db.peek(`update cw.tenant set paused_at = null`);
    await db.peek(`update cw.person set watch = 'off'`);
    await step();
    assert.equal((await row()).state, 'withdrawn');
    assert.equal(heard.length, 0);
  });

  it('keep to the provider’s pace, all instances together', async () => {
    await choose('email');
    deps.waysPerMinute = { email: 60, sms: 60 };
    await seedNudges(db, { tenantId, personId }, 30, { deadlineAt: DEADLINE });
    await db.peek(`update cw.nudge set way = 'email', why_way = 'blocked', facts = '{"subject":"Planning"}'`);
    const slots: number[] = [];
    for (; now < NOW + 10 * SECOND_MS; now += 100)
      for (const lease of [...(await claimForWays(deps, 64)), ...(await claimForWays(deps, 64))])
        slots.push(Math.max(now, lease.slotAt));
    slots.sort((a, b) => a - b);
    for (const [index, slot] of slots.entries())
      if (index > 0) assert.ok(slot - (slots[index - 1] ?? 0) >= 999, 'two within a second');
    assert.ok(slots.length >= 10 && slots.length <= 13, `${slots.length} in ten seconds`);
  });
});
