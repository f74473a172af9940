/**
 * CPU time of processes, from /proc: what a request costs is steadier than how many there are a second, on a machine
 * that others use too. NaN where there is no /proc.
 */
import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

interface Stat {
  parent: number;
  cpuMs: number;
  /** Of children that have ended. */
  endedMs: number;
}

async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, in parentheses, may hold spaces.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent, user, system] = [fields[1], fields[11], fields[12]];
  const [endedUser = 0, endedSystem = 0] = [fields[13], fields[14]];
  if (parent === undefined || user === undefined || system === undefined) return undefined;
  return { parent, cpuMs: (user + system) * TICK_MS, endedMs: (endedUser + endedSystem) * TICK_MS };
}

export async function cpuMsOf(pid: number): Promise<number> {
  return (await statOf(pid))?.cpuMs ?? Number.NaN;
}

/** The postmaster with all its children, those that have ended among them; `backendPid` is one that lives. */
export async function cpuMsOfServer(backendPid: number): Promise<number> {
  const postmaster = (await statOf(backendPid))?.parent;
  if (postmaster === undefined) return Number.NaN;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, stat: await statOf(pid) })));
  return stats
    .filter(({ pid, stat }) => pid === postmaster || stat?.parent === postmaster)
    .reduce((total, { pid, stat }) => total + (stat?.cpuMs ?? 0) + (pid === postmaster ? (stat?.endedMs ?? 0) : 0), 0);
}
