/**
 * What was to be said, by the product's own pure plan, run on the truth instead of on a replica: at each moment at which
 * the calendar, a choice, an answer or a zone changed, and a few times a day. What the plan said from one moment to the
 * next is a stretch; the checker (checker/planned.ts) decides by when each end of it had to be known.
 *
 * So the way from a calendar to the chat is judged for every kind, also for one that the checker has never heard of; that
 * the plan is right is proven by the kinds' own tables of cases. It is the plan of this source tree, also where another
 * one (a mutant's) is simulated.
 *
 * What was said is given to the plan as Teams took it, without what a nudge itself did: a plan that stops asking because
 * it asked does not take back that it was to ask. `changes` are left out: kinds that tell of changes are judged by
 * checker/change.ts.
 */

import type { CalendarEvent } from '../../src/calendar/event.ts';
import { once } from '../../src/calendar/once.ts';
import { USUAL_HOURS, type WorkingHours } from '../../src/calendar/working-hours.ts';
import { KINDS } from '../../src/nudges/kinds.ts';
import type { Answer, PlanInput, Said } from '../../src/nudges/nudge.ts';
import { type PlannedNudge, plan, replanAt } from '../../src/nudges/plan.ts';
import { readSettings } from '../../src/nudges/settings.ts';
import { estimateWays, type TravelDeps } from '../../src/sync/estimate-ways.ts';
import { roughProvider } from '../../src/travel/rough.ts';
import type { Cause, Chosen, Kind, Send, SimPerson, Wanted, Wish } from './history.ts';
import type { CalendarEntry } from './recorder.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** At least so often a plan is made again: a day ends, and another comes into sight. */
const TICK_MS = 6 * HOUR_MS;
const SAID_BACK_MS = 7 * DAY_MS;
/** As sync/write-plan.ts. */
const AHEAD_MS = 9 * DAY_MS;

/** Kinds that have a judge of their own, and are about changes. */
const BY_CHANGES = new Set(['change', 'invitation', 'conflict']);

export const kindsOf = (): Kind[] =>
  KINDS.map(({ name, whenUnknown, inSilence, remembers = false }) => ({ name, whenUnknown, inSilence, remembers }));

export interface WantedRequest {
  people: SimPerson[];
  hoursOf(oid: string): WorkingHours | undefined;
  startedAt: number;
  endedAt: number;
  calendars: CalendarEntry[];
  wishes: Wish[];
  sends: Send[];
  /** Who is in token trouble is not watched for that long. */
  tokenTrouble: { oid: string; from: number; to: number }[];
}

interface Moment {
  at: number;
  cause: Cause;
  act(state: State): void;
}

interface State {
  timeZone: string;
  isWatching: boolean;
  watchSince: number;
  chosen: Partial<Chosen>;
  answers: Map<string, Answer>;
  events: Map<string, CalendarEvent>;
  /** By address, others who are watched. */
  colleagues: Set<string>;
}

const askedAt = (wish: Wish) => wish.askedAt ?? wish.at;

function onWish(wish: Wish): Moment {
  const moment = (cause: Cause, act: Moment['act']): Moment => ({ at: askedAt(wish), cause, act });
  const answer = (state: State, kind: string, eventId: string, value: unknown) =>
    state.answers.set(`${kind} ${eventId}`, { kind, eventId, value, answeredAt: askedAt(wish) });
  switch (wish.kind) {
    case 'watch':
      return {
        ...moment('watch', (state) => {
          if (wish.on && !state.isWatching) state.watchSince = wish.at;
          state.isWatching = wish.on;
        }),
        at: wish.on ? wish.at : askedAt(wish),
      };
    case 'remind':
      return moment('chosen', (state) => {
        state.chosen = { ...state.chosen, remindMinutes: wish.minutes };
      });
    case 'chose':
      return moment('chosen', (state) => {
        state.chosen = wish.settings;
      });
    case 'noAgenda':
      return moment('chosen', (state) => void answer(state, 'agenda.skipped', wish.eventId, true));
    case 'pressed':
      return moment('chosen', (state) => {
        state.answers = new Map(wish.answers.map((one) => [`${one.kind} ${one.eventId}`, one]));
      });
    default:
      return moment('asked', () => undefined);
  }
}

/** Others begin and end to be watched; nobody tells this person's plan. */
function onOthers({ people, wishes, tokenTrouble }: WantedRequest, me: SimPerson): Moment[] {
  return people.flatMap(({ oid, address, tenantId }): Moment[] => {
    if (oid === me.oid || tenantId !== me.tenantId) return [];
    const step = (at: number, on: boolean): Moment => ({
      at,
      cause: 'time',
      act: ({ colleagues }) => void (on ? colleagues.add(address) : colleagues.delete(address)),
    });
    const switched = wishes.flatMap((wish) =>
      wish.kind === 'watch' && wish.oid === oid ? [step(wish.on ? wish.at : askedAt(wish), wish.on)] : [],
    );
    const trouble = tokenTrouble.flatMap((span) =>
      span.oid === oid ? [step(span.from, false), ...(Number.isFinite(span.to) ? [step(span.to, true)] : [])] : [],
    );
    return [...switched, ...trouble];
  });
}

function onEntry({ at, put, gone, cause }: CalendarEntry): Moment {
  const zone = /^travels to (\S+)/.exec(cause)?.[1];
  return {
    at,
    cause: zone ? 'zone' : 'truth',
    act(state) {
      if (zone) state.timeZone = zone;
      for (const id of gone) state.events.delete(id);
      for (const event of put) state.events.set(event.id, event);
    },
  };
}

