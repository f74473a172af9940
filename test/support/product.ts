/**
 * The product in this process, against a sandbox in this process: real HTTP, real PostgreSQL, the real SDKs. One world
 * a test file; people are added as tests need them.
 */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import { startChild, waitUntilReady } from '../../sandbox/child.ts';
import {
  type ChannelActivity,
  type ChannelUser,
  type Connector,
  createConnector,
} from '../../sandbox/connector/connector.ts';
import { AUDIENCES } from '../../sandbox/entra/entra.ts';
import { type Served, serve } from '../../sandbox/http.ts';
import {
  productEnvironment,
  registerProduct,
  SANDBOX_BOT_PASSWORD,
  SANDBOX_CLIENT_ID,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../sandbox/sandbox.ts';
import type { SandboxPerson, SandboxTenant, World } from '../../sandbox/world.ts';
import { type App, startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import type { Outgoing } from '../../src/net/outgoing.ts';
import type { ChosenSettings } from '../../src/nudges/settings.ts';
import { builtProduct } from './built.ts';
import { plantCanaries } from './canaries.ts';
import { createMigratedDatabase, type TestDatabase } from './postgres.ts';
import { signingKey } from './signing-key.ts';

const guid = (serial: number) => `7e570000-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`;
export const TENANT_ID = guid(1);
const AGREED_BEFORE = ['Calendars.Read.Shared', 'Calendars.ReadWrite'];

export interface TestPerson {
  person: SandboxPerson;
  user: ChannelUser;
  /** What was sent from here on is waited for; each wait moves on. */
  position: number;
}

export interface TestProduct {
  sandbox: Sandbox;
  connector: Connector;
  database: TestDatabase;
  origin: string;
  /** Everything that was logged, a line each. */
  logLines(): string[];
  addPerson(name: string, options?: Partial<SandboxPerson>): TestPerson;
  say(who: TestPerson, text: string): Promise<{ status: number; body: unknown }>;
  press(who: TestPerson, verb: string, data?: Record<string, unknown>): Promise<{ status: number; body: unknown }>;
  /** The next message to this person whose words (card included) match. */
  hear(who: TestPerson, pattern: RegExp, timeoutMs?: number): Promise<ChannelActivity>;
  /**
   * watch on, sign in, and the greeting; with what they have chosen before. As people of earlier versions they have agreed
   * to read shared calendars and to write, unless they are `new`.
   */
  connect(who: TestPerson, settings?: ChosenSettings, since?: 'new'): Promise<void>;
  /** Follows the sign-in link of the last card as `as` (default: the person). Returns the finished page. */
  signIn(who: TestPerson, card: ChannelActivity, as?: SandboxPerson): Promise<{ status: number; text: string }>;
  restart(): Promise<void>;
  /** Runs a statement as the owner, who sees every tenant. */
  peek<T extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<T[]>;
  /** Another instance on the same database and behind the same public address. */
  startTwin(): Promise<{ origin: string; stop(): Promise<void> }>;
  /** The same in a process of its own, whose clock is wrong by that much. */
  startTwinAt(clockShiftMs: number): Promise<ShiftedTwin>;
  /** Stops only the product. */
  halt(): Promise<void>;
  /** SIGKILL; only for a product in a process of its own. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** All that a person could read in an activity. */
export function wordsOf(activity: ChannelActivity): string {
  const cards = (activity.attachments ?? []).map((one) => JSON.stringify(one.content ?? ''));
  return [activity.text ?? '', activity.summary ?? '', ...cards].join('\n');
}

/** The URL of the first button with this title. */
export function urlOf(activity: ChannelActivity, title: string): string {
  const card = activity.attachments?.[0]?.content as { actions?: { title?: string; url?: string }[] } | undefined;
  const url = card?.actions?.find((action) => action.title === title)?.url;
  if (!url) throw new Error(`no button “${title}” on the card`);
  return url;
}

function seedTenant(world: World): void {
  const tenant: SandboxTenant = { tenantId: TENANT_ID, displayName: 'Test tenant', domain: 'test.example' };
  world.tenants.set(tenant.tenantId, tenant);
}

export interface ShiftedTwin {
  logLines(): string[];
  stop(): Promise<void>;
}

export interface ProductOptions {
  graph?: SandboxOptions['graph'];
  entra?: SandboxOptions['entra'];
  /** The channels whose activities the channel's key may sign; default Teams alone. */
  endorsements?: string[];
  logLevel?: string;
  env?: Record<string, string>;
  /** Reaches the addresses that people name; only for a product in this process. */
  outgoing?: Outgoing;
  /** The compiled product in a process of its own, instead of in this one. */
  isCompiled?: boolean;
}

interface Running {
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '../..');
const READY_LIMIT_MS = 30_000;
const STOP_GRACE_MS = 15_000;
/** On a machine that runs other tests. */
const TWIN_READY_LIMIT_MS = 120_000;
/** Plain JavaScript: no loader is needed. */
const SHIFTED_CLOCK = './test/support/shifted-clock.mjs';

async function freePort(): Promise<number> {
  const probe = await serve({ port: 0, handler: () => ({ status: 200 }) });
  await probe.close();
  return probe.port;
}

let products = 0;

export async function startProduct(options: ProductOptions = {}): Promise<TestProduct> {
  products += 1;
  // The Bot Framework SDK keeps tokens in a static cache by bot id, and each sandbox has key ids of its own.
  const botId = guid(100_000 + products);
  const directory = process.env.TEST_SANDBOX_DIR;
  if (!directory) throw new Error('no sandbox directory; run tests with “npm run test:only”');
  const sandbox = await startSandbox({
    directory,
    seed: seedTenant,
    graph: { batchDelayMs: 20, roomDelayMs: 50, ...options.graph },
    entra: { signingKey: signingKey(), ...options.entra },
  });
  const served: { channel?: Served } = {};
  const connector = createConnector({
    world: sandbox.world,
    botId,
    signingKey: signingKey(),
    origin: () => served.channel?.origin ?? '',
    ...(options.endorsements ? { endorsements: options.endorsements } : {}),
    verifyToken: (token) => sandbox.entra.verifyAccessToken(token, { audience: AUDIENCES.botConnector }),
  });
  served.channel = await serve({ port: 0, handler: connector.handler });
  const channel = served.channel;
  const database = await createMigratedDatabase();

  const lines: string[] = [];
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => lines.push(...chunk.toString('utf8').trimEnd().split('\n')));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  registerProduct(sandbox.world, origin, { botId });

  const environment = () => ({
    ...productEnvironment(sandbox, { port, publicUrl: origin, dataDir: join(directory, 'unused') }),
    BOT_ID: botId,
    BOT_PASSWORD: SANDBOX_BOT_PASSWORD,
    BOT_TENANT_ID: TENANT_ID,
    BOT_OPENID_METADATA_URL: connector.openIdMetadataUrl,
    BOT_LOGIN_URL: `${sandbox.urls.entra}/${TENANT_ID}`,
    DATABASE_URL: database.url,
    // Tests type and ask faster than people.
    REQUESTS_PER_MINUTE: '1000000',
    COMMANDS_PER_MINUTE: '1000000',
    LOG_LEVEL: options.logLevel ?? 'debug',
    ...options.env,
  });
  // All mocha workers share the directory.
  const logFile = join(directory, `product-${process.pid}-${products}.log`);
  const launchHere = async (env: Record<string, string> = environment()): Promise<Running & { port: number }> => {
    const log = createLog(options.logLevel ?? 'debug', sink);
    const app: App = await startApp(readConfig(env), log, options.outgoing ? { outgoing: options.outgoing } : {});
    return {
      port: app.port,
      stop: () => app.stop(),
      kill: () => Promise.reject(new Error('a product in this process can’t be killed')),
    };
  };
  const launchCompiled = async (): Promise<Running> => {
    const env = { ...process.env, ...environment() };
    const args = [join(await builtProduct(), 'src/index.js')];
    const child = startChild({ args, env, cwd: ROOT, logFile });
    await waitUntilReady(`${origin}/readyz`, child, READY_LIMIT_MS);
    return {
      stop: () => child.stop(STOP_GRACE_MS),
      kill: async () => {
        child.kill('SIGKILL');
        await child.ended;
      },
    };
  };
  const launch = options.isCompiled ? launchCompiled : launchHere;
  let app: Running | undefined = await launch();
  const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  owner.on('error', () => undefined);
  let people = 0;

  const product: TestProduct = {
    sandbox,
    connector,
    database,
    origin,
    logLines: () => (options.isCompiled ? readFileSync(logFile, 'utf8').trimEnd().split('\n') : lines),
    addPerson(name, more = {}) {
      people += 1;
      const upn = `${name.toLowerCase().replace(/[^a-z]+/g, '.')}${people}@test.example`;
      const person: SandboxPerson = {
        tenantId: TENANT_ID,
        oid: guid(1_000 + people),
        upn,
        displayName: name,
        kind: 'person',
        mailboxTimeZone: 'W. Europe Standard Time',
        locale: 'en-GB',
        ...more,
      };
      sandbox.world.people.set(person.oid, person);
      return { person, user: connector.createUser(person), position: 0 };
    },
    say: (who, text) => connector.sendToBot(`${origin}/api/messages`, connector.messageActivity(who.user, text)),
    press: (who, verb, data = {}) =>
      connector.sendToBot(`${origin}/api/messages`, connector.invokeActivity(who.user, verb, data)),
    async hear(who, pattern, timeoutMs = 8_000) {
      const event = await connector
        .waitForEvent(
          (one) =>
            one.kind !== 'delete' &&
            one.activity.conversation?.id === who.user.conversationId &&
            one.activity.type === 'message' &&
            pattern.test(wordsOf(one.activity)),
          timeoutMs,
          { after: who.position },
        )
        .catch((error: Error) => {
          const said = connector.messages(who.user.conversationId).map((one) => one.summary ?? one.text);
          throw new Error(`${error.message}; waited for ${pattern}, heard: ${JSON.stringify(said)}`);
        });
      who.position = event.position;
      return event.kind === 'delete' ? (undefined as never) : event.activity;
    },
    async signIn(who, card, as = who.person) {
      const started = await fetch(urlOf(card, 'Sign in'), { redirect: 'manual' });
      const location = started.headers.get('location');
      if (!location) return { status: started.status, text: await started.text() };
      const back = await sandbox.entra.signIn(location, as.upn);
      const finished = await fetch(back, { redirect: 'manual' });
      return { status: finished.status, text: await finished.text() };
    },
    async connect(who, settings = {}, since) {
      if (since !== 'new') sandbox.entra.grantConsent(who.person.oid, SANDBOX_CLIENT_ID, AGREED_BEFORE);
      await product.say(who, 'watch on');
      const card = await product.hear(who, /Let me see your calendar/);
      await owner.query('update cw.person set settings = settings || $2::jsonb where person_id = $1', [
        who.person.oid,
        JSON.stringify(settings),
      ]);
      const page = await product.signIn(who, card);
      if (page.status !== 200) throw new Error(`sign-in ended with ${page.status}: ${page.text}`);
      await product.hear(who, /Connected/);
    },
    peek: async <T extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await owner.query<T>(statement, values)).rows,
    async startTwin() {
      const twin = await launchHere({ ...environment(), PORT: '0' });
      return { origin: `http://localhost:${twin.port}`, stop: () => twin.stop() };
    },
    async startTwinAt(clockShiftMs) {
      const twinPort = String(await freePort());
      const file = join(directory, `twin-${process.pid}-${products}-${twinPort}.log`);
      const env = { ...process.env, ...environment(), PORT: twinPort, CLOCK_SHIFT_MS: String(clockShiftMs) };
      const args = ['--import', SHIFTED_CLOCK, join(await builtProduct(), 'src/index.js')];
      const child = startChild({ args, env, cwd: ROOT, logFile: file });
      await waitUntilReady(`http://localhost:${twinPort}/readyz`, child, TWIN_READY_LIMIT_MS).catch((error: Error) => {
        throw new Error(`${error.message}; its last words: ${readFileSync(file, 'utf8').slice(-1_000)}`);
      });
      return {
        logLines: () => readFileSync(file, 'utf8').trimEnd().split('\n'),
        stop: () => child.stop(STOP_GRACE_MS),
      };
    },
    async halt() {
      await app?.stop();
      app = undefined;
    },
    async kill() {
      await app?.kill();
      app = undefined;
    },
    async start() {
      app ??= await launch();
    },
    async restart() {
      await product.halt();
      await product.start();
    },
    async stop() {
      await product.halt();
      await plantCanaries((text) => product.peek(text), sandbox);
      await channel.close();
      await sandbox.stop();
      await owner.end();
      await database.drop();
    },
  };
  return product;
}
