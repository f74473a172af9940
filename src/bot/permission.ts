/** Asking for what Microsoft does not let us do yet: a link to agree to it, and why. */
import type { Message } from '../delivery/message.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Permission, permissionCard } from './cards/permission.ts';
import type { Services, Turn } from './services.ts';

export const isConsentNeeded = (error: unknown): boolean =>
  error instanceof CalendarWatchError && error.code === 'CONSENT_NEEDED';

/** Where to agree; the link is for this person alone. */
export const permissionUrl = (services: Services, turn: Turn, needed: readonly Permission[]): Promise<string> =>
  services.signIn.begin(turn, needed);

export async function askPermission(services: Services, turn: Turn, needed: readonly Permission[]): Promise<Message> {
  return permissionCard(await permissionUrl(services, turn, needed), needed);
}
