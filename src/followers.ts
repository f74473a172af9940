/** Who goes along with mailboxes; a new one is a line here. The app, the simulation and the tests have the same ones. */
import type { Clock } from './clock.ts';
import { createWeeklyFollower } from './insights/weekly.ts';
import type { Logger } from './log.ts';
import { createRoomFollower } from './rooms/follower.ts';
import { type CheckInTimes, STANDARD_TIMES } from './rooms/policy.ts';
import { roomAsksFollower } from './rooms/settle-asks.ts';
import { rulesFollower } from './rules/follower.ts';
import type { Follower } from './sync/follower.ts';

export interface FollowerParts {
  clock: Clock;
  log: Logger;
  /** How browsers reach us; no slash at the end. */
  publicUrl: string;
  newId(): string;
  /** Nobody may guess it. */
  newSecret(): string;
  /** When organisers are asked to check in to rooms; undefined: at the usual times. */
  checkIn?: CheckInTimes;
  /** Mails go to any address, not to those alone who let us write in their name. */
  canMailAnyone?: boolean;
}

export const createFollowers = (parts: FollowerParts): readonly Follower[] => [
  createRoomFollower({
    publicUrl: parts.publicUrl,
    newSecret: parts.newSecret,
    times: parts.checkIn ?? STANDARD_TIMES,
    canMailAnyone: parts.canMailAnyone ?? false,
  }),
  roomAsksFollower,
  createWeeklyFollower(),
  rulesFollower,
];
