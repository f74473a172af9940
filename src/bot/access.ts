/** Whether a person is read by their own permission, or by the application's because an admin wants them watched. */
import { takeOver } from '../store/app-members.ts';
import { accessOf, isMember, setAccess, setDeclined } from '../store/app-watch.ts';
import { lockPerson } from '../store/people.ts';
import type { Services, Turn } from './services.ts';

type Who = Pick<Turn, 'tenantId' | 'personId'>;

/** True: an admin has them watched, so nobody has to sign in. They may have said “watch off” before. */
export async function readsByApplication({ database, clock }: Services, { tenantId, personId }: Who): Promise<boolean> {
  return database.inTenant(tenantId, async (sql) => {
    await lockPerson(sql, tenantId, personId);
    if (!(await isMember(sql, tenantId, personId))) return false;
    if ((await accessOf(sql, tenantId, personId)) !== 'application')
      await takeOver(sql, tenantId, [personId], clock.now());
    return true;
  });
}

/** They want to be watched: what they said against it is over, and an admin's watch that has ended gives no access. */
export async function takeUpAccess({ database }: Services, { tenantId, personId }: Who): Promise<void> {
  await database.inTenant(tenantId, async (sql) => {
    await setDeclined(sql, tenantId, personId, null);
    if ((await accessOf(sql, tenantId, personId)) === 'delegated' || (await isMember(sql, tenantId, personId))) return;
    await setAccess(sql, tenantId, personId, 'delegated');
  });
}
