import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Caller } from '../../src/graph/client.ts';
import { countPeople, listMembers, MOST_MEMBERS, readGroup } from '../../src/graph/groups.ts';
import { asApplication } from '../../src/graph/port.ts';

const APPLICATION = asApplication('tenant');
const GROUP = 'aaaaaaaa-0000-4000-8000-000000000001';
const guid = (n: number) => `bbbbbbbb-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const LINK = 'https://graph.example/v1.0/next';
const keep = async () => undefined;

/** Answers one after the other; the last one again and again. */
function answering(...answers: unknown[]) {
  const asked: string[] = [];
  const call = (async (_: unknown, path: string) => {
    asked.push(path);
    return answers[Math.min(asked.length, answers.length) - 1];
  }) as Caller;
  return { call, asked };
}

describe('groups at Graph', () => {
  it('are asked for with what a name could hold taken literally', async () => {
    const { call, asked } = answering({ value: [{ id: GROUP, displayName: 'x' }] });
    await readGroup(call)(APPLICATION, "O'Neill & Söhne #1");
    const query = new URL(asked[0] ?? '', 'https://graph.example').searchParams;
    assert.equal(query.get('$filter'), "displayName eq 'O''Neill & Söhne #1'");
    assert.equal(query.get('$top'), '2');
  });

  it('are followed page by page, each member once', async () => {
    const { call, asked } = answering(
      { value: [{ id: guid(1) }, { id: guid(2), accountEnabled: null }], '@odata.nextLink': LINK },
      { value: [{ id: guid(2).toUpperCase() }, { id: guid(3), accountEnabled: false }] },
    );
    assert.deepEqual(await listMembers(call)(APPLICATION, { groupId: GROUP }, keep), [guid(1), guid(2)]);
    assert.deepEqual(asked[1], LINK);
  });

  it('end at a limit, of people and of pages', async () => {
    let page = 0;
    const call = (async () => {
      page += 1;
      const value = Array.from({ length: 999 }, (_, index) => ({ id: guid(page * 1_000 + index) }));
      return { value, '@odata.nextLink': LINK };
    }) as Caller;
    await assert.rejects(listMembers(call)(APPLICATION, 'tenant', keep), { code: 'GROUP_TOO_LARGE' });
    assert.equal(page, Math.ceil((MOST_MEMBERS + 1) / 999));
    const { call: empty, asked } = answering({ value: [], '@odata.nextLink': LINK });
    await assert.rejects(listMembers(empty)(APPLICATION, 'tenant', keep), { code: 'GROUP_TOO_LARGE' });
    assert.equal(asked.length, 1_000);
  });

  it('end when the lease is lost', async () => {
    const { call, asked } = answering({ value: [], '@odata.nextLink': LINK });
    let pages = 0;
    const lost = async () => {
      pages += 1;
      if (pages > 2) throw new Error('lost');
    };
    await assert.rejects(listMembers(call)(APPLICATION, 'tenant', lost), /lost/);
    assert.equal(asked.length, 2);
  });

  for (const [name, answer] of [
    ['nothing', undefined],
    ['a page', '<html>'],
    ['members without ids', { value: [{}] }],
    ['ids that are none', { value: [{ id: '../me' }] }],
    ['a link that is none', { value: [], '@odata.nextLink': 'next' }],
  ] as const)
    it(`are refused where the answer is ${name}`, async () => {
      const { call } = answering(answer);
      await assert.rejects(listMembers(call)(APPLICATION, 'tenant', keep), { code: 'GRAPH_ANSWER_INVALID' });
      await assert.rejects(countPeople(call)(APPLICATION), { code: 'GRAPH_ANSWER_INVALID' });
      await assert.rejects(readGroup(call)(APPLICATION, GROUP), { code: 'GRAPH_ANSWER_INVALID' });
    });
});
