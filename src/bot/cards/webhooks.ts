/** One's webhooks: which there are and how they fare, a new one with its secret, one that is on again. */
import type { Message } from '../../delivery/message.ts';
import { type HookFailure, MOST_WEBHOOKS, type Webhook } from '../../store/webhooks.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { type Action, clip, type Element, execute, kicker, line, message, plain, row, subtle, title } from './parts.ts';
import { RULE_RESUME } from './rule-list.ts';

/** data: {webhookId} */
export const WEBHOOK_TEST = 'webhook.test';
export const WEBHOOK_SWITCH_ON = 'webhook.switchOn';
export const WEBHOOK_REMOVE = 'webhook.remove';

export const FAILURES_SHOWN = 2;
const LONGEST_HOST = 100;
const LONGEST_NAME = 100;
const MOST_RULES_SHOWN = 8;
/** With the names of a few rules. */
const LONGEST_DONE = 1_200;

export const hostWords = (host: string): string => clip(host || 'your webhook', LONGEST_HOST);

/** What the machine says, in words; what is not here speaks for itself ("not a public address"). */
const REASONS: Record<string, string> = {
  'no answer': 'nobody answered',
  'too slow': 'no answer within 15 seconds',
  'cut off': 'the line was cut before the answer was there',
  ENOTFOUND: 'there is no server of that name',
  EAI_AGAIN: 'the name can’t be looked up just now',
  ECONNREFUSED: 'nobody listens at that port',
  ECONNRESET: 'the line was cut before the answer was there',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is nobody’s that I trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is nobody’s that I trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is nobody’s that I trust',
  SECRET_UNREADABLE: 'I can’t read its secret any more: remove it, and add it anew',
};

/** "it answered HTTP 500", "there is no server of that name (ENOTFOUND)" */
export function outcomeWords(outcome: string): string {
  if (/^HTTP \d{3}$/.test(outcome)) return `it answered ${outcome}`;
  const words = REASONS[outcome];
  if (words === undefined) return clip(outcome, 100);
  return /^[A-Z0-9_]+$/.test(outcome) ? `${words} (${outcome})` : words;
}

const GONE = 'HTTP 410';

function stateWords(webhook: Webhook, failures: readonly HookFailure[], reader: Reader, now: number): string {
  const say = speakerFor(reader);
  const moment = (at: number) => `${say.relativeDay(at, now)} ${say.time(at)}`;
  const { offAt, failingSince, madeAt } = webhook;
  const added = `added ${say.relativeDay(madeAt, now)}`;
  const untaken = failingSince === null ? '' : `nothing was taken since ${moment(failingSince)}`;
  if (offAt === null) return untaken ? `⚠️ on, but ${untaken} · ${added}` : `▶️ on · ${added}`;
  const saidSo = failures.some((one) => one.reason === GONE && !one.isTest);
  const why = saidSo ? 'the receiver wants no more (HTTP 410)' : untaken;
  return `⏹️ off since ${moment(offAt)}${why ? `: ${why}` : ''} · ${added}`;
}

function failureRow(failure: HookFailure, reader: Reader): Element {
  const say = speakerFor(reader);
  const { dueAt, reason, isTest, isOver } = failure;
  const then = isTest ? ' · a test' : isOver ? ' · not tried again' : ' · I’ll try again';
  return row('•', `${say.day(dueAt)} ${say.time(dueAt)}: ${plain(outcomeWords(reason))}${then}`);
}

export interface WebhookList {
  /** In the order of their numbers. */
  webhooks: readonly Webhook[];
  failures: readonly HookFailure[];
  /** What was done just now. */
  done?: string;
}

/** What stands for it in a rule: its host; its id where there are several, or where that can’t be shown whole. */
export function nameInRules({ webhookId, host }: Webhook, all: readonly Pick<Webhook, 'host'>[]): string {
  const isClear = host.length <= LONGEST_HOST && all.filter((one) => one.host === host).length === 1;
  return isClear ? host : webhookId;
}

