/**
 * The life of real calendars, from a seed: who there is, what their weeks look like, and what they do to them, through
 * nothing but what a person has (the calendar, the settings of the mailbox, words to the bot).
 *
 * The same seed and options give the same life, as long as the calendars answer the same: all chance comes from streams of
 * the seed, none from `LifeApi.random`.
 */
import type { GraphControl } from '../../../sandbox/graph/graph.ts';
import type { CalendarStoreApi } from '../../../sandbox/graph/store-api.ts';
import type { SandboxPerson, SandboxTenant, World } from '../../../sandbox/world.ts';
import { Chance } from '../chance.ts';
import type { Chosen, RuleWish, Send, SimPerson, Wish } from '../history.ts';
import { settingsFor } from './choices.ts';
import { DEEDS } from './deeds.ts';
import { type Deed, Hand } from './hand.ts';
import { type Hours, makePeople } from './people.ts';
import { Queue } from './queue.ts';
import { type Reaction, ROOM_DEEDS, reactionsTo } from './rooms.ts';
import { makeRule, RULE_DEEDS } from './rules.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, toInstant, wallDate, weekday } from './wall.ts';
import { seedWeeks } from './weeks.ts';

/** What somebody wants of the bot. */
export type Intent =
  | Exclude<Wish, { kind: 'chose' | 'pressed' }>
  /** In words where there are some: they have to come to the same. */
  | { at: number; oid: string; kind: 'choose'; patch: Partial<Chosen>; words?: string }
  /** Any button on one of the latest cards. */
  | { at: number; oid: string; kind: 'press' }
  /** In words. */
  | { at: number; oid: string; kind: 'rule'; wanted: RuleWish }
  | { at: number; oid: string; kind: 'noRule'; mark: string };

export interface LifeApi {
  world: World;
  calendar: CalendarStoreApi;
  control: GraphControl;
  random(): number;
  now(): number;
  /** The core carries it out. */
  wish(wish: Intent): void;
  /** The names of all kinds of nudges. */
  kinds?: readonly string[];
  /**
   * Names the truth entries that come next. Two words mean something to the checker: "travels to <IANA zone>" is how it
   * learns that a mailbox's zone has changed, and such a deed always changes the traveller's calendar too.
   */
  cause(word: string): void;
}

export interface Life {
  people: SimPerson[];
  tenants: SandboxTenant[];
  /** Those that an admin adds; of each the bot reads the calendar. */
  rooms: SandboxPerson[];
  /** Seeds people, rooms and calendars; to be called once, at or before the start. */
  begin(api: LifeApi): void;
  /** The next thing that somebody does; the same until its `act` was called. Undefined: nothing more happens. */
  next(now: number): { at: number; act(): void } | undefined;
  /** How long until a person signs in again after token trouble, ms. */
  onTokenTrouble(oid: string): number;
  /** What they press when they are asked whether they use a room. */
  onRoomQuestion(question: Send): Reaction[];
  /** When somebody works, where it is not the usual. */
  hoursOf?(oid: string): Hours | undefined;
  /** How often each kind of thing was done. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface LifeOptions {
  seed: number;
  people: number;
  startAt: number;
  untilAt: number;
  /** Things that a person does to their calendars in a week. */
  changesAWeek?: number;
  /** Meetings that a person organises in a week outside of series; a part is among the changes. */
  singlesAWeek?: number;
  /** The share of all that is done which is followed by something else within a moment. None without it. */
  againAtOnce?: number;
  /** Nobody chooses anything but when to be reminded, and nobody presses a button. */
  isPlain?: boolean;
  /** Nobody adds rooms to the bot, and nobody makes rules: what a life costs that is about other things. */
  isWithoutRooms?: boolean;
  /** Of deeds that have a name, instead of their own weights. */
  weights?: Readonly<Record<string, number>>;
}

/** Part of what people do comes at odd hours. */
const ODD_HOURS = 0.08;
const WEEKEND_SHARE = 0.1;
/** So many have a rule from the beginning. */
const RULE_AT_ONCE = 0.4;

/** Weeks in which clocks change, in Europe or in the United States, and others. */
const STARTS = [
  '2026-03-02',
  '2026-03-23',
  '2026-10-19',
  '2026-10-26',
  '2026-01-12',
  '2026-05-18',
  '2026-07-06',
  '2026-11-30',
];

/** A Monday, 00:00 UTC, that depends on the seed; in half of them clocks change within the first week. */
export function startFor(seed: number): number {
  return Date.parse(`${STARTS[Math.abs(seed) % STARTS.length]}T00:00:00Z`);
}

/** How often something happens that happens `mean` times on average. */
function poisson(chance: Chance, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = chance.random(); product > limit; product *= chance.random()) count++;
  return count;
}

/** Most let it be the default; some want two, some none, some one at the very start. */
function leadsFor(chance: Chance): number[] | undefined {
  const lists = [undefined, undefined, undefined, [15, 5], [10], [30, 10, 2], [60], [5, 0], [1440, 15], []];
  return chance.pick(lists);
}

