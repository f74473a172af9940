/** “Forget me”, asked once more; and all acts as a file. */
import { EXPORT_AUDIT, FORGET_NOW } from '../cards/privacy.ts';
import { auditFileLink } from '../commands/admin-audit.ts';
import { forgetNow } from '../commands/forget.ts';
import type { ButtonAction } from './action.ts';

const pressForget: ButtonAction = {
  verb: FORGET_NOW,
  run: async (services, turn) => ({ card: await forgetNow(services, turn) }),
};

const pressAuditFile: ButtonAction = {
  verb: EXPORT_AUDIT,
  run: async (services, turn) => ({ reply: await auditFileLink(services, turn) }),
};

export const PRIVACY_ACTIONS: readonly ButtonAction[] = [pressForget, pressAuditFile];
