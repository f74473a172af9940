/** Who is signed in, and whose tokens are worth nothing. Tokens are plain JSON: real ones need threads to be checked. */
import type { TokenClaims } from '../../sandbox/graph/claims.ts';
import type { World } from '../../sandbox/world.ts';
import type { Chance } from './chance.ts';
import type { SimClock } from './clock.ts';

const MINUTE_MS = 60_000;
const FRESH_MS = 6 * MINUTE_MS;
export const APP_ID = '0c5a0000-0000-4000-8000-000000000001';
/** Of the application, in every tenant. */
const ROLES = ['Calendars.ReadWrite', 'MailboxSettings.Read', 'User.Read.All', 'Place.Read.All'];
const SCOPES = 'Calendars.Read Calendars.ReadWrite MailboxSettings.Read User.Read';
/** Most tokens live for a day (continuous access evaluation); the others are renewed every hour. */
const SHORT_LIVED = 0.15;

interface Standing {
  isSignedIn: boolean;
  /** Tokens of an older generation are refused by Graph. */
  generation: number;
}

interface SimClaims extends TokenClaims {
  generation: number;
}

export class SimEntra {
  private readonly standings = new Map<string, Standing>();

  constructor(
    private readonly world: World,
    private readonly clock: SimClock,
    private readonly chance: Chance,
    /** From now on there is no token for this person. */
    private readonly onTrouble: (oid: string) => void,
    /** Least and most; without it most live for a day. */
    private readonly lifeMs?: readonly [number, number],
  ) {}

  private of(oid: string): Standing {
    const known = this.standings.get(oid);
    if (known) return known;
    const made = { isSignedIn: false, generation: 1 };
    this.standings.set(oid, made);
    return made;
  }

  isSignedIn(oid: string): boolean {
    return this.of(oid).isSignedIn;
  }

  signIn(oid: string): void {
    this.of(oid).isSignedIn = true;
  }

  /** Consent withdrawn, password changed: no new tokens, and the old ones are refused. */
  withdraw(oid: string): boolean {
    const standing = this.of(oid);
    if (!standing.isSignedIn) return false;
    standing.isSignedIn = false;
    standing.generation += 1;
    this.onTrouble(oid);
    return true;
  }

  /** Graph refuses what was given out; Entra gives anew. */
  refuseTokens(oid: string): void {
    this.of(oid).generation += 1;
  }

  /** A new token; '': the application's own. Undefined: the person has to sign in. Throws what Entra answers when it is ill. */
  give(tenantId: string, oid: string): { token: string; expiresAt: number } | undefined {
    if (oid === '' || this.world.people.get(oid)?.kind === 'room') return this.giveToApplication(tenantId);
    const standing = this.of(oid);
    if (!standing.isSignedIn) return undefined;
    if (this.world.strikes('entra.serverError')) throw new Error('temporarily_unavailable');
    if (this.world.strikes('entra.invalidGrant')) {
      standing.isSignedIn = false;
      this.onTrouble(oid);
      return undefined;
    }
    const life = this.lifeMs
      ? this.chance.between(...this.lifeMs)
      : this.chance.hits(SHORT_LIVED)
        ? this.chance.between(60, 90) * MINUTE_MS
        : this.chance.between(20, 28) * 60 * MINUTE_MS;
    const expiresAt = this.clock.now() + life;
    const claims: SimClaims = {
      tid: tenantId,
      oid,
      scp: SCOPES,
      appid: APP_ID,
      exp: expiresAt / 1000,
      generation: standing.generation,
    };
    return { token: Buffer.from(JSON.stringify(claims)).toString('base64url'), expiresAt };
  }

  /** Rooms sign in nowhere: the application reads them in its own name. */
  private giveToApplication(tenantId: string): { token: string; expiresAt: number } {
    if (this.world.strikes('entra.serverError')) throw new Error('temporarily_unavailable');
    const expiresAt = this.clock.now() + this.chance.between(60, 90) * MINUTE_MS;
    const claims: SimClaims = { tid: tenantId, roles: ROLES, appid: APP_ID, exp: expiresAt / 1000, generation: 1 };
    return { token: Buffer.from(JSON.stringify(claims)).toString('base64url'), expiresAt };
  }

  verify = async (bearer: string): Promise<TokenClaims> => {
    const claims = JSON.parse(Buffer.from(bearer, 'base64url').toString('utf8')) as SimClaims;
    if (claims.generation !== this.of(claims.oid ?? '').generation) throw new Error('the token was revoked');
    return claims;
  };
}

/** What a process keeps of tokens, as src/identity/tokens.ts does. */
export class KeptTokens {
  private readonly kept = new Map<string, { token: string; expiresAt: number }>();

  constructor(private readonly clock: SimClock) {}

  fresh(oid: string): string | undefined {
    const known = this.kept.get(oid);
    return known && known.expiresAt - FRESH_MS > this.clock.now() ? known.token : undefined;
  }

  keep(oid: string, token: { token: string; expiresAt: number }): string {
    this.kept.set(oid, token);
    return token.token;
  }

  until(oid: string): number | undefined {
    return this.kept.get(oid)?.expiresAt;
  }

  drop(oid: string): void {
    this.kept.delete(oid);
  }
}
