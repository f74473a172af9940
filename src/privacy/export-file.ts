/**
 * The file of “export my data”: JSON, written in steps as it is read, so that a full calendar needs no more memory than
 * an empty one. What each section is, and what was left out of it and why, is said in the file itself.
 */
import type { Database } from '../store/database.ts';
import { readHeld } from '../store/holdings.ts';
import { EXPORTED, type Holding, RETENTION_WORDS } from './holdings.ts';

/** Grows when something in the file gets another meaning; a section that is new does not make it another one. */
export const EXPORT_SCHEMA = 'calendar-watch-export/1';

const README = [
  'This is all that Calendar Watch holds of you, table by table; instants are UTC (ISO 8601), places degrees.',
  'Each section says what it is for, how long it is kept, which columns were left out and why, and has its rows.',
  'Entries of other people’s calendars that mention you belong to those calendars and are not in here.',
  'Messages that I sent you are in your Teams chat; Teams keeps them, not I.',
  'The file is complete only if its last word is "complete": true.',
];

export interface ExportDeps {
  database: Pick<Database, 'inTenant'>;
}

function headOf({ about, retention, withheld }: Holding): string {
  const { tenant_id: _said, ...left } = withheld;
  return `{"about": ${JSON.stringify(about)}, "kept": ${JSON.stringify(RETENTION_WORDS[retention])}, "leftOut": ${JSON.stringify(left)}, "rows": [`;
}

async function* rowsOf({ database }: ExportDeps, holding: Holding, who: { tenantId: string; personId: string }) {
  let after: unknown[] | undefined = [];
  while (after) {
    const from: unknown[] = after;
    const page = await database.inTenant(who.tenantId, (sql) => readHeld(sql, holding, who, from));
    if (page.rows.length > 0) yield page.rows;
    after = page.next;
  }
}

/** Pieces of text that make the file, one after the other. */
export async function* exportFile(
  deps: ExportDeps,
  who: { tenantId: string; personId: string },
  now: number,
): AsyncGenerator<string> {
  const head = { schema: EXPORT_SCHEMA, exportedAt: new Date(now).toISOString(), ...who, readme: README };
  yield `${JSON.stringify(head, undefined, 1).slice(0, -2)},\n "sections": {`;
  for (const [index, holding] of EXPORTED.entries()) {
    yield `${index > 0 ? ',' : ''}\n  ${JSON.stringify(holding.table)}: ${headOf(holding)}`;
    let isFirst = true;
    for await (const rows of rowsOf(deps, holding, who)) {
      yield `${isFirst ? '' : ','}\n   ${rows.join(',\n   ')}`;
      isFirst = false;
    }
    yield ']}';
  }
  yield '\n },\n "complete": true\n}\n';
}
