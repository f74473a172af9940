/** admin check [address or object id]: whether the application reaches further than meant. */
import type { Message } from '../../delivery/message.ts';
import { CalendarWatchError } from '../../errors.ts';
import { GraphFailure } from '../../graph/failures.ts';
import { asApplication, type Reach } from '../../graph/port.ts';
import { isMember, someMember, watchesTenant } from '../../store/app-watch.ts';
import { findByAddress } from '../../store/people.ts';
import { explainToAdmin } from '../app-access.ts';
import { sentence } from '../cards/answers.ts';
import { checkCard, noAccessCard } from '../cards/app-check.ts';
import { requireAdmin } from '../choosing.ts';
import { type Findings, judge } from '../scope-check.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

/** Nothing that would lead elsewhere in a path. */
const MAILBOX = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^\s@/?#\\%]{1,128}@[^\s@/?#\\%]{1,190})$/i;

/** Whether that mailbox opens to the application. What is no answer about that is 'unknown'. */
async function probe(services: Services, tenantId: string, mailbox: string): Promise<Reach | 'unknown'> {
  try {
    return await services.graph.probeCalendar(asApplication(tenantId, mailbox), services.clock.now());
  } catch (err) {
    if (!(err instanceof GraphFailure || err instanceof CalendarWatchError)) throw err;
    services.log.warn({ tenantId, code: err.code }, 'a look at whether a calendar opens had no answer');
    return 'unknown';
  }
}

/** By the address that their calendar says, or the directory. */
async function personOf(services: Services, tenantId: string, address: string): Promise<string | undefined> {
  const { database, graph } = services;
  const person = await database.inTenant(tenantId, (sql) => findByAddress(sql, tenantId, address.toLowerCase()));
  return person?.personId ?? graph.findPersonId(asApplication(tenantId), address).catch(() => undefined);
}

interface Standing {
  isForAll: boolean;
  inside?: string;
  /** In no watched group. */
  outside?: string;
}

/** Whom to look at: the one who was named, else the admin themselves where nobody watches for them. */
async function whomToLookAt(services: Services, { tenantId, personId }: Turn, named: string): Promise<Standing> {
  const known = named.includes('@') ? await personOf(services, tenantId, named) : undefined;
  return services.database.inTenant(tenantId, async (sql) => {
    const whom = known ?? (named === '' ? personId : named.toLowerCase());
    const isInside = await isMember(sql, tenantId, whom);
    const inside = named !== '' && isInside ? whom : await someMember(sql, tenantId, isInside ? '' : whom);
    return {
      isForAll: await watchesTenant(sql, tenantId),
      ...(inside ? { inside } : {}),
      ...(isInside ? {} : { outside: whom }),
    };
  });
}

/** An address that nobody could tell the owner of may be a member's. */
async function probeOutside(services: Services, tenantId: string, whom: string): Promise<Findings['outside']> {
  const reach = await probe(services, tenantId, whom);
  return reach === 'read' && whom.includes('@') ? 'unclear' : reach;
}

async function check(services: Services, turn: Turn, named: string): Promise<Message> {
  const { tenantId, personId } = turn;
  let permissions: string[];
  try {
    permissions = await services.application.permissions(tenantId);
  } catch (error) {
    return noAccessCard(explainToAdmin(error));
  }
  const { isForAll, inside, outside } = await whomToLookAt(services, turn, named);
  const verdict = judge({
    permissions,
    watchesTenant: isForAll,
    ...(inside ? { inside: await probe(services, tenantId, inside) } : {}),
    ...(outside && !isForAll ? { outside: await probeOutside(services, tenantId, outside) } : {}),
  });
  services.log.info({ tenantId, personId, level: verdict.level }, 'an admin checked how far the application reaches');
  return checkCard(verdict);
}

export const adminCheck: Command = {
  name: 'admin check',
  usage: 'admin check',
  isDetail: true,
  help: 'whether the application reaches further than meant; with an address, whether it reaches that one',
  group: 'admin',
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    if (rest !== '' && !MAILBOX.test(rest))
      return sentence('Whom shall I look at? Say **admin check** with an address or an object id, or alone.');
    return check(services, turn, rest);
  },
};
