/** The composition root: every part is built here once and handed on. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'restify';
import { createAdapter } from './bot/adapter.ts';
import { createBot } from './bot/application.ts';
import { renderNudge } from './bot/cards/nudges.ts';
import type { Services } from './bot/services.ts';
import { TenantStorage } from './bot/storage.ts';
import { activate } from './bot/watching.ts';
import { DAY_MS, DatabaseClock, MINUTE_MS, SECOND_MS } from './clock.ts';
import { type Config, isLoopback } from './config.ts';
import { claimDue, type DispatcherDeps, dispatchOne, recordMissed } from './delivery/dispatcher.ts';
import { createTeamsChannel } from './delivery/teams.ts';
import { createCaller } from './graph/client.ts';
import { createGraph } from './graph/graph.ts';
import { mountAbout } from './http/about.ts';
import { mountHealth } from './http/health.ts';
import { mountMessages } from './http/messages.ts';
import { mountNotifications } from './http/notifications.ts';
import { closeServer, createServer, listen } from './http/server.ts';
import { mountSignIn } from './http/sign-in.ts';
import { createClientFor } from './identity/msal.ts';
import { createNetwork } from './identity/network.ts';
import { SignIn } from './identity/sign-in.ts';
import { graphScopes, Tokens } from './identity/tokens.ts';
import type { Logger } from './log.ts';
import { createLoop, type Loop } from './loop.ts';
import { databaseNow } from './store/database.ts';
import { claimMailboxes, type Duty, type MailboxLease } from './store/mailboxes.ts';
import { isMigrated } from './store/migrate.ts';
import { type NudgeLease, prune } from './store/nudges.ts';
import { type OpenedStore, openStore } from './store/open.ts';
import { CARE_LEASE_MS, type CareDeps, careForSubscription } from './sync/care-for-subscription.ts';
import { Inbox } from './sync/inbox.ts';
import { type DutyDeps, performDuty } from './sync/mailbox-worker.ts';
import { SYNC_LEASE_MS, type SyncDeps, syncMailbox } from './sync/sync-mailbox.ts';
import { roughProvider } from './travel/rough.ts';

const SYNC_CONCURRENCY = 12;
const CARE_CONCURRENCY = 6;
const SEND_CONCURRENCY = 64;
const POLL_MS = 500;
const MEASURE_CLOCK_MS = MINUTE_MS;
/** How long ended nudges and changes are kept. */
const KEPT_MS = 30 * DAY_MS;
const PRUNED_A_STEP = 1_000;
const STOP_LIMIT_MS = 8 * SECOND_MS;

export interface App {
  port: number;
  stop(): Promise<void>;
}

type Parts = ReturnType<typeof buildParts>;

function buildParts(config: Config, log: Logger, store: OpenedStore) {
  const { database } = store;
  const clock = new DatabaseClock(() => databaseNow(database));
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
  const graph = createGraph(
    createCaller({
      endpoint: config.cloud.graphEndpoint,
      token: (access) => tokens.get(access),
      dropToken: (access) => tokens.drop(access),
      clock,
    }),
  );
  const adapter = createAdapter(config, log);
  const channel = createTeamsChannel({ adapter, botAppId: config.bot.id, clock });
  const common = { database, clock, log, graph, travel: roughProvider, newId: () => randomUUID(), random: Math.random };
  return { ...common, tokens, signIn, adapter, channel };
}

