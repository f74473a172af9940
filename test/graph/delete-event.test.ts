import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { toFailure } from '../../src/graph/failures.ts';
import { createGraph } from '../../src/graph/graph.ts';
import { ANNA, DAY, fixture, meeting, TENANT, tokenFor } from '../sandbox/graph/setup.ts';
import { createSimCaller, GRAPH_ORIGIN } from '../simulation/graph-port.ts';

describe('deleting an entry at the sandbox', () => {
  it('takes it out of the calendar, and says so when it is gone', async () => {
    const sandbox = fixture({ origin: GRAPH_ORIGIN });
    const graph = createGraph(
      createSimCaller({
        handler: sandbox.graph.handler,
        wire: { carry: async (_, send) => send(), after: () => () => undefined, now: () => 0 },
        token: () => tokenFor(sandbox.clock, { as: ANNA }),
        dropToken: () => undefined,
        toFailure,
        isUnauthorized: () => false,
      }),
    );
    const { store } = sandbox.graph;
    const anna = { tenantId: TENANT, oid: ANNA };
    store.create(anna, meeting('2026-11-24T10:00:00', '2026-11-24T11:00:00', { subject: 'Planning' }) as never);
    const now = sandbox.clock.now();
    const there = () => store.view(anna, now, now + 7 * DAY).find((one) => one.subject === 'Planning');
    const access = { tenantId: TENANT, personId: ANNA, mailboxId: ANNA };
    const id = there()?.id ?? '';
    assert.notEqual(id, '');
    await graph.deleteEvent(access, id);
    assert.equal(there(), undefined);
    await assert.rejects(graph.deleteEvent(access, id), { kind: 'notFound', status: 404 });
  });
});
