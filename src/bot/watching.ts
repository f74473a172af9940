/** Watching begins and ends here, whoever asked: a command, a button, the end of a sign-in. */
import type { Message } from '../delivery/message.ts';
import { CalendarWatchError } from '../errors.ts';
import { findAccount } from '../store/accounts.ts';
import { accessOf, isMember, setAccess, setDeclined } from '../store/app-watch.ts';
import type { Sql } from '../store/database.ts';
import { isForgetting, lockLeaving } from '../store/forgetting.ts';
import { endMailbox, watchMailbox } from '../store/mailboxes.ts';
import { withdrawAll } from '../store/nudges.ts';
import { findPerson, lockPerson, saveProfile, setWatch } from '../store/people.ts';
import { deleteSignIns } from '../store/tokens.ts';
import { readProfile } from '../sync/profile.ts';
import { readsByApplication, takeUpAccess } from './access.ts';
import { offerSignIn } from './offer-sign-in.ts';
import type { Services, Turn } from './services.ts';

type Who = Pick<Turn, 'tenantId' | 'personId'>;

/** Graph may have been slow: whoever said “forget me”, or removed the bot, since then has the last word. */
async function refuseWhoLeft(sql: Sql, who: Who, began: number): Promise<void> {
  const leaving = await lockLeaving(sql, who);
  const leftAt = Math.max(leaving?.forgettingAt ?? 0, leaving?.uninstalledAt ?? 0);
  if (leftAt < began) return;
  throw new CalendarWatchError('SIGN_IN_EXPIRED', 'the person left while watching was about to begin', {
    say: 'You asked me to stop in the meantime, so I haven’t begun. **watch on** starts.',
  });
}

/**
 * Graph may have been slow: whoever left the admin's group since then is not the application's to read any more. With a
 * sign-in of their own they go on by that. Throws RECONNECT_NEEDED where there is none.
 */
async function leaveApplication(sql: Sql, { tenantId, personId }: Who): Promise<void> {
  if ((await accessOf(sql, tenantId, personId)) === 'delegated' || (await isMember(sql, tenantId, personId))) return;
  if (!(await findAccount(sql, tenantId, personId)))
    throw new CalendarWatchError('RECONNECT_NEEDED', 'the person left the watched group, and never signed in');
  await setAccess(sql, tenantId, personId, 'delegated');
}

/** There is a way to a token: watch from now. The first sync greets with the next meeting. */
export async function activate(services: Services, who: Who & { isAdmin?: boolean }): Promise<void> {
  const { tenantId, personId } = who;
  const began = services.clock.now();
  await takeUpAccess(services, who);
  const outlook = (await readProfile(services, { tenantId, personId, mailboxId: personId })) ?? {};
  const now = services.clock.now();
  await services.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, personId);
    if (!person)
      throw new CalendarWatchError('SIGN_IN_UNKNOWN', 'the person who signed in has never spoken to the bot');
    await refuseWhoLeft(sql, who, began);
    await leaveApplication(sql, who);
    const since = person.watch === 'reconnect' ? (person.watchSince ?? now) : now;
    await setWatch(sql, tenantId, personId, 'on', since);
    await saveProfile(sql, tenantId, personId, {
      timeZone: outlook.timeZone ?? person.timeZone,
      locale: outlook.locale ?? person.locale,
      isAdmin: who.isAdmin ?? person.isAdmin,
      ...(outlook.workingHours ? { workingHours: outlook.workingHours } : {}),
      ...(outlook.away === undefined ? {} : { away: outlook.away }),
    });
    await watchMailbox(sql, tenantId, personId, personId, now);
  });
  services.poke('sync');
  services.poke('care');
}

/** Watches at once where tokens are there, or an admin wants it; else hands out a sign-in card. Undefined: it has begun, the greeting follows. */
export async function startWatching(services: Services, turn: Turn): Promise<Message | undefined> {
  // The old sign-in of somebody who had all forgotten serves to end what was, and for nothing else.
  if (await services.database.inTenant(turn.tenantId, (sql) => isForgetting(sql, turn)))
    return offerSignIn(services, turn);
  try {
    if (!(await readsByApplication(services, turn))) await services.tokens.get(turn);
    await activate(services, turn);
  } catch (error) {
    if (!(error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED')) throw error;
    return offerSignIn(services, turn);
  }
  return undefined;
}

/**
 * Forgets the replica and all that was planned. The subscriptions at Graph are care's to end; until then a notification
 * of one is answered and wakes nobody. Returns false when nothing was watched.
 */
export async function stopWatching(services: Services, turn: Who): Promise<boolean> {
  const { tenantId, personId } = turn;
  const now = services.clock.now();
  const ended = await services.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, personId);
    // Also where nothing is watched: no admin's watch of a group begins it then.
    await setDeclined(sql, tenantId, personId, now);
    // What was offered before is not to switch it on again behind their back.
    await deleteSignIns(sql, tenantId, personId);
    if (!person || person.watch === 'off') return false;
    await setWatch(sql, tenantId, personId, 'off', null);
    await withdrawAll(sql, tenantId, personId, 'watching was switched off', now);
    await endMailbox(sql, tenantId, personId, now);
    return true;
  });
  if (ended) services.poke('care');
  return ended;
}

export async function isWatching(services: Services, turn: Turn): Promise<boolean> {
  const person = await services.database.inTenant(turn.tenantId, (sql) =>
    findPerson(sql, turn.tenantId, turn.personId),
  );
  return person?.watch === 'on';
}
