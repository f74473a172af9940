/** Somebody came back from Entra: to be watched, or to allow something more. */

import type { SignedIn } from '../identity/sign-in.ts';
import { findPerson, saveAddress } from '../store/people.ts';
import type { Services } from './services.ts';
import { activate } from './watching.ts';

/** Who allowed something is watched as before; but whoever had to sign in again has done so by it. */
export async function afterSignIn(services: Services, who: SignedIn): Promise<void> {
  const { tenantId, personId, address, furtherScopes } = who;
  const person = await services.database.inTenant(tenantId, async (sql) => {
    // What Outlook calls them counts more, and is learned from their calendar.
    if (address) await saveAddress(sql, tenantId, personId, address, true);
    return findPerson(sql, tenantId, personId);
  });
  if (furtherScopes.length > 0 && person && person.watch !== 'reconnect') return;
  await activate(services, who);
}
