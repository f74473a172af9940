/** Time, and moving it where it is virtual. */
import { z } from 'zod';
import { type ControlContext, jsonOf, ok, type Route, refuse } from './context.ts';

const LONGEST_MS = 400 * 86_400_000;
const STEP_MS = 1_000;
const MOST_STEPS = 5_000;

const advanceBody = z.object({ ms: z.number({ message: 'ms must be a number.' }) }).strict();

function clockOf({ world, movable }: ControlContext): object {
  return { kind: movable ? 'virtual' : 'real', now: world.clock.now() };
}

/** For the head of the page: time, and what Graph has on its mind. */
export const showStatus: Route = (context) => {
  const { control } = context.graph;
  return ok({
    clock: clockOf(context),
    liveSubscriptions: control.subscriptions().length,
    pendingNotifications: control.pendingNotifications(),
    breaches: control.breaches,
    faults: context.world.faults.size,
  });
};

/** In steps, with room for other work in between: what a timer sets going may have to set the next one. */
export const advanceClock: Route = async (context, request) => {
  const { movable } = context;
  if (!movable) return refuse('The clock is the real one; only a virtual clock can be advanced.', 409);
  const { ms } = advanceBody.parse(jsonOf(request));
  if (!Number.isSafeInteger(ms) || ms <= 0 || ms > LONGEST_MS)
    refuse(`ms must be a whole number from 1 to ${LONGEST_MS} (400 days).`);
  const step = Math.max(STEP_MS, Math.ceil(ms / MOST_STEPS));
  for (let left = ms; left > 0; left -= step) {
    await movable.advance(Math.min(step, left));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return ok(clockOf(context));
};
