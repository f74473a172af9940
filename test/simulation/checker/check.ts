/**
 * Judges what a simulated life left behind, by definitions and by what the product promises in words; no line of the
 * product is used for it.
 *
 * Terms. k = (user, event id, occurrence start in UTC, kind of nudge, lead); due(k) is the instant its settings ask for. A
 * delivery is a POST of a message that Teams stored. k is LIVE if the truth shows it wanted at due(k) and unchanged over
 * [due − L, due + 60 s]; DEAD if it was unwanted at due − L already and stayed so until the start. L belongs to the change
 * that matters (knowledge.ts). Each row has a file, with what it says where these words leave something open.
 */
import type { History } from '../history.ts';
import { liveAgendas } from './agenda.ts';
import { DAY_MS } from './awake.ts';
import { countBreaches } from './breaches.ts';
import { countDifferingCards } from './cards.ts';
import { liveChanges } from './change.ts';
import { countCover } from './cover.ts';
import { countDead } from './dead.ts';
import { countDuplicates } from './duplicates.ts';
import { Evidence, isAmbiguous } from './evidence.ts';
import { countLost } from './lost.ts';
import { liveReminders } from './reminder.ts';
import { countDifferingReplicas } from './replicas.ts';
import { meets, type Report, Tally } from './report.ts';
import { countConflicts } from './room-conflicts.ts';
import { countRooms, ROOM_COUNTS, ROOM_FIGURES } from './rooms.ts';
import { countRules, RULE_COUNTS, RULE_FIGURES } from './rules.ts';
import { Timeliness } from './timeliness.ts';

export type { Finding, Report } from './report.ts';

export const TARGETS: Report['targets'] = {
  lost: 0,
  unexplainedDuplicates: 0,
  deadNudges: 0,
  askedBeyondNext: 0,
  misunderstood: 0,
  early: 0,
  late: 0,
  differingReplicas: 0,
  differingCards: 0,
  overdueCards: 0,
  cover: '≥ 0.999',
  extraSubscriptions: 0,
  breaches: 0,
  ...Object.fromEntries([...ROOM_FIGURES, ...RULE_FIGURES].map((figure) => [figure, 0])),
};

/** Always there, so that a figure of 0 can be told from one that was never computed. */
const COUNTED = [
  'lost',
  'live.reminder',
  'live.agenda',
  'live.change',
  'live.invitation',
  'asleepSkipped',
  'unreachableSkipped',
  'refusedForGood',
  'openAtEnd',
  'changesUnclear',
  'changesFarAhead',
  'agendaUnclear',
  'zoneUnclear',
  'plannedUnclear',
  'unknownSkipped',
  'lateExcused',
  'openLines',
  'openCards',
  'cardsLeftOut',
  'troubledAtEnd',
  ...ROOM_FIGURES,
  ...ROOM_COUNTS,
  ...RULE_FIGURES,
  ...RULE_COUNTS,
];

export function check(history: History): Report {
  const tally = new Tally();
  for (const figure of COUNTED) tally.set(figure, 0);
  for (const { name } of history.kinds) tally.set(`live.${name}`, 0);
  const evidence = new Evidence(history, tally);
  tally.set('userWeeks', (history.people.length * (history.endedAt - history.startedAt)) / (7 * DAY_MS));
  tally.set('deliveries', evidence.deliveries.length);
  tally.set('ambiguousSends', evidence.deliveries.filter(isAmbiguous).length);

  const byPlan = () => evidence.planned.lives();
  const lives = [liveReminders, liveAgendas, liveChanges, byPlan].flatMap((kind) =>
    countLost(evidence, kind(evidence)),
  );
  countDuplicates(evidence);
  countDead(evidence);
  new Timeliness(evidence).count(lives);
  countDifferingReplicas(evidence);
  countDifferingCards(evidence);
  countCover(evidence);
  countBreaches(evidence);
  countRooms(evidence);
  countConflicts(evidence);
  countRules(evidence);
  tally.set('misunderstood', history.counts.misunderstood);

  const { figures, findings } = tally;
  const pass = Object.entries(TARGETS).every(([figure, target]) => meets(figures[figure], target));
  return { figures, targets: TARGETS, pass, findings: findings.sort((a, b) => a.row - b.row) };
}
