/** "Would have run 4 times": a rule tried on the week that was, with the code that plans it. Nothing is done. */
import { DAY_MS } from '../clock.ts';
import type { Sql } from '../store/database.ts';
import { eventsBetween, ownWritesOf } from '../store/events.ts';
import type { Person } from '../store/people.ts';
import { allChangesSince } from '../store/rules.ts';
import { isOwnDoing, type Run, runsOfChanges, runsOfTime, timedWindow } from './plan.ts';
import { readerOf } from './reader.ts';
import { isTimed, type Rule, type RuleSpec } from './rule.ts';

const BACK_MS = 7 * DAY_MS;
const MOST_SHOWN = 10;

export interface Rehearsed {
  count: number;
  /** The last ones, the latest first. */
  runs: { at: number; subject: string; startAt: number; allDay?: { startDate: string; endDate: string } }[];
}

/** What stands in the calendar now, and what was noticed in it: a meeting that was moved since counts where it is. */
export async function rehearse(
  sql: Sql,
  person: Pick<Person, 'tenantId' | 'personId' | 'address' | 'timeZone' | 'kind'>,
  spec: RuleSpec,
  now: number,
): Promise<Rehearsed> {
  const { tenantId, personId: mailboxId } = person;
  const rule: Rule = {
    ruleId: '',
    personId: mailboxId,
    scope: 'mine',
    name: '',
    spec,
    limitPerHour: 0,
    madeAt: 0,
    activeSince: 0,
    pausedAt: null,
    pausedWhy: null,
  };
  const context = { mailboxId, reader: await readerOf(sql, person, [spec]) };
  const span = { from: now - BACK_MS, to: now };
  const window = timedWindow([rule], span);
  let runs: Run[];
  if (window && isTimed(spec.when)) {
    const events = await eventsBetween(sql, tenantId, mailboxId, window.from, window.to);
    runs = runsOfTime([rule], events, context, span);
  } else {
    const changes = await allChangesSince(sql, tenantId, mailboxId, span.from);
    const own = await ownWritesOf(sql, tenantId, mailboxId, span.from);
    runs = runsOfChanges([rule], changes, context, now).filter((run) => !isOwnDoing(run, own));
  }
  const timed = runs.map((run) => ({ at: run.change?.noticedAt ?? run.dueAt, event: run.event }));
  timed.sort((a, b) => b.at - a.at || (a.event.id < b.event.id ? -1 : 1));
  return {
    count: timed.length,
    runs: timed.slice(0, MOST_SHOWN).map(({ at, event: { subject, startAt, allDay } }) => ({
      at,
      subject,
      startAt,
      ...(allDay ? { allDay } : {}),
    })),
  };
}
