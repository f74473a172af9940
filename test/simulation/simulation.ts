/**
 * The world and the product in it, on one virtual clock: sandbox, instances, life and mischief. The same seed gives the
 * same life, step by step.
 */
import { type Connector, createConnector } from '../../sandbox/connector/connector.ts';
import { GraphError } from '../../sandbox/graph/errors.ts';
import { createGraph, type Graph } from '../../sandbox/graph/graph.ts';
import type { PostAnswer, PostOptions } from '../../sandbox/graph/post.ts';
import { World } from '../../sandbox/world.ts';
import { DEFAULT_INTERVALS } from '../../src/intervals.ts';
import type { Logger } from '../../src/log.ts';
import { EARLINESS_MS } from '../../src/nudges/settings.ts';
import { Chance } from './chance.ts';
import { SimClock } from './clock.ts';
import { Connections, type DatabaseCounts, type Statement, type Times } from './database.ts';
import { BOT_ID } from './doing.ts';
import { DueWork } from './due-work.ts';
import { SimEntra } from './entra.ts';
import type { OwnFaults, Profile } from './faults.ts';
import { GRAPH_ORIGIN } from './graph-port.ts';
import type { History, Send, SimRoom } from './history.ts';
import { SimHost } from './host.ts';
import { Instance, type Surroundings } from './instance.ts';
import type { Life, LifeApi } from './life/life.ts';
import { Mischief } from './mischief.ts';
import { People } from './people.ts';
import type { Product } from './product.ts';
import { type Post, Recorder } from './recorder.ts';
import { type Host, Scheduler, type Trace } from './scheduler.ts';
import { replicaLine, truthLine } from './truth-words.ts';
import { kindsOf, wantedBy } from './wanted.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An update that waits so long waits for nobody. */
const OVERDUE_MS = 10 * 60 * SECOND_MS;
const INSTANCES = 2;
/** By then everybody has spoken to the bot. */
const ROOMS_ADDED_AFTER_MS = 15 * 60 * SECOND_MS;
/** Each instance of the product beats so often; here one of them does, because a beat is a beat. */
const BEAT_MS = 120 * SECOND_MS;
/** Calendars are recorded from before the start until after the end. */
const BACK_MS = 8 * DAY_MS;
const AHEAD_MS = 62 * DAY_MS;
const STATEMENTS_A_VACUUM = 20_000;
const VACUUMED = ['mailbox', 'nudge', 'event', 'inbox', 'feed', 'change', 'subscription', 'tenant', 'person'];
/** A call that was on its way when another one was told to wait is no breach. */
const RETRY_AFTER_GRACE_MS = 1_500;

export interface SimulationOptions {
  seed: number;
  product: Product;
  profile: Profile;
  life: Life;
  startAt: number;
  calmAt: number;
  endAt: number;
  store: { url: string; role: string };
  trace: Trace;
  log?: (line: string) => void;
  times?: Times;
  /** For who wants to measure: circumstances other than the usual ones, and every call to Graph. */
  conditions?: {
    tokenLifeMs?: readonly [number, number];
    /** Notifications of an edit beyond the first. */
    echoes?: number;
    lifecycleTimers?: boolean;
    onCall?: (label: string, at: number) => void;
    /** Somebody else in the same world. */
    onStart?: (world: {
      graph: Graph;
      clock: SimClock;
      token(tenantId: string, oid: string): string | undefined;
    }) => void;
  };
}

export class Simulation {
  private readonly clock: SimClock;
  private readonly scheduler: Scheduler;
  private readonly world: World;
  private readonly graph: Graph;
  private readonly connector: Connector;
  private readonly entra: SimEntra;
  private readonly recorder: Recorder;
  private readonly people: People;
  private readonly due: DueWork;
  private readonly connections: Connections;
  private readonly owner: Connections;
  private readonly counts: DatabaseCounts = { statements: 0, lockFailures: 0 };
  private readonly faults: OwnFaults;
  private readonly mischief: Mischief;
  private readonly rooms: SimRoom[];
  private readonly vault: Surroundings['vault'];
  private readonly latency: Chance;
  private readonly deaths: Chance;
  private readonly posts: Chance;
  private readonly instances: (Instance | undefined)[] = [];
  private births = 0;
  private vacuumedAt = 0;
  private asleepSince: { from: number; to: number } | undefined;
  private isCalm = false;

