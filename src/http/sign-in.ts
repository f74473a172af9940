/** GET /auth/start sends the browser to Entra, GET /auth/callback brings it back. */
import type { Request, Response, Server } from 'restify';
import { CalendarWatchError, codeOf } from '../errors.ts';
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

function sendFailure(deps: Deps, response: Response, err: unknown): void {
  deps.log.warn({ code: codeOf(err), err }, 'a sign-in failed');
  const say = err instanceof CalendarWatchError ? err.say : undefined;
  sendPage(response, say ? 400 : 500, {
    mark: '!',
    title: 'Not connected',
    text: say ?? 'Something went wrong on our side. Go back to Teams and type “watch on” to try again.',
  });
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
    try {
      const query = new URLSearchParams(request.getQuery().slice(0, LONGEST_QUERY));
      const state = query.get('state') ?? '';
      const code = query.get('code');
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
      sendFailure(deps, response, err);
    }
  });
}
