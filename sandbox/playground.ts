// Runs the Microsoft 365 Agents Playground: the stand-in for the Teams client and for the Bot Framework connector
// behind it. Everything it picks at random by itself (chat ids, user ids) is fixed here, so that a conversation
// reference the bot stored in one run still works in the next.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface PlaygroundPerson {
  /** Teams user id, as in `from.id` of an activity. */
  id: string;
  name: string;
  aadObjectId: string;
  upn: string;
}

export interface PlaygroundOptions {
  port: number;
  /** The bot's messages endpoint. */
  appEndpoint: string;
  /** Receives the configuration file and the playground's log. */
  workDir: string;
  tenantId: string;
  /** The first person is the signed-in user; the others sit in the group chat. At most six. */
  people: PlaygroundPerson[];
  personalChatId: string;
  botName: string;
  /** `recipient.id` of the activities. */
  botId?: string;
  /** IANA zone reported as the user's in `localTimezone` and in the clientInfo entity; this machine's by default. */
  timeZone?: string;
  startTimeoutMs?: number;
  onLog?: (line: string) => void;
}

export interface Playground {
  url: string;
  port: number;
  serviceUrl: string;
  stop(): Promise<void>;
}

const CONFIG_FILE = '.m365agentsplayground.yml';
const LOG_FILE = 'm365agentsplayground.log';
const DEFAULT_BOT_ID = '28:calendar-watch';
const DEFAULT_START_TIMEOUT_MS = 30_000;
const PING_INTERVAL_MS = 100;
const TERM_GRACE_MS = 3_000;
const KILL_GRACE_MS = 2_000;
/** The configuration schema demands exactly this many users besides the signed-in one. */
const OTHER_USERS = 5;
const MAX_BOT_NAME = 42;

/** Variables that would make the playground authenticate, send through a proxy or read another configuration. */
const REMOVED_ENV = [
  'AUTH_CLIENT_ID',
  'AUTH_CLIENT_SECRET',
  'AUTH_TENANT_ID',
  'BOT_ENDPOINT',
  'DEFAULT_CHANNEL_ID',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'http_proxy',
  'https_proxy',
  'M365_AGENTS_PLAYGROUND_CONVERSATION_ID',
  'M365_AGENTS_PLAYGROUND_DELIVERY_MODE',
  'M365_AGENTS_PLAYGROUND_ENABLE_EVENTS_RECORDING',
  'M365_AGENTS_PLAYGROUND_SERVICE_URL',
  'M365_AGENTS_PLAYGROUND_TARGET_SDK',
  'NODE_OPTIONS',
  'TEAMSAPPTESTER_PORT',
];

/**
 * --disable-telemetry drops the playground's own events, but the Application Insights client starts all the same and
 * sends a heartbeat every quarter of an hour.
 */
const NO_APP_INSIGHTS = { disableAppInsights: true, disableStatsbeat: true, enableAutoCollectHeartbeat: false };

export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { port, workDir } = options;
  const serviceUrl = `http://127.0.0.1:${port}/_connector`;
  const configPath = path.join(workDir, CONFIG_FILE);
  const logPath = path.join(workDir, LOG_FILE);
  const config = playgroundConfig(options);
  await mkdir(workDir, { recursive: true });
  // JSON is valid YAML, which spares us a YAML writer and its quoting rules.
  await writeFile(configPath, `${JSON.stringify(config, null, 2)}\n`);

  const child = spawnCli(options, serviceUrl, configPath, logPath);
  const stop = stopper(child);
  try {
    const deadline = Date.now() + (options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS);
    const actualPort = await listeningPort(child, deadline, options.onLog);
    // On a taken port the CLI silently moves to a random one, and stored service URLs would point nowhere.
    if (actualPort !== port) throw new Error(`port ${port} is already taken`);
    await waitForPing(`http://127.0.0.1:${port}/_debug/ping`, child, deadline);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    const tail = await logTail(logPath);
    throw new Error(`The Agents Playground did not start on port ${port}: ${reason}.${tail}`, { cause: error });
  }
  return { url: `http://localhost:${port}`, port, serviceUrl, stop };
}

