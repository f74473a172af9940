/** The composition root: every part is built here once and handed on. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Server as HttpsServer } from 'node:https';
import type { Server } from 'restify';
import { createAdapter } from './bot/adapter.ts';
import { createBot } from './bot/application.ts';
import { RENDERED_KINDS, renderNudge } from './bot/cards/nudges.ts';
import { createPace } from './bot/pace.ts';
import type { Services } from './bot/services.ts';
import { afterAdminNeeded, afterSignIn } from './bot/signed-in.ts';
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
import { createErrands } from './errands.ts';
import { createFollowers } from './followers.ts';
import { inAccounts } from './graph/accounts.ts';
import { createCaller } from './graph/client.ts';
import { gated } from './graph/gate.ts';
import { createGraph } from './graph/graph.ts';
import { mountAbout } from './http/about.ts';
import { mountCheckIn } from './http/check-in.ts';
import { mountExport } from './http/export.ts';
import { mountHealth } from './http/health.ts';
import { createRates } from './http/limits.ts';
import { mountMessages } from './http/messages.ts';
import { mountNotifications } from './http/notifications.ts';
import { closeServer, createServer, httpOf, listen } from './http/server.ts';
import { mountSignIn } from './http/sign-in.ts';
import { type Certificate, keepCertificate, readCertificate } from './http/tls.ts';
import { mountWays } from './http/ways.ts';
import { AdminConsent } from './identity/admin-consent.ts';
import { Admins } from './identity/admins.ts';
import { Application, applicationScope } from './identity/application.ts';
import { readCredential } from './identity/credentials.ts';
import { authorityFor, createClientFor } from './identity/msal.ts';
import { createNetwork } from './identity/network.ts';
import { openVault } from './identity/open-vault.ts';
import { graphScopes } from './identity/scopes.ts';
import { SignIn } from './identity/sign-in.ts';
import { SingleSignOn } from './identity/sso.ts';
import { createTokenSource } from './identity/token-source.ts';
import { Tokens } from './identity/tokens.ts';
import type { Logger } from './log.ts';
import { createLoop, type Loop } from './loop.ts';
import { createOutgoing, type Outgoing } from './net/outgoing.ts';
import { allowsServiceUrl } from './net/service-url.ts';
import { databaseNow } from './store/database.ts';
import { isMigrated } from './store/migrate.ts';
import { type OpenedStore, openStore } from './store/open.ts';
import { BEAT_MS, beat } from './store/outages.ts';
import { endInstance } from './store/sends.ts';
import type { Vault } from './store/vault.ts';
import { createRich } from './sync/rich/create.ts';
import { SigningKeys } from './sync/rich/signing-keys.ts';
import { createTravel } from './travel/create.ts';

const SYNC_CONCURRENCY = 12;
const CARE_CONCURRENCY = 6;
const SEND_CONCURRENCY = 64;
const OTHER_WAY_CONCURRENCY = 8;
const CARD_CONCURRENCY = 12;
const REPLAN_CONCURRENCY = 4;
const ERRAND_CONCURRENCY = 16;
const POLL_MS = 500;
/** A third of how far ahead slots are reserved. */
const CLAIM_GAP_MS = 100;
const MEASURE_CLOCK_MS = MINUTE_MS;
const STOP_LIMIT_MS = 8 * SECOND_MS;

