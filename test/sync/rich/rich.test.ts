import assert from 'node:assert/strict';
import { randomUUID, webcrypto } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'mocha';
import { receiveBody } from '../../../src/http/notifications.ts';
import { createLog } from '../../../src/log.ts';
import type { Inbox, IncomingNotice } from '../../../src/sync/inbox.ts';
import { Rich } from '../../../src/sync/rich/rich.ts';
import { makeSelfSigned } from '../../../src/sync/rich/self-signed.ts';
import type { TokenVerdict } from '../../../src/sync/rich/validation-tokens.ts';
import { NOW, seedMailbox, seedTenant } from '../../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { type Sealed, seal, tampered } from './encrypt.ts';

const ENTRY = { id: 'AAMk-inside=', changeKey: 'CQAA-inside', lastModifiedDateTime: '2026-11-23T08:00:00Z' };
const HINT = { eventId: ENTRY.id, etag: ENTRY.changeKey };
/** What stands beside it in the open. */
const OUTSIDE = { id: 'AAMk-outside=', '@odata.etag': 'W/"CQAA-outside"' };

describe('rich: notifications that carry their entry', function () {
  this.timeout(30_000);
  let db: OpenTestDatabase;
  let home: { tenantId: string; subscriptionId: string };
  let away: { tenantId: string; subscriptionId: string };
  let certificate: { certificate: string; certificateId: string };
  let key: webcrypto.CryptoKey;
  let sealed: Sealed;
  const verdicts = new Map<unknown, TokenVerdict>();
  const lines: string[] = [];

  const subscribe = async () => {
    const tenantId = await seedTenant(db);
    const mailboxId = await seedMailbox(db, tenantId);
    const subscriptionId = randomUUID();
    await db.peek(
      `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, client_state_hash, expires_at, renew_at,
         proven_at, created_at) values ($1, $2, $3, '\\x00', $4, $4, $4, $4)`,
      [tenantId, subscriptionId, mailboxId, new Date(NOW)],
    );
    return { tenantId, subscriptionId };
  };

  before(async () => {
    db = await openTestDatabase();
    [home, away] = [await subscribe(), await subscribe()];
    const made = await makeSelfSigned({ commonName: 'test', notBefore: NOW, notAfter: NOW + 1 });
    certificate = { certificate: made.certificate.toString('base64'), certificateId: 'c1' };
    const pkcs8 = made.privateKey.export({ type: 'pkcs8', format: 'der' });
    key = await webcrypto.subtle.importKey('pkcs8', pkcs8, { name: 'RSA-OAEP', hash: 'SHA-1' }, false, ['decrypt']);
    sealed = await seal(JSON.stringify(ENTRY), certificate);
    verdicts.set('home', { tenantId: home.tenantId.toUpperCase() });
    verdicts.set('away', { tenantId: away.tenantId });
    verdicts.set('forged', { fault: 'TOKEN_SIGNATURE_WRONG' });
    verdicts.set('undecided', { unasked: true });
  });
  after(async () => db?.drop());
  beforeEach(() => {
    lines.length = 0;
  });

  const makeRich = () => {
    const sink = new PassThrough();
    sink.on('data', (chunk: Buffer) => lines.push(...chunk.toString('utf8').trimEnd().split('\n')));
    return new Rich({
      database: db.database,
      certificates: { keyOf: async (id) => (id === 'c1' ? key : undefined) },
      tokens: { check: async (token) => verdicts.get(token) ?? { fault: 'TOKEN_MALFORMED' } },
      log: createLog('debug', sink),
    });
  };
  const item = (encryptedContent: unknown = sealed, of = home) => ({
    subscriptionId: of.subscriptionId,
    clientState: 'secret',
    changeType: 'updated',
    resourceData: OUTSIDE,
    encryptedContent,
  });
  const open = (items: unknown[], tokens: unknown = ['home']) => makeRich().open(items, tokens, 'correlation');
  const codes = (): Record<string, number> => {
    const said = lines.map((line) => JSON.parse(line) as { codes?: Record<string, number> });
    return said.find((line) => line.codes)?.codes ?? {};
  };

  it('give entry and version, and nothing is logged', async () => {
    assert.deepEqual(await open([item()]), [HINT]);
    assert.deepEqual(lines, []);
  });

  it('are believed each by the token of its own tenant, in any mixture', async () => {
    const plain = { subscriptionId: home.subscriptionId };
    const items = [plain, item(), item(sealed, away), null, item(null)];
    assert.deepEqual(await open(items, ['home', 'away']), ['none', HINT, HINT, 'none', 'none']);
    assert.deepEqual(await open(items, ['away', 'forged']), ['none', 'refused', HINT, 'none', 'none']);
    assert.deepEqual(codes(), { TENANT_WRONG: 1, TOKEN_SIGNATURE_WRONG: 1 });
  });

  it('are nobody’s when they name what can be no subscription, and harm no other', async () => {
    const odd = ['\0', 'a\0b', '\ud800', ''].map((subscriptionId) => ({ ...item(), subscriptionId }));
    assert.deepEqual(await open([...odd, item()]), ['none', 'none', 'none', 'none', HINT]);
  });

  for (const tokens of [undefined, null, [], {}, 'home'])
    it(`are refused with validationTokens ${JSON.stringify(tokens)}`, async () => {
      assert.deepEqual(await makeRich().open([item()], tokens, 'correlation'), ['refused']);
      assert.equal(codes().NO_VALIDATION_TOKENS, 1);
    });

  it('are refused when all tokens fail, odd ones too', async () => {
    assert.deepEqual(await open([item()], ['forged', null, 7, { a: 1 }]), ['refused']);
    assert.deepEqual(codes(), { TOKEN_SIGNATURE_WRONG: 1, TOKEN_MALFORMED: 3, TENANT_WRONG: 1 });
  });

  it('are a notification without a hint while Entra can’t be asked', async () => {
    assert.deepEqual(await open([item()], ['undecided']), ['unreadable']);
    assert.deepEqual(codes(), { KEYS_UNREACHABLE: 1 });
  });

  it('of subscriptions that we don’t have are refused', async () => {
    assert.deepEqual(await open([{ ...item(), subscriptionId: randomUUID() }]), ['refused']);
  });

  it('that can’t be opened leave a notification without a hint, and the others alone', async () => {
    const items = [
      item({ ...sealed, data: tampered(sealed.data) }),
      item({ ...sealed, dataKey: tampered(sealed.dataKey) }),
      item({ ...sealed, encryptionCertificateId: 'c2' }),
      item({ ...sealed, data: 'x'.repeat(70_000) }),
      item('text'),
      item(7),
      item([]),
      item(await seal('no JSON', certificate)),
      item(await seal('{"changeKey":"k"}', certificate)),
      item(await seal('{"id":"a"}', certificate)),
      item(await seal('{"id":"a\\u0000b","changeKey":"k"}', certificate)),
      item(await seal('null', certificate)),
      item(),
    ];
    assert.deepEqual(await open(items), [...items.slice(1).map(() => 'unreadable'), HINT]);
    assert.deepEqual(codes(), {
      SIGNATURE_WRONG: 1,
      DATA_KEY_UNREADABLE: 1,
      CERTIFICATE_UNKNOWN: 1,
      CONTENT_MALFORMED: 4,
      ENTRY_MALFORMED: 5,
    });
  });

  it('say their version as changeKey or as etag', async () => {
    const etag = await seal('{"id":"a","@odata.etag":"W/\\"k\\""}', certificate);
    assert.deepEqual(await open([item(etag)]), [{ eventId: 'a', etag: 'W/"k"' }]);
  });

  it('are opened up to a number, the others cost a read', async () => {
    const opened = await open(Array.from({ length: 400 }, () => item()));
    assert.equal(opened.filter((one) => typeof one === 'object').length, 300);
    assert.equal(opened.filter((one) => one === 'unreadable').length, 100);
    assert.deepEqual(codes(), { TOO_MANY: 100 });
  });

  it('leave nothing of what they say in the log', async () => {
    await open([item(), item({ ...sealed, data: tampered(sealed.data) })], ['home', 'forged']);
    assert.equal(lines.length, 1);
    for (const secret of [ENTRY.id, ENTRY.changeKey, sealed.data, sealed.dataKey, 'home', 'forged'])
      assert.ok(!lines.join('\n').includes(`"${secret}"`), secret);
  });

  describe('as the webhook takes them', () => {
    const receive = async (items: unknown[], tokens: unknown, rich: Pick<Rich, 'open'> | 'off' = makeRich()) => {
      const taken: IncomingNotice[] = [];
      const accept = async (notices: IncomingNotice[]) => {
        taken.push(...notices);
        return { stored: notices.length, refused: 0 };
      };
      const deps = {
        inbox: { accept } as unknown as Inbox,
        ...(rich === 'off' ? {} : { rich }),
        log: createLog('silent'),
        newId: () => 'c',
      };
      const body = JSON.stringify({ value: items, validationTokens: tokens });
      const answer = await receiveBody(deps, 'notifications', body);
      return { status: answer.status, hints: taken.map((notice) => notice.hint) };
    };
    const OPEN_HINT = { eventId: OUTSIDE.id, etag: OUTSIDE['@odata.etag'] };

    it('the hint is what was encrypted', async () => {
      assert.deepEqual(await receive([item()], ['home']), { status: 202, hints: [HINT] });
    });

    it('the hint beside it counts only where nothing is encrypted', async () => {
      const items = [item(undefined), item(null), item({ ...sealed, data: tampered(sealed.data) })];
      delete (items[0] as { encryptedContent?: unknown }).encryptedContent;
      assert.deepEqual(await receive(items, ['home']), { status: 202, hints: [OPEN_HINT, OPEN_HINT, undefined] });
    });

    it('what is refused is answered like any other, and taken by nobody', async () => {
      assert.deepEqual(await receive([item(), item(null)], null), { status: 202, hints: [OPEN_HINT] });
    });

    it('with the switch off content is not looked at', async () => {
      assert.deepEqual(await receive([item()], null, 'off'), { status: 202, hints: [OPEN_HINT] });
    });

    it('a database that can’t be asked is a 503, and Graph sends it again', async () => {
      const rich = { open: () => Promise.reject(new Error('connection refused')) };
      assert.deepEqual(await receive([item()], ['home'], rich), { status: 503, hints: [] });
    });
  });
});
