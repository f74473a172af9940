/**
 * Notices of changes: that a line was moved or cancelled by somebody else, or that the person was invited, is told once.
 * Read as follows:
 *
 * - Only what the product had to see is claimed. A state of a line (its times, cancelled, declined, gone) is *seen for
 *   certain* if it lasted until the product had to know it. From one such state A to the next such state C, whatever lay
 *   between, a notice has to come that names C: "moved" to C's start, or "cancelled", or "invited" where A was nothing.
 *   States that did not last are counted as `changesUnclear`; they need no notice and may have one.
 * - The person watches from before A ends until C has to be known, and chose nothing else meanwhile (`changesUnclear`).
 * - An organiser's own moving and cancelling is not told, unless they asked for it; an invitee's line that is gone is
 *   their own tidying and is not told.
 * - Not told: what they declined, left out by choice or muted, drafts, what is over by the time the product has to know,
 *   moves of what is cancelled. What starts more than 28 days after the change is not claimed either
 *   (`changesFarAhead`): a replica ends somewhere.
 * - News wait for the end of a silence (silence.ts), and are not told any more when it is too late then. What changes
 *   several times in one is told as one, or not at all (there and back, invited and called off): not claimed.
 * - A series that is given other days changes the ids of its lines: any notice of a move of the series or of one of its
 *   lines counts for the lines that vanished.
 * - A notice may speak of the line, or of its series; or be a line of a `blind` message, or one of those that such a
 *   message leaves out for length. It may be of another kind of this family (a move that makes a double booking), tell
 *   several things at once, and name the state after C as well. What happened within the minute after another thing was
 *   told may be told by changing that message.
 * - Due when the product has to know C; lost if not said by the earlier of both starts, or 10 minutes after due where
 *   that is later.
 *
 * What else is told of changes (rooms, places, links, what is on again, double bookings) is told at most once, and not
 * if it is dead.
 */
import type { Chosen, Send, TruthLine } from '../history.ts';
import { DAY_MS, MINUTE_MS } from './awake.ts';
import { isOn, isWished } from './choice.ts';
import type { Evidence, Live } from './evidence.ts';
import type { Stretch } from './spans.ts';
import { type LineStory, startsOf, type Version } from './timeline.ts';

const AHEAD_MS = 28 * DAY_MS;
const LEAST_LIFE_MS = 10 * MINUTE_MS;
/** A minute, and what a notification and a send may take. */
const TOGETHER_MS = 5 * MINUTE_MS;
const OPEN = new Set(['none', 'notResponded', 'tentativelyAccepted']);

interface State extends Version {
  knownFrom: number;
}

export type Word = 'moved' | 'cancelled' | 'invited';

const timesOf = ({ days, startAt, endAt }: TruthLine) => (days ? `${days.from}/${days.until}` : `${startAt}/${endAt}`);

const stateOf = (line: TruthLine | undefined) =>
  line ? `${timesOf(line)} ${line.isCancelled} ${line.response === 'declined'} ${line.isDraft}` : 'gone';

/** Came while we looked on, and not as another line of a series that was there. */
function isFresh(evidence: Evidence, { oid, seriesId, versions }: LineStory): boolean {
  const from = versions[0]?.from ?? -Infinity;
  const isNewSeries = () =>
    evidence.timeline.meant(oid, seriesId ?? '').every((one) => (one.versions[0]?.from ?? -Infinity) >= from);
  return from > evidence.history.startedAt && (seriesId === undefined || isNewSeries());
}

/** The versions, those that differ in nothing that is told here taken together (as the last of them was). */
function statesOf(evidence: Evidence, story: LineStory): State[] {
  const { knownBy } = evidence;
  const from = story.versions[0]?.from ?? -Infinity;
  const states: State[] = isFresh(evidence, story) ? [{ from: -Infinity, to: from, knownFrom: -Infinity }] : [];
  for (const version of story.versions) {
    const last = states.at(-1);
    if (last && stateOf(last.line) === stateOf(version.line))
      Object.assign(last, { to: version.to, line: version.line });
    else states.push({ ...version, knownFrom: knownBy(story.oid, version.from) });
  }
  return states;
}

const isInvitation = (line: TruthLine) =>
  !line.isOrganizer && !line.isCancelled && line.attendees.length > 0 && OPEN.has(line.response);

export function wordFor(
  before: TruthLine | undefined,
  after: TruthLine | undefined,
  { tellOwnChanges }: Pick<Chosen, 'tellOwnChanges'>,
): Word | undefined {
  if (!before) return after && !after.isDraft && isInvitation(after) ? 'invited' : undefined;
  if (before.isCancelled || before.isDraft || before.response === 'declined') return undefined;
  if ((after ?? before).isOrganizer && !tellOwnChanges) return undefined;
  if (!after) return before.isOrganizer ? 'cancelled' : undefined;
  if (after.response === 'declined') return undefined;
  if (after.isCancelled) return 'cancelled';
  return timesOf(before) === timesOf(after) ? undefined : 'moved';
}

