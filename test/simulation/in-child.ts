/** Lives in processes of their own: as many at once as there are cores. A process that breaks off is a life that failed. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { lastJson, type Said } from './report-of.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CLI = join(import.meta.dirname, 'cli.ts');
const TASKSET = '/usr/bin/taskset';

export interface Spoken {
  output: string;
  code: number;
  said?: Said;
}

/** With `core`, the process and the PostgreSQL that it starts stay on it: they take turns, and waking one is cheaper. */
export function runScript(words: string[], options: { env?: NodeJS.ProcessEnv; core?: number } = {}): Promise<Spoken> {
  const { env = process.env, core } = options;
  const isPinned = core !== undefined && existsSync(TASKSET);
  const command = [process.execPath, '--import', 'tsx', ...words];
  const [program = '', ...args] = isPinned ? [TASKSET, '-c', String(core), ...command] : command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, code: code ?? 1, said: lastJson(output) }));
  });
}

export const lifeOf = (words: string[], core?: number): Promise<Spoken> => runScript([CLI, ...words], { core });

/** Each piece of work gets the number of the core that is free. */
export async function onAllCores<T>(work: readonly T[], act: (piece: T, core: number) => Promise<void>): Promise<void> {
  const waiting = [...work];
  const run = async (core: number) => {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) await act(piece, core);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, (_, core) => run(core)));
}
