/**
 * Which runs of which rules there should be. What happened is run at once; what the clock starts is planned three days
 * ahead and made equal with each plan, as nudges are. A run's identity is (rule, entry and its start, or the change): a
 * meeting that moved is another run, one that moved back is the first again. Pure.
 */
import { hash } from 'node:crypto';
import type { CalendarEvent } from '../calendar/event.ts';
import { once, onceChanged } from '../calendar/once.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import type { NoticedChange } from '../nudges/nudge.ts';
import type { NewErrand } from '../store/errands.ts';
import { factsOf } from './facts.ts';
import { dueOf, happens, isTimable, matches, type Reader, startsAt } from './match.ts';
import {
  type Deed,
  ERRAND_KIND,
  isTimed,
  type Rule,
  type RuleFacts,
  type RulePayload,
  type RuleSpec,
  type TimedWhen,
} from './rule.ts';

export const RULES_AHEAD_MS = 3 * DAY_MS;
/** What should have begun longer ago than this when it is first seen is not begun any more. */
export const LATE_MS = 5 * MINUTE_MS;
/** Of what changed together, deeds on entries are done to no more than these. */
const MOST_TOGETHER = 20;
/** What somebody is told is told until the meeting begins; what is done is still worth doing a day later. */
const TOLD_FOR_MS = 30 * MINUTE_MS;
const TOLD_AT_MOST_MS = 14 * DAY_MS;
const DONE_FOR_MS = DAY_MS;
/** A webhook is tried for a day and a quarter (Svix's schedule). */
const HOOKED_FOR_MS = 2 * DAY_MS;

/** What a rule does about one thing. */
export interface Run {
  rule: Rule;
  /** All of a run's errands begin with it; the one of its first deed ends in ".0". */
  runId: string;
  dueAt: number;
  event: CalendarEvent;
  /** What happened, where it was not the clock. */
  change?: NoticedChange;
  errands: NewErrand[];
}

export interface Context {
  mailboxId: string;
  reader: Reader;
}

const runIdOf = (...parts: (string | number)[]) =>
  `run.${hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22)}`;

function deadlineOf(deed: Deed, startAt: number, dueAt: number): number {
  switch (deed.deed) {
    case 'message':
    case 'post':
      return Math.min(Math.max(startAt, dueAt + TOLD_FOR_MS), dueAt + TOLD_AT_MOST_MS);
    case 'webhook':
      return dueAt + HOOKED_FOR_MS;
    default:
      return dueAt + DONE_FOR_MS;
  }
}

/** A room has no chat and no mail of its own: its rules act for whoever made them. */
const actorOf = (rule: Rule, mailboxId: string) => (rule.scope === 'rooms' ? rule.personId : mailboxId);

interface Begun {
  rule: Rule;
  runId: string;
  dueAt: number;
  event: CalendarEvent;
  facts: RuleFacts;
  /** For deeds on entries: all that changed together, where they are several of a series. */
  entryIds?: string[];
}

function runOf({ rule, runId, dueAt, event, facts, entryIds }: Begun, { mailboxId, reader }: Context): Run {
  const meetingAt = startsAt(event, reader.timeZone);
  const errands = rule.spec.do.flatMap((deed, index) => {
    const errandFor = (errandId: string, eventId: string): NewErrand => ({
      errandId,
      kind: ERRAND_KIND[deed.deed],
      personId: actorOf(rule, mailboxId),
      mailboxId,
      eventId,
      startAt: event.startAt,
      ruleId: rule.ruleId,
      trigger: rule.spec.when.trigger,
      payload: {
        ruleName: rule.name,
        scope: rule.scope,
        facts: eventId === facts.eventId ? facts : { ...facts, eventId },
        deed,
      } satisfies RulePayload,
      dueAt,
      deadlineAt: deadlineOf(deed, meetingAt, dueAt),
    });
    const own = `${runId}.${index}`;
    if (ERRAND_KIND[deed.deed] !== 'entry' || !entryIds) return errandFor(own, facts.eventId);
    // The first of them is the deed's own errand; the others hang on it.
    return entryIds
      .slice(0, MOST_TOGETHER)
      .map((eventId, place) => errandFor(place === 0 ? own : `${own}.of${place}`, eventId));
  });
  return { rule, runId, dueAt, event, errands };
}

/** What each of the rules does because of these changes; due now. */
export function runsOfChanges(
  rules: readonly Rule[],
  changes: readonly NoticedChange[],
  context: Context,
  now: number,
): Run[] {
  const runs = new Map<string, Run>();
  for (const rule of rules) {
    const waitedFor = changes.filter(
      (change) => change.noticedAt >= rule.activeSince && isWhatItWaitsFor(rule.spec, change, context.reader),
    );
    for (const change of onceChanged(waitedFor)) {
      const run = runOfChange(rule, change, context, now);
      // Two changes of one series in one round are one run of a rule that runs once a series.
      if (run && !runs.has(run.runId)) runs.set(run.runId, run);
    }
  }
  return [...runs.values()];
}

