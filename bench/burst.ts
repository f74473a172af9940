/**
 * Row 13 of the reliability scoreboard: 20,000 nudges in one tenant that nobody could foresee (none may be early) are due
 * in one second. One process of the product as it is shipped, its durable PostgreSQL, and a connector that enforces
 * Teams' limits, each in a process of its own.
 *
 *   npm run bench -- burst [people=20000]
 */
import { NUDGE_LEASE_MS, SENDS_PER_SECOND } from '../src/delivery/dispatcher.ts';
import { setFleetStage } from './support/fleet.ts';
import { atLeast, atMost, type Bench, below, exactly, numberOf, round, Teardown } from './support/report.ts';
import { watchUntilDrained } from './support/watch-ledger.ts';

const FIRST_SEND_LIMIT_MS = 1_000;
const TEAMS_PER_SECOND = 50;
const TOLERANCE = 0.05;
const REFUSED_BELOW = 0.001;
/** Sent before, so that the process has its token and its code is warm, as one that has been running. */
const WARM_UP = 200;
const WARM_UP_LIMIT_MS = 60_000;
/** For the ledger to be written; all is there before it is due. */
const AHEAD_MS = 60_000;
const AHEAD_MS_EACH = 1;
const LOOK_EVERY_MS = 250;

export const bench: Bench = async (words, say) => {
  const teardown = new Teardown();
  try {
    const people = numberOf(words, 'people', 20_000);
    const stage = await setFleetStage(say, teardown);
    const { ledger, connector } = stage;
    await ledger.people({ tenants: 1, people }, connector.serviceUrl);
    const product = await stage.startInstance('product');
    const now = await ledger.now();
    const few = { from: 0, to: Math.min(WARM_UP, people), firstNudge: people };
    await ledger.nudges({ ...few, dueAt: now, earliestAt: now });
    await watchUntilDrained(ledger, { everyMs: LOOK_EVERY_MS, limitMs: WARM_UP_LIMIT_MS, say });
    const dueAt = (await ledger.now()) + AHEAD_MS + people * AHEAD_MS_EACH;
    await ledger.nudges({ dueAt, earliestAt: dueAt });
    const readyAt = await ledger.now();
    if (readyAt > dueAt) throw new Error('the ledger was not written in time');
    await connector.reset();
    say(`${people} nudges, due in ${round((dueAt - readyAt) / 1_000)} s`);
    const wantedS = Math.ceil(people / SENDS_PER_SECOND);
    const cpuBefore = { product: await stage.cpuMsOf(product), postgres: await stage.postgresCpuMs() };
    const limitMs = dueAt - readyAt + wantedS * 2_000 + 60_000;
    const watched = await watchUntilDrained(ledger, { everyMs: LOOK_EVERY_MS, limitMs, say });
    const cpuMs = {
      product: (await stage.cpuMsOf(product)) - cpuBefore.product,
      postgres: (await stage.postgresCpuMs()) - cpuBefore.postgres,
    };
    const report = await connector.report();
    const outcome = await ledger.outcome();
    const drainedS = round((report.lastAt - dueAt) / 1_000, 1);
    const firstSendMs = round(report.firstAt - dueAt);
    const peak = Math.max(0, ...report.tenants.map((one) => one.peak));
    const mayBeClaimed = Math.floor((NUDGE_LEASE_MS / 2_000) * SENDS_PER_SECOND);
    return {
      figures: {
        people,
        firstSendMs,
        drainedS,
        wantedS,
        mostClaimed: watched.mostClaimed,
        looks: watched.looks,
        peakPerSecond: peak,
        refused: report.refused,
        messages: report.posts,
        updates: report.updates,
        states: outcome.states,
        attempts: outcome.attempts,
        ambiguous: outcome.ambiguous,
        cpuMsEach: { product: round(cpuMs.product / people, 2), postgres: round(cpuMs.postgres / people, 2) },
      },
      targets: {
        firstSendNotBefore: atLeast(0, firstSendMs),
        firstSendMs: atMost(FIRST_SEND_LIMIT_MS, firstSendMs),
        mostClaimed: atMost(mayBeClaimed, watched.mostClaimed),
        peakPerSecond: atMost(TEAMS_PER_SECOND, peak),
        refusedShare: below(REFUSED_BELOW, round(report.refused / (report.posts + report.updates + report.refused), 5)),
        drainedNotBefore: atLeast(round(wantedS * (1 - TOLERANCE), 1), drainedS),
        drainedS: atMost(round(wantedS * (1 + TOLERANCE), 1), drainedS),
        twice: exactly(0, report.posts - report.distinctNudges),
        missing: exactly(0, people - report.distinctNudges),
      },
    };
  } finally {
    await teardown.run(say);
  }
};
