import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { checkInTimesOf, roomsFields } from '../src/config-rooms.ts';
import { STANDARD_TIMES } from '../src/rooms/policy.ts';

const read = (env: Record<string, string>) => z.object(roomsFields).safeParse(env);

describe('the configuration of rooms', () => {
  it('is as documented without a word', () => assert.deepEqual(checkInTimesOf(read({}).data as never), STANDARD_TIMES));

  const cases: [Record<string, string>, boolean][] = [
    [{ CHECK_IN_BEFORE_MINUTES: '1', CHECK_IN_AFTER_MINUTES: '120' }, true],
    [{ CHECK_IN_BEFORE_MINUTES: '0' }, false],
    [{ CHECK_IN_AFTER_MINUTES: '121' }, false],
    [{ CHECK_IN_EXEMPT_FROM_MINUTES: '14' }, false],
    [{ CHECK_IN_JUST_MADE_MINUTES: '0' }, true],
    [{ CHECK_IN_JUST_MADE_MINUTES: 'soon' }, false],
  ];
  for (const [env, isGood] of cases)
    it(`${JSON.stringify(env)}: ${isGood ? 'taken' : 'refused'}`, () => assert.equal(read(env).success, isGood));
});
