import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'mocha';
import { CalendarWatchError } from '../src/errors.ts';
import { createLog, describeError } from '../src/log.ts';

const CANARY = 'CANARY-7f3a';

function logged(write: (log: ReturnType<typeof createLog>) => void, level = 'debug'): string {
  const sink = new PassThrough();
  const chunks: Buffer[] = [];
  sink.on('data', (chunk: Buffer) => chunks.push(chunk));
  write(createLog(level, sink));
  return Buffer.concat([...chunks, sink.read() ?? Buffer.alloc(0)]).toString('utf8');
}

describe('the log', () => {
  const NEVER = [
    'token',
    'access_token',
    'refresh_token',
    'assertion',
    'authorization',
    'clientState',
    'subject',
    'body',
  ];
  for (const name of NEVER)
    it(`hides “${name}”, at the top and one below`, () => {
      const line = logged((log) => {
        log.info({ code: 'X', [name]: CANARY, about: { [name]: CANARY, kept: 'yes' } }, 'words');
        log.child({ [name]: CANARY }).warn({ request: { [name]: { deep: CANARY } } }, 'words');
      });
      assert.doesNotMatch(line, /CANARY/);
      assert.match(line, /\[redacted\]/);
      assert.match(line, /"kept":"yes"/);
      assert.match(line, /"code":"X"/);
    });

  it('keeps ids, counts and codes', () => {
    const line = JSON.parse(logged((log) => log.info({ tenantId: 't', nudgeId: 'n', count: 3 }, 'words')));
    assert.deepEqual(
      { tenantId: line.tenantId, nudgeId: line.nudgeId, count: line.count, msg: line.msg },
      { tenantId: 't', nudgeId: 'n', count: 3, msg: 'words' },
    );
    assert.match(line.time, /^\d{4}-\d\d-\d\dT/);
    assert.equal(line.pid, undefined);
    assert.equal(line.hostname, undefined);
  });

  it('obeys its level', () => {
    assert.equal(
      logged((log) => log.info('words'), 'warn'),
      '',
    );
    assert.equal(
      logged((log) => log.error('words'), 'silent'),
      '',
    );
  });

  it('says of a foreign error what it is and where, never its words or what hangs on it', () => {
    const foreign = Object.assign(new TypeError(`${CANARY}\n${CANARY}: second line\n    at third (${CANARY}:1:1)`), {
      statusCode: 502,
      code: 'ECONNRESET',
      request: { headers: { authorization: CANARY }, body: CANARY },
      response: { data: CANARY },
      details: [CANARY],
    });
    const line = logged((log) => log.error({ err: foreign }, 'failed'));
    assert.doesNotMatch(line, /CANARY/);
    const { err } = JSON.parse(line);
    assert.equal(err.name, 'TypeError');
    assert.equal(err.status, 502);
    assert.equal(err.code, 'ECONNRESET');
    assert.match(err.at, /^at .*log\.test\.ts/);
  });

  it('says our own words, and nothing of the cause’s', () => {
    const cause = new Error(CANARY);
    const ours = new CalendarWatchError('CONFIG_INVALID', 'set BOT_ID', { cause, say: CANARY });
    const line = logged((log) => log.error({ err: ours }, 'failed'));
    assert.doesNotMatch(line, /CANARY/);
    const { err } = JSON.parse(line);
    assert.equal(err.message, 'set BOT_ID');
    assert.equal(err.code, 'CONFIG_INVALID');
    assert.equal(err.cause.name, 'Error');
  });

  it('ends with an error that is its own cause', () => {
    const error = new Error('round') as Error & { cause?: unknown };
    error.cause = error;
    assert.equal(describeError(error).name, 'Error');
    assert.match(
      logged((log) => log.error({ err: error }, 'failed')),
      /failed/,
    );
  });

  it('takes anything that was thrown', () => {
    for (const thrown of [CANARY, 7, null, undefined, { message: CANARY }, new Error(''), Object.create(null)]) {
      const line = logged((log) => log.error({ err: thrown }, 'failed'));
      assert.doesNotMatch(line, /CANARY/);
      assert.match(line, /failed/);
    }
    assert.deepEqual(describeError(CANARY), { kind: 'string' });
    const bare = Object.assign(new Error(CANARY), { stack: undefined });
    assert.equal(describeError(bare).at, undefined);
  });
});
