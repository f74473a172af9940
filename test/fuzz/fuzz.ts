/**
 * Throws `count` requests at the product, some at a time. Where something goes wrong in a handful, its requests are sent
 * again one by one to see which it was.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type FuzzCase, makeCase } from './cases.ts';
import { type Fault, type Finding, judgeAnswer, judgeLogLine } from './judge.ts';
import { type FuzzAnswer, Sender } from './send.ts';
import type { Stage } from './stage.ts';

const HANDFUL = 16;
const MOST_SHOWN = 20;
/** In handfuls. */
const REVIVE_EVERY = 4;
/** What was begun by an answer that has gone out may still fail. */
const SETTLE_MS = 5;

export interface FuzzOptions {
  seed: number;
  count: number;
  /** This one alone. */
  only?: number;
  show?(words: string): void;
}

export interface FuzzFigures {
  requests: number;
  exceptions: number;
  serverErrors: number;
  reflectedMarkup: number;
  internalsShown: number;
  errorsLogged: number;
  inputLogged: number;
  unanswered: number;
  rowsOfWrongClientState: number;
  /** Must not be 0, or the figure above says nothing. */
  rowsOfRightClientState: number;
  /** Of all answers: the doors are open wide enough. */
  answers2xx: number;
  heapGrowthMB: number;
  cpuSeconds: number;
}

const FIGURE_OF: Record<Fault, keyof FuzzFigures> = {
  exception: 'exceptions',
  serverError: 'serverErrors',
  reflected: 'reflectedMarkup',
  internals: 'internalsShown',
  logged: 'errorsLogged',
  leaked: 'inputLogged',
  noAnswer: 'unanswered',
};

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const heapMB = () => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

/** As a line of shell to have it again, and what was sent. */
export function describeCase(seed: number, one: FuzzCase): string {
  const { index, about, method, path, headers, body, framing } = one;
  const head = `--seed ${seed} --only ${index} (${about}): ${method} ${path.slice(0, 300)} ${framing}`;
  return `${head}\n    ${JSON.stringify(headers).slice(0, 300)}\n    ${JSON.stringify(body.toString('utf8').slice(0, 600))}`;
}

export async function runFuzz(
  stage: Stage,
  options: FuzzOptions,
): Promise<{ figures: FuzzFigures; failures: string[] }> {
  const { seed, count, only, show } = options;
  const sender = new Sender(stage.product.origin);
  const { connector } = stage.product;
  const lines = stage.product.logLines();
  let thrown: Finding[] = [];
  const onThrown = (error: unknown) => {
    thrown.push({ fault: 'exception', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  };
  process.on('unhandledRejection', onThrown);
  process.on('uncaughtException', onThrown);
  const figures: FuzzFigures = {
    requests: 0,
    exceptions: 0,
    serverErrors: 0,
    reflectedMarkup: 0,
    internalsShown: 0,
    errorsLogged: 0,
    inputLogged: 0,
    unanswered: 0,
    rowsOfWrongClientState: 0,
    rowsOfRightClientState: 0,
    answers2xx: 0,
    heapGrowthMB: 0,
    cpuSeconds: 0,
  };
  const failures: string[] = [];
  const tokens = new Map<string, string>();

  const authorize = async ({ vouchedFor, headers }: FuzzCase) => {
    if (vouchedFor === undefined) return headers;
    const known = tokens.get(vouchedFor) ?? (await connector.channelToken({ serviceUrl: vouchedFor }));
    if (tokens.size < 200) tokens.set(vouchedFor, known);
    return { ...headers, Authorization: `Bearer ${known}` };
  };

  const throwOne = async (one: FuzzCase): Promise<{ answer?: FuzzAnswer; findings: Finding[] }> => {
    try {
      const answer = await sender.send({ ...one, headers: await authorize(one) });
      return { answer, findings: judgeAnswer(answer) };
    } catch (error) {
      return { findings: [{ fault: 'noAnswer', what: error instanceof Error ? error.message : String(error) }] };
    }
  };

  /** Findings by index; what nobody answered for stands under -1. */
  const throwSome = async (cases: FuzzCase[]): Promise<Map<number, Finding[]>> => {
    const found = new Map<number, Finding[]>();
    lines.length = 0;
    thrown = [];
    const outcomes = await Promise.all(cases.map(throwOne));
    if (SETTLE_MS > 0) await pause(SETTLE_MS);
    outcomes.forEach(({ answer, findings }, at) => {
      figures.requests += 1;
      if (answer && answer.status >= 200 && answer.status < 300) figures.answers2xx += 1;
      if (findings.length > 0) found.set(cases[at]?.index ?? -1, findings);
    });
    const behind = [...thrown, ...lines.flatMap((line) => judgeLogLine(line) ?? [])];
    if (behind.length > 0) found.set(-1, behind);
    return found;
  };

  const note = (one: FuzzCase | undefined, findings: Finding[]) => {
    for (const { fault } of findings) figures[FIGURE_OF[fault]] += 1;
    if (failures.length >= MOST_SHOWN) return;
    const words = findings.map(({ fault, what }) => `  ${fault}: ${what}`).join('\n');
    const which = one ? describeCase(seed, one) : `--seed ${seed}: not to be had again by one request alone`;
    failures.push(`${which}\n${words}`);
    show?.(failures.at(-1) ?? '');
  };

  const judge = async (cases: FuzzCase[]) => {
    const found = await throwSome(cases);
    for (const [index, findings] of found) {
      if (index >= 0)
        note(
          cases.find((one) => one.index === index),
          findings,
        );
      else if (cases.length === 1) note(cases[0], findings);
    }
    const behind = found.get(-1);
    if (!behind || cases.length === 1) return;
    const before = figures.requests;
    let isFound = false;
    for (const one of cases) {
      const again = (await throwSome([one])).get(-1);
      if (again) note(one, again);
      isFound ||= again !== undefined;
    }
    figures.requests = before;
    if (!isFound) note(undefined, behind);
  };

  let heapBefore = 0;
  const cpu = process.cpuUsage();
  try {
    const indexes = only === undefined ? Array.from({ length: count }, (_, index) => index) : [only];
    for (let at = 0; at < indexes.length; at += HANDFUL) {
      await judge(indexes.slice(at, at + HANDFUL).map((index) => makeCase(seed, index, stage)));
      // After a while all that is compiled, cached or pooled is there.
      if (heapBefore === 0 && at > indexes.length / 4) heapBefore = heapMB();
      if (at % (HANDFUL * REVIVE_EVERY) === 0) await stage.revive();
      if (show && at % (HANDFUL * 64) === 0 && at > 0) show(`… ${at} of ${indexes.length}`);
    }
    const { user, system } = process.cpuUsage(cpu);
    figures.cpuSeconds = Math.round((user + system) / 1e5) / 10;
    const rows = await stage.rows();
    figures.rowsOfWrongClientState = rows.closed;
    figures.rowsOfRightClientState = rows.open;
    figures.heapGrowthMB = Math.round((heapMB() - heapBefore) * 10) / 10;
  } finally {
    process.off('unhandledRejection', onThrown);
    process.off('uncaughtException', onThrown);
    sender.close();
  }
  return { figures, failures };
}