  constructor(private readonly options: SimulationOptions) {
    const { seed, product, profile, life, startAt, store, trace } = options;
    const chance = (stream: string) => Chance.of(seed, stream);
    this.clock = new SimClock(startAt);
    this.faults = { ...profile.own };
    this.rooms = life.rooms.map(({ tenantId, oid, upn }) => ({ tenantId, oid, address: upn.toLowerCase() }));
    this.vault = new product.Vault([Buffer.alloc(32, 7)]);
    this.latency = chance('latency');
    this.deaths = chance('deaths');
    this.posts = chance('posts');
    this.world = this.createWorld(chance('world').random);
    this.entra = new SimEntra(
      this.world,
      this.clock,
      chance('entra'),
      (oid) => this.onTokenTrouble(oid),
      options.conditions?.tokenLifeMs,
    );
    this.graph = createGraph({
      world: this.world,
      verifyToken: this.entra.verify,
      post: (url, post) => this.toProduct(url, post),
      origin: GRAPH_ORIGIN,
      latencyMs: () => Math.round(this.latency.between(10, 400)),
      echoes: options.conditions?.echoes ?? true,
      lifecycleTimers: options.conditions?.lifecycleTimers ?? true,
      retryAfterGraceMs: RETRY_AFTER_GRACE_MS,
      onTold: (id) => this.recorder.tells(id),
    });
    this.connector = createConnector({
      world: this.world,
      botId: BOT_ID,
      origin: () => 'https://teams.simulated.example',
      enforceLimits: true,
      eventsKept: 100,
      // Any of them may be changed again.
      messagesKeptPerConversation: 1_000,
      tokenNow: () => this.clock.now(),
    });
    this.scheduler = new Scheduler(this.clock, chance('schedule'), trace, {
      fate: (host, moment) => this.fate(host, moment),
      cost: ({ kind }) => (kind === 'sql' && this.latency.hits(0.3) ? 1 : 0),
      quiet: () => this.quiet(),
    });
    this.recorder = new Recorder({
      clock: this.clock,
      trace,
      graph: this.graph,
      people: life.people,
      rooms: this.rooms,
      windowFrom: startAt - BACK_MS,
      windowTo: options.endAt + AHEAD_MS,
    });
    this.connections = new Connections({ ...store, types: product.types }, this.counts, options.times);
    this.owner = new Connections({ url: store.url, types: product.types }, this.counts, options.times);
    this.due = new DueWork(this.clock, this.owner, chance('polls'), (job) => this.wake(job));
    this.people = new People(
      {
        product,
        clock: this.clock,
        chance: chance('people'),
        entra: this.entra,
        connector: this.connector,
        recorder: this.recorder,
        vault: this.vault,
        instance: () => this.posts.pick(this.awake()),
      },
      life.people,
    );
    this.mischief = this.createMischief(chance('mischief'));
  }

  private createWorld(random: () => number): World {
    const { profile, trace } = this.options;
    const world = new World(this.clock, random);
    // A record of all traffic is kept by nobody here, and would grow.
    world.journal.add = (_part, what, detail) => {
      if (what === 'breach') trace.add(this.clock.now(), `breach ${JSON.stringify(detail)}`);
    };
    for (const [name, rate] of Object.entries(profile.world)) world.faults.set(name as never, rate);
    return world;
  }

