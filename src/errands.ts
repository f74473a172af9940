/** All kinds of errands; a new one is a line here. */
import { postCard } from './bot/cards/post.ts';
import type { Clock } from './clock.ts';
import type { Channel } from './delivery/channel.ts';
import { createEntry } from './delivery/errands/entry.ts';
import type { ErrandKind } from './delivery/errands/errand.ts';
import { createMail } from './delivery/errands/mail.ts';
import { createMessage } from './delivery/errands/message.ts';
import { createPost } from './delivery/errands/post.ts';
import { createTask } from './delivery/errands/task.ts';
import { createWebhook } from './delivery/errands/webhook.ts';
import type { OtherWay } from './delivery/ways/port.ts';
import type { Graph } from './graph/port.ts';
import { createTimeReport } from './insights/weekly.ts';
import { DEFAULT_INTERVALS } from './intervals.ts';
import type { Logger } from './log.ts';
import type { Outgoing } from './net/outgoing.ts';
import type { OtherWayName } from './nudges/settings.ts';
import { createAddRooms } from './rooms/adding.ts';
import { createBookRoom } from './rooms/asking.ts';
import { createRelease } from './rooms/release.ts';
import type { Database } from './store/database.ts';
import type { Vault } from './store/vault.ts';

export interface ErrandParts {
  database: Database;
  clock: Clock;
  log: Logger;
  graph: Graph;
  /** Absent where nothing secret can be opened (the simulation). */
  vault?: Vault;
  /** Requests to addresses that people name. */
  outgoing: Outgoing;
  channel: Channel;
  /** Ways beside Teams that are set up here: mails go by `ways.email`. */
  ways: Partial<Record<OtherWayName, OtherWay>>;
  /** Mails go to any address, not to those alone who let us write in their name. */
  canMailAnyone?: boolean;
  publicUrl: string;
  /** How long the past is kept; undefined: as long as usual. */
  pastKeepMs?: number;
  newId(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

export const createErrands = (parts: ErrandParts): readonly ErrandKind[] => [
  createTimeReport({ pastKeepMs: parts.pastKeepMs ?? DEFAULT_INTERVALS.pastKeepMs }),
  createRelease({ graph: parts.graph, canMailAnyone: parts.canMailAnyone ?? false }),
  createBookRoom(parts),
  createAddRooms(parts),
  createMessage(),
  createMail({ ...parts, way: parts.ways.email, canMailAnyone: parts.canMailAnyone ?? false }),
  createTask(parts),
  createEntry(parts),
  createPost({ ...parts, render: postCard }),
  createWebhook(parts),
];
