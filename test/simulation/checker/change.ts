/**
 * Notices of changes: that a line was moved or cancelled, as seen by this person, is told once. Read as follows:
 *
 * - Only what the product had to see is claimed. A state of a line (its times, cancelled, declined, gone) is *seen for
 *   certain* if it lasted until the product had to know it. From one such state A to the next such state C, whatever lay
 *   between, a notice has to come that names C: "moved" to C's start, or "cancelled". States that did not last are
 *   counted as `changesUnclear`; they need no notice and may have one.
 * - The person watches from before A ends until C has to be known.
 * - An organiser's line that is gone is cancelled; an invitee's is their own tidying and is not told.
 * - Not told: what they declined, drafts, what is over by the time the product has to know, moves of what is cancelled.
 *   What starts more than 28 days after the change is not claimed either (`changesFarAhead`): a replica ends somewhere.
 * - A series that is given other days changes the ids of its lines: any notice of a move of the series or of one of its
 *   lines counts for the lines that vanished.
 * - A notice may speak of the line, or of its series; or be a line of a `blind` message, or one of those that such a
 *   message leaves out for length. A notice may name the state after C as well.
 * - Due when the product has to know C; lost if not said by the earlier of both starts, or 10 minutes after due where
 *   that is later.
 */
import type { Send, TruthLine } from '../history.ts';
import { DAY_MS, MINUTE_MS } from './awake.ts';
import type { Evidence, Live } from './evidence.ts';
import type { Stretch } from './spans.ts';
import { type LineStory, startsOf, type Version } from './timeline.ts';

const AHEAD_MS = 28 * DAY_MS;
const LEAST_LIFE_MS = 10 * MINUTE_MS;

interface State extends Version {
  knownFrom: number;
}

export type Word = 'moved' | 'cancelled';

const timesOf = ({ days, startAt, endAt }: TruthLine) => (days ? `${days.from}/${days.until}` : `${startAt}/${endAt}`);

const stateOf = (line: TruthLine | undefined) =>
  line ? `${timesOf(line)} ${line.isCancelled} ${line.response === 'declined'} ${line.isDraft}` : 'gone';

/** The versions, those that differ in nothing that is told here taken together (as the last of them was). */
function statesOf(story: LineStory, knownBy: (oid: string, at: number) => number): State[] {
  const states: State[] = [];
  for (const version of story.versions) {
    const last = states.at(-1);
    if (last && stateOf(last.line) === stateOf(version.line))
      Object.assign(last, { to: version.to, line: version.line });
    else states.push({ ...version, knownFrom: knownBy(story.oid, version.from) });
  }
  return states;
}

export function wordFor(before: TruthLine | undefined, after: TruthLine | undefined): Word | undefined {
  if (!before || before.isCancelled || before.isDraft || before.response === 'declined') return undefined;
  if (!after) return before.isOrganizer ? 'cancelled' : undefined;
  if (after.response === 'declined') return undefined;
  if (after.isCancelled) return 'cancelled';
  return timesOf(before) === timesOf(after) ? undefined : 'moved';
}

interface Told {
  change?: unknown;
  eventId?: unknown;
  startAt?: unknown;
}

/** What a message tells of changes; with `more` it says that there were others. */
function toldIn(send: Send): { lines: Told[]; more: boolean } {
  if (send.kind === 'change')
    return { lines: [{ startAt: send.startAt, ...send.facts, eventId: send.eventId }], more: false };
  const { changes, more } = send.facts as { changes?: Told[]; more?: number };
  return { lines: changes ?? [], more: (more ?? 0) > 0 };
}

interface Wanted {
  word: Word;
  story: LineStory;
  /** Starts that a notice about the line may name; undefined: any. */
  starts?: number[];
  after: number;
}

function says(send: Send, { word, story, starts, after }: Wanted): boolean {
  if (send.at <= after) return false;
  const { lines, more } = toldIn(send);
  if (more) return true;
  return lines.some(({ change, eventId, startAt }) => {
    if (change !== word) return false;
    if (eventId === story.seriesId && story.seriesId !== undefined) return true;
    if (starts === undefined) return eventId === story.id;
    return eventId === story.id && (word === 'cancelled' || starts.includes(Number(startAt)));
  });
}

interface Step {
  before: State;
  after: State;
  /** What follows `after`. */
  next?: State;
}

