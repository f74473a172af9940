/**
 * Runs a command and judges it by its exit code and by the lines `N passed, N failed` that it printed. A run of tests
 * that ended with 0 but never said how many passed has not run them (a process.exit in the wrong place, a crash that
 * nobody noticed), so it counts as failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface Job {
  name: string;
  /** The program and its arguments; no shell. */
  command: [string, ...string[]];
}

export interface Totals {
  passed: number;
  failed: number;
}

export interface Outcome {
  name: string;
  seconds: number;
  /** stdout and stderr as they came. */
  output: string;
  /** The sum of the summary lines; undefined when there was none. */
  totals: Totals | undefined;
  /** Why it failed; undefined when it did not. */
  problem: string | undefined;
}

export interface JobOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Is given each piece of output at once. */
  show?: (text: string) => void;
  /** False for what is no run of tests and has no summary line: lint. */
  mustCount: boolean;
  /** Ends the job; the reason is the signal that it gets. */
  signal?: AbortSignal;
}

/** As .ci/run reads them. */
const SUMMARY = /^(\d+) passed, (\d+) failed(?:, \d+ skipped)?$/gm;
/** What a child leaves behind may hold the pipe open for ever; what was written before the end arrives within this. */
const PIPE_GRACE_MS = 1_000;

export function totalsOf(output: string): Totals | undefined {
  const lines = [...output.matchAll(SUMMARY)];
  if (lines.length === 0) return undefined;
  const sum = (group: number) => lines.reduce((total, line) => total + Number(line[group]), 0);
  return { passed: sum(1), failed: sum(2) };
}

function problemOf(end: string, totals: Totals | undefined, mustCount: boolean): string | undefined {
  const failures = totals?.failed ? `${totals.failed} failed` : undefined;
  const silence = mustCount && !totals ? 'no line “N passed, N failed”' : undefined;
  const words = [end === 'exit code 0' ? undefined : end, failures, silence].filter(Boolean);
  return words.length > 0 ? words.join(', ') : undefined;
}

/** Never rejects: a command that can't be started is a job that failed. */
export async function runJob(job: Job, options: JobOptions): Promise<Outcome> {
  const began = performance.now();
  const [program, ...args] = job.command;
  let output = '';
  const take = (text: string) => {
    output += text;
    options.show?.(text);
  };
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
  const stop = () => child.kill(options.signal?.reason);
  options.signal?.addEventListener('abort', stop);
  const closed = once(child, 'close').catch(() => undefined);
  const end = await new Promise<string>((done) => {
    child.once('exit', (code, signal) => done(signal ? `signal ${signal}` : `exit code ${code}`));
    child.once('error', (error) => done(error.message));
  });
  await Promise.race([closed, pause(PIPE_GRACE_MS, undefined, { ref: false })]);
  child.stdout.destroy();
  child.stderr.destroy();
  options.signal?.removeEventListener('abort', stop);
  const totals = totalsOf(output);
  const seconds = (performance.now() - began) / 1000;
  return { name: job.name, seconds, output, totals, problem: problemOf(end, totals, options.mustCount) };
}
