/**
 * After a change of keys: all that is sealed is sealed anew with the first key, and what is from before encryption is
 * sealed for the first time. Safe beside running instances: a text is replaced only by itself, so what somebody wrote
 * meanwhile stays, and versions do not move. Tenant by tenant, inside their walls.
 */
import { CalendarWatchError } from '../errors.ts';
import type { Database, Sql } from './database.ts';
import { ofPrivateKey, sealedCertificates } from './rich-certificates.ts';
import { ofAccount, ofTokens, ofVerifier } from './tokens.ts';
import type { About, Vault } from './vault.ts';
import { ofSecret, ofUrl } from './webhooks.ts';

const ROWS_A_STEP = 200;
const TENANTS_A_STEP = 200;
/** So often a step is looked at again because others wrote meanwhile. */
const MOST_LOOKS = 5;

export interface Resealed {
  resealed: number;
  /** The first key had sealed it. */
  current: number;
  /** The key is not among ours, or the text was changed. */
  unreadable: number;
  /** Others wrote it again and again; another run may do. */
  left: number;
}

interface StoredSecret {
  rowId: string;
  stored: string;
}

/** A column with secrets, as rows of one tenant. */
interface SealedColumn {
  name: string;
  about(tenantId: string, rowId: string): About;
  /** It is older than encryption. */
  mayBePlain: boolean;
  read(sql: Sql, tenantId: string, after: string): Promise<StoredSecret[]>;
  /** Returns the rows that were still as they had been read. */
  replace(sql: Sql, tenantId: string, rows: { rowId: string; stored: string; sealed: string }[]): Promise<string[]>;
}

/** @param read, replace statements about that column alone */
function columnOf(column: Pick<SealedColumn, 'name' | 'about' | 'mayBePlain'> & { read: string; replace: string }) {
  return {
    ...column,
    read: (sql: Sql, tenantId: string, after: string) =>
      sql.query<StoredSecret>(column.read, [tenantId, after, ROWS_A_STEP]),
    async replace(sql: Sql, tenantId: string, rows: { rowId: string; stored: string; sealed: string }[]) {
      const replaced = await sql.query<{ rowId: string }>(column.replace, [
        tenantId,
        rows.map((one) => one.rowId),
        rows.map((one) => one.stored),
        rows.map((one) => one.sealed),
      ]);
      return replaced.map((one) => one.rowId);
    },
  };
}

const TENANTS_COLUMNS: SealedColumn[] = [
  columnOf({
    name: 'token_cache.cache',
    about: ofTokens,
    mayBePlain: true,
    read: `select person_id as "rowId", cache as stored from cw.token_cache
      where tenant_id = $1 and person_id > $2 order by person_id limit $3`,
    replace: `update cw.token_cache t set cache = n.sealed
      from unnest($2::text[], $3::text[], $4::text[]) as n (row_id, stored, sealed)
      where t.tenant_id = $1 and t.person_id = n.row_id and t.cache = n.stored returning n.row_id as "rowId"`,
  }),
  columnOf({
    name: 'sign_in.verifier',
    about: ofVerifier,
    mayBePlain: true,
    read: `select state_hash as "rowId", verifier as stored from cw.sign_in
      where tenant_id = $1 and state_hash > $2 order by state_hash limit $3`,
    replace: `update cw.sign_in s set verifier = n.sealed
      from unnest($2::text[], $3::text[], $4::text[]) as n (row_id, stored, sealed)
      where s.tenant_id = $1 and s.state_hash = n.row_id and s.verifier = n.stored returning n.row_id as "rowId"`,
  }),
  columnOf({
    name: 'sign_in.account_cache',
    about: ofAccount,
    mayBePlain: false,
    read: `select state_hash as "rowId", account_cache as stored from cw.sign_in
      where tenant_id = $1 and state_hash > $2 and account_cache is not null order by state_hash limit $3`,
    replace: `update cw.sign_in s set account_cache = n.sealed
      from unnest($2::text[], $3::text[], $4::text[]) as n (row_id, stored, sealed)
      where s.tenant_id = $1 and s.state_hash = n.row_id and s.account_cache = n.stored returning n.row_id as "rowId"`,
  }),
  columnOf({
    name: 'webhook.url',
    about: ofUrl,
    mayBePlain: false,
    read: `select webhook_id as "rowId", url as stored from cw.webhook
      where tenant_id = $1 and webhook_id > $2 order by webhook_id limit $3`,
    replace: `update cw.webhook w set url = n.sealed
      from unnest($2::text[], $3::text[], $4::text[]) as n (row_id, stored, sealed)
      where w.tenant_id = $1 and w.webhook_id = n.row_id and w.url = n.stored returning n.row_id as "rowId"`,
  }),
  columnOf({
    name: 'webhook.secret',
    about: ofSecret,
    mayBePlain: false,
    read: `select webhook_id as "rowId", secret as stored from cw.webhook
      where tenant_id = $1 and webhook_id > $2 order by webhook_id limit $3`,
    replace: `update cw.webhook w set secret = n.sealed
      from unnest($2::text[], $3::text[], $4::text[]) as n (row_id, stored, sealed)
      where w.tenant_id = $1 and w.webhook_id = n.row_id and w.secret = n.stored returning n.row_id as "rowId"`,
  }),
];

