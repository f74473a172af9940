/** Rules, and what of the ledger of errands is theirs. */
import type { NoticedChange } from '../nudges/nudge.ts';
import { MOST_RULES_A_PERSON, MOST_RULES_A_TENANT, type Rule, ruleSpec } from '../rules/rule.ts';
import { at, type Sql } from './database.ts';
import type { NewErrand } from './errands.ts';

const MOST_CHANGES = 2_000;
/** What one statement of a withdrawal takes; more are withdrawn when their time comes. */
const MOST_WITHDRAWN = 20_000;

const RULE = `rule_id as "ruleId", person_id as "personId", scope, name, spec, limit_per_hour as "limitPerHour",
  made_at as "madeAt", active_since as "activeSince", paused_at as "pausedAt", paused_why as "pausedWhy"`;

type Row = Omit<Rule, 'spec'> & { spec: unknown };

/** One that another version made, and that this one does not understand, is left alone. */
function readable(rows: Row[]): Rule[] {
  return rows.flatMap((row) => {
    const { data } = ruleSpec.safeParse(row.spec);
    return data ? [{ ...row, spec: data }] : [];
  });
}

/** Those that run for this mailbox. */
export async function rulesFor(
  sql: Sql,
  tenantId: string,
  mailbox: { mailboxId: string; isRoom: boolean },
): Promise<Rule[]> {
  const rows = await sql.query<Row>(
    `select ${RULE} from cw.rule where tenant_id = $1 and paused_at is null
       and ((person_id = $2 and scope = 'mine' and not $3) or scope = case when $3 then 'rooms' else 'everyone' end)
     order by rule_id limit ${MOST_RULES_A_PERSON + MOST_RULES_A_TENANT}`,
    [tenantId, mailbox.mailboxId, mailbox.isRoom],
  );
  return readable(rows);
}

/** A person's own, paused ones too, the newest first. */
export async function rulesOf(sql: Sql, tenantId: string, personId: string): Promise<Rule[]> {
  const rows = await sql.query<Row>(
    `select ${RULE} from cw.rule where tenant_id = $1 and person_id = $2 and scope = 'mine'
     order by made_at desc, rule_id limit ${MOST_RULES_A_PERSON}`,
    [tenantId, personId],
  );
  return readable(rows);
}

/** The tenant's, whichever admin made them. */
export async function tenantRules(sql: Sql, tenantId: string): Promise<Rule[]> {
  const rows = await sql.query<Row>(
    `select ${RULE} from cw.rule where tenant_id = $1 and scope <> 'mine'
     order by made_at desc, rule_id limit ${MOST_RULES_A_TENANT}`,
    [tenantId],
  );
  return readable(rows);
}

/** A person's, of whatever scope, that tell a webhook of theirs; in the order of their ids, as everybody locks them. */
export async function rulesTelling(
  sql: Sql,
  { tenantId, personId }: { tenantId: string; personId: string },
  webhookId: string,
  isLocked = false,
): Promise<Rule[]> {
  const rows = await sql.query<Row>(
    `select ${RULE} from cw.rule where tenant_id = $1 and person_id = $2 and spec -> 'do' @> $3::jsonb
     order by rule_id limit ${MOST_RULES_A_PERSON + MOST_RULES_A_TENANT} ${isLocked ? 'for no key update' : ''}`,
    [tenantId, personId, JSON.stringify([{ deed: 'webhook', webhookId }])],
  );
  return readable(rows);
}

export async function findRule(sql: Sql, tenantId: string, ruleId: string): Promise<Rule | undefined> {
  const rows = await sql.query<Row>(`select ${RULE} from cw.rule where tenant_id = $1 and rule_id = $2`, [
    tenantId,
    ruleId,
  ]);
  return readable(rows)[0];
}

/** Nobody pauses it, and no other mailbox counts its runs, until the transaction ends. Undefined: gone, or paused. */
export async function lockRunning(sql: Sql, tenantId: string, ruleId: string): Promise<Rule | undefined> {
  const rows = await sql.query<Row>(
    `select ${RULE} from cw.rule where tenant_id = $1 and rule_id = $2 and paused_at is null for no key update`,
    [tenantId, ruleId],
  );
  return readable(rows)[0];
}

export type NewRule = Pick<Rule, 'ruleId' | 'personId' | 'scope' | 'name' | 'spec' | 'limitPerHour'>;

