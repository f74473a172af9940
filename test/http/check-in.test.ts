/** The page behind the link in a mail, on the product's real server and database. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Server } from 'restify';
import { mountCheckIn } from '../../src/http/check-in.ts';
import { closeServer, createServer, listen } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { planCheckIn } from '../../src/store/check-ins.ts';
import { RoomWorld } from '../rooms/scene.ts';
import { HOUR, MINUTE, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const TOKEN = 'a'.repeat(43);

describe('the check-in page', () => {
  let db: OpenTestDatabase;
  let world: RoomWorld;
  let origin: string;
  let broken: string;
  let poked: number;
  const servers: Server[] = [];

  async function serve(database: Parameters<typeof mountCheckIn>[1]['database']): Promise<string> {
    const server = createServer();
    const clock = { now: () => world.now, after: () => () => undefined };
    const poke = () => {
      poked += 1;
    };
    mountCheckIn(server, { database, clock, log: createLog('silent'), newId: () => 'id', poke });
    servers.push(server);
    return `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}/rooms/check-in`;
  }

  before(async () => {
    db = await openTestDatabase();
    world = new RoomWorld(db);
    origin = await serve(db.database);
    const down = () => Promise.reject(new Error('down'));
    broken = await serve({ system: { query: down }, inTenant: down });
  });
  after(async () => {
    await Promise.all(servers.map((one) => closeServer(one, 0)));
    await db?.drop();
  });
  beforeEach(async () => {
    await world.reset();
    poked = 0;
    const roomId = await world.addRoom('Alpha');
    const times = { startAt: NOW, endAt: NOW + HOUR, askAt: NOW - 10 * MINUTE, releaseAt: NOW + 10 * MINUTE };
    const planned = { personId: null, askedBy: null, state: 'planned' as const, reason: null, token: TOKEN };
    await world.inTenant((sql) =>
      planCheckIn(
        sql,
        world.tenantId,
        { roomId, eventId: 'one', seriesId: null, organizer: 'eve@test.example', ...times, ...planned },
        NOW,
      ),
    );
  });

  const post = (body: string, token = TOKEN, at = origin) =>
    fetch(`${at}?t=${token}`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  const state = async () => (await world.checkIns())[0]?.state;

  it('only asks, with two buttons and no script', async () => {
    const answer = await fetch(`${origin}?t=${TOKEN}`);
    const text = await answer.text();
    assert.equal(answer.status, 200);
    assert.deepEqual(
      [...text.matchAll(/value="(\w+)"/g)].map((match) => match[1]),
      ['here', 'giveBack'],
    );
    assert.match(
      answer.headers.get('content-security-policy') ?? '',
      /default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
    assert.doesNotMatch(text, /Alpha|eve@/);
    assert.equal(await state(), 'planned');
  });

  const cases: [string, string, string, number, RegExp, string][] = [
    ['here', 'press=here', TOKEN, 200, /stays yours/, 'here'],
    ['give it back', 'press=giveBack', TOKEN, 200, /is given back/, 'releasing'],
    ['nothing', '', TOKEN, 400, /Please press/, 'planned'],
    ['something else', 'press=everything', TOKEN, 400, /Please press/, 'planned'],
    ['another token', 'press=here', 'b'.repeat(43), 410, /doesn.{1,6}t work/, 'planned'],
    ['no token', 'press=here', '', 410, /doesn.{1,6}t work/, 'planned'],
    ['an odd token', 'press=here', '%00%27', 410, /doesn.{1,6}t work/, 'planned'],
  ];
  for (const [name, body, token, status, words, wanted] of cases)
    it(name, async () => {
      const answer = await post(body, token);
      assert.equal(answer.status, status);
      assert.match(await answer.text(), words);
      assert.equal(await state(), wanted);
      assert.equal(poked, wanted === 'releasing' ? 1 : 0);
    });

  it('says that it is too late, and that it is over', async () => {
    await post('press=giveBack');
    assert.match(await (await post('press=here')).text(), /Too late/);
    await db.peek(`update cw.check_in set state = 'planned'`);
    world.now = NOW + HOUR;
    assert.match(await (await post('press=here')).text(), /is over/);
  });

  it('refuses what is too large, and says when it can’t', async () => {
    assert.equal((await post(`press=here&x=${'x'.repeat(70_000)}`)).status, 413);
    const answer = await post('press=here', TOKEN, broken);
    assert.equal(answer.status, 503);
    assert.equal(await state(), 'planned');
  });
});
