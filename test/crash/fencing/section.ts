/**
 * Row 10: three processes share what is due, and each in turn is stopped in the middle of its sends for longer than its
 * lease. What it does when it goes on must not count.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from '../../../bench/support/build.ts';
import { atLeast, exactly, round, type Say, Teardown } from '../../../bench/support/report.ts';
import { createLog } from '../../../src/log.ts';
import { startEmbedded } from '../../../src/store/embedded.ts';
import { until } from '../../support/until.ts';
import { type Random, randomFrom } from '../random.ts';
import type { Section } from '../section.ts';
import { Instance } from './instance.ts';
import { Ledger } from './ledger.ts';
import { TENANTS } from './people.ts';
import { Teams } from './teams.ts';

const PROCESSES = 3;
/** A lease is 30 s. */
const STILL_MS = 33_000;
/** It works this long, and up to twice that, before the next one is stopped. */
const CALM_MS = 2_500;
const LIMIT_MS = 12 * 60_000;
const LAST_WORDS_MS = 10_000;
const PROGRESS_MS = 10_000;
const PUBLIC_URL = 'http://localhost:9';
const MOST_SENDS = 64 * PROCESSES;

/** So slow that a small number of nudges lasts until everybody has been stopped; at most a third of what is waited for. */
const answerMs = (nudges: number) =>
  Math.min(4_000, Math.max(150, Math.round((MOST_SENDS * STILL_MS * 1.2 * PROCESSES) / nudges)));

interface Stage {
  ledger: Ledger;
  teams: Teams;
  instances: Instance[];
}

async function setStage(nudges: number, teardown: Teardown, say: Say): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-watch-crash-fencing-'));
  // As root, PostgreSQL runs as another user, who must be able to walk in.
  await chmod(folder, 0o755);
  teardown.add(() => rm(folder, { recursive: true, force: true }));
  const built = await build(say);
  teardown.add(() => built.remove());
  const postgres = await startEmbedded({ dataDir: join(folder, 'data'), log: createLog('error') });
  teardown.add(() => postgres.stop());
  const teams = await Teams.start({
    directory: folder,
    publicUrl: PUBLIC_URL,
    people: nudges,
    answerMs: answerMs(nudges),
  });
  teardown.add(() => teams.stop());
  const environment = { ...teams.ready.environment, DATABASE_URL: postgres.ownerUrl };
  const instances: Instance[] = [];
  for (let index = 0; index < PROCESSES; index += 1) {
    const instance = await Instance.start({ name: `bot-${index}`, built: built.folder, folder, environment });
    teardown.add(() => instance.stop());
    instances.push(instance);
  }
  const ledger = new Ledger(postgres.ownerUrl);
  teardown.add(() => ledger.close());
  await ledger.fill(nudges, teams.ready.serviceUrl);
  say(`${PROCESSES} processes, ${nudges} people in ${TENANTS} tenants`);
  return { ledger, teams, instances };
}

/** One after the other, so that somebody is there to take over what a stopped process holds. */
async function freezeInTurn(stage: Stage, random: Random, isDone: () => boolean, say: Say): Promise<void> {
  const { instances, ledger } = stage;
  for (let turn = 0; !isDone(); turn += 1) {
    const instance = instances[turn % instances.length];
    if (!instance) return;
    await pause(CALM_MS * (1 + random()));
    if (isDone()) return;
    instance.stopStill();
    const held = await ledger.heldBy(instance.name);
    say(`${instance.name} stands still with ${held} claims`);
    await pause(STILL_MS);
    instance.goOn();
  }
}

async function play(stage: Stage, nudges: number, random: Random, say: Say): Promise<number> {
  const startedAt = Date.now();
  await stage.ledger.makeDue();
  let open = nudges;
  let saidAt = startedAt;
  const freezing = freezeInTurn(stage, random, () => open === 0, say);
  const ask = async () => {
    await pause(500);
    open = await stage.ledger.open();
    if (Date.now() - saidAt > PROGRESS_MS) {
      saidAt = Date.now();
      say(`${nudges - open} of ${nudges} ended`);
    }
    return open === 0;
  };
  await until('every nudge to end', ask, LIMIT_MS);
  const tookMs = Date.now() - startedAt;
  await freezing;
  // Whoever went on last still has to find out that it was too late.
  await pause(LAST_WORDS_MS);
  return tookMs;
}

export const fencing: Section = async ({ nudges, seed }, say) => {
  const teardown = new Teardown();
  try {
    const stage = await setStage(nudges, teardown, say);
    const tookMs = await play(stage, nudges, randomFrom(seed), say);
    const verdict = await stage.ledger.judge();
    const deliveries = await stage.teams.deliveries();
    const complaints = await Promise.all(stage.instances.map((one) => one.complaints()));
    const refused = complaints.reduce((all, one) => all + one.refused, 0);
    const ambiguous = await stage.ledger.ambiguousOf(deliveries.more.map(([chat]) => chat));
    const unexplained = deliveries.more
      .map(([chat, count]) => Math.max(0, count - 1 - (ambiguous.get(chat) ?? 0)))
      .reduce((all, one) => all + one, 0);
    const freezes = stage.instances.map((one) => one.freezes);
    return {
      figures: {
        'row10.nudges': nudges,
        'row10.tenants': TENANTS,
        'row10.processes': PROCESSES,
        'row10.stoppedEach': freezes,
        'row10.stoppedForMs': STILL_MS,
        'row10.tookS': round(tookMs / 1_000),
        'row10.nudgesPerSecond': round((nudges * 1_000) / tookMs),
        ...Object.fromEntries(Object.entries(verdict).map(([name, value]) => [`row10.${name}`, value])),
        'row10.staleAttempts': refused,
        'row10.staleAttemptsEach': complaints.map((one) => one.refused),
        'row10.brokenAttemptsEach': complaints.map((one) => one.broken),
        'row10.deliveries': deliveries.total,
        'row10.deliveredAgain': deliveries.total - deliveries.chats,
        'row10.unexplainedDuplicates': unexplained,
      },
      targets: {
        'row10.staleAccepted': exactly(0, verdict.staleAccepted),
        'row10.completedTwice': exactly(0, verdict.completedTwice),
        'row10.staleAttempts': atLeast(1, refused),
        'row10.stoppedEach': atLeast(1, Math.min(...freezes)),
        'row10.unexplainedDuplicates': exactly(0, unexplained),
        'row10.notSent': exactly(0, verdict.notSent),
        'row10.notDelivered': exactly(0, nudges - deliveries.chats),
      },
    };
  } finally {
    await teardown.run(say);
  }
};
