import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { saidTo } from '../../src/store/nudges.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { DAY_MS, empty, NOW, seedNudges, seedPerson, seedTenant } from './seed.ts';

/** As a plan asks (sync/write-plan.ts). */
const SINCE = NOW - 7 * DAY_MS;

describe('what was said to a person, as a plan remembers it', () => {
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

  /** [what, kind, due, said, until when it could be said; days from now; whether it is known] */
  const cases: [string, string, number, number, number, boolean][] = [
    ['lately', 'change', -1, -1, 1, true],
    ['late, of a meeting that was made long ago', 'agenda', -14, -1, 1, true],
    ['long ago', 'change', -9, -9, -8, false],
    // It is due when the later of the two meetings was made, which may be long ago (cant-make.ts).
    ['of two meetings made long ago, which can’t both be made', 'cantMake', -20, -1, 3, true],
    ['of the same long ago, and they are still to come', 'cantMake', -20, -10, 3, true],
    ['of the same, and they are over', 'cantMake', -30, -10, -8, false],
    ['of what isn’t remembered, due long ago', 'change', -20, -1, 3, false],
  ];
  for (const [what, kind, due, said, deadline, is] of cases)
    it(`is ${is ? '' : 'not '}known: ${what}`, async () => {
      const [dueAt, deadlineAt] = [NOW + due * DAY_MS, NOW + deadline * DAY_MS];
      await seedNudges(db, { tenantId, personId }, 1, { kind, dueAt, deadlineAt, state: 'sent' });
      await db.peek('update cw.nudge set ended_at = $1', [new Date(NOW + said * DAY_MS)]);
      const found = await db.database.inTenant(tenantId, (sql) => saidTo(sql, tenantId, personId, SINCE, ['cantMake']));
      assert.deepEqual(
        found.map((one) => [one.kind, one.facts !== null]),
        is ? [[kind, kind === 'cantMake']] : [],
      );
    });
});