function spawnCli(options: PlaygroundOptions, serviceUrl: string, configPath: string, logPath: string): ChildProcess {
  const cli = createRequire(import.meta.url).resolve('@microsoft/m365agentsplayground/cli.js');
  const args = [cli, 'start', '--app-endpoint', options.appEndpoint, '--channel-id', 'msteams'];
  args.push('--port', String(options.port), '--service-url', serviceUrl, '--disable-telemetry');
  return spawn(process.execPath, args, {
    cwd: options.workDir,
    env: childEnv(options, configPath, logPath),
    // A process group of its own: Ctrl-C in the terminal reaches the launcher only, which then stops us in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function childEnv(options: PlaygroundOptions, configPath: string, logPath: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of REMOVED_ENV) delete env[name];
  env.M365_AGENTS_PLAYGROUND_CONFIG_PATH = configPath;
  env.M365_AGENTS_PLAYGROUND_LOGFILE = logPath;
  env.TEAMSAPPTESTER_BROWSER = 'none';
  env.APPLICATIONINSIGHTS_CONFIGURATION_CONTENT = JSON.stringify(NO_APP_INSIGHTS);
  if (options.timeZone) env.TZ = options.timeZone;
  return env;
}

function playgroundConfig(options: PlaygroundOptions) {
  const [me, ...others] = options.people;
  if (!me) throw new Error('The Agents Playground needs at least one person');
  if (others.length > OTHER_USERS) throw new Error(`The Agents Playground takes at most ${OTHER_USERS + 1} people`);
  // The page puts the chat id into request paths unescaped, and the server cuts ids at a semicolon.
  if (!/^[\w:.@-]+$/.test(options.personalChatId)) {
    throw new Error(`personalChatId may hold letters, digits and : . @ _ - only: ${options.personalChatId}`);
  }
  return {
    version: '0.1.1',
    tenantId: options.tenantId,
    bot: { id: options.botId ?? DEFAULT_BOT_ID, name: options.botName.slice(0, MAX_BOT_NAME) },
    currentUser: userEntry(me),
    users: padded(others).map(userEntry),
    personalChat: { id: options.personalChatId },
    groupChat: { id: '19:calendar-watch-group@thread.v2', name: 'Group Chat' },
    team: {
      id: '19:calendar-watch-team@thread.tacv2',
      name: 'Team',
      aadGroupId: '00000000-0000-4000-8000-0000000000a0',
      channels: [{ id: '19:calendar-watch-channel@thread.tacv2', name: 'Announcements' }],
    },
  };
}

/** Fills the list up with placeholders, because the schema accepts no shorter one. */
function padded(people: PlaygroundPerson[]): PlaygroundPerson[] {
  const result = [...people];
  for (let n = 1; result.length < OTHER_USERS; n += 1) {
    result.push({
      id: `29:placeholder-${n}`,
      name: `Guest ${n}`,
      aadObjectId: `00000000-0000-4000-8000-0000000000b${n}`,
      upn: `guest${n}@example.com`,
    });
  }
  return result;
}

function userEntry(person: PlaygroundPerson) {
  const [givenName = person.name, ...rest] = person.name.split(' ');
  return {
    id: person.id,
    name: person.name,
    // Spelled this way in the configuration schema.
    userPrincipleName: person.upn,
    aadObjectId: person.aadObjectId,
    givenName,
    surname: rest.join(' '),
    email: person.upn,
  };
}

/** Resolves with the port from the "Listening on N" line, which is all the CLI prints when it has no terminal. */
function listeningPort(child: ChildProcess, deadline: number, onLog?: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it stayed silent for too long')), deadline - Date.now());
    timer.unref();
    const onLine = (line: string) => {
      onLog?.(line);
      const match = /^Listening on (\d+)$/.exec(line);
      if (match) resolve(Number(match[1]));
    };
    eachLine(child.stdout, onLine);
    eachLine(child.stderr, onLine);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`it exited with ${signal ?? `code ${code}`}`));
    });
  });
}

function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) onLine(line.trimEnd());
  });
}

async function waitForPing(url: string, child: ChildProcess, deadline: number): Promise<void> {
  while (Date.now() < deadline) {
    if (hasExited(child)) throw new Error('it exited while starting');
    const answer = await ping(url);
    if (answer === 'pong') return;
    await delay(PING_INTERVAL_MS);
  }
  throw new Error('it does not answer HTTP');
}

async function ping(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return await response.text();
  } catch {
    return undefined;
  }
}

function stopper(child: ChildProcess): () => Promise<void> {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  // The group outlives a launcher that exits without calling stop(), so it is taken down here as a last resort.
  const onProcessExit = () => signalGroup(child, 'SIGKILL');
  process.once('exit', onProcessExit);
  child.once('exit', () => process.removeListener('exit', onProcessExit));
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= stopGroup(child, exited);
    return stopping;
  };
}

async function stopGroup(child: ChildProcess, exited: Promise<void>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  if (await settlesWithin(exited, TERM_GRACE_MS)) return;
  signalGroup(child, 'SIGKILL');
  if (await settlesWithin(exited, KILL_GRACE_MS)) return;
  throw new Error(`The Agents Playground (pid ${child.pid}) does not exit`);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The CLI reports its own errors to its log file only, so a failed start quotes the end of it. */
async function logTail(logPath: string): Promise<string> {
  try {
    const lines = (await readFile(logPath, 'utf8')).trim().split('\n').slice(-5);
    return ` Its log (${logPath}) ends with:\n${lines.join('\n')}`;
  } catch {
    return '';
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
