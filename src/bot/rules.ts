/** What chat does with rules: reads a line, tries it, keeps it; and whose rule it is that a button names. */

import { type Known, parseRule } from '../rules/parse.ts';
import { isIdle, webhooksOnOf } from '../rules/pause.ts';
import { type Rehearsed, rehearse } from '../rules/rehearse.ts';
import {
  MOST_RULES_A_PERSON,
  MOST_RULES_A_TENANT,
  type Rule,
  type RuleScope,
  type RuleSpec,
  refusedDeed,
  USUAL_LIMIT_PER_HOUR,
} from '../rules/rule.ts';
import { deedWords, headWords, wordsOf } from '../rules/words.ts';
import { recordAct } from '../store/audit.ts';
import type { Sql } from '../store/database.ts';
import { findPerson, oweReplan, type Person, replanTenant } from '../store/people.ts';
import { roomsOf } from '../store/rooms.ts';
import { deleteRule, findRule, makeRule, pauseRule, resumeRule } from '../store/rules.ts';
import { webhooksOf } from '../store/webhooks.ts';
import { replan } from '../sync/write-plan.ts';
import { refuse } from './actions/press-input.ts';
import { askWhere, channelsKnownTo, mayPostTo } from './channels.ts';
import { requireAdmin } from './choosing.ts';
import type { Services, Turn } from './services.ts';

/** A line goes along in each button of the card that shows it. */
export const LONGEST_KEPT_LINE = 2_000;
const LONGEST_NAME = 100;
const MOST_RUNS_TOLD = 10;

/** What they may name in a rule: their own webhooks, and channels that they were in when Teams was asked last. */
export async function knownTo(sql: Sql, who: Pick<Turn, 'tenantId' | 'personId'>): Promise<Known> {
  const webhooks = await webhooksOf(sql, who);
  return {
    channels: await channelsKnownTo(sql, who),
    webhooks: webhooks.map(({ webhookId, host }) => ({ id: webhookId, name: host })),
  };
}

export interface Draft {
  scope: RuleScope;
  spec: RuleSpec;
  /** As it is read back. */
  line: string;
  head: string;
  deeds: string[];
}

const DEED_REFUSED: Record<Exclude<RuleScope, 'mine'>, string> = {
  everyone:
    'A rule for everybody tells each of them about their own calendar alone: “message me”, “add a task”, “mail me”, “add the category”, “write … into the entry”.',
  rooms: 'A rule for rooms can “message me”, “post in …”, “mail …” or call a webhook.',
};

export type Read = { kind: 'draft'; draft: Draft } | { kind: 'notUnderstood'; say: string };

export function readLine(line: string, scope: RuleScope, known: Known): Read {
  const parsed = parseRule(line, known);
  if (parsed.kind === 'notUnderstood') return parsed;
  const { spec } = parsed;
  if (scope !== 'mine' && refusedDeed(scope, spec)) return { kind: 'notUnderstood', say: DEED_REFUSED[scope] };
  const words = wordsOf(spec, known);
  if (words.length > LONGEST_KEPT_LINE)
    return { kind: 'notUnderstood', say: 'That is too long for one rule. Two shorter ones?' };
  const deeds = spec.do.map((deed) => deedWords(deed, known));
  return { kind: 'draft', draft: { scope, spec, line: words, head: headWords(spec), deeds } };
}

export async function presser(services: Services, { tenantId, personId }: Turn): Promise<Person> {
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  if (person) return person;
  throw refuse('a rule of somebody who never spoke', 'Type **watch on** first.');
}

/** So many rooms are looked at to tell what a rule for rooms would have done. */
const MOST_ROOMS_TRIED = 20;

/** On their own calendar; a rule for rooms on those of rooms. */
export async function tried(services: Services, turn: Turn, spec: RuleSpec, scope: RuleScope): Promise<Rehearsed> {
  const { tenantId } = turn;
  const person = await presser(services, turn);
  const now = services.clock.now();
  return services.database.inTenant(tenantId, async (sql) => {
    if (scope !== 'rooms') return rehearse(sql, person, spec, now);
    const all: Rehearsed = { count: 0, runs: [] };
    for (const { roomId } of (await roomsOf(sql, tenantId)).slice(0, MOST_ROOMS_TRIED)) {
      const room = await findPerson(sql, tenantId, roomId);
      const found = room && (await rehearse(sql, room, spec, now));
      all.count += found?.count ?? 0;
      all.runs.push(...(found?.runs ?? []));
    }
    return { count: all.count, runs: all.runs.sort((a, b) => b.at - a.at).slice(0, MOST_RUNS_TOLD) };
  });
}

/** Where a line says to post; its name, if that stands in quotes. */
const NAMED_PLACE = /\b(?:post|tell)(?: in(?:to)?| to)?(?: the)?(?: channel| chat)? "([^"]{1,200})"/i;
const SOME_PLACE = /\b(?:post|tell (?:the )?channel)\b/i;

/** Before a line is read: Teams says whether they are in the channel that it names. */
async function askOfPlaces(services: Services, turn: Turn, line: string): Promise<void> {
  if (SOME_PLACE.test(line)) await askWhere(services, turn, NAMED_PLACE.exec(line)?.[1]?.trim());
}

