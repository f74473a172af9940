/** Lets a life run its course on a sandbox alone, and keeps the truth as the simulation does: for tests. */
import type { Graph } from '../../../sandbox/graph/graph.ts';
import { createGraph } from '../../../sandbox/graph/graph.ts';
import type { TruthEvent } from '../../../sandbox/graph/truth.ts';
import { seededRandom, World } from '../../../sandbox/world.ts';
import { SimClock } from '../clock.ts';
import type { TruthEntry, TruthLine, Wish } from '../history.ts';
import { createLife, type Life, type LifeOptions } from './life.ts';
import { DAY_MS } from './wall.ts';

export interface LivedLife {
  life: Life;
  truth: TruthEntry[];
  wishes: Wish[];
  graph: Graph;
}

const textOf = (html: string) =>
  html
    .replace(/<head>[\s\S]*<\/head>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/_{20,}[\s\S]*_{20,}/, '')
    .trim();

export function lineOf({
  immutableId,
  immutableSeriesMasterId,
  type,
  startAt,
  endAt,
  days,
  event,
}: TruthEvent): TruthLine {
  return {
    id: immutableId,
    ...(immutableSeriesMasterId === undefined ? {} : { seriesId: immutableSeriesMasterId }),
    type: type === 'singleInstance' ? 'single' : type,
    subject: event.subject ?? '',
    startAt,
    endAt,
    ...(days ? { days } : {}),
    isCancelled: event.isCancelled ?? false,
    isDraft: event.isDraft ?? false,
    isOrganizer: event.isOrganizer ?? false,
    response: event.responseStatus?.response ?? 'none',
    showAs: event.showAs ?? 'unknown',
    sensitivity: event.sensitivity ?? 'normal',
    organizer: (event.organizer?.emailAddress?.address ?? '').toLowerCase(),
    attendees: (event.attendees ?? [])
      .map((one) => `${one.emailAddress?.address?.toLowerCase()}|${one.type}|${one.status?.response}`)
      .sort(),
    place: event.location?.displayName ?? '',
    joinUrl: event.onlineMeeting?.joinUrl ?? '',
    agenda: textOf(event.body?.content ?? ''),
    createdAt: Date.parse(event.createdDateTime ?? ''),
  };
}

/** @param onEntry hears each entry of the truth in its instant */
export function liveThrough(
  options: LifeOptions,
  onEntry: (entry: TruthEntry, clock: SimClock) => void = () => {},
): LivedLife {
  const { startAt, untilAt, seed } = options;
  const clock = new SimClock(startAt);
  const world = new World(clock, seededRandom(seed));
  const graph = createGraph({
    world,
    verifyToken: () => Promise.reject(new Error('Nobody signs in.')),
    post: () => Promise.reject(new Error('Nobody listens.')),
  });
  const life = createLife(options);
  const oids = new Set(life.people.map((person) => person.oid));
  const [from, to] = [startAt - 10 * DAY_MS, untilAt + 45 * DAY_MS];
  const shown = new Map<string, Map<string, string>>();
  const truth: TruthEntry[] = [];
  const wishes: Wish[] = [];
  let cause = 'begin';
  let hasBegun = false;

  const record = (oid: string, key?: number) => {
    const all = graph.truth(oid, from, to, key).map(lineOf);
    const slot = `${oid}|${key}`;
    const before = shown.get(slot) ?? new Map<string, string>();
    const after = new Map(all.map((line) => [line.id, JSON.stringify(line)]));
    shown.set(slot, after);
    const put = all.filter((line) => before.get(line.id) !== after.get(line.id));
    const gone = [...before.keys()].filter((id) => !after.has(id));
    if (put.length === 0 && gone.length === 0) return;
    const entry = { at: clock.now(), oid, put, gone, cause: hasBegun ? cause : 'begin' };
    truth.push(entry);
    onEntry(entry, clock);
  };
  graph.onItem((oid, key) => {
    if (oids.has(oid)) record(oid, key);
  });
  life.begin({
    world,
    calendar: graph.store,
    control: graph.control,
    random: seededRandom(seed + 1),
    now: () => clock.now(),
    // Without a product there are no buttons, nobody whose settings could be read, and nobody who runs rules.
    wish: (wish) => {
      if (wish.kind === 'choose' || wish.kind === 'press' || wish.kind === 'rule' || wish.kind === 'noRule') return;
      wishes.push(wish);
    },
    cause(word) {
      cause = word;
    },
  });
  hasBegun = true;
  const fireUntil = (at: number) => {
    for (let next = clock.nextAt(); next !== undefined && next <= at; next = clock.nextAt()) {
      clock.moveTo(next);
      clock.fire();
    }
    clock.moveTo(at);
  };
  for (let next = life.next(clock.now()); next; next = life.next(clock.now())) {
    fireUntil(next.at);
    next.act();
  }
  fireUntil(untilAt);
  return { life, truth, wishes, graph };
}
