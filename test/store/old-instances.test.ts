/**
 * Migration 0008 while instances of the version before go on: their statements, word for word as in 82bc727, still do
 * what they did, and leave to the new ones what they don't know.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import pg from 'pg';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { claimSends } from '../../src/store/sends.ts';
import { createTestDatabase, type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { empty, MINUTE_MS, NOW, SECOND_MS, seedNudges, seedPerson, seedTenant } from './seed.ts';

const LEASE_MS = 30 * SECOND_MS;
const at = (ms: number) => new Date(ms);

const OLD = {
  claimNudges: `select tenant_id as "tenantId", nudge_id as "nudgeId", fence, slot_at as "slotAt", again
     from cw.claim_nudges($1, $2, $3, $4, $5)`,
  readClaimed: `select nudge_id as "nudgeId", person_id as "personId", mailbox_id as "mailboxId", kind, event_id as "eventId",
       start_at as "startAt", deadline_at as "deadlineAt", facts, wanted, attempts, ambiguous,
       correlation_id as "correlationId"
     from cw.nudge where tenant_id = $1 and nudge_id = $2 and state = 'claimed' and fence = $3`,
  beginSend: `update cw.nudge set sending_at = $4, lease = $5, attempts = attempts + 1
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning attempts`,
  endNudge: `update cw.nudge set state = $4, ended_at = $5, lease = null, sending_at = null, activity_id = $6,
       conversation_id = $7, reason = $8, ambiguous = ambiguous + $9
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning nudge_id`,
  releaseNudge: `update cw.nudge set state = case when wanted then 'planned' else 'withdrawn' end,
       ended_at = case when wanted then null else $5::timestamptz end, lease = null, sending_at = null,
       send_at = least($4::timestamptz, deadline_at), reason = $6, ambiguous = ambiguous + $7, held = $8
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning nudge_id`,
  addNotice: `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
       due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
     values ($1, $2, $3, $4, $5, '', $6, 0, $10, $10, $7, $8, $9, $6, 'planned', $10) on conflict do nothing`,
  ensureTenant:
    'insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, $2, $2) on conflict (tenant_id) do nothing',
  saveConversation: `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, conversation_id) do update set kind = $3, reference = $4, seen_at = $5`,
  missNudges: 'select tenant_id as "tenantId", nudge_id as "nudgeId" from cw.miss_nudges($1, $2)',
  claimCards: 'select tenant_id as "tenantId", nudge_id as "nudgeId", revision from cw.claim_cards($1, $2, $3, $4)',
};

/** Every kind that 82bc727 had a card for. */
const OLD_KINDS = [
  ...['reminder', 'digest', 'agenda', 'inviteePoints', 'pointsOffered', 'prepare', 'leaveBy', 'cantMake', 'change'],
  ...['invitation', 'conflict', 'followUp', 'taskOffered', 'late', 'connected', 'blind', 'reconnect', 'unreadable'],
];

interface OldLease {
  tenantId: string;
  nudgeId: string;
  fence: number;
  slotAt: number;
  again: boolean;
}

