import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { SAVE_FOR_ALL, SAVE_SETTINGS } from '../../../src/bot/cards/settings.ts';
import { replanTenant } from '../../../src/store/people.ts';
import { MINUTE } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../../support/product.ts';
import { until } from '../../support/until.ts';

const HOUR_MS = 60 * MINUTE;
const DAY_MS = 24 * HOUR_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('control, against the sandbox', () => {
  let product: TestProduct;
  let ada: TestPerson;

  before(async () => {
    product = await startProduct();
  });
  after(async () => product?.stop());

  const store = () => product.sandbox.graph.store;
  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const meeting = (subject: string, startAt: number, more: object = {}) => ({
    subject,
    start: at(startAt),
    end: at(startAt + 30 * MINUTE),
    ...more,
  });
  const settingsOf = async (who: TestPerson): Promise<Record<string, unknown>> => {
    const [row] = await product.peek<{ settings: Record<string, unknown> }>(
      'select settings from cw.person where person_id = $1',
      [who.person.oid],
    );
    return row?.settings ?? {};
  };
  const planned = async (who: TestPerson): Promise<string[]> => {
    const rows = await product.peek<{ kind: string; subject: string }>(
      `select kind, facts ->> 'subject' as subject from cw.nudge where person_id = $1 and state = 'planned'`,
      [who.person.oid],
    );
    return rows.map((row) => `${row.kind} ${row.subject}`);
  };
  const say = async (who: TestPerson, text: string, pattern: RegExp) => {
    await product.say(who, text);
    return wordsOf(await product.hear(who, pattern));
  };
  /** The card that is shown in place of the one that was pressed, or the words. */
  const pressed = async (who: TestPerson, verb: string, data: Record<string, unknown> = {}): Promise<string> => {
    const { body } = await product.press(who, verb, data);
    return JSON.stringify((body as { value: unknown }).value);
  };

  beforeEach(async () => {
    ada = product.addPerson('Ada Control');
    // Tomorrow, so that nothing is said while we look.
    const start = Date.now() + DAY_MS;
    store().create(actor(ada), meeting('Weekly sync', start));
    store().create(actor(ada), meeting('Weekly report', start + HOUR_MS));
    await product.connect(ada);
    await until('the plan follows', async () => (await planned(ada)).includes('reminder Weekly sync'));
  });

  it('typed settings are saved, and plans follow', async () => {
    await say(ada, 'remind 30 10', /30 and 10 min/);
    assert.deepEqual((await settingsOf(ada)).remindMinutes, [30, 10]);
    assert.equal((await planned(ada)).filter((one) => one === 'reminder Weekly sync').length, 2);
    await say(ada, 'mute reminders', /Reminders\*?\*?: off/);
    assert.ok(!(await planned(ada)).some((one) => one.startsWith('reminder')));
    // Who sets when reminders come wants them.
    await say(ada, 'remind 20', /20 min/);
    assert.deepEqual((await settingsOf(ada)).kinds, { reminder: true });
    assert.ok((await planned(ada)).includes('reminder Weekly sync'));
    await say(ada, 'remind as in outlook', /when Outlook would/);
    await say(ada, 'remind', /when Outlook would/);
    await say(ada, 'digest 7:30', /7:30|07:30/);
    const { digestAt, digestSince } = await settingsOf(ada);
    assert.equal(digestAt, '07:30');
    assert.ok(Date.now() - Number(digestSince) < MINUTE);
    await say(ada, 'quiet 22-7', /quiet from 22:00 to 07:00/);
    await say(ada, 'private discreet', /nothing but the time/);
    const status = await say(ada, 'watch status', /Quiet hours/);
    assert.match(status, /22:00–07:00/);
  });

  it('the card saves all of it or nothing', async () => {
    await say(ada, 'settings', /What shall I tell you/);
    const refused = await pressed(ada, SAVE_SETTINGS, { remindMinutes: '5', quiet: 'late' });
    assert.match(refused, /Not saved.*From when to when/);
    assert.equal((await settingsOf(ada)).remindMinutes, undefined);
    const saved = await pressed(ada, SAVE_SETTINGS, {
      remindMinutes: '45, 5',
      spareMinutes: '9',
      'kind.agenda': 'false',
    });
    assert.match(saved, /✅ Saved/);
    const settings = await settingsOf(ada);
    assert.deepEqual(settings.remindMinutes, [45, 5]);
    assert.deepEqual(settings.kinds, { agenda: false });
    assert.equal(settings.respectFocus, undefined, 'what nobody touched is not stored');
    assert.equal((await planned(ada)).filter((one) => one === 'reminder Weekly report').length, 2);
  });

  it('a series is muted by words of its subject, and heard again (gcal#59, nc#5951)', async () => {
    const which = await say(ada, 'mute series weekly', /Which series shall I mute/);
    assert.match(which, /Weekly sync[\s\S]*Weekly report/);
    await say(ada, 'mute series sync', /nothing more about[\s\S]*Weekly sync/);
    assert.ok(!(await planned(ada)).includes('reminder Weekly sync'));
    assert.ok((await planned(ada)).includes('reminder Weekly report'));
    await say(ada, 'mute', /1 thing muted[\s\S]*Weekly sync/);
    const [muted] = (await settingsOf(ada)).mutedSeries as { id: string }[];
    assert.match(await pressed(ada, 'mute.remove', { what: 'series', id: muted?.id }), /Nothing is muted/);
    assert.ok((await planned(ada)).includes('reminder Weekly sync'));
    // The button of a meeting's card; one of somebody else's meeting is nobody's here.
    const [row] = await product.peek<{ id: string }>(
      `select event_id as id from cw.nudge where person_id = $1 and facts ->> 'subject' = 'Weekly report' limit 1`,
      [ada.person.oid],
    );
    assert.match(await pressed(ada, 'mute.series', { eventId: row?.id, chosen: true }), /Weekly report/);
    assert.match(await pressed(ada, 'mute.series', { eventId: 'of-somebody-else' }), /don’t find that meeting/);
    assert.match(await pressed(ada, 'mute.series', { eventId: 7 }), /can’t read that button/);
    await say(ada, 'unmute series report', /I speak up again/);
    await say(ada, 'mute series nothing like it', /nothing like/);
    await say(ada, 'mute calendar calendar', /nothing about the calendar/);
    assert.deepEqual((await settingsOf(ada)).mutedCalendars, [{ id: 'default', name: 'Calendar' }]);
    assert.deepEqual(await planned(ada).then((all) => all.filter((one) => one.startsWith('reminder'))), []);
    await say(ada, 'unmute calendar calendar', /I speak up again/);
    await say(ada, 'mute person boss@test.example', /boss@test.example/);
    await say(ada, 'mute person nobody', /Nobody called/);
  });

  it('a pause has an end, and ends before it', async () => {
    await say(ada, 'pause', /Until when/);
    await say(ada, 'pause until the cows come home', /don’t know when/);
    await say(ada, 'pause until 2 hours ago', /over already/);
    await say(ada, 'pause until 1 January 2199', /a year or more/);
    assert.equal((await settingsOf(ada)).pausedUntil, undefined);
    const before = Date.now();
    await say(ada, 'pause 2 hours', /Paused until/);
    const until2 = Number((await settingsOf(ada)).pausedUntil);
    assert.ok(Math.abs(until2 - before - 2 * HOUR_MS) < MINUTE, String(until2));
    await say(ada, 'pause until in 3 days', /Paused until/);
    assert.ok(!(await planned(ada)).some((one) => one.startsWith('reminder')));
    await say(ada, 'watch status', /Paused[\s\S]*until/);
    await say(ada, 'resume', /I’m back/);
    await say(ada, 'resume', /I wasn’t paused/);
    assert.ok((await planned(ada)).includes('reminder Weekly sync'));
  });

  it('a day is asked for in words', async () => {
    await say(ada, 'agenda in 1 day', /Weekly sync|Weekly report/);
    await say(ada, 'agenda 1 Jan 2199', /I know your calendar until/);
    await say(ada, 'agenda next week', /don’t know when “next week” is/);
    await say(ada, 'what’s on in 40 days', /nothing in your calendar/);
  });

  it('an admin decides for everyone, nobody else does', async () => {
    for (const text of ['admin settings', 'admin forbid agenda', 'admin allow agenda'])
      await say(ada, text, /for admins/);
    assert.match(await pressed(ada, SAVE_FOR_ALL, { quiet: '22-7' }), /for admins/);
    ada.person.appRoles = ['CalendarWatch.Admin'];
    await product.peek('update cw.person set is_admin = true where person_id = $1', [ada.person.oid]);
    const ben = product.addPerson('Ben Control');
    store().create(actor(ben), meeting('Ben’s', Date.now() + DAY_MS));
    await product.connect(ben);
    await until('the plan follows', async () => (await planned(ben)).includes('reminder Ben’s'));
    await say(ada, 'admin forbid reminders', /off for everybody/);
    await until('the plan follows', async () => !(await planned(ben)).some((one) => one.startsWith('reminder')));
    await say(ben, 'unmute reminders', /your admin has switched that off/);
    await say(ben, 'remind 5', /your admin has switched off/);
    await say(ben, 'settings', /Reminders: switched off by your admin/);
    await say(ada, 'admin settings', /What counts for everyone/);
    assert.match(await pressed(ada, SAVE_FOR_ALL, { spareMinutes: 'x' }), /Not saved/);
    assert.match(
      await pressed(ada, SAVE_FOR_ALL, { 'allow.reminder': 'true', remindMinutes: '33' }),
      /Saved for everyone/,
    );
    const [row] = await product.peek<{ policy: { defaults: { remindMinutes?: number[] }; forbiddenKinds: string[] } }>(
      'select policy from cw.tenant where tenant_id = $1',
      [ada.person.tenantId],
    );
    assert.deepEqual(row?.policy.forbiddenKinds, []);
    assert.deepEqual(row?.policy.defaults.remindMinutes, [33]);
    await until('the plan follows', async () => (await planned(ben)).includes('reminder Ben’s'));
    // Ben chose five minutes himself; Ada chose nothing. Each is planned anew in a turn of their own.
    const leads = () =>
      product.peek<{ lead: number }>(
        `select distinct lead_ms as lead from cw.nudge where kind = 'reminder' and state = 'planned'
           and person_id = any ($1) order by 1`,
        [[ada.person.oid, ben.person.oid]],
      );
    const wanted = [5 * MINUTE, 33 * MINUTE].join();
    await until('both plans follow', async () => (await leads()).map((one) => one.lead).join() === wanted);
    await product.peek(`update cw.tenant set policy = '{}' where tenant_id = $1`, [ada.person.tenantId]);
  });
});

