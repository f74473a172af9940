/** The part of the configuration about rooms: when organisers are asked to check in, and when rooms are released. */
import type { z } from 'zod';
import { wholeNumber } from './config-fields.ts';
import { type CheckInTimes, STANDARD_TIMES } from './rooms/policy.ts';

export const roomsFields = {
  CHECK_IN_BEFORE_MINUTES: wholeNumber(1, 120, STANDARD_TIMES.beforeMinutes),
  CHECK_IN_AFTER_MINUTES: wholeNumber(1, 120, STANDARD_TIMES.afterMinutes),
  CHECK_IN_EXEMPT_FROM_MINUTES: wholeNumber(15, 24 * 60, STANDARD_TIMES.exemptFromMinutes),
  CHECK_IN_JUST_MADE_MINUTES: wholeNumber(0, 24 * 60, STANDARD_TIMES.justMadeMinutes),
};

type Fields = z.infer<z.ZodObject<typeof roomsFields>>;

export const checkInTimesOf = (env: Fields): CheckInTimes => ({
  beforeMinutes: env.CHECK_IN_BEFORE_MINUTES,
  afterMinutes: env.CHECK_IN_AFTER_MINUTES,
  exemptFromMinutes: env.CHECK_IN_EXEMPT_FROM_MINUTES,
  justMadeMinutes: env.CHECK_IN_JUST_MADE_MINUTES,
});