  private createMischief(chance: Chance): Mischief {
    return new Mischief({
      chance,
      clock: this.clock,
      faults: this.faults,
      graph: this.graph,
      entra: this.entra,
      people: this.options.life.people,
      rooms: this.rooms,
      happened: () => this.recorder.lookAtSubscriptions(),
      block: (oid) => {
        this.connector.block(this.people.user(oid), true);
        this.refused(oid);
      },
      hostSleeps: (ms) => this.hostSleeps(ms),
    });
  }

  // ── processes ──

  private living(): Instance[] {
    return this.instances.filter((one) => one !== undefined).filter(({ host }) => !host.isDead);
  }

  private awake(): Instance[] {
    return this.living().filter(({ host }) => !host.isPaused);
  }

  private wake(job: string): boolean {
    const awake = this.awake();
    const one = this.posts.pick(awake);
    for (const instance of awake) if (instance === one || this.posts.hits(0.25)) instance.poke(job);
    return awake.length > 0;
  }

  /** Keeps the times at which nobody ran. */
  private lookWhoIsAwake(): void {
    const now = this.clock.now();
    if (this.awake().length > 0) {
      this.due.lookAgain();
      if (this.asleepSince) this.asleepSince.to = now;
      this.asleepSince = undefined;
    } else if (!this.asleepSince) {
      this.asleepSince = { from: now, to: Number.POSITIVE_INFINITY };
      this.recorder.asleep.push(this.asleepSince);
    }
  }

  private surroundings(): Surroundings {
    const { connector } = this;
    return {
      product: this.options.product,
      clock: this.clock,
      scheduler: this.scheduler,
      trace: this.options.trace,
      world: this.world,
      graph: this.graph.handler,
      connector: {
        handler: connector.handler,
        position: () => connector.position,
        lastId: () => connector.events.at(-1)?.activityId,
        failNext: (id, code) => connector.failNext(id, { status: 403, code, on: ['post'] }),
      },
      entra: this.entra,
      recorder: this.recorder,
      connections: this.connections,
      owner: this.owner,
      faults: this.faults,
      latency: this.latency,
      mischief: this.deaths,
      committed: (statements) => this.committed(statements),
      onCall: (label) => this.options.conditions?.onCall?.(label, this.clock.now()),
      progress: (job) => this.due.progress(job),
      vault: this.vault,
      delivered: (send) => this.answerAboutRoom(send),
      refused: (oid) => this.refused(oid),
      log: (name) => this.logFor(name),
    };
  }

  private start(index: number): void {
    this.births += 1;
    const off = this.deaths.hits(this.faults['clock.off']) ? (this.deaths.hits(0.5) ? 30 : -30) * SECOND_MS : 0;
    const host = new SimHost(`i${index}`, index, this.clock, off);
    const chance = Chance.of(this.options.seed, `instance ${this.births}`);
    const instance = new Instance(host, this.surroundings(), chance);
    this.instances[index] = instance;
    this.options.trace.add(this.clock.now(), `i${index} starts`);
    instance.start().catch((error: unknown) => {
      this.scheduler.failure = error;
    });
    this.lookWhoIsAwake();
  }

  private die(instance: Instance, backAfterMs: number): void {
    const { host } = instance;
    if (host.isDead) return;
    instance.die();
    this.recorder.counts.crashes += 1;
    this.options.trace.add(this.clock.now(), `${host.name} dies`);
    this.clock.after(backAfterMs, () => this.start(host.index));
    this.lookWhoIsAwake();
  }

  private standStill(instance: Instance, ms: number): void {
    const { host } = instance;
    if (host.isDead || host.isPaused) return;
    instance.standStill();
    this.recorder.counts.pauses += 1;
    this.options.trace.add(this.clock.now(), `${host.name} stands still`);
    this.clock.after(ms, () => {
      if (host.isDead) return;
      this.options.trace.add(this.clock.now(), `${host.name} goes on`);
      host.resume();
      // Its own timer has run out, too; what it does first is open.
      if (this.posts.hits(0.5)) instance.poke('heartbeat');
      this.lookWhoIsAwake();
    });
    this.lookWhoIsAwake();
  }

