/** Buttons of rules. A line is read anew when it comes back; a rule that is named is the presser's own, or the tenant's. */
import { z } from 'zod';
import type { Message } from '../../delivery/message.ts';
import type { Rule, RuleScope } from '../../rules/rule.ts';
import { findTemplate, lineOf } from '../../rules/templates.ts';
import { type DoneRun, lastRuns } from '../../store/rule-runs.ts';
import { sentence } from '../cards/answers.ts';
import { RULE_CANCEL, RULE_CHANGE, RULE_CHECK, RULE_SAVE, rehearsedCard } from '../cards/rule-draft.ts';
import { RULE_CHOOSE, ruleLineCard } from '../cards/rule-form.ts';
import {
  RULE_DELETE,
  RULE_NEW,
  RULE_PAUSE,
  RULE_REPLAY,
  RULE_RESUME,
  RULE_RUNS,
  RULE_TEMPLATE,
  RULE_TEMPLATES,
  RULE_TEST,
  ruleRunsCard,
  templateChannelCard,
} from '../cards/rule-list.ts';
import { askWhere, mayPostTo } from '../channels.ts';
import { requireAdmin } from '../choosing.ts';
import { formFor, rulesShown, templatesFor } from '../commands/rules.ts';
import { draftOf } from '../commands/when.ts';
import { FORM_FIELDS, type FormInput, lineOfForm } from '../rule-form.ts';
import { askToMail } from '../rule-mail.ts';
import {
  changeRule,
  keepRule,
  knownTo,
  LONGEST_KEPT_LINE,
  mostRules,
  presser,
  readFor,
  ruleFor,
  tried,
} from '../rules.ts';
import type { Services, Turn } from '../services.ts';
import { canReplay, replayRun } from '../webhooks.ts';
import type { ButtonAction, Reaction } from './action.ts';
import { parse, refuse } from './press-input.ts';

const RUNS_SHOWN = 15;

const scope = z.enum(['mine', 'everyone', 'rooms']);
const line = z.string().min(1).max(LONGEST_KEPT_LINE);
const lined = z.object({ line, scope });
const named = z.object({ ruleId: z.string().min(1).max(200) });
const scoped = z.object({ scope });
const short = z.string().max(400).default('');
const form = z.object({
  scope,
  ...(Object.fromEntries(FORM_FIELDS.map((field) => [field, short])) as Record<keyof FormInput, typeof short>),
});

const allowed = async (services: Services, turn: Turn, wanted: RuleScope) => {
  if (wanted !== 'mine') await requireAdmin(services, turn);
};

const pressSave: ButtonAction = {
  verb: RULE_SAVE,
  async run(services, turn, data) {
    const { line: kept, scope: wanted } = parse(lined, data);
    const read = await readFor(services, turn, kept, wanted);
    if (read.kind === 'notUnderstood') throw refuse('a rule is not understood any more', read.say);
    const asked = await askToMail(services, turn, read.draft);
    if (asked) return { reply: asked };
    if (!(await keepRule(services, turn, read.draft)))
      throw refuse('too many rules', `There are ${mostRules(wanted)} rules already; delete one first.`);
    return { card: await rulesShown(services, turn, wanted !== 'mine', { done: 'Saved. It runs from now on.' }) };
  },
};

const pressChange: ButtonAction = {
  verb: RULE_CHANGE,
  async run(services, turn, data) {
    const { line: typed, scope: wanted } = parse(lined, data);
    await allowed(services, turn, wanted);
    return { card: ruleLineCard(typed, wanted) };
  },
};

/** What is not understood is said below, and what was typed stays. */
async function checked(services: Services, turn: Turn, typed: string, wanted: RuleScope): Promise<Reaction> {
  const read = await readFor(services, turn, typed, wanted);
  const shown = await draftOf(services, turn, typed, wanted);
  return read.kind === 'draft' ? { card: shown } : { reply: shown };
}

const pressCheck: ButtonAction = {
  verb: RULE_CHECK,
  run(services, turn, data) {
    const { ruleLine, scope: wanted } = parse(z.object({ ruleLine: line, scope }), data);
    return checked(services, turn, ruleLine, wanted);
  },
};

const GONE =
  'That channel is gone, or you are not in it any more, so that I can’t post there. **channels** lists where I can, **rules new** lets you choose.';

const pressChoose: ButtonAction = {
  verb: RULE_CHOOSE,
  async run(services, turn, data) {
    const input = parse(form, data);
    const { ruleDeed, ruleChannel } = input;
    if (ruleDeed === 'post' && ruleChannel && !(await mayPostTo(services, turn, ruleChannel)))
      return { reply: sentence(GONE) };
    return checked(services, turn, lineOfForm(input), input.scope);
  },
};

