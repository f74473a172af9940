/**
 * Any number of identical processes on one PostgreSQL: the same work (reminders of 400 tenants, all due at one moment)
 * done by 1, 2 and 4 of them, with the CPU of a message; and then 4 of them, of which one is killed every ten seconds and
 * started again, while reminders become due in waves: none may be lost, and none told twice unless the ledger knows why
 * (rows 1 and 2 of the scoreboard).
 *
 *   npm run bench -- instances [sends=2000] [answerMs=0] [seconds=60] [rate=60]
 *
 * `sends` for each number of processes; `seconds` and `rate` of the run with kills; `answerMs`: how long the connector
 * takes.
 */
import { loadavg } from 'node:os';
import { type FleetStage, type Instance, setFleetStage, untilDrained } from './support/fleet.ts';
import { KILL_EVERY_MS, KilledFleet } from './support/killed-fleet.ts';
import { atLeast, type Bench, exactly, numberOf, percentile, round, type Say, Teardown } from './support/report.ts';

const TENANTS = 400;
const SIZES = [1, 2, 4];
const WARM_UP_SENDS = 1_000;
/** Until then what is due in waves has been written. */
const FIRST_WAVE_IN_MS = 8_000;
const DRAIN_LIMIT_MS = 300_000;
/** A killed process's work comes back by its lease. */
const LEASE_MS = 30_000;
/** Kills come every ten seconds: each meets a wave at another moment of its life. */
const WAVE_MS = 1_300;
/** So long Teams is said to take; by it a kill meets more that is under way. */
const KILLED_ANSWER_MS = 300;
const STALE_MS = 2_000;

interface Run {
  processes: number;
  sends: number;
  perSecond: number;
  cpuMsASend: { processes: number; postgres: number; connector: number };
  refused: number;
  repeated: number;
}

class Work {
  private nextNudge = 0;

  constructor(private readonly stage: FleetStage) {}

  /** Nudges that are due already and wait for their release. */
  private async prepare(sends: number): Promise<void> {
    const { ledger, connector } = this.stage;
    await connector.reset();
    await ledger.nudges({ to: sends, firstNudge: this.nextNudge, dueAt: await ledger.now(), isHeldBack: true });
    this.nextNudge += sends;
  }

  private async cpu(instances: Instance[]): Promise<[number, number, number]> {
    const { connector, postgresCpuMs, cpuMsOf } = this.stage;
    const each = await Promise.all(instances.map(cpuMsOf));
    const processes = each.reduce((sum, one) => sum + one, 0);
    return [processes, await postgresCpuMs(), await cpuMsOf({ child: connector })];
  }

  async run(instances: Instance[], sends: number): Promise<Run> {
    await this.prepare(sends);
    const before = await this.cpu(instances);
    await this.stage.ledger.release();
    if (!(await untilDrained(this.stage.ledger, DRAIN_LIMIT_MS))) throw new Error('the nudges were not all sent');
    const after = await this.cpu(instances);
    const report = await this.stage.connector.report();
    if (report.distinctNudges !== sends) throw new Error(`${report.distinctNudges} of ${sends} arrived`);
    const each = (index: 0 | 1 | 2) => round((after[index] - before[index]) / sends, 2);
    return {
      processes: instances.length,
      sends,
      perSecond: round((sends * 1_000) / (report.lastAt - report.firstAt), 1),
      cpuMsASend: { processes: each(0), postgres: each(1), connector: each(2) },
      refused: report.refused,
      repeated: report.repeated.length,
    };
  }
}

async function scale(stage: FleetStage, words: string[], say: Say): Promise<{ runs: Run[]; instances: Instance[] }> {
  const sends = numberOf(words, 'sends', 2_000);
  const people = Math.max(sends, WARM_UP_SENDS * Math.max(...SIZES));
  await stage.connector.set({ answerAfterMs: numberOf(words, 'answerMs', 0) });
  await stage.ledger.people({ tenants: TENANTS, people }, stage.connector.serviceUrl);
  const work = new Work(stage);
  const instances: Instance[] = [];
  const runs: Run[] = [];
  for (const size of SIZES) {
    while (instances.length < size) instances.push(await stage.startInstance(`product-${instances.length + 1}`));
    await work.run(instances, WARM_UP_SENDS * size);
    const run = await work.run(instances, sends);
    runs.push(run);
    const { processes, postgres } = run.cpuMsASend;
    say(`${size}: ${run.perSecond} a second, CPU a send ${processes} ms + PostgreSQL ${postgres} ms`);
  }
  return { runs, instances };
}

