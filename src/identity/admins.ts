/**
 * Who is an admin: who stands in ADMIN_OIDS now, or has the app role by Entra's word of the last hour. What a row says of
 * it is what was true at a sign-in, which may be long ago: it decides what help shows, and nothing else.
 */
import { CalendarWatchError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { setAdmin } from '../store/people.ts';
import { ADMIN_ROLE } from './connect.ts';
import type { Tokens } from './tokens.ts';

interface Who {
  tenantId: string;
  personId: string;
}

export interface AdminDeps {
  database: Pick<Database, 'inTenant'>;
  tokens: Pick<Tokens, 'rolesOf'>;
  adminOids: readonly string[];
}

export class Admins {
  constructor(private readonly deps: AdminDeps) {}

  /**
   * @param wasAdmin what their row says
   * Throws COMMAND_INVALID, with the way out, where nobody can tell any more.
   */
  async prove({ tenantId, personId }: Who, wasAdmin: boolean): Promise<boolean> {
    const { database, tokens, adminOids } = this.deps;
    const isNamed = adminOids.includes(personId);
    if (!wasAdmin && !isNamed) return false;
    const isAdmin = isNamed || (await this.hasRole(tokens, { tenantId, personId }));
    if (isAdmin !== wasAdmin) await database.inTenant(tenantId, (sql) => setAdmin(sql, tenantId, personId, isAdmin));
    return isAdmin;
  }

  private async hasRole(tokens: AdminDeps['tokens'], who: Who): Promise<boolean> {
    try {
      return (await tokens.rolesOf(who)).includes(ADMIN_ROLE);
    } catch (cause) {
      if (!(cause instanceof CalendarWatchError && cause.code === 'RECONNECT_NEEDED')) throw cause;
      throw new CalendarWatchError('COMMAND_INVALID', 'whether this person is an admin still can’t be told', {
        cause,
        say: 'I can’t tell any more whether you are an admin. Type **sign in**, and then ask me again.',
      });
    }
  }
}
