import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { writeEvents } from '../../src/store/events.ts';
import { pruneAnswers } from '../../src/store/people.ts';
import { meeting } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { DAY_MS, empty, NOW, seedMailbox, seedTenant } from './seed.ts';

describe('answers about what is long over', () => {
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
    personId = await seedMailbox(db, tenantId);
  });

  const answered = (kind: string, eventId: string, daysAgo: number) =>
    db.peek(`insert into cw.answer values ($1, $2, $3, $4, '{}', $5)`, [
      tenantId,
      personId,
      kind,
      eventId,
      new Date(NOW - daysAgo * DAY_MS),
    ]);
  const takesPlace = (id: string, inDays: number, seriesMasterId?: string) =>
    db.database.inTenant(tenantId, (sql) =>
      writeEvents(
        sql,
        tenantId,
        personId,
        [
          meeting({
            id,
            startAt: NOW + inDays * DAY_MS,
            ...(seriesMasterId ? { seriesMasterId, type: 'occurrence' } : {}),
          }),
        ],
        [],
      ),
    );
  const left = async () => {
    while ((await pruneAnswers(db.database.system, 1, NOW)) > 0);
    return (await db.peek<{ id: string }>('select event_id as id from cw.answer order by 1')).map((row) => row.id);
  };

  it('are forgotten after a month, others are kept', async () => {
    await answered('reminder.snoozed', 'over', 31);
    await answered('reminder.snoozed', 'young', 29);
    await answered('reminder.snoozed', 'ahead', 31);
    await takesPlace('ahead', 3);
    assert.deepEqual(await left(), ['ahead', 'young']);
  });

  it('stay while the series has occurrences, and for a year where none is in sight', async () => {
    await answered('agenda.skipped', 'live', 900);
    await takesPlace('live.1', 5, 'live');
    await answered('agenda.skipped', 'unseen', 390);
    await answered('agenda.skipped', 'ended', 401);
    assert.deepEqual(await left(), ['live', 'unseen']);
  });
});
