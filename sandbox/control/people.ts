/** What an administrator, an outage or the person themselves could do to an account, a mailbox or a subscription. */
import type { SubscriptionRecord } from '../graph/subscription-store.ts';
import type { SandboxPerson, World } from '../world.ts';
import { type ControlContext, ok, oneOf, type Route, refuse } from './context.ts';

interface PersonAction {
  label: string;
  /** What it does, for the page and the README. */
  what: string;
  /** Returns what was done, in words. */
  run(context: ControlContext, person: SandboxPerson): string;
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function setFlag(flag: 'enabled' | 'hasMailbox', value: boolean, done: string): PersonAction['run'] {
  return (_context, person) => {
    person[flag] = value;
    return `${person.displayName}${done}`;
  };
}

export const PERSON_ACTIONS = {
  revokeSessions: {
    label: 'Revoke sessions',
    what: 'Refresh tokens that exist now die (AADSTS50173); access tokens live on until they expire.',
    run({ entra }, person) {
      entra.revokeSessions(person.oid);
      return `Sessions of ${person.displayName} revoked`;
    },
  },
  resetPassword: {
    label: 'Reset password',
    what: 'Sessions are revoked, and Graph removes the person’s own subscriptions, with notice.',
    run({ entra, graph }, person) {
      entra.revokeSessions(person.oid);
      const removed = graph.control.revokeUser(person.oid);
      return `Password of ${person.displayName} reset; ${counted(removed, 'subscription')} removed`;
    },
  },
  withdrawConsent: {
    label: 'Withdraw consent',
    what: 'Refreshing answers AADSTS65001 for every app until the person agrees again.',
    run({ world, entra }, person) {
      for (const clientId of world.apps.keys()) entra.withdrawConsent(person.oid, clientId);
      return `Consent of ${person.displayName} withdrawn`;
    },
  },
  disable: {
    label: 'Disable account',
    what: 'Entra refuses to sign in or refresh, Graph shows no mailbox, subscriptions end at the next change.',
    run: setFlag('enabled', false, ' is disabled'),
  },
  enable: {
    label: 'Enable account',
    what: 'The account works again.',
    run: setFlag('enabled', true, ' is enabled'),
  },
  removeMailbox: {
    label: 'Take the mailbox away',
    what: 'Graph answers 404 MailboxNotEnabledForRESTAPI; what is in the mailbox is kept.',
    run: setFlag('hasMailbox', false, ' has no mailbox now'),
  },
  restoreMailbox: {
    label: 'Give the mailbox back',
    what: 'The mailbox is there again with all that was in it.',
    run: setFlag('hasMailbox', true, ' has a mailbox again'),
  },
  expireDelta: {
    label: 'Expire delta tokens',
    what: 'Every delta token of the mailbox answers 410 from now on.',
    run({ graph }, person) {
      graph.control.expireDeltaTokens(person.oid);
      return `Delta tokens of ${person.displayName} expired`;
    },
  },
} satisfies Record<string, PersonAction>;

export const PERSON_ACTION_NAMES = Object.keys(PERSON_ACTIONS) as (keyof typeof PERSON_ACTIONS)[];

const SUBSCRIPTION_ACTIONS: Record<string, (context: ControlContext, id: string) => boolean> = {
  vanish: ({ graph }, id) => graph.control.vanishSubscription(id),
  remove: ({ graph }, id) => graph.control.removeSubscription(id),
  missed: ({ graph }, id) => graph.control.sendLifecycle(id, 'missed'),
  reauthorizationRequired: ({ graph }, id) => graph.control.sendLifecycle(id, 'reauthorizationRequired'),
};

export function personOf(world: World, oid: string): SandboxPerson {
  return world.people.get(oid) ?? refuse(`There is no person “${oid}” in the sandbox.`, 404);
}

/** Without clientState: it is the secret by which a notification is believed. */
function subscriptionView({ world }: ControlContext, record: SubscriptionRecord): object {
  const { id, appId, mailboxOid, resource, changeType, notificationUrl, lifecycleUrl } = record;
  return {
    id,
    app: world.apps.get(appId)?.displayName ?? appId,
    person: mailboxOid,
    delegated: record.userOid !== undefined,
    resource,
    changeType,
    notificationUrl,
    lifecycleUrl,
    expiresAt: record.expiresAt,
    tokenExpiresAt: record.tokenExpiresAt,
  };
}

export const listPeople: Route = ({ world, graph }) => {
  const counts = new Map<string, number>();
  for (const { mailboxOid } of graph.control.subscriptions()) counts.set(mailboxOid, (counts.get(mailboxOid) ?? 0) + 1);
  const people = [...world.people.values()].map((person) => ({
    oid: person.oid,
    tenant: world.tenants.get(person.tenantId)?.displayName ?? person.tenantId,
    name: person.displayName,
    address: person.upn,
    kind: person.kind,
    timeZone: person.mailboxTimeZone,
    enabled: person.enabled !== false,
    hasMailbox: person.hasMailbox !== false,
    subscriptions: counts.get(person.oid) ?? 0,
  }));
  const actions = PERSON_ACTION_NAMES.map((name) => {
    const { label, what } = PERSON_ACTIONS[name];
    return { name, label, what };
  });
  return ok({ people, actions });
};

export const actOnPerson: Route = (context, _request, oid = '', given = '') => {
  const action = oneOf(PERSON_ACTION_NAMES, given, 'action');
  const done = PERSON_ACTIONS[action].run(context, personOf(context.world, oid));
  context.world.journal.add('control', action, { oid });
  return ok({ done });
};

export const listSubscriptions: Route = (context, request) => {
  const person = request.query.get('person');
  if (person !== null) personOf(context.world, person);
  const all = context.graph.control.subscriptions();
  const wanted = person === null ? all : all.filter((record) => record.mailboxOid === person);
  return ok({ subscriptions: wanted.map((record) => subscriptionView(context, record)) });
};

export const actOnSubscription: Route = (context, _request, id = '', given = '') => {
  const action = oneOf(Object.keys(SUBSCRIPTION_ACTIONS), given, 'action');
  if (!SUBSCRIPTION_ACTIONS[action]?.(context, id)) refuse(`There is no live subscription “${id}”.`, 404);
  context.world.journal.add('control', `subscription ${action}`, { id });
  return ok({ done: action });
};
