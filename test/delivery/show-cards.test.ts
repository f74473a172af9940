/** What fails while a card is shown anew; that it is shown is proven with a database (test/integration/one-message.test.ts). */
import assert from 'node:assert/strict';
import type { DispatcherDeps } from '../../src/delivery/dispatcher.ts';
import { showOne } from '../../src/delivery/show-cards.ts';

const NOW = Date.UTC(2026, 10, 23, 9);
const LEASE = { tenantId: 't', nudgeId: 'reminder.1', revision: 1 };

/** When it is to be tried again after a failure in the update, ms from now; undefined: it is left as it is. */
async function againAfter(attempts: number): Promise<number | undefined> {
  let settled: unknown[] = [];
  const query = async (text: string, values: unknown[]) => {
    if (text.includes('update cw.card')) settled = values;
    return text.includes('from cw.card') ? [{ attempts, conversationId: 'c' }] : [{ conversationId: 'c' }];
  };
  const deps = {
    database: { inTenant: (_: string, run: (sql: unknown) => unknown) => run({ query }) },
    clock: { now: () => NOW },
    log: { warn: () => undefined, info: () => undefined },
    channel: { update: () => Promise.reject(new Error('the connection broke')) },
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
