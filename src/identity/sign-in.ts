/**
 * Sign-in by authorization code with PKCE. The state is random, single use, ten minutes old at most, and bound to person,
 * tenant and chat: the account that comes back must be theirs, so a link that is passed on connects nothing. Where an
 * admin allows another account of the tenant, its tokens wait until the chat that asked has typed the page's code.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { MINUTE_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { areOtherAccountsAllowed, saveWaitingAccount, tryAccountCode } from '../store/accounts.ts';
import { isMemberByApplication } from '../store/app-watch.ts';
import type { Sql } from '../store/database.ts';
import { type PendingSignIn, readSignIn, saveSignIn, takeSignIn } from '../store/tokens.ts';
import type { AdminConsent } from './admin-consent.ts';
import { type Asker, type Claims, type ConnectDeps, connectAccount, requireChat, type SignedIn } from './connect.ts';
import { type ClientFor, refusedCredential } from './msal.ts';
import { AdminConsentNeeded, isConsentMissing, needsAdmin, type Refusal } from './refusal.ts';
import { beyond } from './scopes.ts';

export type { Asker, SignedIn } from './connect.ts';
export { addressIn, connectAccount } from './connect.ts';

export const STATE_LIFE_MS = 10 * MINUTE_MS;
const MOST_SCOPES = 10;
const CODE_LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const CODE_LENGTH = 8;

/** What came of a sign-in: tokens that are stored, or a code that the page is to show. */
export type Finished = { kind: 'connected'; who: SignedIn } | { kind: 'code'; code: string };

export type Redeemed = { kind: 'connected'; who: SignedIn } | { kind: 'wrong'; triesLeft: number } | { kind: 'none' };

const hash = (text: string) => createHash('sha256').update(text).digest('base64url');
/** Follows from the verifier, which nobody else has: nothing more is to be kept. */
const nonceOf = ({ verifier }: PendingSignIn) => hash(`nonce of ${verifier}`);

const STATE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[\w-]{43}$/i;

/** The tenant travels in the open, so that the row can be read behind its wall; the rest is the secret. */
function tenantOf(state: string): string {
  const match = STATE.exec(state);
  if (!match?.[1])
    throw new CalendarWatchError('SIGN_IN_UNKNOWN', 'a sign-in state of an odd form', {
      say: 'This sign-in link is not one of mine. Go back to Teams and type “watch on”.',
    });
  return match[1];
}

const expired = () =>
  new CalendarWatchError('SIGN_IN_EXPIRED', 'the sign-in is unknown, used or older than ten minutes', {
    say: 'This sign-in link has been used or is too old. Go back to Teams for a new one: press the button on the card again, or type “watch on”.',
  });

const refused = (cause: unknown) =>
  new CalendarWatchError('SIGN_IN_REFUSED', 'Entra did not accept the code of a sign-in', {
    say: 'Microsoft did not complete the sign-in. Go back to Teams and type “watch on” to try again.',
    cause,
  });

/** "ABCD-EFGH"; no letters that look alike. */
function newAccountCode(): string {
  const letters = Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
  return `${letters.slice(0, CODE_LENGTH / 2)}-${letters.slice(CODE_LENGTH / 2)}`;
}

/** The application reads everybody's own calendar: another account would be asked for, and never read. */
const mayReadAnother = async (sql: Sql, { tenantId, personId }: Asker): Promise<boolean> =>
  (await areOtherAccountsAllowed(sql, tenantId)) && !(await isMemberByApplication(sql, tenantId, personId));

/** As it may be typed; undefined: it has another form. */
export function readAccountCode(text: string): string | undefined {
  const code = text
    .trim()
    .toUpperCase()
    .replace(/^([A-Z0-9]{4})[\s-]?([A-Z0-9]{4})$/, '$1-$2');
  return new RegExp(`^[${CODE_LETTERS}]{4}-[${CODE_LETTERS}]{4}$`).test(code) ? code : undefined;
}

/** Four and four letters and digits, whether or not a code of ours can have them: somebody means such a one. */
export const isLikeAccountCode = (text: string): boolean =>
  /^(?=.*[a-z])[a-z0-9]{4}[\s–-]?[a-z0-9]{4}$/i.test(text.trim()) || readAccountCode(text) !== undefined;

export class SignIn {
  constructor(
    private readonly deps: ConnectDeps & {
      clientFor: ClientFor;
      publicUrl: string;
      scopes: string[];
      adminConsent: AdminConsent;
    },
  ) {}

  get adminConsent(): AdminConsent {
    return this.deps.adminConsent;
  }

  private get redirectUri(): string {
    return `${this.deps.publicUrl}/auth/callback`;
  }

  /**
   * A link for this person in this chat alone; earlier ones stop working.
   * @param further names of scopes beyond the base
   */
  async begin(person: Asker, further: readonly string[] = []): Promise<string> {
    const state = `${person.tenantId}.${randomBytes(32).toString('base64url')}`;
    const pending = {
      personId: person.personId,
      conversationId: person.conversationId,
      verifier: randomBytes(48).toString('base64url'),
      expiresAt: this.deps.clock.now() + STATE_LIFE_MS,
      furtherScopes: beyond(this.deps.scopes, further).slice(0, MOST_SCOPES),
    };
    const tenantId = tenantOf(state);
    await this.deps.database.inTenant(tenantId, (sql) =>
      saveSignIn(sql, this.deps.vault, tenantId, hash(state), pending),
    );
    return `${this.deps.publicUrl}/auth/start?state=${encodeURIComponent(state)}`;
  }

