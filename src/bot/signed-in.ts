/** Somebody came back from Entra: to be watched, to allow something more, or because only an admin may. */

import type { AdminNeeded } from '../identity/refusal.ts';
import type { SignedIn } from '../identity/sign-in.ts';
import { keepOwn } from '../store/app-watch.ts';
import { findConversation, findPerson, saveAddress, setAdmin } from '../store/people.ts';
import { ownedBy } from './cards/owner.ts';
import { askAdmin } from './permission.ts';
import type { Services } from './services.ts';
import { activate } from './watching.ts';

/** Who allowed something is watched as before; but whoever had to sign in again has done so by it. */
export async function afterSignIn(services: Services, who: SignedIn): Promise<void> {
  const { tenantId, personId, address, furtherScopes, isAccountNew, wasWatching, isAdmin } = who;
  const person = await services.database.inTenant(tenantId, async (sql) => {
    // What Outlook calls them counts more, and is learned from their calendar; but that of another account says nothing.
    if (address) await saveAddress(sql, tenantId, personId, address, !isAccountNew);
    const found = await findPerson(sql, tenantId, personId);
    // Whatever they signed in for, and whoever reads for them.
    if (found && isAdmin !== undefined && isAdmin !== found.isAdmin) await setAdmin(sql, tenantId, personId, isAdmin);
    return found;
  });
  if (isAccountNew) services.tokens.drop(who);
  if (furtherScopes.length > 0 && !wasWatching && person && person.watch !== 'reconnect') return;
  if (furtherScopes.length === 0) await services.database.inTenant(tenantId, (sql) => keepOwn(sql, tenantId, personId));
  await activate(services, who);
}

/** In the chat that asked, if it is still theirs; the page says that it is there. */
export async function afterAdminNeeded(services: Services, needed: AdminNeeded): Promise<void> {
  const { tenantId, personId, conversationId, scopes } = needed;
  const chat = await services.database.inTenant(tenantId, async (sql) => {
    const person = await findPerson(sql, tenantId, personId);
    return person?.conversationId === conversationId ? findConversation(sql, tenantId, conversationId) : undefined;
  });
  if (!chat) return;
  const card = ownedBy(personId, askAdmin(services, tenantId, scopes));
  const outcome = await services.channel.send(chat, card);
  if (outcome.kind !== 'sent')
    services.log.warn({ tenantId, personId, outcome: outcome.kind }, 'what to hand to an admin was not shown');
}
