/** The process: read the configuration, start, stop on SIGTERM or SIGINT. */
import { type App, startApp } from './app.ts';
import { readConfig } from './config.ts';
import { CalendarWatchError } from './errors.ts';
import { captureConsole, createLog } from './log.ts';

/** What an operator reads on the terminal: what is wrong and what to do, no stack for what we foresaw. */
function explainAndExit(error: unknown): never {
  if (error instanceof CalendarWatchError) {
    const cause = error.cause instanceof Error ? `\nCause: ${error.cause.message}` : '';
    process.stderr.write(`${error.code}: ${error.message}${cause}\n`);
  } else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  captureConsole(log);
  const starting: Promise<App> = startApp(config, log);
  let isStopping = false;
  const stop = async (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    const app = await starting.catch(() => undefined);
    await app?.stop();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => void stop(signal).catch(explainAndExit));
  process.on('unhandledRejection', (err) => log.error({ err }, 'a rejection nobody handled'));
  await starting;
}

main().catch(explainAndExit);
