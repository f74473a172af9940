/** Rows 8 and 9: what was answered 2xx is stored whoever is killed, and work goes on within seconds. */
import { cpus, loadavg } from 'node:os';
import { build } from '../../../bench/support/build.ts';
import { atLeast, atMost, exactly, percentile, round, type Say, Teardown } from '../../../bench/support/report.ts';
import { type Random, randomFrom, shuffle } from '../random.ts';
import type { Section } from '../section.ts';
import { playRound, type Round, type Victim } from './round.ts';
import { type Mode, Stage } from './stage.ts';

const RECOVERY_P99_MS = 5_000;

/** Of ten kills four are the bot's, four of its own PostgreSQL, one of both, and one of a PostgreSQL that was given. */
function scheme(kills: number, random: Random): { mode: Mode; victims: Victim[] }[] {
  const few = Math.round(kills / 10);
  const many = Math.floor((kills - 2 * few) / 2);
  const times = (victim: Victim, count: number) => Array.from({ length: count }, () => victim);
  const own = [...times('bot', kills - 2 * few - many), ...times('postgres', many), ...times('both', few)];
  return [
    { mode: 'own', victims: shuffle(own, random) },
    { mode: 'given', victims: times('postgres', few) },
  ];
}

type Played = Round & { mode: Mode };

const sum = (values: number[]) => values.reduce((total, one) => total + one, 0);
const total = (rounds: Played[], what: (one: Played) => number) => sum(rounds.map(what));
const answers = (rounds: Played[], isIt: (status: number) => boolean) =>
  total(rounds, (one) =>
    sum(Object.entries(one.statuses).map(([status, count]) => (isIt(Number(status)) ? count : 0))),
  );

function times(values: number[]) {
  const at = (share: number) => round(percentile(values, share));
  return { samples: values.length, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}

async function playAll(kills: number, seed: number, say: Say): Promise<Played[]> {
  const teardown = new Teardown();
  const random = randomFrom(seed);
  const played: Played[] = [];
  try {
    const built = await build(say);
    teardown.add(() => built.remove());
    for (const { mode, victims } of scheme(kills, random)) {
      if (victims.length === 0) continue;
      const stage = await Stage.set(mode, built.folder, teardown, say);
      for (const victim of victims) {
        const one = await playRound(stage, victim, random).catch(async (error: Error) => {
          throw new Error(`${victim} (${mode}): ${error.message}\n${await stage.lastWords()}`);
        });
        played.push({ ...one, mode });
        const { acked, ackedBefore, missing, claimMs } = one;
        say(
          `kill ${played.length}/${kills} ${victim} (${mode}): ${ackedBefore} items acknowledged before, ${acked} in all, ${missing} missing, first claim after ${round(claimMs)} ms`,
        );
      }
    }
    return played;
  } finally {
    await teardown.run(say);
  }
}

export const kills: Section = async (options, say) => {
  const all = await playAll(options.kills, options.seed, say);
  const of = (victim: Victim, mode: Mode) => all.filter((one) => one.victim === victim && one.mode === mode);
  const bot = of('bot', 'own');
  const postgres = of('postgres', 'own');
  const both = of('both', 'own');
  const given = of('postgres', 'given');
  const claims = (rounds: Played[]) => times(rounds.map((one) => one.claimMs));
  const afterUp = (rounds: Played[]) => times(rounds.flatMap((one) => one.claimAfterUpMs ?? []));
  const missing = total(all, (one) => one.missing);
  const outages = [...postgres, ...given];
  // A PostgreSQL that was given is its operator's: recovery counts from the moment it answers.
  const recovery = {
    bot: claims(bot),
    botAndPostgres: claims(both),
    ownPostgres: claims(postgres),
    givenPostgresSinceUp: afterUp(given),
  };
  const worst = Math.max(...Object.values(recovery).map((one) => (one.samples > 0 ? one.p99Ms : 0)));
  return {
    figures: {
      'row8.kills': {
        bot: bot.length,
        ownPostgres: postgres.length,
        botAndPostgres: both.length,
        givenPostgres: given.length,
      },
      'row8.itemsAcknowledged': total(all, (one) => one.acked),
      'row8.itemsAcknowledgedBeforeTheKill': total(all, (one) => one.ackedBefore),
      'row8.requestsUnderWayAtTheKill': total(all, (one) => one.inFlight),
      'row8.missing': missing,
      'row8.storedTwice': total(all, (one) => one.doubled),
      'row8.answers': {
        stored: answers(all, (status) => status >= 200 && status < 300),
        notStored503: answers(outages, (status) => status === 503),
        none: answers(all, (status) => status === 0),
        other: answers(all, (status) => status > 299 && status !== 503),
        laterThan3s: total(all, (one) => one.slowAnswers),
      },
      // How much else the machine had to do: a start is two to three seconds of a processor.
      'row9.machine': { processors: cpus().length, load: loadavg().map((one) => round(one, 1)) },
      'row9.toFirstClaim': { ...recovery, ownPostgresSinceUp: afterUp(postgres) },
    },
    targets: {
      'row8.missing': exactly(0, missing),
      'row8.outagesWithout503': exactly(0, outages.filter((one) => !one.statuses[503]).length),
      'row8.kills': exactly(options.kills, all.length),
      'row9.p99Ms': atMost(RECOVERY_P99_MS, worst),
      'row9.samplesEach': atLeast(Math.min(20, Math.floor(options.kills * 0.4)), Math.min(bot.length, postgres.length)),
    },
  };
};