export interface App {
  port: number;
  /** Takes over a certificate that was renewed. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** What is there already, or stands for a part that would be built here. */
export interface Given {
  store?: OpenedStore;
  /** Tests have no public addresses. */
  outgoing?: Outgoing;
}

type Parts = ReturnType<typeof buildParts>;

function buildParts(config: Config, log: Logger, store: OpenedStore, vault: Vault, given: Given) {
  const { database } = store;
  const clock = new DatabaseClock(() => databaseNow(database));
  const stopping = new AbortController();
  // Whatever waits for its slot listens, which may be a hundred at once.
  setMaxListeners(0, stopping.signal);
  const network = createNetwork(clock);
  const clientFor = createClientFor(config, network, readCredential(config, clock.now()));
  const scopes = graphScopes(config);
  const tokens = new Tokens({ database, vault, log }, clientFor, scopes, clock);
  const signIn = new SignIn({
    database,
    vault,
    clientFor,
    clock,
    publicUrl: config.publicUrl,
    scopes,
    adminOids: config.adminOids,
    newId: () => randomUUID(),
    adminConsent: new AdminConsent({
      vault,
      clock,
      publicUrl: config.publicUrl,
      clientId: config.aad.clientId,
      authorityOf: (tenantId) => authorityFor(config, tenantId),
      scopes,
    }),
  });
  const homeTenantId = config.aad.tenantId;
  const application = new Application({ clientFor, scope: applicationScope(config), clock, homeTenantId });
  const admins = new Admins({ database, tokens, adminOids: config.adminOids });
  const tokenSource = createTokenSource({ tokens, application, database, clock });
  const caller = createCaller({
    endpoint: config.cloud.graphEndpoint,
    token: (access, asked) => tokenSource.get(access, asked),
    dropToken: (access) => tokenSource.drop(access),
    clock,
  });
  const graph = inAccounts(createGraph(gated(caller, clock)), (access) => tokens.accountOf(access));
  const toll = createToll({ database, clock, log });
  const adapter = createAdapter(config, log, toll.charge);
  const gccServiceUrl = config.cloud.botGccServiceUrl;
  const channel = createTeamsChannel({
    adapter,
    botAppId: config.bot.id,
    clock,
    gccServiceUrl: allowsServiceUrl(config.serviceUrls, gccServiceUrl) ? gccServiceUrl : undefined,
    charge: toll.charge,
  });
  const travel = createTravel(config.travel, {
    clock,
    fetch,
    onTrouble: (source, reason) => log.warn({ source, reason }, 'a way was not told, it is estimated'),
  });
  const common = {
    database,
    clock,
    log,
    graph,
    travel,
    newId: () => randomUUID(),
    random: Math.random,
  };
  const { publicUrl } = config;
  const newSecret = () => randomBytes(32).toString('base64url');
  const ways = createWays(config, { clock, graph, clientFor, fetch });
  const newCode = () => String(randomInt(1_000_000)).padStart(6, '0');
  const richParts = {
    database,
    vault,
    clock,
    log,
    clientId: config.aad.clientId,
    authorityHost: config.cloud.entraAuthorityHost,
    fetchJson: async (url: string) => (await network.sendGetRequestAsync<unknown>(url)).body,
  };
  const sso =
    config.sso && createSso(config, config.sso.appIdUri, { ...richParts, clientFor, scopes, newId: common.newId });
  const rich = config.richNotifications ? createRich(richParts) : undefined;
  const roomParts = { checkIn: config.checkIn, canMailAnyone: config.ways.email.by !== 'person' };
  return {
    ...common,
    ways,
    newCode,
    vault,
    tokens,
    admins,
    tokenSource,
    application,
    signIn,
    ...(sso ? { sso } : {}),
    adapter,
    channel,
    rich,
    followers: createFollowers({ ...common, publicUrl, newSecret, ...roomParts }),
    errands: createErrands({
      ...common,
      pastKeepMs: config.intervals.pastKeepMs,
      publicUrl,
      vault,
      outgoing: given.outgoing ?? createOutgoing({ clock }),
      channel,
      ways,
      ...roomParts,
    }),
    newSecret,
    toll,
    stopping,
    instanceId: randomUUID(),
  };
}

/** Its own keys: those of rich notifications are read whether or not anybody signs in. */
function createSso(
  { adminOids }: Config,
  appIdUri: string,
  parts: Omit<ConstructorParameters<typeof SingleSignOn>[0], 'keys' | 'adminOids' | 'appIdUri'> &
    ConstructorParameters<typeof SigningKeys>[0],
): SingleSignOn {
  return new SingleSignOn({ ...parts, adminOids, appIdUri, keys: new SigningKeys(parts) });
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
  groups: { concurrency: 2, pollMs: 5 * SECOND_MS },
  errands: { concurrency: ERRAND_CONCURRENCY, pollMs: SECOND_MS },
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
    dropToken: (partition) => parts.tokenSource.drop(partition),
    tokenUntil: (partition) => parts.tokenSource.until(partition),
    poke: (job) => loops[job].poke(),
  });
  for (const name of Object.keys(PACES) as JobName[]) {
    const job = engine.jobs[name] as Job<unknown>;
    loops[name] = createLoop({ name, ...PACES[name], clock: parts.clock, log: parts.log, ...job });
  }
  return { engine, loops };
}

