/**
 * How far the application reaches, judged from what Entra granted it and what two mailboxes answered. Pure.
 *
 * Entra's consent and Exchange's role assignments add up: an application permission that is consented in Entra reaches
 * every mailbox, whatever scope Exchange gives beside it (learn.microsoft.com, “Role Based Access Control for
 * Applications in Exchange Online”).
 */
import type { Reach } from '../graph/port.ts';
import { enumerate } from './words.ts';

export interface Findings {
  /** Application permissions in Entra. */
  permissions: string[];
  /** The whole tenant is watched: nothing lies outside. */
  watchesTenant: boolean;
  /** A mailbox of somebody who is watched; undefined: there is none yet. */
  inside?: Reach | 'unknown';
  /** One of somebody who is in no watched group; undefined: none was looked at. 'unclear': read, and nobody knows whose. */
  outside?: Reach | 'unknown' | 'unclear';
}

export type Level = 'good' | 'unsure' | 'wide';

export interface Verdict {
  level: Level;
  /** Each with its sign; Markdown of ours alone. */
  lines: { sign: '✅' | '⚠️' | '🛑' | 'ℹ️'; words: string }[];
}

/** What opens mailboxes; Exchange has a role of the same name for each, which can be scoped. */
const OPENS_MAILBOXES = /^(Calendars|MailboxSettings|Mail|Contacts|Tasks|EWS)\.|^full_access_as_app$/;
const NAME = /^[A-Za-z_.-]{1,80}$/;

export const unscopedIn = (permissions: readonly string[]): string[] =>
  permissions.filter((one) => OPENS_MAILBOXES.test(one) && NAME.test(one)).sort();

type Line = Verdict['lines'][number];

function ofPermissions(unscoped: string[], watchesTenant: boolean): Line {
  const named = enumerate(unscoped.map((one) => `**${one}**`));
  if (unscoped.length === 0)
    return {
      sign: '✅',
      words: 'Entra grants the application no mailbox permission of its own: Exchange’s scope decides.',
    };
  if (watchesTenant)
    return {
      sign: 'ℹ️',
      words: `Entra grants ${named} for every mailbox of the tenant, which is what you have me watch.`,
    };
  return {
    sign: '🛑',
    words: `Entra grants ${named} for **every** mailbox, and that adds to any scope in Exchange: the scope limits nothing. In the Entra admin centre, under Enterprise applications → Permissions, revoke it, and keep the role assignment in Exchange.`,
  };
}

const INSIDE: Record<Reach | 'unknown', Line> = {
  read: { sign: '✅', words: 'A calendar that I watch can be read.' },
  refused: {
    sign: '🛑',
    words:
      'A calendar that I watch can’t be read: Exchange’s scope leaves that person out, or the role is missing. A new role takes up to two hours to count.',
  },
  none: { sign: '⚠️', words: 'The watched person I looked at has no mailbox in Exchange Online.' },
  unknown: { sign: '⚠️', words: 'Microsoft didn’t answer for a watched calendar; ask me again in a minute.' },
};

const OUTSIDE: Record<Reach | 'unknown' | 'unclear', Line> = {
  refused: { sign: '✅', words: 'A calendar outside the watched groups can’t be read, as it should be.' },
  read: {
    sign: '🛑',
    words: 'A calendar outside the watched groups **can be read**: the application reaches further than meant.',
  },
  none: {
    sign: '⚠️',
    words: 'The mailbox outside that I looked at doesn’t exist; that proves nothing. Name another one.',
  },
  unknown: { sign: '⚠️', words: 'Microsoft didn’t answer for the calendar outside; ask me again in a minute.' },
  unclear: {
    sign: '⚠️',
    words:
      'The calendar you named can be read, but I can’t tell whether it is outside the watched groups: name it by its **object id**.',
  },
};

const NOBODY_INSIDE: Line = {
  sign: 'ℹ️',
  words: 'I watch for nobody by the application yet: **admin watch group …** begins.',
};
const NOBODY_OUTSIDE: Line = {
  sign: '⚠️',
  words:
    'I looked at no calendar outside the watched groups. Name somebody who must stay out: **admin check name@company.example**.',
};

function levelOf(found: Findings, unscoped: string[]): Level {
  const { inside, outside, watchesTenant } = found;
  if (!watchesTenant && (unscoped.length > 0 || outside === 'read')) return 'wide';
  const isProven = watchesTenant || outside === 'refused';
  return isProven && inside === 'read' ? 'good' : 'unsure';
}

export function judge(found: Findings): Verdict {
  const { inside, outside, watchesTenant } = found;
  const unscoped = unscopedIn(found.permissions);
  const ofOutside = outside ? OUTSIDE[outside] : NOBODY_OUTSIDE;
  return {
    level: levelOf(found, unscoped),
    lines: [
      ofPermissions(unscoped, watchesTenant),
      inside ? INSIDE[inside] : NOBODY_INSIDE,
      ...(watchesTenant ? [] : [ofOutside]),
    ],
  };
}
