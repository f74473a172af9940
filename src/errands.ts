/** All kinds of errands; a new one is a line here. */
import type { Clock } from './clock.ts';
import type { Channel } from './delivery/channel.ts';
import type { ErrandKind } from './delivery/errands/errand.ts';
import type { OtherWay } from './delivery/ways/port.ts';
import type { Graph } from './graph/port.ts';
import type { Logger } from './log.ts';
import type { Outgoing } from './net/outgoing.ts';
import type { OtherWayName } from './nudges/settings.ts';
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
  publicUrl: string;
  newId(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

export const createErrands = (_parts: ErrandParts): readonly ErrandKind[] => [];
