/**
 * What watching a calendar costs: calls to Graph per mailbox and day, beside a poller that asks every five minutes. The
 * product runs in the simulation (real SQL, virtual time, two instances, no faults); the poller runs in the same world and
 * reads the same delta. A day has ten changes, of which Graph tells each three times.
 *
 * Delegated access: tokens live 60 to 90 minutes, as Entra gives them, and Graph asks for reauthorization before each
 * ends. Application access: that asking is left out (an assumption; the product itself gets application access later).
 *
 *   npm run bench -- economy [people=20] [days=5] [seed=1]
 */
import type { SandboxRequest } from '../sandbox/http.ts';
import { Chance } from '../test/simulation/chance.ts';
import { createStore, openCluster } from '../test/simulation/cluster.ts';
import { PROFILES } from '../test/simulation/faults.ts';
import type { History } from '../test/simulation/history.ts';
import { loadProduct } from '../test/simulation/product.ts';
import { Trace } from '../test/simulation/scheduler.ts';
import { Simulation, type SimulationOptions } from '../test/simulation/simulation.ts';
import { EconomyLife } from './support/economy-life.ts';
import { atLeast, atMost, type Bench, exactly, percentile, round, type Target } from './support/report.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const POLL_MS = 5 * MINUTE_MS;
const CHANGES_A_DAY = 10;
/** A Monday without a change of clocks near it. */
const START_AT = Date.UTC(2026, 5, 1);
/** The first day, with its first read of everything, is not counted. */
const COUNTED_FROM = START_AT + DAY_MS;
const TOKEN_LIFE_MS = [60 * MINUTE_MS, 90 * MINUTE_MS] as const;
const FOREVER_MS = [60 * DAY_MS, 60 * DAY_MS] as const;

type World = Parameters<NonNullable<NonNullable<SimulationOptions['conditions']>['onStart']>>[0];

/** What a call is for, by method and path. */
function kindOf(label: string): string {
  if (label.includes('/calendarView/delta')) return 'delta';
  if (label.includes('/mailboxSettings')) return 'settings';
  if (label.includes('/subscriptions')) return `subscription ${label.split(' ')[0]}`;
  return label.includes('/$batch') ? 'batch' : 'other';
}

/** Asks for the delta every five minutes; keeps when it first saw each change. */
class Poller {
  calls = 0;
  /** For each person the instants of its polls that brought something. */
  readonly brought = new Map<string, number[]>();

  constructor(
    private readonly world: World,
    people: { tenantId: string; oid: string }[],
    chance: Chance,
  ) {
    for (const person of people) {
      const phase = chance.whole(0, POLL_MS - 1);
      world.clock.after(phase, () => this.turn(person, undefined));
    }
  }

  private turn(person: { tenantId: string; oid: string }, link: URL | undefined): void {
    void this.read(person, link).then((next) =>
      this.world.clock.after(POLL_MS - (this.world.clock.now() - this.began), () => this.turn(person, next)),
    );
  }

  private began = 0;

  private async read(person: { tenantId: string; oid: string }, link: URL | undefined): Promise<URL> {
    const { graph, clock, token } = this.world;
    this.began = clock.now();
    const startedAt = clock.now();
    let target =
      link ??
      new URL(
        `https://graph.simulated.example/v1.0/users/${person.oid}/calendarView/delta?startDateTime=${new Date(START_AT - 7 * DAY_MS).toISOString()}&endDateTime=${new Date(START_AT + 60 * DAY_MS).toISOString()}`,
      );
    let rows = 0;
    for (;;) {
      const request: SandboxRequest = {
        method: 'GET',
        path: target.pathname,
        query: target.searchParams,
        headers: { authorization: `Bearer ${token(person.tenantId, person.oid) ?? ''}` },
        body: '',
      };
      if (startedAt >= COUNTED_FROM) this.calls += 1;
      const answer = (await graph.handler(request)).body as {
        value?: unknown[];
        '@odata.nextLink'?: string;
        '@odata.deltaLink'?: string;
      };
      rows += answer.value?.length ?? 0;
      const next = answer['@odata.nextLink'] ?? answer['@odata.deltaLink'];
      if (!next) return target;
      target = new URL(next);
      if (answer['@odata.deltaLink']) break;
    }
    if (rows > 0) this.brought.set(person.oid, [...(this.brought.get(person.oid) ?? []), clock.now()]);
    return target;
  }
}

interface Told {
  /** From a move or a cancellation to the message about it. */
  delays: number[];
  /** How many of them the poller, by the luck of its phase, would have seen sooner, and by how much at most. */
  soonerByPoller: number;
  soonerByMostMs: number;
}

