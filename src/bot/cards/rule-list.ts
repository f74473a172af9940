/** One's rules, or the tenant's; what became of the last runs of one; templates. */
import { NO_PERMISSION } from '../../delivery/errands/trouble.ts';
import type { Message } from '../../delivery/message.ts';
import type { Known } from '../../rules/parse.ts';
import type { Deed, Rule, RulePayload, RuleScope } from '../../rules/rule.ts';
import type { RuleTemplate } from '../../rules/templates.ts';
import { deedWords, headWords } from '../../rules/words.ts';
import type { DoneRun } from '../../store/rule-runs.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { type Action, clip, type Element, execute, kicker, line, message, plain, row, subtle, title } from './parts.ts';
import { headText, SCOPE_WORDS } from './rule-draft.ts';

/** data: {ruleId} */
export const RULE_PAUSE = 'rule.pause';
export const RULE_RESUME = 'rule.resume';
export const RULE_TEST = 'rule.test';
export const RULE_RUNS = 'rule.runs';
export const RULE_DELETE = 'rule.delete';
/** data: {ruleId, errandId} */
export const RULE_REPLAY = 'rule.replay';
/** data: {scope} */
export const RULE_NEW = 'rule.new';
export const RULE_TEMPLATES = 'rule.templates';
/** data: {id, scope} */
export const RULE_TEMPLATE = 'rule.template';

/** Four buttons each must fit into 28 KB. */
export const RULES_A_PAGE = 6;
const LONGEST_HEAD = 300;
const LONGEST_DEED = 160;
const EXAMPLE = '“when a meeting with external people ends, remind me in 10 min to write the follow-up”';

const WHY: Record<string, string> = {
  asked: 'paused',
  limit: 'paused: it ran too often',
  webhookOff: 'paused: its webhook is off or gone',
};

/** Of a channel that is gone, or is none of theirs, nobody reads the id. */
function deedShown(deed: Deed, known: Known): string {
  if (deed.deed !== 'post' || known.channels.some((one) => one.id === deed.conversationId))
    return deedWords(deed, known);
  return 'post in a channel that is gone, or where you are not (any more)';
}

function ruleElements(rule: Rule, known: Known): Element[] {
  const { ruleId, spec, pausedAt, pausedWhy, scope } = rule;
  const isPaused = pausedAt !== null;
  const state = isPaused ? `⏸️ ${WHY[pausedWhy ?? 'asked'] ?? 'paused'}` : '▶️ runs';
  const goOn = isPaused ? execute('Resume', RULE_RESUME, { ruleId }) : execute('Pause', RULE_PAUSE, { ruleId });
  const actions: Action[] = [
    goOn,
    execute('Test', RULE_TEST, { ruleId }),
    execute('Last runs', RULE_RUNS, { ruleId }),
    execute('Delete', RULE_DELETE, { ruleId }),
  ];
  return [
    line(`**${headText(headWords(spec), LONGEST_HEAD)}**`, { spacing: 'Large' }),
    ...spec.do.map((deed) => row('→', plain(deedShown(deed, known), LONGEST_DEED))),
    subtle(scope === 'mine' ? state : `${state} · ${SCOPE_WORDS[scope]}`),
    { type: 'ActionSet', spacing: 'Small', actions },
  ];
}

export interface RuleList {
  rules: readonly Rule[];
  known: Known;
  /** Of the tenant. */
  isForAll: boolean;
  /** From 0. */
  page: number;
  /** What was done just now. */
  done?: string;
}

const NONE: Record<'own' | 'all', string> = {
  own: `You have no rules yet. Say ${EXAMPLE}, choose step by step, or take one that is ready.`,
  all: 'There are no rules for everybody or for rooms yet. Say “admin rules for rooms when …” or “admin rules for everyone when …”.',
};

export function rulesCard({ rules, known, isForAll, page, done }: RuleList): Message {
  const pages = Math.max(1, Math.ceil(rules.length / RULES_A_PAGE));
  const shownPage = Math.min(Math.max(page, 0), pages - 1);
  const shown = rules.slice(shownPage * RULES_A_PAGE, (shownPage + 1) * RULES_A_PAGE);
  const command = isForAll ? 'admin rules' : 'rules';
  const scope: RuleScope = isForAll ? 'everyone' : 'mine';
  const head = isForAll ? 'Rules for everybody and for rooms' : 'Your rules';
  const count = rules.length === 0 ? NONE[isForAll ? 'all' : 'own'] : `${plural(rules.length, 'rule')}.`;
  const more =
    pages > 1 ? [subtle(`Page ${shownPage + 1} of ${pages}. “${command} ${shownPage + 2}” shows the next.`)] : [];
  return message(
    [
      kicker('🧩', head),
      ...(done ? [line(`✅ ${done}`)] : []),
      ...(rules.length === 0 ? [line(count)] : []),
      ...shown.flatMap((rule) => ruleElements(rule, known)),
      ...more,
    ],
    {
      summary: done ?? head,
      fallbackText: [done, `${head}: ${count}`, ...shown.map((rule) => headWords(rule.spec))]
        .filter(Boolean)
        .join('\n'),
    },
    [execute('New rule', RULE_NEW, { scope }), execute('Ready-made', RULE_TEMPLATES, { scope })],
  );
}

