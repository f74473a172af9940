/** Mail and To Do over real HTTP, against the sandbox's Graph. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { ensureCertificates } from '../../sandbox/ca.ts';
import { type Served, serve } from '../../sandbox/http.ts';
import { realClock } from '../../sandbox/world.ts';
import { CalendarWatchError } from '../../src/errors.ts';
import { createCaller } from '../../src/graph/client.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { createGraph } from '../../src/graph/graph.ts';
import { mayHaveArrived } from '../../src/graph/in-doubt.ts';
import type { Access, Graph } from '../../src/graph/port.ts';
import { ANNA, type Fixture, fixture, TENANT, tokenFor } from '../sandbox/graph/setup.ts';

const ACCESS: Access = { tenantId: TENANT, personId: ANNA, mailboxId: ANNA };
const TO = [{ name: 'Ben', address: 'ben@contoso.example' }];

describe('mail and tasks', () => {
  let sandbox: Fixture;
  let served: Served;
  let graph: Graph;
  let granted: string;
  let asked: string[][];

  before(async () => {
    const tls = await ensureCertificates(resolve(process.env.TEST_SANDBOX_DIR ?? '', 'ca'));
    sandbox = fixture();
    served = await serve({ port: 0, handler: sandbox.graph.handler, tls });
    sandbox.graph.control.setOrigin(served.origin);
    asked = [];
    const caller = createCaller({
      endpoint: served.origin,
      token: async (_, scopes) => {
        asked.push(scopes);
        return tokenFor(sandbox.clock, { as: ANNA, scopes: granted });
      },
      dropToken: () => assert.fail('no token was refused'),
      clock: realClock(),
    });
    graph = createGraph(caller);
  });
  after(async () => served?.close());
  afterEach(() => sandbox.world.faults.clear());

  it('goes out as the person, to those who are named, and is kept among what they sent', async () => {
    granted = 'Mail.Send';
    await graph.sendMail(ACCESS, { to: TO, subject: 'Running late:\r\n Bcc: x', html: '<p>&#60;b&#62;</p>' });
    const sent = sandbox.graph.control.sentMail().at(-1);
    assert.deepEqual(
      { ...sent, at: 0 },
      {
        fromOid: ANNA,
        at: 0,
        subject: 'Running late: Bcc: x',
        contentType: 'html',
        content: '<p>&#60;b&#62;</p>',
        to: ['ben@contoso.example'],
        isSaved: true,
      },
    );
    assert.deepEqual(asked.at(-1), ['Mail.Send']);
  });

  it('has a hundred recipients at most', async () => {
    granted = 'Mail.Send';
    const to = Array.from({ length: 130 }, (_, index) => ({ name: '', address: `p${index}@contoso.example` }));
    await graph.sendMail(ACCESS, { to, subject: 'x'.repeat(999), html: '' });
    const sent = sandbox.graph.control.sentMail().at(-1);
    assert.equal(sent?.to.length, 100);
    assert.equal(sent?.subject.length, 250);
  });

  it('needs its own permission each', async () => {
    granted = 'Calendars.ReadWrite';
    const before = sandbox.graph.control.sentMail().length;
    await assert.rejects(graph.sendMail(ACCESS, { to: TO, subject: 's', html: '' }), { kind: 'forbidden' });
    await assert.rejects(graph.findTaskList(ACCESS), { kind: 'forbidden' });
    assert.equal(sandbox.graph.control.sentMail().length, before);
    granted = 'Mail.Send Tasks.Read';
    await assert.rejects(graph.addTask(ACCESS, 'x', { title: 't', timeZone: 'UTC' }), { kind: 'forbidden' });
  });

  it('go into To Do’s own list, or into the one called “Meetings”', async () => {
    granted = 'Tasks.ReadWrite';
    const [standard] = sandbox.graph.control.todoLists(ANNA);
    assert.equal(await graph.findTaskList(ACCESS), standard?.id);
    sandbox.graph.control.addTodoList(ANNA, ' meetings');
    const listId = await graph.findTaskList(ACCESS);
    const chosen = () => sandbox.graph.control.todoLists(ANNA).find((one) => one.id === listId);
    assert.equal(chosen()?.displayName, ' meetings');

    const task = {
      title: 'Send the offer',
      dueDate: '2026-12-04',
      timeZone: 'Europe/Berlin',
      link: { url: 'https://outlook.office365.com/calendar/item/1', name: 'Planning' },
    };
    const id = await graph.addTask(ACCESS, listId, task);
    const [made] = chosen()?.tasks ?? [];
    assert.equal(made?.id, id);
    assert.deepEqual(made?.dueDateTime, { dateTime: '2026-12-04T00:00:00', timeZone: 'Europe/Berlin' });
    assert.deepEqual(made?.linkedResources, [
      { webUrl: task.link.url, applicationName: 'Calendar Watch', displayName: 'Planning' },
    ]);
    await graph.addTask(ACCESS, listId, { title: 'Bare', timeZone: 'UTC' });
    assert.equal(chosen()?.tasks.at(-1)?.dueDateTime, undefined);
    assert.ok(asked.slice(-4).every((one) => one.join() === 'Tasks.ReadWrite'));
  });

  it('can be looked for when nobody knows whether they were added', async () => {
    granted = 'Tasks.ReadWrite';
    const listId = await graph.findTaskList(ACCESS);
    const now = sandbox.clock.now();
    assert.equal(await graph.hasTask(ACCESS, listId, 'Doubtful', now), false);
    await graph.addTask(ACCESS, listId, { title: 'Doubtful', timeZone: 'UTC' });
    assert.equal(await graph.hasTask(ACCESS, listId, 'Doubtful', now), true);
    assert.equal(await graph.hasTask(ACCESS, listId, 'Doubtful', now + 1), false);
    await assert.rejects(graph.hasTask(ACCESS, 'nowhere', 'Doubtful', now), { kind: 'notFound' });
  });
});

describe('whether a failed write may have been done', () => {
  const failure = (status: number) => new GraphFailure('rejected', status, 'x', undefined);
  const CASES: [name: string, error: unknown, may: boolean][] = [
    ...[400, 401, 403, 404, 409, 412, 429, 503].map((one): [string, unknown, boolean] => [
      `${one}`,
      failure(one),
      false,
    ]),
    ...[-1, 0, 408, 500, 502, 504].map((one): [string, unknown, boolean] => [`${one}`, failure(one), true]),
    ['no token', new CalendarWatchError('CONSENT_NEEDED', 'x'), false],
    ['an odd answer', new CalendarWatchError('GRAPH_ANSWER_INVALID', 'x'), true],
    ['a time-out', new DOMException('x', 'TimeoutError'), true],
    ['anything', 'x', true],
  ];
  for (const [name, error, may] of CASES)
    it(`${name}: ${may ? 'perhaps' : 'no'}`, () => assert.equal(mayHaveArrived(error), may));
});
