/** rules, admin rules: what there is, with buttons; a new one by steps or by template. */
import type { Message } from '../../delivery/message.ts';
import { mayDo, type RuleScope } from '../../rules/rule.ts';
import { TEMPLATES } from '../../rules/templates.ts';
import { rulesOf, tenantRules } from '../../store/rules.ts';
import { sentence } from '../cards/answers.ts';
import { ruleFormCard } from '../cards/rule-form.ts';
import { rulesCard, templatesCard } from '../cards/rule-list.ts';
import { askWhere } from '../channels.ts';
import { requireAdmin } from '../choosing.ts';
import { knownTo } from '../rules.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';
import { draftOf } from './when.ts';

export async function rulesShown(
  services: Services,
  turn: Turn,
  isForAll: boolean,
  more: { page?: number; done?: string } = {},
): Promise<Message> {
  if (isForAll) await requireAdmin(services, turn);
  const { tenantId, personId } = turn;
  return services.database.inTenant(tenantId, async (sql) => {
    const rules = isForAll ? await tenantRules(sql, tenantId) : await rulesOf(sql, tenantId, personId);
    return rulesCard({ rules, known: await knownTo(sql, turn), isForAll, page: 0, ...more });
  });
}

/** The card in steps, with the channels that they may post to and the webhooks that they have. */
export async function formFor(services: Services, turn: Turn, scope: RuleScope): Promise<Message> {
  if (mayDo(scope, 'post')) await askWhere(services, turn);
  const known = await services.database.inTenant(turn.tenantId, (sql) => knownTo(sql, turn));
  return ruleFormCard(scope, known);
}

export const templatesFor = (scope: RuleScope): Message =>
  templatesCard(
    TEMPLATES.filter((one) => one.scopes.includes(scope)),
    scope,
  );

const PAGE = /^\d{1,2}$/;

export const rules: Command = {
  name: 'rules',
  aliases: ['my rules', 'rules templates', 'rules new', 'new rule'],
  usage: 'rules',
  help: 'when … do …: your rules, ready-made ones (“rules templates”), a new one (“rules new”)',
  group: 'calendar',
  async run(services, turn, rest) {
    if (rest === '' || PAGE.test(rest)) return rulesShown(services, turn, false, { page: Number(rest || 1) - 1 });
    if (rest === 'templates') return templatesFor('mine');
    if (rest === 'new') return formFor(services, turn, 'mine');
    return sentence('I know **rules**, **rules new** and **rules templates**. A rule itself begins with “when …”.');
  },
};

const FOR = /^for (everyone|everybody|rooms)(?: (.+))?$/is;

export const adminRules: Command = {
  name: 'admin rules',
  usage: 'admin rules for rooms when …',
  isDetail: true,
  help: 'rules for rooms, or for everybody (“admin rules for everyone …”); “admin rules” lists them',
  group: 'admin',
  isForAdmins: true,
  keepsCase: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    if (rest === '' || PAGE.test(rest)) return rulesShown(services, turn, true, { page: Number(rest || 1) - 1 });
    const [, whose = '', line = ''] = FOR.exec(rest) ?? [];
    const scope: RuleScope = whose.toLowerCase() === 'rooms' ? 'rooms' : 'everyone';
    if (whose === '')
      return sentence('For whom? **admin rules for rooms when …** or **admin rules for everyone when …**.');
    if (line === '' || line === 'new') return formFor(services, turn, scope);
    if (line === 'templates') return templatesFor(scope);
    return draftOf(services, turn, line, scope);
  },
};
