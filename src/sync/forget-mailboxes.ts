/** What nobody could read, or signed in for, for a month is forgotten: replica, plan, tokens and subscriptions. */
import type { Clock } from '../clock.ts';
import type { Intervals } from '../intervals.ts';
import type { Logger } from '../log.ts';
import { recordAct } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { endMailbox, findMailbox, forgettableMailboxes, type Mailbox } from '../store/mailboxes.ts';
import { withdrawAll } from '../store/nudges.ts';
import { lockPerson, setWatch } from '../store/people.ts';
import { deleteTokens } from '../store/tokens.ts';

const MOST_A_STEP = 20;

export interface ForgetDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  intervals: Intervals;
  newId(): string;
}

const isForgettable = ({ unreadableSince, syncDueAt, blindSince, ending }: Mailbox, forgetFrom: number) =>
  !ending &&
  ((unreadableSince !== null && unreadableSince < forgetFrom) ||
    (syncDueAt === null && blindSince !== null && blindSince < forgetFrom));

/** Returns how many; as long as there are any, another step is worth it. */
export async function forgetMailboxes(deps: ForgetDeps): Promise<number> {
  const forgetFrom = deps.clock.now() - deps.intervals.forgetMs;
  const ids = await forgettableMailboxes(deps.database.system, MOST_A_STEP, forgetFrom);
  for (const { tenantId, mailboxId } of ids) {
    const now = deps.clock.now();
    await deps.database.inTenant(tenantId, async (sql) => {
      const personId = (await findMailbox(sql, tenantId, mailboxId))?.personId;
      const person = personId && (await lockPerson(sql, tenantId, personId));
      // Whoever signed in or could be read meanwhile stays.
      const mailbox = person && (await findMailbox(sql, tenantId, mailboxId));
      if (!mailbox || !isForgettable(mailbox, forgetFrom)) return;
      await setWatch(sql, tenantId, person.personId, 'off', null);
      await withdrawAll(sql, tenantId, person.personId, 'the calendar could not be read for a month', now);
      await deleteTokens(sql, tenantId, person.personId);
      const act = { tenantId, actorId: null, personId: person.personId, act: 'disconnected' } as const;
      await recordAct(sql, act, now, deps.newId());
      await endMailbox(sql, tenantId, mailboxId, now);
    });
    deps.log.info({ tenantId, mailboxId }, 'a mailbox that could not be read is forgotten');
  }
  return ids.length;
}
