/** What somebody has to know about their rules: a webhook that was switched off, what came of a test, a permission that is missing. */
import type { RulePermissionFacts } from '../../delivery/errands/tell-owner.ts';
import type { WebhookOffFacts, WebhookTestedFacts } from '../../delivery/errands/webhook.ts';
import type { Message } from '../../delivery/message.ts';
import { SCOPES } from '../../identity/scopes.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { clip, execute, kicker, line, message, plain, subtle, title } from './parts.ts';

/** data: {nudgeId} */
export const WEBHOOK_ON = 'webhook.on';
export const RULE_PERMIT = 'rule.permit';

const LONGEST_HOST = 100;
const LONGEST_NAME = 100;
const hostOf = ({ host }: { host: string }) => clip(host || 'your webhook', LONGEST_HOST);

export function webhookOffCard(facts: WebhookOffFacts, nudgeId: string, reader: Reader, now: number): Message {
  const host = hostOf(facts);
  const since = facts.failingSince;
  const why =
    since === null
      ? 'The receiver answered that it wants no more of this (410).'
      : `Nothing I sent there was taken since ${speakerFor(reader).relativeDay(since, now)}.`;
  const words = `I’ve switched off your webhook to ${host}`;
  const remedy = 'Your rules go on, but tell it nothing. Once the receiver works again, switch it on.';
  return message(
    [
      kicker('🪝', 'Webhook switched off', 'Attention'),
      title(words),
      line(why),
      line(remedy),
      subtle('What was not taken is kept for 30 days.'),
    ],
    { summary: words, fallbackText: `${words}. ${why} ${remedy}` },
    [execute('Switch on again', WEBHOOK_ON, { nudgeId }, { style: 'positive' })],
  );
}

export function webhookOnCard(facts: Pick<WebhookOffFacts, 'host'>): Message {
  const words = `Your webhook to ${hostOf(facts)} is on again`;
  return message([kicker('✅', 'Webhook switched on'), line(plain(`${words}.`))], {
    summary: words,
    fallbackText: `${words}.`,
  });
}

export function webhookTestedCard(facts: WebhookTestedFacts): Message {
  const host = hostOf(facts);
  const words = facts.isTaken ? `${host} took the test` : `${host} didn’t take the test`;
  const detail = facts.outcome ? `What came of it: ${facts.outcome}` : '';
  return message(
    [
      kicker('🪝', 'Webhook tested', facts.isTaken ? 'Accent' : 'Attention'),
      title(words),
      ...(detail ? [line(plain(detail))] : []),
    ],
    { summary: words, fallbackText: `${words}. ${detail}`.trim() },
  );
}

export function rulePermissionCard(facts: RulePermissionFacts, nudgeId: string): Message {
  const name = clip(facts.ruleName, LONGEST_NAME);
  const short = SCOPES.get(facts.scope)?.short ?? 'a permission';
  const words = name ? `Your rule “${name}” needs your permission` : 'A rule needs your permission';
  const need = `It can’t do its work without: ${short}. What it missed until then is not made up for.`;
  return message(
    [kicker('🔐', 'Rule without permission', 'Attention'), title(words), line(need)],
    { summary: words, fallbackText: `${words}. ${need}` },
    [execute('Give permission', RULE_PERMIT, { nudgeId }, { style: 'positive' })],
  );
}