const marked = (nudge: PlannedNudge, said?: boolean) =>
  [nudge.kind, nudge.eventId, nudge.startAt, nudge.leadMs, ...(said ? [] : [nudge.mark ?? '', nudge.dueAt])].join('|');

const saidKey = (one: Pick<Said, 'kind' | 'eventId' | 'startAt' | 'leadMs'>) =>
  [one.kind, one.eventId, one.startAt, one.leadMs].join('|');

class OnePerson {
  readonly wanted: Wanted[] = [];
  private readonly open = new Map<string, Wanted>();
  private readonly state: State;
  private readonly said: Said[];

  constructor(
    private readonly person: SimPerson,
    private readonly hours: WorkingHours | undefined,
    sends: Send[],
  ) {
    this.state = {
      timeZone: person.timeZone,
      isWatching: false,
      watchSince: 0,
      chosen: {},
      answers: new Map(),
      events: new Map(),
      colleagues: new Set(),
    };
    this.said = sends
      .filter((send) => send.stored && send.oid === person.oid)
      .map(({ kind, eventId, startAt, leadMs, at, facts }) => ({ kind, eventId, startAt, leadMs, saidAt: at, facts }));
  }

  async live(moments: Moment[], { startedAt, endedAt }: WantedRequest): Promise<void> {
    const queue = [...moments].sort((a, b) => a.at - b.at);
    let tick = startedAt;
    let asked: number | undefined;
    while (queue.length > 0 || tick <= endedAt) {
      const next = Math.min(queue[0]?.at ?? Infinity, tick, asked ?? Infinity);
      if (next > endedAt) break;
      let cause: Cause = next === asked ? 'asked' : 'time';
      while (queue[0] && queue[0].at <= next) {
        const moment = queue.shift();
        moment?.act(this.state);
        if (moment && cause !== 'zone') cause = moment.cause;
      }
      if (tick <= next) tick = next + TICK_MS;
      asked = await this.look(next, cause);
    }
    for (const one of this.open.values()) this.wanted.push(one);
  }

  /** Makes the plan; says when it is to be made again. */
  private async look(now: number, cause: Cause): Promise<number | undefined> {
    const input = this.state.isWatching ? await this.inputAt(now) : undefined;
    const planned = input ? this.plansOf(input) : new Map<string, PlannedNudge>();
    for (const [key, one] of this.open) {
      if (planned.has(key)) continue;
      this.open.delete(key);
      // What is past its deadline is in no plan; nobody changed their mind.
      const isOver = one.deadlineAt <= now;
      this.wanted.push({ ...one, to: isOver ? Infinity : now, ended: cause });
    }
    for (const [key, nudge] of planned) {
      if (this.open.has(key)) continue;
      const { nudgeId, kind, eventId, startAt, leadMs, mark = '', earliestAt, dueAt, deadlineAt } = nudge;
      const about = {
        oid: this.person.oid,
        nudgeId,
        kind,
        eventId,
        startAt,
        leadMs,
        mark,
        earliestAt,
        dueAt,
        deadlineAt,
      };
      this.open.set(key, { ...about, from: now, to: Infinity, began: cause, ended: 'time' });
    }
    const again = input && replanAt(input);
    return again !== undefined && again > now ? again : undefined;
  }

  /** With what was said; and what was said itself, as long as it would be said if nothing had been. */
  private plansOf(input: PlanInput): Map<string, PlannedNudge> {
    const planned = new Map(plan(input).map((nudge) => [marked(nudge), nudge]));
    if (input.said.length === 0) return planned;
    const said = new Set(input.said.map(saidKey));
    for (const nudge of plan({ ...input, said: [] }))
      if (said.has(marked(nudge, true))) planned.set(marked(nudge), nudge);
    return planned;
  }

  private async inputAt(now: number): Promise<PlanInput> {
    const { timeZone, chosen, answers, watchSince } = this.state;
    const settings = readSettings(chosen);
    const kinds = { ...settings.kinds, ...Object.fromEntries([...BY_CHANGES].map((kind) => [kind, false])) };
    const near = [...this.state.events.values()].filter(
      (event) => event.endAt > now - DAY_MS && event.startAt < now + AHEAD_MS,
    );
    const workingHours = this.hours ?? USUAL_HOURS;
    const traveller = { tenantId: '', timeZone, workingHours, settings: chosen, policy: {} };
    // Without a provider that looks addresses up nothing of the rest is asked for.
    const deps = { travel: roughProvider, clock: { now: () => now } } as unknown as TravelDeps;
    const travel = await estimateWays(deps, near, traveller, {});
    return {
      now,
      person: {
        personId: this.person.oid,
        isWatching: true,
        watchSince,
        timeZone,
        settings: { ...settings, kinds },
        places: travel.places,
        workingHours,
        address: this.person.address,
      },
      events: once(near),
      changes: [],
      answers: [...answers.values()].sort((a, b) => b.answeredAt - a.answeredAt),
      said: this.said.filter((one) => one.saidAt <= now && one.saidAt > now - SAID_BACK_MS),
      ownWrites: new Set(),
      colleagues: this.state.colleagues,
      travel: travel.estimates,
    };
  }
}

export async function wantedBy(request: WantedRequest): Promise<Wanted[]> {
  const all: Wanted[] = [];
  for (const person of request.people) {
    const { oid } = person;
    const moments = [
      ...request.calendars.filter((entry) => entry.oid === oid).map(onEntry),
      ...request.wishes.filter((wish) => wish.oid === oid).map(onWish),
      ...onOthers(request, person),
    ];
    const one = new OnePerson(person, request.hoursOf(oid), request.sends);
    await one.live(moments, request);
    all.push(...one.wanted);
  }
  return all;
}
