import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Clock } from '../../src/clock.ts';
import { claimDue, type DispatcherDeps, dispatchOne } from '../../src/delivery/dispatcher.ts';
import { createLog } from '../../src/log.ts';
import { writeEvents } from '../../src/store/events.ts';
import { empty, MINUTE_MS, NOW, seedMailbox, seedNudges, seedTenant } from '../store/seed.ts';
import { meeting } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const CHAT = 'a:chat';

describe('what was planned before access was lost', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  let sent: string[];
  let deps: DispatcherDeps;
  const clock: Clock = {
    now: () => NOW,
    after: (_, run) => {
      queueMicrotask(run);
      return () => undefined;
    },
  };

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    sent = [];
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId);
    await db.peek(
      `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
       values ($1, $2, 'personal', '{}', $3) on conflict do nothing`,
      [tenantId, CHAT, new Date(NOW)],
    );
    await db.peek('update cw.person set conversation_id = $1', [CHAT]);
    deps = {
      database: db.database,
      clock,
      log: createLog('silent'),
      random: () => 0.5,
      render: () => ({ card: {}, summary: '', fallbackText: '' }),
      channel: {
        name: 'none',
        send: async (chat) => {
          sent.push(chat.conversationId);
          return { kind: 'sent', activityId: 'activity' };
        },
      },
      kinds: ['reminder'],
    } as Partial<DispatcherDeps> as DispatcherDeps;
    const event = meeting({ id: 'event', startAt: NOW });
    await db.database.inTenant(tenantId, (sql) => writeEvents(sql, tenantId, personId, [event], []));
    await seedNudges(db, { tenantId, personId }, 1, { deadlineAt: NOW + 5 * MINUTE_MS });
  });

  const dispatch = async () => {
    const [lease] = await claimDue(deps, 1);
    assert.ok(lease, 'nothing is due');
    await dispatchOne(deps, lease);
    const [row] = await db.peek<{ state: string }>('select state from cw.nudge');
    return row?.state;
  };

  for (const [watch, state, count] of [
    ['on', 'sent', 1],
    ['reconnect', 'sent', 1],
    ['off', 'withdrawn', 0],
  ] as const)
    it(`is ${state} while watching is “${watch}”`, async () => {
      await db.peek('update cw.person set watch = $1', [watch]);
      assert.equal(await dispatch(), state);
      assert.equal(sent.length, count);
    });
});