/** No tenant's, few, and reached by functions alone. */
const PRIVATE_KEYS: SealedColumn = {
  name: 'rich_certificate.private_key',
  about: (_, certificateId) => ofPrivateKey(certificateId),
  mayBePlain: true,
  read: async (sql, _, after) =>
    (await sealedCertificates(sql))
      .map((one) => ({ rowId: one.certificateId, stored: one.privateKey }))
      .filter((one) => one.rowId > after)
      .sort((a, b) => (a.rowId < b.rowId ? -1 : 1)),
  async replace(sql, _, rows) {
    const replaced: string[] = [];
    for (const { rowId, stored, sealed } of rows) {
      const values = [rowId, stored, sealed];
      const [row] = await sql.query<{ done: boolean }>('select cw.reseal_rich_certificate($1, $2, $3) as done', values);
      if (row?.done) replaced.push(rowId);
    }
    return replaced;
  },
};

export const SEALED_COLUMNS = [...TENANTS_COLUMNS, PRIVATE_KEYS].map(({ name }) => name);

type Outcome = keyof Resealed;
type Within = <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;

/** One look at the rows behind `after`: what came of each, by row. Those that changed under our hands are `left`. */
async function look(column: SealedColumn, vault: Vault, tenantId: string, after: string, sql: Sql) {
  const outcomes = new Map<string, Outcome>();
  const rows: { rowId: string; stored: string; sealed: string }[] = [];
  for (const { rowId, stored } of await column.read(sql, tenantId, after)) {
    const about = column.about(tenantId, rowId);
    try {
      const text = column.mayBePlain ? vault.openOrPlain(stored, about) : vault.open(stored, about);
      outcomes.set(rowId, vault.isOutdated(stored) ? 'left' : 'current');
      if (vault.isOutdated(stored)) rows.push({ rowId, stored, sealed: vault.seal(text, about) });
    } catch (error) {
      if (!(error instanceof CalendarWatchError && error.code === 'SECRET_UNREADABLE')) throw error;
      outcomes.set(rowId, 'unreadable');
    }
  }
  if (rows.length > 0) for (const rowId of await column.replace(sql, tenantId, rows)) outcomes.set(rowId, 'resealed');
  return outcomes;
}

async function resealColumn(column: SealedColumn, vault: Vault, tenantId: string, within: Within): Promise<Resealed> {
  const total: Resealed = { resealed: 0, current: 0, unreadable: 0, left: 0 };
  for (let after: string | undefined = ''; after !== undefined; ) {
    const from: string = after;
    let outcomes = new Map<string, Outcome>();
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const seen = await within((sql) => look(column, vault, tenantId, from, sql));
      // What an earlier look sealed is current by now; what it left may be gone.
      const before = [...outcomes].filter(([, outcome]) => outcome === 'resealed');
      outcomes = new Map([...seen, ...before]);
      // In PostgreSQL's order, which need not be ours.
      after = [...seen.keys()].at(-1);
      if (![...seen.values()].includes('left')) break;
    }
    for (const outcome of outcomes.values()) total[outcome] += 1;
  }
  return total;
}

async function tenantsAfter(system: Sql, after: string): Promise<string[]> {
  const rows = await system.query<{ id: string }>('select tenant_id as id from cw.tenants_after($1, $2)', [
    after,
    TENANTS_A_STEP,
  ]);
  return rows.map((row) => row.id);
}

const add = (a: Resealed, b: Resealed): Resealed => ({
  resealed: a.resealed + b.resealed,
  current: a.current + b.current,
  unreadable: a.unreadable + b.unreadable,
  left: a.left + b.left,
});

/**
 * All of it, by column.
 * @param onTenant when one is done and something of theirs was sealed anew
 */
export async function resealAll(
  database: Database,
  vault: Vault,
  onTenant: (tenantId: string, resealed: number) => Promise<void> = async () => undefined,
): Promise<Map<string, Resealed>> {
  const nothing: Resealed = { resealed: 0, current: 0, unreadable: 0, left: 0 };
  const totals = new Map<string, Resealed>(SEALED_COLUMNS.map((name) => [name, nothing]));
  const count = (name: string, more: Resealed) => totals.set(name, add(totals.get(name) ?? nothing, more));
  count(PRIVATE_KEYS.name, await resealColumn(PRIVATE_KEYS, vault, '', (work) => work(database.system)));
  for (let tenants = await tenantsAfter(database.system, ''); tenants.length > 0; ) {
    for (const tenantId of tenants) {
      let resealed = 0;
      for (const column of TENANTS_COLUMNS) {
        const done = await resealColumn(column, vault, tenantId, (work) => database.inTenant(tenantId, work));
        count(column.name, done);
        resealed += done.resealed;
      }
      if (resealed > 0) await onTenant(tenantId, resealed);
    }
    tenants = await tenantsAfter(database.system, tenants.at(-1) ?? '');
  }
  return totals;
}
