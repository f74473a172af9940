/** What chat does with webhooks: those of whoever asks, and nobody else's. */
import { planPing, REPLAYED_FOR_MS, replayErrand, WEBHOOK } from '../delivery/errands/webhook.ts';
import { pausedWithout, pauseWithout } from '../rules/pause.ts';
import type { Rule, RulePayload } from '../rules/rule.ts';
import type { Sql } from '../store/database.ts';
import { type DoneRun, lockRun } from '../store/rule-runs.ts';
import {
  failuresOf,
  findWebhook,
  makeWebhook,
  removeWebhook,
  switchWebhookOn,
  type Webhook,
  webhooksOf,
} from '../store/webhooks.ts';
import { refuse } from './actions/press-input.ts';
import { plain } from './cards/parts.ts';
import { FAILURES_SHOWN, hostWords, nameInRules } from './cards/webhooks.ts';
import { keepAct } from './rules.ts';
import type { Services, Turn } from './services.ts';

export const listed = (services: Services, turn: Turn) =>
  services.database.inTenant(turn.tenantId, async (sql) => ({
    webhooks: await webhooksOf(sql, turn),
    failures: await failuresOf(sql, turn, FAILURES_SHOWN),
  }));

export type Named = { kind: 'one'; webhook: Webhook } | { kind: 'several'; count: number } | { kind: 'none' };

/** By its number in the list, its host, its id, or an address at that host. Pure. */
export function webhookNamed(all: readonly Webhook[], typed: string): Named {
  const words = typed.trim().replace(/^["“<]+|["”>]+$/g, '');
  const place = /^\d{1,2}$/.test(words) ? all[Number(words) - 1] : undefined;
  if (place) return { kind: 'one', webhook: place };
  const host = /^https:\/\//i.test(words) && URL.canParse(words) ? new URL(words).host : words.toLowerCase();
  const found = all.filter((one) => one.webhookId === words || one.host === host);
  const [webhook] = found;
  if (!webhook) return { kind: 'none' };
  return found.length === 1 ? { kind: 'one', webhook } : { kind: 'several', count: found.length };
}

export async function addWebhook(services: Services, turn: Turn, url: string) {
  const made = { webhookId: services.newId(), url, random: services.newSecret() };
  const now = services.clock.now();
  return services.database.inTenant(turn.tenantId, async (sql) => {
    const { webhook, secret } = await makeWebhook(sql, services.vault, turn, made, now);
    return { webhook, secret, name: nameInRules(webhook, await webhooksOf(sql, turn)) };
  });
}

const gone = () => refuse('the webhook is gone', 'That webhook is gone. **webhooks** shows those that you have.');

async function theirs(sql: Sql, turn: Turn, webhookId: string): Promise<Webhook> {
  const webhook = await findWebhook(sql, turn, webhookId);
  if (!webhook) throw gone();
  return webhook;
}

/** What came of it is said in the chat by the errand. */
export async function testWebhook(services: Services, turn: Turn, webhookId: string): Promise<Webhook> {
  const about = { webhookId, id: services.newId(), correlationId: services.newId() };
  const webhook = await services.database.inTenant(turn.tenantId, async (sql) => {
    const found = await theirs(sql, turn, webhookId);
    await planPing(sql, turn, about, services.clock.now());
    return found;
  });
  services.poke('errands');
  return webhook;
}

export interface SwitchedOn {
  webhook: Webhook;
  /** Paused with it, and still so. */
  paused: Rule[];
}

/** What is on already keeps how it fares. */
export const switchOn = (services: Pick<Services, 'database'>, turn: Turn, webhookId: string): Promise<SwitchedOn> =>
  services.database.inTenant(turn.tenantId, async (sql) => {
    const webhook = await theirs(sql, turn, webhookId);
    if (webhook.offAt !== null) await switchWebhookOn(sql, turn, webhookId);
    return { webhook, paused: await pausedWithout(sql, turn, webhookId) };
  });

/** With the rules that did nothing but tell it, which are paused. */
export async function dropWebhook(services: Services, turn: Turn, webhookId: string) {
  const now = services.clock.now();
  return services.database.inTenant(turn.tenantId, async (sql) => {
    const webhook = await theirs(sql, turn, webhookId);
    if (!(await removeWebhook(sql, turn, webhookId))) throw gone();
    const paused = await pauseWithout(sql, turn, webhookId, now);
    for (const rule of paused) await keepAct(services, turn, sql, rule, 'paused', now);
    return { webhook, paused };
  });
}

/** That of whoever looks, which was not taken and may be sent once more. Pure. */
export function canReplay(run: DoneRun, personId: string, now: number): boolean {
  const { kind, state, endedAt } = run;
  const isMissed = state === 'failed' || state === 'missed' || state === 'withdrawn' || state === 'unknown';
  return kind === WEBHOOK && isMissed && run.personId === personId && (endedAt ?? 0) > now - REPLAYED_FOR_MS;
}

const NOT_NOW: Partial<Record<DoneRun['state'], string>> = {
  planned: 'That is on its way already.',
  claimed: 'That is being sent right now.',
  done: 'That was taken meanwhile, so I send it no more.',
};

/** Once more with the same id. Returns where to. */
export async function replayRun(
  services: Services,
  turn: Turn,
  run: { ruleId: string; errandId: string },
): Promise<string> {
  const now = services.clock.now();
  const host = await services.database.inTenant(turn.tenantId, async (sql) => {
    const found = await lockRun(sql, turn, run);
    const deed = (found?.payload as Partial<RulePayload> | undefined)?.deed;
    if (!found || deed?.deed !== 'webhook')
      throw refuse('a run is not theirs to send', 'I find nothing of yours there that I could send again.');
    const against = NOT_NOW[found.state];
    if (against) throw refuse('a run needs no replay', against);
    const webhook = await findWebhook(sql, turn, deed.webhookId);
    if (!webhook) throw refuse('the webhook of a run is gone', 'Its webhook is gone: you removed it.');
    const name = nameInRules(webhook, await webhooksOf(sql, turn));
    if (webhook.offAt !== null)
      throw refuse(
        'the webhook of a run is off',
        `Its webhook is switched off. First **webhook on ${plain(name)}**, please.`,
      );
    if (!(await replayErrand(sql, turn, run.errandId, now)))
      throw refuse('a run is too old', 'That was more than 30 days ago, which is as long as I send things again.');
    return hostWords(webhook.host);
  });
  services.poke('errands');
  return host;
}
