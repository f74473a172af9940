/**
 * Loaded before everything in each process of a test run (NODE_OPTIONS of test/run.ts): what our logs say is also written to
 * a file of TEST_LOGS_DIR, from "debug" on, whatever the level and wherever a test sends it. So the canaries can be looked
 * for in all of it (test/runner/canaries.ts), and the product knows nothing of this.
 */
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const directory = process.env.TEST_LOGS_DIR;
/** Long enough to be rare, short enough to lose little when a test kills its process. */
const FLUSH_AT = 16 * 1024;
const DEBUG = 20;

if (directory) {
  const require = createRequire(import.meta.url);
  const pinoFile = require.resolve('pino');
  let file;
  let waiting = '';
  const flush = () => {
    if (waiting === '') return;
    mkdirSync(directory, { recursive: true });
    file ??= openSync(join(directory, `${process.pid}.log`), 'a', 0o600);
    writeSync(file, waiting);
    waiting = '';
  };
  const copy = {
    write(line) {
      waiting += line;
      if (waiting.length > FLUSH_AT) flush();
    },
  };
  process.on('exit', flush);
  const real = require('pino');
  const levels = real.levels.values;

  /** Only loggers as src/log.ts makes them; a library's own are its own. */
  const isOurs = (options) => options?.redact !== undefined && options?.serializers?.err !== undefined;

  const tee = (options, destination) => {
    if (!isOurs(options)) return real(options, destination);
    const own = destination ?? process.stdout;
    const least = options.level === 'silent' ? Number.POSITIVE_INFINITY : levels[options.level];
    const both = {
      write(line) {
        const level = Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0);
        if (level >= DEBUG) copy.write(line);
        if (level >= least) own.write(line);
      },
    };
    const logger = real({ ...options, level: least < DEBUG ? options.level : 'debug' }, both);
    // Whoever asks is told the level that was asked for.
    return Object.defineProperty(logger, 'level', { value: options.level });
  };
  const module = require.cache[pinoFile];
  module.exports = Object.assign(tee, real, { pino: tee, default: tee });
}
