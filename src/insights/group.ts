/**
 * The average hours of a watched group: for admins, of five people or more, never of one. What that protects from and what
 * it doesn't: docs/metrics.md, “Groups”.
 */
import { USUAL_HOURS } from '../calendar/working-hours.ts';
import { addDays, dateOf } from '../calendar/zone.ts';
import { DAY_MS, HOUR_MS } from '../clock.ts';
import type { ActDetail } from '../privacy/acts.ts';
import type { ShownWatch } from '../store/app-watch.ts';
import type { Database, Sql } from '../store/database.ts';
import {
  differenceOf,
  entriesOfMany,
  type GroupMember,
  groupAnswers,
  lockAnswers,
  type MemberEntry,
  membersMark,
  steadyMembers,
} from '../store/group-time.ts';
import { type Figures, figuresOf } from './metrics.ts';
import { periodBetween, weekStart } from './period.ts';
import { workerOf } from './report.ts';

export const LEAST_PEOPLE = 5;
export const MOST_PEOPLE = 2_000;
const PEOPLE_A_PAGE = 50;
/** The last place on earth has left its Sunday by then. */
const LAST_ZONE_MS = DAY_MS / 2;

/** Averages a person and week, rounded to half an hour; shares to five per cent; `people` to five, down. */
export interface GroupFigures {
  people: number;
  isCut: boolean;
  meetingHours: number;
  oneToOneShare: number;
  recurringShare: number;
  conflictingHours: number;
  afterHours: number;
  focusHours: number;
}

export interface GroupFacts {
  label: string;
  /** Its first day, a Monday. */
  week: string;
  figures: GroupFigures;
}

export type GroupAnswer =
  | { kind: 'figures'; facts: GroupFacts; isNew: boolean }
  | { kind: 'tooFew' }
  /** Another group with nearly the same people was asked for already. */
  | { kind: 'tooNear' };

/** The last Monday-to-Sunday that is over everywhere. */
export function lastWeek(now: number): { startDate: string; endDate: string } {
  const endDate = weekStart(dateOf(now - LAST_ZONE_MS, 'UTC'), { timeZone: 'UTC', workingHours: USUAL_HOURS });
  return { startDate: addDays(endDate, -7), endDate };
}

type Week = ReturnType<typeof lastWeek>;

/** In every zone at once: from where the week begins first until where it ends last. */
function spanOf({ startDate, endDate }: Week) {
  const { from, to } = periodBetween(startDate, endDate, 'UTC');
  return { from: from - DAY_MS, to: to + DAY_MS };
}

interface Sums {
  people: number;
  isCut: boolean;
  ms: Record<'meetingMs' | 'oneToOneMs' | 'recurringMs' | 'conflictingMs' | 'afterHoursMs' | 'focusMs', number>;
}

function add(sums: Sums, figures: Figures): void {
  sums.people += 1;
  for (const name of Object.keys(sums.ms) as (keyof Sums['ms'])[]) sums.ms[name] += figures[name];
}

function figuresFor(member: GroupMember, entries: readonly MemberEntry[], { startDate, endDate }: Week): Figures {
  const period = periodBetween(startDate, endDate, member.timeZone);
  const own = entries.filter((one) => one.personId === member.personId).map((one) => one.event);
  return figuresOf(own, period, workerOf(member));
}

/** Page by page, each in a transaction of its own: nobody waits for an admin's curiosity. */
async function sumUp(
  database: Pick<Database, 'inTenant'>,
  watch: { tenantId: string; watchId: string },
  week: Week,
): Promise<Sums> {
  const span = spanOf(week);
  const ms = { meetingMs: 0, oneToOneMs: 0, recurringMs: 0, conflictingMs: 0, afterHoursMs: 0, focusMs: 0 };
  const sums: Sums = { people: 0, isCut: false, ms };
  for (let after = ''; ; ) {
    const page = await database.inTenant(watch.tenantId, async (sql) => {
      const members = await steadyMembers(sql, watch, span.from, { after, most: PEOPLE_A_PAGE });
      const ids = members.map((one) => one.personId);
      return { members, entries: await entriesOfMany(sql, watch.tenantId, ids, span) };
    });
    if (sums.people + page.members.length > MOST_PEOPLE) return { ...sums, isCut: true };
    for (const member of page.members) add(sums, figuresFor(member, page.entries, week));
    after = page.members.at(-1)?.personId ?? '';
    if (page.members.length < PEOPLE_A_PAGE) return sums;
  }
}

