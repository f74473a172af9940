/** admin watch, admin watch group …, admin watch tenant, admin unwatch …: by the application's permission. */
import type { Message } from '../../delivery/message.ts';
import { asApplication } from '../../graph/port.ts';
import type { Act } from '../../privacy/acts.ts';
import { addWatch, appWatches, endAppWatch, type ShownWatch } from '../../store/app-watch.ts';
import { recordAct } from '../../store/audit.ts';
import { findPerson } from '../../store/people.ts';
import { explainToAdmin } from '../app-access.ts';
import { sentence } from '../cards/answers.ts';
import { confirmTenantCard, watchListCard } from '../cards/app-watch.ts';
import { plain } from '../cards/parts.ts';
import { requireAdmin } from '../choosing.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

const LONGEST_NAME = 256;
const USAGE =
  'Say **admin watch group** with its object id or exact name, **admin watch tenant**, or **admin watch** for what I watch.';

const ofTenant = (services: Services, { tenantId }: Turn): Promise<ShownWatch[]> =>
  services.database.inTenant(tenantId, (sql) => appWatches(sql, tenantId));

async function list(services: Services, turn: Turn): Promise<Message> {
  const { tenantId, personId } = turn;
  const watches = await ofTenant(services, turn);
  const admin = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  return watchListCard(watches, admin ?? turn, services.clock.now());
}

const actOf = (
  act: 'adminWatch' | 'adminUnwatch',
  tenantId: string,
  actorId: string,
  { kind, objectId }: Pick<ShownWatch, 'kind' | 'objectId'>,
): Act => ({ tenantId, actorId, personId: null, act, detail: { kind, ...(objectId ? { groupId: objectId } : {}) } });

async function begin(
  services: Services,
  { tenantId, personId }: Turn,
  what: Pick<ShownWatch, 'kind' | 'objectId' | 'label'>,
): Promise<boolean> {
  const now = services.clock.now();
  const watchId = services.newId();
  const isNew = await services.database.inTenant(tenantId, async (sql) => {
    const added = await addWatch(sql, { tenantId, watchId, ...what, addedBy: personId }, now);
    if (added) await recordAct(sql, actOf('adminWatch', tenantId, personId, what), now, services.newId());
    return added;
  });
  services.log.warn({ tenantId, personId, watchId, kind: what.kind }, 'an admin has the application watch');
  services.poke('groups');
  return isNew;
}

async function watchGroup(services: Services, turn: Turn, idOrName: string): Promise<Message> {
  const { groupId, name } = await services.graph.readGroup(asApplication(turn.tenantId), idOrName);
  const isNew = await begin(services, turn, { kind: 'group', objectId: groupId, label: name.slice(0, LONGEST_NAME) });
  const label = plain(name, 100);
  return sentence(
    isNew
      ? `I’m reading who is in **${label}**, and watch for them from now. Nobody has to sign in; everybody can say “watch off”. **admin watch** shows how it goes, **admin check** how far the application reaches.`
      : `I watch **${label}** already; I’m reading its members anew. **admin watch** shows how it goes.`,
  );
}

/** The button's: pressed by somebody who may not be an admin any more. */
export async function watchTenant(services: Services, turn: Turn): Promise<Message> {
  await requireAdmin(services, turn);
  const isNew = await begin(services, turn, { kind: 'tenant', objectId: '', label: 'Everybody' });
  return sentence(
    isNew
      ? 'I’m reading who is in the tenant, and watch for everybody from now. **admin watch** shows how it goes.'
      : 'I watch for everybody already; I’m reading who they are anew. **admin watch** shows how it goes.',
  );
}

/** “group” and a name, in quotes or not; undefined for anything else. */
export function groupIn(rest: string): string | undefined {
  const name = /^group\s+(.+)$/i
    .exec(rest)?.[1]
    ?.trim()
    .replace(/^["“„”']+|["“„”']+$/g, '');
  return name && name.length <= LONGEST_NAME ? name : undefined;
}

export const adminWatch: Command = {
  name: 'admin watch',
  usage: 'admin watch group …',
  help: 'watch for a group, or with “admin watch tenant” for everybody, without their sign-in; “admin watch” lists, “admin time group …” has average hours',
  group: 'admin',
  isForAdmins: true,
  keepsCase: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    if (rest === '') return list(services, turn);
    const group = groupIn(rest);
    if (!group && rest.toLowerCase() !== 'tenant') return sentence(USAGE);
    try {
      if (group) return await watchGroup(services, turn, group);
      return confirmTenantCard(await services.graph.countPeople(asApplication(turn.tenantId)));
    } catch (error) {
      return sentence(explainToAdmin(error));
    }
  },
};

const isMeant = (rest: string) => {
  const name = groupIn(rest)?.toLowerCase();
  return (one: ShownWatch) =>
    one.kind === 'tenant'
      ? rest.toLowerCase() === 'tenant'
      : [one.objectId, one.label.toLowerCase()].includes(name ?? '');
};

export const adminUnwatch: Command = {
  name: 'admin unwatch',
  usage: 'admin unwatch group …',
  isDetail: true,
  help: 'end that; who had not connected themselves is watched no more',
  group: 'admin',
  isForAdmins: true,
  keepsCase: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    const { tenantId, personId } = turn;
    const [meant, another] = (await ofTenant(services, turn)).filter(isMeant(rest));
    if (!meant) return sentence('I don’t watch that. **admin watch** shows what I watch, and the words that end it.');
    if (another) return sentence('There are several of that name. **admin watch** shows the words that end each.');
    const { watchId, members, kind } = meant;
    const now = services.clock.now();
    await services.database.inTenant(tenantId, async (sql) => {
      await endAppWatch(sql, tenantId, watchId, now);
      await recordAct(sql, actOf('adminUnwatch', tenantId, personId, meant), now, services.newId());
    });
    services.log.warn({ tenantId, personId, watchId, kind }, 'an admin ended what the application watches');
    services.poke('groups');
    const label = kind === 'tenant' ? 'everybody' : plain(meant.label, 100);
    return sentence(
      `I’m ending it for **${label}** (${members} in it). Who connected themselves, or is in another watched group, stays; of the others I forget the calendars.`,
    );
  },
};
