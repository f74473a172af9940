/** How somebody is asked to sign in: by Teams itself where single sign-on is set up, else by a link to the page. */
import type { Message } from '../delivery/message.ts';
import { offerExchange } from '../store/exchanges.ts';
import { signInCard, ssoCard } from './cards/connection.ts';
import type { Services, Turn } from './services.ts';

/** Teams hands it back with the token. Nothing is registered under it: the Bot Framework's token service is not used. */
export const CONNECTION_NAME = 'CalendarWatch';

/** With a link for this person in this chat alone; earlier ones stop working, and so do earlier exchanges. */
export async function offerSignIn(services: Services, turn: Turn): Promise<Message> {
  const { database, sso, signIn, newId } = services;
  const url = await signIn.begin(turn);
  if (!sso) return signInCard(url);
  const id = newId();
  const isOffered = await database.inTenant(turn.tenantId, (sql) => offerExchange(sql, turn, id));
  return isOffered ? ssoCard(url, CONNECTION_NAME, { id, uri: sso.resource }) : signInCard(url);
}