function buildServer(
  parts: Parts,
  { engine, loops }: ReturnType<typeof buildLoops>,
  config: Config,
  certificate?: Certificate,
): Server {
  const { database, log, clock } = parts;
  const { requestsPerMinute, trustedProxies, maxConnections, commandsPerMinute } = config.server;
  const services: Services = {
    ...parts,
    intervals: config.intervals,
    publicUrl: config.publicUrl,
    poke: (what) => loops[what].poke(),
  };
  const storage = new TenantStorage(database);
  const bot = createBot(services, parts.adapter, storage, config.bot.id, createPace(clock, commandsPerMinute));
  const rates = createRates({ clock, requestsPerMinute, proxies: trustedProxies });
  const isDirect = 'hops' in trustedProxies && trustedProxies.hops === 0;
  const server = createServer({
    limits: {
      connections: maxConnections,
      ...(isDirect ? { connectionsPerAddress: Math.ceil(maxConnections / 10) } : {}),
    },
    rates,
    certificate,
    isHttps: config.publicUrl.startsWith('https://'),
    log,
  });
  mountMessages(server, { adapter: parts.adapter, bot, log });
  const { newId } = parts;
  const unproven = rates.unproven;
  mountNotifications(server, { inbox: engine.inbox, rich: parts.rich?.reader, log, newId, unproven });
  mountSignIn(server, {
    signIn: parts.signIn,
    onSignedIn: (who) => afterSignIn(services, who),
    onAdminNeeded: (needed) => afterAdminNeeded(services, needed),
    log,
  });
  mountWays(server, { ...parts, publicUrl: config.publicUrl, ways: config.ways });
  mountExport(server, parts);
  mountCheckIn(server, { ...parts, poke: services.poke });
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
export async function startApp(config: Config, log: Logger, given: Given = {}): Promise<App> {
  const store = given.store ?? (await openStore(config, log));
  try {
    const parts = buildParts(config, log, store, await openVault(config, log), given);
    await parts.clock.measure();
    const work = buildLoops(parts, config);
    const loops = Object.values(work.loops);
    const { tls } = config.server;
    const certificate = tls && (await readCertificate(tls));
    const server = buildServer(parts, work, config, certificate);
    // A loopback address is for this machine alone, all the more when nothing is authenticated.
    const host = isLoopback(config.publicUrl) ? '127.0.0.1' : undefined;
    const port = await listen(server, config.port, host);
    // Before anything else is read: whoever reads first must know since when nobody was there.
    await beat(parts.database.system, parts.clock.now());
    for (const loop of loops) loop.start();
    const stopMeasuring = keepMeasuring(parts.clock, log);
    // Only a server of https has a secure context to change.
    const kept =
      tls &&
      certificate &&
      keepCertificate(httpOf(server) as unknown as HttpsServer, tls, certificate, { clock: parts.clock, log });
    log.info({ port, cloud: config.cloudName }, 'Calendar Watch is listening');
    return {
      port,
      reload: async () => kept?.reload(),
      async stop() {
        stopMeasuring();
        kept?.stop();
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