const pressCancel: ButtonAction = {
  verb: RULE_CANCEL,
  run: async () => ({ card: sentence('All right, no new rule. **rules** shows those that you have.') }),
};

const pressNew: ButtonAction = {
  verb: RULE_NEW,
  async run(services, turn, data) {
    const { scope: wanted } = parse(scoped, data);
    await allowed(services, turn, wanted);
    return { reply: await formFor(services, turn, wanted) };
  },
};

const pressTemplates: ButtonAction = {
  verb: RULE_TEMPLATES,
  async run(services, turn, data) {
    const { scope: wanted } = parse(scoped, data);
    await allowed(services, turn, wanted);
    return { reply: templatesFor(wanted) };
  },
};

const pressTemplate: ButtonAction = {
  verb: RULE_TEMPLATE,
  async run(services, turn, data) {
    const input = z.object({ id: z.string().max(40), scope, channel: z.string().min(1).max(200).optional() });
    const { id, scope: wanted, channel } = parse(input, data);
    await allowed(services, turn, wanted);
    const template = findTemplate(id);
    if (!template?.scopes.includes(wanted))
      throw refuse('a template is gone', 'That one is gone. **rules templates** shows what there is.');
    if (!template.asksChannel || channel)
      return { reply: await draftOf(services, turn, lineOf(template, channel), wanted) };
    await askWhere(services, turn);
    const { channels } = await services.database.inTenant(turn.tenantId, (sql) => knownTo(sql, turn));
    if (channels.length > 0) return { card: templateChannelCard(template, channels, wanted) };
    return {
      reply: sentence('I’m in no channel yet that I could tell. Add me to the team first, then choose it here.'),
    };
  },
};

const DONE = { paused: 'Paused.', resumed: 'It runs again from now on.', deleted: 'Deleted.' } as const;

const changing = (verb: string, did: keyof typeof DONE): ButtonAction => ({
  verb,
  async run(services, turn, data) {
    const rule = await ruleFor(services, turn, parse(named, data).ruleId);
    await changeRule(services, turn, rule, did);
    return { card: await rulesShown(services, turn, rule.scope !== 'mine', { done: DONE[did] }) };
  },
});

const pressTest: ButtonAction = {
  verb: RULE_TEST,
  async run(services, turn, data) {
    const rule = await ruleFor(services, turn, parse(named, data).ruleId);
    const reader = await presser(services, turn);
    return { reply: rehearsedCard(rule.name, rule.scope, await tried(services, turn, rule.spec, rule.scope), reader) };
  },
};

async function runsOf(services: Services, turn: Turn, rule: Rule, done?: string): Promise<Message> {
  const { tenantId, personId } = turn;
  const reader = await presser(services, turn);
  const now = services.clock.now();
  const runs = await services.database.inTenant(tenantId, (sql) =>
    lastRuns(sql, tenantId, rule.ruleId, RUNS_SHOWN, now),
  );
  const shown = { rule, runs, canReplay: (run: DoneRun) => canReplay(run, personId, now), ...(done ? { done } : {}) };
  return ruleRunsCard(shown, reader);
}

const pressRuns: ButtonAction = {
  verb: RULE_RUNS,
  async run(services, turn, data) {
    const rule = await ruleFor(services, turn, parse(named, data).ruleId);
    return { reply: await runsOf(services, turn, rule) };
  },
};

/** The card that stands then has the button no more: one press, one replay. */
const pressReplay: ButtonAction = {
  verb: RULE_REPLAY,
  async run(services, turn, data) {
    const input = named.extend({ errandId: z.string().min(1).max(500) });
    const { ruleId, errandId } = parse(input, data);
    const rule = await ruleFor(services, turn, ruleId);
    const host = await replayRun(services, turn, { ruleId, errandId });
    const words = `I’m sending it to ${host} again, as it was. What comes of it will stand here, under “Last runs”.`;
    return { card: await runsOf(services, turn, rule, words) };
  },
};

export const RULE_ACTIONS: readonly ButtonAction[] = [
  pressSave,
  pressChange,
  pressCheck,
  pressChoose,
  pressCancel,
  pressNew,
  pressTemplates,
  pressTemplate,
  changing(RULE_PAUSE, 'paused'),
  changing(RULE_RESUME, 'resumed'),
  changing(RULE_DELETE, 'deleted'),
  pressTest,
  pressRuns,
  pressReplay,
];
