/** Channels and group chats that the bot is in: kept as they come, renamed, gone; and when one has room for a word. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import {
  channelsFor,
  channelsOf,
  dropChannel,
  dropTeam,
  findChannel,
  forgetMember,
  forgetMembers,
  memberAt,
  type NewChannel,
  noteMember,
  renameChannel,
  renameTeam,
  renewChannel,
  saveChannel,
  takeSlot,
} from '../../src/store/channels.ts';
import type { Sql } from '../../src/store/database.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedPerson, seedTenant } from './seed.ts';

const TEAM = '19:team@thread.tacv2';
const ROOMS = '19:rooms@thread.tacv2';
const CHAT = '19:chat@thread.v2';

describe('channels and group chats', function () {
  this.timeout(60_000);
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
  const inTenant = <T>(work: (sql: Sql) => Promise<T>) => db.database.inTenant(tenantId, work);
  const save = (conversationId: string, more: Partial<NewChannel> = {}, now = NOW) => {
    const kind = conversationId === CHAT ? 'groupChat' : 'channel';
    const team = kind === 'channel' ? { teamId: TEAM } : {};
    const channel: NewChannel = { conversationId, kind, reference: { at: now }, ...team, ...more };
    return inTenant((sql) => saveChannel(sql, tenantId, channel, now));
  };
  const names = async () =>
    (await inTenant((sql) => channelsOf(sql, tenantId))).map(({ teamName, name }) => [teamName, name]);

  it('are the first of their team once, and a group chat each time that it is new', async () => {
    const first = [await save(TEAM, { teamName: 'Office' }), await save(TEAM), await save(ROOMS), await save(CHAT)];
    assert.deepEqual(
      first.map(({ isFirst }) => isFirst),
      [true, false, false, true],
    );
    await inTenant((sql) => dropTeam(sql, tenantId, TEAM));
    assert.equal((await save(ROOMS)).isFirst, true);
  });

  it('keep what is not said again, and know the first channel and the team of another', async () => {
    await save(TEAM, { teamName: 'Office', addedBy: personId });
    await save(ROOMS, { name: 'Rooms' });
    await save(ROOMS, {}, NOW + 1);
    assert.deepEqual(await names(), [
      ['Office', 'General'],
      ['Office', 'Rooms'],
    ]);
    const [kept] = await db.peek<{ added_by: string }>(
      'select added_by from cw.channel where team_id = conversation_id',
    );
    assert.equal(kept?.added_by, personId);
    const rooms = await inTenant((sql) => findChannel(sql, tenantId, ROOMS));
    assert.deepEqual([rooms?.reference, rooms?.seenAt], [{ at: NOW + 1 }, NOW + 1]);
    await inTenant((sql) => renameChannel(sql, tenantId, TEAM, 'Lobby'));
    await inTenant((sql) => renameTeam(sql, tenantId, TEAM, 'House'));
    await save(TEAM);
    assert.deepEqual(await names(), [
      ['House', 'Lobby'],
      ['House', 'Rooms'],
    ]);
  });

  it('go, unless they were heard of since; an address is renewed likewise', async () => {
    await save(ROOMS);
    const drop = (before?: number) => inTenant((sql) => dropChannel(sql, tenantId, ROOMS, before));
    const find = () => inTenant((sql) => findChannel(sql, tenantId, ROOMS));
    const renew = (seenAt: number) =>
      inTenant((sql) => renewChannel(sql, tenantId, { conversationId: ROOMS, seenAt }, { at: seenAt }));
    await drop(NOW);
    assert.ok(await find());
    await renew(NOW - 1);
    assert.deepEqual((await find())?.reference, { at: NOW });
    await renew(NOW + 5);
    assert.deepEqual((await find())?.reference, { at: NOW + 5 });
    await drop(NOW + 1);
    assert.equal(await find(), undefined);
  });

  it('are a person’s while Teams said so and they have not left', async () => {
    for (const id of [TEAM, ROOMS, CHAT]) await save(id);
    const who = { tenantId, personId };
    const mine = async () =>
      (await inTenant((sql) => channelsFor(sql, who)))
        .filter((one) => one.memberAt !== null)
        .map((one) => one.conversationId)
        .sort();
    for (const id of [TEAM, ROOMS, CHAT]) await inTenant((sql) => noteMember(sql, who, id, NOW));
    assert.equal(await inTenant((sql) => memberAt(sql, who, CHAT)), NOW);
    assert.deepEqual(await mine(), [CHAT, ROOMS, TEAM].sort());
    await inTenant((sql) => forgetMember(sql, who, CHAT));
    assert.deepEqual(await mine(), [ROOMS, TEAM].sort());
    const left = { conversationId: TEAM, teamId: TEAM };
    await inTenant((sql) => forgetMembers(sql, tenantId, ['somebody else'], left));
    assert.deepEqual(await mine(), [ROOMS, TEAM].sort());
    await inTenant((sql) => forgetMembers(sql, tenantId, [personId], left));
    assert.deepEqual(await mine(), []);
  });

  describe('have room', () => {
    const LIMITS = { perSecond: 50, horizonMs: SECOND_MS };
    const take = (now = NOW, id = ROOMS) =>
      inTenant(async (sql) => {
        const channel = await findChannel(sql, tenantId, id);
        assert.ok(channel);
        return takeSlot(sql, tenantId, channel, LIMITS, now);
      });

    it('for seven words a second, the eighth later', async () => {
      await save(ROOMS);
      const slots: number[] = [];
      for (let word = 0; word < 7; word += 1) {
        const slot = await take();
        assert.ok('slotAt' in slot);
        slots.push(slot.slotAt);
      }
      // One after the other, at the tenant's pace.
      assert.deepEqual(
        slots,
        slots.map((_slot, at) => NOW + at * 20),
      );
      assert.deepEqual(await take(), { freeAt: NOW + 1_200 });
      await save(CHAT);
      assert.deepEqual(await take(NOW, CHAT), { slotAt: NOW + 140 });
      assert.ok('slotAt' in (await take(NOW + 1_200)));
    });

    it('for sixty in half a minute, and as many an hour as Teams takes', async () => {
      await save(ROOMS);
      await take();
      const fill = (everyMs: number, hourFullAt: number) =>
        db.peek('update cw.conversation set recent_sends = $1, hour_full_at = $2 where tenant_id = $3', [
          Array.from({ length: 60 }, (_one, at) => new Date(NOW + at * everyMs)),
          new Date(hourFullAt),
          tenantId,
        ]);
      await fill(400, NOW);
      assert.deepEqual(await take(NOW + 29 * SECOND_MS), { freeAt: NOW + 31 * SECOND_MS });
      assert.ok('slotAt' in (await take(NOW + 31 * SECOND_MS)));
      await fill(2_000, NOW + HOUR_MS + 5 * MINUTE_MS);
      assert.deepEqual(await take(NOW + 3 * MINUTE_MS), { freeAt: NOW + 5 * MINUTE_MS + 4 * SECOND_MS });
    });

    it('not where the tenant’s pace is used up for longer', async () => {
      await save(ROOMS);
      await db.peek('update cw.tenant set pace_at = $1', [new Date(NOW + 5 * SECOND_MS)]);
      assert.deepEqual(await take(), { freeAt: NOW + 5 * SECOND_MS });
      const [chats] = await db.peek<{ count: number }>(
        'select count(*)::int as count from cw.conversation where tenant_id = $1',
        [tenantId],
      );
      assert.equal(chats?.count, 0);
    });
  });
});
