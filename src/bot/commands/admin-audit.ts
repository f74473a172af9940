/** admin audit: who did what, the last acts on a card; admin audit csv: all of them in a file. */
import type { Message } from '../../delivery/message.ts';
import { actsOf, type RecordedAct } from '../../store/audit.ts';
import { findPerson } from '../../store/people.ts';
import { sentence } from '../cards/answers.ts';
import { auditCard, type ShownAct } from '../cards/privacy.ts';
import { requireAdmin } from '../choosing.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';
import { linkToFile } from './export.ts';

const SHOWN = 20;

/** By the address that their calendar says, where they are still known. */
async function shown(services: Services, tenantId: string, acts: RecordedAct[]): Promise<ShownAct[]> {
  const ids = [...new Set(acts.flatMap(({ actorId, personId }) => [actorId ?? [], personId ?? []].flat()))];
  const names = await services.database.inTenant(tenantId, async (sql) => {
    const found = new Map<string, string>();
    for (const id of ids) found.set(id, (await findPerson(sql, tenantId, id))?.address ?? id);
    return found;
  });
  const nameOf = (id: string | null) => (id === null ? null : (names.get(id) ?? id));
  return acts.map(({ at, act, actorId, personId }) => ({ at, act, actor: nameOf(actorId), person: nameOf(personId) }));
}

/** Also the button's; it may be pressed by somebody who is not an admin any more. */
export async function auditFileLink(services: Services, turn: Turn): Promise<Message> {
  await requireAdmin(services, turn);
  return linkToFile(services, turn, 'audit');
}

export const adminAudit: Command = {
  name: 'admin audit',
  usage: 'admin audit',
  isDetail: true,
  help: 'who connected, agreed, changed something for all, exported, forgot; “admin audit csv” for a file',
  group: 'admin',
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    if (rest === 'csv') return auditFileLink(services, turn);
    if (rest !== '') return sentence('I know **admin audit** and **admin audit csv**.');
    const { tenantId, personId } = turn;
    const { acts, reader } = await services.database.inTenant(tenantId, async (sql) => ({
      acts: await actsOf(sql, tenantId, SHOWN),
      reader: await findPerson(sql, tenantId, personId),
    }));
    return auditCard(await shown(services, tenantId, acts), reader ?? turn);
  },
};