describe('an instance of the version before, after migration 0008', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    personId = await seedPerson(db, tenantId);
  });

  const claim = (now = NOW, most = 64): Promise<OldLease[]> =>
    db.database.system.query<OldLease>(OLD.claimNudges, [most, LEASE_MS, 48, SECOND_MS, at(now)]);
  const claimNew = (kinds: string[], now = NOW) =>
    claimSends(db.database.system, { most: 64, leaseMs: LEASE_MS, perSecond: 48, horizonMs: SECOND_MS, kinds }, now);
  const run = (statement: string, values: unknown[]) =>
    db.database.inTenant(tenantId, (sql) => sql.query<Record<string, unknown>>(statement, values));
  const plan = async (kind = 'reminder') => {
    const [id = ''] = await seedNudges(db, { tenantId, personId }, 1, { kind });
    return id;
  };
  const rows = () =>
    db.peek<{ state: string; attempts: number; ambiguous: number; reason: string | null; fence: string }>(
      'select state, attempts, ambiguous, reason, fence from cw.nudge order by nudge_id',
    );
  const only = async (): Promise<OldLease> => {
    const [lease, ...rest] = await claim();
    assert.ok(lease && rest.length === 0);
    return lease;
  };

  it('claims, reads, begins and ends as before', async () => {
    const nudgeId = await plan();
    const lease = await only();
    assert.deepEqual({ ...lease, slotAt: 0 }, { tenantId, nudgeId, fence: 1, slotAt: 0, again: false });
    assert.deepEqual(await claim(), [], 'under lease');
    const [read] = await run(OLD.readClaimed, [tenantId, nudgeId, 1]);
    assert.equal(read?.kind, 'reminder');
    const begun = await run(OLD.beginSend, [tenantId, nudgeId, 1, at(NOW), at(NOW + LEASE_MS)]);
    assert.deepEqual(begun, [{ attempts: 1 }]);
    const ended = await run(OLD.endNudge, [tenantId, nudgeId, 1, 'sent', at(NOW), 'activity', 'chat', null, 0]);
    assert.equal(ended.length, 1);
    assert.equal((await rows())[0]?.state, 'sent');
  });

  it('puts off, and claims again', async () => {
    const nudgeId = await plan();
    await only();
    const again = at(NOW + MINUTE_MS);
    await run(OLD.releaseNudge, [tenantId, nudgeId, 1, again, at(NOW), 'Teams 503', 0, false]);
    assert.deepEqual(await claim(), []);
    assert.equal((await claim(NOW + MINUTE_MS)).length, 1);
  });

  it('loses to a new instance by the fence, and a new one to it', async () => {
    const nudgeId = await plan();
    await only();
    const [taken] = await claimNew(['reminder'], NOW + LEASE_MS);
    assert.equal(taken?.fence, 2);
    assert.deepEqual(await run(OLD.beginSend, [tenantId, nudgeId, 1, at(NOW), at(NOW + LEASE_MS)]), []);
    const [back] = await claim(NOW + 2 * LEASE_MS);
    assert.equal(back?.fence, 3);
  });

  it('knows what a new one began and lost: in doubt', async () => {
    const nudgeId = await plan();
    await claimNew(['reminder']);
    await run(OLD.beginSend, [tenantId, nudgeId, 1, at(NOW), at(NOW + LEASE_MS)]);
    const [lease] = await claim(NOW + LEASE_MS);
    assert.equal(lease?.again, true);
    assert.equal((await rows())[0]?.ambiguous, 1);
  });

  it('claims every kind that it has a card for', async () => {
    for (const kind of OLD_KINDS) await plan(kind);
    const leases = await claim(NOW, 2 * OLD_KINDS.length);
    const more = await claim(NOW + 2 * SECOND_MS, 2 * OLD_KINDS.length);
    assert.equal(leases.length + more.length, OLD_KINDS.length);
  });

  it('leaves kinds alone that it does not know, and a new one takes them', async () => {
    for (const kind of ['welcome', 'a kind of tomorrow']) await plan(kind);
    assert.deepEqual(await claim(), []);
    assert.equal((await claimNew(['welcome'])).length, 1);
    // What came back from a new instance is not its either.
    assert.deepEqual(await claim(NOW + LEASE_MS), []);
  });

  for (const way of ['email', 'sms'])
    it(`leaves alone what goes by ${way}`, async () => {
      await plan();
      await db.peek('update cw.nudge set way = $1', [way]);
      assert.deepEqual(await claim(), []);
      await db.peek(`update cw.nudge set state = 'claimed', lease = $1`, [at(NOW)]);
      assert.deepEqual(await claim(NOW + LEASE_MS), []);
    });

  it('claims neither messages nor cards while an admin has paused everything', async () => {
    const nudgeId = await plan();
    await db.peek(
      `insert into cw.card (tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at, facts,
         shape, sent_at, ends_at, update_at) values ($1, 'shown', $2, 'c', 'a', 'reminder', 'e', $3, '{}', 'whole', $3, $4, $3)`,
      [tenantId, personId, at(NOW), at(NOW + MINUTE_MS)],
    );
    await db.peek('update cw.tenant set paused_at = $1', [at(NOW)]);
    const cards = () => db.database.system.query(OLD.claimCards, [8, LEASE_MS, 48, at(NOW)]);
    assert.deepEqual([await claim(), await cards()], [[], []]);
    await db.peek('update cw.tenant set paused_at = null');
    assert.deepEqual(
      (await claim()).map((one) => one.nudgeId),
      [nudgeId],
    );
    await db.peek('update cw.tenant set pace_at = $1', [at(NOW)]);
    assert.equal((await cards()).length, 1);
  });

  it('writes rows without the new columns, and they are sent as usual', async () => {
    await run(OLD.ensureTenant, [tenantId, at(NOW)]);
    await run(OLD.saveConversation, [tenantId, 'chat', 'personal', '{}', at(NOW)]);
    const until = at(NOW + MINUTE_MS);
    await run(OLD.addNotice, [tenantId, 'n', personId, personId, 'connected', at(NOW), until, '{}', 'c', at(NOW)]);
    assert.deepEqual(
      (await claimNew(['connected'])).map((one) => one.nudgeId),
      ['n'],
    );
    const [row] = await db.peek('select way, why_way from cw.nudge');
    assert.deepEqual(row, { way: 'teams', why_way: null });
    assert.deepEqual(await db.peek('select recent_sends from cw.conversation'), [{ recent_sends: [] }]);
  });

  it('records as missed, with the pause as the reason where that was it', async () => {
    await plan();
    await db.peek('update cw.tenant set paused_at = $1', [at(NOW)]);
    await db.database.system.query(OLD.missNudges, [10, at(NOW + 2 * 60 * MINUTE_MS)]);
    const [row] = await rows();
    assert.deepEqual([row?.state, row?.reason], ['missed', 'sending was paused']);
  });
});

