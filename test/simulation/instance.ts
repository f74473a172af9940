/** One instance of the product: its engine and loops, its services, and what it answers to Graph. */
import type { PostAnswer } from '../../sandbox/graph/post.ts';
import type { SandboxHandler, SandboxResponse } from '../../sandbox/http.ts';
import type { World } from '../../sandbox/world.ts';
import type { Services } from '../../src/bot/services.ts';
import type { DatabaseClock } from '../../src/clock.ts';
import type { Engine, Job, JobName } from '../../src/engine.ts';
import type { Access } from '../../src/graph/port.ts';
import type { Logger } from '../../src/log.ts';
import type { Loop } from '../../src/loop.ts';
import type { Chance } from './chance.ts';
import { createSimChannel } from './channel-port.ts';
import type { SimClock } from './clock.ts';
import { type Connections, SimDatabase, type Statement } from './database.ts';
import { KeptTokens, type SimEntra } from './entra.ts';
import type { OwnFaults } from './faults.ts';
import { createSimCaller } from './graph-port.ts';
import type { Send } from './history.ts';
import type { SimHost } from './host.ts';
import { createSimOutgoing } from './outgoing.ts';
import type { Product } from './product.ts';
import type { Post, Recorder } from './recorder.ts';
import type { Scheduler, Trace } from './scheduler.ts';
import { TeamsWire } from './teams-wire.ts';

export const PUBLIC_URL = 'https://watch.simulated.example';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Without a poke a loop rests for ever: what is due is known from the database (due-work.ts). */
const NEVER_MS = 3_000 * DAY_MS;
const CONCURRENCY: Record<string, number> = { nudges: 64, sync: 12, care: 6, cards: 12, replans: 4, errands: 16 };
/** What is run by the clock, and how often; unknown jobs each minute. */
const BY_CLOCK_MS: Record<string, number> = {
  retention: DAY_MS,
  // So few people make no storm, and nobody here has another way than Teams.
  storms: 60 * MINUTE_MS,
  otherWays: DAY_MS,
  // Nobody watches a group here.
  groups: DAY_MS,
};
export const DUE_JOBS = ['sync', 'care', 'nudges', 'missed', 'cards', 'replans', 'errands'] as const;
export type DueJob = (typeof DUE_JOBS)[number];
/** Of all instances one beats (simulation.ts). */
const WOKEN_FROM_OUTSIDE: readonly string[] = [...DUE_JOBS, 'heartbeat'];
/** So often a poke of the product's own is heard. Without it the work is found as by a poll, half a second later. */
const POKES_HEARD = 0.5;

export interface Surroundings {
  product: Product;
  clock: SimClock;
  scheduler: Scheduler;
  trace: Trace;
  world: World;
  graph: SandboxHandler;
  connector: {
    handler: SandboxHandler;
    position(): number;
    /** Of the message that was posted or changed last. */
    lastId(): string | undefined;
    failNext(id: string, code: string): void;
  };
  entra: SimEntra;
  recorder: Recorder;
  connections: Connections;
  /** Sees behind the walls between tenants. */
  owner: Connections;
  faults: OwnFaults;
  latency: Chance;
  mischief: Chance;
  /** Something was committed that may be due work. */
  committed(statements: Statement[]): void;
  /** A call reached Graph. */
  onCall(label: string): void;
  /** A job had work to do. */
  progress(job: string): void;
  /** Opens and seals what is secret. */
  vault: InstanceType<Product['Vault']>;
  /** Teams stored a message. */
  delivered(send: Send): void;
  /** Teams does not want messages for this person any more. */
  refused(oid: string): void;
  log(host: string): Logger;
}

/** Who acts as the application itself is nobody: then the token is the tenant's. */
const keptAs = ({ personId, tenantId }: Pick<Access, 'personId' | 'tenantId'>) => personId || tenantId;

export class Instance {
  readonly services: Services;
  private readonly database: SimDatabase;
  private readonly engine: Engine;
  private readonly loops = {} as Record<string, Loop>;
  /** Jobs that have a reason to ask for work. */
  private readonly woken = new Set<string>(DUE_JOBS);
  private readonly log: Logger;
  private readonly time: DatabaseClock;
  private readonly newId: () => string;

