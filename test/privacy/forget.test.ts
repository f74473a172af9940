/** Forgetting a person, by their word or because they removed the bot long ago. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { afterRemoval } from '../../src/bot/installing.ts';
import type { Services } from '../../src/bot/services.ts';
import { activate } from '../../src/bot/watching.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/clock.ts';
import { DEFAULT_INTERVALS } from '../../src/intervals.ts';
import { createLog } from '../../src/log.ts';
import {
  finishForgetting,
  forgetInSteps,
  forgetPerson,
  LONGEST_FORGETTING_MS,
  whatIsHeld,
} from '../../src/privacy/forget.ts';
import { clearUninstalled, endLeaving, isForgetting, markUninstalled } from '../../src/store/forgetting.ts';
import { meetPerson, saveConversation, setWatch } from '../../src/store/people.ts';
import { empty, NOW } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { PLANTED, plant, tablesWith } from './planted.ts';

describe('forgetting', () => {
  let db: OpenTestDatabase;
  let ada: { tenantId: string; personId: string };
  let bob: typeof ada;
  let namesake: typeof ada;
  let now: number;
  const intervals = DEFAULT_INTERVALS;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    for (const table of ['conversation', 'turn_state', 'app_watch', 'audit', 'inbox'])
      await db.peek(`delete from cw.${table}`);
    ada = { tenantId: randomUUID(), personId: randomUUID() };
    bob = { tenantId: ada.tenantId, personId: randomUUID() };
    namesake = { tenantId: randomUUID(), personId: ada.personId };
    for (const who of [bob, ada]) await plant(db, who, NOW);
    now = NOW + MINUTE_MS;
  });

  const deps = () => ({
    database: db.database,
    clock: { now: () => now, after: () => () => undefined },
    log: createLog('silent'),
    newId: randomUUID,
    intervals,
  });
  const inTenant = <T>(work: Parameters<typeof db.database.inTenant<T>>[1]) => db.database.inTenant(ada.tenantId, work);
  const careIsDone = () => db.peek('delete from cw.mailbox where mailbox_id = $1', [ada.personId]);
  const forget = (who = ada) => forgetPerson(deps(), who, who.personId);
  const comesBack = () =>
    inTenant(async (sql) => {
      const reference = { user: { id: '29:x', aadObjectId: ada.personId } };
      await saveConversation(sql, ada.tenantId, { conversationId: 'new chat', kind: 'personal', reference }, now);
      return meetPerson(sql, { ...ada, conversationId: 'new chat', locale: 'de-DE' }, now);
    });

  it('says before what it would remove, and then what it removed', async () => {
    const held = await whatIsHeld(deps(), ada);
    assert.deepEqual(await forget(), held);
    assert.equal(held.event, 1);
    assert.equal(held.token_cache, 1);
  });

  it('removes all at once but what care needs, and that says nothing of the person', async () => {
    await forget();
    const left = await tablesWith(db, ada.personId);
    assert.deepEqual(left, ['audit', 'mailbox', 'person', 'subscription', 'token_cache']);
    const [person] = await db.peek(
      'select settings, address, conversation_id, is_admin, watch from cw.person where person_id = $1',
      [ada.personId],
    );
    assert.deepEqual(person, { settings: {}, address: null, conversation_id: null, is_admin: false, watch: 'off' });
    const [mailbox] = await db.peek<{ ending: boolean; care: Date }>(
      'select ending, care_due_at as care from cw.mailbox where mailbox_id = $1',
      [ada.personId],
    );
    assert.deepEqual(mailbox, { ending: true, care: new Date(now) });
  });

  it('leaves ids in the audit trail alone once the subscriptions have ended, and others as they were', async () => {
    const before = await tablesWith(db, bob.personId);
    await forget();
    await careIsDone();
    await finishForgetting(deps(), ada);
    assert.deepEqual(await tablesWith(db, ada.personId), ['audit']);
    // Bob did not pause last; what is his is all there.
    assert.deepEqual(await tablesWith(db, bob.personId), before);
    assert.ok((await tablesWith(db, PLANTED)).includes('event'));
    const acts = await db.peek<{ act: string; actor_id: string }>(
      `select act, actor_id from cw.audit where person_id = $1 and act = 'forgot'`,
      [ada.personId],
    );
    assert.deepEqual(acts, [{ act: 'forgot', actor_id: ada.personId }]);
  });

  it('does not reach into another tenant', async () => {
    await plant(db, namesake, NOW);
    await forget();
    const [row] = await db.peek<{ held: number }>('select count(*)::int as held from cw.event where tenant_id = $1', [
      namesake.tenantId,
    ]);
    assert.equal(row?.held, 1);
  });

  it('keeps the tokens until care is done, and no longer than a day', async () => {
    await forget();
    for (const later of [0, LONGEST_FORGETTING_MS - MINUTE_MS]) {
      now = NOW + MINUTE_MS + later;
      await forgetInSteps(deps());
      assert.ok((await tablesWith(db, ada.personId)).includes('token_cache'), `after ${later}`);
    }
    now = NOW + LONGEST_FORGETTING_MS + 2 * MINUTE_MS;
    assert.equal(await forgetInSteps(deps()), 1);
    assert.deepEqual(await tablesWith(db, ada.personId), ['audit']);
    assert.equal(await forgetInSteps(deps()), 0, 'there is an end');
  });

  it('is finished by the job when whoever ended the subscriptions died at that moment', async () => {
    await forget();
    await careIsDone();
    assert.equal(await forgetInSteps(deps()), 1);
    assert.deepEqual(await tablesWith(db, ada.personId), ['audit']);
  });

  it('takes whoever writes again for somebody new, who has no sign-in', async () => {
    await forget();
    now += HOUR_MS;
    const person = await comesBack();
    assert.deepEqual([person.settings, person.address, person.watch], [{}, null, 'off']);
    assert.ok(await inTenant((sql) => isForgetting(sql, ada)));
    await careIsDone();
    await finishForgetting(deps(), ada);
    assert.ok(!(await inTenant((sql) => isForgetting(sql, ada))));
    assert.deepEqual(await tablesWith(db, ada.personId), ['audit', 'conversation', 'person']);
  });

  it('takes nothing of a new sign-in, which comes before watching begins', async () => {
    await forget();
    now += HOUR_MS;
    await comesBack();
    await inTenant((sql) => endLeaving(sql, ada));
    await careIsDone();
    await finishForgetting(deps(), ada);
    assert.ok((await tablesWith(db, ada.personId)).includes('token_cache'));
  });

  it('is the last word: watching that was about to begin does not', async () => {
    const services = {
      ...deps(),
      graph: {
        readMailboxSettings: async () => {
          now += MINUTE_MS;
          await forget();
          return {};
        },
      },
      poke: () => undefined,
    } as unknown as Services;
    await assert.rejects(activate(services, ada), { code: 'SIGN_IN_EXPIRED' });
    assert.ok(await inTenant((sql) => isForgetting(sql, ada)));
  });

  it('counts a removal anew when they had come back in between', async () => {
    const services = { ...deps(), poke: () => undefined } as unknown as Services;
    const removedAt = async () =>
      (
        await db.peek<{ at: Date }>('select uninstalled_at as at from cw.person where person_id = $1', [ada.personId])
      )[0]?.at;
    const turn = { ...ada, conversationId: 'chat', locale: 'de-DE', timeZone: 'UTC' };
    await afterRemoval(services, turn);
    const first = await removedAt();
    now += HOUR_MS;
    await afterRemoval(services, turn);
    assert.deepEqual(await removedAt(), first, 'told twice');
    now += DAY_MS;
    await comesBack();
    now += DAY_MS;
    await afterRemoval(services, turn);
    assert.deepEqual(await removedAt(), new Date(now));
  });

  it('leaves in peace who signed in again meanwhile', async () => {
    await forget();
    now += HOUR_MS;
    await comesBack();
    await inTenant((sql) => setWatch(sql, ada.tenantId, ada.personId, 'on', now));
    now += 2 * DAY_MS;
    assert.equal(await forgetInSteps(deps()), 0);
    assert.ok((await tablesWith(db, ada.personId)).includes('token_cache'));
  });

  it('twice, or of nobody, is nothing more', async () => {
    await forget();
    await careIsDone();
    await finishForgetting(deps(), ada);
    assert.equal(await forget(), undefined);
  });

  describe('after the bot was removed', () => {
    const AFTER = intervals.uninstallKeepMs;
    const remove = async (at = NOW) => {
      await inTenant((sql) => markUninstalled(sql, ada, at));
      await inTenant((sql) => setWatch(sql, ada.tenantId, ada.personId, 'off', null));
      await db.peek('update cw.person set seen_at = $2 where person_id = $1', [ada.personId, new Date(at - 1)]);
    };

    it('waits for the time that configuration says, then goes by itself, once for two instances', async () => {
      await remove();
      now = NOW + AFTER;
      assert.equal(await forgetInSteps(deps()), 0);
      assert.ok((await tablesWith(db, ada.personId)).includes('place'));
      now += 1;
      const done = await Promise.all([forgetInSteps(deps()), forgetInSteps(deps())]);
      assert.equal(done[0] + done[1], 1);
      const acts = await db.peek(`select actor_id from cw.audit where act = 'forgot'`);
      assert.deepEqual(acts, [{ actor_id: null }]);
    });

    it('does not come about for who is back', async () => {
      await remove();
      await inTenant((sql) => clearUninstalled(sql, ada));
      now = NOW + 2 * AFTER;
      assert.equal(await forgetInSteps(deps()), 0);
    });

    it('does not come about for who wrote since, or is watched', async () => {
      await remove();
      await db.peek('update cw.person set seen_at = $2 where person_id = $1', [ada.personId, new Date(NOW + 1)]);
      now = NOW + 2 * AFTER;
      assert.equal(await forgetInSteps(deps()), 0);
      await remove();
      await inTenant((sql) => setWatch(sql, ada.tenantId, ada.personId, 'on', now));
      assert.equal(await forgetInSteps(deps()), 0);
    });

    it('keeps the first removal, what was on, and what they had declined themselves', async () => {
      const row = async () =>
        (
          await db.peek<{ removed: Date | null; before: boolean; declined: Date | null }>(
            'select uninstalled_at as removed, watched_before as before, declined_at as declined from cw.person where person_id = $1',
            [ada.personId],
          )
        )[0];
      await remove();
      await remove(NOW + HOUR_MS);
      assert.deepEqual(await row(), { removed: new Date(NOW), before: true, declined: new Date(NOW) });
      await inTenant((sql) => clearUninstalled(sql, ada));
      assert.deepEqual(await row(), { removed: null, before: false, declined: null });
      await db.peek('update cw.person set declined_at = $2 where person_id = $1', [ada.personId, new Date(NOW - 1)]);
      await remove();
      await inTenant((sql) => clearUninstalled(sql, ada));
      assert.deepEqual((await row())?.declined, new Date(NOW - 1));
    });
  });
});
