/** Links to a file that the person asked for: one a person, good once, for a few minutes; of the token a hash is kept. */
import { at, type Sql } from './database.ts';

/** Their own data, (an admin) the trail of who did what and what rooms are used for, or their meetings as a table or as a calendar. */
export type ExportKind = 'own' | 'audit' | 'time' | 'calendar' | 'rooms';

export interface ExportLink {
  personId: string;
  kind: ExportKind;
  /** Of a report: which, and from when until when. */
  detail: Readonly<Record<string, unknown>>;
}

/** Earlier ones stop working. */
export async function saveExportLink(
  sql: Sql,
  link: ExportLink & { tenantId: string; tokenHash: Buffer; expiresAt: number },
): Promise<void> {
  const { tenantId, personId, tokenHash, expiresAt, kind, detail } = link;
  await sql.query(
    `insert into cw.export_link (tenant_id, person_id, token_hash, expires_at, kind, detail) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, person_id) do update set token_hash = $3, expires_at = $4, kind = $5, detail = $6`,
    [tenantId, personId, tokenHash, at(expiresAt), kind, JSON.stringify(detail)],
  );
}

/** Whoever takes it has it alone. */
export async function takeExportLink(
  sql: Sql,
  tenantId: string,
  tokenHash: Buffer,
  now: number,
): Promise<ExportLink | undefined> {
  const [row] = await sql.query<ExportLink & { expiresAt: number }>(
    `delete from cw.export_link where tenant_id = $1 and token_hash = $2
     returning person_id as "personId", kind, detail, expires_at as "expiresAt"`,
    [tenantId, tokenHash],
  );
  return row && row.expiresAt > now ? { personId: row.personId, kind: row.kind, detail: row.detail } : undefined;
}

/** Retention, in small steps. */
export async function pruneExportLinks(system: Sql, most: number, now: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_export_links($1, $2) as pruned', [
    most,
    at(now),
  ]);
  return row?.pruned ?? 0;
}
