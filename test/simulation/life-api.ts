/** What a generated life is given, and what it gives. */
import type { GraphControl } from '../../sandbox/graph/graph.ts';
import type { CalendarStoreApi } from '../../sandbox/graph/store-api.ts';
import type { World } from '../../sandbox/world.ts';
import type { SimPerson, Wish } from './history.ts';

export type Asked = Wish extends infer One ? (One extends Wish ? Omit<One, 'at' | 'askedAt'> : never) : never;

export interface LifeApi {
  world: World;
  calendar: CalendarStoreApi;
  control: GraphControl;
  random(): number;
  now(): number;
  /** The person asks it of the bot now; it is in effect when the bot has done it. Event ids in either form. */
  wish(wish: Wish | Asked): void;
  /** What the next changes of calendars come from, in a word or two. */
  cause(word: string): void;
}

export interface Life {
  people: SimPerson[];
  /** Seeds calendars before the start. */
  begin(api: LifeApi): void;
  /** The next thing that somebody does; called again when it is done. Undefined: nothing more. */
  next(now: number): { at: number; act(): void } | undefined;
  /** How long until they sign in again, ms. */
  onTokenTrouble?(oid: string): number;
}

export interface LifeOptions {
  seed: number;
  people: number;
  startAt: number;
  endAt: number;
}
