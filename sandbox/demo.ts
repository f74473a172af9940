/**
 * `npm run demo`: sandbox tenant, PostgreSQL, bot and Agents Playground, in one terminal. State lives in `.demo`; a
 * second start finds it, `-- --reset` starts afresh. Ctrl-C stops everything in order.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Child, startChild, waitUntilReady } from './child.ts';
import { startMailDrop } from './mail.ts';
import { type Playground, startPlayground } from './playground.ts';
import { choosePorts } from './ports.ts';
import { productEnvironment, registerProduct, SANDBOX_CLIENT_ID, type Sandbox, startSandbox } from './sandbox.ts';
import { type SeededTenant, seedCalendars, seedWorld } from './seed.ts';

const PORTS = { chat: 56150, calendar: 7081, bot: 3978, account: 7080, entra: 7443, graph: 7444 };
const FROM_SOURCES = ['--import', 'tsx', 'src/index.ts'];
const READY_LIMIT_MS = 120_000;
const BOT_GRACE_MS = 15_000;
const OLD_POSTGRES_GRACE_MS = 20_000;

export interface DemoOptions {
  directory: string;
  reset: boolean;
  ports?: Partial<typeof PORTS>;
  say(line: string): void;
  /** Levels as in LOG_LEVEL. */
  logLevel?: string;
  /** What Node is given to start the bot; its sources unless told otherwise. */
  bot?: string[];
  /** Further configuration of the bot, beside what leads it to the sandbox. */
  env?: Record<string, string>;
}

export interface Demo {
  chatUrl: string;
  calendarUrl: string;
  botUrl: string;
  sandbox: Sandbox;
  main: SeededTenant['main'];
  tenant: SeededTenant;
  botLog: string;
  /** Rejects when the bot ends by itself. */
  failed: Promise<never>;
  bot(): Child;
  /** Starts the bot again after it was killed. */
  restartBot(): Promise<void>;
  stop(): Promise<void>;
}

class Progress {
  private readonly startedAt = Date.now();
  constructor(private readonly say: (line: string) => void) {}
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.say(`  … ${name}`);
    const result = await work();
    this.say(`  ✓ ${name} (${((Date.now() - this.startedAt) / 1000).toFixed(1)} s)`);
    return result;
  }
}

async function lastLines(file: string, count: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** A PostgreSQL that a killed demo left behind would hold its files open. */
async function stopOldPostgres(dataDir: string): Promise<void> {
  // As root the cluster may lie outside, where the user "postgres" can reach it (src/store/embedded.ts).
  const outside = (await readFile(join(dataDir, 'postgres-is-elsewhere'), 'utf8').catch(() => '')).trim();
  await stopPostgresIn(outside || dataDir);
  if (outside) await rm(outside, { recursive: true, force: true });
}

async function stopPostgresIn(dataDir: string): Promise<void> {
  const text = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid) || pid <= 1) return;
  const end = Date.now() + OLD_POSTGRES_GRACE_MS;
  try {
    process.kill(pid, 'SIGINT');
    while (Date.now() < end) {
      process.kill(pid, 0);
      await new Promise((done) => setTimeout(done, 100));
    }
  } catch {
    // It is gone.
  }
}

/** The Playground's people have no GUIDs of their own; they become the sandbox's. */
function playgroundPeople(seeded: SeededTenant) {
  const { main, people } = seeded;
  return [main, ...people.filter((person) => person !== main)].slice(0, 6).map((person) => ({
    id: `29:${person.oid}`,
    name: person.displayName,
    aadObjectId: person.oid,
    upn: person.upn,
  }));
}

