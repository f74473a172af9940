/** Our side and the sandbox's, written apart: what the one asks for and encrypts, the other grants and reads. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { createEntra, type Entra } from '../../../sandbox/entra/entra.ts';
import type { Caller } from '../../../src/graph/client.ts';
import { createSubscription } from '../../../src/graph/subscriptions.ts';
import { receiveBody } from '../../../src/http/notifications.ts';
import { createLog } from '../../../src/log.ts';
import type { Inbox, IncomingNotice } from '../../../src/sync/inbox.ts';
import { createRich } from '../../../src/sync/rich/create.ts';
import {
  ANNA,
  APP,
  created,
  type Fixture,
  fixture,
  HOUR,
  type Json,
  meeting,
  NOW,
  TENANT,
} from '../../sandbox/graph/setup.ts';
import { empty } from '../../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { signingKey } from '../../support/signing-key.ts';
import { testVault } from '../../support/vault.ts';

const HOST = 'https://entra.test.example';

describe('rich: against the sandbox', function () {
  this.timeout(60_000);
  let db: OpenTestDatabase;
  let f: Fixture;
  let entra: Entra;
  let rich: ReturnType<typeof createRich>;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    f = fixture({ signValidationToken: (audience) => entra.validationToken(audience) });
    const origins = () => ({ https: HOST, pages: 'http://pages.test.example' });
    entra = createEntra({ world: f.world, signingKey: signingKey(), origins });
    rich = createRich({
      database: db.database,
      vault: testVault,
      clock: f.clock,
      log: createLog('silent'),
      clientId: APP,
      authorityHost: HOST,
      fetchJson: async (url) => {
        const { pathname, searchParams } = new URL(url);
        const request = { method: 'GET', path: pathname, query: searchParams, headers: {}, body: '' };
        return (await entra.handler(request)).body;
      },
    });
    await subscribe();
  });

  /** As the product does it; and the row that it writes. */
  async function subscribe(): Promise<void> {
    const call = (async (_access, path, run) => {
      const post = async (body: unknown) => {
        const answer = await f.call('POST', path, { body });
        assert.equal(answer.status, 201, JSON.stringify(answer.json));
        return answer.json;
      };
      return run({ post } as never);
    }) as Caller;
    const access = { tenantId: TENANT, personId: ANNA, mailboxId: ANNA };
    const { subscriptionId, expiresAt } = await createSubscription(call)(access, {
      calendarId: '',
      notificationUrl: 'https://bot.example/api/notifications',
      lifecycleNotificationUrl: 'https://bot.example/api/lifecycle',
      clientState: 'secret',
      expiresAt: NOW + 23 * HOUR,
      rich: await rich.certificates.current(),
    });
    const at = new Date(NOW);
    await db.peek('insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, $2, $2)', [TENANT, at]);
    await db.peek('insert into cw.person (tenant_id, person_id, seen_at) values ($1, $2, $3)', [TENANT, ANNA, at]);
    await db.peek('insert into cw.mailbox (tenant_id, mailbox_id, person_id) values ($1, $2, $2)', [TENANT, ANNA]);
    await db.peek(
      `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, client_state_hash, expires_at, renew_at,
         proven_at, created_at) values ($1, $2, $3, '\\x00', $4, $5, $5, $5)`,
      [TENANT, subscriptionId, ANNA, new Date(expiresAt), at],
    );
  }

  /** Makes a meeting; what is posted of it is taken by the webhook. */
  async function tell(): Promise<{ made: Json; text: string; status: number; notices: IncomingNotice[] }> {
    const before = f.posted.length;
    const body = { contentType: 'text', content: 'Numbers of the quarter' };
    const made = await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { body }));
    await f.pass(1_000);
    // Signing takes real time.
    while (f.posted.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
    const text = f.posted.at(-1)?.body ?? '';
    const notices: IncomingNotice[] = [];
    const accept = async (given: IncomingNotice[]) => {
      notices.push(...given);
      return { stored: given.length, refused: 0 };
    };
    const deps = {
      inbox: { accept } as unknown as Inbox,
      rich: rich.reader,
      log: createLog('silent'),
      newId: () => 'c',
    };
    const { status } = await receiveBody(deps, 'notifications', text);
    return { made, text, status, notices };
  }

  for (const version of ['1.0', '2.0'] as const)
    it(`what one encrypts the other reads, with tokens of version ${version}`, async () => {
      f.world.unverified.validationTokenVersion = version;
      const { made, text, status, notices } = await tell();
      assert.equal(status, 202);
      assert.deepEqual(
        notices.map(({ word, hint }) => ({ word, hint })),
        [{ word: 'created', hint: { eventId: made.id, etag: made.changeKey } }],
      );
      assert.match(text, /"encryptedContent":\{/);
      assert.ok(!text.includes('Planning') && !text.includes('Numbers'));
    });

  it('goes on when Entra signs with a new key', async () => {
    await tell();
    entra.rotateSigningKey();
    await f.pass(6 * 60_000);
    assert.ok((await tell()).notices[0]?.hint);
  });

  it('refuses what is forged or comes without a token, and answers like always', async () => {
    for (const fault of ['notify.noValidationToken', 'notify.forgedValidationToken'] as const) {
      f.world.faults.set(fault, 1);
      const { status, notices } = await tell();
      assert.deepEqual([status, notices], [202, []], fault);
      f.world.faults.clear();
    }
  });

  it('reads anew where the content was changed on the way', async () => {
    f.world.faults.set('notify.badSignature', 1);
    const { status, notices } = await tell();
    assert.equal(status, 202);
    assert.deepEqual(
      notices.map(({ hint }) => hint),
      [undefined],
    );
  });
});