const halfHours = (ms: number) => Math.round((ms / HOUR_MS) * 2) / 2;
const fives = (share: number) => Math.round((share * 100) / 5) * 5;

export function rounded({ people, isCut, ms }: Sums): GroupFigures {
  const average = (name: keyof Sums['ms']) => halfHours(ms[name] / people);
  const share = (name: keyof Sums['ms']) => (ms.meetingMs === 0 ? 0 : fives(ms[name] / ms.meetingMs));
  return {
    people: Math.floor(people / 5) * 5,
    isCut,
    meetingHours: average('meetingMs'),
    oneToOneShare: share('oneToOneMs'),
    recurringShare: share('recurringMs'),
    conflictingHours: average('conflictingMs'),
    afterHours: average('afterHoursMs'),
    focusHours: average('focusMs'),
  };
}

type Asked = Pick<ShownWatch, 'watchId' | 'kind' | 'objectId' | 'label'>;

/** As the trail of who did what names it. */
const nameOf = ({ kind, objectId }: Pick<Asked, 'kind' | 'objectId'>) => (kind === 'tenant' ? 'tenant' : objectId);

/** How it is kept: what was answered once about a week is the answer, whoever came or left since. */
const detailOf = (asked: Asked, { week, figures }: GroupFacts, members: string | null): ActDetail => ({
  group: nameOf(asked),
  week,
  members,
  ...figures,
});

function answeredBefore(asked: Asked, answers: readonly ActDetail[]): GroupFigures | undefined {
  const found = answers.find((one) => one.group === nameOf(asked));
  if (!found) return undefined;
  const { group: _group, week: _week, members: _members, ...figures } = found;
  return figures as unknown as GroupFigures;
}

async function isTooNear(
  sql: Sql,
  tenantId: string,
  asked: Asked,
  answers: readonly ActDetail[],
  context: { watches: readonly Asked[]; since: number },
): Promise<boolean> {
  const { watches, since } = context;
  for (const { group, members } of answers) {
    if (group === nameOf(asked)) continue;
    const other = watches.find((one) => nameOf(one) === group);
    // Whom that answer was about is not known any more, so nobody knows what the two would say together.
    if (!other || (await membersMark(sql, { tenantId, watchId: other.watchId }, since)) !== members) return true;
    if ((await differenceOf(sql, tenantId, [asked.watchId, other.watchId], since)) < LEAST_PEOPLE) return true;
  }
  return false;
}

type Looked = { kind: 'before'; figures: GroupFigures } | { kind: 'tooNear' } | undefined;

/**
 * @param watches all that admins have watched in this tenant, `asked` among them
 * @param record writes a new answer to the trail, in the transaction that makes sure that it may be given
 */
export async function groupTime(
  database: Pick<Database, 'inTenant'>,
  tenantId: string,
  asked: Asked,
  watches: readonly Asked[],
  now: number,
  record: (sql: Sql, detail: ActDetail) => Promise<void>,
): Promise<GroupAnswer> {
  const week = lastWeek(now);
  const since = spanOf(week).from;
  const label = asked.label;
  const look = async (sql: Sql): Promise<Looked> => {
    const given = await groupAnswers(sql, tenantId, week.startDate);
    const figures = answeredBefore(asked, given);
    if (figures) return { kind: 'before', figures };
    return (await isTooNear(sql, tenantId, asked, given, { watches, since })) ? { kind: 'tooNear' } : undefined;
  };
  const answerOf = (looked: NonNullable<Looked>): GroupAnswer =>
    looked.kind === 'tooNear'
      ? looked
      : { kind: 'figures', facts: { label, week: week.startDate, figures: looked.figures }, isNew: false };
  const before = await database.inTenant(tenantId, look);
  if (before) return answerOf(before);
  const sums = await sumUp(database, { tenantId, watchId: asked.watchId }, week);
  if (sums.people < LEAST_PEOPLE) return { kind: 'tooFew' };
  const facts = { label, week: week.startDate, figures: rounded(sums) };
  return database.inTenant(tenantId, async (sql) => {
    await lockAnswers(sql, tenantId);
    // Another instance may have answered about another group meanwhile.
    const meanwhile = await look(sql);
    if (meanwhile) return answerOf(meanwhile);
    const members = await membersMark(sql, { tenantId, watchId: asked.watchId }, since);
    await record(sql, detailOf(asked, facts, members));
    return { kind: 'figures', facts, isNew: true };
  });
}
