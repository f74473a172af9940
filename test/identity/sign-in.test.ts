import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import {
  registerProduct,
  SANDBOX_CLIENT_ID,
  SANDBOX_CLIENT_SECRET,
  type Sandbox,
  startSandbox,
} from '../../sandbox/sandbox.ts';
import type { SandboxPerson } from '../../sandbox/world.ts';
import type { Clock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { type ClientFor, createClientFor } from '../../src/identity/msal.ts';
import { createNetwork } from '../../src/identity/network.ts';
import { addressIn, SignIn } from '../../src/identity/sign-in.ts';
import { beyond, Tokens } from '../../src/identity/tokens.ts';
import { ensureTenant, meetPerson } from '../../src/store/people.ts';
import { deleteTokens, readTokens } from '../../src/store/tokens.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const MINUTE_MS = 60_000;
const PUBLIC_URL = 'http://localhost:1';
const SCOPES = ['Calendars.Read', 'Calendars.ReadWrite', 'MailboxSettings.Read'];
const HOME = '7e570000-0000-4000-8000-00000000a001';
const ELSEWHERE = '7e570000-0000-4000-8000-00000000a002';

const person = (tenantId: string, serial: number, name: string): SandboxPerson => ({
  tenantId,
  oid: `7e570000-0000-4000-8000-00000000b0${String(serial).padStart(2, '0')}`,
  upn: `${name.toLowerCase()}@${tenantId === HOME ? 'home' : 'elsewhere'}.example`,
  displayName: name,
  kind: 'person',
  mailboxTimeZone: 'UTC',
  locale: 'en-GB',
});
const ADA = person(HOME, 1, 'Ada');
const MALLORY = person(HOME, 2, 'Mallory');
const EVE = person(ELSEWHERE, 3, 'Eve');
const BOSS = { ...person(HOME, 4, 'Boss'), appRoles: ['CalendarWatch.Admin'] };

/** The machine's clock, set forward. */
class ShiftedClock implements Clock {
  shiftMs = 0;
  now = () => Date.now() + this.shiftMs;
  after(delayMs: number, run: () => void) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }
}

