/**
 * What Teams' client sends of its own accord while somebody signs in (invokes named “signin/…”): a token for single
 * sign-on, the code that a sign-in window ended with, or that single sign-on failed on its side. Sources: learn.microsoft.com
 * “Add code to enable SSO in your bot app”; microsoft/teams.net, core/docs/sso (traces of 2026-04).
 */
import { z } from 'zod';
import type { Message } from '../delivery/message.ts';
import { CalendarWatchError, codeOf } from '../errors.ts';
import type { SignedIn } from '../identity/connect.ts';
import type { SingleSignOn } from '../identity/sso.ts';
import { beginExchange, failExchange, settleExchange } from '../store/exchanges.ts';
import { redeemAccountCode } from './account-code.ts';
import { sentence } from './cards/answers.ts';
import { signInCard } from './cards/connection.ts';
import { CONNECTION_NAME } from './offer-sign-in.ts';
import type { Services, Turn } from './services.ts';
import { afterSignIn } from './signed-in.ts';
import { isWatching } from './watching.ts';

export interface InvokeAnswer {
  status: number;
  body?: object;
  /** Said in the chat. */
  reply?: Message;
}

type Handler = (services: Services, turn: Turn, value: unknown) => Promise<InvokeAnswer>;

const tokenExchange = z.object({ id: z.string().min(1).max(200), token: z.string().min(1).max(20_000) });
const verifyState = z.object({ state: z.string().max(200).optional() });
const failure = z.object({ code: z.string().regex(/^\w{1,50}$/) });

/** What Teams sends when the window was closed; a guess as to bots, documented for message extensions. */
const CANCELLED = 'CancelledByUser';

const DONE: InvokeAnswer = { status: 200 };
/** Teams shows the card's button at 412. Of anything else nothing is documented. */
const PAGE_NEEDED = 412;
const BAD = 400;

const refusal = (status: number, id: string, failureDetail: string): InvokeAnswer => ({
  status,
  body: { id, connectionName: CONNECTION_NAME, failureDetail },
});
const pageNeeded = (id: string) => refusal(PAGE_NEEDED, id, 'Sign in with the button.');

/** Teams may show nothing at all then, so a card with a link follows; once, however many devices say so. */
async function orPage(services: Services, turn: Turn): Promise<Pick<InvokeAnswer, 'reply'>> {
  const now = services.clock.now();
  const isFirst = await services.database.inTenant(turn.tenantId, (sql) => failExchange(sql, turn, now));
  return isFirst ? { reply: signInCard(await services.signIn.begin(turn)) } : {};
}

/** Their tokens are stored, whatever comes of the rest. */
async function begin(services: Services, who: SignedIn): Promise<InvokeAnswer> {
  try {
    await afterSignIn(services, who);
    return DONE;
  } catch (err) {
    const { tenantId, personId } = who;
    services.log.warn({ code: codeOf(err), tenantId, personId, err }, 'watching did not begin after single sign-on');
    const say = err instanceof CalendarWatchError ? err.say : undefined;
    const words = 'You’re signed in, but I couldn’t begin to watch. Type **watch on** to try again.';
    return { ...DONE, reply: sentence(say ?? words) };
  }
}

/** The one that has the exchange. */
async function exchange(
  services: Services,
  sso: SingleSignOn,
  turn: Turn,
  { id, token }: z.infer<typeof tokenExchange>,
): Promise<InvokeAnswer> {
  const { tenantId, personId, conversationId } = turn;
  const settle = (state: 'offered' | 'done' | 'page') =>
    services.database.inTenant(tenantId, (sql) => settleExchange(sql, turn, id, state));
  try {
    const came = await sso.exchange({ tenantId, personId, conversationId }, token);
    if (came.kind === 'connected') {
      await settle('done');
      return begin(services, came.who);
    }
    const { code, reason } = came;
    const level = code === 'APP_CREDENTIAL_REFUSED' ? 'error' : 'info';
    services.log[level]({ code, reason, tenantId, personId }, 'single sign-on needs the sign-in page');
    // Another device may have more luck with an Entra that did not answer.
    await settle(code === 'ENTRA_UNAVAILABLE' ? 'offered' : 'page');
    return pageNeeded(id);
  } catch (err) {
    await settle('page');
    throw err;
  }
}

const takeToken: Handler = async (services, turn, value) => {
  const { sso, database, clock, log } = services;
  const { tenantId, personId } = turn;
  const given = tokenExchange.safeParse(value);
  if (!given.success || !sso) return { status: BAD };
  const { id, token } = given.data;
  const proven = await sso.prove(turn, token);
  if (proven.kind === 'refused') {
    log.warn({ code: proven.fault, tenantId, personId }, 'a token for single sign-on was refused');
    return { ...refusal(BAD, id, 'The token was refused.'), ...(await orPage(services, turn)) };
  }
  if (proven.kind === 'page') return pageNeeded(id);
  const state = await database.inTenant(tenantId, (sql) => beginExchange(sql, turn, id, clock.now()));
  if (state === 'offered') return exchange(services, sso, turn, given.data);
  if (state === 'begun' || state === 'done') return DONE;
  // An old card that a device shows again, or one whose button was used.
  return state === undefined && (await isWatching(services, turn)) ? DONE : pageNeeded(id);
};

const takeCode: Handler = async (services, turn, value) => {
  const given = verifyState.safeParse(value ?? {});
  if (!given.success) return { status: BAD };
  const { state } = given.data;
  if (!state || state === CANCELLED) return DONE;
  return { ...DONE, reply: await redeemAccountCode(services, turn, state) };
};

/** As a rule the app package and the Entra app don't agree on the Application ID URI: docs/operations.md. */
const takeFailure: Handler = async (services, turn, value) => {
  const { tenantId, personId } = turn;
  const reason = failure.safeParse(value).data?.code;
  services.log.warn({ code: 'SSO_FAILED', reason, tenantId, personId }, 'Teams could not do single sign-on');
  return { ...DONE, ...(await orPage(services, turn)) };
};

const HANDLERS: Record<string, Handler> = {
  'signin/tokenExchange': takeToken,
  'signin/verifyState': takeCode,
  'signin/failure': takeFailure,
};

export const isSignInInvoke = (name: string | undefined): name is string =>
  name !== undefined && Object.hasOwn(HANDLERS, name);

/** @param explain what to say of an error */
export async function answerSignIn(
  services: Services,
  turn: Turn,
  name: string,
  value: unknown,
  explain: (error: unknown) => string,
): Promise<InvokeAnswer> {
  try {
    return (await HANDLERS[name]?.(services, turn, value)) ?? { status: BAD };
  } catch (err) {
    const { tenantId, personId } = turn;
    services.log.warn({ code: codeOf(err), tenantId, personId, err }, 'an answer of Teams’ sign-in failed');
    return { status: name === 'signin/tokenExchange' ? PAGE_NEEDED : 200, reply: sentence(explain(err)) };
  }
}
