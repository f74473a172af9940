/** “Switch on again” of a webhook, and “Give permission” for a rule. The presser's own message says which it is. */
import { z } from 'zod';
import { RULE_PERMISSION, type RulePermissionFacts } from '../../delivery/errands/tell-owner.ts';
import { WEBHOOK_OFF, type WebhookOffFacts } from '../../delivery/errands/webhook.ts';
import { findNudge } from '../../store/nudges.ts';
import { RULE_PERMIT, WEBHOOK_ON } from '../cards/rule-notices.ts';
import { webhookOnCard } from '../cards/webhooks.ts';
import { askPermission } from '../permission.ts';
import type { Services, Turn } from '../services.ts';
import { switchOn } from '../webhooks.ts';
import type { ButtonAction } from './action.ts';
import { parse, refuse } from './press-input.ts';

const input = z.object({ nudgeId: z.string().min(1).max(500) });

async function factsOf<T>(
  services: Services,
  { tenantId, personId }: Turn,
  data: Record<string, unknown>,
  kind: string,
): Promise<T> {
  const { nudgeId } = parse(input, data);
  const nudge = await services.database.inTenant(tenantId, (sql) => findNudge(sql, tenantId, personId, nudgeId));
  if (nudge?.kind === kind) return nudge.facts as unknown as T;
  throw refuse('the notice is gone', 'That was a while ago. Type **rules** to see how your rules stand.');
}

const pressOn: ButtonAction = {
  verb: WEBHOOK_ON,
  async run(services, turn, data) {
    const { webhookId } = await factsOf<WebhookOffFacts>(services, turn, data, WEBHOOK_OFF);
    const { webhook, paused } = await switchOn(services, turn, webhookId);
    return { card: webhookOnCard(webhook, paused) };
  },
};

const pressPermit: ButtonAction = {
  verb: RULE_PERMIT,
  async run(services, turn, data) {
    const { scope } = await factsOf<RulePermissionFacts>(services, turn, data, RULE_PERMISSION);
    return { reply: await askPermission(services, turn, [scope]) };
  },
};

export const RULE_NOTICE_ACTIONS: readonly ButtonAction[] = [pressOn, pressPermit];
