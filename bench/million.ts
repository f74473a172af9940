/**
 * A Monday of 1,000,000 people in 50 tenants, by the formulas of delivery and without a database
 * (support/storm-model.ts), with fleets of several sizes; then what one look for storms, and a send, cost a real
 * PostgreSQL, at sizes that this machine holds. docs/scale.md says what follows from both.
 *
 *   npm run bench -- million [rows=100000] [instances=16,17,18,24]
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuMsOfServer } from './support/cpu.ts';
import { atMost, type Bench, exactly, numberOf, percentile, round, type Say, Teardown } from './support/report.ts';
import { ScaleDatabase } from './support/scale-database.ts';
import { type Outcome, type Pace, play, type Scene } from './support/storm-model.ts';

const PEOPLE = 1_000_000;
const TENANTS = 50;
const HOUR_S = 3_600;
const LEAD_S = 600;
const EARLY_S = 480;
const PER_INSTANCE = 100;
/** What a message that nobody hurries takes from its slot to Teams, and some more. */
const UNHURRIED_S = 1;
const PACE: Pace = { tenantPerSecond: 48, stormPerSecond: 47, lookEveryS: 10, aheadS: 600, latencyS: 0.3 };
/** A look comes every ten seconds. */
const LOOK_LIMIT_MS = 10_000;
const SEND_FOR_MS = 10_000;

/** Assumed, not measured: four meetings a person, 40 % of them at nine or ten, the rest at every half hour until six. */
const MEETINGS_A_PERSON = 4;
const SHARE_AT_NINE_AND_TEN = 0.4;

function monday(): Scene['meetings'] {
  const busy = [9, 10];
  const starts = Array.from({ length: 20 }, (_, index) => 8 + index / 2);
  const others = starts.filter((hour) => !busy.includes(hour));
  const of = (hours: number[], share: number) =>
    hours.map((hour) => ({ startAt: hour * HOUR_S, share: (MEETINGS_A_PERSON * share) / hours.length }));
  return [...of(busy, SHARE_AT_NINE_AND_TEN), ...of(others, 1 - SHARE_AT_NINE_AND_TEN)];
}

const equal = () => Array.from({ length: TENANTS }, () => PEOPLE / TENANTS);

/** The second has half as many as the first, the third a third: as sizes of organisations are. */
function uneven(): number[] {
  const sum = Array.from({ length: TENANTS }, (_, index) => 1 / (index + 1)).reduce((all, one) => all + one, 0);
  return Array.from({ length: TENANTS }, (_, index) => Math.round(PEOPLE / (index + 1) / sum));
}

function figuresOf(outcome: Outcome) {
  const early = [...outcome.early.filter((one) => one > 0)];
  return {
    reminders: outcome.reminders,
    earlyBeyondWindow: outcome.early.filter((one) => one > EARLY_S + 1e-6).length,
    earlyP50S: round(percentile(early, 0.5)),
    earlyMaxS: round(percentile(early, 1)),
    late: outcome.late.filter((one) => one > UNHURRIED_S).length,
    lateMaxS: round(
      outcome.late.reduce((most, one) => Math.max(most, one), 0),
      1,
    ),
    afterStart: outcome.afterStart,
    mostPerSecond: outcome.mostPerSecond,
    mostInView: outcome.mostInView,
  };
}

function simulate(tenants: number[], instances: number) {
  return figuresOf(
    play({ tenants, meetings: monday(), leadS: LEAD_S, earlyS: EARLY_S, instances, perInstance: PER_INSTANCE }, PACE),
  );
}

async function measure(rows: number, teardown: Teardown, say: Say) {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-watch-bench-'));
  // As root, PostgreSQL runs as another user, who must be able to walk in.
  await chmod(folder, 0o755);
  teardown.add(() => rm(folder, { recursive: true, force: true }));
  const database = await ScaleDatabase.start(join(folder, 'data'));
  teardown.add(() => database.stop());
  await database.settle(rows, TENANTS);
  const fleet = 24 * PER_INSTANCE;
  const looks: Record<string, unknown>[] = [];
  for (const size of [rows / 10, rows / 3, rows].map(Math.floor)) {
    await database.plan(size, 540);
    const first = await database.look(fleet);
    const second = await database.look(fleet);
    looks.push({
      rows: size,
      firstMs: round(first.ms),
      moved: first.moved,
      againMs: round(second.ms),
      movedAgain: second.moved,
    });
    say(`a look at ${size} rows: ${round(first.ms)} ms, again ${round(second.ms)} ms`);
  }
  const bytes = { nudge: await database.bytesEach('nudge') };
  await database.plan(rows, 0);
  const pid = await database.backendPid();
  const cpuBefore = await cpuMsOfServer(pid);
  const { sent, claimMs, ms } = await database.sendAll(SEND_FOR_MS);
  const sends = {
    sent,
    perSecond: round((sent * 1_000) / ms),
    claimMsEach: round(claimMs / sent, 3),
    postgresCpuMsEach: round(((await cpuMsOfServer(pid)) - cpuBefore) / sent, 3),
  };
  say(`sends by one connection: ${sends.perSecond}/s`);
  return {
    looks,
    sends,
    bytesEach: {
      ...bytes,
      person: await database.bytesEach('person'),
      conversation: await database.bytesEach('conversation'),
      card: await database.bytesEach('card'),
    },
  };
}

export const bench: Bench = async (words, say) => {
  const teardown = new Teardown();
  try {
    const rows = numberOf(words, 'rows', 100_000);
    const list = words.find((one) => one.startsWith('instances='))?.slice('instances='.length) ?? '12,16,17,18,24';
    const fleets: Record<string, ReturnType<typeof figuresOf>> = {};
    for (const instances of list.split(',').map(Number)) {
      const one = simulate(equal(), instances);
      fleets[instances] = one;
      say(`${instances} instances: ${one.late} late (at most ${one.lateMaxS} s), most a second ${one.mostPerSecond}`);
    }
    const enough = Object.entries(fleets).find(([, one]) => one.late === 0);
    const largest = simulate(uneven(), 24);
    const postgres = rows > 0 ? await measure(rows, teardown, say) : undefined;
    const slowest = Math.max(0, ...(postgres?.looks.map((one) => Number(one.firstMs)) ?? []));
    return {
      figures: {
        people: PEOPLE,
        tenants: TENANTS,
        fleets,
        instancesNeeded: Number(enough?.[0] ?? Number.NaN),
        uneven: { largestTenants: uneven().slice(0, 5), instances: 24, ...largest },
        postgres,
      },
      targets: {
        earlyBeyondWindow: exactly(
          0,
          Object.values(fleets).reduce((sum, one) => sum + one.earlyBeyondWindow, 0),
        ),
        late: exactly(0, enough?.[1].late ?? Number.NaN),
        lookMs: atMost(LOOK_LIMIT_MS, slowest),
      },
    };
  } finally {
    await teardown.run(say);
  }
};