describe('new plans for everybody', () => {
  let db: OpenTestDatabase;
  const TENANT = '7e570000-0000-4000-8000-00000000000a';
  const NOW = Date.parse('2026-12-01T08:00:00Z');

  before(async () => {
    db = await openTestDatabase();
    await db.peek('insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, now(), now())', [TENANT]);
  });
  after(async () => db?.drop());

  const people = (count: number) =>
    db.peek(
      `insert into cw.person (tenant_id, person_id, locale, time_zone, watch, seen_at)
       select $1, 'p' || n, 'en', 'UTC', case when n % 10 = 0 then 'off' else 'on' end, now() from generate_series(1, $2::int) n
       on conflict do nothing`,
      [TENANT, count],
    );
  const spread = async () => {
    await db.peek('update cw.person set replan_at = null where tenant_id = $1', [TENANT]);
    const count = await db.database.inTenant(TENANT, (sql) => replanTenant(sql, TENANT, NOW));
    const [row] = await db.peek<{ n: number; least: number; most: number }>(
      `select count(replan_at)::int as n, extract(epoch from min(replan_at)) * 1000 as least,
         extract(epoch from max(replan_at)) * 1000 as most from cw.person where tenant_id = $1`,
      [TENANT],
    );
    return { count, n: row?.n, from: Number(row?.least) - NOW, to: Number(row?.most) - NOW };
  };

  it('are made at once for a few, and spread over ten minutes at most for many; only for who is watched', async () => {
    await people(10);
    assert.deepEqual(await spread(), { count: 9, n: 9, from: 0, to: 800 });
    await people(10_000);
    const many = await spread();
    assert.equal(many.count, 9_000);
    assert.equal(many.n, 9_000);
    assert.equal(many.from, 0);
    assert.ok(many.to > 9 * MINUTE && many.to <= 10 * MINUTE, String(many.to));
  });
});
