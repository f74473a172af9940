import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { pressWatchTenant } from '../../../src/bot/actions/admin.ts';
import { watchEndedCard, watchedByAdminCard } from '../../../src/bot/cards/app-watch.ts';
import { adminCheck } from '../../../src/bot/commands/admin-check.ts';
import { adminUnwatch, adminWatch, groupIn } from '../../../src/bot/commands/admin-watch.ts';
import { hear } from '../../../src/bot/commands/commands.ts';
import { signOut } from '../../../src/bot/commands/sign-out.ts';
import { signIn, watchOff, watchOn } from '../../../src/bot/commands/watch.ts';
import { type Findings, judge, type Level, unscopedIn } from '../../../src/bot/scope-check.ts';
import type { Services, Turn } from '../../../src/bot/services.ts';
import { afterSignIn } from '../../../src/bot/signed-in.ts';
import { CalendarWatchError } from '../../../src/errors.ts';
import { GraphFailure } from '../../../src/graph/failures.ts';
import type { Access, Reach } from '../../../src/graph/port.ts';
import { leave, takeMembers } from '../../../src/store/app-members.ts';
import { saveSignIn } from '../../../src/store/tokens.ts';
import { HOUR_MS, NOW, seedSubscription } from '../../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { testVault } from '../../support/vault.ts';
import { Stage } from '../actions/stage.ts';

const GROUP = 'aaaaaaaa-0000-4000-8000-000000000001';
const NOT_ADMIN = /somebody who is no admin/;

