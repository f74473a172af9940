/**
 * Goes along with a mailbox: plans what rules do about what changed in it, and about what the clock will start. Costs one
 * query where there are no rules.
 */
import { once } from '../calendar/once.ts';
import { DAY_MS, HOUR_MS } from '../clock.ts';
import type { Sql } from '../store/database.ts';
import { planErrands, plannedErrandsOf, withdrawErrands } from '../store/errands.ts';
import { eventsBetween, ownWritesOf } from '../store/events.ts';
import { countRuns, lockRunning, rewriteRuns, rulesFor } from '../store/rules.ts';
import type { Follower, Written } from '../sync/follower.ts';
import { busiestHour, equaliseRuns } from './equalise.ts';
import type { Reader } from './match.ts';
import { pauseAndTell } from './pause.ts';
import { isOwnDoing, type Run, runsOfChanges, runsOfTime, spanOf, timedWindow } from './plan.ts';
import { readerOf } from './reader.ts';
import { isTimed, type Rule } from './rule.ts';

/** Well within what is planned ahead. */
const AGAIN_MS = DAY_MS;
/** A write of ours is noticed soon after it. */
const OWN_WRITES_BACK_MS = 7 * DAY_MS;

export const rulesFollower: Follower = {
  name: 'rules',
  async follow(sql, written, now) {
    const { tenantId, mailboxId, person } = written;
    const rules = await rulesFor(sql, tenantId, { mailboxId, isRoom: person.kind === 'room' });
    if (rules.length === 0) return undefined;
    const specs = rules.map((rule) => rule.spec);
    const reader = await readerOf(sql, person, specs);
    const isTimedRule = (rule: Rule) => isTimed(rule.spec.when);
    const waiting = rules.filter((rule) => !isTimedRule(rule));
    if (written.changes.length > 0 && waiting.length > 0) await runChanges(sql, written, waiting, reader, now);
    const timed = rules.filter(isTimedRule);
    if (timed.length === 0) return undefined;
    await planTimed(sql, written, timed, reader, now);
    return now + AGAIN_MS;
  },
};

async function runChanges(sql: Sql, written: Written, rules: Rule[], reader: Reader, now: number): Promise<void> {
  const { tenantId, mailboxId, correlationId, changes } = written;
  const all = runsOfChanges(rules, changes, { mailboxId, reader }, now);
  if (all.length === 0) return;
  const own = await ownWritesOf(sql, tenantId, mailboxId, now - OWN_WRITES_BACK_MS);
  const foreign = all.filter((run) => !isOwnDoing(run, own));
  const first = await withoutCopies(sql, written, foreign);
  const runs = await withinLimit(sql, written, first, now);
  await planErrands(
    sql,
    tenantId,
    runs.flatMap((run) => run.errands),
    correlationId,
    now,
  );
}

/** A meeting that stands in the default calendar too is run there; a rule may be about another calendar by name. */
async function withoutCopies(sql: Sql, { tenantId, mailboxId }: Written, runs: Run[]): Promise<Run[]> {
  const kept: Run[] = [];
  for (const run of runs) {
    const { event, rule } = run;
    const mayBeCopy = event.calendarId !== '' && event.uid !== undefined && rule.spec.which.calendar === undefined;
    const beside = mayBeCopy
      ? await eventsBetween(sql, tenantId, mailboxId, event.startAt, Math.max(event.endAt, event.startAt + 1))
      : [];
    const others = beside.filter((one) => one.calendarId === '');
    if (once([event, ...others]).includes(event)) kept.push(run);
  }
  return kept;
}

/** In the order of their ids, as everybody who locks more than one. */
function byRule(runs: readonly Run[]): Run[][] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) groups.set(run.rule.ruleId, [...(groups.get(run.rule.ruleId) ?? []), run]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, some]) => some);
}

/**
 * Counted with the rule locked: of a rule that runs away none of this round
 * is run.
 */
async function withinLimit(sql: Sql, written: Written, runs: Run[], now: number): Promise<Run[]> {
  const { tenantId, mailboxId, correlationId } = written;
  const kept: Run[] = [];
  for (const some of byRule(runs)) {
    const ruleId = some[0]?.rule.ruleId ?? '';
    const rule = await lockRunning(sql, tenantId, ruleId);
    if (!rule) continue;
    const count = some.length + (await countRuns(sql, tenantId, { ruleId, mailboxId }, now - HOUR_MS));
    if (count <= rule.limitPerHour) kept.push(...some);
    else await pauseAndTell(sql, tenantId, rule, { why: 'limit', runs: count, correlationId }, now);
  }
  return kept;
}

async function planTimed(sql: Sql, written: Written, rules: Rule[], reader: Reader, now: number): Promise<void> {
  const { tenantId, mailboxId, correlationId, read, person } = written;
  const span = spanOf(now);
  const window = timedWindow(rules, span);
  if (!window) return;
  const events = person.watch === 'off' ? [] : await eventsBetween(sql, tenantId, mailboxId, window.from, window.to);
  const all = runsOfTime(rules, events, { mailboxId, reader }, span);
  const runs = await withinHours(sql, written, all, now);
  const stored = await plannedErrandsOf(sql, tenantId, mailboxId);
  const touched = new Set(read?.upserts.map((event) => event.id));
  const { insert, rewrite, withdraw } = equaliseRuns(runs, stored, touched, now);
  await withdrawErrands(sql, tenantId, withdraw, 'its meeting is none of these any more', now);
  const fresh = new Set(await planErrands(sql, tenantId, insert, correlationId, now));
  // What was there and was not planned has run, or was withdrawn and is wanted again.
  const known = insert.filter((one) => !fresh.has(one.errandId));
  await rewriteRuns(sql, tenantId, [...rewrite, ...known], now);
}

/** What the clock will start is known before: a rule that would run too often within an hour is stopped at once. */
async function withinHours(sql: Sql, written: Written, runs: Run[], now: number): Promise<Run[]> {
  const { tenantId, correlationId } = written;
  const kept: Run[] = [];
  for (const some of byRule(runs)) {
    const most = busiestHour(some.map((run) => run.dueAt));
    const [first] = some;
    if (!first || most <= first.rule.limitPerHour) {
      kept.push(...some);
      continue;
    }
    const rule = await lockRunning(sql, tenantId, first.rule.ruleId);
    if (rule) await pauseAndTell(sql, tenantId, rule, { why: 'limit', runs: most, correlationId }, now);
  }
  return kept;
}
