import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { type Controlled, controlled } from './harness.ts';

const HOUR_MS = 3_600_000;

describe('sandbox control: rooms', () => {
  let c: Controlled;
  let room: string;

  beforeEach(() => {
    c = controlled();
    room = c.tenant.rooms[0]?.oid ?? '';
  });

  const atNext = (hours: number) => {
    const at = (more: number) => new Date(c.clock.now() + (hours + more) * HOUR_MS).toISOString().slice(0, 19);
    const time = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
    return { subject: 'Squeezed in', start: time(at(0)), end: time(at(1)) };
  };

  it('sets how a room answers, and takes it back', async () => {
    assert.equal((await c.send('PUT', `rooms/${room}/policy`, { allowConflicts: true })).status, 200);
    assert.deepEqual(c.world.people.get(room)?.booking, { allowConflicts: true });
    await c.send('PUT', `rooms/${room}/policy`, {});
    assert.deepEqual(c.world.people.get(room)?.booking, {});
  });

  it('writes a meeting of a person into a room that is taken', async () => {
    const { main } = c.tenant;
    for (const _ of [1, 2]) {
      const answer = await c.send('POST', `rooms/${room}/events`, { event: atNext(1), organizer: main.oid });
      assert.equal(answer.status, 200, JSON.stringify(answer.json));
      assert.equal(answer.json.event.response, 'accepted');
    }
    const person = c.world.people.get(room) ?? main;
    const held = c.graph.store.view(person, c.clock.now(), c.clock.now() + 4 * HOUR_MS);
    assert.deepEqual(
      held.map((one) => [one.subject, one.organizer.address]),
      [
        ['Squeezed in', main.upn],
        ['Squeezed in', main.upn],
      ],
    );
  });

  it('refuses what is no room, no policy or no event, in words', async () => {
    const cases: [string, string, object, number][] = [
      ['PUT', `rooms/${c.tenant.main.oid}/policy`, {}, 400],
      ['PUT', `rooms/${room}/policy`, { allowConflicts: 'yes' }, 400],
      ['PUT', `rooms/${room}/policy`, { conflictPercentageAllowed: 101 }, 400],
      ['POST', `rooms/${room}/events`, {}, 400],
      ['POST', `rooms/${room}/events`, { event: { subject: 'Without times' } }, 400],
      ['POST', `rooms/${room}/events`, { event: atNext(1), organizer: 'nobody' }, 404],
      ['PUT', 'rooms/nowhere/policy', {}, 404],
    ];
    for (const [method, path, body, status] of cases) {
      const answer = await c.send(method, path, body);
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(answer.json)}`);
      assert.ok(answer.json.error);
    }
  });
});
