/** The one place where the tokens of a proven account are stored, whichever way it was proven. */
import type { Clock } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { setAccount } from '../store/accounts.ts';
import { isMemberByApplication } from '../store/app-watch.ts';
import { recordAct } from '../store/audit.ts';
import type { Database, Sql } from '../store/database.ts';
import { endLeaving } from '../store/forgetting.ts';
import { endMailbox } from '../store/mailboxes.ts';
import { withdrawAll } from '../store/nudges.ts';
import { lockPerson, type Person, setWatch } from '../store/people.ts';
import { forgetSubscriptions } from '../store/subscriptions.ts';
import { replaceTokens } from '../store/tokens.ts';
import type { Vault } from '../store/vault.ts';
import { nameOf } from './scopes.ts';

export const ADMIN_ROLE = 'CalendarWatch.Admin';
const LONGEST_ADDRESS = 320;
const READ_BY_APPLICATION =
  'Your admin has me watch your own calendar, so I can’t read another account’s; nothing was connected.';

/** Who asked, and in which chat. */
export interface Asker {
  tenantId: string;
  personId: string;
  conversationId: string;
}

/** Of an id token that MSAL got from Entra's token endpoint. */
export interface Claims {
  oid?: string;
  tid?: string;
  roles?: unknown;
  email?: unknown;
  preferred_username?: unknown;
}

export interface SignedIn extends Asker {
  /** Undefined: nothing was learned about that. */
  isAdmin?: boolean;
  /** Asked for beyond the base: somebody gave a permission, they did not ask to be watched. */
  furtherScopes: string[];
  /** What Entra calls them, lower case; as a rule the address that they are invited by. */
  address?: string;
  /** Another account is read from now on than before. */
  isAccountNew: boolean;
  /** They were watched by the account before, whose calendar is forgotten: watching begins anew. */
  wasWatching: boolean;
}

export interface ConnectDeps {
  database: Database;
  vault: Vault;
  clock: Clock;
  newId(): string;
  adminOids: string[];
}

/** `preferred_username` may be a phone number, and is a sign-in name that need not receive mail; `email` says more. */
export function addressIn({ email, preferred_username }: Claims): string | undefined {
  const isAddress = (one: unknown): one is string =>
    typeof one === 'string' && one.length <= LONGEST_ADDRESS && /^[^\s@]+@[^\s@]+$/.test(one);
  return [email, preferred_username].find(isAddress)?.toLowerCase();
}

export const wrongAccount = (why: string, say: string) => new CalendarWatchError('SIGN_IN_WRONG_ACCOUNT', why, { say });

/** The chat must still be the person's: whoever removed the bot, or lost the chat, is connected to nothing. */
export async function requireChat(sql: Sql, { tenantId, personId, conversationId }: Asker): Promise<Person> {
  const person = await lockPerson(sql, tenantId, personId);
  if (person?.conversationId === conversationId) return person;
  throw new CalendarWatchError('SIGN_IN_EXPIRED', 'the chat that asked for a sign-in is not the person’s any more', {
    say: 'The chat that this link belongs to is not there any more. Go back to Teams and type “watch on”.',
  });
}

/** All that was known by another account is of no use, and none of the new one's business. */
async function beginAnew(sql: Sql, { tenantId, personId, watch }: Person, now: number): Promise<boolean> {
  await forgetSubscriptions(sql, tenantId, personId);
  if (watch === 'off') return false;
  await setWatch(sql, tenantId, personId, 'off', null);
  await withdrawAll(sql, tenantId, personId, 'another account was connected', now);
  await endMailbox(sql, tenantId, personId, now);
  return true;
}

/**
 * @param claims of the account that signed in; another one than the person's own only where `isRedeemed`: the chat has
 * typed the page's code
 */
export async function connectAccount(
  deps: ConnectDeps,
  who: Asker,
  cache: string,
  claims: Claims,
  more: { furtherScopes?: string[]; isRedeemed?: boolean } = {},
): Promise<SignedIn> {
  const { tenantId, personId } = who;
  const { furtherScopes = [], isRedeemed = false } = more;
  const isOwn = claims.oid === personId;
  if (claims.tid !== tenantId || !claims.oid || (!isOwn && !isRedeemed))
    throw wrongAccount(
      'another account signed in than the person in the chat',
      'That was another account than the one you use in Teams, so nothing was connected. Go back to Teams and type “watch on”.',
    );
  const accountId = isOwn ? null : claims.oid;
  const now = deps.clock.now();
  const changed = await deps.database.inTenant(tenantId, async (sql) => {
    const person = await requireChat(sql, who);
    // An admin may have begun to have them watched since the code was shown.
    if (accountId && (await isMemberByApplication(sql, tenantId, personId)))
      throw wrongAccount('the application reads for this person', READ_BY_APPLICATION);
    await replaceTokens(sql, deps.vault, tenantId, personId, cache);
    await endLeaving(sql, who);
    const isAccountNew = await setAccount(sql, tenantId, personId, accountId);
    const act = furtherScopes.length > 0 ? 'consented' : 'connected';
    const detail = { scopes: furtherScopes.map(nameOf), ...(accountId ? { accountId } : {}) };
    await recordAct(sql, { tenantId, actorId: personId, personId, act, detail }, now, deps.newId());
    return { isAccountNew, wasWatching: isAccountNew && (await beginAnew(sql, person, now)) };
  });
  const address = addressIn(claims);
  const hasRole = isOwn && Array.isArray(claims.roles) && claims.roles.includes(ADMIN_ROLE);
  const isAdmin = hasRole || deps.adminOids.includes(personId);
  return {
    ...who,
    // Another account's roles say nothing about the person in the chat.
    ...(isOwn || isAdmin ? { isAdmin } : {}),
    furtherScopes,
    ...(address ? { address } : {}),
    ...changed,
  };
}
