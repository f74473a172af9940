/** A rule that runs away is stopped, and its owner told. */
import { hash } from 'node:crypto';
import { DAY_MS } from '../clock.ts';
import type { Sql } from '../store/database.ts';
import { addNotice } from '../store/nudges.ts';
import { type PausedWhy, pauseRule } from '../store/rules.ts';
import type { Rule } from './rule.ts';

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
