/** The admins' buttons. */
import { RETRY_DELIVERIES } from '../cards/undelivered.ts';
import { retryDeliveries } from '../commands/admin-deliveries.ts';
import type { ButtonAction } from './action.ts';

export const pressRetryDeliveries: ButtonAction = {
  verb: RETRY_DELIVERIES,
  run: async (services, turn) => ({ reply: await retryDeliveries(services, turn) }),
};
