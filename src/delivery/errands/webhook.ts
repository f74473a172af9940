/**
 * Telling an address that somebody named, as Standard Webhooks has it: id, time and signature in the headers, the same id
 * and body in each attempt. 2xx is done, 410 switches the webhook off, all else is tried again on Svix's schedule. What is
 * answered is not read, kept or logged; nor is where it went.
 */
import { Webhook as Signer } from 'standardwebhooks';
import { type Clock, DAY_MS, HOUR_MS, SECOND_MS } from '../../clock.ts';
import { CalendarWatchError, codeOf } from '../../errors.ts';
import type { Outgoing, OutgoingAnswer } from '../../net/outgoing.ts';
import { pauseWithout } from '../../rules/pause.ts';
import { pingPayload, runPayload } from '../../rules/webhook-payload.ts';
import type { Database, Sql } from '../../store/database.ts';
import { planAgain, planErrands } from '../../store/errands.ts';
import { addNotice } from '../../store/nudges.ts';
import type { Vault } from '../../store/vault.ts';
import { findWebhook, IS_OFF, noteAttempt, openWebhook, switchWebhookOff } from '../../store/webhooks.ts';
import { TOO_LATE } from './dispatch.ts';
import type { Errand, ErrandKind, Result } from './errand.ts';
import { HOOK_LIFE_MS, hookDelayMs } from './hook-schedule.ts';
import { runOf, UNREADABLE, whyNotRun } from './run.ts';
import { tellOwner } from './tell-owner.ts';

export const WEBHOOK = 'webhook';
export const WEBHOOK_OFF = 'webhookOff';
export const WEBHOOK_TESTED = 'webhookTested';

export const IS_GONE = 'the webhook is gone';
const NO_VAULT = 'this server can’t open what webhooks are signed with';
const GONE_FOR_GOOD = 'HTTP 410';
/** Nobody was asked, so nobody failed. */
const NOT_THE_RECEIVER = new Set([TOO_LATE, NO_VAULT, UNREADABLE]);

/** Without one attempt that was taken. */
const OFF_AFTER_MS = 5 * DAY_MS;
export const REPLAYED_FOR_MS = 30 * DAY_MS;
/** Within one host, to another place of it, or to another host. */
const REDIRECTS = 3;

export interface WebhookParts {
  database: Pick<Database, 'inTenant'>;
  clock: Pick<Clock, 'now'>;
  outgoing: Outgoing;
  vault?: Vault | undefined;
  /** Uniform in [0, 1). */
  random(): number;
}

export interface WebhookOffFacts {
  webhookId: string;
  host: string;
  /** The receiver said that it wants no more (410); else since when nothing was taken. */
  failingSince: number | null;
  /** Names of the rules that were paused with it, having nothing else to do. */
  pausedRules?: string[];
}

export interface WebhookTestedFacts {
  host: string;
  /** What came of it, without words of the receiver's: "HTTP 204", "ECONNREFUSED". */
  outcome: string;
  isTaken: boolean;
  /** It is switched off, and stays so. */
  isOff?: boolean;
}

const isPing = ({ payload }: Errand): boolean => typeof payload.ping === 'string';

/** Whose address it goes to; undefined: it can't be read. */
function targetOf(errand: Errand): { who: { tenantId: string; personId: string }; webhookId: string } | undefined {
  const { tenantId, personId, payload } = errand;
  const webhookId = isPing(errand) ? (payload.ping as string) : runOf(errand, 'webhook')?.deed.webhookId;
  return personId === null || webhookId === undefined ? undefined : { who: { tenantId, personId }, webhookId };
}

function bodyOf(errand: Errand, webhookId: string): string {
  const run = runOf(errand, 'webhook');
  const payload = run ? runPayload(errand.ruleId ?? '', run, errand.dueAt) : pingPayload(webhookId, errand.dueAt);
  return JSON.stringify(payload);
}

/** The same for all attempts but for time and signature, by which a receiver knows a second one. */
export function headersFor(secret: string, id: string, body: string, now: number): Record<string, string> {
  const at = new Date(now);
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'CalendarWatch-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / SECOND_MS)),
    'webhook-signature': new Signer(secret).sign(id, at, body),
  };
}

const REASON = /: ([A-Z][A-Z0-9_]{1,59}|[a-z][\w .’-]{0,80})$/;
/** Of errors of net/outgoing.ts, which name no address. */
const reasonOf = (error: unknown): string => {
  const said = error instanceof CalendarWatchError ? REASON.exec(error.message)?.[1] : undefined;
  return said ?? codeOf(error);
};

