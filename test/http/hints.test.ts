import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { receiveBody } from '../../src/http/notifications.ts';
import { createLog } from '../../src/log.ts';
import type { Inbox, IncomingNotice } from '../../src/sync/inbox.ts';

/** What reaches the inbox of one posted item. */
async function accepted(resourceData: unknown, more: object = {}): Promise<IncomingNotice[]> {
  const taken: IncomingNotice[] = [];
  const inbox = {
    accept: async (notices: IncomingNotice[]) => {
      taken.push(...notices);
      return { stored: notices.length, refused: 0 };
    },
  } as unknown as Inbox;
  const item = { subscriptionId: 'sub', clientState: 'secret', changeType: 'updated', resourceData, ...more };
  const text = JSON.stringify({ value: [item] });
  const answer = await receiveBody({ inbox, log: createLog('silent'), newId: () => 'c' }, 'notifications', text);
  assert.equal(answer.status, 202);
  return taken;
}

describe('what a notification says that it is about', () => {
  it('is its entry and version', async () => {
    const [notice] = await accepted({
      id: 'AAMk=',
      '@odata.etag': 'W/"CQ=="',
      '@odata.type': '#Microsoft.Graph.Event',
    });
    assert.deepEqual(notice?.hint, { eventId: 'AAMk=', etag: 'W/"CQ=="' });
  });

  for (const [what, data] of [
    ['missing', undefined],
    ['null', null],
    ['a list', []],
    ['without a version', { id: 'AAMk=' }],
    ['without an entry', { '@odata.etag': 'W/"CQ=="' }],
    ['of another type', { id: 7, '@odata.etag': {} }],
    ['with a NUL in it', { id: 'a\u0000b', '@odata.etag': 'W/"CQ=="' }],
    ['with half of a character in it', { id: 'AAMk=', '@odata.etag': '\ud800' }],
    ['very long', { id: 'x'.repeat(513), '@odata.etag': 'W/"CQ=="' }],
  ] as const)
    it(`is left out when it is ${what}; the notification counts all the same`, async () => {
      const notices = await accepted(data);
      assert.deepEqual(
        notices.map(({ subscriptionId, duty, word, hint }) => ({ subscriptionId, duty, word, hint })),
        [{ subscriptionId: 'sub', duty: 'sync', word: 'updated', hint: undefined }],
      );
    });
});
