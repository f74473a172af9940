import assert from 'node:assert/strict';
import {
  AuthenticationHandler,
  Client,
  type Context,
  GraphError,
  type Middleware,
  PageIterator,
  RetryHandler,
  RetryHandlerOptions,
} from '@microsoft/microsoft-graph-client';
import type { Event } from '@microsoft/microsoft-graph-types';
import { describe, it } from 'mocha';
import type { SandboxHandler } from '../../../sandbox/http.ts';
import { serve } from '../../../sandbox/http.ts';
import { ANNA, type Fixture, fixture, meeting, tokenFor } from './setup.ts';

/** The last link of the client's chain: asks the sandbox instead of the network. */
class ToSandbox implements Middleware {
  constructor(private readonly handler: SandboxHandler) {}

  async execute(context: Context): Promise<void> {
    const url = new URL(String(context.request));
    const headers: Record<string, string> = {};
    new Headers(context.options?.headers as Record<string, string>).forEach((value, name) => {
      headers[name] = value;
    });
    const answer = await this.handler({
      method: context.options?.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: typeof context.options?.body === 'string' ? context.options.body : '',
    });
    const body = answer.body === undefined ? null : JSON.stringify(answer.body);
    const type = { 'content-type': 'application/json' };
    context.response = new Response(body, { status: answer.status, headers: { ...type, ...answer.headers } });
  }
}

function clientOf(f: Fixture): Client {
  const auth = new AuthenticationHandler({ getAccessToken: async () => tokenFor(f.clock, { as: ANNA }) });
  const retry = new RetryHandler(new RetryHandlerOptions(0, 0));
  auth.setNext(retry);
  retry.setNext(new ToSandbox(f.graph.handler));
  return Client.initWithMiddleware({ middleware: auth });
}

describe('sandbox graph with the real client', () => {
  it('creates, pages, changes, answers and deletes', async () => {
    const f = fixture();
    const client = clientOf(f);
    for (let index = 0; index < 7; index++)
      await client
        .api('/me/events')
        .post(meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { subject: `E${index}` }));
    const page = await client
      .api('/me/calendarView')
      .query({ startDateTime: '2026-12-01T00:00:00Z', endDateTime: '2026-12-02T00:00:00Z' })
      .header('Prefer', 'outlook.timezone="Europe/Berlin"')
      .select(['subject', 'start'])
      .top(3)
      .get();
    const subjects: string[] = [];
    const iterator = new PageIterator(client, page, (event: Event) => subjects.push(event.subject ?? '') > 0);
    await iterator.iterate();
    assert.equal(subjects.length, 7);
    const [event] = page.value as Event[];
    const path = `/me/events/${encodeURIComponent(event?.id ?? '')}`;
    const patched: Event = await client.api(path).patch({ subject: 'Changed' });
    assert.equal(patched.subject, 'Changed');
    await client.api(path).delete();
    await assert.rejects(client.api(path).get(), (error) => {
      assert.ok(error instanceof GraphError);
      assert.deepEqual([error.statusCode, error.code], [404, 'ErrorItemNotFound']);
      return true;
    });
  });

  it('follows delta links and reads errors', async () => {
    const f = fixture();
    const client = clientOf(f);
    const query = { startDateTime: '2026-12-01T00:00:00Z', endDateTime: '2026-12-31T00:00:00Z' };
    const first = await client.api('/me/calendarView/delta').query(query).get();
    const link = first['@odata.deltaLink'];
    await client.api('/me/events').post(meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00'));
    const second = await client.api(link).get();
    assert.equal(second.value.length, 1);
    f.graph.control.expireDeltaTokens();
    await assert.rejects(client.api(link).get(), (error) => error instanceof GraphError && error.statusCode === 410);
    f.world.faults.set('graph.throttle', 1);
    await assert.rejects(client.api('/me').get(), (error) => {
      assert.ok(error instanceof GraphError);
      assert.equal(error.statusCode, 429);
      assert.ok(Number(error.headers?.get('retry-after')) > 0);
      return true;
    });
  });

  it('works over a socket', async () => {
    const f = fixture();
    const served = await serve({ port: 0, handler: f.graph.handler });
    f.graph.control.setOrigin(served.origin);
    try {
      const headers = {
        authorization: `Bearer ${tokenFor(f.clock, { as: ANNA })}`,
        'content-type': 'application/json',
      };
      const body = JSON.stringify(meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00'));
      for (let index = 0; index < 3; index++)
        await fetch(`${served.origin}/v1.0/me/events`, { method: 'POST', headers, body });
      const list = await fetch(`${served.origin}/v1.0/me/events?$top=2`, { headers });
      const page = (await list.json()) as { value: Event[]; '@odata.nextLink': string };
      const next = await fetch(page['@odata.nextLink'], { headers });
      assert.equal(((await next.json()) as { value: Event[] }).value.length, 1);
      const id = encodeURIComponent(page.value[0]?.id ?? '');
      assert.equal((await fetch(`${served.origin}/v1.0/me/events/${id}`, { headers })).status, 200);
      const answer = await fetch(`${served.origin}/v1.0/me/events/${id}`, { method: 'DELETE', headers });
      assert.equal(answer.status, 204);
    } finally {
      await served.close();
    }
  });
});
