/** Who goes along with mailboxes; a new one is a line here. The app, the simulation and the tests have the same ones. */
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Follower } from './sync/follower.ts';

export interface FollowerParts {
  clock: Clock;
  log: Logger;
  /** How browsers reach us; no slash at the end. */
  publicUrl: string;
  newId(): string;
  /** Nobody may guess it. */
  newSecret(): string;
}

export const createFollowers = (_parts: FollowerParts): readonly Follower[] => [];
