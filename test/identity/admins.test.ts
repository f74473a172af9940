import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { Admins } from '../../src/identity/admins.ts';
import { findPerson } from '../../src/store/people.ts';
import { empty, seedMailbox, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const ROLE = 'CalendarWatch.Admin';

describe('who is an admin', () => {
  let db: OpenTestDatabase;
  let who: { tenantId: string; personId: string };
  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    const tenantId = await seedTenant(db);
    who = { tenantId, personId: await seedMailbox(db, tenantId) };
  });

  /** [what, in the row, named in ADMIN_OIDS, what Entra says (undefined: no sign-in), is one] */
  const cases: [string, boolean, boolean, string[] | undefined, boolean | 'unknown'][] = [
    ['nobody', false, false, [ROLE], false],
    ['who has the role', true, false, ['Other', ROLE], true],
    ['who had the role once', true, false, ['Other'], false],
    ['who stood in ADMIN_OIDS once', true, false, [], false],
    ['who stands there', true, true, [], true],
    ['who was written there since', false, true, undefined, true],
    ['who has no sign-in any more', true, false, undefined, 'unknown'],
  ];
  for (const [what, wasAdmin, isNamed, roles, wanted] of cases)
    it(`is ${wanted === true ? '' : 'not '}${what}; the row says so from then on`, async () => {
      await db.peek('update cw.person set is_admin = $2 where person_id = $1', [who.personId, wasAdmin]);
      const rolesOf = async () => {
        if (!roles) throw new CalendarWatchError('RECONNECT_NEEDED', 'no tokens');
        return roles;
      };
      const adminOids = isNamed ? [who.personId] : ['somebody-else'];
      const admins = new Admins({ database: db.database, tokens: { rolesOf }, adminOids });
      if (wanted === 'unknown') {
        await assert.rejects(admins.prove(who, wasAdmin), (error: CalendarWatchError) =>
          /sign in/.test(error.say ?? ''),
        );
        return;
      }
      assert.equal(await admins.prove(who, wasAdmin), wanted);
      const person = await db.database.inTenant(who.tenantId, (sql) => findPerson(sql, who.tenantId, who.personId));
      assert.equal(person?.isAdmin, wanted);
    });
});