  private fate(host: Host, moment: 'before' | 'after'): 'goes on' | 'dies' | 'stands still' {
    if (host.isDead || host.isPaused) return 'goes on';
    const instance = this.instances.find((one) => one?.host === host);
    if (!instance) return 'goes on';
    if (this.deaths.hits(this.faults['process.crash'] / 2)) {
      this.die(instance, this.deaths.between(1, 20) * SECOND_MS);
      return 'dies';
    }
    if (moment === 'after' || !this.deaths.hits(this.faults['process.pause'])) return 'goes on';
    this.standStill(instance, this.deaths.between(20, 120) * SECOND_MS);
    return 'stands still';
  }

  private hostSleeps(ms: number): void {
    const isFrozen = this.deaths.hits(0.5);
    for (const instance of this.living()) {
      if (isFrozen) this.standStill(instance, ms);
      else this.die(instance, ms);
    }
  }

  // ── what happens around the product ──

  private committed(statements: Statement[]): void {
    this.recorder.committed(statements);
    this.due.committed(statements);
  }

  private onTokenTrouble(oid: string): void {
    this.recorder.troubleFrom(oid);
    const { life } = this.options;
    const delay = this.isCalm ? SECOND_MS : life.onTokenTrouble(oid);
    this.clock.after(delay, () => this.people.signInAgain(oid));
  }

  /** Who has blocked the bot takes nothing more, what was on its way at that moment neither, until they come back. */
  private refused(oid: string): void {
    if (!this.recorder.unreachableFrom(oid)) return;
    this.connector.block(this.people.user(oid), true);
    this.clock.after(this.deaths.between(1 / 6, 6) * HOUR_MS, () => this.people.comeBack(oid));
  }

  /** Who is asked whether they use a room presses something, or nothing. */
  private answerAboutRoom(send: Send): void {
    if (send.kind !== 'checkIn') return;
    const { roomId, eventId, startAt } = send.facts;
    for (const { delayMs, verb } of this.options.life.onRoomQuestion(send))
      this.clock.after(delayMs, () => this.people.rooms.press(send.oid, verb, { roomId, eventId, startAt }));
  }

  private addRooms(): void {
    const { life } = this.options;
    for (const { tenantId } of life.tenants) {
      const names = new Map(life.rooms.map((one) => [one.oid, one.displayName]));
      const rooms = this.rooms
        .filter((one) => one.tenantId === tenantId)
        .map((one) => ({ ...one, name: names.get(one.oid) ?? '' }));
      if (rooms.length === 0) continue;
      this.people.rooms.add(tenantId, rooms).catch((error: unknown) => {
        this.scheduler.failure = error;
      });
    }
  }

  /** Graph posts to our address; whoever runs behind it answers. */
  private toProduct(url: string, { body }: PostOptions): Promise<PostAnswer> {
    const instance = this.posts.pick(this.living());
    if (!instance) return Promise.reject(new Error('connection refused'));
    const target = new URL(url);
    const { host } = instance;
    return new Promise((resolve) => {
      const answered = (post: Post, answer: PostAnswer) => {
        if (answer.status === 202) this.checkAck(this.recorder.acknowledged(post));
        this.clock.after(this.latency.between(5, 60), () => resolve(answer));
      };
      const run = () => {
        const post = this.recorder.posted(body);
        instance.receive(target, body, post).then(
          (answer) => answered(post, answer),
          (error: unknown) => {
            this.scheduler.failure = error;
          },
        );
        return () => undefined;
      };
      this.scheduler.add({ host, kind: 'post', label: `${target.pathname} ${body.length}`, run });
    });
  }