/** Steps from one state that was seen for certain to the next, within one time of watching. */
function* stepsOf(evidence: Evidence, states: State[], watch: Stretch): Generator<Step> {
  let before: State | undefined;
  for (const [index, state] of states.entries()) {
    if (state.from >= watch.to || state.to <= watch.from) continue;
    const seenBy = Math.max(state.knownFrom, watch.knownFrom);
    const isSeen = seenBy <= state.to && seenBy < watch.to && seenBy < evidence.history.endedAt;
    if (!isSeen) {
      if (before) evidence.tally.add('changesUnclear');
      continue;
    }
    if (before && state.from >= watch.from) yield { before, after: state, next: states[index + 1] };
    before = state;
  }
}

export function* liveChanges(evidence: Evidence): Generator<Live> {
  for (const oid of evidence.people.keys())
    for (const story of evidence.timeline.stories(oid)) {
      if (story.versions.length < 2) continue;
      const states = statesOf(story, evidence.knownBy);
      for (const watch of evidence.wishes.watch(oid))
        for (const step of stepsOf(evidence, states, watch)) {
          const live = liveOf(evidence, story, step);
          if (live) yield live;
        }
    }
}

function liveOf(evidence: Evidence, story: LineStory, { before, after, next }: Step): Live | undefined {
  const { oid, seriesId } = story;
  const [was, is] = [before.line, after.line];
  const isRepatterned = !is && seriesId !== undefined && evidence.timeline.isRepatterned(oid, seriesId, after.from);
  const word = isRepatterned && was && wordFor(was, { ...was, isCancelled: true }) ? 'moved' : wordFor(was, is);
  if (!was || !word) return undefined;
  const due = after.knownFrom;
  if (Math.max(was.endAt, is?.endAt ?? 0) <= due + MINUTE_MS) return undefined;
  if (Math.max(was.startAt, is?.startAt ?? 0) > after.from + AHEAD_MS) {
    evidence.tally.add('changesFarAhead');
    return undefined;
  }
  const starts = [is, next?.line].flatMap((line) => (line ? startsOf(line) : []));
  const wanted: Wanted = { word, story, after: before.to, ...(isRepatterned ? {} : { starts }) };
  const deliveries = evidence
    .tellings(oid)
    .filter((send) => says(send, wanted) || (isRepatterned && saysOfSeries(evidence, send, story, before.to)));
  const startAt = (is ?? was).startAt;
  return {
    kind: 'change',
    oid,
    eventId: story.id,
    startAt,
    leadMs: 0,
    due,
    deadline: Math.max(due + LEAST_LIFE_MS, Math.min(was.startAt, startAt)),
    deliveries,
    words: `notice that "${was.subject}" was ${word}`,
  };
}

/** Any move of any line of the series. */
function saysOfSeries(evidence: Evidence, send: Send, { oid, seriesId }: LineStory, after: number): boolean {
  return (
    send.at > after &&
    toldIn(send).lines.some(
      ({ change, eventId }) =>
        change === 'moved' && evidence.timeline.meant(oid, String(eventId)).some((one) => one.seriesId === seriesId),
    )
  );
}

/**
 * When the truth took each of the line's steps to that state: moved to that start, or cancelled. Of a series any move
 * counts: its notice names the start of one of its lines.
 */
export function stepsTo(evidence: Evidence, oid: string, eventId: string, word: Word, startAt: number): number[] {
  const instants = new Set<number>();
  const isSeries = evidence.timeline.story(oid, eventId) === undefined;
  for (const story of evidence.timeline.meant(oid, eventId))
    for (const [index, { from, line }] of story.versions.entries()) {
      const before = story.versions[index - 1]?.line;
      const isFresh = before === undefined && line !== undefined && story.seriesId !== undefined;
      if (word === 'moved') {
        const isMoved = isFresh
          ? evidence.timeline.isRepatterned(oid, story.seriesId ?? '', from)
          : line && before && timesOf(line) !== timesOf(before);
        if (isMoved && line && (isSeries || startsOf(line).includes(startAt))) instants.add(from);
      } else if (before && !before.isCancelled && (line ? line.isCancelled : before.isOrganizer)) instants.add(from);
    }
  return [...instants].sort((a, b) => a - b);
}
