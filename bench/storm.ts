/**
 * 20,000 people have a meeting at one time and are to be reminded ten minutes before, by up to eight minutes earlier:
 * once all in one tenant, once spread over 400. One process of the product as it is shipped, its durable PostgreSQL, and
 * a connector that enforces Teams' limits, each in a process of its own. Meanwhile one in a hundred asks the bot
 * something. A JSON line for each scenario, and one for all at the end.
 *
 *   npm run bench -- storm [people=20000] [only=1|400] [fleet=100]
 */
import { SENDS_PER_SECOND } from '../src/delivery/dispatcher.ts';
import { EARLINESS_MS } from '../src/nudges/settings.ts';
import { startChatter } from './support/chatter.ts';
import type { ConnectorReport, Delivery } from './support/connector-count.ts';
import { type FleetStage, setFleetStage } from './support/fleet.ts';
import {
  atLeast,
  atMost,
  type Bench,
  below,
  exactly,
  numberOf,
  percentile,
  type Result,
  round,
  type Say,
  type Target,
  Teardown,
} from './support/report.ts';
import { watchUntilDrained } from './support/watch-ledger.ts';

/** Seen by a look before the first may be sent; the rest is for the ledger to be written. */
const AHEAD_MS = EARLINESS_MS + 75_000;
const LATEST_MS = 3 * 60_000;
const LOOK_EVERY_MS = 1_000;
const WHO_ASK = 0.01;
const TEAMS_PER_SECOND = 50;
const USED_AT_LEAST = 0.95;
const REFUSED_BELOW = 0.001;
/** What a message that nobody hurries takes from its moment to Teams: the poll, and the send. */
const UNHURRIED_MS = 1_000;

interface Scenario {
  people: number;
  tenants: number;
  /** SENDS_PER_SECOND of the instance: what a storm over many tenants is spread by. */
  fleet: number;
}

interface Played {
  dueAt: number;
  report: ConnectorReport;
  deliveries: Delivery[];
  figures: Record<string, unknown>;
}

async function play(
  stage: FleetStage,
  { people, tenants, fleet }: Scenario,
  teardown: Teardown,
  say: Say,
): Promise<Played> {
  const { ledger, connector } = stage;
  const chatter = await startChatter();
  teardown.add(() => chatter.stop());
  await ledger.people({ tenants, people }, connector.serviceUrl);
  const env = { SENDS_PER_SECOND: String(fleet), ...chatter.environment };
  const product = await stage.startInstance(`product-${tenants}`, { env });
  const dueAt = (await ledger.now()) + AHEAD_MS;
  await ledger.nudges({ dueAt });
  await connector.reset();
  const now = await ledger.now();
  if (now > dueAt - EARLINESS_MS) throw new Error('the ledger was not written before the first may be sent');
  const spreadOverS = people / Math.min(fleet, tenants * SENDS_PER_SECOND);
  say(
    `${people} reminders in ${tenants} tenants, due in ${round((dueAt - now) / 1_000)} s, ${round(spreadOverS)} s of work`,
  );
  const cpuBefore = { product: await stage.cpuMsOf(product), postgres: await stage.postgresCpuMs() };
  const asking = chatter.talk({
    port: product.port,
    botId: connector.environment.BOT_ID ?? '',
    serviceUrl: connector.serviceUrl,
    crowd: { people, tenants },
    count: Math.round(people * WHO_ASK),
    forMs: dueAt - now,
  });
  const limitMs = dueAt - now + LATEST_MS;
  const watched = await watchUntilDrained(ledger, { everyMs: LOOK_EVERY_MS, limitMs, say });
  const cpu = {
    product: (await stage.cpuMsOf(product)) - cpuBefore.product,
    postgres: (await stage.postgresCpuMs()) - cpuBefore.postgres,
  };
  const asked = await asking;
  const { states, attempts, ambiguous } = await ledger.outcome();
  const [report, deliveries] = [await connector.report(), await connector.deliveries()];
  await product.stop();
  return {
    dueAt,
    report,
    deliveries,
    figures: {
      states,
      attempts,
      ambiguous,
      mostClaimed: watched.mostClaimed,
      questions: asked.asked,
      questionsFailed: asked.failed,
      answers: deliveries.filter(({ nudge }) => nudge < 0).length,
      answeredP50Ms: round(percentile(asked.tookMs, 0.5)),
      answeredP99Ms: round(percentile(asked.tookMs, 0.99)),
      cpuMsEach: { product: round(cpu.product / people, 2), postgres: round(cpu.postgres / people, 2) },
    },
  };
}