  /** Acknowledged and not stored, unless the product does not know the subscription (any more). */
  private checkAck(suspects: string[]): void {
    if (suspects.length === 0) return;
    this.scheduler.add({
      kind: 'server',
      label: 'check ack',
      run: async () => {
        const known = await this.owner.alone(
          `select s.subscription_id from cw.subscription s
           join cw.mailbox m on m.tenant_id = s.tenant_id and m.mailbox_id = s.mailbox_id
           where s.subscription_id = any ($1)`,
          [suspects],
        );
        this.recorder.breaches.ackedButMissing += known.length;
        return () => undefined;
      },
    });
  }

  private async quiet(): Promise<void> {
    this.recorder.flushTruth();
    if (this.counts.statements - this.vacuumedAt > STATEMENTS_A_VACUUM) {
      this.vacuumedAt = this.counts.statements;
      const client = await this.owner.take();
      for (const table of VACUUMED) await this.owner.plain(client, `vacuum cw.${table}`);
      this.owner.give(client);
    }
    await this.due.look();
  }

  private liveOn(): void {
    const next = this.options.life.next(this.clock.now());
    if (!next || next.at > this.options.calmAt) return;
    this.clock.at(next.at, () => {
      try {
        next.act();
      } catch (error) {
        // What they wanted to touch is gone: a room declined, somebody else was faster.
        if (!(error instanceof GraphError)) this.scheduler.failure = error;
      }
      this.recorder.lookAtSubscriptions();
      this.recorder.flushTruth();
      this.liveOn();
    });
  }

  private beat(): void {
    this.posts.pick(this.awake())?.poke('heartbeat');
    this.clock.after(BEAT_MS, () => this.beat());
  }

  private lookHourly(): void {
    this.recorder.lookAtSubscriptions();
    this.clock.after(HOUR_MS, () => this.lookHourly());
  }

  /** From now on nothing goes wrong any more, and what went wrong is made good by people. */
  private calmDown(): void {
    this.isCalm = true;
    this.mischief.end();
    this.world.faults.clear();
    for (const name of Object.keys(this.faults) as (keyof OwnFaults)[]) this.faults[name] = 0;
    this.connector.clearFailures();
    for (const { oid } of this.options.life.people) {
      this.people.signInAgain(oid);
      if (this.recorder.isUnreachable(oid)) this.people.comeBack(oid);
    }
  }

  private lifeApi(): LifeApi {
    const { control, store } = this.graph;
    return {
      world: this.world,
      calendar: store,
      control: {
        ...control,
        setMailboxSettings: (oid, patch) => {
          control.setMailboxSettings(oid, patch);
          this.recorder.touch(oid, undefined);
        },
      },
      random: Chance.of(this.options.seed, 'life').random,
      now: () => this.clock.now(),
      wish: (wish) => this.people.wish(wish),
      kinds: kindsOf().map(({ name }) => name),
      cause: (word) => {
        this.recorder.flushTruth();
        this.recorder.cause = word;
      },
    };
  }

  async run(): Promise<History> {
    const { life, calmAt, endAt } = this.options;
    this.recorder.cause = 'there before';
    life.begin(this.lifeApi());
    for (const { oid } of [...life.people, ...this.rooms]) this.recorder.touch(oid, undefined);
    this.recorder.flushTruth();
    for (let index = 0; index < INSTANCES; index++) this.start(index);
    this.options.conditions?.onStart?.({
      graph: this.graph,
      clock: this.clock,
      token: (tenantId, oid) => this.entra.give(tenantId, oid)?.token,
    });
    this.liveOn();
    this.beat();
    this.lookHourly();
    this.mischief.begin();
    this.clock.at(calmAt, () => this.calmDown());
    this.clock.after(ROOMS_ADDED_AFTER_MS, () => this.addRooms());
    try {
      await this.scheduler.run(endAt);
      return await this.history();
    } finally {
      await this.connections.close();
      await this.owner.close();
    }
  }

