/**
 * From the wish to the file: a link that works once, for ten minutes, and asks before it does. The tenant travels in the
 * open, as in sign-in states, so that the row is read behind its wall; the rest is the secret.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Clock, DAY_MS, MINUTE_MS } from '../clock.ts';
import { countActs, recordAct } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { type ExportKind, type ExportLink, saveExportLink, takeExportLink } from '../store/export-links.ts';
import { findPerson } from '../store/people.ts';

export const EXPORT_LINK_LIFE_MS = 10 * MINUTE_MS;
export const MOST_EXPORTS_A_DAY = 5;
const TOKEN = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[\w-]{43}$/i;

const FOR_ADMINS: ReadonlySet<ExportKind> = new Set(['audit', 'rooms']);

const hashOf = (token: string) => createHash('sha256').update(token).digest();

interface Deps {
  database: Pick<Database, 'inTenant'>;
  clock: Clock;
}

interface Who {
  tenantId: string;
  personId: string;
}

/** Undefined: they had enough files for today. Earlier links stop working. */
export async function beginExport(
  { database, clock, publicUrl }: Deps & { publicUrl: string },
  { tenantId, personId }: Who,
  kind: ExportKind,
  detail: ExportLink['detail'] = {},
): Promise<string | undefined> {
  const now = clock.now();
  const token = `${tenantId}.${randomBytes(32).toString('base64url')}`;
  const link = { tenantId, personId, kind, detail, tokenHash: hashOf(token), expiresAt: now + EXPORT_LINK_LIFE_MS };
  const isBegun = await database.inTenant(tenantId, async (sql) => {
    if ((await countActs(sql, { tenantId, personId }, 'exported', now - DAY_MS)) >= MOST_EXPORTS_A_DAY) return false;
    await saveExportLink(sql, link);
    return true;
  });
  return isBegun ? `${publicUrl}/privacy/export?token=${encodeURIComponent(token)}` : undefined;
}

/** Uses the link up, whatever comes of it. Undefined: there is no such link, or not any more. */
export async function takeExport(
  { database, clock, newId }: Deps & { newId(): string },
  token: string,
): Promise<(ExportLink & Who) | undefined> {
  const tenantId = TOKEN.exec(token)?.[1];
  if (!tenantId) return undefined;
  const now = clock.now();
  return database.inTenant(tenantId, async (sql) => {
    const link = await takeExportLink(sql, tenantId, hashOf(token), now);
    if (!link) return undefined;
    const { personId, kind } = link;
    // Whoever is no admin any more gets no file about others.
    if (FOR_ADMINS.has(kind) && !(await findPerson(sql, tenantId, personId))?.isAdmin) return undefined;
    await recordAct(sql, { tenantId, actorId: personId, personId, act: 'exported', detail: { kind } }, now, newId());
    return { ...link, tenantId };
  });
}
