/** The truth, replayed once: for each line of each calendar, its versions in order. */

import type { History, TruthLine } from '../history.ts';
import { utcMidnightOf } from './days.ts';
import type { Stretch } from './spans.ts';

/** How a line was from `from` to `to`; without `line` it was not there. */
export interface Version {
  from: number;
  to: number;
  line?: TruthLine;
}

export interface LineStory {
  oid: string;
  id: string;
  seriesId?: string;
  versions: Version[];
}

/** Some lines of a series vanished and others came in the same moment: it was given other days. */
export interface Repatterned {
  oid: string;
  seriesId: string;
  at: number;
}

export class Timeline {
  private readonly lines = new Map<string, Map<string, LineStory>>();
  private readonly series = new Map<string, LineStory[]>();
  private readonly repatterned = new Set<string>();

  constructor(history: History) {
    for (const entry of [...history.truth].sort((a, b) => a.at - b.at)) this.take(entry);
  }

  stories(oid: string): Iterable<LineStory> {
    return this.lines.get(oid)?.values() ?? [];
  }

  story(oid: string, id: string): LineStory | undefined {
    return this.lines.get(oid)?.get(id);
  }

  /** The line of that id, or the lines of the series of that id. */
  meant(oid: string, eventId: string): LineStory[] {
    const story = this.story(oid, eventId);
    return story ? [story] : (this.series.get(`${oid}|${eventId}`) ?? []);
  }

  isRepatterned(oid: string, seriesId: string, at: number): boolean {
    return this.repatterned.has(`${oid}|${seriesId}|${at}`);
  }

  private take({ at, oid, put, gone }: History['truth'][number]): void {
    const before = new Set(put.filter((line) => this.current(oid, line.id) === undefined).map((line) => line.seriesId));
    for (const id of gone) {
      const seriesId = this.current(oid, id)?.seriesId;
      if (seriesId !== undefined && before.has(seriesId)) this.repatterned.add(`${oid}|${seriesId}|${at}`);
      this.write(oid, id, at, undefined);
    }
    for (const line of put) this.write(oid, line.id, at, line);
  }

  private current(oid: string, id: string): TruthLine | undefined {
    return this.story(oid, id)?.versions.at(-1)?.line;
  }

  private write(oid: string, id: string, at: number, line: TruthLine | undefined): void {
    const ofPerson = this.lines.get(oid) ?? new Map<string, LineStory>();
    this.lines.set(oid, ofPerson);
    const story = ofPerson.get(id) ?? this.begin(oid, id, line);
    ofPerson.set(id, story);
    const last = story.versions.at(-1);
    if (last && last.from === at) {
      last.line = line;
      return;
    }
    if (last) last.to = at;
    story.versions.push({ from: at, to: Infinity, ...(line ? { line } : {}) });
  }

  private begin(oid: string, id: string, line: TruthLine | undefined): LineStory {
    const seriesId = line?.seriesId;
    const story: LineStory = { oid, id, ...(seriesId === undefined ? {} : { seriesId }), versions: [] };
    if (seriesId !== undefined) {
      const key = `${oid}|${seriesId}`;
      const list = this.series.get(key) ?? [];
      list.push(story);
      this.series.set(key, list);
    }
    return story;
  }
}

/** When the line was such; versions that follow one another are one stretch. */
export function stretchesOf(
  story: LineStory,
  isSuch: (line: TruthLine) => boolean,
  knownBy: (oid: string, at: number) => number,
): Stretch[] {
  const result: Stretch[] = [];
  const known = (at: number) => (at === Infinity ? Infinity : knownBy(story.oid, at));
  for (const { from, to, line } of story.versions) {
    if (!line || !isSuch(line)) continue;
    const last = result.at(-1);
    if (last && last.to === from) Object.assign(last, { to, knownTo: known(to) });
    else result.push({ from, to, knownFrom: known(from), knownTo: known(to) });
  }
  return result;
}

/** Cancelled, declined, drafts and whole days are nothing to go to at a certain time. */
export const takesPlace = (line: TruthLine): boolean =>
  !line.isCancelled && !line.isDraft && line.days === undefined && line.response !== 'declined';

/** The instants by which a message may call the line's start: whole days are midnights of some zone, or of UTC. */
export const startsOf = (line: TruthLine): number[] =>
  line.days ? [line.startAt, utcMidnightOf(line.days.from)] : [line.startAt];