describe('admin watch', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let services: Services;
  let admin: string;
  let person: string;
  let failure: unknown;
  let permissions: () => string[];
  let reach: (mailbox: string) => Reach;
  let probed: string[];
  /** While Graph is asked for a profile. */
  let meanwhile: () => Promise<unknown>;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    stage = new Stage(db);
    await stage.begin();
    for (const table of ['app_watch', 'audit']) await db.peek(`delete from cw.${table}`);
    admin = await stage.person('admin');
    person = await stage.person('person');
    await db.peek('update cw.person set is_admin = true where person_id = $1', [admin]);
    failure = undefined;
    permissions = () => [];
    reach = () => 'refused';
    probed = [];
    meanwhile = async () => undefined;
    const asked = async <T>(access: Access, result: T): Promise<T> => {
      assert.equal(access.personId, '', 'as the application');
      if (failure) throw failure;
      return result;
    };
    services = {
      ...stage.services(),
      intervals: { catchUpMs: HOUR_MS },
      application: { permissions: async () => permissions() },
      tokens: {
        get: async () => {
          throw new CalendarWatchError('RECONNECT_NEEDED', 'no tokens');
        },
        drop: () => undefined,
      },
      signIn: { begin: async () => 'https://watch.example/auth/start?state=x' },
      graph: {
        readGroup: (access: Access, name: string) => asked(access, { groupId: GROUP, name: `Team ${name}` }),
        countPeople: (access: Access) => asked(access, 20_000),
        findPersonId: async () => undefined,
        readMailboxSettings: async () => {
          await meanwhile();
          return {};
        },
        probeCalendar: (access: Access) => {
          probed.push(access.mailboxId);
          return asked(access, reach(access.mailboxId));
        },
      },
    } as unknown as Services;
  });

  const turn = (personId: string): Turn => ({
    tenantId: stage.tenantId,
    personId,
    conversationId: 'c',
    locale: 'en-GB',
    timeZone: 'Europe/Berlin',
  });
  const words = async (command: typeof adminWatch, personId: string, rest = '') =>
    (await command.run(services, turn(personId), rest))?.fallbackText ?? '';
  const watches = () =>
    db.peek<{ kind: string; object_id: string; label: string; ending: boolean }>(
      'select kind, object_id, label, ending from cw.app_watch order by kind',
    );
  const join = async (...ids: string[]) => {
    const [{ watch_id: watchId } = { watch_id: '' }] = await db.peek<{ watch_id: string }>(
      'select watch_id from cw.app_watch',
    );
    const members = ids.map((personId) => ({ personId, dueAt: NOW }));
    await stage.inTenant((sql) => takeMembers(sql, { tenantId: stage.tenantId, watchId }, members, NOW));
  };

  it('is for admins', async () => {
    for (const command of [adminWatch, adminUnwatch, adminCheck])
      for (const rest of ['', 'tenant', `group ${GROUP}`])
        await assert.rejects(command.run(services, turn(person), rest), NOT_ADMIN);
    await assert.rejects(pressWatchTenant.run(services, turn(person), {}), NOT_ADMIN);
    assert.deepEqual(await watches(), []);
  });

  it('watches a group, keeps its name as it is written, and wakes the job', async () => {
    const heard = hear('admin watch group Vertrieb Süd');
    assert.equal(heard?.command, adminWatch);
    assert.match(
      await words(adminWatch, admin, heard?.rest),
      /who is in Team Vertrieb Süd, and watch for them from now/,
    );
    assert.match(await words(adminWatch, admin, `group ${GROUP}`), /already/);
    assert.deepEqual(await watches(), [{ kind: 'group', object_id: GROUP, label: `Team ${GROUP}`, ending: false }]);
    assert.deepEqual(stage.poked, ['groups', 'groups']);
  });

  for (const [text, name] of [
    ['group Sales', 'Sales'],
    ['GROUP "Sales and more"', 'Sales and more'],
    ['group „Vertrieb“', 'Vertrieb'],
    ['group', undefined],
    ['groups', undefined],
    ['Sales', undefined],
    [`group ${'x'.repeat(257)}`, undefined],
  ] as const)
    it(`hears “${text.slice(0, 20)}” as ${name ?? 'nothing'}`, () => assert.equal(groupIn(text), name));

  it('asks before it watches everybody, and says how many', async () => {
    const card = await adminWatch.run(services, turn(admin), 'tenant');
    assert.match(card?.fallbackText ?? '', /about 20000 people/);
    assert.match(JSON.stringify(card?.card.actions), /admin\.watch\.tenant/);
    assert.deepEqual(await watches(), []);
    await pressWatchTenant.run(services, turn(admin), {});
    assert.deepEqual(await watches(), [{ kind: 'tenant', object_id: '', label: 'Everybody', ending: false }]);
  });

  for (const [name, error, pattern] of [
    ['the permission is missing', new GraphFailure('forbidden', 403, 'x', undefined), /GroupMember\.Read\.All/],
    ['there is no such group', new CalendarWatchError('GROUP_NOT_FOUND', 'x', { say: 'No such group.' }), /No such/],
    ['Graph is busy', new GraphFailure('throttled', 429, 'x', 1), /try again in a minute/],
    ['Graph refuses the token', new GraphFailure('unauthorized', 401, 'x', undefined), /consented in your tenant/],
  ] as const)
    it(`says what to do when ${name}`, async () => {
      failure = error;
      assert.match(await words(adminWatch, admin, 'group Sales'), pattern);
      assert.match(await words(adminWatch, admin, 'tenant'), pattern);
      assert.deepEqual(await watches(), []);
    });

  it('lists what is watched, and what is wrong', async () => {
    assert.match(await words(adminWatch, admin), /I watch for nobody/);
    await words(adminWatch, admin, 'group Sales');
    await join('ada', 'ben', 'cid');
    await db.peek(`update cw.mailbox set unreadable_since = $1 where mailbox_id = 'ada'`, [new Date(NOW)]);
    await watchOff.run(services, turn('ben'), '');
    await db.peek(`update cw.app_watch set problem = 'forbidden'`);
    assert.match(
      await words(adminWatch, admin),
      /Team Sales: 3 members, 2 watched, 1 switched it off, 1 can’t be read\. The application may not read members/,
    );
    const card = JSON.stringify(await adminWatch.run(services, turn(admin), ''));
    assert.match(card, new RegExp(`admin unwatch group ${GROUP}`));
    assert.doesNotMatch(card, /ben|@test/);
  });

  it('ends what is meant by id or name, whatever the case, and nothing else', async () => {
    await words(adminWatch, admin, 'group Sales');
    for (const rest of ['', 'group', 'tenant', 'group Marketing'])
      assert.match(await words(adminUnwatch, admin, rest), /I don’t watch that/);
    assert.match(await words(adminUnwatch, admin, 'group team SALES'), /ending it for Team Sales/);
    assert.equal((await watches())[0]?.ending, true);
    const acts = await db.peek('select actor_id, person_id, act, detail from cw.audit order by act desc');
    const about = { actor_id: admin, person_id: null, detail: { kind: 'group', groupId: GROUP } };
    assert.deepEqual(acts, [
      { ...about, act: 'adminWatch' },
      { ...about, act: 'adminUnwatch' },
    ]);
  });

  it('needs no sign-in of a member: “watch off” holds, and “watch on” takes it back', async () => {
    await words(adminWatch, admin, 'group Sales');
    await join('ada');
    const state = async () =>
      (
        await db.peek(
          `select watch, access, declined_at is not null as declined from cw.person where person_id = 'ada'`,
        )
      )[0];
    await watchOff.run(services, turn('ada'), '');
    await join('ada');
    assert.deepEqual(await state(), { watch: 'off', access: 'application', declined: true });
    assert.equal(await watchOn.run(services, turn('ada'), ''), undefined, 'no sign-in card');
    assert.deepEqual(await state(), { watch: 'on', access: 'application', declined: false });
  });

  it('wants the sign-in of who is in the group no more', async () => {
    await words(adminWatch, admin, 'group Sales');
    await join('ada');
    await watchOff.run(services, turn('ada'), '');
    await words(adminUnwatch, admin, `group ${GROUP}`);
    assert.match((await watchOn.run(services, turn('ada'), ''))?.summary ?? '', /Sign in/i);
  });

  it('does not read for who leaves the group while they begin', async () => {
    await words(adminWatch, admin, 'group Sales');
    await join('ada');
    await watchOff.run(services, turn('ada'), '');
    const [{ watch_id: watchId } = { watch_id: '' }] = await db.peek<{ watch_id: string }>(
      'select watch_id from cw.app_watch',
    );
    const leaves = () =>
      stage.inTenant((sql) => leave(sql, { tenantId: stage.tenantId, watchId }, 'ada', NOW).then((left) => left));
    const state = async () => (await db.peek(`select watch, access from cw.person where person_id = 'ada'`))[0];
    meanwhile = leaves;
    assert.match((await watchOn.run(services, turn('ada'), ''))?.summary ?? '', /Sign in/i);
    assert.equal((await state())?.watch, 'off');
    // With a sign-in of their own they go on by that.
    await join('ada');
    await watchOff.run(services, turn('ada'), '');
    await db.peek(`insert into cw.token_cache values ($1, 'ada', 'sealed', 1)`, [stage.tenantId]);
    assert.equal(await watchOn.run(services, turn('ada'), ''), undefined);
    assert.deepEqual(await state(), { watch: 'on', access: 'delegated' });
  });

  it('forgets another account’s calendar when “watch on” has the application read', async () => {
    await words(adminWatch, admin, 'group Sales');
    await join(person);
    await db.peek(`update cw.person set watch = 'reconnect', account_id = 'other' where person_id = $1`, [person]);
    await db.peek(`update cw.feed set delta_link = 'of that account' where mailbox_id = $1`, [person]);
    await seedSubscription(db, { tenantId: stage.tenantId, mailboxId: person });
    assert.equal(await watchOn.run(services, turn(person), ''), undefined);
    assert.deepEqual(
      await db.peek('select watch, access, account_id, own_before from cw.person where person_id = $1', [person]),
      [{ watch: 'on', access: 'application', account_id: null, own_before: false }],
    );
    assert.deepEqual(await db.peek('select delta_link from cw.feed where mailbox_id = $1', [person]), [
      { delta_link: null },
    ]);
    assert.deepEqual(await db.peek('select from cw.subscription'), []);
  });

  it('goes back to their own sign-in, for whom it took over at their “watch on”', async () => {
    await words(adminWatch, admin, 'group Sales');
    await join(person);
    await db.peek(`update cw.person set watch = 'reconnect' where person_id = $1`, [person]);
    await seedSubscription(db, { tenantId: stage.tenantId, mailboxId: person });
    assert.equal(await watchOn.run(services, turn(person), ''), undefined);
    assert.deepEqual(await db.peek('select access, own_before from cw.person where person_id = $1', [person]), [
      { access: 'application', own_before: true },
    ]);
    assert.deepEqual(await db.peek('select from cw.subscription'), []);
  });

  it('offers a sign-in to who is watched without one: only that tells that they are an admin', async () => {
    await words(adminWatch, admin, 'group Sales');
    await join('ada');
    assert.match((await signIn.run(services, turn('ada'), ''))?.summary ?? '', /Sign in/i);
    const more = { isAccountNew: false, wasWatching: false, isAdmin: true };
    const isAdmin = async (personId: string) =>
      (await db.peek<{ is: boolean }>('select is_admin as is from cw.person where person_id = $1', [personId]))[0]?.is;
    await afterSignIn(services, { ...turn('ada'), ...more, furtherScopes: [] });
    assert.equal(await isAdmin('ada'), true);
    // Also by a sign-in for one more permission, which changes nothing else.
    await afterSignIn(services, { ...turn(person), ...more, furtherScopes: ['Mail.Send'] });
    assert.equal(await isAdmin(person), true);
  });

  it('ends links and exchanges that wait, and says what “sign out” did for who had not signed in', async () => {
    await words(adminWatch, admin, 'group Sales');
    await join('ada');
    const pending = { conversationId: 'c', verifier: 'v', expiresAt: NOW + HOUR_MS, furtherScopes: [] };
    const open = () =>
      stage.inTenant((sql) => saveSignIn(sql, testVault, stage.tenantId, 'hash', { ...pending, personId: 'ada' }));
    for (const end of [watchOff.run, signOut]) {
      await open();
      await end(services, turn('ada'), '');
      assert.deepEqual(await db.peek('select from cw.sign_in'), []);
    }
    await watchOn.run(services, turn('ada'), '');
    assert.match(
      (await signOut(services, turn('ada'))).fallbackText,
      /I’ve stopped watching and forgotten your calendar\. You had not signed in/,
    );
    assert.match((await signOut(services, turn('ada'))).fallbackText, /You weren’t signed in/);
  });

  it('ends the last of very many, knows that everybody is watched, and says how many there are', async () => {
    await db.peek(
      `insert into cw.app_watch (tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
       select $1, 'w' || n, 'group', 'g' || n, 'Group ' || lpad(n::text, 3, '0'), 'admin', $2, $2
       from generate_series(1, 60) n`,
      [stage.tenantId, new Date(NOW)],
    );
    await pressWatchTenant.run(services, turn(admin), {});
    assert.match(JSON.stringify(await adminWatch.run(services, turn(admin), '')), /… and 51 more/);
    assert.match(await words(adminUnwatch, admin, 'group GROUP 060'), /ending it for Group 060/);
    await words(adminCheck, admin);
    assert.deepEqual(probed, [], 'nobody is outside');
    assert.match(await words(adminUnwatch, admin, 'tenant'), /ending it for everybody/);
  });

  it('says on its cards what is read and how to switch it off, and how to go on', () => {
    assert.match(JSON.stringify(watchedByAdminCard()), /your calendar, and your time zone.*\*\*watch off\*\*/);
    assert.match(JSON.stringify(watchEndedCard()), /forgotten.*watch\.on/);
  });

  describe('admin check', () => {
    it('looks at a member inside, and at the admin outside', async () => {
      await words(adminWatch, admin, 'group Sales');
      await join('ada');
      reach = (mailbox) => (mailbox === 'ada' ? 'read' : 'refused');
      assert.match(await words(adminCheck, admin), /reaches what it should, and no further/);
      assert.deepEqual(probed, ['ada', admin]);
      reach = () => 'read';
      assert.match(await words(adminCheck, admin), /reaches further than meant.*can be read/);
      reach = () => 'refused';
      assert.match(await words(adminCheck, admin), /can’t tell for sure.*watch can’t be read/);
    });

    it('looks at whoever is named, and knows a member by their address', async () => {
      await words(adminWatch, admin, 'group Sales');
      const ada = '7e570000-0000-4000-8000-00000000ada0';
      await join(ada);
      await db.peek(`update cw.person set address = 'ada@test.example' where person_id = $1`, [ada]);
      reach = () => 'read';
      assert.match(await words(adminCheck, admin, 'Ada@test.example'), /looked at no calendar outside/);
      assert.deepEqual(probed, [ada]);
      probed = [];
      assert.match(await words(adminCheck, admin, 'stranger@test.example'), /I can’t tell whether it is outside/);
      assert.deepEqual(probed, [ada, 'stranger@test.example']);
      const stranger = '7e570000-0000-4000-8000-0000000000ff';
      assert.match(await words(adminCheck, admin, stranger), /reaches further than meant/);
    });

    for (const odd of ['../me', 'a b', 'me', 'x@y/../z', 'x@y?$select=subject', 'a'.repeat(400)])
      it(`does not look at “${odd.slice(0, 24)}”`, async () => {
        assert.match(await words(adminCheck, admin, odd), /Whom shall I look at/);
        assert.deepEqual(probed, []);
      });

    it('says so when Microsoft does not let the application in at all', async () => {
      permissions = () => {
        throw new CalendarWatchError('APP_ACCESS_REFUSED', 'x', { say: 'Microsoft doesn’t let the application in.' });
      };
      assert.match(await words(adminCheck, admin), /no access\. Microsoft doesn’t let the application in/);
    });

    it('is unsure when nobody answers', async () => {
      await words(adminWatch, admin, 'group Sales');
      await join('ada');
      failure = new GraphFailure('unavailable', 503, 'x', undefined);
      assert.match(await words(adminCheck, admin), /can’t tell for sure.*didn’t answer/);
    });
  });
});