describe('signing in', () => {
  let sandbox: Sandbox;
  let db: OpenTestDatabase;
  let clock: ShiftedClock;
  let clientFor: ClientFor;
  let signIn: SignIn;

  before(async () => {
    sandbox = await startSandbox({
      directory: process.env.TEST_SANDBOX_DIR,
      seed(world) {
        world.tenants.set(HOME, { tenantId: HOME, displayName: 'Home', domain: 'home.example' });
        world.tenants.set(ELSEWHERE, { tenantId: ELSEWHERE, displayName: 'Elsewhere', domain: 'elsewhere.example' });
        for (const one of [ADA, MALLORY, EVE, BOSS]) world.people.set(one.oid, one);
      },
    });
    registerProduct(sandbox.world, PUBLIC_URL);
    db = await openTestDatabase();
    clock = new ShiftedClock();
    const config = {
      cloudName: 'custom',
      cloud: { entraAuthorityHost: sandbox.urls.entra },
      aad: { clientId: SANDBOX_CLIENT_ID, clientSecret: SANDBOX_CLIENT_SECRET, tenantId: 'organizations' },
    } as Config;
    clientFor = createClientFor(config, createNetwork(clock));
    const adminOids = [MALLORY.oid];
    signIn = new SignIn({ database: db.database, clientFor, clock, publicUrl: PUBLIC_URL, scopes: SCOPES, adminOids });
  });
  after(async () => {
    await db?.drop();
    await sandbox?.stop();
  });
  beforeEach(async () => {
    clock.shiftMs = 0;
    for (const one of [ADA, MALLORY, BOSS]) await meet(one);
  });
  afterEach(async () => {
    sandbox.world.faults.clear();
    for (const one of [ADA, MALLORY, BOSS]) await db.database.inTenant(HOME, (sql) => deleteTokens(sql, HOME, one.oid));
  });

  const meet = (one: SandboxPerson) =>
    db.database.inTenant(one.tenantId, async (sql) => {
      await ensureTenant(sql, one.tenantId, Date.now());
      const chat = { tenantId: one.tenantId, personId: one.oid, conversationId: `chat of ${one.displayName}` };
      await sql.query(
        `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
         values ($1, $2, 'personal', '{}', $3) on conflict do nothing`,
        [one.tenantId, chat.conversationId, new Date()],
      );
      await meetPerson(sql, { ...chat, locale: 'en-GB' }, Date.now());
    });
  /** The state of a fresh link. */
  const begin = async (one: SandboxPerson, further: string[] = []): Promise<string> => {
    const url = await signIn.begin({ tenantId: one.tenantId, personId: one.oid, conversationId: 'chat' }, further);
    return new URL(url).searchParams.get('state') ?? '';
  };
  /** What comes back to us after `as` signed in at `authorizeUrl`. */
  const comeBack = async (authorizeUrl: string, as: SandboxPerson, decision?: 'cancel') => {
    const back = new URL(await sandbox.entra.signIn(authorizeUrl, as.upn, decision));
    return { state: back.searchParams.get('state') ?? '', code: back.searchParams.get('code') };
  };
  const through = async (state: string, as: SandboxPerson) => {
    const { code } = await comeBack(await signIn.authorizeUrl(state), as);
    return signIn.finish(state, code ?? '');
  };
  const tokensOf = (one: SandboxPerson) => db.database.inTenant(HOME, (sql) => readTokens(sql, HOME, one.oid));

  it('connects the person who asked, and nobody else', async () => {
    const who = await through(await begin(ADA), ADA);
    const address = ADA.upn;
    const base = { tenantId: HOME, personId: ADA.oid, conversationId: 'chat', isAdmin: false, furtherScopes: [] };
    assert.deepEqual(who, { ...base, address });
    assert.ok(await tokensOf(ADA));
    assert.equal(await tokensOf(MALLORY), undefined);
    const tokens = new Tokens(db.database, clientFor, SCOPES, clock);
    const token = await tokens.get({ tenantId: HOME, personId: ADA.oid });
    assert.equal((await sandbox.entra.verifyAccessToken(token)).oid, ADA.oid);
    await assert.rejects(tokens.get({ tenantId: HOME, personId: MALLORY.oid }), { code: 'RECONNECT_NEEDED' });
  });

  it('knows admins by their role or by the list', async () => {
    assert.equal((await through(await begin(BOSS), BOSS)).isAdmin, true);
    assert.equal((await through(await begin(MALLORY), MALLORY)).isAdmin, true);
  });

  describe('for further permissions', () => {
    const PARTITION = { tenantId: HOME, personId: ADA.oid };
    const fresh = () => new Tokens(db.database, clientFor, SCOPES, clock);
    const scopesOf = async (token: string) =>
      String((await sandbox.entra.verifyAccessToken(token)).scp)
        .split(' ')
        .sort();
    beforeEach(async () => {
      sandbox.entra.withdrawConsent(ADA.oid, SANDBOX_CLIENT_ID);
      await through(await begin(ADA), ADA);
    });

    it('is refused what nobody agreed to, and the base goes on untouched', async () => {
      const tokens = fresh();
      const base = await tokens.get(PARTITION);
      for (let times = 0; times < 2; times += 1)
        await assert.rejects(tokens.get(PARTITION, ['Mail.Send']), {
          code: 'CONSENT_NEEDED',
          say: 'To do that I need your permission.',
        });
      assert.equal(await tokens.get(PARTITION), base);
      assert.equal(await fresh().get(PARTITION), base, 'not in the cache either');
      tokens.drop(PARTITION);
      const later = await tokens.get(PARTITION);
      assert.notEqual(later, base, 'and it can be renewed');
      assert.ok(!(await scopesOf(later)).includes('Mail.Send'));
    });

    it('needs no token of its own for what the base has', async () => {
      const tokens = fresh();
      assert.equal(await tokens.get(PARTITION, ['Calendars.Read']), await tokens.get(PARTITION));
    });

    it('asks for base and further ones together, and gets those and no others', async () => {
      const state = await begin(ADA, ['Mail.Send', 'Calendars.Read', 'Mail.Send']);
      const url = new URL(await signIn.authorizeUrl(state));
      const asked = (url.searchParams.get('scope') ?? '').split(' ');
      for (const scope of [...SCOPES, 'Mail.Send']) assert.equal(asked.filter((one) => one === scope).length, 1, scope);
      const who = await through(state, ADA);
      assert.deepEqual(who.furtherScopes, ['Mail.Send']);
      const tokens = fresh();
      assert.ok((await scopesOf(await tokens.get(PARTITION, ['Mail.Send']))).includes('Mail.Send'));
      await assert.rejects(tokens.get(PARTITION, ['Tasks.ReadWrite']), { code: 'CONSENT_NEEDED' });
      await assert.rejects(tokens.get(PARTITION, ['Tasks.ReadWrite', 'Mail.Send']), { code: 'CONSENT_NEEDED' });
      assert.ok(await tokens.get(PARTITION));
    });

    it('is something else than a sign-in that is worth nothing any more, or an Entra that is ill', async () => {
      sandbox.world.faults.set('entra.serverError', 1);
      await assert.rejects(fresh().get(PARTITION, ['Mail.Send']), { code: 'ENTRA_UNAVAILABLE' });
      sandbox.world.faults.clear();
      sandbox.entra.revokeSessions(ADA.oid);
      await assert.rejects(fresh().get(PARTITION, ['Mail.Send']), { code: 'RECONNECT_NEEDED' });
      const nobody = { tenantId: HOME, personId: MALLORY.oid };
      await assert.rejects(fresh().get(nobody, ['Mail.Send']), { code: 'RECONNECT_NEEDED' });
    });

    it('renews both tokens when Graph refused one', async () => {
      await through(await begin(ADA, ['Mail.Send']), ADA);
      const tokens = fresh();
      const before = [await tokens.get(PARTITION), await tokens.get(PARTITION, ['Mail.Send'])];
      clock.shiftMs = 1_000;
      tokens.drop(PARTITION);
      const after = [await tokens.get(PARTITION), await tokens.get(PARTITION, ['Mail.Send'])];
      for (const token of after) assert.ok(!before.includes(token));
    });

    it('writes scopes as the base does: outside the public cloud with their Graph’s address', () => {
      const us = ['https://graph.microsoft.us/Calendars.Read', 'https://graph.microsoft.us/Calendars.ReadWrite'];
      assert.deepEqual(beyond(us, ['Mail.Send', 'Calendars.Read']), ['https://graph.microsoft.us/Mail.Send']);
      assert.deepEqual(beyond(SCOPES, ['Tasks.ReadWrite', 'Mail.Send', 'Mail.Send']), ['Mail.Send', 'Tasks.ReadWrite']);
      assert.deepEqual(beyond(SCOPES, []), []);
    });

    it('learns an address, and takes nothing else for one', () => {
      const CASES: [claims: object, address: string | undefined][] = [
        [{ email: 'Ada@X.example', preferred_username: 'b@x.example' }, 'ada@x.example'],
        [{ preferred_username: 'Ada@X.example' }, 'ada@x.example'],
        [{ email: '', preferred_username: 'ada@x.example' }, 'ada@x.example'],
        [{ email: ['ada@x.example'], preferred_username: '+49 170 1234567' }, undefined],
        [{ email: `${'a'.repeat(400)}@x.example` }, undefined],
        [{}, undefined],
      ];
      for (const [claims, address] of CASES) assert.equal(addressIn(claims), address);
    });
  });

  describe('with a link that was passed on', () => {
    it('connects nothing for a colleague, and leaves the owner’s tokens alone', async () => {
      await through(await begin(ADA), ADA);
      const before = await tokensOf(ADA);
      const state = await begin(ADA);
      await assert.rejects(through(state, MALLORY), { code: 'SIGN_IN_WRONG_ACCOUNT', say: /nothing was connected/ });
      assert.deepEqual(await tokensOf(ADA), before);
      assert.equal(await tokensOf(MALLORY), undefined);
      await assert.rejects(through(state, ADA), { code: 'SIGN_IN_EXPIRED' });
    });

    it('connects nothing for somebody of another tenant who bends the address', async () => {
      await through(await begin(ADA), ADA);
      const before = await tokensOf(ADA);
      const state = await begin(ADA);
      const bent = (await signIn.authorizeUrl(state)).replace(`/${HOME}/`, `/${ELSEWHERE}/`);
      const { code } = await comeBack(bent, EVE);
      assert.ok(code, 'Eve got a code of her own');
      await assert.rejects(signIn.finish(state, code), { code: /SIGN_IN_(REFUSED|WRONG_ACCOUNT)/ });
      assert.deepEqual(await tokensOf(ADA), before);
      const rows = await db.peek('select 1 from cw.token_cache where person_id <> $1', [ADA.oid]);
      assert.deepEqual(rows, []);
    });

    it('connects nothing when it is the attacker’s own and the victim signs in', async () => {
      const state = await begin(MALLORY);
      await assert.rejects(through(state, ADA), { code: 'SIGN_IN_WRONG_ACCOUNT' });
      assert.equal(await tokensOf(MALLORY), undefined);
      assert.equal(await tokensOf(ADA), undefined);
    });

    it('connects nothing when the code of one is put into the link of another', async () => {
      const theirs = await begin(ADA);
      const { code } = await comeBack(await signIn.authorizeUrl(theirs), ADA);
      const mine = await begin(MALLORY);
      await assert.rejects(signIn.finish(mine, code ?? ''), { code: 'SIGN_IN_REFUSED' });
      assert.equal(await tokensOf(MALLORY), undefined);
    });
  });

  describe('with a state', () => {
    it('works once', async () => {
      const state = await begin(ADA);
      await through(state, ADA);
      await assert.rejects(signIn.authorizeUrl(state), { code: 'SIGN_IN_EXPIRED' });
      await assert.rejects(signIn.finish(state, 'x'), { code: 'SIGN_IN_EXPIRED' });
    });

    it('works for one of two that come back at once', async () => {
      const state = await begin(ADA);
      const { code } = await comeBack(await signIn.authorizeUrl(state), ADA);
      const both = await Promise.allSettled([signIn.finish(state, code ?? ''), signIn.finish(state, code ?? '')]);
      assert.deepEqual(both.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
    });

    it('dies when there is a newer one', async () => {
      const old = await begin(ADA);
      const { code } = await comeBack(await signIn.authorizeUrl(old), ADA);
      const newer = await begin(ADA);
      await assert.rejects(signIn.authorizeUrl(old), { code: 'SIGN_IN_EXPIRED' });
      await assert.rejects(signIn.finish(old, code ?? ''), { code: 'SIGN_IN_EXPIRED' });
      await through(newer, ADA);
    });

    it('of one person does not kill that of another', async () => {
      const state = await begin(ADA);
      await begin(MALLORY);
      await through(state, ADA);
    });

    it('lives ten minutes', async () => {
      const [atEntra, unused] = [await begin(ADA), await begin(MALLORY)];
      const { code } = await comeBack(await signIn.authorizeUrl(atEntra), ADA);
      clock.shiftMs = 10 * MINUTE_MS - 1_000;
      await signIn.authorizeUrl(unused);
      clock.shiftMs = 10 * MINUTE_MS;
      await assert.rejects(signIn.authorizeUrl(unused), { code: 'SIGN_IN_EXPIRED' });
      await assert.rejects(signIn.finish(atEntra, code ?? ''), { code: 'SIGN_IN_EXPIRED' });
      assert.equal(await tokensOf(ADA), undefined);
    });

    it('is used up when the person cancels at Entra', async () => {
      const state = await begin(ADA);
      const back = await comeBack(await signIn.authorizeUrl(state), ADA, 'cancel');
      assert.equal(back.code, null);
      await signIn.refuse(back.state);
      await assert.rejects(signIn.authorizeUrl(state), { code: 'SIGN_IN_EXPIRED' });
    });

    it('is kept as a hash: who reads the table can’t use what is there', async () => {
      const state = await begin(ADA);
      const rows = await db.peek('select * from cw.sign_in');
      assert.ok(!JSON.stringify(rows).includes(state.split('.')[1] ?? '-'));
    });
  });
});