async function post(parts: WebhookParts, errand: Errand): Promise<Result> {
  const { vault, clock } = parts;
  const target = targetOf(errand);
  if (!target) return { kind: 'failed', reason: UNREADABLE };
  if (!vault) return { kind: 'failed', reason: NO_VAULT };
  const { who, webhookId } = target;
  const again = (reason: string, more: { retryAfter?: string | undefined; ambiguous?: boolean } = {}): Result => {
    const { attempts } = errand;
    const wait = { random: parts.random(), retryAfter: more.retryAfter, now: clock.now() };
    // Who tests wants to know now.
    const afterMs = isPing(errand) ? undefined : hookDelayMs(attempts, wait);
    if (afterMs === undefined) return { kind: 'failed', reason };
    return { kind: 'again', afterMs, reason, ...(more.ambiguous ? { ambiguous: true } : {}) };
  };
  let answer: OutgoingAnswer;
  try {
    const opened = await parts.database.inTenant(who.tenantId, (sql) => openWebhook(sql, vault, who, webhookId));
    if (!opened) return { kind: 'withdrawn', reason: IS_GONE };
    const body = bodyOf(errand, webhookId);
    const headers = headersFor(opened.secret, errand.errandId, body, clock.now());
    answer = await parts.outgoing.post(opened.url, { headers, body, redirects: REDIRECTS });
  } catch (error) {
    return again(reasonOf(error), { ambiguous: codeOf(error) === 'OUTGOING_FAILED' });
  }
  const { status, retryAfter } = answer;
  const reason = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { kind: 'done', outcome: { status } };
  if (status === 410) return { kind: 'failed', reason: GONE_FOR_GOOD };
  return again(reason, status === 429 || status === 503 ? { retryAfter } : {});
}

async function switchOff(sql: Sql, errand: Errand, failingSince: number | null, now: number): Promise<void> {
  const target = targetOf(errand);
  if (!target || !(await switchWebhookOff(sql, target.who, target.webhookId, now))) return;
  const { webhookId } = target;
  const host = (await findWebhook(sql, target.who, webhookId))?.host ?? '';
  const paused = await pauseWithout(sql, target.who, webhookId, now);
  const facts: WebhookOffFacts = {
    ...{ webhookId, host, failingSince },
    ...(paused.length > 0 ? { pausedRules: paused.map((rule) => rule.name) } : {}),
  };
  await tellOwner(
    sql,
    errand,
    { nudgeId: `${WEBHOOK_OFF}.${webhookId}.${now}`, kind: WEBHOOK_OFF, facts: { ...facts } },
    now,
  );
}

async function tellOfTest(sql: Sql, errand: Errand, result: Result, now: number): Promise<void> {
  const target = targetOf(errand);
  const webhook = target && (await findWebhook(sql, target.who, target.webhookId));
  if (!webhook) return;
  const isTaken = result.kind === 'done';
  const outcome = isTaken ? `HTTP ${result.outcome?.status ?? ''}` : 'reason' in result ? result.reason : '';
  const isOff = webhook.offAt !== null;
  const facts: WebhookTestedFacts = { host: webhook.host, outcome, isTaken, ...(isOff ? { isOff } : {}) };
  const nudgeId = `${WEBHOOK_TESTED}.${errand.errandId}`;
  const { who } = target;
  const owner = { ...who, mailboxId: who.personId, correlationId: errand.correlationId };
  // They asked a moment ago: neither quiet hours nor an absence put it off.
  const notice = { nudgeId, kind: WEBHOOK_TESTED, facts: { ...facts }, deadlineAt: now + HOUR_MS };
  await addNotice(sql, owner, notice, now);
}

async function settle(sql: Sql, errand: Errand, result: Result, now: number): Promise<void> {
  const target = targetOf(errand);
  if (!target || result.kind === 'withdrawn') return;
  if (isPing(errand)) await tellOfTest(sql, errand, result, now);
  // A test that fails is no news of how runs go; one that is taken is.
  if (isPing(errand) && result.kind !== 'done') return;
  if (result.kind !== 'done' && NOT_THE_RECEIVER.has(result.reason)) return;
  const failingSince = await noteAttempt(sql, target.who, target.webhookId, result.kind === 'done', now);
  if (result.kind === 'done') return;
  if (result.reason === GONE_FOR_GOOD) await switchOff(sql, errand, null, now);
  else if (failingSince !== undefined && now - failingSince >= OFF_AFTER_MS)
    await switchOff(sql, errand, failingSince, now);
}

export const createWebhook = (parts: WebhookParts): ErrandKind => ({
  name: WEBHOOK,
  // The receiver knows a second one by its id.
  whenUnknown: 'again',
  async stillStands(sql, errand) {
    const target = targetOf(errand);
    if (!target) return UNREADABLE;
    const webhook = await findWebhook(sql, target.who, target.webhookId);
    if (!webhook) return IS_GONE;
    if (isPing(errand)) return undefined;
    return webhook.offAt === null ? whyNotRun(sql, errand) : IS_OFF;
  },
  perform: (errand) => post(parts, errand),
  settle,
});

/** A test: the same way, an event that says that it is one; once, and what came of it is said in the chat. */
export async function planPing(
  sql: Sql,
  { tenantId, personId }: { tenantId: string; personId: string },
  { webhookId, id, correlationId }: { webhookId: string; id: string; correlationId: string },
  now: number,
): Promise<void> {
  const errand = {
    ...{ errandId: `ping.${id}`, kind: WEBHOOK, personId, payload: { ping: webhookId } },
    ...{ dueAt: now, deadlineAt: now + HOUR_MS },
  };
  await planErrands(sql, tenantId, [errand], correlationId, now);
}

/**
 * Once more with the same id and body and a fresh schedule, whatever became of it. False: it is not theirs, not a
 * webhook's, under way, or ended more than 30 days ago.
 */
export const replayErrand = (
  sql: Sql,
  { tenantId, personId }: { tenantId: string; personId: string },
  errandId: string,
  now: number,
): Promise<boolean> =>
  planAgain(
    sql,
    {
      ...{ tenantId, personId, errandId, kind: WEBHOOK },
      endedAfter: now - REPLAYED_FOR_MS,
      deadlineAt: now + HOOK_LIFE_MS,
    },
    now,
  );
