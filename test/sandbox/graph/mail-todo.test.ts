/** sendMail and To Do of the sandbox: what Graph refuses, and who may. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { ANNA, BEN, type Fixture, fixture } from './setup.ts';

const to = (address: string) => ({ emailAddress: { address } });
const MAIL = {
  message: { subject: 'S', body: { contentType: 'html', content: 'x' }, toRecipients: [to('b@x.example')] },
};

describe('sandbox graph: mail and To Do', () => {
  let f: Fixture;
  beforeEach(() => {
    f = fixture();
  });
  const call = (method: string, url: string, body: unknown, scopes: string) => f.call(method, url, { body, scopes });
  const send = (body: unknown, scopes = 'Mail.Send') => call('POST', `/users/${ANNA}/sendMail`, body, scopes);

  it('takes a mail without an answer', async () => {
    const { status, body } = await send(MAIL);
    assert.deepEqual([status, body], [202, undefined]);
    const [sent] = f.graph.control.sentMail();
    assert.deepEqual([sent?.fromOid, sent?.to, sent?.isSaved], [ANNA, ['b@x.example'], true]);
  });

  it('refuses what Graph refuses', async () => {
    const many = Array.from({ length: 501 }, (_, index) => to(`p${index}@x.example`));
    const CASES: [body: unknown, status: number, code: string][] = [
      [{}, 400, 'RequestBodyRead'],
      [{ message: { ...MAIL.message, toRecipients: [] } }, 400, 'ErrorInvalidRecipients'],
      [{ message: { ...MAIL.message, toRecipients: [to('nobody')] } }, 400, 'ErrorInvalidRecipients'],
      [{ message: { ...MAIL.message, toRecipients: many } }, 400, 'ErrorTooManyRecipients'],
    ];
    for (const [body, status, code] of CASES) {
      const answer = await send(body);
      assert.deepEqual([answer.status, answer.json.error.code], [status, code]);
    }
    assert.equal((await send(MAIL, 'Mail.Read')).status, 403);
    assert.equal((await call('POST', `/users/${BEN}/sendMail`, MAIL, 'Mail.Send')).status, 403);
    assert.equal((await call('GET', '/me/sendMail', undefined, 'Mail.Send')).status, 400);
    assert.equal(f.graph.control.sentMail().length, 0);
  });

  it('has the lists that everybody has, and gives tasks the newest first where asked', async () => {
    const lists = await call('GET', '/me/todo/lists', undefined, 'Tasks.Read');
    const names = lists.json.value.map((one: { wellknownListName: string }) => one.wellknownListName);
    assert.deepEqual(names, ['defaultList', 'flaggedEmails']);
    const tasks = `/me/todo/lists/${encodeURIComponent(lists.json.value[0].id)}/tasks`;
    for (const title of ['A', 'B']) {
      const made = await call(
        'POST',
        tasks,
        { title, linkedResources: [{ webUrl: 'https://x.example/' }] },
        'Tasks.ReadWrite',
      );
      assert.deepEqual([made.status, made.json.title, made.json.linkedResources.length], [201, title, 1]);
    }
    const read = await call('GET', `${tasks}?$top=1&$orderby=createdDateTime%20desc`, undefined, 'Tasks.Read');
    assert.deepEqual(
      read.json.value.map((one: { title: string }) => one.title),
      ['B'],
    );
    assert.equal((await call('POST', tasks, { title: '' }, 'Tasks.ReadWrite')).status, 400);
    assert.equal((await call('POST', tasks, { title: 'x', dueDate: 'y' }, 'Tasks.ReadWrite')).status, 400);
    assert.equal((await call('POST', tasks, { title: 'x' }, 'Tasks.Read')).status, 403);
    assert.equal((await call('GET', '/me/todo/lists/nowhere/tasks', undefined, 'Tasks.Read')).status, 404);
  });
});
