/** What the bot's commands and buttons may use; handed over once by app.ts. */
import type { Clock } from '../clock.ts';
import type { Channel } from '../delivery/channel.ts';
import type { OtherWay } from '../delivery/ways/port.ts';
import type { Graph } from '../graph/port.ts';
import type { Admins } from '../identity/admins.ts';
import type { Application } from '../identity/application.ts';
import type { SignIn } from '../identity/sign-in.ts';
import type { SingleSignOn } from '../identity/sso.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { Intervals } from '../intervals.ts';
import type { Logger } from '../log.ts';
import type { OtherWayName } from '../nudges/settings.ts';
import type { Database } from '../store/database.ts';
import type { Duty } from '../store/mailboxes.ts';
import type { Vault } from '../store/vault.ts';
import type { Follower } from '../sync/follower.ts';
import type { TravelProvider } from '../travel/port.ts';

export interface Services {
  database: Database;
  clock: Clock;
  log: Logger;
  graph: Graph;
  signIn: SignIn;
  /** Where it is set up. */
  sso?: SingleSignOn;
  /** What Entra lets the application itself do in a tenant. */
  application: Pick<Application, 'permissions'>;
  tokens: Tokens;
  /** Seals what is secret and kept. */
  vault: Vault;
  admins: Pick<Admins, 'prove'>;
  travel: TravelProvider;
  /** Who goes along with mailboxes, also when a plan is made anew. */
  followers: readonly Follower[];
  channel: Channel;
  /** Ways beside Teams that are set up here. */
  ways: Partial<Record<OtherWayName, OtherWay>>;
  intervals: Intervals;
  /** How browsers reach us; no slash at the end. */
  publicUrl: string;
  newId(): string;
  /** Six digits that nobody can guess. */
  newCode(): string;
  /** Nobody may guess it. */
  newSecret(): string;
  /** Wakes a loop, so that nobody waits for the next poll. */
  poke(what: Duty | 'nudges' | 'cards' | 'groups' | 'errands'): void;
}

/** Who speaks, and where. */
export interface Turn {
  tenantId: string;
  personId: string;
  conversationId: string;
  locale: string;
  timeZone: string;
  /** The message whose button was pressed. */
  cardId?: string;
}
