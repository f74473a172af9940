/** GET /auth/start sends the browser to Entra, GET /auth/callback brings it back. */
import type { Request, Response, Server } from 'restify';
import { CalendarWatchError, codeOf, type ErrorCode } from '../errors.ts';
import type { SignedIn, SignIn } from '../identity/sign-in.ts';
import type { Logger } from '../log.ts';
import { sendPage } from './pages.ts';

const LONGEST_QUERY = 8_192;

const CONNECTED = {
  mark: '✓',
  title: 'You’re connected, go back to Teams',
  text: 'I’m reading your calendar now and will say so in the chat. You can close this tab.',
};
const PERMITTED = {
  mark: '✓',
  title: 'Thank you, go back to Teams',
  text: 'Press the button on the card again, and I’ll do it. You can close this tab.',
};

interface Deps {
  signIn: SignIn;
  onSignedIn(who: SignedIn): Promise<void>;
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
  deps.log.warn({ code: codeOf(err), err }, 'a sign-in failed');
  const isSaid = err instanceof CalendarWatchError && err.say !== undefined;
  sendPage(response, isSaid ? 400 : 500, { mark: '!', ...failurePage(err, isPermission) });
}

export function mountSignIn(server: Server, deps: Deps): void {
  server.get('/auth/start', async (request: Request, response: Response) => {
    try {
      const state = new URLSearchParams(request.getQuery().slice(0, LONGEST_QUERY)).get('state') ?? '';
      const url = await deps.signIn.authorizeUrl(state);
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
  });

  server.get('/auth/callback', async (request: Request, response: Response) => {
    let isPermission = false;
    try {
      const query = new URLSearchParams(request.getQuery().slice(0, LONGEST_QUERY));
      const state = query.get('state') ?? '';
      const code = query.get('code');
      isPermission = await deps.signIn.isForPermission(state);
      if (!code) {
        await deps.signIn.refuse(state);
        throw new CalendarWatchError('SIGN_IN_REFUSED', 'the sign-in ended without a code', {
          say: 'The sign-in was not completed, so nothing was connected. Go back to Teams and type “watch on” to try again.',
        });
      }
      const who = await deps.signIn.finish(state, code);
      await deps.onSignedIn(who);
      sendPage(response, 200, who.furtherScopes.length > 0 ? PERMITTED : CONNECTED);
    } catch (err) {
      sendFailure(deps, response, err, isPermission);
    }
  });
}
