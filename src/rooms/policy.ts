/** When somebody is asked to check in: the server's times, the tenant's switch, and what a room has of its own. Pure. */
import { z } from 'zod';
import type { CheckInPolicy } from './types.ts';

/** From the server's configuration (config-rooms.ts). */
export type CheckInTimes = Omit<CheckInPolicy, 'isOn'>;

export const STANDARD_TIMES: CheckInTimes = {
  beforeMinutes: 10,
  afterMinutes: 10,
  exemptFromMinutes: 4 * 60,
  justMadeMinutes: 15,
};

const minutes = (least: number, most: number) => z.number().int().min(least).max(most).optional().catch(undefined);

const own = z
  .object({
    /** Of this room alone: asked though the tenant doesn't, or not though it does. */
    isOn: z.boolean().optional().catch(undefined),
    beforeMinutes: minutes(1, 120),
    afterMinutes: minutes(1, 120),
    exemptFromMinutes: minutes(15, 24 * 60),
    justMadeMinutes: minutes(0, 24 * 60),
  })
  .catch({});

/** Read leniently: what makes no sense is as if it weren't there. @param stored `room.policy` */
export function checkInPolicy(
  times: CheckInTimes,
  tenant: { checkIns?: boolean },
  room: { policy: unknown; keepsGhosts: boolean },
): CheckInPolicy {
  const chosen = own.parse(room.policy ?? {});
  const { isOn = tenant.checkIns === true, ...rest } = chosen;
  const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...times, ...set, isOn: isOn && !room.keepsGhosts };
}
