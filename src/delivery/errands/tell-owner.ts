/** Words of the bot's own that come of an errand, into its owner's chat. Planned in the transaction that records its end. */
import { hash } from 'node:crypto';
import { DAY_MS } from '../../clock.ts';
import type { ScopeName } from '../../identity/scopes.ts';
import type { Sql } from '../../store/database.ts';
import { addNotice } from '../../store/nudges.ts';
import type { Errand } from './errand.ts';
import { actorOf, heardFrom } from './run.ts';

export const RULE_PERMISSION = 'rulePermission';
const KEPT_FOR_MS = 7 * DAY_MS;

export const idOf = (...parts: (string | number)[]): string =>
  hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);

/** When they want to hear of things again. Of one identity once. */
export async function tellOwner(
  sql: Sql,
  errand: Errand,
  notice: { nudgeId: string; kind: string; facts: Record<string, unknown> },
  now: number,
): Promise<void> {
  const person = await actorOf(sql, errand);
  if (!person) return;
  const { tenantId, personId } = person;
  const owner = { tenantId, personId, mailboxId: personId, correlationId: errand.correlationId };
  const dueAt = await heardFrom(sql, person, now);
  await addNotice(sql, owner, { ...notice, dueAt, deadlineAt: dueAt + KEPT_FOR_MS }, now);
}

export interface RulePermissionFacts {
  ruleName: string;
  scope: ScopeName;
}

/** A rule wants what the person has not agreed to: said once for each rule and permission. */
export async function tellOfPermission(sql: Sql, errand: Errand, scope: ScopeName, now: number): Promise<void> {
  const { ruleId, personId, payload } = errand;
  const ruleName = String(payload.ruleName ?? '').slice(0, 100);
  const facts: RulePermissionFacts = { ruleName, scope };
  const nudgeId = `${RULE_PERMISSION}.${idOf(ruleId ?? '', personId ?? '', scope)}`;
  await tellOwner(sql, errand, { nudgeId, kind: RULE_PERMISSION, facts: { ...facts } }, now);
}
