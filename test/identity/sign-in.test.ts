import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
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
import { AdminConsent } from '../../src/identity/admin-consent.ts';
import { type ClientFor, createClientFor } from '../../src/identity/msal.ts';
import { createNetwork } from '../../src/identity/network.ts';
import { AdminConsentNeeded } from '../../src/identity/refusal.ts';
import { beyond } from '../../src/identity/scopes.ts';
import {
  addressIn,
  connectAccount,
  type Finished,
  isLikeAccountCode,
  readAccountCode,
  SignIn,
} from '../../src/identity/sign-in.ts';
import { Tokens } from '../../src/identity/tokens.ts';
import { createLog } from '../../src/log.ts';
import { takeMembers } from '../../src/store/app-members.ts';
import { ensureTenant, meetPerson, noteAdmin } from '../../src/store/people.ts';
import { deleteTokens, readTokens, type TokenStore } from '../../src/store/tokens.ts';
import { seedSubscription } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { testVault } from '../support/vault.ts';

const MINUTE_MS = 60_000;
const PUBLIC_URL = 'http://localhost:1';
const SCOPES = ['Calendars.Read', 'MailboxSettings.Read'];
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
const ADA: SandboxPerson = person(HOME, 1, 'Ada');
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
  let store: TokenStore;
  let signIn: SignIn;
  let refusedSignIn: SignIn;
  let connectDeps: Parameters<typeof connectAccount>[0];
  /** Its secret has ended. */
  let refusedClientFor: ClientFor;

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
    const aad = { ...config.aad, clientSecret: 'ended' };
    refusedClientFor = createClientFor({ ...config, aad }, createNetwork(clock));
    const adminOids = [MALLORY.oid];
    store = { database: db.database, vault: testVault, log: createLog('silent') };
    const { database } = db;
    const vault = testVault;
    const adminConsent = new AdminConsent({
      vault,
      clock,
      publicUrl: PUBLIC_URL,
      clientId: SANDBOX_CLIENT_ID,
      authorityOf: (tenantId) => `${sandbox.urls.entra}/${tenantId}`,
      scopes: SCOPES,
    });
    const common = { database, vault, clock, newId: () => randomUUID(), adminOids };
    connectDeps = common;
    const more = { publicUrl: PUBLIC_URL, scopes: SCOPES, adminConsent };
    signIn = new SignIn({ ...common, clientFor, ...more });
    refusedSignIn = new SignIn({ ...common, clientFor: refusedClientFor, ...more });
  });
  after(async () => {
    await db?.drop();
    await sandbox?.stop();
  });
  beforeEach(async () => {
    clock.shiftMs = 0;
    for (const one of [ADA, MALLORY, BOSS]) await meet(one);
    await allowOthers(false);
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
  const askerOf = (one: SandboxPerson) => ({
    tenantId: one.tenantId,
    personId: one.oid,
    conversationId: `chat of ${one.displayName}`,
  });
  /** The state of a fresh link. */
  const begin = async (one: SandboxPerson, further: string[] = []): Promise<string> => {
    const url = await signIn.begin(askerOf(one), further);
    return new URL(url).searchParams.get('state') ?? '';
  };
  /** What comes back to us after `as` signed in at `authorizeUrl`. */
  const comeBack = async (authorizeUrl: string, as: SandboxPerson, decision?: 'cancel') => {
    const back = new URL(await sandbox.entra.signIn(authorizeUrl, as.upn, decision));
    return { state: back.searchParams.get('state') ?? '', code: back.searchParams.get('code') };
  };
  const allowOthers = (otherAccounts: boolean) =>
    db.peek('update cw.tenant set policy = $2::jsonb where tenant_id = $1', [HOME, JSON.stringify({ otherAccounts })]);
  const accountOf = async (one: SandboxPerson) =>
    (
      await db.peek<{ account_id: string | null }>('select account_id from cw.person where person_id = $1', [one.oid])
    )[0]?.account_id;
  const whoOf = (finished: Finished) => {
    assert.ok(finished.kind === 'connected', 'not connected');
    return finished.who;
  };
  const finished = async (state: string, as: SandboxPerson) => {
    const { code } = await comeBack(await signIn.authorizeUrl(state), as);
    return signIn.finish(state, code ?? '');
  };
  const through = async (state: string, as: SandboxPerson) => whoOf(await finished(state, as));
  const tokensOf = (one: SandboxPerson) =>
    db.database.inTenant(HOME, (sql) => readTokens(sql, testVault, HOME, one.oid));

  it('connects the person who asked, and nobody else', async () => {
    const who = await through(await begin(ADA), ADA);
    const address = ADA.upn;
    const base = { ...askerOf(ADA), isAdmin: false, furtherScopes: [], isAccountNew: false, wasWatching: false };
    assert.deepEqual(who, { ...base, address });
    assert.ok(await tokensOf(ADA));
    assert.equal(await tokensOf(MALLORY), undefined);
    const tokens = new Tokens(store, clientFor, SCOPES, clock);
    const token = await tokens.get({ tenantId: HOME, personId: ADA.oid });
    assert.equal((await sandbox.entra.verifyAccessToken(token)).oid, ADA.oid);
    await assert.rejects(tokens.get({ tenantId: HOME, personId: MALLORY.oid }), { code: 'RECONNECT_NEEDED' });
  });

  it('knows admins by their role or by the list', async () => {
    assert.equal((await through(await begin(BOSS), BOSS)).isAdmin, true);
    assert.equal((await through(await begin(MALLORY), MALLORY)).isAdmin, true);
  });

  it('makes an admin of who was given the role since, and of nobody who has signed out', async () => {
    const partition = { tenantId: HOME, personId: ADA.oid };
    const isAdmin = async () =>
      (await db.peek<{ is_admin: boolean }>('select is_admin from cw.person where person_id = $1', [ADA.oid]))[0]
        ?.is_admin;
    await through(await begin(ADA), ADA);
    const tokens = new Tokens(store, clientFor, SCOPES, clock);
    assert.deepEqual(await tokens.rolesOf(partition), []);
    assert.equal(await isAdmin(), false);
    ADA.appRoles = BOSS.appRoles;
    try {
      tokens.drop(partition);
      await tokens.get(partition);
      assert.equal(await isAdmin(), true);
    } finally {
      delete ADA.appRoles;
      await db.peek('update cw.person set is_admin = false');
    }
    await db.database.inTenant(HOME, (sql) => deleteTokens(sql, HOME, ADA.oid));
    await db.database.inTenant(HOME, (sql) => noteAdmin(sql, HOME, ADA.oid));
    assert.equal(await isAdmin(), false);
  });

  it('says whose trouble it is when Entra refuses the app itself, and tells the operator once a minute', async () => {
    const state = await begin(ADA);
    const { code } = await comeBack(await signIn.authorizeUrl(state), ADA);
    const refusal = { code: 'APP_CREDENTIAL_REFUSED', say: /ask your admin/, message: /secret or certificate/ };
    await assert.rejects(refusedSignIn.finish(state, code ?? ''), refusal);
    await through(await begin(ADA), ADA);
    const lines: string[] = [];
    const sink = new PassThrough().on('data', (chunk: Buffer) => lines.push(String(chunk)));
    const tokens = new Tokens({ ...store, log: createLog('info', sink) }, refusedClientFor, SCOPES, clock);
    tokens.drop({ tenantId: HOME, personId: ADA.oid });
    for (const scopes of [[], ['Mail.Send'], []])
      await assert.rejects(tokens.get({ tenantId: HOME, personId: ADA.oid }, scopes), refusal);
    assert.deepEqual(
      lines.map((line) => [JSON.parse(line).level, JSON.parse(line).code]),
      [[50, 'APP_CREDENTIAL_REFUSED']],
    );
  });

  describe('for further permissions', () => {
    const PARTITION = { tenantId: HOME, personId: ADA.oid };
    const fresh = () => new Tokens(store, clientFor, SCOPES, clock);
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

    it('asks nothing of who agreed to all in an earlier version', async () => {
      sandbox.entra.grantConsent(ADA.oid, SANDBOX_CLIENT_ID, ['Calendars.Read.Shared', 'Calendars.ReadWrite']);
      await through(await begin(ADA), ADA);
      for (const scope of ['Calendars.ReadWrite', 'Calendars.Read.Shared'])
        assert.ok((await scopesOf(await fresh().get(PARTITION, [scope]))).includes(scope));
    });

    it('is over on every instance the moment somebody signs out', async () => {
      const [one, other] = [fresh(), fresh()];
      await one.get(PARTITION);
      await other.get(PARTITION);
      assert.equal(await db.database.inTenant(HOME, (sql) => deleteTokens(sql, HOME, ADA.oid)), true);
      for (const tokens of [one, other]) await assert.rejects(tokens.get(PARTITION), { code: 'RECONNECT_NEEDED' });
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
      const us = ['https://graph.microsoft.us/Calendars.Read', 'https://graph.microsoft.us/MailboxSettings.Read'];
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

    it('is one of those that are asked for at once', async () => {
      await Promise.all(Array.from({ length: 4 }, () => begin(ADA)));
      assert.equal((await db.peek('select 1 from cw.sign_in where person_id = $1', [ADA.oid])).length, 1);
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
      const refusal = { error: 'access_denied', subcode: 'cancel', number: '' };
      await assert.rejects(signIn.refuse(back.state, refusal), { code: 'SIGN_IN_REFUSED' });
      await assert.rejects(signIn.authorizeUrl(state), { code: 'SIGN_IN_EXPIRED' });
    });

    it('is kept as a hash: who reads the table can’t use what is there', async () => {
      const state = await begin(ADA);
      const rows = await db.peek('select * from cw.sign_in');
      assert.ok(!JSON.stringify(rows).includes(state.split('.')[1] ?? '-'));
    });
  });

  describe('from a chat', () => {
    const moveChat = (one: SandboxPerson, to: string) =>
      db.database.inTenant(HOME, async (sql) => {
        await sql.query(
          `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
           values ($1, $2, 'personal', '{}', now()) on conflict do nothing`,
          [HOME, to],
        );
        await meetPerson(sql, { ...askerOf(one), conversationId: to, locale: 'en-GB' }, Date.now());
      });

    it('connects nothing when the chat is not the person’s any more', async () => {
      const state = await begin(ADA);
      await moveChat(ADA, 'a new chat of Ada');
      await assert.rejects(through(state, ADA), { code: 'SIGN_IN_EXPIRED', say: /chat that this link belongs to/ });
      assert.equal(await tokensOf(ADA), undefined);
    });

    it('takes no id token of another sign-in', async () => {
      for (const nonce of ['', 'x'.repeat(43)]) {
        const state = await begin(ADA);
        const url = new URL(await signIn.authorizeUrl(state));
        assert.match(url.searchParams.get('nonce') ?? '', /^[\w-]{43}$/);
        if (nonce) url.searchParams.set('nonce', nonce);
        else url.searchParams.delete('nonce');
        const { code } = await comeBack(url.href, ADA);
        await assert.rejects(signIn.finish(state, code ?? ''), { code: 'SIGN_IN_REFUSED' });
      }
      assert.equal(await tokensOf(ADA), undefined);
    });

    it('may open its link more than once, and finish it once', async () => {
      const state = await begin(ADA);
      const [first, second] = [await signIn.authorizeUrl(state), await signIn.authorizeUrl(state)];
      assert.equal(new URL(first).searchParams.get('nonce'), new URL(second).searchParams.get('nonce'));
      const [one, other] = [await comeBack(first, ADA), await comeBack(second, ADA)];
      await signIn.finish(state, one.code ?? '');
      await assert.rejects(signIn.finish(state, other.code ?? ''), { code: 'SIGN_IN_EXPIRED' });
    });
  });

  describe('with another account of the tenant', () => {
    /** Ada asks, Mallory’s account signs in. */
    const codeFor = async (further: string[] = []): Promise<string> => {
      const came = await finished(await begin(ADA, further), MALLORY);
      assert.ok(came.kind === 'code');
      return came.code;
    };
    const wrongOf = (code: string, serial: number) =>
      `${code.slice(0, -1)}${'ABCDEFGH'.replace(code.at(-1) ?? '', '')[serial]}`;

    it('connects nothing unless an admin allows it, and nothing of another tenant even then', async () => {
      await assert.rejects(finished(await begin(ADA), MALLORY), { code: 'SIGN_IN_WRONG_ACCOUNT' });
      await allowOthers(true);
      const state = await begin(ADA);
      const bent = (await signIn.authorizeUrl(state)).replace(`/${HOME}/`, `/${ELSEWHERE}/`);
      const { code } = await comeBack(bent, EVE);
      await assert.rejects(signIn.finish(state, code ?? ''), { code: /SIGN_IN_(REFUSED|WRONG_ACCOUNT)/ });
      assert.deepEqual(await db.peek('select 1 from cw.token_cache'), []);
    });

    it('waits, sealed, until the chat that asked has the code; then that account is read', async () => {
      await allowOthers(true);
      const code = await codeFor();
      assert.match(code, /^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/);
      const [row] = await db.peek<{ account_cache: string }>('select * from cw.sign_in where person_id = $1', [
        ADA.oid,
      ]);
      assert.match(row?.account_cache ?? '', /^cw1\./);
      assert.ok(!JSON.stringify(row).includes(code));
      assert.deepEqual(await db.peek('select 1 from cw.token_cache'), [], 'nothing is connected yet');
      const came = await signIn.redeemCode(askerOf(ADA), readAccountCode(code.toLowerCase()) ?? '');
      assert.ok(came.kind === 'connected');
      const { isAccountNew, address, isAdmin } = came.who;
      assert.deepEqual(
        { isAccountNew, address, isAdmin },
        { isAccountNew: true, address: MALLORY.upn, isAdmin: undefined },
      );
      assert.equal(await accountOf(ADA), MALLORY.oid);
      const acts = await db.peek<{ act: string }>(
        `select act, actor_id, detail from cw.audit where person_id = $1 and detail ? 'accountId'`,
        [ADA.oid],
      );
      const detail = { scopes: [], accountId: MALLORY.oid };
      assert.deepEqual(acts, [{ act: 'connected', actor_id: ADA.oid, detail }]);
      const tokens = new Tokens(store, clientFor, SCOPES, clock);
      const partition = { tenantId: HOME, personId: ADA.oid };
      assert.equal((await sandbox.entra.verifyAccessToken(await tokens.get(partition))).oid, MALLORY.oid);
      assert.equal(await tokens.accountOf(partition), MALLORY.oid);
      assert.deepEqual(await signIn.redeemCode(askerOf(ADA), code), { kind: 'none' }, 'single use');
      // An admin changes their mind.
      await allowOthers(false);
      await assert.rejects(tokens.get(partition), { code: 'RECONNECT_NEEDED', say: /doesn’t allow another account/ });
      // Their own account again.
      await through(await begin(ADA), ADA);
      assert.equal(await accountOf(ADA), null);
      assert.equal((await sandbox.entra.verifyAccessToken(await tokens.get(partition))).oid, ADA.oid);
    });

    it('is of no use in any other chat, nor for the account itself', async () => {
      await allowOthers(true);
      const code = await codeFor();
      const elsewhere = { ...askerOf(ADA), conversationId: 'another chat of Ada' };
      for (const asker of [askerOf(MALLORY), askerOf(BOSS), elsewhere, { ...askerOf(ADA), tenantId: ELSEWHERE }])
        assert.deepEqual(await signIn.redeemCode(asker, code), { kind: 'none' });
      assert.deepEqual(await db.peek('select 1 from cw.token_cache'), []);
      assert.equal((await signIn.redeemCode(askerOf(ADA), code)).kind, 'connected');
    });

    it('takes five tries', async () => {
      await allowOthers(true);
      const code = await codeFor();
      for (let tries = 1; tries <= 5; tries += 1)
        assert.deepEqual(await signIn.redeemCode(askerOf(ADA), wrongOf(code, tries)), {
          kind: 'wrong',
          triesLeft: 5 - tries,
        });
      assert.deepEqual(await signIn.redeemCode(askerOf(ADA), code), { kind: 'none' });
      assert.deepEqual(await db.peek('select 1 from cw.token_cache'), []);
    });

    it('takes no more than five when many are tried at once', async () => {
      await allowOthers(true);
      const code = await codeFor();
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, serial) => signIn.redeemCode(askerOf(ADA), wrongOf(code, serial % 7))),
      );
      assert.equal(all.filter((one) => one.kind === 'wrong').length, 5);
    });

    it('lives ten minutes, and no longer than the next link or the admin’s word', async () => {
      await allowOthers(true);
      const late = await codeFor();
      clock.shiftMs = 11 * MINUTE_MS;
      assert.deepEqual(await signIn.redeemCode(askerOf(ADA), late), { kind: 'none' });
      clock.shiftMs = 0;
      const replaced = await codeFor();
      await begin(ADA);
      assert.deepEqual(await signIn.redeemCode(askerOf(ADA), replaced), { kind: 'none' });
      const forbidden = await codeFor();
      await allowOthers(false);
      assert.deepEqual(await signIn.redeemCode(askerOf(ADA), forbidden), { kind: 'none' });
    });

    it('is nothing for whom the application reads: it would be asked for and never read', async () => {
      await allowOthers(true);
      const before = await codeFor();
      await db.peek(
        `insert into cw.app_watch (tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
         values ($1, 'w', 'tenant', '', 'Everybody', 'admin', now(), now())`,
        [HOME],
      );
      await db.database.inTenant(HOME, (sql) =>
        takeMembers(sql, { tenantId: HOME, watchId: 'w' }, [{ personId: ADA.oid, dueAt: 0 }], clock.now()),
      );
      try {
        assert.deepEqual(await signIn.redeemCode(askerOf(ADA), before), { kind: 'none' });
        await assert.rejects(finished(await begin(ADA), MALLORY), { code: 'SIGN_IN_WRONG_ACCOUNT' });
        const theirs = { oid: MALLORY.oid, tid: HOME };
        await assert.rejects(connectAccount(connectDeps, askerOf(ADA), '{}', theirs, { isRedeemed: true }), {
          code: 'SIGN_IN_WRONG_ACCOUNT',
          say: /your own calendar/,
        });
        // Once the admin's watch is ending, it is theirs to choose again.
        await db.peek('update cw.app_watch set ending = true');
        assert.equal((await finished(await begin(ADA), MALLORY)).kind, 'code');
      } finally {
        await db.peek('delete from cw.app_watch');
        await db.peek('delete from cw.mailbox');
        await db.peek(`update cw.person set access = 'delegated', watch = 'off'`);
      }
    });

    it('leaves nothing that tells of the one before', async () => {
      await allowOthers(true);
      await through(await begin(ADA), ADA);
      await db.peek(`insert into cw.mailbox (tenant_id, mailbox_id, person_id, ending) values ($1, $2, $2, true)`, [
        HOME,
        ADA.oid,
      ]);
      const kept = async () => (await db.peek('select 1 from cw.subscription')).length;
      await seedSubscription(db, { tenantId: HOME, mailboxId: ADA.oid });
      await through(await begin(ADA), ADA);
      assert.equal(await kept(), 1, 'the same account goes on with it');
      assert.equal((await signIn.redeemCode(askerOf(ADA), await codeFor())).kind, 'connected');
      assert.equal(await kept(), 0);
      await db.peek('delete from cw.mailbox');
      await db.peek('update cw.person set account_id = null');
    });

    it('brings the permission along that was asked for', async () => {
      await allowOthers(true);
      const came = await signIn.redeemCode(askerOf(ADA), await codeFor(['Tasks.ReadWrite']));
      assert.ok(came.kind === 'connected');
      assert.deepEqual(came.who.furtherScopes, ['Tasks.ReadWrite']);
    });

    it('is never stored by way of SSO, allowed or not', async () => {
      await allowOthers(true);
      for (const claims of [{ oid: MALLORY.oid, tid: HOME }, { oid: ADA.oid, tid: ELSEWHERE }, { tid: HOME }, {}])
        await assert.rejects(connectAccount(connectDeps, askerOf(ADA), '{}', claims), {
          code: 'SIGN_IN_WRONG_ACCOUNT',
        });
      assert.equal(await tokensOf(ADA), undefined);
    });

    it('reads codes as they may be typed, and no others', () => {
      const CASES: [typed: string, code: string | undefined][] = [
        ['ABCD-EFGH', 'ABCD-EFGH'],
        [' abcd efgh ', 'ABCD-EFGH'],
        ['abcdefgh', 'ABCD-EFGH'],
        ['ABCD-EFG', undefined],
        ['ABCD-EFGI', undefined],
        ['123456', undefined],
        ['ABCD–EFGH', undefined],
        ['', undefined],
      ];
      for (const [typed, code] of CASES) assert.equal(readAccountCode(typed), code, typed);
      // Mistyped, it is still meant as such a code.
      for (const typed of ['ABCD-EFGI', 'abc0 efgh', 'ABCD–EFGH', '2345-6789'])
        assert.ok(isLikeAccountCode(typed), typed);
      for (const typed of ['123456', '123 456', '12345670', 'ABCD-EFG', ''])
        assert.ok(!isLikeAccountCode(typed), typed);
    });
  });

  describe('where only an admin can agree', () => {
    beforeEach(() => {
      sandbox.entra.withdrawConsent(ADA.oid, SANDBOX_CLIENT_ID);
      sandbox.entra.requireAdminFor(['Mail.Send']);
    });
    afterEach(() => sandbox.entra.requireAdminFor([]));

    const refusedAt = async (state: string) => {
      const back = new URL(await sandbox.entra.signIn(await signIn.authorizeUrl(state), ADA.upn));
      return { error: back.searchParams.get('error') ?? '', subcode: '', number: '' };
    };

    it('says to whom that is to be said, and uses up the link', async () => {
      const state = await begin(ADA, ['Mail.Send']);
      const refusal = await refusedAt(state);
      assert.equal(refusal.error, 'consent_required');
      await assert.rejects(signIn.refuse(state, refusal), (error: unknown) => {
        assert.ok(error instanceof AdminConsentNeeded);
        assert.deepEqual(error.needed, { ...askerOf(ADA), scopes: ['Mail.Send'] });
        return true;
      });
      await assert.rejects(signIn.authorizeUrl(state), { code: 'SIGN_IN_EXPIRED' });
    });

    it('works for everybody once an admin has agreed by the link, and for nobody before', async () => {
      await through(await begin(ADA), ADA);
      const partition = { tenantId: HOME, personId: ADA.oid };
      const tokens = new Tokens(store, clientFor, SCOPES, clock);
      await assert.rejects(tokens.get(partition, ['Mail.Send']), { code: 'CONSENT_NEEDED', scopes: ['Mail.Send'] });
      const url = signIn.adminConsent.url(HOME, ['Mail.Send']);
      const declined = new URL(await sandbox.entra.adminConsent(url, 'cancel'));
      assert.equal(signIn.adminConsent.outcome(declined.searchParams), 'refused');
      const agreed = new URL(await sandbox.entra.adminConsent(url));
      assert.equal(agreed.pathname, '/auth/admin-consent');
      assert.equal(signIn.adminConsent.outcome(agreed.searchParams), 'agreed');
      assert.ok(await tokens.get(partition, ['Mail.Send']));
    });

    it('believes nothing of a link that is not ours, too old, or of another tenant', async () => {
      const good = new URL(await sandbox.entra.adminConsent(signIn.adminConsent.url(HOME, ['Place.Read.All'])));
      const withQuery = (change: Record<string, string>) =>
        new URLSearchParams({ ...Object.fromEntries(good.searchParams), ...change });
      const state = await begin(ADA);
      const changes: Record<string, string>[] = [
        { tenant: ELSEWHERE },
        { tenant: '' },
        { state: '' },
        { state },
        { state: 'cw1.0.x' },
      ];
      for (const change of changes)
        assert.throws(() => signIn.adminConsent.outcome(withQuery(change)), { code: 'SIGN_IN_UNKNOWN' });
      assert.equal(signIn.adminConsent.outcome(withQuery({ error: 'access_denied' })), 'refused');
      assert.equal(signIn.adminConsent.outcome(withQuery({ admin_consent: 'no' })), 'refused');
      // And it is no sign-in.
      await assert.rejects(signIn.finish(good.searchParams.get('state') ?? '', 'x'), { code: 'SIGN_IN_UNKNOWN' });
      clock.shiftMs = 15 * 24 * 60 * MINUTE_MS;
      assert.throws(() => signIn.adminConsent.outcome(good.searchParams), { code: 'SIGN_IN_UNKNOWN' });
    });
  });
});
