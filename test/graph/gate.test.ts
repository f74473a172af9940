import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Clock } from '../../src/clock.ts';
import type { Caller } from '../../src/graph/client.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { gated } from '../../src/graph/gate.ts';

const access = (mailboxId: string, tenantId = 't') => ({ tenantId, mailboxId, personId: mailboxId });

/** Calls that end when the test says so. */
function slowCaller() {
  const running: { path: string; end: (error?: Error) => void }[] = [];
  const call = ((_access: unknown, path: string) =>
    new Promise((resolve, reject) => {
      running.push({ path, end: (error) => (error ? reject(error) : resolve(path)) });
    })) as unknown as Caller;
  return { running, call };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const send = () => assert.fail('is the caller’s business') as Promise<never>;
const throttled = (retryAfterMs?: number) => new GraphFailure('throttled', 429, 'TooManyRequests', retryAfterMs);

describe('the gate before Graph', () => {
  const time = { now: 1_000_000 };
  const clock: Clock = { now: () => time.now, after: () => () => undefined };

  it('lets four at once onto a mailbox, and the others after them, in order', async () => {
    const { running, call } = slowCaller();
    const gate = gated(call, clock);
    const all = Promise.all(Array.from({ length: 7 }, (_, n) => gate(access('a'), `/${n}`, send)));
    void gate(access('b'), '/other', send).catch(() => undefined);
    await settle();
    assert.deepEqual(
      running.map((one) => one.path),
      ['/0', '/1', '/2', '/3', '/other'],
    );
    for (let ended = 0; ended < running.length; ended += 1) {
      running[ended]?.end();
      await settle();
    }
    assert.deepEqual((await all).length, 7);
    assert.deepEqual(
      running.filter((one) => one.path !== '/other').map((one) => one.path),
      ['/0', '/1', '/2', '/3', '/4', '/5', '/6'],
    );
  });

  it('turns away what would wait behind fifty others', async () => {
    const { call } = slowCaller();
    const gate = gated(call, clock);
    for (let n = 0; n < 54; n += 1) void gate(access('a'), `/${n}`, send).catch(() => undefined);
    await assert.rejects(gate(access('a'), '/one-too-many', send), { kind: 'throttled' });
  });

  it('lets nobody through before Retry-After has passed, on that mailbox alone', async () => {
    const { running, call } = slowCaller();
    const gate = gated(call, clock);
    const refused = gate(access('a'), '/first', send);
    await settle();
    running[0]?.end(throttled(30_000));
    await assert.rejects(refused, { kind: 'throttled' });
    time.now += 10_000;
    await assert.rejects(gate(access('a'), '/second', send), { kind: 'throttled', retryAfterMs: 20_000 });
    void gate(access('b'), '/other', send);
    await settle();
    assert.deepEqual(
      running.map((one) => one.path),
      ['/first', '/other'],
    );
    time.now += 20_000;
    void gate(access('a'), '/third', send);
    await settle();
    assert.equal(running.at(-1)?.path, '/third');
  });

  it('holds the subscriptions of a tenant together, and no mailbox for them', async () => {
    const { running, call } = slowCaller();
    const gate = gated(call, clock);
    const refused = gate(access('a'), '/subscriptions', send);
    await settle();
    running[0]?.end(throttled(5_000));
    await assert.rejects(refused);
    await assert.rejects(gate(access('b'), '/subscriptions/1', send), { kind: 'throttled' });
    void gate(access('c', 'another'), '/subscriptions/1', send);
    void gate(access('a'), '/users/a/events/1', send);
    await settle();
    assert.equal(running.length, 3);
  });

  it('holds nobody for a 429 that names no time', async () => {
    const { running, call } = slowCaller();
    const gate = gated(call, clock);
    const refused = gate(access('a'), '/first', send);
    await settle();
    running[0]?.end(throttled());
    await assert.rejects(refused);
    void gate(access('a'), '/second', send);
    await settle();
    assert.equal(running.length, 2);
  });
});