  private logFor(name: string): Logger {
    const { log } = this.options;
    const silent = () => undefined;
    const write = (level: string) =>
      log
        ? (...words: unknown[]) => {
            const at = new Date(this.clock.now()).toISOString();
            log(`${at} ${name} ${level} ${words.map(inWords).join(' ')}`);
          }
        : silent;
    const made = {
      debug: silent,
      trace: silent,
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      fatal: write('fatal'),
      child: () => made,
    };
    return made as unknown as Logger;
  }

  /** The replicas of all who are watched, and what they should be. */
  private async lastLook(): Promise<Pick<History, 'replicas' | 'truths'>> {
    const feeds = await this.owner.alone(
      `select m.mailbox_id as oid, f.window_from, f.window_to from cw.mailbox m
       join cw.feed f on f.tenant_id = m.tenant_id and f.mailbox_id = m.mailbox_id and f.calendar_id = ''
       join cw.person p on p.tenant_id = m.tenant_id and p.person_id = m.person_id and p.watch = 'on'
       order by m.mailbox_id`,
    );
    const replicas: History['replicas'] = [];
    const truths: History['truths'] = [];
    for (const feed of feeds) {
      const oid = String(feed.oid);
      const [from, to] = [Number(feed.window_from), Number(feed.window_to)];
      const rows = await this.owner.alone(
        `select data from cw.event where mailbox_id = $1 and calendar_id = '' and type <> 'master'
         order by start_at, event_id`,
        [oid],
      );
      replicas.push({ oid, windowFrom: from, windowTo: to, lines: rows.map((row) => replicaLine(row.data as never)) });
      truths.push({ oid, lines: this.graph.truth(oid, from, to).map(truthLine) });
    }
    return { replicas, truths };
  }

  private async countOverdueCards(): Promise<number> {
    const [row] = await this.owner.alone('select count(*)::int as count from cw.card where update_at < $1', [
      new Date(this.clock.now() - OVERDUE_MS),
    ]);
    return Number(row?.count ?? 0);
  }

  private async history(): Promise<History> {
    const { life, seed, calmAt, startAt, trace } = this.options;
    const { recorder } = this;
    recorder.flushTruth();
    recorder.lookAtSubscriptions();
    recorder.close();
    // What is promised: another source than our own may keep to something else.
    return {
      seed,
      catchUpMs: DEFAULT_INTERVALS.catchUpMs,
      catchUpUnprovenMs: DEFAULT_INTERVALS.catchUpUnprovenMs,
      earlinessMs: EARLINESS_MS,
      people: life.people,
      startedAt: startAt,
      calmAt,
      endedAt: this.clock.now(),
      truth: recorder.truth,
      wishes: recorder.wishes,
      kinds: kindsOf(),
      wanted: await wantedBy({
        people: life.people,
        hoursOf: (oid) => life.hoursOf?.(oid),
        startedAt: startAt,
        endedAt: this.clock.now(),
        calendars: recorder.calendars,
        wishes: recorder.wishes,
        sends: recorder.sends,
        tokenTrouble: recorder.tokenTrouble,
      }),
      sends: recorder.sends,
      begun: [...recorder.begun],
      cards: recorder.cards,
      overdueCards: await this.countOverdueCards(),
      notifications: recorder.notifications,
      rooms: recorder.roomHistory,
      rules: recorder.rules,
      subscriptions: recorder.subscriptions,
      asleep: recorder.asleep,
      tokenTrouble: recorder.tokenTrouble,
      unreachable: recorder.unreachable,
      teamsErrors: recorder.teamsErrors,
      ...(await this.lastLook()),
      breaches: { ...this.graph.control.breaches, ...recorder.breaches },
      counts: { ...this.counts, ...recorder.counts },
      traceHash: trace.digest(),
    };
  }
}

function inWords(word: unknown): string {
  if (typeof word === 'string') return word;
  return JSON.stringify(word, (key, value) =>
    key === 'err' && value instanceof Error
      ? `${value.name}: ${value.message} ${(value as { code?: string }).code ?? ''}`
      : value,
  );
}
