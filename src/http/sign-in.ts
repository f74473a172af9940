/**
 * GET /auth/start sends the browser to Entra, GET /auth/callback brings it back; GET /auth/admin-consent is where an admin
 * ends who agreed for all. Nothing that an address says is shown: every page has words of its own.
 */
import type { Request, Response, Server } from 'restify';
import { CalendarWatchError, codeOf, type ErrorCode } from '../errors.ts';
import { AdminConsentNeeded, type AdminNeeded, refusalIn } from '../identity/refusal.ts';
import type { SignedIn, SignIn } from '../identity/sign-in.ts';
import type { Logger } from '../log.ts';
import { sendPage } from './pages.ts';

const LONGEST_QUERY = 8_192;

interface Page {
  mark: string;
  title: string;
  text: string;
}

const CONNECTED: Page = {
  mark: '✓',
  title: 'You’re connected, go back to Teams',
  text: 'I’m reading your calendar now and will say so in the chat. You can close this tab.',
};
const PERMITTED: Page = {
  mark: '✓',
  title: 'Thank you, go back to Teams',
  text: 'Press the button on the card again, and I’ll do it. You can close this tab.',
};
const AGREED: Page = {
  mark: '✓',
  title: 'Thank you',
  text: 'Whoever asked you can go back to Teams and try again. I read nobody’s calendar because of this: each person still decides for themselves. You can close this tab.',
};
const NOT_AGREED: Page = {
  mark: '!',
  title: 'Nothing was allowed',
  text: 'Everything stays as it is. The link can be used again, should you change your mind.',
};

/** Somebody was sent a link that another person asked for: what it would do is said before anything else. */
const codePage = (code: string): Page => ({
  mark: '!',
  title: 'Nothing is connected yet',
  text: `This is another account than the one that asked in Teams. Only if you asked for this in Teams yourself: type “code ${code}” there, within ten minutes. If somebody sent you the link, close this page and give the code to nobody: with it they could read this account’s calendar.`,
});

interface Deps {
  signIn: SignIn;
  onSignedIn(who: SignedIn): Promise<void>;
  onAdminNeeded(needed: AdminNeeded): Promise<void>;
  log: Logger;
}

/** Who was asked for one more permission is connected, and stays so. */
const GOES_ON = 'Everything else goes on as before. To try again, go back to Teams and press the button on the card.';
const NOT_PERMITTED: Partial<Record<ErrorCode, string>> = {
  SIGN_IN_REFUSED: `The permission was not given. ${GOES_ON}`,
  SIGN_IN_WRONG_ACCOUNT: `That was another account than the one you use in Teams, so the permission was not given. ${GOES_ON}`,
};

function failurePage(err: unknown, isPermission: boolean): { title: string; text: string } {
  const code = err instanceof CalendarWatchError ? err.code : undefined;
  const say = err instanceof CalendarWatchError ? err.say : undefined;
  const notPermitted = code && NOT_PERMITTED[code];
  if (code === 'ADMIN_CONSENT_NEEDED' && say) return { title: 'Your admin has to agree', text: say };
  if (isPermission && notPermitted) return { title: 'Permission not given', text: notPermitted };
  // Whoever presses an old link may have been connected by it.
  if (code === 'SIGN_IN_EXPIRED' && say) return { title: 'This link doesn’t work any more', text: say };
  if (say) return { title: 'Not connected', text: say };
  return isPermission
    ? { title: 'That didn’t work', text: `Something went wrong on our side. ${GOES_ON}` }
    : {
        title: 'Not connected',
        text: 'Something went wrong on our side. Go back to Teams and type “watch on” to try again.',
      };
}

function sendFailure(deps: Deps, response: Response, err: unknown, isPermission = false): void {
  const code = codeOf(err);
  const level = code === 'APP_CREDENTIAL_REFUSED' ? 'error' : 'warn';
  deps.log[level]({ code, err }, 'a sign-in failed');
  const isSaid = err instanceof CalendarWatchError && err.say !== undefined;
  sendPage(response, isSaid ? 400 : 500, { mark: '!', ...failurePage(err, isPermission) });
}

const queryOf = (request: Request) => new URLSearchParams(request.getQuery().slice(0, LONGEST_QUERY));

async function start(deps: Deps, request: Request, response: Response): Promise<void> {
  try {
    const url = await deps.signIn.authorizeUrl(queryOf(request).get('state') ?? '');
    response.writeHead(302, {
      Location: url,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'Content-Length': 0,
    });
    response.end();
  } catch (err) {
    sendFailure(deps, response, err);
  }
}

/** What came of it, as a page. */
async function finish(deps: Deps, query: URLSearchParams): Promise<Page> {
  const state = query.get('state') ?? '';
  const refusal = refusalIn(query);
  if (refusal) {
    deps.log.info({ ...refusal }, 'Entra ended a sign-in without a code');
    return deps.signIn.refuse(state, refusal);
  }
  const finished = await deps.signIn.finish(state, query.get('code') ?? '');
  if (finished.kind === 'code') return codePage(finished.code);
  await deps.onSignedIn(finished.who);
  return finished.who.furtherScopes.length > 0 ? PERMITTED : CONNECTED;
}

async function comeBack(deps: Deps, request: Request, response: Response): Promise<void> {
  let isPermission = false;
  try {
    const query = queryOf(request);
    isPermission = await deps.signIn.isForPermission(query.get('state') ?? '');
    sendPage(response, 200, await finish(deps, query));
  } catch (err) {
    if (err instanceof AdminConsentNeeded)
      await deps.onAdminNeeded(err.needed).catch((cause: unknown) => {
        deps.log.warn({ code: codeOf(cause), err: cause }, 'what to hand to an admin was not shown');
      });
    sendFailure(deps, response, err, isPermission);
  }
}

function adminConsent(deps: Deps, request: Request, response: Response): void {
  const query = queryOf(request);
  try {
    const outcome = deps.signIn.adminConsent.outcome(query);
    deps.log.info({ outcome, ...refusalIn(query) }, 'an admin came back from Entra’s page');
    if (outcome === 'agreed') sendPage(response, 200, AGREED);
    else sendPage(response, 400, NOT_AGREED);
  } catch (err) {
    sendFailure(deps, response, err);
  }
}

export function mountSignIn(server: Server, deps: Deps): void {
  server.get('/auth/start', async (request: Request, response: Response) => start(deps, request, response));
  server.get('/auth/callback', async (request: Request, response: Response) => comeBack(deps, request, response));
  server.get('/auth/admin-consent', async (request: Request, response: Response) =>
    adminConsent(deps, request, response),
  );
}
