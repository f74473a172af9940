/**
 * Sign-in by authorization code with PKCE. The state is random, single use, ten minutes old at most, and bound to the
 * person who asked: the account that comes back must be theirs, so a link that is passed on connects nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Clock, MINUTE_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { readSignIn, replaceTokens, saveSignIn, takeSignIn } from '../store/tokens.ts';
import type { ClientFor } from './msal.ts';
import { beyond } from './tokens.ts';

const STATE_LIFE_MS = 10 * MINUTE_MS;
const ADMIN_ROLE = 'CalendarWatch.Admin';

export interface SignedIn {
  tenantId: string;
  personId: string;
  conversationId: string;
  isAdmin: boolean;
  /** Asked for beyond the base: somebody gave a permission, they did not ask to be watched. */
  furtherScopes: string[];
  /** What Entra calls them, lower case; as a rule the address that they are invited by. */
  address?: string;
}

const MOST_SCOPES = 10;
const LONGEST_ADDRESS = 320;

interface Claims {
  oid?: string;
  tid?: string;
  roles?: unknown;
  email?: unknown;
  preferred_username?: unknown;
}

/** `preferred_username` may be a phone number, and is a sign-in name that need not receive mail; `email` says more. */
export function addressIn({ email, preferred_username }: Claims): string | undefined {
  const isAddress = (one: unknown): one is string =>
    typeof one === 'string' && one.length <= LONGEST_ADDRESS && /^[^\s@]+@[^\s@]+$/.test(one);
  return [email, preferred_username].find(isAddress)?.toLowerCase();
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

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

export class SignIn {
  constructor(
    private readonly deps: {
      database: Database;
      clientFor: ClientFor;
      clock: Clock;
      publicUrl: string;
      scopes: string[];
      adminOids: string[];
    },
  ) {}

  private get redirectUri(): string {
    return `${this.deps.publicUrl}/auth/callback`;
  }

  /**
   * A link for this person alone; earlier ones stop working.
   * @param further names of scopes beyond the base
   */
  async begin(
    person: { tenantId: string; personId: string; conversationId: string },
    further: readonly string[] = [],
  ): Promise<string> {
    const state = `${person.tenantId}.${randomBytes(32).toString('base64url')}`;
    const pending = {
      personId: person.personId,
      conversationId: person.conversationId,
      verifier: randomBytes(48).toString('base64url'),
      expiresAt: this.deps.clock.now() + STATE_LIFE_MS,
      furtherScopes: beyond(this.deps.scopes, further).slice(0, MOST_SCOPES),
    };
    tenantOf(state);
    await this.deps.database.inTenant(person.tenantId, (sql) => saveSignIn(sql, person.tenantId, hash(state), pending));
    return `${this.deps.publicUrl}/auth/start?state=${encodeURIComponent(state)}`;
  }

  /**
   * Whether this link asks somebody who is connected for one more permission. A link that is not known (any more) says
   * nothing.
   */
  async isForPermission(state: string): Promise<boolean> {
    if (!STATE.test(state)) return false;
    const tenantId = tenantOf(state);
    const pending = await this.deps.database.inTenant(tenantId, (sql) => readSignIn(sql, tenantId, hash(state)));
    return pending !== undefined && pending.furtherScopes.length > 0;
  }

  /** Where /auth/start sends the browser. */
  async authorizeUrl(state: string): Promise<string> {
    const tenantId = tenantOf(state);
    const pending = await this.deps.database.inTenant(tenantId, (sql) => readSignIn(sql, tenantId, hash(state)));
    if (!pending || pending.expiresAt <= this.deps.clock.now()) throw expired();
    const challenge = createHash('sha256').update(pending.verifier).digest('base64url');
    return this.deps.clientFor(tenantId).getAuthCodeUrl({
      scopes: [...this.deps.scopes, ...pending.furtherScopes],
      redirectUri: this.redirectUri,
      state,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      prompt: 'select_account',
    });
  }

  /** The person changed their mind at Entra, or Entra refused: the state is used up all the same. */
  async refuse(state: string): Promise<void> {
    const tenantId = tenantOf(state);
    await this.deps.database.inTenant(tenantId, (sql) => takeSignIn(sql, tenantId, hash(state)));
  }

  async finish(state: string, code: string): Promise<SignedIn> {
    const tenantId = tenantOf(state);
    const pending = await this.deps.database.inTenant(tenantId, (sql) => takeSignIn(sql, tenantId, hash(state)));
    if (!pending || pending.expiresAt <= this.deps.clock.now()) throw expired();
    const { personId, conversationId, furtherScopes } = pending;
    const claims = await this.redeem({ tenantId, personId }, code, pending);
    const isAdmin =
      (Array.isArray(claims.roles) && claims.roles.includes(ADMIN_ROLE)) || this.deps.adminOids.includes(personId);
    const address = addressIn(claims);
    return { tenantId, personId, conversationId, isAdmin, furtherScopes, ...(address ? { address } : {}) };
  }

  /** The account must be the person's own; only then are its tokens written to their row. */
  private async redeem(
    { tenantId, personId }: { tenantId: string; personId: string },
    code: string,
    { verifier, furtherScopes }: { verifier: string; furtherScopes: string[] },
  ): Promise<Claims> {
    const client = this.deps.clientFor(tenantId);
    const scopes = [...this.deps.scopes, ...furtherScopes];
    const result = await client
      .acquireTokenByCode({ code, codeVerifier: verifier, redirectUri: this.redirectUri, scopes })
      .catch((cause: unknown) => {
        throw new CalendarWatchError('SIGN_IN_REFUSED', 'Entra did not accept the code of a sign-in', {
          say: 'Microsoft did not complete the sign-in. Go back to Teams and type “watch on” to try again.',
          cause,
        });
      });
    const claims = result.idTokenClaims as Claims;
    if (claims.oid !== personId || claims.tid !== tenantId)
      throw new CalendarWatchError('SIGN_IN_WRONG_ACCOUNT', 'another account signed in than the person in the chat', {
        say: 'That was another account than the one you use in Teams, so nothing was connected. Go back to Teams and type “watch on”.',
      });
    const cache = client.getTokenCache().serialize();
    await this.deps.database.inTenant(tenantId, (sql) => replaceTokens(sql, tenantId, personId, cache));
    return claims;
  }
}
