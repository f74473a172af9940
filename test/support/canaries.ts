/** Writes down what no log may hold of one product and its sandbox, for test/runner/canaries.ts to look for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../../sandbox/sandbox.ts';

type Peek = (statement: string) => Promise<{ words: string | null }[]>;

/** Each is a column of foreign words or of a secret. */
const COLUMNS = [
  `select distinct data->>'subject' as words from cw.event`,
  `select distinct data->'place'->>'name' as words from cw.event`,
  'select label as words from cw.place',
  'select address as words from cw.way',
  'select stop_token as words from cw.way',
  'select address as words from cw.person',
];

let count = 0;

export async function plantCanaries(peek: Peek, sandbox: Sandbox): Promise<void> {
  const directory = process.env.TEST_LOGS_DIR;
  if (!directory) return;
  const found: (string | null | undefined)[] = [];
  // A test may have left a schema of its own behind: what can't be read was not planted.
  for (const text of COLUMNS) found.push(...(await peek(text).catch(() => [])).map(({ words }) => words));
  for (const { upn, displayName } of sandbox.world.people.values()) found.push(upn, displayName);
  for (const { clientState } of sandbox.graph.control.subscriptions()) found.push(clientState);
  for (const { clientSecret } of sandbox.world.apps.values()) found.push(clientSecret);
  count += 1;
  mkdirSync(directory, { recursive: true });
  const words = [...new Set(found.filter((one) => typeof one === 'string'))];
  writeFileSync(join(directory, `planted-${process.pid}-${count}.json`), JSON.stringify(words));
}