/** Compares when each told change was told, and when the poller had it. */
function whenTold(history: History, poller: Poller): Told {
  const told: Told = { delays: [], soonerByPoller: 0, soonerByMostMs: 0 };
  for (const send of history.sends) {
    if (send.kind !== 'change' || !send.stored || send.at < COUNTED_FROM) continue;
    // The last change of that calendar before the message is the one it tells: changes here are minutes apart.
    const cause = history.truth.filter((entry) => entry.oid === send.oid && entry.at <= send.at).at(-1);
    if (!cause) continue;
    told.delays.push(send.at - cause.at);
    const polled = poller.brought.get(send.oid)?.find((at) => at >= cause.at);
    if (polled === undefined || polled >= send.at) continue;
    told.soonerByPoller += 1;
    told.soonerByMostMs = Math.max(told.soonerByMostMs, send.at - polled);
  }
  return told;
}

interface Run {
  perDay: number;
  byKind: Record<string, number>;
  pollerPerDay: number;
  told: Told;
  changes: number;
  notifications: number;
}

async function live(access: 'delegated' | 'application', people: number, days: number, seed: number): Promise<Run> {
  const product = await loadProduct();
  const cluster = await openCluster();
  const store = await createStore(cluster, product);
  const life = new EconomyLife({ people, startAt: START_AT, days, changesADay: CHANGES_A_DAY, seed });
  const endAt = START_AT + days * DAY_MS;
  const counts: Record<string, number> = {};
  let poller: Poller | undefined;
  try {
    const simulation = new Simulation({
      seed,
      product,
      profile: PROFILES.none,
      life,
      startAt: START_AT,
      calmAt: endAt,
      endAt,
      store,
      trace: new Trace(),
      conditions: {
        tokenLifeMs: access === 'delegated' ? TOKEN_LIFE_MS : FOREVER_MS,
        lifecycleTimers: access === 'delegated',
        echoes: 2,
        onCall: (label, at) => {
          if (at >= COUNTED_FROM) counts[kindOf(label)] = (counts[kindOf(label)] ?? 0) + 1;
        },
        onStart: (world) => {
          poller = new Poller(world, life.people, Chance.of(seed, 'poller'));
        },
      },
    });
    const history = await simulation.run();
    const mailboxDays = people * (days - 1);
    const each = (count: number) => round(count / mailboxDays, 2);
    return {
      perDay: each(Object.values(counts).reduce((sum, one) => sum + one, 0)),
      byKind: Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, each(count)])),
      pollerPerDay: each((poller as unknown as Poller).calls),
      told: whenTold(history, poller as unknown as Poller),
      changes: each(history.truth.filter((entry) => entry.at >= COUNTED_FROM).length),
      notifications: each(history.notifications.filter((one) => one.at >= COUNTED_FROM).length),
    };
  } finally {
    await store.drop();
    await cluster.stop();
  }
}

export const bench: Bench = async (words, say) => {
  const given = (name: string, standard: number) =>
    Number(words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? standard);
  const [people, days, seed] = [given('people', 20), given('days', 5), given('seed', 1)];
  const figures: Record<string, unknown> = { people, days, seed };
  const targets: Record<string, Target> = {};
  for (const [access, times] of [
    ['delegated', 8],
    ['application', 12],
  ] as const) {
    const run = await live(access, people, days, seed);
    const fewer = round(run.pollerPerDay / run.perDay, 2);
    say(`${access}: ${run.perDay} calls a mailbox and day, a poller ${run.pollerPerDay}: ${fewer} times fewer`);
    say(`  ${JSON.stringify(run.byKind)}; ${run.changes} changes, ${run.notifications} notifications`);
    const p99Ms = percentile(run.told.delays, 0.99);
    figures[access] = {
      callsADay: run.perDay,
      byKind: run.byKind,
      pollerCallsADay: run.pollerPerDay,
      timesFewer: fewer,
      changesADay: run.changes,
      notificationsADay: run.notifications,
      told: run.told.delays.length,
      toldP50Ms: percentile(run.told.delays, 0.5),
      toldP99Ms: p99Ms,
      toldMostMs: Math.max(...run.told.delays),
      soonerByPoller: run.told.soonerByPoller,
      soonerByMostMs: run.told.soonerByMostMs,
    };
    targets[`${access}.timesFewer`] = atLeast(times, fewer);
    // A poller promises five minutes and no less; that its phase may fall right after a change is luck.
    targets[`${access}.toldLaterThanAPollerPromises`] = exactly(
      0,
      run.told.delays.filter((delay) => delay > POLL_MS).length,
    );
    targets[`${access}.toldP99Ms`] = atMost(10_000, p99Ms);
  }
  return { figures, targets };
};
