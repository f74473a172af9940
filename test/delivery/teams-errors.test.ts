import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { outcomeOf } from '../../src/delivery/teams-errors.ts';

describe('what Teams’ answers mean', () => {
  type Expected = 'silence' | 'stop' | 'retry' | 'retry, may be there already' | 'gone' | 'wrongAddress';
  /** [status, code, expected]; silence: nothing is sent again until the person speaks. */
  const cases: [number, string, Expected][] = [
    [400, 'BadArgument', 'stop'],
    [401, 'BotNotRegistered', 'stop'],
    [401, '', 'retry'],
    [403, 'BotDisabledByUser', 'silence'],
    [403, 'ForbiddenOperationException', 'silence'],
    [403, 'MessageWritesBlocked', 'silence'],
    [403, 'BotNotInConversationRoster', 'silence'],
    [403, 'ConversationBlockedByUser', 'silence'],
    // Without a code of Microsoft's: a proxy's, perhaps.
    [403, '', 'retry'],
    [403, 'BotDisabledByAdmin', 'silence'],
    [403, 'NotEnoughPermissions', 'stop'],
    [403, 'InvalidBotApiHost', 'wrongAddress'],
    [404, 'ConversationNotFound', 'gone'],
    [404, 'ActivityNotFoundInConversation', 'gone'],
    [404, '', 'retry'],
    [408, '', 'retry, may be there already'],
    [409, '', 'stop'],
    [412, 'PreconditionFailed', 'retry'],
    [413, 'MessageSizeTooBig', 'stop'],
    [429, 'Throttled', 'retry'],
    // Microsoft: do not retry.
    [500, 'ServiceError', 'stop'],
    [502, 'ServiceError', 'retry, may be there already'],
    [503, '', 'retry, may be there already'],
    [504, '', 'retry, may be there already'],
    [501, '', 'stop'],
    [0, '', 'retry, may be there already'],
  ];
  for (const [status, code, expected] of cases)
    it(`${status} ${code}: ${expected}`, () => {
      const outcome = outcomeOf({ status, code });
      const is: Expected | undefined =
        outcome.kind === 'stop'
          ? outcome.dropConversation
            ? 'silence'
            : 'stop'
          : outcome.kind === 'retry'
            ? outcome.ambiguous
              ? 'retry, may be there already'
              : 'retry'
            : outcome.kind;
      assert.equal(is, expected);
    });

  it('waits as long as it is told, and two seconds when throttled without being told', () => {
    const waitOf = (status: number, retryAfterMs?: number) => {
      const outcome = outcomeOf({ status, code: '', retryAfterMs });
      return outcome.kind === 'retry' ? outcome.afterMs : 'no retry';
    };
    assert.equal(waitOf(429, 7_000), 7_000);
    assert.equal(waitOf(429, 0), 0);
    assert.equal(waitOf(429), 2_000);
    assert.equal(waitOf(503, 7_000), 7_000);
    assert.equal(waitOf(503), undefined);
    assert.equal(waitOf(500, 7_000), 'no retry');
  });

  it('always come to an outcome with a reason', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.string(), (status, code) => {
        const outcome = outcomeOf({ status, code });
        assert.ok(outcome.reason.startsWith('Teams '));
      }),
    );
    const silent = outcomeOf({ status: 0, code: '' });
    assert.equal(silent.kind === 'retry' && silent.reason, 'Teams no answer');
  });
});