export async function readFor(services: Services, turn: Turn, line: string, scope: RuleScope): Promise<Read> {
  if (scope !== 'mine') await requireAdmin(services, turn);
  await askOfPlaces(services, turn, line);
  const known = await services.database.inTenant(turn.tenantId, (sql) => knownTo(sql, turn));
  return readLine(line, scope, known);
}

const nameOf = ({ head }: Draft) => (head.length > LONGEST_NAME ? `${head.slice(0, LONGEST_NAME - 1)}…` : head);

/** False: there are as many as there may be. Whoever makes one for others was asked whether they may (readFor). */
export async function keepRule(services: Services, turn: Turn, draft: Draft): Promise<boolean> {
  const { tenantId, personId } = turn;
  const { scope, spec } = draft;
  for (const deed of spec.do)
    if (deed.deed === 'post' && !(await mayPostTo(services, turn, deed.conversationId)))
      throw refuse('a rule posts where its maker is not', 'I post only where you are too. **channels** shows where.');
  const now = services.clock.now();
  const ruleId = services.newId();
  const rule = { ruleId, personId, scope, name: nameOf(draft), spec, limitPerHour: USUAL_LIMIT_PER_HOUR };
  const isMade = await services.database.inTenant(tenantId, async (sql) => {
    await owePlan(sql, turn, rule, now);
    await assertTells(sql, tenantId, rule);
    if (!(await makeRule(sql, tenantId, rule, now))) return false;
    await keepAct(services, turn, sql, rule, 'made', now);
    return true;
  });
  if (isMade) await planAnew(services, turn, rule, now);
  return isMade;
}

/** A rule that does nothing but tell a webhook that is off, or gone, would seem to run. */
async function assertTells(sql: Sql, tenantId: string, { personId, spec }: Pick<Rule, 'personId' | 'spec'>) {
  if (isIdle(spec, await webhooksOnOf(sql, { tenantId, personId })))
    throw refuse(
      'a rule would tell a webhook that is off',
      'All that it does is to tell a webhook that is switched off, or gone. **webhooks** shows how they stand.',
    );
}

export const mostRules = (scope: RuleScope) => (scope === 'mine' ? MOST_RULES_A_PERSON : MOST_RULES_A_TENANT);

/**
 * A plan is made by what was changed, even if this process ends before it has. Takes the person's row, as whoever plans
 * does before they look at rules: so it comes first.
 */
async function owePlan(sql: Sql, { tenantId, personId }: Turn, { scope }: Pick<Rule, 'scope'>, now: number) {
  if (scope === 'mine') await oweReplan(sql, tenantId, personId, now);
}

/** What an admin does for others is kept. */
export async function keepAct(
  services: Services,
  { tenantId, personId }: Turn,
  sql: Sql,
  { ruleId, scope }: Pick<Rule, 'ruleId' | 'scope'>,
  did: string,
  now: number,
): Promise<void> {
  if (scope === 'mine') return;
  const detail = { ruleId, scope, did };
  const act = { tenantId, actorId: personId, personId: null, act: 'adminRule', detail } as const;
  await recordAct(sql, act, now, services.newId());
}

/** Everybody’s plans follow within minutes; one’s own at once. */
async function planAnew(
  services: Services,
  { tenantId, personId }: Turn,
  { scope }: Pick<Rule, 'scope'>,
  now: number,
): Promise<void> {
  if (scope === 'mine') await replan(services, { tenantId, personId, correlationId: services.newId() }, now);
  else await services.database.inTenant(tenantId, (sql) => replanTenant(sql, tenantId, now));
  services.poke('errands');
  services.poke('nudges');
}

/** The rule that a button names: theirs, or the tenant's where an admin asks. Of others' rules nobody learns that they are. */
export async function ruleFor(services: Services, turn: Turn, ruleId: string): Promise<Rule> {
  const { tenantId, personId } = turn;
  const rule = await services.database.inTenant(tenantId, (sql) => findRule(sql, tenantId, ruleId));
  const isTheirs = rule !== undefined && (rule.scope !== 'mine' || rule.personId === personId);
  if (!isTheirs)
    throw refuse('the rule of a button is gone', 'That rule is gone. **rules** shows those that you have.');
  if (rule.scope !== 'mine') await requireAdmin(services, turn);
  return rule;
}

const CHANGES = {
  paused: (sql: Sql, tenantId: string, ruleId: string, now: number) => pauseRule(sql, tenantId, ruleId, 'asked', now),
  resumed: resumeRule,
  deleted: deleteRule,
};

/** Pressed twice, or on an old card, it is as it was asked for already. */
export async function changeRule(services: Services, turn: Turn, rule: Rule, did: keyof typeof CHANGES): Promise<void> {
  const { tenantId } = turn;
  const now = services.clock.now();
  const isChanged = await services.database.inTenant(tenantId, async (sql) => {
    await owePlan(sql, turn, rule, now);
    if (did === 'resumed') await assertTells(sql, tenantId, rule);
    if (!(await CHANGES[did](sql, tenantId, rule.ruleId, now))) return false;
    await keepAct(services, turn, sql, rule, did, now);
    return true;
  });
  if (isChanged && did === 'resumed') await planAnew(services, turn, rule, now);
}
