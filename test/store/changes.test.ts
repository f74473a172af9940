import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { NoticedChange } from '../../src/nudges/nudge.ts';
import { changesSince, writeChanges } from '../../src/store/events.ts';
import { meeting } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { DAY_MS, NOW, seedMailbox, seedTenant } from './seed.ts';

describe('the ledger of changes', () => {
  let db: OpenTestDatabase;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());

  it('gives back a change as it was: what was not there is not there, nor null', async () => {
    const tenantId = await seedTenant(db);
    const mailboxId = await seedMailbox(db, tenantId, NOW + DAY_MS);
    const made = meeting({ id: 'made' });
    const gone = meeting({ id: 'gone' });
    const common = { scope: 'single' as const, occurrences: [], noticedAt: NOW };
    const changes: NoticedChange[] = [
      { ...common, changeId: '1', eventId: 'made', kind: 'created', aspects: ['created'], after: made },
      { ...common, changeId: '2', eventId: 'gone', kind: 'removed', aspects: ['removed'], before: gone },
    ];
    const read = await db.database.inTenant(tenantId, async (sql) => {
      await writeChanges(sql, tenantId, mailboxId, changes, 'test');
      return changesSince(sql, tenantId, mailboxId, NOW);
    });
    assert.deepEqual(read, changes);
  });
});
