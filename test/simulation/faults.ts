/** What may go wrong, and how often: rates per opportunity, or a day where the name says so. One table. */
import type { FaultName } from '../../sandbox/world.ts';

/** Faults that the simulation makes itself; the others are switches of the sandbox's world. */
export interface OwnFaults {
  /** Per operation: the process dies before or after it. */
  'process.crash': number;
  /** Per operation: the process stands still for 20 to 120 s and then goes on. */
  'process.pause': number;
  /** A day: nothing runs for nine hours. */
  'host.asleepADay': number;
  /** A start: this machine's clock is 30 s off. */
  'clock.off': number;
  'store.failBeforeCommit': number;
  'store.failAfterCommit': number;
  /** Per statement: the connection breaks under it. */
  'store.connectionBreaks': number;
  /** Per call: no answer within the caller's limit; the work may be done all the same. */
  'graph.noAnswer': number;
  /** A day and subscription. */
  'subscription.silentlyDeadADay': number;
  'subscription.removedADay': number;
  'subscription.missedADay': number;
  'subscription.reauthorizeADay': number;
  /** A day and mailbox: its sync tokens answer 410. */
  'graph.tokensExpireADay': number;
  /** A day and person: Graph refuses the token, Entra gives a new one. */
  'token.refusedADay': number;
  /** A day and person: until they sign in again there is no token. */
  'consent.withdrawnADay': number;
  /** A day and person: they block the bot, for some hours. */
  'teams.blockedADay': number;
  /** Per message: 403 with one of Microsoft's codes. */
  'teams.403': number;
  'teams.noAnswer': number;
  /** Per request to an address that somebody named: 500. */
  'webhook.fails': number;
  /** The same: no answer; half of them arrive. */
  'webhook.noAnswer': number;
}

export interface Profile {
  world: Partial<Record<FaultName, number>>;
  own: OwnFaults;
}

const NOTHING: OwnFaults = {
  'process.crash': 0,
  'process.pause': 0,
  'host.asleepADay': 0,
  'clock.off': 0,
  'store.failBeforeCommit': 0,
  'store.failAfterCommit': 0,
  'store.connectionBreaks': 0,
  'graph.noAnswer': 0,
  'subscription.silentlyDeadADay': 0,
  'subscription.removedADay': 0,
  'subscription.missedADay': 0,
  'subscription.reauthorizeADay': 0,
  'graph.tokensExpireADay': 0,
  'token.refusedADay': 0,
  'consent.withdrawnADay': 0,
  'teams.blockedADay': 0,
  'teams.403': 0,
  'teams.noAnswer': 0,
  'webhook.fails': 0,
  'webhook.noAnswer': 0,
};

export const PROFILES: Record<'usual' | 'none', Profile> = {
  none: { world: {}, own: NOTHING },
  usual: {
    world: {
      'entra.invalidGrant': 0.0005,
      'entra.serverError': 0.005,
      'graph.throttle': 0.004,
      'graph.throttleWithoutRetryAfter': 0.002,
      'graph.unavailable': 0.005,
      'graph.gatewayTimeout': 0.004,
      'graph.syncStateNotFound': 0.001,
      'graph.deltaGone': 0.001,
      'graph.deltaLag': 0.02,
      'graph.emptyFirstPage': 0.02,
      'graph.reportDeletedOccurrence': 0.2,
      'graph.removedOutsideWindow': 0.01,
      'notify.drop': 0.01,
      'notify.duplicate': 0.05,
      'notify.delay': 0.05,
      'notify.truncateBatch': 0.005,
      'notify.wrongClientState': 0.01,
      'notify.missed': 0.005,
      'subscription.renew404': 0.01,
      'subscription.create409': 0.02,
      'connector.404': 0.0005,
      'connector.412': 0.01,
      'connector.413': 0.0005,
      'connector.429': 0.01,
      'connector.429WithoutRetryAfter': 0.005,
      'connector.500': 0.001,
      'connector.502': 0.005,
      'connector.502Delivered': 0.003,
      'connector.504': 0.005,
      'connector.504Delivered': 0.003,
    },
    own: {
      'process.crash': 1 / 25_000,
      'process.pause': 1 / 50_000,
      'host.asleepADay': 0.02,
      'clock.off': 0.3,
      'store.failBeforeCommit': 0.001,
      'store.failAfterCommit': 0.001,
      'store.connectionBreaks': 0.0002,
      'graph.noAnswer': 0.002,
      'subscription.silentlyDeadADay': 0.02,
      'subscription.removedADay': 0.02,
      'subscription.missedADay': 0.02,
      'subscription.reauthorizeADay': 0.02,
      'graph.tokensExpireADay': 0.01,
      'token.refusedADay': 0.01,
      'consent.withdrawnADay': 0.004,
      'teams.blockedADay': 0.003,
      'teams.403': 0.002,
      'teams.noAnswer': 0.004,
      'webhook.fails': 0.1,
      'webhook.noAnswer': 0.05,
    },
  },
};

/** Microsoft's codes of a 403; the first ones mean that the person does not want us. */
export const REFUSALS = [
  'BotDisabledByAdmin',
  'BotDisabledByUser',
  'ConversationBlockedByUser',
  'BotNotInConversationRoster',
  'ForbiddenOperationException',
  'MessageWritesBlocked',
  'NotEnoughPermissions',
  'InvalidBotApiHost',
] as const;
