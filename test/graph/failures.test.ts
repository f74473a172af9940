import assert from 'node:assert/strict';
import { GraphError } from '@microsoft/microsoft-graph-client';
import { describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure, type GraphFailureKind, retryAfterMs, toFailure } from '../../src/graph/failures.ts';
import { NOW } from '../support/events.ts';

function failureOf(status: number, code: string | null = null, headers: Record<string, string> = {}): GraphFailure {
  const error = new GraphError(status, 'CANARY ann@test.example wrote “Merger”');
  error.code = code;
  error.headers = new Headers(headers);
  const failure = toFailure(error, NOW);
  assert.ok(failure instanceof GraphFailure);
  return failure;
}

describe('what Graph’s errors mean', () => {
  /** [status, code, kind] */
  const cases: [number, string | null, GraphFailureKind][] = [
    [410, 'SyncStateNotFound', 'syncStateLost'],
    [410, 'syncStateNotFound', 'syncStateLost'],
    [410, null, 'syncStateLost'],
    [400, 'SyncStateNotFound', 'syncStateLost'],
    [404, 'syncstatenotfound', 'syncStateLost'],
    [400, 'SyncStateInvalid', 'syncStateLost'],
    [410, 'resyncRequired', 'syncStateLost'],
    [400, 'ErrorSyncStateNotFoundSomewhere', 'rejected'],
    [400, 'ErrorInvalidRequest', 'rejected'],
    [401, 'InvalidAuthenticationToken', 'unauthorized'],
    [403, 'ErrorAccessDenied', 'forbidden'],
    [404, 'ErrorItemNotFound', 'notFound'],
    [408, null, 'unavailable'],
    [409, 'Conflict', 'conflict'],
    [412, 'ErrorIrresolvableConflict', 'changed'],
    [422, null, 'rejected'],
    [429, 'ApplicationThrottled', 'throttled'],
    [500, 'InternalServerError', 'unavailable'],
    [503, 'MailboxInfoStale', 'unavailable'],
    [504, null, 'unavailable'],
    [-1, null, 'unavailable'],
    [0, 'ECONNRESET', 'unavailable'],
  ];
  for (const [status, code, kind] of cases)
    it(`${status} ${code ?? ''}: ${kind}`, () => {
      const failure = failureOf(status, code);
      assert.equal(failure.kind, kind);
      assert.equal(failure.status, status);
      assert.equal(failure.code, code ?? 'unknown');
    });

  it('carry no words of Graph’s, which may quote what people wrote', () => {
    const failure = failureOf(400, 'ErrorInvalidRequest');
    assert.doesNotMatch(`${failure.message} ${JSON.stringify(failure)}`, /CANARY|ann@|Merger/);
    assert.equal(failure.message, 'Graph answered 400 ErrorInvalidRequest');
  });

  it('say when to come again', () => {
    assert.equal(failureOf(429, null, { 'Retry-After': '30' }).retryAfterMs, 30_000);
    assert.equal(failureOf(429).retryAfterMs, undefined);
    /** [header, ms] */
    const headers: [string | null | undefined, number | undefined][] = [
      ['0', 0],
      ['1.5', 1_500],
      ['120', 120_000],
      [new Date(NOW + 90_000).toUTCString(), 90_000],
      [new Date(NOW - 90_000).toUTCString(), 0],
      ['soon', undefined],
      ['', undefined],
      [null, undefined],
      [undefined, undefined],
    ];
    for (const [header, expected] of headers) assert.equal(retryAfterMs(header, NOW), expected, String(header));
  });

  it('pass through what is not Graph’s', () => {
    const own = new CalendarWatchError('RECONNECT_NEEDED', 'no token');
    assert.equal(toFailure(own, NOW), own);
    assert.equal(toFailure('words', NOW), 'words');
    const wrapped = new GraphError(-1, 'wrapped');
    Object.assign(wrapped, { customError: own });
    assert.equal(toFailure(wrapped, NOW), own, 'the client wraps our own errors');
  });
});