  constructor(
    readonly host: SimHost,
    private readonly around: Surroundings,
    chance: Chance,
  ) {
    const { product, clock, scheduler, connections, faults, trace, recorder, mischief } = around;
    this.log = around.log(host.name);
    this.newId = () => chance.uuid();
    this.database = new SimDatabase({
      scheduler,
      clock,
      connections,
      chance: mischief,
      faults,
      trace,
      host,
      committed: around.committed,
    });
    this.time = new product.DatabaseClock(() => this.askTime(), host.machine);
    const tokens = new KeptTokens(clock);
    const wire = {
      carry: (label: string, send: () => SandboxResponse | Promise<SandboxResponse>) => this.toGraph(label, send),
      after: (delayMs: number, run: () => void) => host.after(delayMs, run),
      now: () => this.time.now(),
    };
    const graph = product.createGraph(
      createSimCaller({
        handler: around.graph,
        wire,
        token: (access) => tokens.fresh(keptAs(access)) ?? this.newToken(tokens, access),
        dropToken: (access) => tokens.drop(keptAs(access)),
        toFailure: product.toFailure,
        isUnauthorized: (failure) => failure instanceof product.GraphFailure && failure.kind === 'unauthorized',
      }),
    );
    const teams = new TeamsWire(host, around, () => this.time.now());
    const channel = createSimChannel({ handler: around.connector.handler, wire: teams, product });
    const random = () => chance.random();
    const poke = (job: string) => {
      if (chance.hits(POKES_HEARD)) this.poke(job);
    };
    const intervals = product.DEFAULT_INTERVALS;
    const newSecret = () => `${chance.uuid()}${chance.uuid()}`;
    const common = {
      intervals,
      database: this.database,
      clock: this.time,
      log: this.log,
      graph,
      travel: product.roughProvider,
      newId: this.newId,
      random,
      poke,
    };
    const log = this.log;
    const followers = product.createFollowers({
      clock: this.time,
      log,
      publicUrl: PUBLIC_URL,
      newId: this.newId,
      newSecret,
    });
    const outgoing = createSimOutgoing({ host, around });
    this.engine = product.createEngine({
      ...common,
      channel,
      followers,
      errands: product.createErrands({
        ...common,
        channel,
        outgoing,
        vault: around.vault,
        ways: {},
        publicUrl: PUBLIC_URL,
      }),
      render: (nudge, person, now) => {
        const message = product.renderNudge(nudge, person, now);
        recorder.rendersFor(nudge, nudge.personId, message);
        return message;
      },
      kinds: product.RENDERED_KINDS,
      charge: () => undefined,
      ways: {},
      waysPerMinute: { email: 60, sms: 60 },
      instanceId: this.newId(),
      sendsPerSecond: 100,
      publicUrl: PUBLIC_URL,
      dropToken: (partition) => tokens.drop(partition.personId),
      tokenUntil: (partition) => tokens.until(partition.personId),
      newSecret,
    });
    this.services = {
      ...common,
      followers,
      channel,
      tokens: {
        get: async (access: Access) => tokens.fresh(keptAs(access)) ?? this.newToken(tokens, access),
        drop: (access: Access) => tokens.drop(keptAs(access)),
      } as unknown as Services['tokens'],
      signIn: { begin: async () => `${PUBLIC_URL}/sign-in` } as unknown as Services['signIn'],
      application: { permissions: async () => [] },
      admins: { prove: async (_who: unknown, wasAdmin: boolean) => wasAdmin },
      // Nothing is sent but by Teams here.
      ways: {},
      publicUrl: PUBLIC_URL,
      newCode: () => '000000',
      newSecret,
      vault: around.vault,
    };
    this.buildLoops(chance);
  }

  private buildLoops(chance: Chance): void {
    const { product, progress } = this.around;
    for (const name of Object.keys(this.engine.jobs)) {
      const job = this.engine.jobs[name as JobName] as Job<unknown>;
      this.loops[name] = product.createLoop<unknown>({
        name,
        concurrency: CONCURRENCY[name] ?? 1,
        pollMs: NEVER_MS,
        clock: this.time,
        log: this.log,
        claim: async (most) => {
          // A loop asks after each piece of work, too: nearly always in vain, and a vain question costs as much.
          if (DUE_JOBS.includes(name as DueJob) && !this.woken.delete(name)) return [];
          const asked = Math.min(most, chance.whole(1, 12));
          const claimed = await job.claim(asked);
          if (claimed.length > 0) progress(name);
          if (claimed.length >= asked) this.woken.add(name);
          return claimed;
        },
        work: (piece) => job.work(piece),
      });
    }
  }

