/**
 * What ledger and pacing cost: messages a second and core, beside the bare SDK in the same run. Both are processes of
 * their own, run compiled, 64 at once, and take turns; the connector enforces Teams' limits, and a hundred tenants are so
 * many that none of them binds.
 *
 * The bare one gets the same cards as JSON: made by the product's own function for the same nudges, before the clock
 * starts. So ours is also charged for making each card, for looking at person, meeting and chat, and for its log; the
 * SDK is charged for nothing but itself. `bytesEach` shows that what arrives has the same size.
 *
 *   npm run bench -- send [rounds=8] [sends=500] [--profile]
 *
 * --profile writes CPU profiles of both processes and leaves the folder; the figures are a little worse then.
 */
import { loadavg } from 'node:os';
import { BareSender } from './support/bare-sender.ts';
import { type FleetStage, type Instance, setFleetStage, untilDrained } from './support/fleet.ts';
import { atLeast, type Bench, exactly, median, numberOf, round, type Say, Teardown } from './support/report.ts';

const LEAST_RATIO = 0.8;
const TENANTS = 100;
const CONCURRENCY = 64;
const WARM_UP_SENDS = 1_500;
const DRAIN_LIMIT_MS = 120_000;

type Contestant = 'bare' | 'ours';

interface Turn {
  sends: number;
  perSecond: number;
  /** CPU milliseconds a message. */
  botMs: number;
  postgresMs: number;
  connectorMs: number;
  bytesEach: number;
  refused: number;
}

class Race {
  private nextNudge = 0;

  constructor(
    private readonly stage: FleetStage,
    private readonly product: Instance,
    private readonly bare: BareSender,
  ) {}

  private async cpu(who: Contestant): Promise<[number, number, number]> {
    const bot = who === 'bare' ? this.bare : this.product.child;
    return Promise.all([
      this.stage.cpuMsOf({ child: bot }),
      this.stage.postgresCpuMs(),
      this.stage.cpuMsOf({ child: this.stage.connector }),
    ]);
  }

  /** For the product, nudges that wait for their release; for the bare one, messages that are made of such. */
  private async prepare(who: Contestant, sends: number): Promise<void> {
    const { ledger, connector } = this.stage;
    const firstNudge = this.nextNudge;
    this.nextNudge += sends;
    await ledger.nudges({ to: sends, firstNudge, dueAt: await ledger.now(), isHeldBack: true });
    if (who === 'bare') await this.bare.load(await ledger.takeAway());
    await connector.reset();
  }

  async turn(who: Contestant, sends: number): Promise<Turn> {
    await this.prepare(who, sends);
    const before = await this.cpu(who);
    if (who === 'bare') await this.bare.run(CONCURRENCY);
    else {
      await this.stage.ledger.release();
      if (!(await untilDrained(this.stage.ledger, DRAIN_LIMIT_MS))) throw new Error('the nudges were not all sent');
    }
    const after = await this.cpu(who);
    const report = await this.stage.connector.report();
    if (report.distinctNudges !== sends) throw new Error(`${who}: ${report.distinctNudges} of ${sends} arrived`);
    const each = (index: 0 | 1 | 2) => (after[index] - before[index]) / report.posts;
    return {
      sends: report.posts,
      perSecond: (report.posts * 1_000) / (report.lastAt - report.firstAt),
      botMs: each(0),
      postgresMs: each(1),
      connectorMs: each(2),
      bytesEach: report.bytes / report.posts,
      refused: report.refused,
    };
  }
}

const ORDERS: [Contestant, Contestant][] = [
  ['bare', 'ours'],
  ['ours', 'bare'],
];

async function setRace(say: Say, teardown: Teardown, sends: number, isProfiled: boolean): Promise<Race> {
  const stage = await setFleetStage(say, teardown, isProfiled);
  await stage.ledger.people({ tenants: TENANTS, people: Math.max(sends, WARM_UP_SENDS) }, stage.connector.serviceUrl);
  const nodeArgs = isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${stage.folder}`] : [];
  const bare = await BareSender.start(stage, nodeArgs);
  teardown.add(() => bare.stop());
  const product = await stage.startInstance('product', { nodeArgs });
  if (isProfiled) say(`profiles (the product is process ${product.child.pid}) and logs: ${stage.folder}`);
  return new Race(stage, product, bare);
}

/** On a machine that others use too, the turn that was disturbed least. */
const leastCpu = (turns: Turn[]) => Math.min(...turns.map((turn) => turn.botMs));

function summary(turns: Turn[]) {
  const of = (name: keyof Turn, digits: number) => round(median(turns.map((turn) => turn[name])), digits);
  return {
    sends: turns.reduce((sum, turn) => sum + turn.sends, 0),
    cpuMsASend: of('botMs', 3),
    leastCpuMsASend: round(leastCpu(turns), 3),
    sendsASecondAndCore: round(1_000 / median(turns.map((turn) => turn.botMs))),
    wallSendsASecond: of('perSecond', 1),
    postgresCpuMsASend: of('postgresMs', 3),
    connectorCpuMsASend: of('connectorMs', 3),
    bytesEach: of('bytesEach', 0),
    refused: turns.reduce((sum, turn) => sum + turn.refused, 0),
  };
}

export const bench: Bench = async (words, say) => {
  const teardown = new Teardown();
  try {
    const sends = numberOf(words, 'sends', 500);
    const rounds = numberOf(words, 'rounds', 8);
    const race = await setRace(say, teardown, sends, words.includes('--profile'));
    for (const who of ORDERS[0] ?? []) await race.turn(who, WARM_UP_SENDS);
    const turns: Record<Contestant, Turn[]> = { bare: [], ours: [] };
    const ratios: number[] = [];
    for (let index = 0; index < rounds; index += 1) {
      for (const who of ORDERS[index % 2] ?? []) turns[who].push(await race.turn(who, sends));
      const [bare, ours] = [turns.bare[index]?.botMs ?? Number.NaN, turns.ours[index]?.botMs ?? Number.NaN];
      ratios.push(bare / ours);
      say(
        `round ${index + 1}: bare ${round(bare, 2)} ms of CPU a send, ours ${round(ours, 2)}, ${round(bare / ours, 2)}`,
      );
    }
    const ratio = round(median(ratios), 3);
    return {
      figures: {
        tenants: TENANTS,
        concurrency: CONCURRENCY,
        bare: summary(turns.bare),
        ours: summary(turns.ours),
        ratio,
        ratios: ratios.map((one) => round(one, 2)),
        ratioOfTheBest: round(leastCpu(turns.bare) / leastCpu(turns.ours), 3),
        loadAverage: loadavg().map((one) => round(one, 1)),
      },
      targets: {
        shareOfTheBareSdk: atLeast(LEAST_RATIO, ratio),
        refused: exactly(0, summary(turns.ours).refused),
      },
    };
  } finally {
    await teardown.run(say);
  }
};
