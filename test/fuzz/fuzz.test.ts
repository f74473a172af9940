/** A slice of the fuzz with each run of the tests; all of it: npm run fuzz. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { newestServer, routesOf } from '../support/routes.ts';
import { runFuzz } from './fuzz.ts';
import { judgeAnswer, judgeLogLine } from './judge.ts';
import { report } from './report.ts';
import { openStage, type Stage } from './stage.ts';

const SLICE = 200;

describe('hostile input', function () {
  this.timeout(180_000);
  let stage: Stage;
  const { error, warn } = console;
  before(async () => {
    // The SDK prints each token that it refuses.
    console.error = console.warn = () => undefined;
    stage = await openStage(1);
  });
  after(async () => {
    await stage?.stop();
    Object.assign(console, { error, warn });
  });

  it('does nothing to a running product', async () => {
    const { figures, failures } = await runFuzz(stage, { seed: 14, count: SLICE });
    assert.equal(failures.join('\n'), '');
    assert.ok(report(figures, { seed: 14, seconds: 0 }).pass, JSON.stringify(figures));
  });

  it('is told 404 where it is an invoke that nobody knows', async () => {
    const { product, strangers } = stage;
    const [who] = strangers;
    assert.ok(who);
    for (const name of ['composeExtension/query', 'x']) {
      const pressed = { ...product.connector.invokeActivity(who.user, 'x', {}), name };
      const { status } = await product.connector.sendToBot(`${product.origin}/api/messages`, pressed);
      assert.equal(status, 404);
    }
  });

  it('is told 400 where it is a code of sign-in in another form', async () => {
    const { product, strangers } = stage;
    const [who] = strangers;
    assert.ok(who);
    for (const value of [7, 'x', { state: 7 }, []]) {
      const given = { ...product.connector.invokeActivity(who.user, 'x', {}), name: 'signin/verifyState', value };
      const { status } = await product.connector.sendToBot(`${product.origin}/api/messages`, given);
      assert.equal(status, 400, JSON.stringify(value));
    }
  });

  it('is the same for the same seed', async () => {
    const { makeCase } = await import('./cases.ts');
    const shape = (index: number) => {
      const { method, path, headers, framing, about } = makeCase(3, index, stage);
      return JSON.stringify({ method, path, headers, framing, about });
    };
    for (let index = 0; index < 20; index += 1) assert.equal(shape(index), shape(index));
  });

  it('is caught where it hits: a route that throws, and one that reflects', async () => {
    const server = newestServer();
    server.get('/planted/reflects', async (request, response) => {
      const words = decodeURIComponent(request.getQuery().replace(/%(?![\da-f]{2})/gi, ''));
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end(`<p>${words}</p>`);
    });
    server.post('/planted/throws', async () => {
      throw new TypeError('Cannot read properties of undefined');
    });
    const routes = routesOf(server).filter(({ path }) => path.startsWith('/planted'));
    const { figures, failures } = await runFuzz({ ...stage, routes }, { seed: 1, count: 64 });
    const { reflectedMarkup, serverErrors, errorsLogged } = figures;
    assert.ok(reflectedMarkup > 0 && serverErrors > 0 && errorsLogged > 0, JSON.stringify(figures));
    assert.ok(!report(figures, { seed: 1, seconds: 0 }).pass);
    assert.match(failures.join('\n'), /--seed 1 --only \d+/);
  });
});

describe('the judge of an answer', () => {
  const json = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' };
  for (const [what, answer, faults] of [
    ['500', { status: 500, headers: json, text: '' }, ['serverError']],
    ['a stack', { status: 400, headers: json, text: '{"m":"x\n    at f (/a/b.js:1:2)"}' }, ['internals']],
    ['markup in text', { status: 200, headers: { 'content-type': 'text/plain' }, text: '<fz x>' }, ['reflected']],
    ['a header of ours', { status: 302, headers: { 'x-fz': '1' }, text: '' }, ['reflected']],
    ['a script', { status: 404, headers: { 'content-type': 'application/javascript' }, text: 'x()' }, ['reflected']],
    ['what is fine', { status: 400, headers: json, text: '{"error":{"code":"BadBody"}}' }, []],
  ] as const)
    it(`sees ${what}`, () =>
      assert.deepEqual(
        judgeAnswer(answer).map(({ fault }) => fault),
        faults,
      ));

  it('sees in the log what nobody foresaw, and input', () => {
    assert.equal(judgeLogLine('{"level":40,"err":{"name":"TypeError"}}')?.fault, 'logged');
    assert.equal(judgeLogLine('{"level":30,"x":"Fzc4nary"}')?.fault, 'leaked');
    assert.equal(judgeLogLine('{"level":40,"err":{"name":"CalendarWatchError"}}'), undefined);
  });
});