/** What we did ourselves starts no rule; but an answer that somebody gave on our card is theirs. */
export const isOwnDoing = ({ rule, change }: Run, ownWrites: ReadonlySet<string>): boolean =>
  change?.after !== undefined &&
  ownWrites.has(change.after.changeKey) &&
  !(rule.spec.when.trigger === 'answered' && rule.spec.when.by === 'me');

function isWhatItWaitsFor(spec: RuleSpec, change: NoticedChange, reader: Reader): boolean {
  const event = change.after ?? change.before;
  return event !== undefined && happens(spec.when, change, reader) && matches(spec, event, reader);
}

function runOfChange(rule: Rule, change: NoticedChange, context: Context, now: number): Run | undefined {
  const event = change.after ?? change.before;
  if (!event) return undefined;
  const { mailboxId, reader } = context;
  const { each, when } = rule.spec;
  const seriesId = change.seriesId ?? event.seriesMasterId ?? event.id;
  const about = each === 'series' ? ['series', mailboxId, seriesId] : ['change', change.changeId];
  const facts = factsOf(event, when.trigger, reader, {
    // What happened to a series as a whole is done to it as a whole.
    ...(change.scope === 'series' ? { subjectId: change.eventId } : {}),
    change,
  });
  const entryIds = change.scope === 'several' ? change.occurrences.map((one) => one.eventId) : undefined;
  const runId = runIdOf(rule.ruleId, ...about);
  return { ...runOf({ rule, runId, dueAt: now, event, facts, ...(entryIds ? { entryIds } : {}) }, context), change };
}

const isOfTime = (rule: Rule): rule is Rule & { spec: { when: TimedWhen } } => isTimed(rule.spec.when);

/**
 * The part of the replica that rules of the clock look at; undefined: there is none of them.
 * @param span when they are to have been due
 */
export function timedWindow(
  rules: readonly Rule[],
  span: { from: number; to: number },
): { from: number; to: number } | undefined {
  const timed = rules.filter(isOfTime);
  if (timed.length === 0) return undefined;
  const most = (trigger: TimedWhen['trigger']) =>
    MINUTE_MS * Math.max(0, ...timed.map(({ spec: { when } }) => (when.trigger === trigger ? when.minutes : 0)));
  // All-day entries lie up to a day beside their hours in UTC; an entry without length ends before it could be found.
  return { from: span.from - most('after') - DAY_MS, to: span.to + most('before') + DAY_MS };
}

export const spanOf = (now: number) => ({ from: now - LATE_MS, to: now + RULES_AHEAD_MS });

/** What the clock starts within the span: soonest first. */
export function runsOfTime(
  rules: readonly Rule[],
  events: readonly CalendarEvent[],
  context: Context,
  span: { from: number; to: number },
): Run[] {
  const zone = context.reader.timeZone;
  // Several rules are about one meeting, and all of them tell the same of it.
  const told = new Map<string, RuleFacts>();
  const factsFor = (event: CalendarEvent, trigger: TimedWhen['trigger']): RuleFacts => {
    const key = `${trigger} ${event.id}`;
    const facts = told.get(key) ?? factsOf(event, trigger, context.reader);
    told.set(key, facts);
    return facts;
  };
  return rules.filter(isOfTime).flatMap((rule) => {
    const { spec, activeSince } = rule;
    const from = Math.max(activeSince, span.from);
    const matching = events.filter((event) => {
      if (!isTimable(spec, event)) return false;
      const dueAt = dueOf(spec.when, event, zone);
      return dueAt >= from && dueAt <= span.to && matches(spec, event, context.reader);
    });
    // Of a meeting in several calendars the one; of a series, where the rule wants it so, the soonest.
    const runs = new Map<string, Run>();
    for (const event of once(matching).sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1))) {
      const run = runOfTime(rule, event, factsFor(event, spec.when.trigger), context);
      if (!runs.has(run.runId)) runs.set(run.runId, run);
    }
    return [...runs.values()];
  });
}

function runOfTime(
  rule: Rule & { spec: { when: TimedWhen } },
  event: CalendarEvent,
  facts: RuleFacts,
  context: Context,
): Run {
  const { when, each } = rule.spec;
  const { mailboxId, reader } = context;
  const about =
    each === 'series'
      ? ['series', mailboxId, event.seriesMasterId ?? event.id]
      : ['at', mailboxId, event.id, startsAt(event, reader.timeZone)];
  const dueAt = dueOf(when, event, reader.timeZone);
  return runOf({ rule, runId: runIdOf(rule.ruleId, ...about), dueAt, event, facts }, context);
}
