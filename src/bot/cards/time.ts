/** How somebody's time was spent: figures with a chart, by person, series or category, and what their meetings cost. */
import { instantOn } from '../../calendar/zone.ts';
import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import { GROUPINGS, type Grouping } from '../../insights/breakdown.ts';
import type { Figures } from '../../insights/metrics.ts';
import { daysIn } from '../../insights/period.ts';
import type { BreakdownFacts, CostFacts, ReportPeriod, TimeFacts } from '../../insights/report.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { type Action, type Element, execute, kicker, line, message, plain, subtle, title } from './parts.ts';
import { barsOf, barWords, chartElement, hoursWords } from './time-chart.ts';

export const TIME_SHOW = 'time.show';
/** What a button can show of a period. */
export const TIME_VIEWS = ['figures', ...GROUPINGS, 'cost'] as const;
export type TimeView = (typeof TIME_VIEWS)[number];

const LABELS: Record<TimeView, string> = {
  figures: 'All figures',
  person: 'By person',
  series: 'By series',
  category: 'By category',
  cost: 'What mine cost',
};
const WHAT_COUNTS =
  'Meetings with others that you accepted or organise. Overlaps count once; all-day entries and those shown as free don’t count.';

interface Fact {
  title: string;
  value: string;
}

/** "Mon 23 Nov – Sun 29 Nov" */
export function periodWords(
  { startDate, endDate }: Pick<ReportPeriod, 'startDate' | 'endDate'>,
  reader: Reader,
): string {
  const say = speakerFor(reader);
  const noon = (date: string) => instantOn(date, '12:00', say.zone);
  return `${say.day(noon(startDate))} – ${say.day(noon(endDate) - 86_400_000)}`;
}

const viewActions = (shown: TimeView, { startDate, endDate }: ReportPeriod): Action[] =>
  TIME_VIEWS.filter((view) => view !== shown).map((view) =>
    execute(LABELS[view], TIME_SHOW, { view, startDate, endDate }),
  );

function sinceNote(since: number | undefined, reader: Reader): Element[] {
  if (since === undefined) return [];
  return [line(`⚠️ I know your calendar since **${speakerFor(reader).day(since)}**; what was before is not in here.`)];
}

function trendWords({ figures, before, period }: TimeFacts): string {
  if (!before) return '';
  const days = daysIn(period);
  const than = days === 7 ? 'the week before' : `the ${days} days before`;
  const moreMs = figures.meetingMs - before.meetingMs;
  if (Math.abs(moreMs) < MINUTE_MS) return `As much as ${than}.`;
  return `**${hoursWords(Math.abs(moreMs))} ${moreMs > 0 ? 'more' : 'less'}** than ${than}.`;
}

function shareWords({ meetingMs, afterHoursMs, workingMs }: Figures): string {
  if (workingMs === 0 || meetingMs === 0) return '';
  return `${Math.round(((meetingMs - afterHoursMs) / workingMs) * 100)} % of your working hours.`;
}

function factsOf({ figures, before, aheadMs }: TimeFacts): Fact[] {
  const was = (now: number, then: number | undefined) =>
    then === undefined || Math.abs(now - then) < MINUTE_MS ? '' : ` (was ${hoursWords(then)})`;
  const hours = (
    name: string,
    key: 'oneToOneMs' | 'recurringMs' | 'organisedMs' | 'conflictingMs' | 'afterHoursMs',
  ) => ({
    title: name,
    value: `${hoursWords(figures[key])}${was(figures[key], before?.[key])}`,
  });
  return [
    ...(aheadMs > 0 ? [{ title: 'Still ahead', value: hoursWords(aheadMs) }] : []),
    hours('1:1', 'oneToOneMs'),
    hours('Recurring', 'recurringMs'),
    hours('Organised by you', 'organisedMs'),
    hours('Conflicting', 'conflictingMs'),
    hours('After hours', 'afterHoursMs'),
    ...(figures.acceptedFreeMs > 0 ? [{ title: 'Accepted, but free', value: hoursWords(figures.acceptedFreeMs) }] : []),
    {
      title: 'Focus, 2 h or more',
      value: `${plural(figures.focusBlocks, 'block')}, ${hoursWords(figures.focusMs)}${was(figures.focusMs, before?.focusMs)}`,
    },
    ...(figures.averageSize === null
      ? []
      : [{ title: 'People in a meeting', value: `${figures.averageSize.toFixed(1)} on average` }]),
  ];
}

const headOf = ({ meetings, meetingMs }: Figures): string =>
  meetingMs === 0 ? 'No meetings' : `${hoursWords(meetingMs)} in ${plural(meetings, 'meeting')}`;

