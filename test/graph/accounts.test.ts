import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { inAccounts } from '../../src/graph/accounts.ts';
import type { Caller } from '../../src/graph/client.ts';
import { createGraph } from '../../src/graph/graph.ts';
import { type Access, asApplication } from '../../src/graph/port.ts';

const ADA: Access = { tenantId: 't', personId: 'ada', mailboxId: 'ada' };

/** Every request's path and body, and by whose access. */
function recording(accountOf: (access: Access) => Promise<string | null | undefined>) {
  const seen: { access: Access; text: string }[] = [];
  const call: Caller = async (access, path, send) => {
    const bodies: unknown[] = [];
    const answers = { value: [{ id: 's', resource: 'users/OTHER/events', notificationUrl: 'n' }], responses: [] };
    const keep = async (body?: unknown) => {
      bodies.push(body);
      return { ...answers, id: 'x', expirationDateTime: '2027-01-01T00:00:00Z' };
    };
    const request = { get: keep, post: keep, patch: keep, delete: keep, header: () => request };
    const answer = await send(request as never);
    seen.push({ access, text: `${path} ${JSON.stringify(bodies)}` });
    return answer;
  };
  return { seen, graph: inAccounts(createGraph(call), accountOf) };
}

const SUBSCRIPTION = {
  calendarId: '',
  notificationUrl: 'n',
  lifecycleNotificationUrl: 'l',
  clientState: 'c',
  expiresAt: 0,
};

describe('the account that is read', () => {
  it('is in every path, batch and subscription, and the mailbox keeps its name with us', async () => {
    const { seen, graph } = recording(async () => 'other');
    await graph.readEvent(ADA, 'event');
    await graph.readEvents(ADA, '', ['event'], async () => undefined);
    await graph.createSubscription(ADA, SUBSCRIPTION);
    await graph.writeBody(ADA, 'event', 'html', 'etag');
    for (const { access, text } of seen) {
      assert.match(text, /users\/other\//);
      assert.doesNotMatch(text, /ada/);
      assert.deepEqual(access, { ...ADA, mailboxId: 'other', accountId: 'other' });
    }
    assert.equal(seen.length, 4);
    assert.equal((await graph.listSubscriptions(ADA))[0]?.resource, 'users/ada/events');
  });

  it('is the person’s own where there is no other, and nobody’s for the application', async () => {
    const own = recording(async () => null);
    await own.graph.readEvent(ADA, 'event');
    assert.deepEqual(own.seen[0]?.access, { ...ADA, accountId: null });
    const unknown = recording(async () => undefined);
    await unknown.graph.readEvent(ADA, 'event');
    assert.deepEqual(unknown.seen[0]?.access, ADA);
    const application = recording(() => assert.fail('not asked'));
    await application.graph.readEvent(asApplication('t', 'ada'), 'event');
    assert.equal(application.seen.length, 1);
  });

  it('that may not be read is asked for nothing', async () => {
    const { seen, graph } = recording(async () => {
      throw new Error('forbidden');
    });
    await assert.rejects(graph.readEvent(ADA, 'event'), /forbidden/);
    await assert.rejects(graph.listSubscriptions(ADA), /forbidden/);
    assert.deepEqual(seen, []);
  });
});
