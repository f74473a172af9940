import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import restify, { type Server } from 'restify';
import { CalendarWatchError } from '../../src/errors.ts';
import { closeServer, listen } from '../../src/http/server.ts';
import { mountSignIn } from '../../src/http/sign-in.ts';
import { AdminConsentNeeded, type AdminNeeded } from '../../src/identity/refusal.ts';
import type { Finished, SignedIn, SignIn } from '../../src/identity/sign-in.ts';
import { createLog } from '../../src/log.ts';

const WHO: SignedIn = {
  tenantId: 't',
  personId: 'p',
  conversationId: 'c',
  furtherScopes: [],
  isAccountNew: false,
  wasWatching: false,
};
const NEEDED: AdminNeeded = { tenantId: 't', personId: 'p', conversationId: 'c', scopes: ['Mail.Send'] };

const said = (code: ConstructorParameters<typeof CalendarWatchError>[0]) =>
  new CalendarWatchError(code, 'why', { say: 'These words.' });

/** What identity/ answers, and what the browser and the chat get of it. */
interface Case {
  name: string;
  path: string;
  isPermission?: boolean;
  finish?: () => Finished;
  refuse?: () => never;
  outcome?: () => 'agreed' | 'refused';
  status: number;
  title: RegExp;
  signedIn?: boolean;
  toAdmin?: boolean;
}

const fails = (error: unknown) => (): never => {
  throw error;
};
const CALLBACK = '/auth/callback?state=s&code=x';
const DENIED = '/auth/callback?state=s&error=access_denied';

const CASES: Case[] = [
  {
    name: 'connected',
    path: CALLBACK,
    finish: () => ({ kind: 'connected', who: WHO }),
    status: 200,
    title: /You’re connected/,
    signedIn: true,
  },
  {
    name: 'permitted',
    path: CALLBACK,
    finish: () => ({ kind: 'connected', who: { ...WHO, furtherScopes: ['Mail.Send'] } }),
    status: 200,
    title: /Thank you, go back/,
    signedIn: true,
  },
  {
    name: 'another account waits for its code',
    path: CALLBACK,
    finish: () => ({ kind: 'code', code: 'ABCD-EFGH' }),
    status: 200,
    title: /Nothing is connected yet[\s\S]*code ABCD-EFGH/,
  },
  {
    name: 'a code and an error together are an error',
    path: `${CALLBACK}&error=server_error`,
    finish: fails(new Error('never asked')),
    refuse: fails(said('SIGN_IN_REFUSED')),
    status: 400,
    title: /Not connected[\s\S]*These words/,
  },
  { name: 'refused', path: DENIED, refuse: fails(said('SIGN_IN_REFUSED')), status: 400, title: /Not connected/ },
  {
    name: 'a permission refused',
    path: DENIED,
    isPermission: true,
    refuse: fails(said('SIGN_IN_REFUSED')),
    status: 400,
    title: /Permission not given[\s\S]*Everything else goes on/,
  },
  {
    name: 'only an admin may, at the page',
    path: DENIED,
    refuse: fails(new AdminConsentNeeded(NEEDED)),
    status: 400,
    title: /Your admin has to agree/,
    toAdmin: true,
  },
  {
    name: 'only an admin may, at the code',
    path: CALLBACK,
    isPermission: true,
    finish: fails(new AdminConsentNeeded(NEEDED)),
    status: 400,
    title: /Your admin has to agree/,
    toAdmin: true,
  },
  {
    name: 'a fault of ours',
    path: CALLBACK,
    finish: fails(new TypeError('secret detail')),
    status: 500,
    title: /Something went wrong on our side/,
  },
  { name: 'agreed', path: '/auth/admin-consent?state=s', outcome: () => 'agreed', status: 200, title: /Thank you/ },
  {
    name: 'not agreed',
    path: '/auth/admin-consent?state=s',
    outcome: () => 'refused',
    status: 400,
    title: /Nothing was allowed/,
  },
  {
    name: 'no link of ours',
    path: '/auth/admin-consent?state=s',
    outcome: fails(said('SIGN_IN_UNKNOWN')),
    status: 400,
    title: /Not connected[\s\S]*These words/,
  },
];

describe('the pages of signing in', () => {
  let server: Server;
  let origin: string;
  let current: Case;
  let signedIn: SignedIn[];
  let toAdmin: AdminNeeded[];

  before(async () => {
    server = restify.createServer();
    const never = fails(new Error('not asked in this case'));
    const signIn = {
      isForPermission: async () => current.isPermission === true,
      finish: async () => (current.finish ?? never)(),
      refuse: async () => (current.refuse ?? never)(),
      adminConsent: { outcome: () => (current.outcome ?? never)() },
    } as unknown as SignIn;
    mountSignIn(server, {
      signIn,
      onSignedIn: async (who) => void signedIn.push(who),
      // That the chat can't be reached must not take the page away.
      onAdminNeeded: async (needed) => {
        toAdmin.push(needed);
        throw new Error('no chat');
      },
      log: createLog('silent'),
    });
    origin = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  });
  after(() => closeServer(server));

  for (const one of CASES)
    it(one.name, async () => {
      current = one;
      [signedIn, toAdmin] = [[], []];
      const response = await fetch(`${origin}${one.path}`);
      const text = await response.text();
      assert.equal(response.status, one.status);
      assert.match(text, one.title);
      assert.doesNotMatch(text, /secret detail/);
      assert.equal(signedIn.length, one.signedIn ? 1 : 0);
      assert.deepEqual(toAdmin, one.toAdmin ? [NEEDED] : []);
    });
});