interface Told {
  change?: unknown;
  news?: unknown;
  eventId?: unknown;
  startAt?: unknown;
}

/** What a message tells of changes; with `more` it says that there were others. */
function toldIn(send: Send): { lines: Told[]; more: boolean } {
  const { startAt, eventId } = send;
  if (send.kind !== 'blind') {
    const later = (send.updates ?? []).map(({ facts }) => ({ startAt, ...facts, eventId }));
    return { lines: [{ startAt, ...send.facts, eventId }, ...later], more: false };
  }
  const { changes, more } = send.facts as { changes?: Told[]; more?: number };
  return { lines: changes ?? [], more: (more ?? 0) > 0 };
}

const tells = ({ change, news }: Told, word: Word) => change === word || (Array.isArray(news) && news.includes(word));

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
  return lines.some((line) => {
    const { eventId, startAt } = line;
    if (!tells(line, word)) return false;
    if (eventId === story.seriesId && story.seriesId !== undefined) return true;
    if (starts === undefined) return eventId === story.id;
    return eventId === story.id && (word !== 'moved' || starts.includes(Number(startAt)));
  });
}

/** Changed, soon after it was sent, to say what is so now. */
function saysByNow(send: Send, { word, story, starts }: Wanted, from: number): boolean {
  if (word === 'invited' || send.kind === 'blind' || send.at < from - TOGETHER_MS) return false;
  if (send.eventId !== story.id && send.eventId !== story.seriesId) return false;
  const isSo = (facts: Record<string, unknown>) => {
    if (tells(facts, 'cancelled') !== (word === 'cancelled')) return false;
    return word === 'cancelled' || starts === undefined || starts.includes(Number(facts.startAt));
  };
  return (
    (send.updates ?? []).some(({ at, facts }) => at >= from && isSo(facts)) || (send.at >= from && isSo(send.facts))
  );
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
      const states = statesOf(evidence, story);
      if (states.length < 2) continue;
      for (const watch of evidence.wishes.watch(oid))
        for (const step of stepsOf(evidence, states, watch)) {
          const live = liveOf(evidence, story, step);
          if (live) yield live;
        }
    }
}

/** What was chosen from before the change until it had to be told. */
function chosenAround(evidence: Evidence, oid: string, from: number, until: number): Chosen | undefined {
  return evidence.wishes.steps(oid).find((step) => step.knownFrom <= from && step.to > until + MINUTE_MS)?.settings;
}

/** Known by then; after the silence around it. Undefined where that depends on who looks when. */
function dueAfter(evidence: Evidence, oid: string, from: number, known: number): number | undefined {
  const [first, last] = [evidence.silences.endAfter(oid, from), evidence.silences.endAfter(oid, known)];
  return first === undefined || last === undefined ? undefined : Math.max(first, last);
}

function liveOf(evidence: Evidence, story: LineStory, { before, after, next }: Step): Live | undefined {
  const { oid, seriesId } = story;
  const { tally } = evidence;
  const [was, is] = [before.line, after.line];
  const event = is ?? was;
  if (!event) return undefined;
  const chosen = chosenAround(evidence, oid, after.from, after.knownFrom);
  const isRepatterned = !is && seriesId !== undefined && evidence.timeline.isRepatterned(oid, seriesId, after.from);
  const wordBy = (by: Pick<Chosen, 'tellOwnChanges'>) =>
    isRepatterned && was && wordFor(was, { ...was, isCancelled: true }, by) ? 'moved' : wordFor(was, is, by);
  const word = wordBy(chosen ?? { tellOwnChanges: true });
  if (!word) return undefined;
  if (!chosen) {
    tally.add('changesUnclear');
    return undefined;
  }
  if (!isOn(word === 'invited' ? 'invitation' : 'change', chosen) || !isWished(event, chosen)) return undefined;
  const due = dueAfter(evidence, oid, after.from, after.knownFrom);
  if (due === undefined || (word === 'invited' && !isStillAsked(story, after.from, due))) {
    tally.add('changesUnclear');
    return undefined;
  }
  if (Math.max(was?.endAt ?? 0, is?.endAt ?? 0) <= after.knownFrom + MINUTE_MS) return undefined;
  if (Math.max(was?.startAt ?? 0, is?.startAt ?? 0) > after.from + AHEAD_MS) {
    tally.add('changesFarAhead');
    return undefined;
  }
  const starts = [is, next?.line].flatMap((line) => (line ? startsOf(line) : []));
  const since = before.to === -Infinity ? after.from : before.to;
  const wanted: Wanted = { word, story, after: since, ...(isRepatterned ? {} : { starts }) };
  const deliveries = evidence
    .tellings(oid)
    .filter(
      (send) =>
        says(send, wanted) ||
        saysByNow(send, wanted, after.from) ||
        (isRepatterned && saysOfSeries(evidence, send, story, since)),
    );
  const { startAt } = event;
  const soonest = Math.min(was?.startAt ?? startAt, startAt);
  // What was to be told in a silence is told after it, if there is still time then.
  const isHeldUp = due > after.knownFrom;
  if (isHeldUp && soonest <= due + LEAST_LIFE_MS) {
    tally.add('changesUnclear');
    return undefined;
  }
  // What changes again before anybody could hear of it is told as one, from how it was to how it is: perhaps nothing.
  const wasDue = before.from === -Infinity ? before.from : dueAfter(evidence, oid, before.from, before.knownFrom);
  const isUnheard = wasDue === undefined || (wasDue > before.knownFrom && wasDue > after.from);
  if (isUnheard || (isHeldUp && next !== undefined && next.from <= due + MINUTE_MS)) {
    tally.add('changesUnclear');
    return undefined;
  }
  return {
    kind: word === 'invited' ? 'invitation' : 'change',
    oid,
    eventId: story.id,
    startAt,
    leadMs: 0,
    due,
    deadline: word === 'invited' ? Math.max(soonest, due) : Math.max(due + LEAST_LIFE_MS, soonest),
    deliveries,
    words: `notice that "${event.subject}" was ${word}`,
  };
}