function webhookElements(webhook: Webhook, place: number, list: WebhookList, reader: Reader, now: number): Element[] {
  const { webhookId, host, offAt } = webhook;
  const failures = list.failures.filter((one) => one.webhookId === webhookId);
  const actions: Action[] = [
    execute('Test', WEBHOOK_TEST, { webhookId }),
    ...(offAt === null ? [] : [execute('Switch on', WEBHOOK_SWITCH_ON, { webhookId }, { style: 'positive' })]),
    execute('Remove', WEBHOOK_REMOVE, { webhookId }),
  ];
  return [
    line(`**${place + 1}. ${plain(hostWords(host))}**`, { spacing: 'Large' }),
    subtle(stateWords(webhook, failures, reader, now)),
    ...failures.slice(0, FAILURES_SHOWN).map((one) => failureRow(one, reader)),
    subtle(plain(`In a rule: webhook "${nameInRules(webhook, list.webhooks)}"`)),
    { type: 'ActionSet', spacing: 'Small', actions },
  ];
}

const NONE = 'You have no webhooks. **webhook add https://…** makes one, for rules to tell.';

export function webhooksCard(list: WebhookList, reader: Reader, now: number): Message {
  const { webhooks, done } = list;
  const head = 'Your webhooks';
  const count = webhooks.length === 0 ? NONE : `${plural(webhooks.length, 'webhook')} of ${MOST_WEBHOOKS}.`;
  const hosts = webhooks.map(
    ({ host, offAt }, place) => `${place + 1}. ${hostWords(host)}${offAt === null ? '' : ' (off)'}`,
  );
  return message(
    [
      kicker('🪝', head),
      ...(done ? [line(`✅ ${plain(done, LONGEST_DONE)}`)] : []),
      ...(webhooks.length === 0 ? [line(NONE)] : []),
      ...webhooks.flatMap((one, place) => webhookElements(one, place, list, reader, now)),
    ],
    {
      summary: done ?? head,
      fallbackText: [done, `${head}: ${count}`, ...hosts].filter(Boolean).join('\n').replace(/\*/g, ''),
    },
  );
}

/** The secret stands here and nowhere else: not in the words that notifications show. */
export function webhookAddedCard(webhook: Webhook, secret: string, name: string): Message {
  const host = hostWords(webhook.host);
  const words = `Webhook to ${host} added`;
  return message(
    [
      kicker('🪝', 'Webhook added'),
      title(host),
      line('Its signing secret. I show it this once:'),
      { type: 'RichTextBlock', spacing: 'Small', inlines: [{ type: 'TextRun', text: secret }] },
      line(
        'Your receiver checks with it that a call is mine (standardwebhooks.com has libraries). Whoever has it can pretend to be me; if it gets lost, remove the webhook and add it anew.',
      ),
      line(plain(`In a rule: when a meeting is created, webhook "${name}"`)),
    ],
    { summary: words, fallbackText: `${words}. Its signing secret is on the card, this once.` },
    [execute('Test', WEBHOOK_TEST, { webhookId: webhook.webhookId }, { style: 'positive' })],
  );
}

/** "“A”, “B” and 3 more" */
export function ruleNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_RULES_SHOWN).map((name) => `“${clip(name, LONGEST_NAME)}”`);
  const hidden = names.length - shown.length;
  return hidden > 0 ? `${shown.join(', ')} and ${hidden} more` : shown.join(', ');
}

/** @param webhook as it was before. Rules that were paused with it stay so until somebody says otherwise. */
export function webhookOnCard(
  { host, offAt }: Pick<Webhook, 'host' | 'offAt'>,
  paused: readonly { ruleId: string; name: string }[],
): Message {
  const words = `Your webhook to ${hostWords(host)} ${offAt === null ? 'is on already' : 'is on again'}`;
  const still = `Still paused: ${ruleNames(paused.map((one) => one.name))}. Resume here what is to go on, or in **rules**; what was missed is not made up for.`;
  return message(
    [
      kicker('✅', 'Webhook switched on'),
      line(plain(`${words}.`)),
      ...(paused.length > 0
        ? [line('These rules were paused with it, and still are. **Resume** what is to go on:')]
        : []),
      ...paused
        .slice(0, MOST_RULES_SHOWN)
        .flatMap(({ ruleId, name }) => [
          row('⏸️', plain(name, LONGEST_NAME)),
          { type: 'ActionSet', spacing: 'Small', actions: [execute('Resume', RULE_RESUME, { ruleId })] },
        ]),
      ...(paused.length > MOST_RULES_SHOWN
        ? [subtle(`And ${paused.length - MOST_RULES_SHOWN} more: **rules** shows all.`)]
        : []),
    ],
    {
      summary: words,
      fallbackText: paused.length > 0 ? `${words}. ${still.replace(/\*/g, '')}` : `${words}.`,
    },
  );
}