/** False when there are as many as there may be. */
export async function makeRule(sql: Sql, tenantId: string, rule: NewRule, now: number): Promise<boolean> {
  // Two that are made at one time are counted one after the other.
  if (rule.scope === 'mine')
    await sql.query('select 1 from cw.person where tenant_id = $1 and person_id = $2 for no key update', [
      tenantId,
      rule.personId,
    ]);
  else await sql.query('select 1 from cw.tenant where tenant_id = $1 for no key update', [tenantId]);
  const [counted] = await sql.query<{ count: number }>(
    `select count(*)::integer as count from cw.rule where tenant_id = $1
       and case when $2 = 'mine' then scope = 'mine' and person_id = $3 else scope <> 'mine' end`,
    [tenantId, rule.scope, rule.personId],
  );
  if ((counted?.count ?? 0) >= (rule.scope === 'mine' ? MOST_RULES_A_PERSON : MOST_RULES_A_TENANT)) return false;
  await sql.query(
    `insert into cw.rule (tenant_id, rule_id, person_id, scope, name, spec, limit_per_hour, made_at, active_since)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
    [
      tenantId,
      rule.ruleId,
      rule.personId,
      rule.scope,
      rule.name,
      JSON.stringify(rule.spec),
      rule.limitPerHour,
      at(now),
    ],
  );
  return true;
}

export type PausedWhy = 'asked' | 'limit' | 'webhookOff';

/** With all of its runs that are still to come. False: it was paused already, or is gone. */
export async function pauseRule(
  sql: Sql,
  tenantId: string,
  ruleId: string,
  why: PausedWhy,
  now: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.rule set paused_at = $3, paused_why = $4 where tenant_id = $1 and rule_id = $2 and paused_at is null
     returning rule_id`,
    [tenantId, ruleId, at(now), why],
  );
  if (rows.length > 0) await withdrawRuns(sql, tenantId, ruleId, 'its rule was paused', now);
  return rows.length > 0;
}

/** What happened while it was paused is not made up for. The caller has plans made anew. */
export async function resumeRule(sql: Sql, tenantId: string, ruleId: string, now: number): Promise<boolean> {
  const rows = await sql.query(
    `update cw.rule set paused_at = null, paused_why = null, active_since = $3
     where tenant_id = $1 and rule_id = $2 and paused_at is not null returning rule_id`,
    [tenantId, ruleId, at(now)],
  );
  return rows.length > 0;
}

export async function deleteRule(sql: Sql, tenantId: string, ruleId: string, now: number): Promise<boolean> {
  const rows = await sql.query('delete from cw.rule where tenant_id = $1 and rule_id = $2 returning rule_id', [
    tenantId,
    ruleId,
  ]);
  if (rows.length > 0) await withdrawRuns(sql, tenantId, ruleId, 'its rule was deleted', now);
  return rows.length > 0;
}

/**
 * The rule is locked by the caller. Whoever performs a run holds its row and may wait for the rule, so what is locked is
 * left: it is looked at once more.
 */
async function withdrawRuns(sql: Sql, tenantId: string, ruleId: string, reason: string, now: number): Promise<void> {
  await sql.query(
    `update cw.errand e set state = 'withdrawn', reason = $3, ended_at = $4
     from (select errand_id from cw.errand where tenant_id = $1 and rule_id = $2 and state = 'planned'
       order by due_at, errand_id limit ${MOST_WITHDRAWN} for no key update skip locked) open
     where e.tenant_id = $1 and e.errand_id = open.errand_id`,
    [tenantId, ruleId, reason, at(now)],
  );
}

/** Runs of the rule that were planned for this mailbox since then: those of its first deed are counted. */
export async function countRuns(
  sql: Sql,
  tenantId: string,
  run: { ruleId: string; mailboxId: string },
  since: number,
): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::integer as count from cw.errand
     where tenant_id = $1 and rule_id = $2 and mailbox_id = $3 and planned_at > $4 and errand_id like '%.0'`,
    [tenantId, run.ruleId, run.mailboxId, at(since)],
  );
  return row?.count ?? 0;
}

/**
 * Runs that nobody began yet, as they are wanted now: at another hour, of another occurrence, with other facts; or
 * wanted again after they were withdrawn.
 */
export async function rewriteRuns(
  sql: Sql,
  tenantId: string,
  errands: readonly NewErrand[],
  now: number,
): Promise<void> {
  if (errands.length === 0) return;
  await sql.query(
    `update cw.errand e set state = 'planned', reason = null, ended_at = null, event_id = coalesce(r."eventId", ''),
       start_at = to_timestamp(r."startAt" / 1000.0), payload = r.payload, due_at = to_timestamp(r."dueAt" / 1000.0),
       deadline_at = to_timestamp(r."deadlineAt" / 1000.0), send_at = to_timestamp(r."dueAt" / 1000.0)
     from jsonb_to_recordset($2::jsonb) as r ("errandId" text, "eventId" text, "startAt" double precision, payload jsonb,
       "dueAt" double precision, "deadlineAt" double precision)
     where e.tenant_id = $1 and e.errand_id = r."errandId" and e.attempts = 0
       and (e.state = 'planned' or (e.state = 'withdrawn' and to_timestamp(r."dueAt" / 1000.0) > $3))`,
    [tenantId, JSON.stringify(errands), at(now)],
  );
}

/** All that was noticed since then, told in whatever way; oldest first. */
export async function allChangesSince(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  since: number,
): Promise<NoticedChange[]> {
  const rows = await sql.query<NoticedChange>(
    `select change_id as "changeId", event_id as "eventId", kind, aspects, scope, series_id as "seriesId", occurrences,
       noticed_at as "noticedAt", before, after
     from cw.change where tenant_id = $1 and mailbox_id = $2 and noticed_at >= $3
     order by noticed_at desc, change_id limit ${MOST_CHANGES}`,
    [tenantId, mailboxId, at(since)],
  );
  // Where there is nothing, the row says null; a change says nothing.
  return rows
    .reverse()
    .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as never);
}
