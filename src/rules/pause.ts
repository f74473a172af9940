/** A rule that runs away is stopped, and its owner told; so is one that has nobody left to tell. */
import { hash } from 'node:crypto';
import { DAY_MS } from '../clock.ts';
import type { Sql } from '../store/database.ts';
import { addNotice } from '../store/nudges.ts';
import { type PausedWhy, pauseRule, rulesTelling } from '../store/rules.ts';
import { webhooksOf } from '../store/webhooks.ts';
import type { Rule, RuleSpec } from './rule.ts';

const TOLD_FOR_MS = 3 * DAY_MS;

/** Of the notice "rulePaused". */
export interface RulePausedFacts {
  ruleId: string;
  name: string;
  scope: Rule['scope'];
  why: PausedWhy;
  /** Of 'limit': how often it would have run within an hour, and how often it may. */
  runs?: number;
  limit?: number;
}

/** The rule is locked by the caller. */
export async function pauseAndTell(
  sql: Sql,
  tenantId: string,
  rule: Pick<Rule, 'ruleId' | 'personId' | 'name' | 'scope' | 'limitPerHour'>,
  why: { why: PausedWhy; runs?: number; correlationId: string },
  now: number,
): Promise<void> {
  const { ruleId, personId, name, scope, limitPerHour } = rule;
  if (!(await pauseRule(sql, tenantId, ruleId, why.why, now))) return;
  const facts: RulePausedFacts = {
    ruleId,
    name,
    scope,
    why: why.why,
    ...(why.runs === undefined ? {} : { runs: why.runs, limit: limitPerHour }),
  };
  const nudgeId = `rulePaused.${hash('sha256', `${ruleId} ${now}`, 'base64url').slice(0, 22)}`;
  const { correlationId } = why;
  await addNotice(
    sql,
    { tenantId, personId, mailboxId: personId, correlationId },
    { nudgeId, kind: 'rulePaused', facts: { ...facts }, deadlineAt: now + TOLD_FOR_MS },
    now,
  );
}

/** All that it does is to tell webhooks, and none of these takes anything. */
export const isIdle = (spec: RuleSpec, webhooksOn: ReadonlySet<string>): boolean =>
  spec.do.every((deed) => deed.deed === 'webhook' && !webhooksOn.has(deed.webhookId));

interface Who {
  tenantId: string;
  personId: string;
}

/** Of theirs that are there, and not switched off. */
export async function webhooksOnOf(sql: Sql, who: Who): Promise<Set<string>> {
  const webhooks = await webhooksOf(sql, who);
  return new Set(webhooks.filter((one) => one.offAt === null).map((one) => one.webhookId));
}

/**
 * In the transaction that switches a webhook off, or removes it: the rules of its owner that do nothing else now. Whoever
 * calls says it with the rest, in one message.
 */
export async function pauseWithout(sql: Sql, who: Who, webhookId: string, now: number): Promise<Rule[]> {
  const webhooksOn = await webhooksOnOf(sql, who);
  const rules = await rulesTelling(sql, who, webhookId, true);
  const idle = rules.filter((rule) => rule.pausedAt === null && isIdle(rule.spec, webhooksOn));
  for (const { ruleId } of idle) await pauseRule(sql, who.tenantId, ruleId, 'webhookOff', now);
  return idle;
}

/** Those that were paused for want of this webhook. */
export async function pausedWithout(sql: Sql, who: Who, webhookId: string): Promise<Rule[]> {
  const rules = await rulesTelling(sql, who, webhookId);
  return rules.filter((rule) => rule.pausedAt !== null && rule.pausedWhy === 'webhookOff');
}
