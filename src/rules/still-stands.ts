/** The last look of whatever a rule does: the kinds of errands that rules use ask it as their `stillStands`. */
import type { Errand } from '../delivery/errands/errand.ts';
import type { Sql } from '../store/database.ts';
import { findEvent } from '../store/events.ts';
import { findPerson } from '../store/people.ts';
import { findRule } from '../store/rules.ts';
import { isTimable, matches } from './match.ts';
import { readerOf } from './reader.ts';
import { isTimed, type Rule, type RulePayload, type RuleSpec } from './rule.ts';

/** A tenant's rules are its admins': of one whose maker is none any more nothing is done. */
export async function whyNotTheirs(
  sql: Sql,
  tenantId: string,
  rule: Pick<Rule, 'scope' | 'personId'>,
): Promise<string | undefined> {
  const isAllowed = rule.scope === 'mine' || (await findPerson(sql, tenantId, rule.personId))?.isAdmin;
  return isAllowed ? undefined : 'whoever made the rule is no admin any more';
}

/** @returns why it is not to be done any more; undefined: it is (or is no rule's) */
export async function ruleStillStands(sql: Sql, errand: Errand): Promise<string | undefined> {
  const { tenantId, ruleId, mailboxId } = errand;
  if (ruleId === null || mailboxId === null) return undefined;
  const rule = await findRule(sql, tenantId, ruleId);
  if (!rule) return 'its rule was deleted';
  if (rule.pausedAt !== null) return 'its rule is paused';
  const person = await findPerson(sql, tenantId, mailboxId);
  if (!person || person.watch === 'off') return 'the calendar is not watched any more';
  const against = await whyNotTheirs(sql, tenantId, rule);
  if (against) return against;
  return isTimed(rule.spec.when)
    ? againstTime(sql, errand, rule.spec, person)
    : againstChange(sql, errand, rule.spec, person);
}

type Looker = Parameters<typeof readerOf>[1];

async function againstTime(sql: Sql, errand: Errand, spec: RuleSpec, person: Looker): Promise<string | undefined> {
  const event = await findEvent(sql, errand.tenantId, person.personId, errand.eventId);
  if (!event) return 'its meeting is gone';
  if (event.startAt !== errand.startAt) return 'its meeting was moved';
  const reader = await readerOf(sql, person, [spec]);
  return isTimable(spec, event) && matches(spec, event, reader) ? undefined : 'its meeting is none of these any more';
}

/** What happened stays true; what is not there any more needs nothing done about it. */
async function againstChange(sql: Sql, errand: Errand, spec: RuleSpec, person: Looker): Promise<string | undefined> {
  const { when } = spec;
  // Who declines a meeting, or cancels it, often has it no more.
  if (when.trigger === 'cancelled' || (when.trigger === 'answered' && when.by === 'me')) return undefined;
  const event = await findEvent(sql, errand.tenantId, person.personId, errand.eventId);
  const { facts } = errand.payload as unknown as RulePayload;
  // The head of a series comes and goes with what is in sight of it.
  if (!event) return facts.change?.scope === 'series' ? undefined : 'its meeting is gone';
  if (event.isCancelled) return 'its meeting was cancelled';
  const reader = await readerOf(sql, person, [spec]);
  return matches(spec, event, reader) ? undefined : 'its meeting is none of these any more';
}
