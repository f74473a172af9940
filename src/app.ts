/** The composition root: every part is built here once and handed on. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Server } from 'restify';
import { createAdapter } from './bot/adapter.ts';
import { createBot } from './bot/application.ts';
import { RENDERED_KINDS, renderNudge } from './bot/cards/nudges.ts';
import type { Services } from './bot/services.ts';
import { afterSignIn } from './bot/signed-in.ts';
import { TenantStorage } from './bot/storage.ts';
import { DatabaseClock, MINUTE_MS, SECOND_MS } from './clock.ts';
import { type Config, isLoopback } from './config.ts';
import { LOOK_EVERY_MS } from './delivery/storms.ts';
import { createTeamsChannel } from './delivery/teams.ts';
import { createToll } from './delivery/toll.ts';
import { createNextWay, destinationOf } from './delivery/ways/choose.ts';
import { createWays } from './delivery/ways/create.ts';
import type { OtherWayName } from './delivery/ways/port.ts';
import { stopUrlFor, wordsFor } from './delivery/ways/words.ts';
import { createEngine, type Engine, type Job, type JobName } from './engine.ts';
import { createCaller } from './graph/client.ts';
import { gated } from './graph/gate.ts';
import { createGraph } from './graph/graph.ts';
import { mountAbout } from './http/about.ts';
import { mountHealth } from './http/health.ts';
import { mountMessages } from './http/messages.ts';
import { mountNotifications } from './http/notifications.ts';
import { closeServer, createServer, listen } from './http/server.ts';
import { mountSignIn } from './http/sign-in.ts';
import { mountWays } from './http/ways.ts';
import { createClientFor } from './identity/msal.ts';
import { createNetwork } from './identity/network.ts';
import { SignIn } from './identity/sign-in.ts';
import { graphScopes, Tokens } from './identity/tokens.ts';
import type { Logger } from './log.ts';
import { createLoop, type Loop } from './loop.ts';
import { databaseNow } from './store/database.ts';
import { isMigrated } from './store/migrate.ts';
import { type OpenedStore, openStore } from './store/open.ts';
import { BEAT_MS, beat } from './store/outages.ts';
import { endInstance } from './store/sends.ts';
import { createRich } from './sync/rich/create.ts';
import { createTravel } from './travel/create.ts';

const SYNC_CONCURRENCY = 12;
const CARE_CONCURRENCY = 6;
const SEND_CONCURRENCY = 64;
const OTHER_WAY_CONCURRENCY = 8;
const CARD_CONCURRENCY = 12;
const REPLAN_CONCURRENCY = 4;
const POLL_MS = 500;
/** A third of how far ahead slots are reserved. */
const CLAIM_GAP_MS = 100;
const MEASURE_CLOCK_MS = MINUTE_MS;
const STOP_LIMIT_MS = 8 * SECOND_MS;

export interface App {
  port: number;
  stop(): Promise<void>;
}

type Parts = ReturnType<typeof buildParts>;

function buildParts(config: Config, log: Logger, store: OpenedStore) {
  const { database } = store;
  const clock = new DatabaseClock(() => databaseNow(database));
  const stopping = new AbortController();
  // Whatever waits for its slot listens, which may be a hundred at once.
  setMaxListeners(0, stopping.signal);
  const network = createNetwork(clock);
  const clientFor = createClientFor(config, network);
  const scopes = graphScopes(config);
  const tokens = new Tokens(database, clientFor, scopes, clock);
  const signIn = new SignIn({
    database,
    clientFor,
    clock,
    publicUrl: config.publicUrl,
    scopes,
    adminOids: config.adminOids,
  });
  const caller = createCaller({
    endpoint: config.cloud.graphEndpoint,
    token: (access, asked) => tokens.get(access, asked),
    dropToken: (access) => tokens.drop(access),
    clock,
  });
  const graph = createGraph(gated(caller, clock));
  const toll = createToll({ database, clock, log });
  const adapter = createAdapter(config, log, toll.charge);
  const channel = createTeamsChannel({
    adapter,
    botAppId: config.bot.id,
    clock,
    gccServiceUrl: config.cloud.botGccServiceUrl,
  });
  const travel = createTravel(config.travel, {
    clock,
    fetch,
    onTrouble: (source, reason) => log.warn({ source, reason }, 'a way was not told, it is estimated'),
  });
  const common = { database, clock, log, graph, travel, newId: () => randomUUID(), random: Math.random };
  const ways = createWays(config, { clock, graph, clientFor, fetch });
  const newCode = () => String(randomInt(1_000_000)).padStart(6, '0');
  const richParts = {
    database,
    clock,
    log,
    clientId: config.aad.clientId,
    authorityHost: config.cloud.entraAuthorityHost,
    fetchJson: async (url: string) => (await network.sendGetRequestAsync<unknown>(url)).body,
  };
  const rich = config.richNotifications ? createRich(richParts) : undefined;
  return { ...common, ways, newCode, tokens, signIn, adapter, channel, rich, toll, stopping, instanceId: randomUUID() };
}

