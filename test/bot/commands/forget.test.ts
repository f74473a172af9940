import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { PRIVACY_ACTIONS } from '../../../src/bot/actions/privacy.ts';
import { ownedBy } from '../../../src/bot/cards/owner.ts';
import { EXPORT_AUDIT, FORGET_NOW } from '../../../src/bot/cards/privacy.ts';
import { chooseForAll } from '../../../src/bot/choosing.ts';
import { adminAudit } from '../../../src/bot/commands/admin-audit.ts';
import { hear } from '../../../src/bot/commands/commands.ts';
import { exportMyData } from '../../../src/bot/commands/export.ts';
import { forgetMe } from '../../../src/bot/commands/forget.ts';
import { afterRemoval, afterReturn } from '../../../src/bot/installing.ts';
import type { Services, Turn } from '../../../src/bot/services.ts';
import { CalendarWatchError } from '../../../src/errors.ts';
import { MOST_EXPORTS_A_DAY } from '../../../src/privacy/exporting.ts';
import { recordAct } from '../../../src/store/audit.ts';
import { meeting } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { Stage } from '../actions/stage.ts';

describe('what people say about their data', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let services: Services;
  let ada: string;
  let hasTokens: boolean;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    stage = new Stage(db);
    await stage.begin();
    await db.peek('delete from cw.audit');
    ada = await stage.person('ada');
    hasTokens = true;
    services = {
      ...stage.services(),
      publicUrl: 'https://cw.example',
      tokens: {
        drop: () => undefined,
        get: async () => {
          if (hasTokens) return 'token';
          throw new CalendarWatchError('RECONNECT_NEEDED', 'none');
        },
      },
      signIn: { begin: async () => 'https://cw.example/auth/start' },
    } as unknown as Services;
  });

  const turn = (personId = ada): Turn => ({
    tenantId: stage.tenantId,
    personId,
    conversationId: 'c',
    locale: 'en-GB',
    timeZone: 'Europe/Berlin',
  });
  const said = async (text: string, personId = ada) => {
    const heard = hear(text);
    assert.ok(heard, text);
    return (await heard.command.run(services, turn(personId), heard.rest))?.fallbackText ?? '';
  };
  const count = async (table: string) =>
    (await db.peek<{ held: number }>(`select count(*)::int as held from cw.${table}`))[0]?.held;

  describe('export my data', () => {
    for (const text of ['export my data', 'Export', 'my data'])
      it(`is heard as “${text}”`, () => assert.equal(hear(text)?.command, exportMyData));

    it('answers with a link for ten minutes, and none when there were enough today', async () => {
      assert.match(
        await said('export my data'),
        /https:\/\/cw\.example\/privacy\/export\?token=[0-9a-f-]{36}\.[\w-]{43}$/,
      );
      assert.equal(await count('export_link'), 1);
      const { tenantId } = stage;
      const act = { tenantId, actorId: ada, personId: ada, act: 'exported' } as const;
      for (let index = 0; index < MOST_EXPORTS_A_DAY; index += 1)
        await stage.inTenant((sql) => recordAct(sql, act, stage.now, `id-of-${index}`));
      assert.match(await said('export my data'), /5 files within a day/);
    });
  });

  describe('forget me', () => {
    beforeEach(async () => {
      await stage.replica(ada, meeting(), meeting({ id: 'event-2', startAt: meeting().startAt + 1 }));
      await db.peek(`insert into cw.place values ($1, $2, 'home', 'Home', 1, 2)`, [stage.tenantId, ada]);
    });

    for (const [text, rest] of [
      ['forget me', ''],
      ['Forget me now', 'now'],
      ['delete my data', ''],
    ])
      it(`is heard as “${text}”`, () => assert.deepEqual(hear(text ?? ''), { command: forgetMe, rest }));

    it('says what would go, and asks once more: nothing has gone', async () => {
      assert.match(
        await said('forget me'),
        /I would stop watching, and remove: 2 calendar entries, .*1 place.*forget me now/,
      );
      assert.equal(await count('event'), 2);
    });

    it('asks when it is not sure what was meant', async () => {
      assert.match(await said('forget me tomorrow'), /forget me now/);
      assert.equal(await count('event'), 2);
    });

    it('does it when that is typed, and says what went', async () => {
      assert.match(await said('forget me now'), /I have forgotten you\. Removed: 2 calendar entries.*new to me/);
      assert.deepEqual([await count('event'), await count('place')], [0, 0]);
      assert.ok(stage.poked.includes('care'));
    });

    it('does it at the press of the button, of its owner alone', async () => {
      const other = await stage.person('eve');
      const data = { for: ada };
      assert.match(
        await (async () => {
          try {
            return await stage.press(PRIVACY_ACTIONS, other, FORGET_NOW, data);
          } catch (error) {
            return (error as CalendarWatchError).say ?? '';
          }
        })(),
        /somebody else’s/,
      );
      assert.equal(await count('event'), 2);
      const card = await forgetMe.run(services, turn(), '');
      assert.ok(card && JSON.stringify(ownedBy(ada, card).card).includes(`"for":"${ada}"`));
      const press = PRIVACY_ACTIONS.find((one) => one.verb === FORGET_NOW);
      const reaction = await press?.run(services, turn(), data);
      assert.ok(reaction && 'card' in reaction && /I have forgotten you/.test(reaction.card.fallbackText));
      assert.equal(await count('event'), 0);
    });

    it('does not take up the old sign-in when they come back before it is gone', async () => {
      await said('forget me now');
      assert.match(await said('watch on'), /auth\/start/);
      assert.equal(await count('event'), 0);
    });
  });

  describe('admin audit', () => {
    it('is for admins', async () => {
      for (const text of ['admin audit', 'admin audit csv'])
        await assert.rejects(said(text), { code: 'COMMAND_INVALID' });
    });

    it('shows the last acts, the newest first, people by their address', async () => {
      await db.peek('update cw.person set is_admin = true where person_id = $1', [ada]);
      assert.match(await said('admin audit'), /Nothing has been done yet/);
      const { tenantId } = stage;
      await chooseForAll(services, turn(), () => ({ earlyMinutes: 3 }));
      stage.now += 1;
      for (let index = 0; index < 25; index += 1) {
        const act = { tenantId, actorId: null, personId: ada, act: 'reconnectNeeded' } as const;
        await stage.inTenant((sql) => recordAct(sql, act, stage.now + index, `act-${index}`));
      }
      const shown = await said('admin audit');
      assert.equal(shown.match(/ada@test\.example has to sign in again/g)?.length, 20);
      const [set] = await db.peek<{ detail: object }>(`select detail from cw.audit where act = 'adminSet'`);
      assert.deepEqual(set?.detail, { chosen: ['earlyMinutes'], forbiddenKinds: [], forbiddenWays: [] });
      const card = await adminAudit.run(services, turn(), '');
      assert.ok(JSON.stringify(card?.card).length < 20_000);
    });

    it('gives all as a file, by words or by the button', async () => {
      await db.peek('update cw.person set is_admin = true where person_id = $1', [ada]);
      assert.match(await said('admin audit csv'), /privacy\/export\?token=/);
      const press = PRIVACY_ACTIONS.find((one) => one.verb === EXPORT_AUDIT);
      assert.ok(await press?.run(services, turn(), {}));
      assert.deepEqual(await db.peek('select kind from cw.export_link'), [{ kind: 'audit' }]);
    });

    for (const detail of [
      { who: 'ada@test.example' },
      { subject: 'Budget talk' },
      { link: 'https://a.example/x' },
      { 'a b': 1 },
    ])
      it(`takes no ${JSON.stringify(detail)} on record`, async () => {
        const act = { tenantId: stage.tenantId, actorId: null, personId: null, act: 'adminSet', detail } as never;
        await assert.rejects(
          stage.inTenant((sql) => recordAct(sql, act, stage.now, 'a')),
          TypeError,
        );
      });
  });

  describe('removing the app', () => {
    const person = async () =>
      (
        await db.peek<{ watch: string; removed: Date | null; ending: boolean }>(
          `select p.watch, p.uninstalled_at as removed, m.ending from cw.person p join cw.mailbox m using (person_id)
           where p.person_id = $1`,
          [ada],
        )
      )[0];
    const remove = () => afterRemoval(services, turn());

    it('stops at once, keeps settings, and is on record once', async () => {
      await remove();
      await remove();
      assert.deepEqual(await person(), { watch: 'off', removed: new Date(stage.now), ending: true });
      assert.ok(stage.poked.includes('care'));
      assert.deepEqual(await db.peek('select act, actor_id from cw.audit'), [{ act: 'uninstalled', actor_id: ada }]);
    });

    it('goes on where it was when they are back', async () => {
      await remove();
      stage.now += 1_000;
      await afterReturn(services, turn());
      assert.deepEqual(await person(), { watch: 'on', removed: null, ending: false });
    });

    it('leaves off what was off, and what needs a new sign-in', async () => {
      await db.peek(`update cw.person set watch = 'off' where person_id = $1`, [ada]);
      await remove();
      await afterReturn(services, turn());
      assert.equal((await person())?.watch, 'off');
      await db.peek(`update cw.person set watch = 'on' where person_id = $1`, [ada]);
      await remove();
      hasTokens = false;
      await afterReturn(services, turn());
      const [row] = await db.peek('select watch, uninstalled_at from cw.person where person_id = $1', [ada]);
      assert.deepEqual(row, { watch: 'off', uninstalled_at: null });
    });
  });
});