/** @param picture of the chart, where it was drawn: the weekly cards of thousands go without */
export function timeCard(facts: TimeFacts, reader: Reader, picture?: Buffer, isWeekly = false): Message {
  const { figures, period, since, days } = facts;
  const span = periodWords(period, reader);
  const head = headOf(figures);
  const bars = barsOf(days);
  const said = [trendWords(facts), shareWords(figures)].filter(Boolean).join(' ');
  const list = factsOf(facts);
  return message(
    [
      kicker('⏱️', `${isWeekly ? 'Your last week' : 'Your time'} · ${span}`),
      title(head),
      ...(said ? [line(said)] : []),
      ...(figures.meetingMs > 0 ? [chartElement(bars, picture)] : []),
      { type: 'FactSet', spacing: 'Medium', facts: list },
      ...sinceNote(since, reader),
      subtle(isWeekly ? `${WHAT_COUNTS} “time weekly off” ends these.` : WHAT_COUNTS),
    ],
    {
      summary: `Your time, ${span}: ${head}`,
      fallbackText: [
        `Your time, ${span}: ${head}.`,
        said.replaceAll('**', ''),
        ...list.map((one) => `${one.title}: ${one.value}.`),
        ...(figures.meetingMs > 0 ? [`By day: ${barWords(bars)}.`] : []),
      ]
        .filter(Boolean)
        .join(' '),
    },
    viewActions('figures', period),
  );
}

const GROUPING_WORDS: Record<Grouping, { name: string; none: string; note: string }> = {
  person: {
    name: 'by person',
    none: 'Nobody',
    note: 'A meeting counts for everybody who is in it, so the rows add up to more than your hours.',
  },
  series: { name: 'by series', none: 'No meetings', note: 'Where two series overlap, each has its hours.' },
  category: {
    name: 'by category',
    none: 'No meetings',
    note: 'A meeting with several categories counts for each of them.',
  },
};

interface Listed {
  rows: readonly { name: string; ms: number; meetings: number }[];
  more: number;
}

const rowFacts = ({ rows }: Listed): Fact[] =>
  rows.map(({ name, ms, meetings }) => ({
    title: plain(name, 60) || '(no name)',
    value: `${hoursWords(ms)} · ${plural(meetings, 'meeting')}`,
  }));

function listElements(listed: Listed, none: string): Element[] {
  if (listed.rows.length === 0) return [line(`${none} in this time.`)];
  const more = listed.more > 0 ? [subtle(`… and ${listed.more} more`)] : [];
  return [{ type: 'FactSet', spacing: 'Medium', facts: rowFacts(listed) }, ...more];
}

const listWords = ({ rows }: Listed): string =>
  rows.map(({ name, ms }) => `${name || '(no name)'} ${hoursWords(ms)}`).join('; ');

export function timeBreakdownCard(facts: BreakdownFacts, reader: Reader): Message {
  const { name, none, note } = GROUPING_WORDS[facts.by];
  const head = `Your time ${name}`;
  const span = periodWords(facts.period, reader);
  return message(
    [
      kicker('⏱️', `${head} · ${span}`),
      ...listElements(facts, none),
      ...sinceNote(facts.since, reader),
      subtle(`${WHAT_COUNTS} ${note}`, { spacing: 'Medium' }),
    ],
    { summary: `${head}, ${span}`, fallbackText: `${head}, ${span}: ${listWords(facts) || none}.` },
    viewActions(facts.by, facts.period),
  );
}

export function timeCostCard(facts: CostFacts, reader: Reader): Message {
  const span = periodWords(facts.period, reader);
  const head = `${hoursWords(facts.costMs)} of people’s time`;
  const of = `${plural(facts.meetings, 'meeting')} that you organise`;
  const had = `If everybody who is invited came, it would be ${hoursWords(facts.invitedMs)}.`;
  return message(
    [
      kicker('⏱️', `What your meetings cost · ${span}`),
      title(facts.meetings === 0 ? 'You organise none' : head),
      ...(facts.meetings === 0 ? [] : [line(`In ${of}. ${had}`), ...listElements(facts, 'No meetings')]),
      ...sinceNote(facts.since, reader),
      subtle('Length × (you and those who accepted). Who didn’t answer doesn’t count as there.', { spacing: 'Medium' }),
    ],
    {
      summary: `What your meetings cost, ${span}: ${head}`,
      fallbackText:
        facts.meetings === 0
          ? `You organise no meetings, ${span}.`
          : `Your meetings, ${span}: ${head} in ${of}. ${had} ${listWords(facts)}.`,
    },
    viewActions('cost', facts.period),
  );
}
