/** In which circumstances a mistake shows soon: small lives, in which what brings it to light happens often. */
import type { SimulationRequest } from '../run-simulation.ts';

export type Setting = Pick<SimulationRequest, 'profile' | 'faults' | 'life'> & {
  people: number;
  /** Of users. */
  weeks: number;
  /** Instead of what a whole simulation has to reach: in a small life one death of a subscription is much. */
  targets?: Record<string, string | number>;
};

/** Rooms and rules cost as much as people; where they show something they are there. */
const busy = { changesAWeek: 35, singlesAWeek: 6, isWithoutRooms: true };
const small = { profile: 'none', people: 2, weeks: 0.7, life: busy } as const;
const roomy = {
  ...small,
  life: { changesAWeek: 35, singlesAWeek: 6, weights: { bookRoom: 16, writeIntoRoom: 3, makeRule: 6 } },
} as const;
const day = { ...small, weeks: 0.3 } as const;

export const SETTINGS = {
  /** Nothing goes wrong; much is changed. */
  calm: small,
  /** The same for a day, for what shows at once. */
  calmDay: day,
  crashingDay: { ...day, faults: { own: { 'store.failBeforeCommit': 0.03, 'process.crash': 1 / 3_000 } } },
  forgedDay: { ...day, faults: { world: { 'notify.wrongClientState': 0.2 } } },
  teamsIllDay: { ...day, faults: { world: { 'connector.502': 0.15, 'connector.504': 0.1, 'connector.429': 0.1 } } },
  /** One thing soon after the other. */
  hasty: { ...small, weeks: 1, life: { changesAWeek: 40, againAtOnce: 0.9, isWithoutRooms: true } },
  declining: { ...small, life: { ...busy, weights: { decline: 15 } } },
  crashing: { ...small, faults: { own: { 'store.failBeforeCommit': 0.03, 'process.crash': 1 / 3_000 } } },
  halting: { ...small, weeks: 1.2, faults: { own: { 'process.pause': 1 / 150 } } },
  pagesEmpty: { ...small, faults: { world: { 'graph.emptyFirstPage': 0.5 } } },
  tokensExpire: { ...small, faults: { world: { 'graph.deltaGone': 0.02 }, own: { 'graph.tokensExpireADay': 0.7 } } },
  throttled: { ...small, faults: { world: { 'graph.throttle': 0.05 } } },
  /** Hardly anything is told; and few things happen, so that no other tells of them. */
  untold: { ...small, life: { changesAWeek: 20, isWithoutRooms: true }, faults: { world: { 'notify.drop': 0.9 } } },
  missed: { ...small, life: { changesAWeek: 20, isWithoutRooms: true }, faults: { world: { 'notify.missed': 0.9 } } },
  dying: {
    ...small,
    weeks: 1,
    faults: { own: { 'subscription.silentlyDeadADay': 0.6 } },
    targets: { cover: '≥ 0.9' },
  },
  noAnswer: { ...small, weeks: 1.2, faults: { own: { 'graph.noAnswer': 0.2, 'subscription.removedADay': 1 } } },
  /** People change their minds about what they want to hear. */
  choosing: { ...small, life: { ...busy, weights: { choose: 14 } } },
  /** Nobody knows whether a message arrived. */
  inDoubt: { ...small, faults: { world: { 'connector.502Delivered': 0.3, 'connector.504Delivered': 0.2 } } },
  /** Often nobody runs for nine hours. */
  asleep: { ...small, weeks: 1.5, faults: { own: { 'host.asleepADay': 0.9 } } },
  /** Rooms are booked and rules made as often as nothing else, and most of it in working hours. */
  rooms: roomy,
  /** Whoever is asked often can't be reached. */
  roomsUnheard: { ...roomy, faults: { own: { 'teams.403': 0.35 } } },
  /** Everybody has as many rules as they may. */
  ruled: { ...roomy, life: { ...roomy.life, weights: { bookRoom: 0, writeIntoRoom: 0, makeRule: 12 } } },
  hooksIll: { ...roomy, life: { ...roomy.life, weights: { makeRule: 12 } }, faults: { own: { 'webhook.fails': 0.5 } } },
  /** Longer than a subscription lives. */
  long: { profile: 'none', people: 2, weeks: 2.3, life: { changesAWeek: 6, isWithoutRooms: true } },
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
