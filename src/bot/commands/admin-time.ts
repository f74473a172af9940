/** admin time group …: the average hours of a watched group last week; never of a person. */
import type { Message } from '../../delivery/message.ts';
import { groupTime, LEAST_PEOPLE } from '../../insights/group.ts';
import { appWatches, type ShownWatch } from '../../store/app-watch.ts';
import { recordAct } from '../../store/audit.ts';
import { findPerson } from '../../store/people.ts';
import { sentence } from '../cards/answers.ts';
import { groupTimeCard } from '../cards/time-group.ts';
import { requireAdmin } from '../choosing.ts';
import type { Services, Turn } from '../services.ts';
import { groupIn } from './admin-watch.ts';
import type { Command } from './command.ts';

/** Tenants whose group is being summed up by this instance: one at a time. */
const underWay = new Set<string>();

/** “group Sales”, “Sales” or “tenant”. */
function isMeant(rest: string): (one: ShownWatch) => boolean {
  const name = (groupIn(rest) ?? groupIn(`group ${rest}`) ?? '').toLowerCase();
  return (one) =>
    !one.ending && (one.kind === 'tenant' ? name === 'tenant' : [one.objectId, one.label.toLowerCase()].includes(name));
}

async function answer(services: Services, turn: Turn, meant: ShownWatch, watches: ShownWatch[]): Promise<Message> {
  const { tenantId, personId } = turn;
  const now = services.clock.now();
  const act = { tenantId, actorId: personId, personId: null, act: 'adminTime' } as const;
  const answered = await groupTime(services.database, tenantId, meant, watches, now, (sql, detail) =>
    recordAct(sql, { ...act, detail }, now, services.newId()),
  );
  if (answered.kind === 'tooFew')
    return sentence(
      `I only speak of groups with **${LEAST_PEOPLE} people or more** who were in them and watched all last week. That one has fewer.`,
    );
  if (answered.kind === 'tooNear')
    return sentence(
      'You asked for a group with nearly the same people already; what differs would say something about a few of them. Ask for one or the other next week.',
    );
  return services.database.inTenant(tenantId, async (sql) =>
    groupTimeCard(answered.facts, (await findPerson(sql, tenantId, personId)) ?? turn),
  );
}

export const adminTime: Command = {
  name: 'admin time',
  usage: 'admin time group …',
  help: 'average hours in meetings of a watched group last week; five people or more',
  group: 'admin',
  // “admin watch”, which makes groups, names it.
  isDetail: true,
  isForAdmins: true,
  keepsCase: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    const { tenantId } = turn;
    if (rest === '') return sentence('Say **admin time group** and its name, or **admin time tenant**.');
    const watches = await services.database.inTenant(tenantId, (sql) => appWatches(sql, tenantId));
    const [meant, another] = watches.filter(isMeant(rest));
    if (!meant) return sentence('I don’t watch such a group. **admin watch** shows what I watch.');
    if (another) return sentence('There are several of that name. Say **admin time group** with its object id.');
    if (underWay.size > 0) return sentence('I’m summing up a group right now. Please ask again in a minute.');
    underWay.add(tenantId);
    try {
      return await answer(services, turn, meant, watches);
    } finally {
      underWay.delete(tenantId);
    }
  },
};
