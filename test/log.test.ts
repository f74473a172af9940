import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'mocha';
import { CalendarWatchError } from '../src/errors.ts';
import { captureConsole, createLog, describeError } from '../src/log.ts';

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

  describe('over the console', () => {
    const kept = { ...console };
    /** The lines that were logged while libraries wrote to the console. */
    const captured = (write: () => void): Record<string, unknown>[] => {
      const { write: writeOut } = process.stdout;
      const { write: writeErr } = process.stderr;
      const leaked: unknown[] = [];
      const text = logged((log) => {
        captureConsole(log);
        process.stdout.write = process.stderr.write = ((chunk: unknown) => leaked.push(chunk) > 0) as never;
        try {
          write();
        } finally {
          process.stdout.write = writeOut;
          process.stderr.write = writeErr;
          Object.assign(console, kept);
        }
      });
      assert.doesNotMatch(text, /CANARY/);
      assert.deepEqual(leaked, []);
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    };
    const level = (line: Record<string, unknown> | undefined) => line?.level;

    it('lets no word through, of whatever kind', () => {
      const lines = captured(() => {
        for (const name of ['error', 'warn', 'log', 'info'] as const) {
          console[name](CANARY, 7, { token: CANARY }, [CANARY]);
          console[name]('%s and %o', CANARY, { CANARY });
        }
      });
      assert.equal(lines.length, 8);
      assert.deepEqual(lines.map(level), [40, 40, 40, 40, 20, 20, 20, 20]);
      for (const line of lines) assert.deepEqual(Object.keys(line).sort(), ['level', 'msg', 'time', 'words']);
    });

    it('lets of an error only what and where it was', () => {
      const cause = Object.assign(new Error(CANARY), { code: 'ECONNRESET' });
      const refused = Object.assign(new TypeError(CANARY, { cause }), { statusCode: 401, token: CANARY });
      const [line] = captured(() => console.error(CANARY, refused, { body: CANARY }));
      const err = line?.err as Record<string, unknown>;
      assert.deepEqual(Object.keys(err).sort(), ['at', 'cause', 'name', 'status']);
      assert.deepEqual([err.name, err.status], ['TypeError', 401]);
      assert.match(String(err.at), /log\.test\.ts/);
    });

    it('says how many words there were, and nothing for none', () => {
      const [three, none] = captured(() => {
        console.warn(CANARY, CANARY, CANARY);
        console.warn();
      });
      assert.deepEqual([three?.words, none?.words], [3, 0]);
    });
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
