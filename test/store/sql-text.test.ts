import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { before, describe, it } from 'mocha';

const SRC = join(import.meta.dirname, '../../src');
const TELLS_TIME =
  /\b(now|random|clock_timestamp|statement_timestamp|transaction_timestamp|gen_random_uuid|timeofday)\s*\(|\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b/i;
const IS_SQL = /\b(select|insert\s+into|update|delete\s+from)\b[\s\S]*\b(from|into|set|cw\.|as|1)\b/i;

interface Statement {
  file: string;
  text: string;
}

/** The string literals of a source file that read like SQL; what is filled in at run time is left out. */
function statementsIn(source: string): string[] {
  const literals = source.match(/`(?:\\.|\$\{[^}]*\}|[^`\\])*`|'(?:\\.|[^'\\\n])*'/g) ?? [];
  return literals.map((one) => one.replace(/\$\{[^}]*\}/g, ' _ ')).filter((one) => IS_SQL.test(one));
}

const withoutComments = (text: string) => text.replace(/--.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');

async function read(): Promise<Statement[]> {
  const names = await readdir(SRC, { recursive: true });
  const found: Statement[] = [];
  for (const name of names) {
    const path = join(SRC, name);
    if (name.endsWith('.sql')) found.push({ file: name, text: withoutComments(await readFile(path, 'utf8')) });
    if (!name.endsWith('.ts')) continue;
    for (const text of statementsIn(await readFile(path, 'utf8'))) found.push({ file: relative(SRC, path), text });
  }
  return found;
}

describe('the SQL of the product', () => {
  let statements: Statement[];
  before(async () => {
    statements = await read();
  });

  it('is found', () => {
    assert.ok(statements.length > 50, `${statements.length} statements`);
    assert.ok(statements.some((one) => one.file.endsWith('.sql')));
  });

  it('asks the server for neither time nor chance, but for the one place that measures', () => {
    const asking = statements.filter((one) => TELLS_TIME.test(one.text));
    assert.deepEqual(
      asking.map((one) => one.file),
      [join('store', 'database.ts')],
      asking.map((one) => `${one.file}: ${one.text.slice(0, 120)}`).join('\n'),
    );
  });

  it('has no LIMIT without an order', () => {
    const loose = statements.flatMap(({ file, text }) =>
      [...text.matchAll(/\blimit\b/gi)].flatMap((match) => {
        const head = text.slice(0, match.index);
        const own = head.slice(head.toLowerCase().lastIndexOf('select'));
        return /order\s+by/i.test(own) ? [] : [`${file}: ${own.slice(0, 120)}`];
      }),
    );
    assert.deepEqual(loose, []);
  });

  it('orders what it limits by something unique, so that two runs see the same', () => {
    const orders = statements.flatMap(({ file, text }) =>
      [...text.matchAll(/order\s+by\s+((?:(?!order\s+by)[\s\S])*?)\s+limit\b/gi)].map(
        (match) => `${file}: ${match[1]}`,
      ),
    );
    const ties = orders.filter((one) => !/(_id|_hash|"eventId"|seq desc|event_id|kind, event_id)$/.test(one));
    assert.deepEqual(
      ties,
      [
        join('store', 'migrations', '0001_foundations.sql: n.send_at'),
        join('store', 'migrations', '0002_no_drift.sql: o.from_at'),
        join('store', 'migrations', '0009_lighter_ledger.sql: x.send_at'),
      ],
      'only a tenant’s first time, the outages, whose key that is, and whether there are more than 500',
    );
  });
});
