import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SECOND_MS } from '../../src/clock.ts';
import type { Caller } from '../../src/graph/client.ts';
import { readEvents } from '../../src/graph/events.ts';

const ACCESS = { tenantId: 't', personId: 'p', mailboxId: 'm' };
interface Requested {
  requests: { id: string; url: string; headers: Record<string, string> }[];
}
type Answer = (part: Requested['requests'][number]) => object;

/** A Graph that answers each part of a batch by itself, the last first. */
function batches(answer: Answer) {
  const posted: Requested[] = [];
  const call = (async (_access: unknown, path: string, send: (request: unknown) => unknown) => {
    assert.equal(path, '/$batch');
    return send({
      post: async (body: Requested) => {
        posted.push(body);
        return { responses: body.requests.map((one) => ({ id: one.id, ...answer(one) })).reverse() };
      },
    });
  }) as unknown as Caller;
  return { posted, read: readEvents(call) };
}
const found: Answer = ({ url }) => ({
  status: 200,
  headers: {},
  body: { id: decodeURIComponent(url.split('/').at(-1) ?? '') },
});
const ids = (count: number) => Array.from({ length: count }, (_, index) => `e/${index}=`);

describe('reading many entries at once', () => {
  it('takes a request for twenty, keeps the lease before each, and asks for ids that last', async () => {
    const { posted, read } = batches(found);
    let kept = 0;
    const events = await read(ACCESS, '', ids(45), async () => {
      kept += 1;
      assert.equal(posted.length, kept - 1, 'before the request');
    });
    assert.deepEqual(
      posted.map((one) => one.requests.length),
      [20, 20, 5],
    );
    assert.equal(kept, 3);
    assert.deepEqual(events.map((one) => one.id).sort(), ids(45).sort());
    const [first] = posted[0]?.requests ?? [];
    assert.equal(first?.url, '/users/m/events/e%2F0%3D');
    assert.match(first?.headers.Prefer ?? '', /IdType="ImmutableId"[\s\S]*outlook\.timezone="UTC"/);
  });

  it('asks the calendar that they are in', async () => {
    const { posted, read } = batches(found);
    await read(ACCESS, 'c=', ['e'], async () => undefined);
    assert.equal(posted[0]?.requests[0]?.url, '/users/m/calendars/c%3D/events/e');
  });

  it('asks nothing for none', async () => {
    const { posted, read } = batches(found);
    assert.deepEqual([await read(ACCESS, '', [], async () => undefined), posted], [[], []]);
  });

  it('leaves out those that are gone', async () => {
    const { read } = batches((one) =>
      one.id === '1' ? { status: 404, body: { error: { code: 'ErrorItemNotFound' } } } : found(one),
    );
    assert.deepEqual((await read(ACCESS, '', ids(3), async () => undefined)).map((one) => one.id).sort(), [
      'e/0=',
      'e/2=',
    ]);
  });

  /** [what, Retry-After, the wait that is kept] */
  const waits: [string, Record<string, string>, number | undefined][] = [
    ['in seconds', { 'Retry-After': '7' }, 7 * SECOND_MS],
    ['in another spelling', { 'retry-after': '7' }, 7 * SECOND_MS],
    ['as a date, which says nothing without a clock', { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' }, undefined],
    ['not at all', {}, undefined],
  ];
  for (const [what, headers, retryAfterMs] of waits)
    it(`fails as a whole when a part is throttled, with the wait named ${what}`, async () => {
      const { read } = batches((one) =>
        one.id === '1' ? { status: 429, headers, body: { error: { code: 'TooManyRequests' } } } : found(one),
      );
      await assert.rejects(
        read(ACCESS, '', ids(3), async () => undefined),
        { kind: 'throttled', retryAfterMs },
      );
    });

  it('fails when the answer is not of the documented form', async () => {
    const { read } = batches(() => ({ status: 200, body: { noId: true } }));
    await assert.rejects(
      read(ACCESS, '', ids(1), async () => undefined),
      { code: 'GRAPH_ANSWER_INVALID' },
    );
  });
});
