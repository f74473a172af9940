/** PostgreSQL as the operating system sees it, so that all of it can be killed at one blow. Linux only. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/until.ts';

/** The parent of a process and whether it is more than a name in the table; undefined when there is none. */
async function processOf(pid: number): Promise<{ parent: number; isAlive: boolean } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, in parentheses, may hold spaces.
  const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return parent === undefined ? undefined : { parent: Number(parent), isAlive: state !== 'Z' && state !== 'X' };
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ({ pid, is: await processOf(pid) })));
  return found.filter((one) => one.is?.parent === parent).map((one) => one.pid);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** SIGKILL to the postmaster of the cluster under `dataDir` and to each of its children. Returns when it began. */
export async function killPostgres(dataDir: string): Promise<number> {
  const lock = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  const postmaster = Number.parseInt(lock, 10);
  // Stopped first: it must neither fork another child nor notice the death of one.
  kill(postmaster, 'SIGSTOP');
  const all = [postmaster, ...(await childrenOf(postmaster))];
  const startedAt = Date.now();
  for (const pid of all) kill(pid, 'SIGKILL');
  const areDead = async () => (await Promise.all(all.map(processOf))).every((one) => !one?.isAlive);
  await until('PostgreSQL to be dead', areDead);
  return startedAt;
}
