import assert from 'node:assert/strict';
import { randomUUID, X509Certificate } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { VirtualClock } from '../../../sandbox/world.ts';
import { createLog } from '../../../src/log.ts';
import { addRichCertificate, type RichCertificate, richCertificates } from '../../../src/store/rich-certificates.ts';
import {
  CERTIFICATE_LIFE_MS,
  Certificates,
  KEPT_AFTER_SUPERSEDED_MS,
  LOOK_EVERY_MS,
  ROTATE_AFTER_MS,
} from '../../../src/sync/rich/certificates.ts';
import { decryptContent, readEncryptedContent } from '../../../src/sync/rich/decrypt.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, seedMailbox, seedTenant } from '../../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { testVault } from '../../support/vault.ts';
import { seal } from './encrypt.ts';

describe('rich: certificates', function () {
  this.timeout(60_000);
  let db: OpenTestDatabase;
  let clock: VirtualClock;
  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.rich_certificate');
    clock = new VirtualClock(NOW);
  });

  const instance = () => new Certificates({ database: db.database, vault: testVault, clock, log: createLog('silent') });
  const stored = async () => (await richCertificates(db.database.system, testVault)).readable;
  /** A subscription that was made with this certificate. */
  const subscribe = async (certificateId: string, expiresAt: number) => {
    const tenantId = await seedTenant(db);
    const mailboxId = await seedMailbox(db, tenantId);
    await db.peek(
      `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, client_state_hash, expires_at, renew_at,
         proven_at, created_at, certificate_id) values ($1, $2, $3, '\\x00', $4, $4, $5, $5, $6)`,
      [tenantId, randomUUID(), mailboxId, new Date(expiresAt), new Date(clock.now()), certificateId],
    );
  };

  it('are made when the first is needed, and stay the same', async () => {
    const one = instance();
    const first = await one.current();
    assert.deepEqual(await one.current(), first);
    assert.deepEqual(await instance().current(), first);
    assert.match(first.certificateId, /^calendar-watch\/[0-9a-f-]{36}$/);
    const x509 = new X509Certificate(Buffer.from(first.certificate, 'base64'));
    assert.equal(Date.parse(x509.validTo), NOW + CERTIFICATE_LIFE_MS);
    assert.ok(Date.parse(x509.validFrom) < NOW);
    assert.equal((await stored()).length, 1);
    assert.doesNotMatch(JSON.stringify(first), /PRIVATE/);
  });

  it('are made once, whoever asks at the same moment', async () => {
    const all = [instance(), instance(), instance()];
    const given = await Promise.all([...all, ...all].map((one) => one.current()));
    assert.equal(new Set(given.map((one) => one.certificateId)).size, 1);
    assert.equal((await stored()).length, 1);
  });

  it('of another instance are read by all', async () => {
    const [maker, reader] = [instance(), instance()];
    assert.equal(await reader.keyOf('calendar-watch/made-up'), undefined);
    const certificate = await maker.current();
    clock.advance(11_000);
    const key = await reader.keyOf(certificate.certificateId);
    assert.ok(key);
    const content = readEncryptedContent(await seal('{"id":"a"}', certificate));
    assert.ok(content);
    assert.deepEqual(await decryptContent(content, key), { text: '{"id":"a"}' });
  });

  it('that nobody made cost a query in a while, not each', async () => {
    let queries = 0;
    const intake = {
      query: <T extends object>(text: string, values?: unknown[]) => {
        queries += 1;
        return db.database.intake.query<T>(text, values);
      },
    };
    const one = new Certificates({
      database: { ...db.database, intake },
      vault: testVault,
      clock,
      log: createLog('silent'),
    });
    for (let n = 0; n < 50; n += 1) await one.keyOf(`made-up-${n}`);
    assert.equal(queries, 1);
  });

  it('are replaced at half of their life; the old one is for reading', async () => {
    const [one, other] = [instance(), instance()];
    const old = await one.current();
    await other.current();
    clock.advance(ROTATE_AFTER_MS - 1);
    assert.deepEqual(await one.current(), old);
    clock.advance(1);
    const [fresh, same] = await Promise.all([one.current(), other.current()]);
    assert.notEqual(fresh.certificateId, old.certificateId);
    assert.deepEqual(same, fresh);
    assert.ok(await one.keyOf(old.certificateId));
    assert.ok(await instance().keyOf(old.certificateId));
    assert.deepEqual(
      (await stored()).map((kept) => kept.certificateId),
      [fresh.certificateId, old.certificateId],
    );
  });

  it('are forgotten when no subscription can speak of them any more', async () => {
    const one = instance();
    const old = await one.current();
    clock.advance(ROTATE_AFTER_MS);
    const fresh = await one.current();
    const life = 1_430 * MINUTE_MS;
    await subscribe(old.certificateId, clock.now() + life);
    clock.advance(KEPT_AFTER_SUPERSEDED_MS - LOOK_EVERY_MS);
    await one.current();
    assert.ok(await one.keyOf(old.certificateId), 'before the margin is over');
    clock.advance(2 * LOOK_EVERY_MS);
    await one.current();
    assert.ok(await one.keyOf(old.certificateId), 'while its subscription lived within the margin');
    clock.advance(life);
    await one.current();
    assert.equal(await one.keyOf(old.certificateId), undefined);
    assert.deepEqual(
      (await stored()).map((kept) => kept.certificateId),
      [fresh.certificateId],
    );
    assert.deepEqual(await one.current(), fresh);
  });

  it('are kept as long as a subscription lives that was made with them', async () => {
    const one = instance();
    const old = await one.current();
    clock.advance(ROTATE_AFTER_MS);
    await one.current();
    await subscribe(old.certificateId, clock.now() + 30 * 24 * HOUR_MS);
    for (let day = 0; day < 31; day += 1) {
      clock.advance(24 * HOUR_MS);
      await one.current();
      assert.ok(await one.keyOf(old.certificateId), `day ${day}`);
    }
  });

  describe('in PostgreSQL', () => {
    const certificate = (more: Partial<RichCertificate> = {}): RichCertificate => ({
      certificateId: randomUUID(),
      certificate: 'x509',
      privateKey: 'pem',
      madeAt: NOW,
      expiresAt: NOW + CERTIFICATE_LIFE_MS,
      ...more,
    });

    it('are out of reach for the product’s role but through the functions', async () => {
      await addRichCertificate(db.database.system, testVault, certificate(), NOW - 1);
      for (const statement of [
        'select private_key from cw.rich_certificate',
        'select 1 from cw.rich_certificate',
        'delete from cw.rich_certificate',
        `update cw.rich_certificate set private_key = ''`,
        `insert into cw.rich_certificate values ('a', 'b', 'c', '2026-01-01Z', '2026-01-01Z')`,
      ])
        await assert.rejects(db.database.system.query(statement), { code: '42501' }, statement);
      assert.equal((await stored()).length, 1);
    });

    it('are added by one of those who want to at the same moment', async () => {
      const added = await Promise.all(
        Array.from({ length: 8 }, () =>
          addRichCertificate(db.database.system, testVault, certificate(), NOW - ROTATE_AFTER_MS),
        ),
      );
      assert.deepEqual(added.filter(Boolean), [true]);
      assert.equal((await stored()).length, 1);
    });

    it('can be read while one is being added', async () => {
      await addRichCertificate(db.database.system, testVault, certificate(), NOW - 1);
      await db.database.inTenant('t', async (sql) => {
        await sql.query('select cw.add_rich_certificate($1, $2, $3, $4, $4, $5)', [
          'next',
          'x509',
          'pem',
          new Date(NOW + 1),
          new Date(NOW),
        ]);
        assert.equal((await stored()).length, 1);
      });
      assert.equal((await stored()).length, 2);
    });
  });
});
