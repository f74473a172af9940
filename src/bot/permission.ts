/** Asking for what Microsoft does not let us do yet: a link to agree to it, and why. */
import type { Message } from '../delivery/message.ts';
import { CalendarWatchError } from '../errors.ts';
import { ConsentNeeded, SCOPES, scopesIn } from '../identity/scopes.ts';
import { adminCard, type Permission, permissionCard } from './cards/permission.ts';
import type { Services, Turn } from './services.ts';

export const isConsentNeeded = (error: unknown): boolean =>
  error instanceof CalendarWatchError && error.code === 'CONSENT_NEEDED';

/** Where to agree; the link is for this person alone. */
export const permissionUrl = (services: Services, turn: Turn, needed: readonly Permission[]): Promise<string> =>
  services.signIn.begin(turn, needed);

/** What to hand to an admin. */
export const askAdmin = (services: Services, tenantId: string, needed: readonly string[]): Message =>
  adminCard(services.signIn.adminConsent.url(tenantId, needed), scopesIn(needed));

export async function askPermission(services: Services, turn: Turn, needed: readonly Permission[]): Promise<Message> {
  if (needed.some((name) => SCOPES.get(name)?.isForAdmin)) return askAdmin(services, turn.tenantId, needed);
  return permissionCard(await permissionUrl(services, turn, needed), needed);
}

/** A card that asks for what is missing. Whatever else went wrong goes on its way. */
export async function orAskPermission(services: Services, turn: Turn, error: unknown): Promise<Message> {
  if (!(error instanceof ConsentNeeded) || error.scopes.length === 0) throw error;
  services.log.info(
    { code: error.code, tenantId: turn.tenantId, personId: turn.personId },
    'a permission is asked for',
  );
  return askPermission(services, turn, error.scopes);
}