/** Nobody answered, and nobody called it off. */
function isStillAsked({ versions }: LineStory, from: number, due: number): boolean {
  return versions.every(
    (one) => one.to <= from || one.from > due + MINUTE_MS || (one.line !== undefined && isInvitation(one.line)),
  );
}

/** Any move of any line of the series. */
function saysOfSeries(evidence: Evidence, send: Send, { oid, seriesId }: LineStory, after: number): boolean {
  return (
    send.at > after &&
    toldIn(send).lines.some(
      (line) =>
        tells(line, 'moved') &&
        evidence.timeline.meant(oid, String(line.eventId)).some((one) => one.seriesId === seriesId),
    )
  );
}

/** A step of a line, and the line after it (or before, where it is gone). */
interface Taken {
  at: number;
  line: TruthLine;
}

/**
 * When the truth took each of the line's steps to that state: moved to that start, or cancelled. Of a series any move
 * counts: its notice names the start of one of its lines.
 */
function takenTo(evidence: Evidence, oid: string, eventId: string, word: Word, startAt: number): Taken[] {
  const taken = new Map<number, TruthLine>();
  const isSeries = evidence.timeline.story(oid, eventId) === undefined;
  for (const story of evidence.timeline.meant(oid, eventId))
    for (const [index, { from, line }] of story.versions.entries()) {
      const before = story.versions[index - 1]?.line;
      const isNew = before === undefined && line !== undefined;
      if (word === 'invited') {
        if (isNew) taken.set(from, line);
      } else if (word === 'moved') {
        const isMoved =
          isNew && story.seriesId !== undefined
            ? evidence.timeline.isRepatterned(oid, story.seriesId, from)
            : line && before && timesOf(line) !== timesOf(before);
        if (isMoved && line && (isSeries || startsOf(line).includes(startAt))) taken.set(from, line);
      } else if (before && !before.isCancelled && (line ? line.isCancelled : before.isOrganizer))
        taken.set(from, line ?? before);
    }
  return [...taken].map(([at, line]) => ({ at, line })).sort((a, b) => a.at - b.at);
}

export const stepsTo = (evidence: Evidence, oid: string, eventId: string, word: Word, startAt: number): number[] =>
  takenTo(evidence, oid, eventId, word, startAt).map(({ at }) => at);

export const isWord = (word: unknown): word is Word => word === 'moved' || word === 'cancelled' || word === 'invited';

/** Why a message of this family is none that should have been sent; undefined: it may have been right. */
export function whyNoNews(evidence: Evidence, send: Send): string | undefined {
  const { oid, kind, eventId, at, facts } = send;
  const settled = evidence.wishes.steps(oid).find((step) => step.knownFrom <= at && step.to > at)?.settings;
  if (settled && !isOn(kind, settled)) return `they had switched off ${kind}`;
  const lines = evidence.timeline
    .meant(oid, eventId)
    .flatMap(({ versions }) => versions.flatMap(({ from, line }) => (line && from <= at ? [line] : [])));
  if (settled && lines.length > 0 && lines.every((line) => !isWished(line, settled))) return 'they had muted it';
  const { change } = facts;
  // What was changed back says what it was changed to; that may be older than all that was seen here.
  if (!isWord(change) || facts.isBack === true) return undefined;
  const steps = takenTo(evidence, oid, eventId, change, Number(facts.startAt ?? send.startAt)).filter(
    (one) => one.at <= at,
  );
  if (steps.length === 0) return `it was not ${change}`;
  const isAllowed = (from: number) =>
    evidence.wishes.steps(oid).some((step) => step.settings.tellOwnChanges && step.from <= at && step.to > from);
  if (change !== 'invited' && steps.every(({ at: from, line }) => line.isOrganizer && !isAllowed(from)))
    return `they had ${change} it themselves`;
  const isSilent = ({ at: from }: Taken) => {
    const { silences } = evidence;
    return silences.isCertain(oid, from, true) && (silences.endAfter(oid, from) ?? at) > at;
  };
  if (evidence.silences.isCertain(oid, at, true) && steps.every(isSilent)) return 'they wanted silence';
  return undefined;
}
