/** admin settings, admin forbid …, admin allow …: what counts for everybody in the tenant. */

import type { Message } from '../../delivery/message.ts';
import { KINDS } from '../../nudges/kinds.ts';
import type { TenantPolicy } from '../../nudges/settings.ts';
import { sentence } from '../cards/answers.ts';
import { forAllCard } from '../cards/settings.ts';
import { chooseForAll, requireAdmin } from '../choosing.ts';
import { kindCalled } from '../muting.ts';
import type { Services, Turn } from '../services.ts';
import { enumerate } from '../words.ts';
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

async function allow(services: Services, turn: Turn, rest: string, isAllowed: boolean): Promise<Message> {
  await requireAdmin(services, turn);
  const kind = kindCalled(rest);
  if (!kind) return sentence(`Which? I know ${enumerate(KINDS.map((one) => one.words[0] ?? one.name))}.`);
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
  help: 'switch a kind of message off for everybody',
  group: 'admin',
  isForAdmins: true,
  run: (services, turn, rest) => allow(services, turn, rest, false),
};

export const adminAllow: Command = {
  name: 'admin allow',
  usage: 'admin allow digest',
  help: 'allow it again',
  group: 'admin',
  isForAdmins: true,
  run: (services, turn, rest) => allow(services, turn, rest, true),
};
