/** Watching begins and ends here, whoever asked: a command, a button, the end of a sign-in. */
import { toIana } from '../calendar/zone.ts';
import type { Message } from '../delivery/message.ts';
import { CalendarWatchError } from '../errors.ts';
import { forgetMailbox, subscriptionsOf, watchMailbox } from '../store/mailboxes.ts';
import { withdrawAll } from '../store/nudges.ts';
import { findPerson, lockPerson, saveProfile, setWatch } from '../store/people.ts';
import { signInCard } from './cards/connection.ts';
import type { Services, Turn } from './services.ts';

type Who = Pick<Turn, 'tenantId' | 'personId'>;

/** Zone and language that the person set in Outlook; what can't be had is left out, then the chat's own stays. */
async function outlookProfile(services: Services, who: Who): Promise<{ timeZone?: string; locale?: string }> {
  try {
    const settings = await services.graph.readMailboxSettings({ ...who, mailboxId: who.personId });
    return { timeZone: toIana(settings.timeZone), locale: knownLocale(settings.locale) };
  } catch (err) {
    services.log.warn({ ...who, err }, 'mailbox settings could not be read');
    return {};
  }
}

function knownLocale(name: string | undefined): string | undefined {
  try {
    return name ? Intl.getCanonicalLocales(name)[0] : undefined;
  } catch {
    return undefined;
  }
}

/** There is a way to a token: watch from now. The first sync greets with the next meeting. */
export async function activate(services: Services, who: Who & { isAdmin?: boolean }): Promise<void> {
  const { tenantId, personId } = who;
  const outlook = await outlookProfile(services, { tenantId, personId });
  const now = services.clock.now();
  await services.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, personId);
    if (!person)
      throw new CalendarWatchError('SIGN_IN_UNKNOWN', 'the person who signed in has never spoken to the bot');
    const since = person.watch === 'reconnect' ? (person.watchSince ?? now) : now;
    await setWatch(sql, tenantId, personId, 'on', since);
    await saveProfile(sql, tenantId, personId, {
      timeZone: outlook.timeZone ?? person.timeZone,
      locale: outlook.locale ?? person.locale,
      isAdmin: who.isAdmin ?? person.isAdmin,
    });
    await watchMailbox(sql, tenantId, personId, personId, now);
  });
  services.poke('sync');
  services.poke('care');
}

/** Watches at once where tokens are there; else hands out a sign-in card. Undefined: it has begun, the greeting follows. */
export async function startWatching(services: Services, turn: Turn): Promise<Message | undefined> {
  try {
    await services.tokens.get(turn);
  } catch (error) {
    if (!(error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED')) throw error;
    return signInCard(await services.signIn.begin(turn));
  }
  await activate(services, turn);
  return undefined;
}

/** Forgets the replica and all that was planned. Returns false when nothing was watched. */
export async function stopWatching(services: Services, turn: Turn): Promise<boolean> {
  const { tenantId, personId } = turn;
  const now = services.clock.now();
  const ended = await services.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, personId);
    if (!person || person.watch === 'off') return undefined;
    const subscriptions = await subscriptionsOf(sql, tenantId, personId);
    await setWatch(sql, tenantId, personId, 'off', null);
    await withdrawAll(sql, tenantId, personId, 'watching was switched off', now);
    await forgetMailbox(sql, tenantId, personId);
    return subscriptions;
  });
  if (!ended) return false;
  // Best effort: without its row a notification of it is answered and ignored, and it ends within a week.
  for (const one of ended) {
    await services.graph
      .deleteSubscription({ tenantId, personId, mailboxId: personId }, one.subscriptionId)
      .catch((err: unknown) => services.log.warn({ tenantId, personId, err }, 'a subscription could not be deleted'));
  }
  return true;
}

export async function isWatching(services: Services, turn: Turn): Promise<boolean> {
  const person = await services.database.inTenant(turn.tenantId, (sql) =>
    findPerson(sql, turn.tenantId, turn.personId),
  );
  return person?.watch === 'on';
}
