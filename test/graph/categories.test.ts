import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { writeCategories } from '../../src/graph/categories.ts';
import type { Caller } from '../../src/graph/client.ts';

const ACCESS = { tenantId: 't', personId: 'p', mailboxId: 'm' };

function graph(answer: unknown) {
  const seen: { path: string; headers: Record<string, string>; body: unknown; scopes: unknown }[] = [];
  const call = (async (
    _access: unknown,
    path: string,
    send: (request: unknown) => unknown,
    options: { scopes: unknown },
  ) => {
    const headers: Record<string, string> = {};
    const request = {
      header(name: string, value: string) {
        headers[name] = value;
        return request;
      },
      async patch(body: unknown) {
        seen.push({ path, headers, body, scopes: options.scopes });
        return answer;
      },
    };
    return send(request);
  }) as unknown as Caller;
  return { seen, write: writeCategories(call) };
}

describe('the categories of an entry', () => {
  it('are written over the version that was read, and nothing else of it', async () => {
    const { seen, write } = graph({ id: 'e', changeKey: 'k2' });
    assert.equal((await write(ACCESS, 'e/1=', ['Red', 'Customer'], 'W/"k1"')).changeKey, 'k2');
    assert.deepEqual(seen, [
      {
        path: '/users/m/events/e%2F1%3D',
        headers: { 'If-Match': 'W/"k1"' },
        body: { categories: ['Red', 'Customer'] },
        scopes: ['Calendars.ReadWrite'],
      },
    ]);
  });

  it('of an odd answer are an error of its own', async () => {
    await assert.rejects(graph({}).write(ACCESS, 'e', [], 'W/"k"'), { code: 'GRAPH_ANSWER_INVALID' });
  });
});
