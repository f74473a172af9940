import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { acceptNotices } from '../../src/store/inbox.ts';
import { prune } from '../../src/store/nudges.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { empty, HOUR_MS, NOW, seedMailbox, seedNudges, seedTenant } from './seed.ts';

const DAY_MS = 24 * HOUR_MS;
const KEEP_FROM = NOW - 30 * DAY_MS;
const OLD = KEEP_FROM - 1;
const at = (ms: number) => new Date(ms);

describe('what is forgotten with time', () => {
  let db: OpenTestDatabase;
  let tenants: string[];
  let boxes: string[];

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.inbox');
    await db.peek('delete from cw.conversation');
    tenants = [await seedTenant(db), await seedTenant(db)];
    boxes = [];
    for (const tenant of tenants) boxes.push(await seedMailbox(db, tenant));
  });

  const step = (most = 100) => prune(db.database.system, most, KEEP_FROM, NOW);
  const nudge = async (state: string, endedAt: number | null, deadlineAt: number, index = 0) => {
    const owner = { tenantId: tenants[index] ?? '', personId: boxes[index] ?? '' };
    const [id = ''] = await seedNudges(db, owner, 1, { state, deadlineAt, dueAt: deadlineAt - HOUR_MS });
    await db.peek('update cw.nudge set ended_at = $2 where nudge_id = $1', [id, endedAt === null ? null : at(endedAt)]);
    return id;
  };
  const change = (id: string, noticedAt: number, index = 0) =>
    db.peek(
      `insert into cw.change (tenant_id, mailbox_id, change_id, event_id, kind, noticed_at, correlation_id)
       values ($1, $2, $3, 'e', 'moved', $4, 'c')`,
      [tenants[index], boxes[index], id, at(noticedAt)],
    );
  const signIn = (id: string, expiresAt: number, index = 0) =>
    db.peek(
      `insert into cw.sign_in (tenant_id, state_hash, person_id, conversation_id, verifier, expires_at)
       values ($1, $2, $3, 'c', 'v', $4)`,
      [tenants[index], id, boxes[index], at(expiresAt)],
    );
  const notice = (index: number, now: number) =>
    acceptNotices(
      db.database.system,
      [
        {
          tenantId: tenants[index] ?? '',
          mailboxId: boxes[index] ?? '',
          duty: 'sync',
          subscriptionId: 's',
          word: 'updated',
          correlationId: 'c',
        },
      ],
      now,
    );
  /** As one that slipped in while its mailbox was deleted. */
  const orphan = (mailboxId: string, receivedAt: number) =>
    db.peek(
      `insert into cw.inbox (tenant_id, mailbox_id, duty, subscription_id, word, correlation_id, received_at)
       values ($1, $2, 'sync', 's', 'updated', 'c', $3)`,
      [tenants[0], mailboxId, at(receivedAt)],
    );
  const ids = async (table: string, column: string) =>
    (await db.peek<{ id: string }>(`select ${column} as id from cw.${table} order by 1`)).map((one) => one.id);

  it('is what ended long ago, of every tenant, and nothing else', async () => {
    const kept = [
      await nudge('planned', null, OLD),
      await nudge('claimed', null, OLD),
      await nudge('sent', KEEP_FROM, OLD),
      await nudge('sent', OLD, KEEP_FROM),
      await nudge('withdrawn', OLD, NOW + DAY_MS, 1),
      await nudge('missed', NOW, NOW),
    ];
    for (const [index, state] of ['sent', 'withdrawn', 'missed', 'failed', 'unknown'].entries())
      await nudge(state, OLD, OLD, index % 2);
    await change('old', OLD);
    await change('old too', OLD, 1);
    await change('kept', KEEP_FROM);
    await signIn('expired', NOW - 1);
    await signIn('expired too', NOW - 1, 1);
    await signIn('open', NOW);
    await notice(0, OLD);
    await orphan('gone', OLD);
    await orphan('just gone', KEEP_FROM);

    assert.equal(await step(), 5 + 2 + 2 + 1);
    assert.deepEqual(await ids('nudge', 'nudge_id'), kept.sort());
    assert.deepEqual(await ids('change', 'change_id'), ['kept']);
    assert.deepEqual(await ids('sign_in', 'state_hash'), ['open']);
    assert.deepEqual(await ids('inbox', 'mailbox_id'), [boxes[0], 'just gone'].sort());
    assert.equal((await ids('mailbox', 'mailbox_id')).length, 2);
    assert.equal((await ids('person', 'person_id')).length, 2);
    assert.equal(await step(), 0, 'there is an end');
  });

  it('is also a chat that leads to nobody and was not heard of for 30 days', async () => {
    const chat = (id: string, seenAt: number, index = 0) =>
      db.peek(`insert into cw.conversation values ($1, $2, 'personal', '{}', $3)`, [tenants[index], id, at(seenAt)]);
    await chat('dead', OLD);
    await chat('dead too', OLD - 1, 1);
    await chat('heard of', KEEP_FROM);
    await chat('led to', OLD);
    await db.peek(`update cw.person set conversation_id = 'led to' where tenant_id = $1`, [tenants[0]]);
    // The same id in another tenant leads to nobody there.
    await chat('led to', OLD, 1);
    assert.equal(await step(1), 1);
    assert.equal(await step(), 2);
    assert.deepEqual(await ids('conversation', 'conversation_id'), ['heard of', 'led to']);
    assert.equal(await step(), 0);
  });

  it('goes in steps of the given size, the oldest first', async () => {
    for (const days of [3, 1, 2]) await change(`${days}`, OLD - days * DAY_MS);
    assert.equal(await step(2), 2);
    assert.deepEqual(await ids('change', 'change_id'), ['1']);
    assert.equal(await step(2), 1);
  });

  it('goes at once with a mailbox: its inbox, and no other’s', async () => {
    await notice(0, NOW);
    await notice(0, NOW);
    await notice(1, NOW);
    await db.peek('delete from cw.mailbox where mailbox_id = $1', [boxes[0]]);
    assert.deepEqual(await ids('inbox', 'mailbox_id'), [boxes[1]]);
  });
});
