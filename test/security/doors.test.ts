/** What the fuzz found at the doors, each by itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'mocha';
import type { Server } from 'restify';
import { readActivity } from '../../src/http/activity-form.ts';
import { readBody } from '../../src/http/body.ts';
import { closeServer, createServer, listen } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { until } from '../support/until.ts';

describe('the server’s door', () => {
  let server: Server;
  let port: number;
  const lines: string[] = [];
  const thrown: unknown[] = [];

  before(async () => {
    const sink = new PassThrough();
    sink.on('data', (chunk: Buffer) => lines.push(chunk.toString('utf8')));
    server = createServer({ log: createLog('debug', sink) });
    server.get('/', async (_request, response) => response.send(200, 'here'));
    server.post('/read', async (request, response) => {
      await readBody(request, 100);
      response.send(200, 'read');
    });
    port = await listen(server, 0, '127.0.0.1');
  });
  after(() => closeServer(server, 100));

  const raw = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
    });
    socket.on('error', () => undefined);
    socket.end(text);
    await once(socket, 'close');
    return answer;
  };

  for (const [what, path, host] of [
    ['a host that is none', '/', 'a"><b>'],
    ['a host with a port that is none', '/', 'localhost:99999999'],
    ['an address with a host that is none', 'http://a:b:c/', 'localhost'],
    ['a host of spaces', '/', ' % '],
  ])
    it(`refuses ${what}, and lives on: restify would throw where nobody catches`, async () => {
      process.once('uncaughtException', (error) => thrown.push(error));
      assert.match(await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 400 /);
      assert.match(await raw('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /);
      assert.deepEqual(thrown, []);
    });

  it('takes a request that is not finished for no mistake of ours', async () => {
    lines.length = 0;
    await raw('POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nabc');
    await until('it was noticed', () => lines.join('').includes('not finished'));
    assert.doesNotMatch(lines.join(''), /"level":[56]0/);
  });
});

describe('the form of an activity', () => {
  const whole = {
    type: 'message',
    channelId: 'msteams',
    conversation: { id: 'c', tenantId: 't' },
    from: { id: 'u', aadObjectId: 'o' },
    recipient: { id: 'b' },
    text: 'help',
    entities: [{ type: 'clientInfo', timezone: 'Europe/Berlin' }],
  };
  const read = (more: object) => readActivity(JSON.stringify({ ...whole, ...more }));
  const press = (value: unknown) => read({ type: 'invoke', name: 'adaptiveCard/action', value });

  it('keeps all that came, known or not', () => {
    assert.deepEqual(read({ other: { a: [1] } }), { ...whole, other: { a: [1] } });
    assert.ok(press({ action: { verb: 'x', data: { a: 1 } } }));
  });

  for (const [what, more] of [
    ['entities that are no list', { entities: 'x' }],
    ['an entity without a type', { entities: [{}] }],
    ['a mention of nobody', { entities: [{ type: 'mention', text: 'x' }] }],
    ['a tenant that is a number', { conversation: { id: 'c', tenantId: 7 } }],
    ['a chat whose id no header takes', { conversation: { id: 'c\r\nx: 1', tenantId: 't' } }],
    ['a sender that is true', { from: true }],
    ['no recipient', { recipient: undefined }],
    ['a text that is a list', { text: ['help'] }],
    ['members that are no list', { membersAdded: {} }],
    ['a tenant of another form', { channelData: { tenant: 'x' } }],
  ] as const)
    it(`is not that of one with ${what}`, () => assert.equal(read(more), undefined));

  for (const value of [
    undefined,
    null,
    7,
    {},
    { action: 'x' },
    { action: { verb: 7 } },
    { action: { verb: 'x', data: 7 } },
  ])
    it(`is not that of a press with ${JSON.stringify(value)}`, () => assert.equal(press(value), undefined));

  it('knows no NUL and no half of a character, and leaves whole ones as they are', () => {
    const text = readActivity(
      JSON.stringify({ ...whole, text: 'a\0b \ud800 c \udc00 🦑' }).replace('🦑', '\\ud83e\\udd91'),
    )?.text;
    assert.equal(text, 'ab \ufffd c \ufffd 🦑');
    // A backslash that was typed is none of an escape.
    const typed = readActivity(JSON.stringify({ ...whole, text: '\\ud83d 🦑' }).replace('🦑', '\\ude00'))?.text;
    assert.equal(typed, '\\ud83d \ufffd');
  });

  it('is not nested without end', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    assert.equal(readActivity(JSON.stringify(whole).replace('{', `{"a":${deep},`)), undefined);
  });
});
