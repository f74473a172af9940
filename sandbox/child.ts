/** A child process that Ctrl-C in the terminal does not reach: the launcher stops it, in order and with patience. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface Child {
  pid: number;
  /** Resolves with a word on how it ended. */
  ended: Promise<string>;
  /** SIGTERM, and SIGKILL when `graceMs` was not enough. */
  stop(graceMs: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export function startChild(options: { args: string[]; env: NodeJS.ProcessEnv; cwd: string; logFile: string }): Child {
  const log = openSync(options.logFile, 'a', 0o600);
  const child: ChildProcess = spawn(process.execPath, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => {
      if (!isOver) child.kill(signal);
    },
    async stop(graceMs) {
      if (isOver) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Asks `url` until it answers 200, the child ends, or the time is over. */
export async function waitUntilReady(url: string, child: Child, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs;
  let over: string | undefined;
  void child.ended.then((how) => {
    over = how;
  });
  while (over === undefined && Date.now() < end) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((done) => setTimeout(done, 150));
  }
  throw new Error(over ? `it ended with ${over}` : `it was not ready within ${limitMs / 1000} s`);
}