  async start(): Promise<void> {
    await this.time.measure();
    for (const [name, loop] of Object.entries(this.loops)) {
      loop.start();
      if (!WOKEN_FROM_OUTSIDE.includes(name)) this.byTheClock(loop, BY_CLOCK_MS[name] ?? MINUTE_MS);
    }
  }

  poke(job: string): void {
    this.woken.add(job);
    this.loops[job]?.poke();
  }

  die(): void {
    this.host.isDead = true;
    this.around.scheduler.drop(this.host);
    this.database.abandon();
  }

  standStill(): void {
    this.host.isPaused = true;
    this.database.freeze();
  }

  /** What Graph posts, with the HTTP taken away. */
  async receive(url: URL, body: string, post: Post): Promise<PostAnswer> {
    const { product, recorder } = this.around;
    const handshake = url.search ? product.validationAnswer(url.search.slice(1)) : undefined;
    if (handshake)
      return {
        status: handshake.status,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: handshake.text,
      };
    const newId = () => {
      const id = this.newId();
      recorder.named(post, id);
      return id;
    };
    const endpoint = url.pathname.endsWith('/lifecycle') ? 'lifecycle' : 'notifications';
    const { status } = await product.receiveBody({ inbox: this.engine.inbox, log: this.log, newId }, endpoint, body);
    return { status, headers: {}, body: '' };
  }

  private byTheClock(loop: Loop, everyMs: number): void {
    this.host.after(everyMs, () => {
      loop.poke();
      this.byTheClock(loop, everyMs);
    });
  }

  private askTime(): Promise<number> {
    const { scheduler, clock } = this.around;
    return new Promise((resolve) => {
      const run = () => {
        const now = clock.now();
        return () => resolve(now);
      };
      scheduler.add({ host: this.host, kind: 'clock', label: 'now', run });
    });
  }

  private newToken(tokens: KeptTokens, access: Access): Promise<string> {
    const { scheduler, clock, latency, entra, product } = this.around;
    const { host } = this;
    return new Promise((resolve, reject) => {
      const ask = () => {
        try {
          const given = entra.give(access.tenantId, access.personId);
          if (given) return () => resolve(tokens.keep(keptAs(access), given));
          return () => reject(new product.CalendarWatchError('RECONNECT_NEEDED', 'there is no way to a token'));
        } catch (cause) {
          return () => reject(new product.CalendarWatchError('ENTRA_UNAVAILABLE', 'Entra is ill', { cause }));
        }
      };
      const run = () => {
        const told = ask();
        clock.after(latency.between(20, 400), () =>
          scheduler.add({ host, kind: 'answer', label: 'token', run: () => told }),
        );
        return () => undefined;
      };
      scheduler.add({ host, kind: 'token', label: access.personId, run });
    });
  }

  /** A request at the server is one step, its answer another. */
  private toGraph(label: string, send: () => SandboxResponse | Promise<SandboxResponse>): Promise<SandboxResponse> {
    const { scheduler, clock, latency, mischief, faults, recorder } = this.around;
    const { host } = this;
    return new Promise((resolve) => {
      const answered = (response: SandboxResponse) => {
        if (label.includes('/subscriptions')) recorder.lookAtSubscriptions();
        if (lost) return;
        clock.after(latency.between(10, 400), () =>
          scheduler.add({ host, kind: 'answer', label: `${response.status}`, run: () => () => resolve(response) }),
        );
      };
      let lost = false;
      const run = () => {
        recorder.counts.graphCalls += 1;
        this.around.onCall(label);
        lost = mischief.hits(faults['graph.noAnswer']);
        if (lost && mischief.hits(0.5)) return () => undefined;
        recorder.byTheBot(label, send).then(answered, (error: unknown) => {
          scheduler.failure = error;
        });
        return () => undefined;
      };
      scheduler.add({ host, kind: 'graph', label, run, mayOutlive: true });
    });
  }
}