function buildLoops(parts: Parts, config: Config): Record<Duty | 'nudges' | 'missed' | 'retention', Loop> {
  const { database, clock, log } = parts;
  const dutyDeps: DutyDeps = parts;
  const syncDeps: SyncDeps = parts;
  const dropToken: CareDeps['dropToken'] = (partition) => parts.tokens.drop(partition);
  const careDeps: CareDeps = { ...parts, publicUrl: config.publicUrl, dropToken };
  const dispatchDeps: DispatcherDeps = { ...parts, render: renderNudge };
  const claim = (duty: Duty, leaseMs: number) => (most: number) =>
    claimMailboxes(database.system, duty, most, leaseMs, clock.now());
  const nudges = createLoop<NudgeLease>({
    name: 'nudges',
    concurrency: SEND_CONCURRENCY,
    pollMs: POLL_MS,
    clock,
    log,
    claim: (most) => claimDue(dispatchDeps, most),
    work: (lease) => dispatchOne(dispatchDeps, lease),
  });
  const sync = createLoop<MailboxLease>({
    name: 'sync',
    concurrency: SYNC_CONCURRENCY,
    pollMs: POLL_MS,
    clock,
    log,
    claim: claim('sync', SYNC_LEASE_MS),
    work: (lease) =>
      performDuty(dutyDeps, 'sync', lease, (held) => syncMailbox(syncDeps, held)).finally(() => nudges.poke()),
  });
  const care = createLoop<MailboxLease>({
    name: 'care',
    concurrency: CARE_CONCURRENCY,
    pollMs: POLL_MS,
    clock,
    log,
    claim: claim('care', CARE_LEASE_MS),
    work: (lease) =>
      performDuty(dutyDeps, 'care', lease, (held) => careForSubscription(careDeps, held)).finally(() => sync.poke()),
  });
  // One job that takes a step; as long as there was something to record, the next step follows at once.
  const missed = createLoop<'step'>({
    name: 'missed',
    concurrency: 1,
    pollMs: 5 * SECOND_MS,
    clock,
    log,
    claim: async () => ((await recordMissed(dispatchDeps)) > 0 ? ['step'] : []),
    work: async () => undefined,
  });
  const retention = createLoop<'step'>({
    name: 'retention',
    concurrency: 1,
    pollMs: 10 * MINUTE_MS,
    clock,
    log,
    claim: async () => {
      const now = clock.now();
      return (await prune(database.system, PRUNED_A_STEP, now - KEPT_MS, now)) > 0 ? ['step'] : [];
    },
    work: async () => undefined,
  });
  return { nudges, sync, care, missed, retention };
}

function buildServer(parts: Parts, loops: ReturnType<typeof buildLoops>, config: Config): Server {
  const { database, log, clock } = parts;
  const services: Services = { ...parts, poke: (what) => loops[what].poke() };
  const onStored = (duties: Set<Duty>) => {
    for (const duty of duties) loops[duty].poke();
  };
  const inbox = new Inbox({ database, clock, onStored });
  const storage = new TenantStorage(database);
  const bot = createBot(services, parts.adapter, storage, config.bot.id);
  const server = createServer();
  mountMessages(server, { adapter: parts.adapter, bot, log });
  mountNotifications(server, { inbox, log, newId: parts.newId });
  mountSignIn(server, { signIn: parts.signIn, onSignedIn: (who) => activate(services, who), log });
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
export async function startApp(config: Config, log: Logger): Promise<App> {
  const store = await openStore(config, log);
  try {
    const parts = buildParts(config, log, store);
    await parts.clock.measure();
    const loops = buildLoops(parts, config);
    const server = buildServer(parts, loops, config);
    // A loopback address is for this machine alone, all the more when nothing is authenticated.
    const host = isLoopback(config.publicUrl) ? '127.0.0.1' : undefined;
    const port = await listen(server, config.port, host);
    for (const loop of Object.values(loops)) loop.start();
    const stopMeasuring = keepMeasuring(parts.clock, log);
    log.info({ port, cloud: config.cloudName }, 'Calendar Watch is listening');
    return {
      port,
      async stop() {
        stopMeasuring();
        await Promise.all([closeServer(server), ...Object.values(loops).map((loop) => loop.stop(STOP_LIMIT_MS))]);
        await store.stop();
      },
    };
  } catch (error) {
    await store.stop();
    throw error;
  }
}