/** All calls while there was work, against what the tenant, or the instance, may make in that time. */
function shareUsed(deliveries: Delivery[], updates: number, perSecond: number): number {
  const nudges = deliveries.filter(({ nudge }) => nudge >= 0);
  const [first, last] = [nudges[0]?.at ?? 0, nudges.at(-1)?.at ?? 0];
  const calls = deliveries.filter(({ at }) => at >= first && at <= last).length + updates;
  return round(calls / (((last - first) / 1_000) * perSecond), 3);
}

function judge(scenario: Scenario, played: Played): Result {
  const { dueAt, report, deliveries } = played;
  const nudges = deliveries.filter(({ nudge }) => nudge >= 0);
  const early = nudges.map(({ at }) => dueAt - at);
  const late = nudges.map(({ at }) => at - dueAt);
  const calls = report.posts + report.updates + report.refused;
  const peak = Math.max(0, ...report.tenants.map((one) => one.peak));
  const used = shareUsed(deliveries, report.updates, Math.min(scenario.fleet, scenario.tenants * SENDS_PER_SECOND));
  const missing = scenario.people - report.distinctNudges;
  const count = (values: number[], over: number) => values.filter((one) => one > over).length;
  return {
    figures: {
      ...scenario,
      ...played.figures,
      earlyP50S: round(percentile(early, 0.5) / 1_000, 1),
      earlyMaxS: round(percentile(early, 1) / 1_000, 1),
      afterDue: count(late, 0),
      afterDueMostMs: round(Math.max(0, percentile(late, 1))),
      usedShare: used,
      peakPerSecond: peak,
      refused: report.refused,
      updates: report.updates,
    },
    targets: {
      earlyBeyondWindow: exactly(0, count(early, EARLINESS_MS)),
      late: exactly(0, count(late, UNHURRIED_MS)),
      refusedShare: below(REFUSED_BELOW, round(report.refused / calls, 5)),
      // Over many tenants no limit of Teams' binds, only the instance's own pace.
      ...(scenario.tenants === 1 ? { usedShare: atLeast(USED_AT_LEAST, used) } : {}),
      peakPerSecond: atMost(TEAMS_PER_SECOND, peak),
      missing: exactly(0, missing),
      twice: exactly(0, nudges.length - report.distinctNudges),
    },
  };
}

export const bench: Bench = async (words, say) => {
  const teardown = new Teardown();
  try {
    const only = numberOf(words, 'only', 0);
    const people = numberOf(words, 'people', 20_000);
    const fleet = numberOf(words, 'fleet', 100);
    const stage = await setFleetStage(say, teardown, words.includes('keep'));
    if (words.includes('keep')) say(`logs: ${stage.folder}`);
    const figures: Record<string, unknown> = {};
    const targets: Record<string, Target> = {};
    for (const tenants of [1, 400].filter((one) => only === 0 || only === one)) {
      const scenario = { people, tenants, fleet };
      const result = judge(scenario, await play(stage, scenario, teardown, say));
      process.stdout.write(`${JSON.stringify({ name: `storm.${tenants}`, ...result })}\n`);
      figures[tenants] = result.figures;
      for (const [name, target] of Object.entries(result.targets)) targets[`${tenants}.${name}`] = target;
    }
    return { figures, targets };
  } finally {
    await teardown.run(say);
  }
};
