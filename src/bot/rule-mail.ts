/** A rule that mails others does so in its maker's name: without their permission it is not kept, and they are asked for it. */
import type { Message } from '../delivery/message.ts';
import { CalendarWatchError } from '../errors.ts';
import { mailToOthers } from '../rules/mail-needs.ts';
import { ruleMailCard } from './cards/rule-mail.ts';
import { permissionUrl } from './permission.ts';
import { type Draft, presser } from './rules.ts';
import type { Services, Turn } from './services.ts';

/** Neither is anything that passes by itself. */
const NOT_GIVEN = new Set(['CONSENT_NEEDED', 'ADMIN_CONSENT_NEEDED', 'RECONNECT_NEEDED']);

async function maySend(services: Services, { tenantId, personId }: Turn): Promise<boolean> {
  try {
    await services.tokens.get({ tenantId, personId }, ['Mail.Send']);
    return true;
  } catch (error) {
    if (error instanceof CalendarWatchError && NOT_GIVEN.has(error.code)) return false;
    throw error;
  }
}

/** What to say instead of keeping it; undefined: it may be kept. */
export async function askToMail(services: Services, turn: Turn, { spec, scope }: Draft): Promise<Message | undefined> {
  const deed = mailToOthers(spec, scope, (await presser(services, turn)).address);
  if (!deed || (await maySend(services, turn))) return undefined;
  return ruleMailCard(deed, scope, await permissionUrl(services, turn, ['Mail.Send']));
}
