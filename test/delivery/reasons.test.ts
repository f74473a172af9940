import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  type Cause,
  CHAT_IS_BUSY,
  causeOf,
  NO_ADDRESS,
  NO_CHAT,
  PAUSED,
  TOO_LATE,
} from '../../src/delivery/reasons.ts';
import { LABELS } from '../../src/delivery/ways/outcomes.ts';

describe('the cause that people are told', () => {
  /** [state, reason in the ledger, cause] */
  const cases: [string, string | null, Cause][] = [
    ['missed', TOO_LATE, 'late'],
    ['missed', PAUSED, 'paused'],
    ['missed', NO_CHAT, 'noChat'],
    ['missed', CHAT_IS_BUSY, 'teams'],
    ['failed', NO_ADDRESS, 'lastWay'],
    ['failed', `${LABELS.email} 550 5.1.1`, 'lastWay'],
    ['failed', `${LABELS.sms} 400`, 'lastWay'],
    ['missed', `${LABELS.sms} no answer`, 'lastWay'],
    ['failed', 'Teams 403 BotDisabledByUser', 'unwanted'],
    ['failed', 'Teams 413', 'message'],
    ['missed', 'Teams 429', 'teams'],
    ['unknown', `${LABELS.email} no answer`, 'unknown'],
    ['missed', null, 'other'],
    ['missed', 'SMSomething', 'other'],
  ];
  for (const [state, reason, cause] of cases)
    it(`${state}, “${reason}”: ${cause}`, () => assert.equal(causeOf(state, reason), cause));
});
