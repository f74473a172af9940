/** The trail of who did what as a table for a spreadsheet (RFC 4180), written in steps. */
import { actsOf, type RecordedAct } from '../store/audit.ts';
import type { Database } from '../store/database.ts';

const ACTS_A_PAGE = 500;
const COLUMNS = ['at', 'act', 'actor_id', 'person_id', 'detail', 'audit_id'];

/** What a spreadsheet would take for a formula is made text. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const lineOf = ({ at, act, actorId, personId, detail, auditId }: RecordedAct) =>
  [new Date(at).toISOString(), act, actorId ?? '', personId ?? '', JSON.stringify(detail), auditId].map(cell).join(',');

export async function* auditFile(database: Pick<Database, 'inTenant'>, tenantId: string): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  let before: RecordedAct | undefined;
  for (;;) {
    const from = before;
    const acts = await database.inTenant(tenantId, (sql) => actsOf(sql, tenantId, ACTS_A_PAGE, from));
    if (acts.length > 0) yield `${acts.map(lineOf).join('\r\n')}\r\n`;
    before = acts.at(-1);
    if (acts.length < ACTS_A_PAGE) return;
  }
}
