/** admin deliveries, admin deliveries retry */
import type { Message } from '../../delivery/message.ts';
import { pauseOf } from '../../store/pause.ts';
import { findPerson, type Person } from '../../store/people.ts';
import {
  countRetryable,
  countUndelivered,
  countUnreachable,
  retryUndelivered,
  undeliveredOf,
} from '../../store/undelivered.ts';
import { sentence } from '../cards/answers.ts';
import { pausedWords } from '../cards/pause-all.ts';
import { deliveriesCard, SHOWN, SHOWN_BACK_MS } from '../cards/undelivered.ts';
import type { Services, Turn } from '../services.ts';
import { plural } from '../words.ts';
import type { Command } from './command.ts';

const forAdmins = () =>
  sentence(
    'That is for admins. If you have become one since you signed in, say **sign in**. **help** shows what you can say.',
  );

async function adminOf(services: Services, turn: Turn): Promise<Person | undefined> {
  const person = await services.database.inTenant(turn.tenantId, (sql) =>
    findPerson(sql, turn.tenantId, turn.personId),
  );
  return person && (await services.admins.prove(turn, person.isAdmin)) ? person : undefined;
}

/** Also the button's; it may be pressed by somebody who is not an admin any more. */
export async function retryDeliveries(services: Services, turn: Turn): Promise<Message> {
  if (!(await adminOf(services, turn))) return forAdmins();
  const now = services.clock.now();
  const count = await services.database.inTenant(turn.tenantId, (sql) =>
    retryUndelivered(sql, turn.tenantId, now - SHOWN_BACK_MS, now),
  );
  services.log.info({ tenantId: turn.tenantId, personId: turn.personId, count }, 'an admin had deliveries retried');
  services.poke('nudges');
  return sentence(
    count === 0
      ? 'There is nothing left to try again: the moment of each has passed, or it may have arrived.'
      : `I’ll try ${plural(count, 'delivery', 'deliveries')} again now. **admin deliveries** shows what came of it.`,
  );
}

export const adminDeliveries: Command = {
  name: 'admin deliveries',
  usage: 'admin deliveries',
  help: 'what did not arrive, and why; “admin deliveries retry” tries again',
  group: 'admin',
  isForAdmins: true,
  async run(services, turn, rest) {
    if (rest === 'retry') return retryDeliveries(services, turn);
    const admin = await adminOf(services, turn);
    if (!admin) return forAdmins();
    if (rest !== '') return sentence('I know **admin deliveries** and **admin deliveries retry**.');
    const now = services.clock.now();
    const since = now - SHOWN_BACK_MS;
    const { tenantId } = turn;
    const { pause, ...found } = await services.database.inTenant(tenantId, async (sql) => ({
      counts: await countUndelivered(sql, tenantId, since),
      newest: await undeliveredOf(sql, tenantId, since, SHOWN),
      retryable: await countRetryable(sql, tenantId, since, now),
      unreachable: await countUnreachable(sql, tenantId),
      pause: await pauseOf(sql, tenantId),
    }));
    return deliveriesCard({ ...found, ...(pause ? { paused: pausedWords(pause, admin, now) } : {}) }, admin, now);
  },
};
