/** admin settings, admin forbid …, admin allow …, admin early …: what counts for everybody in the tenant. */

import type { Message } from '../../delivery/message.ts';
import { MOST_EARLY_MINUTES, OTHER_WAYS, type OtherWayName, type TenantPolicy } from '../../nudges/settings.ts';
import { sentence } from '../cards/answers.ts';
import { forAllCard } from '../cards/settings.ts';
import { chooseForAll, requireAdmin } from '../choosing.ts';
import { kindCalled } from '../muting.ts';
import type { Services, Turn } from '../services.ts';
import { SWITCHES } from '../switches.ts';
import { WAY_NAMES, wayCalled } from '../way-values.ts';
import { enumerate, plural } from '../words.ts';
import type { Command } from './command.ts';

export async function settingsForAllCard(services: Services, turn: Turn): Promise<Message> {
  return forAllCard(await requireAdmin(services, turn));
}

export const adminSettings: Command = {
  name: 'admin settings',
  usage: 'admin settings',
  help: 'what counts for everybody, and what is allowed',
  group: 'admin',
  isForAdmins: true,
  run: settingsForAllCard,
};

const without = (policy: TenantPolicy, name: string) => policy.forbiddenKinds.filter((one) => one !== name);

async function allowWay(services: Services, turn: Turn, way: OtherWayName, isAllowed: boolean): Promise<Message> {
  await chooseForAll(services, turn, (policy) => ({
    forbiddenWays: OTHER_WAYS.filter((one) => (one === way ? !isAllowed : policy.forbiddenWays.includes(one))),
  }));
  return sentence(
    isAllowed
      ? `**${WAY_NAMES[way]}**: allowed again, for those who chose it.`
      : `**${WAY_NAMES[way]}**: I use it for nobody from now on. **admin allow ${way}** takes it back.`,
  );
}

const OTHER_ACCOUNTS = /^(?:an)?other accounts?$/;

async function allowAccounts(services: Services, turn: Turn, isAllowed: boolean): Promise<Message> {
  await chooseForAll(services, turn, () => ({ otherAccounts: isAllowed }));
  return sentence(
    isAllowed
      ? '**Other accounts**: allowed. Who signs in with another account of this organisation than they use in Teams gets a code on the page, and types it in their chat with me. Accounts of other organisations stay out.'
      : '**Other accounts**: not allowed. Whoever had connected one has to sign in with their own from now on. **admin allow other accounts** takes it back.',
  );
}

async function allow(services: Services, turn: Turn, rest: string, isAllowed: boolean): Promise<Message> {
  await requireAdmin(services, turn);
  if (OTHER_ACCOUNTS.test(rest)) return allowAccounts(services, turn, isAllowed);
  const way = wayCalled(rest);
  if (way) return allowWay(services, turn, way, isAllowed);
  const kind = kindCalled(rest);
  const known = [...SWITCHES.map((one) => one.words[0] ?? one.name), ...OTHER_WAYS, 'other accounts'];
  if (!kind) return sentence(`Which? I know ${enumerate(known)}.`);
  await chooseForAll(services, turn, (policy) => ({
    forbiddenKinds: [...without(policy, kind.name), ...(isAllowed ? [] : [kind.name])],
  }));
  return sentence(
    isAllowed
      ? `**${kind.title}**: allowed again. Everybody’s plan follows within ten minutes.`
      : `**${kind.title}**: off for everybody, within ten minutes. **admin allow ${kind.words[0] ?? kind.name}** takes it back.`,
  );
}

export const adminForbid: Command = {
  name: 'admin forbid',
  usage: 'admin forbid digest',
  isDetail: true,
  help: 'switch a kind of message off for everybody; “admin allow digest” allows it again',
  group: 'admin',
  isForAdmins: true,
  run: (services, turn, rest) => allow(services, turn, rest, false),
};

export const adminAllow: Command = {
  name: 'admin allow',
  usage: 'admin allow digest',
  help: 'allow it again',
  group: 'admin',
  isDetail: true,
  isForAdmins: true,
  run: (services, turn, rest) => allow(services, turn, rest, true),
};

const earlyWords = (minutes: number) =>
  minutes === 0
    ? 'Nothing is sent early. When many meetings begin at once, some reminders may come late.'
    : `When many meetings begin at once, I may send up to **${plural(minutes, 'minute')}** early; late never, if I can help it.`;

export const adminEarly: Command = {
  name: 'admin early',
  usage: 'admin early 5',
  isDetail: true,
  help: `minutes that I may be early when many meetings begin at once, 0 to ${MOST_EARLY_MINUTES}`,
  group: 'admin',
  isForAdmins: true,
  async run(services, turn, rest) {
    const { earlyMinutes } = await requireAdmin(services, turn);
    if (rest === '') return sentence(`${earlyWords(earlyMinutes)} Say for example **admin early 5**.`);
    const typed = Number(/^(\d{1,2})(?:\s?(?:m|min|minutes?))?$/.exec(rest)?.[1] ?? Number.NaN);
    if (!(typed <= MOST_EARLY_MINUTES))
      return sentence(`How many minutes? 0 to ${MOST_EARLY_MINUTES}, for example **admin early 5**.`);
    const policy = await chooseForAll(services, turn, () => ({ earlyMinutes: typed }));
    return sentence(earlyWords(policy.earlyMinutes));
  },
};