const STATES: Record<DoneRun['state'], string> = {
  planned: '⏳ about to be done',
  claimed: '⏳ being done',
  done: '✅ done',
  withdrawn: '➖ not needed any more',
  failed: '⚠️ failed',
  missed: '⚠️ too late',
  unknown: '❔ nobody knows',
};
const DEED_NAMES: Record<string, string> = {
  message: 'message',
  post: 'post',
  mail: 'mail',
  task: 'task',
  entry: 'entry',
  webhook: 'webhook',
};

/** Of a tenant's rule no admin reads what others' meetings are called. */
function runRow(run: DoneRun, rule: Rule, reader: Reader): Element {
  const say = speakerFor(reader);
  const { facts } = run.payload as RulePayload;
  const about = rule.scope === 'mine' ? ` · ${plain(facts.subject || '(no subject)', 60)}` : '';
  const isRefused = run.state === 'failed' && run.reason === NO_PERMISSION;
  const reason = isRefused ? `it needs ${rule.scope === 'everyone' ? 'their' : 'your'} permission` : run.reason;
  const why = reason && run.state !== 'done' ? ` (${plain(reason, 80)})` : '';
  const what = DEED_NAMES[run.kind] ?? run.kind;
  const isUnsent = run.kind === 'webhook' && run.state === 'withdrawn';
  const became = isRefused ? '⛔ refused' : isUnsent ? '➖ not sent' : STATES[run.state];
  return row('•', `${say.day(run.dueAt)} ${say.time(run.dueAt)} · ${what}: ${became}${why}${about}`);
}

export interface RuleRuns {
  rule: Rule;
  runs: readonly DoneRun[];
  /** Whoever looks may have it sent once more. */
  canReplay(run: DoneRun): boolean;
  /** What was done just now. */
  done?: string;
}

export function ruleRunsCard({ rule, runs, canReplay, done }: RuleRuns, reader: Reader): Message {
  const { ruleId } = rule;
  const again = ({ errandId }: DoneRun): Element => ({
    type: 'ActionSet',
    spacing: 'Small',
    actions: [execute('Send again', RULE_REPLAY, { ruleId, errandId })],
  });
  const words = runs.length === 0 ? 'It has not run yet.' : `The last ${plural(runs.length, 'thing')} it did:`;
  return message(
    [
      kicker('🧾', 'Last runs'),
      title(clip(rule.name, 120)),
      ...(done ? [line(`✅ ${plain(done)}`)] : []),
      line(words),
      ...runs.flatMap((run) => [runRow(run, rule, reader), ...(canReplay(run) ? [again(run)] : [])]),
    ],
    {
      summary: `Last runs: ${clip(rule.name, 120)}`,
      fallbackText: [done, `${rule.name}: ${words}`].filter(Boolean).join('\n'),
    },
  );
}

export function templatesCard(templates: readonly RuleTemplate[], scope: RuleScope): Message {
  return message(
    [
      kicker('🧩', `Ready-made rules · ${SCOPE_WORDS[scope]}`),
      ...templates.flatMap(({ id, name, explains, asksChannel }) => [
        line(`**${name}**`, { spacing: 'Medium' }),
        subtle(explains),
        {
          type: 'ActionSet',
          spacing: 'Small',
          actions: [execute(asksChannel ? 'Choose the channel' : 'Look at it', RULE_TEMPLATE, { id, scope })],
        },
      ]),
    ],
    {
      summary: 'Ready-made rules',
      fallbackText: templates.map(({ name, explains }) => `${name}: ${explains}`).join('\n'),
    },
  );
}

/** Which channel a ready-made rule tells. */
export function templateChannelCard(template: RuleTemplate, channels: Known['channels'], scope: RuleScope): Message {
  return message(
    [
      kicker('🧩', template.name),
      {
        type: 'Input.ChoiceSet',
        id: 'channel',
        label: 'Channel or chat',
        style: 'compact',
        value: channels[0]?.id ?? '',
        choices: channels.map(({ id, name }) => ({ title: clip(name, 100) || id, value: id })),
      },
    ],
    { summary: template.name, fallbackText: template.explains },
    [execute('Look at it', RULE_TEMPLATE, { id: template.id, scope }, { style: 'positive' })],
  );
}
