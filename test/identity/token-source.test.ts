import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { createTokenSource, type TokenSource } from '../../src/identity/token-source.ts';
import type { Database, Sql } from '../../src/store/database.ts';

const WHO = { tenantId: 'tenant', personId: 'ada', mailboxId: 'ada' };
const READS = [['Calendars.Read'], ['MailboxSettings.Read']];
const OWN = [['Tasks.ReadWrite'], ['Mail.Send'], ['Calendars.ReadWrite'], ['Calendars.Read', 'Calendars.Read.Shared']];

describe('by whose permission a call is made', () => {
  let access: 'delegated' | 'application';
  let looks: number;
  let now: number;
  let dropped: string[];
  let hasSignedIn: boolean;
  let source: TokenSource;

  beforeEach(() => {
    [access, looks, now, dropped, hasSignedIn] = ['delegated', 0, 0, [], true];
    source = createTokenSource({
      tokens: {
        get: async () => {
          if (!hasSignedIn) throw new CalendarWatchError('RECONNECT_NEEDED', 'no tokens');
          return 'own';
        },
        drop: () => dropped.push('own'),
        until: () => 1,
      },
      application: { get: async () => 'app', drop: () => dropped.push('app'), until: () => 2 },
      database: {
        inTenant: (async (_: string, work: (sql: Sql) => Promise<unknown>) => {
          looks += 1;
          return work({ query: async () => [{ access }] as never });
        }) as Database['inTenant'],
      },
      clock: { now: () => now, after: () => () => undefined },
    });
  });

  for (const scopes of [...READS, ...OWN])
    it(`is the person’s own for ${scopes.join(' ')}, where they connected themselves`, async () => {
      assert.equal(await source.get(WHO, scopes), 'own');
    });

  for (const scopes of READS)
    it(`is the application’s for ${scopes}, where an admin watches for them`, async () => {
      access = 'application';
      hasSignedIn = false;
      assert.equal(await source.get(WHO, scopes), 'app');
    });

  for (const scopes of OWN)
    it(`is the person’s for ${scopes.join(' ')} all the same: a permission that they are asked for`, async () => {
      access = 'application';
      assert.equal(await source.get(WHO, scopes), 'own');
      hasSignedIn = false;
      await assert.rejects(source.get(WHO, scopes), { code: 'CONSENT_NEEDED' });
    });

  it('is the application’s where nobody is meant, without a look', async () => {
    assert.equal(await source.get({ tenantId: 'tenant', personId: '' }, ['GroupMember.Read.All']), 'app');
    assert.equal(looks, 0);
  });

  it('is never the application’s for another account of theirs', async () => {
    access = 'application';
    assert.equal(await source.get({ ...WHO, accountId: 'other' } as typeof WHO, ['Calendars.Read']), 'own');
  });

  it('is looked up once in ten seconds', async () => {
    for (const _ of [1, 2, 3]) await source.get(WHO, ['Calendars.Read']);
    assert.equal(looks, 1);
    now += 10_000;
    await source.get(WHO, ['Calendars.Read']);
    assert.equal(looks, 2);
  });

  it('does not ask somebody to sign in for whom an admin has begun to watch a moment ago', async () => {
    await source.get(WHO, ['Calendars.Read']);
    [access, hasSignedIn] = ['application', false];
    assert.equal(await source.get(WHO, ['Calendars.Read']), 'app');
    access = 'delegated';
    now += 10_000;
    await assert.rejects(source.get(WHO, ['Calendars.Read']), { code: 'RECONNECT_NEEDED' });
  });

  it('drops, and counts, the token that was used', async () => {
    await source.get(WHO, ['Calendars.Read']);
    source.drop(WHO);
    assert.deepEqual([dropped, source.until(WHO)], [['own'], 1]);
    dropped.length = 0;
    [access, now] = ['application', 10_000];
    await source.get(WHO, ['Calendars.Read']);
    source.drop(WHO);
    assert.deepEqual([dropped, source.until(WHO)], [['app', 'own'], 2]);
    dropped.length = 0;
    source.drop({ tenantId: 'tenant', personId: '' });
    assert.deepEqual(dropped, ['app']);
  });
});