  private read(state: string): Promise<PendingSignIn | undefined> {
    const tenantId = tenantOf(state);
    return this.deps.database.inTenant(tenantId, (sql) => readSignIn(sql, this.deps.vault, tenantId, hash(state)));
  }

  /** Whoever takes it has it alone, whatever comes of it. */
  private async take(state: string): Promise<(PendingSignIn & Asker) | undefined> {
    const tenantId = tenantOf(state);
    const pending = await this.deps.database.inTenant(tenantId, (sql) =>
      takeSignIn(sql, this.deps.vault, tenantId, hash(state)),
    );
    return pending && pending.expiresAt > this.deps.clock.now() ? { ...pending, tenantId } : undefined;
  }

  /**
   * Whether this link asks somebody who is connected for one more permission. A link that is not known (any more) says
   * nothing.
   */
  async isForPermission(state: string): Promise<boolean> {
    if (!STATE.test(state)) return false;
    return ((await this.read(state))?.furtherScopes.length ?? 0) > 0;
  }

  /** Where /auth/start sends the browser. It may be opened more than once: previews do, and nothing is used up by it. */
  async authorizeUrl(state: string): Promise<string> {
    const pending = await this.read(state);
    if (!pending || pending.expiresAt <= this.deps.clock.now()) throw expired();
    return this.deps.clientFor(tenantOf(state)).getAuthCodeUrl({
      scopes: [...this.deps.scopes, ...pending.furtherScopes],
      redirectUri: this.redirectUri,
      state,
      nonce: nonceOf(pending),
      codeChallenge: hash(pending.verifier),
      codeChallengeMethod: 'S256',
      prompt: 'select_account',
    });
  }

  /** Entra sent them back without a code: the state is used up all the same. Always throws, with what to say. */
  async refuse(state: string, refusal: Refusal): Promise<never> {
    const pending = await this.take(state);
    if (pending && needsAdmin(refusal)) throw this.adminNeeded(pending);
    throw new CalendarWatchError('SIGN_IN_REFUSED', 'the sign-in ended without a code', {
      say: 'The sign-in was not completed, so nothing was connected. Go back to Teams and type “watch on” to try again.',
    });
  }

  private adminNeeded(pending: PendingSignIn & Asker, cause?: unknown): AdminConsentNeeded {
    const { tenantId, personId, conversationId, furtherScopes } = pending;
    const scopes = furtherScopes.length > 0 ? furtherScopes : this.deps.scopes;
    return new AdminConsentNeeded({ tenantId, personId, conversationId, scopes }, cause);
  }

  async finish(state: string, code: string): Promise<Finished> {
    const pending = await this.take(state);
    if (!pending) throw expired();
    const { tenantId, personId, conversationId, furtherScopes } = pending;
    const client = this.deps.clientFor(tenantId);
    const result = await client
      .acquireTokenByCode({
        code,
        codeVerifier: pending.verifier,
        // MSAL refuses an id token of another sign-in than this one.
        nonce: nonceOf(pending),
        redirectUri: this.redirectUri,
        scopes: [...this.deps.scopes, ...furtherScopes],
      })
      .catch((cause: unknown) => {
        throw isConsentMissing(cause) ? this.adminNeeded(pending, cause) : (refusedCredential(cause) ?? refused(cause));
      });
    const claims = result.idTokenClaims as Claims;
    const cache = client.getTokenCache().serialize();
    const asker = { tenantId, personId, conversationId };
    const shown = await this.holdBack(asker, pending, cache, claims);
    if (shown) return { kind: 'code', code: shown };
    return { kind: 'connected', who: await connectAccount(this.deps, asker, cache, claims, { furtherScopes }) };
  }

  /** The code with which the chat that asked can have another account of its tenant, where an admin allows one. */
  private async holdBack(
    asker: Asker,
    { furtherScopes }: PendingSignIn,
    cache: string,
    { oid, tid, email, preferred_username }: Claims,
  ): Promise<string | undefined> {
    const { tenantId, personId } = asker;
    if (!oid || oid === personId || tid !== tenantId) return undefined;
    const code = newAccountCode();
    const isHeld = await this.deps.database.inTenant(tenantId, async (sql) => {
      if (!(await mayReadAnother(sql, asker))) return false;
      await requireChat(sql, asker);
      await saveWaitingAccount(sql, this.deps.vault, tenantId, {
        rowId: hash(randomBytes(32).toString('base64url')),
        code,
        personId,
        conversationId: asker.conversationId,
        accountId: oid,
        cache: JSON.stringify({ cache, email, preferred_username }),
        furtherScopes,
        expiresAt: this.deps.clock.now() + STATE_LIFE_MS,
      });
      return true;
    });
    return isHeld ? code : undefined;
  }

  /** @param code as readAccountCode gives it */
  async redeemCode(asker: Asker, code: string): Promise<Redeemed> {
    const { tenantId, personId, conversationId } = asker;
    const tried = await this.deps.database.inTenant(tenantId, async (sql) =>
      // An admin may have changed their mind since, or have the application read for them.
      (await mayReadAnother(sql, asker))
        ? tryAccountCode(sql, this.deps.vault, { tenantId, personId, conversationId }, code, this.deps.clock.now())
        : { kind: 'none' as const },
    );
    if (tried.kind !== 'right') return tried;
    const { accountId, cache, furtherScopes } = tried.waiting;
    const held = JSON.parse(cache) as { cache: string } & Pick<Claims, 'email' | 'preferred_username'>;
    const claims = { ...held, oid: accountId, tid: tenantId };
    const who = await connectAccount(this.deps, { tenantId, personId, conversationId }, held.cache, claims, {
      furtherScopes,
      isRedeemed: true,
    });
    return { kind: 'connected', who };
  }
}
