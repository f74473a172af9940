import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { hear } from '../../../src/bot/commands/commands.ts';
import { place, places } from '../../../src/bot/commands/place.ts';
import type { Services } from '../../../src/bot/services.ts';
import { createLog } from '../../../src/log.ts';
import { placesOf } from '../../../src/store/people.ts';
import { empty, NOW, seedMailbox, seedTenant } from '../../store/seed.ts';
import { HOUR } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

describe('place', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  let poked: string[];

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId, NOW + HOUR);
    poked = [];
  });

  const services = () =>
    ({
      database: db.database,
      followers: [],
      admins: { prove: async (_who: unknown, wasAdmin: boolean) => wasAdmin },
      clock: { now: () => NOW, after: () => () => undefined },
      log: createLog('silent'),
      travel: { name: 'none', estimate: async () => undefined },
      newId: () => 'id',
      poke: (what: string) => poked.push(what),
    }) as unknown as Services;
  /** As it is typed. */
  const say = async (text: string, who = personId): Promise<string> => {
    const heard = hear(text);
    assert.ok(heard?.command === place || heard?.command === places, text);
    const turn = { tenantId, personId: who, conversationId: 'c', locale: 'en-GB', timeZone: 'Europe/Berlin' };
    return (await heard.command.run(services(), turn, heard.rest))?.fallbackText ?? '';
  };
  const kept = () => db.database.inTenant(tenantId, (sql) => placesOf(sql, tenantId, personId));

  /** [typed, name, what is kept] */
  const cases: [string, string, { label: string; latitude: number; longitude: number }][] = [
    ['place office 48.137,11.575 Main St 1', 'office', { label: 'Main St 1', latitude: 48.137, longitude: 11.575 }],
    ['place office 48.137, 11.575', 'office', { label: 'the office', latitude: 48.137, longitude: 11.575 }],
    ['Place HOME 48.1;11.5', 'home', { label: 'home', latitude: 48.1, longitude: 11.5 }],
    ['place Gym -33.86,-151.2', 'gym', { label: 'Gym', latitude: -33.86, longitude: -151.2 }],
    ['place Client North 48,11 Their HQ', 'client north', { label: 'Their HQ', latitude: 48, longitude: 11 }],
    // As one copies it from a map.
    ['place gym 48.13743, 11.57549 Gym', 'gym', { label: 'Gym', latitude: 48.13743, longitude: 11.57549 }],
  ];
  for (const [typed, name, expected] of cases)
    it(`takes “${typed}”`, async () => {
      assert.match(await say(typed), /^Noted: /);
      assert.deepEqual(await kept(), { [name]: expected });
      assert.deepEqual(poked.sort(), ['cards', 'nudges']);
    });

  for (const typed of [
    'place office Main St 1',
    'place office 48.137',
    'place office 91,11',
    'place office 48,181',
    'place 48.137,11.575',
    `place ${'n'.repeat(41)} 48,11`,
    'place office 48.137,11.575x',
  ])
    it(`says how, to “${typed.slice(0, 40)}”`, async () => {
      assert.match(await say(typed), /place office 48\.137,11\.575 Main St 1/);
      assert.deepEqual(await kept(), {});
    });

  it('keeps the last that was said', async () => {
    await say('place office 48,11 Old');
    await say('place Office 49,12 New');
    assert.deepEqual(await kept(), { office: { label: 'New', latitude: 49, longitude: 12 } });
  });

  it('lists them', async () => {
    assert.match(await say('places'), /no places/);
    await say('place office 48,11 Main St 1');
    await say('place home 49,12');
    for (const typed of ['places', 'my places']) {
      const words = await say(typed);
      assert.match(words, /office: Main St 1/);
      assert.match(words, /home: home/);
    }
  });

  it('forgets one, in any spelling', async () => {
    await say('place Gym 48,11');
    assert.match(await say('place forget office'), /no place called/);
    assert.match(await say('place forget GYM'), /Forgotten/);
    assert.deepEqual(await kept(), {});
    assert.match(await say('place forget gym'), /no place called/);
  });

  it('keeps fifty and no more', async () => {
    await db.peek(`insert into cw.place select $1, $2, 'place ' || n, 'label', 1, 2 from generate_series(1, 50) n`, [
      tenantId,
      personId,
    ]);
    assert.match(await say('place home 48,11'), /50 places/);
    assert.match(await say('place place 7 48,11'), /Noted/, 'one that is there may be changed');
    await say('place forget place 8');
    assert.match(await say('place home 48,11'), /Noted/);
    assert.equal(Object.keys(await kept()).length, 50);
  });

  it('asks who never spoke to the bot to begin', async () => {
    assert.match(await say('place office 48,11', 'nobody'), /watch on/);
  });

  it('is each person’s own', async () => {
    const other = await seedMailbox(db, tenantId, NOW + HOUR);
    await say('place home 48,11', other);
    assert.deepEqual(await kept(), {});
  });
});