describe('how far the application reaches', () => {
  const good: Findings = { permissions: [], watchesTenant: false, inside: 'read', outside: 'refused' };
  for (const [name, found, level, pattern] of [
    ['inside open, outside shut', good, 'good', /Exchange’s scope decides/],
    [
      'consented in Entra, though the probe says no',
      { ...good, permissions: ['Calendars.Read'] },
      'wide',
      /Calendars\.Read.*every.*revoke it/,
    ],
    ['what opens no mailbox', { ...good, permissions: ['GroupMember.Read.All', 'User.ReadBasic.All'] }, 'good', /✅/],
    ['open outside', { ...good, outside: 'read' }, 'wide', /outside.*can be read/],
    ['shut inside', { ...good, inside: 'refused' }, 'unsure', /leaves that person out/],
    ['no mailbox inside', { ...good, inside: 'none' }, 'unsure', /no mailbox/],
    ['nobody inside', { permissions: [], watchesTenant: false, outside: 'refused' }, 'unsure', /watch for nobody/],
    ['nobody outside', { permissions: [], watchesTenant: false, inside: 'read' }, 'unsure', /Name somebody/],
    ['no mailbox outside', { ...good, outside: 'none' }, 'unsure', /proves nothing/],
    ['nobody knows whose it is', { ...good, outside: 'unclear' }, 'unsure', /object id/],
    [
      'everybody watched, consented in Entra',
      { permissions: ['Calendars.Read'], watchesTenant: true, inside: 'read' },
      'good',
      /which is what you have me watch/,
    ],
    ['everybody watched, shut', { permissions: [], watchesTenant: true, inside: 'refused' }, 'unsure', /can’t be read/],
  ] as readonly (readonly [string, Findings, Level, RegExp])[])
    it(`is ${level}: ${name}`, () => {
      const verdict = judge(found);
      assert.equal(verdict.level, level);
      assert.match(verdict.lines.map((one) => `${one.sign} ${one.words}`).join(' '), pattern);
    });

  it('names what opens mailboxes, and nothing that could not be a permission', () => {
    assert.deepEqual(
      unscopedIn([
        'Mail.Send',
        'Calendars.ReadWrite',
        'User.Read.All',
        'Calendars.[x](https://evil)',
        'full_access_as_app',
      ]),
      ['Calendars.ReadWrite', 'Mail.Send', 'full_access_as_app'],
    );
  });
});