describe('a database of the version before', () => {
  it('is brought up to date with all that is in it, and nothing is lost or said twice', async () => {
    const made = await createTestDatabase();
    const owner = new pg.Client({ connectionString: made.ownerUrl });
    const appRole = `app_old_${process.pid}`;
    try {
      await migrate({ ownerUrl: made.ownerUrl, appRole });
      await owner.connect();
      await owner.query('drop schema cw cascade; delete from public.cw_migration');
      // As the version before left it.
      for (const { name, sql, sha256 } of (await readMigrations()).filter((one) => one.name < '0008')) {
        await owner.query(sql.replaceAll(':app_role', `"${appRole}"`));
        await owner.query('insert into public.cw_migration values ($1, $2, $3)', [name, sha256, at(NOW)]);
      }
      await owner.query(`insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ('t', $1, $1)`, [at(NOW)]);
      await owner.query(`insert into cw.person (tenant_id, person_id, seen_at) values ('t', 'p', $1)`, [at(NOW)]);
      const states = ['planned', 'claimed', 'sent', 'missed', 'failed', 'unknown', 'withdrawn'];
      for (const state of states)
        await owner.query(
          `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms,
             earliest_at, due_at, deadline_at, facts, correlation_id, planned_at, state, send_at, lease)
           values ('t', $1, 'p', 'p', 'reminder', 'e', $2, 0, $2, $2, $3, '{}', 'c', $2, $1, $2,
             case when $1 = 'claimed' then $3::timestamptz end)`,
          [state, at(NOW), at(NOW + MINUTE_MS)],
        );
      const ran = await migrate({ ownerUrl: made.ownerUrl, appRole });
      assert.equal(ran[0], '0008_delivery_at_scale.sql');
      const { rows } = await owner.query<{ nudge_id: string; state: string; way: string }>(
        'select nudge_id, state, way from cw.nudge order by nudge_id',
      );
      assert.deepEqual(
        rows,
        [...states].sort().map((state) => ({ nudge_id: state, state, way: 'teams' })),
      );
      const { rows: claimed } = await owner.query<{ nudge_id: string }>(
        `select nudge_id from cw.claim_sends(64, 30000, 48, 1000, array['reminder'], $1)`,
        [at(NOW)],
      );
      assert.deepEqual(claimed, [{ nudge_id: 'planned' }], 'what another instance has under lease is left to it');
    } finally {
      await owner.end();
      await made.drop();
    }
  });
});