export function createLife(options: LifeOptions): Life {
  const { seed, startAt, untilAt, changesAWeek = 12, singlesAWeek = 2, againAtOnce = 0, isPlain = false } = options;
  const isWithoutRooms = options.isWithoutRooms ?? isPlain;
  const weights = {
    ...(isPlain ? { choose: 0, press: 0 } : {}),
    ...(isWithoutRooms ? Object.fromEntries([...ROOM_DEEDS, ...RULE_DEEDS].map(({ name }) => [name, 0])) : {}),
    ...options.weights,
  } as Record<string, number>;
  const cast = makePeople(Chance.of(seed, 'life people'), options.people);
  const chance = Chance.of(seed, 'life deeds');
  const sorrow = Chance.of(seed, 'life tokens');
  const coming = Chance.of(seed, 'life rooms');
  const queue = new Queue();
  const counts = new Map<string, number>();
  let hand: Hand | undefined;

  const plan = (at: number, act: (hand: Hand) => void) => {
    if (at < untilAt) queue.push(Math.max(at, startAt), () => hand && act(hand));
  };

  /** Tries deeds by their weight until one finds something to be done to. */
  function doSomething(person: SimPerson, own: Hand): void {
    const weightOf = ({ name = '', weight }: Deed) => weights[name] ?? weight;
    const total = DEEDS.reduce((sum, deed) => sum + weightOf(deed), 0);
    for (let attempt = 0; attempt < 6; attempt++) {
      let rest = chance.between(0, total);
      const deed: Deed | undefined = DEEDS.find((one) => {
        rest -= weightOf(one);
        return rest < 0;
      });
      if (deed && own.attempt(person, deed.act)) return;
    }
  }

  function planDay(person: SimPerson, date: string): void {
    const share = weekday(date) < 5 ? (1 - WEEKEND_SHARE) / 5 : WEEKEND_SHARE / 2;
    const count = poisson(chance, (changesAWeek + singlesAWeek) * share);
    const morning = toInstant(`${date}T00:00`, person.timeZone);
    for (let index = 0; index < count; index++) {
      const hour = chance.hits(ODD_HOURS) ? chance.between(0, 24) : chance.between(7, 19);
      const at = Math.floor(morning + hour * HOUR_MS);
      plan(at, (own) => doSomething(person, own));
      if (againAtOnce > 0 && chance.hits(againAtOnce))
        plan(at + Math.floor(chance.between(0.2, 1.2) * SECOND_MS), (own) => doSomething(person, own));
    }
  }

  function planPerson(person: SimPerson): void {
    const isLate = chance.hits(0.1);
    const onAt = startAt + Math.floor(isLate ? chance.between(HOUR_MS, 2 * DAY_MS) : chance.between(0, 10 * MINUTE_MS));
    plan(onAt, (own) => own.wish({ at: onAt, oid: person.oid, kind: 'watch', on: true }));
    const minutes = leadsFor(chance);
    const saidAt = onAt + Math.floor(chance.between(5 * SECOND_MS, 10 * MINUTE_MS));
    if (minutes) plan(saidAt, (own) => own.wish({ at: saidAt, oid: person.oid, kind: 'remind', minutes }));
    if (!isPlain)
      plan(saidAt + MINUTE_MS, (own) => {
        const patch = settingsFor(chance, own);
        if (Object.keys(patch).length > 0) own.choose(person, patch);
      });
    if (!isWithoutRooms && coming.hits(RULE_AT_ONCE))
      plan(saidAt + 2 * MINUTE_MS, (own) => void own.attempt(person, makeRule));
    const days = Math.ceil((untilAt - startAt) / DAY_MS);
    const first = wallDate(startAt, person.timeZone);
    for (let day = 0; day <= days; day++) planDay(person, addDay(first, day));
  }

  return {
    people: cast.people,
    tenants: cast.tenants,
    rooms: isWithoutRooms ? [] : [...cast.rooms.values()].flat(),
    counts,
    begin(api) {
      for (const tenant of cast.tenants) api.world.tenants.set(tenant.tenantId, tenant);
      for (const person of cast.accounts) api.world.people.set(person.oid, person);
      const own = new Hand(api, chance, cast, startAt, (delayMs, act) => plan(api.now() + delayMs, act), counts);
      for (const person of cast.people) own.setHours(person);
      seedWeeks(own);
      hand = own;
      for (const person of cast.people) planPerson(person);
    },
    next() {
      const first = queue.first();
      return first && { at: first.at, act: () => queue.run(first) };
    },
    hoursOf: (oid) => cast.hours.get(oid),
    onRoomQuestion: (question) => reactionsTo(question, coming),
    onTokenTrouble() {
      const hours = Math.min(26, -Math.log(1 - sorrow.random()) * 3);
      return Math.floor(5 * MINUTE_MS + hours * HOUR_MS);
    },
  };
}

function addDay(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
