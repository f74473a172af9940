/** sign out: watching ends, and our tokens are deleted. */
import type { Message } from '../../delivery/message.ts';
import { setAccount } from '../../store/accounts.ts';
import { recordAct } from '../../store/audit.ts';
import { setAdmin } from '../../store/people.ts';
import { subscriptionsOf } from '../../store/subscriptions.ts';
import { deleteSignIns, deleteTokens } from '../../store/tokens.ts';
import { sentence } from '../cards/answers.ts';
import type { Services, Turn } from '../services.ts';
import { stopWatching } from '../watching.ts';
import type { Command } from './command.ts';

/** With the last token there is, so that Microsoft goes on telling us nothing; what fails ends by itself in a few days. */
async function endSubscriptions(services: Services, { tenantId, personId }: Turn): Promise<void> {
  const access = { tenantId, personId, mailboxId: personId };
  const all = await services.database.inTenant(tenantId, (sql) => subscriptionsOf(sql, tenantId, personId));
  await Promise.allSettled(all.map(({ subscriptionId }) => services.graph.deleteSubscription(access, subscriptionId)));
}

export async function signOut(services: Services, turn: Turn): Promise<Message> {
  const { tenantId, personId } = turn;
  const wasWatched = await stopWatching(services, turn);
  await endSubscriptions(services, turn);
  const wasSignedIn = await services.database.inTenant(tenantId, async (sql) => {
    const isDeleted = await deleteTokens(sql, tenantId, personId);
    await deleteSignIns(sql, tenantId, personId);
    await setAccount(sql, tenantId, personId, null);
    await setAdmin(sql, tenantId, personId, false);
    if (isDeleted) {
      const act = { tenantId, actorId: personId, personId, act: 'disconnected' } as const;
      await recordAct(sql, act, services.clock.now(), services.newId());
    }
    return isDeleted;
  });
  services.tokens.drop(turn);
  if (!wasSignedIn && wasWatched)
    return sentence(
      'I’ve stopped watching and forgotten your calendar. You had not signed in yourself, so there was no sign-in to delete. **watch on** starts again.',
    );
  if (!wasSignedIn) return sentence('You weren’t signed in. **watch on** starts.');
  return sentence(
    'Signed out: I’ve stopped watching, forgotten your calendar and deleted your sign-in. **watch on** starts again.',
  );
}

export const signOutCommand: Command = {
  name: 'sign out',
  aliases: ['signout', 'log out', 'logout', 'sign me out'],
  usage: 'sign out',
  help: 'stop, and delete your sign-in too',
  group: 'watching',
  // Named with “watch off”, and on its card.
  isDetail: true,
  run: signOut,
};
