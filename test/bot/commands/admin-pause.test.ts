import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { pressResumeAll } from '../../../src/bot/actions/admin.ts';
import { adminDeliveries } from '../../../src/bot/commands/admin-deliveries.ts';
import { adminPause, adminResume } from '../../../src/bot/commands/admin-pause.ts';
import { watchStatus } from '../../../src/bot/commands/watch.ts';
import type { Services, Turn } from '../../../src/bot/services.ts';
import type { Clock } from '../../../src/clock.ts';
import { claimCards } from '../../../src/store/cards.ts';
import { beginSend, missNudges } from '../../../src/store/nudges.ts';
import { claimSends, createSends } from '../../../src/store/sends.ts';
import { HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedNudges, seedTenant } from '../../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { Stage } from '../actions/stage.ts';

const LEASE_MS = 30 * SECOND_MS;
const NOT_ADMIN = /That is for admins/;

describe('admin pause all', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let services: Services;
  let admin: string;
  let person: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    stage = new Stage(db);
    await stage.begin();
    admin = await stage.person('admin');
    person = await stage.person('person');
    await db.peek('update cw.person set is_admin = true where person_id = $1', [admin]);
    services = { ...stage.services(), ways: {}, intervals: { catchUpMs: HOUR_MS } } as Services;
  });

  const turn = (personId: string): Turn => ({
    tenantId: stage.tenantId,
    personId,
    conversationId: 'c',
    locale: 'en-GB',
    timeZone: 'Europe/Berlin',
  });
  const words = async (command: typeof adminPause, personId: string, rest = '') =>
    (await command.run(services, turn(personId), rest))?.fallbackText ?? '';
  const plan = (count: number, more: Parameters<typeof seedNudges>[3] = {}) =>
    seedNudges(db, { tenantId: stage.tenantId, personId: person }, count, more);
  const claim = () =>
    claimSends(
      db.database.system,
      { most: 64, leaseMs: LEASE_MS, perSecond: 48, horizonMs: 2 * SECOND_MS, kinds: ['reminder', 'digest'] },
      stage.now,
    );
  const states = () =>
    db.peek<{ state: string; reason: string | null }>('select state, reason from cw.nudge order by nudge_id');

  it('stops claims at once, and says what is held, since when, by whom, and how it ends', async () => {
    await plan(3);
    await plan(2, { dueAt: NOW + 30 * MINUTE_MS });
    await plan(1, { kind: 'digest' });
    await plan(4, { dueAt: NOW + 2 * HOUR_MS, deadlineAt: NOW + 3 * HOUR_MS });
    const said = await words(adminPause, admin, 'all');
    assert.match(
      said,
      /^Sending is paused for everybody\. From this moment nothing is sent to anybody\. Nothing is on its way/,
    );
    assert.match(said, /since today 10:00, by you/);
    assert.match(said, /Held: Reminder: 3 due now, 2 within the next hour; Daily digest: 1 due now\./);
    assert.match(said, /“admin resume all”/);
    assert.deepEqual(await claim(), []);
  });

  it('counts what is on its way, by every way, and only that', async () => {
    await plan(3);
    const leases = await claim();
    assert.equal(leases.length, 3);
    for (const lease of leases.slice(0, 2)) await stage.inTenant((sql) => beginSend(sql, lease, LEASE_MS, stage.now));
    const said = await words(adminPause, admin, 'all');
    assert.match(said, /2 messages are on the way already and can’t be called back/);
    assert.match(said, /Held: Reminder: 1 due now\./, 'what is claimed and has not begun is held');
    assert.doesNotMatch(await words(adminPause, admin), /on the way/, 'only then');
  });

  it('waits for who is just beginning, and counts it; who begins after that does not', async () => {
    await plan(2);
    const [first, second] = await claim();
    assert.ok(first && second);
    let isHeld = () => {};
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const beginning = stage.inTenant(async (sql) => {
      await beginSend(sql, first, LEASE_MS, stage.now);
      isHeld();
      await waiting;
    });
    await held;
    const said = words(adminPause, admin, 'all');
    const paused = async () => (await db.peek('select from cw.tenant where paused_at is not null')).length === 1;
    while (!(await paused()));
    const after: Clock['after'] = (_, run) => {
      queueMicrotask(run);
      return () => undefined;
    };
    const clock: Clock = { now: () => stage.now, after };
    const late = await createSends(db.database.system, clock).begin({ lease: second, leaseMs: LEASE_MS });
    assert.deepEqual([late?.begun, late?.isPaused], [false, true]);
    goOn();
    await beginning;
    assert.match(await said, /One message is on the way already/);
  });

  it('shows cards anew only after it', async () => {
    await db.peek(
      `insert into cw.card (tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at, facts,
         shape, sent_at, ends_at, update_at) values ($1, 'shown', $2, 'c', 'a', 'reminder', 'e', $3, '{}', 'whole', $3, $4, $3)`,
      [stage.tenantId, person, new Date(NOW), new Date(NOW + HOUR_MS)],
    );
    const cards = () => claimCards(db.database.system, { most: 8, leaseMs: LEASE_MS, perSecond: 48 }, stage.now);
    await words(adminPause, admin, 'all');
    assert.deepEqual(await cards(), []);
    await words(adminResume, admin, 'all');
    assert.equal((await cards()).length, 1);
  });

  it('is shown in watch status and in admin deliveries: to admins with the way out, to others as theirs', async () => {
    assert.doesNotMatch(await words(watchStatus, person), /paused/);
    await words(adminPause, admin, 'all');
    assert.match(await words(watchStatus, person), /Your admin has paused my messages, since today 10:00/);
    assert.doesNotMatch(await words(watchStatus, person), /admin resume/);
    assert.match(await words(watchStatus, admin), /Sending is paused for everybody, since today 10:00, by you/);
    await db.peek('update cw.tenant set paused_by = $1', [person]);
    assert.match(await words(watchStatus, admin), /by an admin\. admin resume all ends that/);
    assert.match(await words(adminDeliveries, admin), /Sending is paused for everybody/);
  });

  it('keeps the first word when it is said twice', async () => {
    const other = await stage.person('other');
    await db.peek('update cw.person set is_admin = true where person_id = $1', [other]);
    await words(adminPause, admin, 'all');
    stage.now += MINUTE_MS;
    assert.match(
      await words(adminPause, other, 'all'),
      /Nothing is sent to anybody\. Paused since today 10:00, by an admin/,
    );
  });

  it('ends with admin resume all: what is too late is missed for that reason, the rest is due', async () => {
    await plan(600, { deadlineAt: NOW + 10 * MINUTE_MS });
    await plan(2);
    await words(adminPause, admin, 'all');
    stage.now += 5 * MINUTE_MS;
    assert.deepEqual(await claim(), []);
    stage.now += 10 * MINUTE_MS;
    const said = await words(adminResume, admin, 'all');
    assert.match(said, /^Sending again\. 2 messages that waited go out now\. 600 messages came too late meanwhile/);
    assert.match(said, /paused since today 10:00, by you/);
    assert.equal((await claim()).length, 2);
    const missed = (await states()).filter((one) => one.state === 'missed');
    assert.deepEqual([missed.length, new Set(missed.map((one) => one.reason))], [600, new Set(['sending was paused'])]);
    assert.ok(stage.poked.includes('nudges') && stage.poked.includes('cards'));
    assert.match(await words(watchStatus, person), /600 things I couldn’t tell you.*your admin had paused my messages/);
    assert.match(await words(adminDeliveries, admin), /600 × An admin had paused everything/);
  });

  it('records what comes too late while it lasts, too, and tells of it at the end', async () => {
    await plan(2, { deadlineAt: NOW + MINUTE_MS });
    await db.peek(`update cw.nudge set reason = 'Teams 503'`);
    await words(adminPause, admin, 'all');
    stage.now += 2 * MINUTE_MS;
    assert.equal((await missNudges(db.database.system, 10, stage.now)).length, 2);
    assert.deepEqual(new Set((await states()).map((one) => one.reason)), new Set(['sending was paused']));
    assert.match(await words(adminResume, admin, 'all'), /2 messages came too late meanwhile/);
  });

  it('is no reason for what was too late before, or waits for a chat', async () => {
    const [before = ''] = await plan(1, { deadlineAt: NOW - MINUTE_MS, dueAt: NOW - HOUR_MS });
    const [held = ''] = await plan(1, { deadlineAt: NOW + MINUTE_MS, sendAt: NOW + MINUTE_MS });
    await db.peek(`update cw.nudge set held = true, reason = 'there is no chat with the person' where nudge_id = $1`, [
      held,
    ]);
    assert.match(await words(adminPause, admin, 'all'), /Nothing is due now or within the next hour/);
    stage.now += 2 * MINUTE_MS;
    await missNudges(db.database.system, 10, stage.now);
    const reasons = await db.peek<{ id: string; reason: string }>('select nudge_id as id, reason from cw.nudge');
    assert.deepEqual(Object.fromEntries(reasons.map((one) => [one.id, one.reason])), {
      [before]: 'its moment had passed',
      [held]: 'there is no chat with the person',
    });
  });

  it('ends by the button too', async () => {
    await words(adminPause, admin, 'all');
    const reaction = await pressResumeAll.run(services, turn(admin), {});
    assert.ok('card' in reaction);
    assert.match(reaction.card.fallbackText, /^Sending again\. Nothing waited\. Nothing came too late/);
    assert.match(await words(adminResume, admin, 'all'), /Nothing is paused/);
    assert.match(await words(adminPause, admin), /Nothing is paused/);
  });

  it('is for admins, of their own tenant', async () => {
    const said = async (work: Promise<unknown>) =>
      work.then(
        () => '',
        (error: { say?: string }) => error.say ?? '',
      );
    for (const command of [adminPause, adminResume]) assert.match(await said(words(command, person, 'all')), NOT_ADMIN);
    assert.match(await said(Promise.resolve(pressResumeAll.run(services, turn(person), {}))), NOT_ADMIN);
    const other = await seedTenant(db);
    const owner = { tenantId: other, personId: await seedMailbox(db, other) };
    await seedNudges(db, owner, 1);
    await words(adminPause, admin, 'all');
    assert.equal((await claim()).length, 1);
  });
});