/** How each job is run: how many at once, and how long it rests without a poke. */
const PACES: Record<JobName, { concurrency: number; pollMs: number; gapMs?: number }> = {
  nudges: { concurrency: SEND_CONCURRENCY, pollMs: POLL_MS, gapMs: CLAIM_GAP_MS },
  otherWays: { concurrency: OTHER_WAY_CONCURRENCY, pollMs: 2 * SECOND_MS },
  storms: { concurrency: 1, pollMs: LOOK_EVERY_MS },
  cards: { concurrency: CARD_CONCURRENCY, pollMs: 2 * SECOND_MS },
  replans: { concurrency: REPLAN_CONCURRENCY, pollMs: 5 * SECOND_MS },
  sync: { concurrency: SYNC_CONCURRENCY, pollMs: POLL_MS },
  care: { concurrency: CARE_CONCURRENCY, pollMs: POLL_MS },
  missed: { concurrency: 1, pollMs: 5 * SECOND_MS },
  heartbeat: { concurrency: 1, pollMs: BEAT_MS },
  retention: { concurrency: 1, pollMs: 10 * MINUTE_MS },
};

function buildLoops(parts: Parts, config: Config): { engine: Engine; loops: Record<JobName, Loop> } {
  const loops = {} as Record<JobName, Loop>;
  const engine = createEngine({
    ...parts,
    render: renderNudge,
    kinds: RENDERED_KINDS,
    charge: parts.toll.charge,
    nextWay: createNextWay(Object.keys(parts.ways) as OtherWayName[]),
    destinationOf,
    wordsOf: (message, why, way, to) =>
      wordsFor(way, message, why, way === 'email' ? stopUrlFor(config.publicUrl, to.stopToken) : undefined),
    waysPerMinute: config.ways.perMinute,
    instanceId: parts.instanceId,
    sendsPerSecond: config.sendsPerSecond,
    stopping: parts.stopping.signal,
    rich: parts.rich?.certificates,
    publicUrl: config.publicUrl,
    intervals: config.intervals,
    dropToken: (partition) => parts.tokens.drop(partition),
    tokenUntil: (partition) => parts.tokens.until(partition),
    newSecret: () => randomBytes(32).toString('base64url'),
    poke: (job) => loops[job].poke(),
  });
  for (const name of Object.keys(PACES) as JobName[]) {
    const job = engine.jobs[name] as Job<unknown>;
    loops[name] = createLoop({ name, ...PACES[name], clock: parts.clock, log: parts.log, ...job });
  }
  return { engine, loops };
}

function buildServer(parts: Parts, { engine, loops }: ReturnType<typeof buildLoops>, config: Config): Server {
  const { database, log } = parts;
  const services: Services = { ...parts, intervals: config.intervals, poke: (what) => loops[what].poke() };
  const storage = new TenantStorage(database);
  const bot = createBot(services, parts.adapter, storage, config.bot.id);
  const server = createServer();
  mountMessages(server, { adapter: parts.adapter, bot, log });
  mountNotifications(server, { inbox: engine.inbox, rich: parts.rich?.reader, log, newId: parts.newId });
  mountSignIn(server, { signIn: parts.signIn, onSignedIn: (who) => afterSignIn(services, who), log });
  mountWays(server, { ...parts, publicUrl: config.publicUrl, ways: config.ways });
  mountAbout(server);
  mountHealth(server, { isReady: () => isMigrated((text) => database.system.query(text)), log });
  return server;
}

/** Keeps measuring how far this machine's clock is from PostgreSQL's. Returns a function that ends it. */
function keepMeasuring(clock: DatabaseClock, log: Logger): () => void {
  let cancel = () => {};
  const again = () => {
    cancel = clock.after(MEASURE_CLOCK_MS, () => {
      void clock
        .measure()
        .then((offsetMs) => {
          if (Math.abs(offsetMs) > SECOND_MS)
            log.warn({ offsetMs: Math.round(offsetMs) }, 'this machine’s clock is off');
        })
        .catch((err: unknown) => log.warn({ err }, 'the clock could not be measured'))
        .finally(again);
    });
  };
  again();
  return () => cancel();
}

/** Builds and starts everything. SIGTERM is index.ts's business; `stop` hands back what is under way. */
export async function startApp(config: Config, log: Logger, opened?: OpenedStore): Promise<App> {
  const store = opened ?? (await openStore(config, log));
  try {
    const parts = buildParts(config, log, store);
    await parts.clock.measure();
    const work = buildLoops(parts, config);
    const loops = Object.values(work.loops);
    const server = buildServer(parts, work, config);
    // A loopback address is for this machine alone, all the more when nothing is authenticated.
    const host = isLoopback(config.publicUrl) ? '127.0.0.1' : undefined;
    const port = await listen(server, config.port, host);
    // Before anything else is read: whoever reads first must know since when nobody was there.
    await beat(parts.database.system, parts.clock.now());
    for (const loop of loops) loop.start();
    const stopMeasuring = keepMeasuring(parts.clock, log);
    log.info({ port, cloud: config.cloudName }, 'Calendar Watch is listening');
    return {
      port,
      async stop() {
        stopMeasuring();
        parts.stopping.abort();
        await Promise.all([closeServer(server), ...loops.map((loop) => loop.stop(STOP_LIMIT_MS))]);
        await work.engine.handBack().catch((err: unknown) => log.warn({ err }, 'work could not be handed back'));
        parts.ways.email?.close?.();
        await parts.toll.flush();
        await endInstance(parts.database.system, parts.instanceId).catch(() => undefined);
        await store.stop();
      },
    };
  } catch (error) {
    await store.stop();
    throw error;
  }
}
