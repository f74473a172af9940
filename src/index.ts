/** The process: read the configuration, start, stop on SIGTERM or SIGINT, read the certificate again on SIGHUP. */
import type { App } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { withSecretFiles } from './config-files.ts';
import { CalendarWatchError } from './errors.ts';
import { captureConsole, createLog, type Logger } from './log.ts';
import { openStore } from './store/open.ts';

/** What an operator reads on the terminal: what is wrong and what to do, no stack for what we foresaw. */
function explainAndExit(error: unknown): never {
  if (error instanceof CalendarWatchError) {
    const cause = error.cause instanceof Error ? `\nCause: ${error.cause.message}` : '';
    process.stderr.write(`${error.code}: ${error.message}${cause}\n`);
  } else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

/** The database comes up while the bot's libraries are loaded: each takes seconds, and a restart should not. */
async function start(config: Config, log: Logger): Promise<App> {
  const opening = openStore(config, log);
  const [{ startApp }, store] = await Promise.all([import('./app.ts'), opening]);
  return startApp(config, log, { store });
}

async function main(): Promise<void> {
  const config = readConfig(withSecretFiles(process.env));
  const log = createLog(config.logLevel);
  captureConsole(log);
  const starting: Promise<App> = start(config, log);
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
  // Without a certificate of our own there is nothing to read again, and a closed terminal ends the process as ever.
  if (config.server.tls) process.on('SIGHUP', () => void starting.then((app) => app.reload()).catch(() => undefined));
  process.on('unhandledRejection', (err) => log.error({ err }, 'a rejection nobody handled'));
  await starting;
}

main().catch(explainAndExit);
