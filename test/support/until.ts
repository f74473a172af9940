/** Waiting for a condition: asked again and again until it holds, in steps that grow, for to ask costs as much as to work. */
import { setTimeout as pause } from 'node:timers/promises';

const FIRST_STEP_MS = 10;
const LONGEST_STEP_MS = 100;
const GROWTH = 1.3;

/** Resolves with the first answer that is truthy; rejects with `what` when none came within `limitMs`. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  limitMs = 8_000,
): Promise<Exclude<T, false | undefined | null | 0 | ''>> {
  const end = Date.now() + limitMs;
  let stepMs = FIRST_STEP_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, false | undefined | null | 0 | ''>;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(stepMs);
    stepMs = Math.min(LONGEST_STEP_MS, stepMs * GROWTH);
  }
}
