import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Caller } from '../../src/graph/client.ts';
import { GraphFailure, toFailure } from '../../src/graph/failures.ts';
import { createGraph } from '../../src/graph/graph.ts';
import { type Answer, type AnswerOptions, respond } from '../../src/graph/respond.ts';
import { ANNA, BEN, DAY, fixture, meeting, TENANT, tokenFor } from '../sandbox/graph/setup.ts';
import { createSimCaller, GRAPH_ORIGIN } from '../simulation/graph-port.ts';

const ACCESS = { tenantId: 't', personId: 'p', mailboxId: 'm' };

function graph(fail?: Error) {
  const calls: unknown[] = [];
  const call = (async (access: unknown, path: string, send: (request: unknown) => unknown, options: unknown) => {
    const post = async (body: unknown) => {
      calls.push({ access, path, body, options });
      if (fail) throw fail;
      return undefined;
    };
    return send({ post });
  }) as unknown as Caller;
  return { calls, respond: respond(call) };
}

describe('answering an invitation at Graph', () => {
  const cases: [Answer, AnswerOptions][] = [
    ['accept', { sendResponse: true }],
    ['tentativelyAccept', { sendResponse: true, comment: 'Maybe' }],
    ['decline', { sendResponse: false }],
  ];
  for (const [answer, options] of cases)
    it(`posts ${answer} ${JSON.stringify(options)}, with the right to write`, async () => {
      const { calls, respond: send } = graph();
      assert.equal(await send(ACCESS, 'e/1=', answer, options), undefined);
      assert.deepEqual(calls, [
        {
          access: ACCESS,
          path: `/users/m/events/e%2F1%3D/${answer}`,
          body: options,
          options: { scopes: ['Calendars.ReadWrite'] },
        },
      ]);
    });

  it('hands on what Graph says against it', async () => {
    const failure = new GraphFailure('rejected', 400, 'ErrorInvalidRequest', undefined);
    await assert.rejects(graph(failure).respond(ACCESS, 'e', 'accept', { sendResponse: true }), failure);
  });
});

describe('answering an invitation at the sandbox', () => {
  const as = (oid: string) => ({ tenantId: TENANT, oid });
  async function invited(more: object = {}) {
    const sandbox = fixture({ origin: GRAPH_ORIGIN });
    const access = { tenantId: TENANT, personId: BEN, mailboxId: BEN };
    const caller = createSimCaller({
      handler: sandbox.graph.handler,
      wire: { carry: async (_, send) => send(), after: () => () => undefined, now: () => 0 },
      token: () => tokenFor(sandbox.clock, { as: BEN }),
      dropToken: () => undefined,
      toFailure,
      isUnauthorized: () => false,
    });
    const { store } = sandbox.graph;
    const attendees = [
      { emailAddress: { address: sandbox.world.people.get(BEN)?.upn, name: 'Ben' }, type: 'required' },
    ];
    store.create(
      as(ANNA),
      meeting('2026-11-24T10:00:00', '2026-11-24T11:00:00', { subject: 'Planning', attendees, ...more }) as never,
    );
    const now = sandbox.clock.now();
    const of = (oid: string) => store.view(as(oid), now, now + 7 * DAY).find((one) => one.subject === 'Planning');
    const id = of(BEN)?.id ?? '';
    return { graph: createGraph(caller), access, store, of, id };
  }

  /** [what is asked, what the organiser sees then] */
  const cases: [Answer, string][] = [
    ['accept', 'accepted'],
    ['tentativelyAccept', 'tentativelyAccepted'],
    ['decline', 'declined'],
  ];
  for (const [answer, seen] of cases)
    it(`reaches the organiser: ${answer}`, async () => {
      const { graph: live, access, of, id } = await invited();
      await live.respond(access, id, answer, { sendResponse: true });
      assert.equal(of(ANNA)?.attendees[0]?.response, seen);
      assert.equal(of(BEN)?.response, answer === 'decline' ? undefined : seen);
    });

  it('is refused for what was cancelled (mm#147), and for a meeting that wants no answers, unless it is not sent', async () => {
    const { graph: live, access, store, of, id } = await invited();
    store.cancel(as(ANNA), of(ANNA)?.id ?? '', '');
    await assert.rejects(live.respond(access, id, 'accept', { sendResponse: true }), { kind: 'rejected', status: 400 });
    const quiet = await invited({ responseRequested: false });
    await assert.rejects(quiet.graph.respond(quiet.access, quiet.id, 'accept', { sendResponse: true }), {
      kind: 'rejected',
    });
    await quiet.graph.respond(quiet.access, quiet.id, 'accept', { sendResponse: false });
    assert.equal(quiet.of(BEN)?.response, 'accepted');
    await quiet.graph.respond(quiet.access, quiet.id, 'decline', { sendResponse: false });
    await assert.rejects(quiet.graph.respond(quiet.access, quiet.id, 'accept', { sendResponse: false }), {
      kind: 'notFound',
    });
  });
});
