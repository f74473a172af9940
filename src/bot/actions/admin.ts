/** The admins' buttons. */

import { WATCH_TENANT } from '../cards/app-watch.ts';
import { RESUME_ALL } from '../cards/pause-all.ts';
import { RETRY_DELIVERIES } from '../cards/undelivered.ts';
import { retryDeliveries } from '../commands/admin-deliveries.ts';
import { resumeForAll } from '../commands/admin-pause.ts';
import { watchTenant } from '../commands/admin-watch.ts';
import type { ButtonAction } from './action.ts';

export const pressRetryDeliveries: ButtonAction = {
  verb: RETRY_DELIVERIES,
  run: async (services, turn) => ({ reply: await retryDeliveries(services, turn) }),
};

export const pressResumeAll: ButtonAction = {
  verb: RESUME_ALL,
  run: async (services, turn) => ({ card: await resumeForAll(services, turn) }),
};

export const pressWatchTenant: ButtonAction = {
  verb: WATCH_TENANT,
  run: async (services, turn) => ({ card: await watchTenant(services, turn) }),
};