/** What an admin of the demo tenant has agreed to: which rooms there are, and who is behind their addresses. */
const DIRECTORY_PERMISSIONS = ['Place.Read.All', 'User.ReadBasic.All'];
const ROOM_ROLES = ['Calendars.ReadWrite', 'MailboxSettings.Read'];
const MAIL_FROM = 'calendar-watch@northwind.example';

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const directory = resolve(options.directory);
  const dataDir = join(directory, 'data');
  if (options.reset) {
    await stopOldPostgres(dataDir);
    await rm(directory, { recursive: true, force: true });
  }
  await mkdir(directory, { recursive: true });
  const progress = new Progress(options.say);
  const ports = await choosePorts({ ...PORTS, ...options.ports }, (name, wanted, chosen) => {
    if (wanted !== 0) options.say(`  ! port ${wanted} (${name}) is taken, using ${chosen}`);
  });
  const botUrl = `http://localhost:${ports.bot}`;
  const stops: (() => Promise<unknown>)[] = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    let tenant: SeededTenant | undefined;
    const sandbox = await progress.step('sandbox tenant: Entra, Graph and calendars', () =>
      startSandbox({
        directory: join(directory, 'sandbox'),
        keepState: true,
        ports,
        // Requests overlap as in reality, so that the limit of 4 at once can be felt.
        graph: { latencyMs: 15 },
        seed: (world) => {
          [tenant] = seedWorld(world);
          // The Playground shows one person: who tries the demo tries what is for admins, too.
          if (tenant) tenant.main.appRoles = tenant.admin.appRoles;
          registerProduct(world, botUrl, { appPermissions: DIRECTORY_PERMISSIONS });
        },
      }),
    );
    stops.push(() => sandbox.stop());
    if (!tenant) throw new Error('the seed made no tenant');
    const seeded = tenant;
    // As an administrator would set it up: the application reads and writes the rooms, and nobody else's calendar.
    const oids = seeded.rooms.map(({ oid }) => oid);
    sandbox.graph.control.assignRoles(SANDBOX_CLIENT_ID, { roles: ROOM_ROLES, oids });
    if (!sandbox.graph.restored) seedCalendars(sandbox.graph.store, sandbox.world, { now: Date.now() });

    const mails = await startMailDrop(join(directory, 'mails'), MAIL_FROM);
    stops.push(() => mails.stop());
    const botLog = join(directory, 'bot.log');
    const product = { port: ports.bot, publicUrl: botUrl, dataDir, logLevel: options.logLevel };
    const env = { ...process.env, ...productEnvironment(sandbox, product), ...mails.env, ...options.env };
    let isStopping = false;
    let fail: (error: Error) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    failed.catch(() => undefined);
    const launchBot = async (): Promise<Child> => {
      const root = resolve(import.meta.dirname, '..');
      const child = startChild({ args: options.bot ?? FROM_SOURCES, env, cwd: root, logFile: botLog });
      try {
        await waitUntilReady(`${botUrl}/readyz`, child, READY_LIMIT_MS);
      } catch (error) {
        await child.stop(BOT_GRACE_MS);
        throw new Error(`The bot did not start: ${(error as Error).message}.\n${await lastLines(botLog, 15)}`);
      }
      return child;
    };
    let bot = await progress.step('PostgreSQL and the bot', launchBot);
    stops.push(() => bot.stop(BOT_GRACE_MS));
    const watchBot = (child: Child) =>
      void child.ended.then((how) => {
        if (!isStopping && child === bot) fail(new Error(`The bot ended by itself (${how}); see ${botLog}`));
      });
    watchBot(bot);

    const playground: Playground = await progress.step('Microsoft 365 Agents Playground', () =>
      startPlayground({
        port: ports.chat,
        appEndpoint: `${botUrl}/api/messages`,
        workDir: join(directory, 'playground'),
        tenantId: seeded.tenant.tenantId,
        people: playgroundPeople(seeded),
        personalChatId: `a:${seeded.main.oid}`,
        botName: 'Calendar Watch',
        timeZone: 'Europe/Berlin',
      }),
    );
    stops.push(() => playground.stop());
    return {
      chatUrl: playground.url,
      calendarUrl: sandbox.urls.calendar,
      botUrl,
      sandbox,
      main: seeded.main,
      tenant: seeded,
      botLog,
      failed,
      bot: () => bot,
      async restartBot() {
        const former = bot;
        bot = await launchBot();
        watchBot(bot);
        await former.stop(BOT_GRACE_MS);
      },
      async stop() {
        isStopping = true;
        await stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function main(): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const unknown = process.argv.slice(2).filter((word) => word !== '--reset');
  if (unknown.length > 0) throw new Error(`unknown option ${unknown[0]}; the only one is --reset`);
  say('\nCalendar Watch — demo\n');
  let demo: Demo | undefined;
  let signals = 0;
  const starting = startDemo({ directory: '.demo', reset: process.argv.includes('--reset'), say });
  const stop = async () => {
    signals += 1;
    if (signals > 1) return;
    say('\nStopping …');
    demo ??= await starting.catch(() => undefined);
    await demo?.stop();
    say('Everything is stopped. “npm run demo” finds this state again.');
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
  process.on('SIGHUP', () => void stop());
  demo = await starting;
  say(`
  The chat:              ${demo.chatUrl}
  The sandbox calendar:  ${demo.calendarUrl}
  Sandbox control:       ${demo.calendarUrl}/control

  You are ${demo.main.displayName}. Open both side by side, type “watch on” in the chat and sign in.
  Its mails lie in .demo/mails, its log in .demo/bot.log. Ctrl-C stops everything; “npm run demo -- --reset” starts afresh.
`);
  await demo.failed.catch(async (error: Error) => {
    if (signals > 0) return;
    say(error.message);
    await demo?.stop();
    process.exit(1);
  });
}

if (import.meta.filename === resolve(process.argv[1] ?? '')) {
  main().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
