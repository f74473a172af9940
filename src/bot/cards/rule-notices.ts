/** What somebody has to know about their rules: a webhook that was switched off, what came of a test, a permission that is missing. */
import type { RulePermissionFacts } from '../../delivery/errands/tell-owner.ts';
import type { WebhookOffFacts, WebhookTestedFacts } from '../../delivery/errands/webhook.ts';
import type { Message } from '../../delivery/message.ts';
import { SCOPES } from '../../identity/scopes.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { clip, execute, kicker, line, message, plain, subtle, title } from './parts.ts';
import { hostWords, outcomeWords, ruleNames } from './webhooks.ts';

/** data: {nudgeId} */
export const WEBHOOK_ON = 'webhook.on';
export const RULE_PERMIT = 'rule.permit';

const LONGEST_NAME = 100;
/** With the names of a few rules. */
const LONGEST_REMEDY = 1_200;
const hostOf = ({ host }: { host: string }) => hostWords(host);

export function webhookOffCard(facts: WebhookOffFacts, nudgeId: string, reader: Reader, now: number): Message {
  const host = hostOf(facts);
  const since = facts.failingSince;
  const why =
    since === null
      ? 'The receiver answered that it wants no more of this (410).'
      : `Nothing I sent there was taken since ${speakerFor(reader).relativeDay(since, now)}.`;
  const words = `I’ve switched off your webhook to ${host}`;
  const { pausedRules = [] } = facts;
  const rules =
    pausedRules.length > 0
      ? `Paused with it, having nothing else to do: ${ruleNames(pausedRules)}. Other rules go on, but tell it nothing.`
      : 'Your rules go on, but tell it nothing.';
  const remedy = `${rules} Once the receiver works again, switch it on${pausedRules.length > 0 ? '; then resume what you want' : ''}.`;
  return message(
    [
      kicker('🪝', 'Webhook switched off', 'Attention'),
      title(words),
      line(why),
      line(plain(remedy, LONGEST_REMEDY)),
      subtle('What was not taken is kept for 30 days, and can be sent again: **rules**, then “Last runs”.'),
    ],
    { summary: words, fallbackText: `${words}. ${why} ${remedy}` },
    [execute('Switch on again', WEBHOOK_ON, { nudgeId }, { style: 'positive' })],
  );
}

export function webhookTestedCard(facts: WebhookTestedFacts): Message {
  const host = hostOf(facts);
  const words = facts.isTaken ? `${host} took the test` : `${host} didn’t take the test`;
  const came = facts.outcome ? `What came of it: ${outcomeWords(facts.outcome)}.` : '';
  const still = facts.isOff ? `It is switched off all the same: “webhook on ${host}” switches it on.` : '';
  const detail = [came, still].filter(Boolean).join(' ');
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