/** Rows 1 and 2, and how long the last ones had to wait. */
async function killAndCount(stage: FleetStage, instances: Instance[], words: string[], say: Say) {
  const { ledger, connector } = stage;
  const seconds = numberOf(words, 'seconds', 60);
  const rate = numberOf(words, 'rate', 60);
  const people = seconds * rate;
  await ledger.people({ tenants: TENANTS, people }, connector.serviceUrl);
  await connector.set({ answerAfterMs: KILLED_ANSWER_MS });
  const dueAt = (await ledger.now()) + FIRST_WAVE_IN_MS;
  const size = Math.round((rate * WAVE_MS) / 1_000);
  await connector.reset();
  await ledger.nudges({ dueAt, waves: { size, everyMs: WAVE_MS } });
  const fleet = new KilledFleet(stage, instances, say);
  fleet.start();
  const isDrained = await untilDrained(ledger, seconds * 1_000 + 2 * LEASE_MS + DRAIN_LIMIT_MS);
  await fleet.stop();
  // What an instance without a lease may still have under way.
  await new Promise((done) => setTimeout(done, STALE_MS));
  const report = await connector.report();
  const { states, ambiguous, attempts } = await ledger.outcome();
  const known = await ledger.ambiguousNudges();
  const unexplained = report.repeated.reduce(
    (sum, [nudge, times]) => sum + Math.max(0, times - 1 - (known.get(nudge) ?? 0)),
    0,
  );
  const dueOf = (nudge: number) => dueAt + Math.floor(nudge / size) * WAVE_MS;
  const lateMs = (await connector.deliveries()).map(({ nudge, at }) => at - dueOf(nudge));
  return {
    nudges: people,
    kills: fleet.kills,
    failedStarts: stage.failedStarts.length,
    isDrained,
    states,
    attempts,
    messages: report.posts,
    ambiguousSends: ambiguous,
    ambiguousDuplicates: report.posts - report.distinctNudges - unexplained,
    unexplainedDuplicates: unexplained,
    lost: people - report.distinctNudges,
    refused: report.refused,
    lateSeconds: {
      p50: round(percentile(lateMs, 0.5) / 1_000, 1),
      p99: round(percentile(lateMs, 0.99) / 1_000, 1),
      most: round(percentile(lateMs, 1) / 1_000, 1),
    },
  };
}

const ratioTo = (runs: Run[], of: (run: Run) => number) => {
  const [first] = runs;
  return runs.map((run) => round(of(run) / (first ? of(first) : Number.NaN), 2));
};

export const bench: Bench = async (words, say) => {
  const teardown = new Teardown();
  try {
    const stage = await setFleetStage(say, teardown);
    const { runs, instances } = await scale(stage, words, say);
    const killed = await killAndCount(stage, instances, words, say);
    const leastKills = Math.floor((numberOf(words, 'seconds', 60) * 1_000) / KILL_EVERY_MS) - 1;
    return {
      figures: {
        tenants: TENANTS,
        runs,
        throughputToOne: ratioTo(runs, (run) => run.perSecond),
        cpuASendToOne: ratioTo(runs, (run) => run.cpuMsASend.processes + run.cpuMsASend.postgres),
        killed,
        loadAverage: loadavg().map((one) => round(one, 1)),
      },
      targets: {
        repeatedWithoutKills: exactly(
          0,
          runs.reduce((sum, run) => sum + run.repeated, 0),
        ),
        refused: exactly(
          0,
          runs.reduce((sum, run) => sum + run.refused, killed.refused),
        ),
        kills: atLeast(leastKills, killed.kills),
        // Kills that meet nothing prove nothing.
        sendsInterrupted: atLeast(1, killed.ambiguousSends),
        nudgesLost: exactly(0, killed.lost),
        unexplainedDuplicates: exactly(0, killed.unexplainedDuplicates),
        notSentByTheLedger: exactly(0, killed.nudges - (killed.states.sent ?? 0)),
      },
    };
  } finally {
    await teardown.run(say);
  }
};
