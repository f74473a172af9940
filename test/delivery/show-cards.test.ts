/** What fails while a card is shown anew; that it is shown is proven with a database (test/integration/one-message.test.ts). */
import assert from 'node:assert/strict';
import type { DispatcherDeps } from '../../src/delivery/dispatcher.ts';
import { showOne } from '../../src/delivery/show-cards.ts';

const NOW = Date.UTC(2026, 10, 23, 9);
const LEASE = { tenantId: 't', nudgeId: 'reminder.1', revision: 1 };

const ENDS_MS = 3_600_000;
const broken = () => Promise.reject(new Error('the connection broke'));
const refused = (reason: string) => async () => ({ kind: 'stop', reason, dropConversation: false });

/** When it is to be tried again after the update, ms from now; undefined: it is left as it is. */
async function againAfter(attempts: number, update: () => Promise<unknown> = broken, ends = ENDS_MS) {
  let settled: unknown[] = [];
  const query = async (text: string, values: unknown[]) => {
    if (text.includes('update cw.card')) settled = values;
    return text.includes('from cw.card')
      ? [{ attempts, conversationId: 'c', endsAt: NOW + ends }]
      : [{ conversationId: 'c' }];
  };
  const deps = {
    database: { inTenant: (_: string, run: (sql: unknown) => unknown) => run({ query }) },
    clock: { now: () => NOW },
    log: { warn: () => undefined, info: () => undefined },
    channel: { update },
    charge: () => undefined,
    render: () => ({}),
    random: () => 0.5,
  } as unknown as DispatcherDeps;
  await showOne(deps, LEASE);
  const at = settled[3] as Date | null;
  return at ? at.getTime() - NOW : undefined;
}

describe('a card that could not be shown for another reason than Teams', () => {
  it('is tried again, later and later', async () => {
    assert.deepEqual([await againAfter(1), await againAfter(3)], [1_000, 4_000]);
  });

  it('is given up in time', async () => {
    assert.equal(await againAfter(8), undefined);
  });
});

describe('a card that Teams refuses to change', () => {
  it('waits for its end where the person has blocked the bot: they may come back until then', async () => {
    assert.equal(await againAfter(1, refused('Teams 403 ConversationBlockedByUser')), ENDS_MS);
    assert.equal(await againAfter(1, refused('Teams 403 ConversationBlockedByUser'), 0), undefined);
  });

  it('is left as it is where the chat or the message is gone', async () => {
    for (const reason of ['Teams 404 ConversationNotFound', 'Teams 413', 'Teams 4030'])
      assert.equal(await againAfter(1, refused(reason)), undefined, reason);
  });
});
