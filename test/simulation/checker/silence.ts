/**
 * When somebody wants to hear nothing, in words of our own (README, "Silence"): a pause, quiet hours by the clock on
 * their wall, and being out of office for four hours or longer by an entry of their own calendar. News wait for the end
 * of focus time, too: an entry of theirs alone whose subject begins with "Focus", and that is not free.
 *
 * Whether an instant is silent depends on what was chosen and what the calendars said when it was looked at; so the
 * answer for an instant is again a list of stretches. Where the zone was changing it is not known: undefined.
 */
import { addDays, dateOf, instantOf, wallOf } from '../../../sandbox/calendar/wall-clock.ts';
import type { Chosen, TruthLine } from '../history.ts';
import { HOUR_MS, MINUTE_MS } from './awake.ts';
import { hasOthers } from './choice.ts';
import type { Evidence } from './evidence.ts';
import { both, inverse, joined, type Stretch } from './spans.ts';
import { type LineStory, stretchesOf } from './timeline.ts';

const LONG_MS = 4 * HOUR_MS;
const ZONE_SETTLES_MS = 26 * HOUR_MS;
const DAYS_HELD = 400;
const ALWAYS: Stretch = { from: -Infinity, to: Infinity, knownFrom: -Infinity, knownTo: Infinity };

interface Times {
  from: number;
  to: number;
}

const midnight = (date: string, zone: string) => instantOf(`${date}T00:00`, zone);

const timesOf = ({ days, startAt, endAt }: TruthLine, zone: string): Times =>
  days ? { from: midnight(days.from, zone), to: midnight(days.until, zone) } : { from: startAt, to: endAt };

const isAttended = (line: TruthLine) => !line.isCancelled && !line.isDraft && line.response !== 'declined';

const isAway = (line: TruthLine, zone: string) => {
  const { from, to } = timesOf(line, zone);
  return isAttended(line) && line.showAs === 'oof' && to - from >= LONG_MS;
};

const isFocus = (line: TruthLine) =>
  isAttended(line) && !line.days && !hasOthers(line) && line.showAs !== 'free' && /^focus\b/i.test(line.subject);

const isWithin = ({ from, to }: Times, at: number) => from <= at && at < to;

/** The quiet hours that `at` is in. */
function quietAround({ quiet }: Chosen, at: number, zone: string): Times | undefined {
  if (!quiet || quiet.from === quiet.to) return undefined;
  const today = dateOf(wallOf(at, zone));
  return [addDays(today, -1), today]
    .map((date) => ({
      from: instantOf(`${date}T${quiet.from}`, zone),
      to: instantOf(`${quiet.to <= quiet.from ? addDays(date, 1) : date}T${quiet.to}`, zone),
    }))
    .find((span) => isWithin(span, at));
}

export interface Silence {
  /** When it was so that the instant is silent. */
  stretches: Stretch[];
  /** The end of the longest silence around the instant, of all that was ever so. */
  until: number;
}

export class Silences {
  private readonly candidates = new Map<string, LineStory[]>();

  constructor(private readonly evidence: Evidence) {}

  /** Undefined: the person's zone was changing. `news`: what waits for the end of focus time. */
  at(oid: string, at: number, news: boolean): Silence | undefined {
    const zones = this.evidence.zones.between(oid, at - ZONE_SETTLES_MS, at + MINUTE_MS);
    const [zone] = zones;
    if (zone === undefined || zones.length > 1) return undefined;
    const silent: Stretch[] = [];
    const ends = [at];
    for (const step of this.evidence.wishes.steps(oid)) {
      const { settings } = step;
      const spoken = [quietAround(settings, at, zone)?.to, settings.pausedUntil ?? undefined];
      for (const end of spoken)
        if (end !== undefined && end > at) {
          silent.push(step);
          ends.push(end);
        }
      for (const story of this.linesOf(oid)) {
        const isSilent = (line: TruthLine) =>
          isWithin(timesOf(line, zone), at) &&
          ((settings.respectAway && isAway(line, zone)) || (news && settings.respectFocus && isFocus(line)));
        const lines = both(stretchesOf(story, isSilent, this.evidence.knownBy), [step]);
        silent.push(...lines);
        if (lines.length > 0)
          for (const { line } of story.versions) if (line && isSilent(line)) ends.push(timesOf(line, zone).to);
      }
    }
    const until = Math.max(...ends);
    return { stretches: joined(silent), until };
  }

  /** When it was so that something may be said at the instant; undefined as above. */
  audible(oid: string, at: number, news = false): Stretch[] | undefined {
    const silence = this.at(oid, at, news);
    return silence && (silence.stretches.length === 0 ? [ALWAYS] : inverse(silence.stretches));
  }

  /**
   * The first moment from `at` on of which nothing that was ever said or chosen around it makes a silence. Undefined
   * where the zone was changing, or where it depends on when one looks.
   */
  endAfter(oid: string, at: number): number | undefined {
    let end = at;
    for (let step = 0; step < DAYS_HELD; step++) {
      const silence = this.at(oid, end, true);
      if (!silence) return undefined;
      if (silence.stretches.length === 0) return end;
      const isSettled = silence.stretches.some((one) => one.knownFrom <= at && one.to > silence.until);
      if (!isSettled) return undefined;
      end = silence.until;
    }
    return undefined;
  }

  /** Beyond doubt: silent at `at`, as had to be known well before, and stayed so. */
  isCertain(oid: string, at: number, news: boolean): boolean {
    const silence = this.at(oid, at, news);
    return silence?.stretches.some((one) => one.knownFrom <= at && one.to > at + MINUTE_MS) ?? false;
  }

  private linesOf(oid: string): LineStory[] {
    const known = this.candidates.get(oid);
    if (known) return known;
    const found = [...this.evidence.timeline.stories(oid)].filter((story) =>
      story.versions.some(({ line }) => line && (line.showAs === 'oof' || isFocus(line))),
    );
    this.candidates.set(oid, found);
    return found;
  }
}
