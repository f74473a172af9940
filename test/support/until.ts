/** Waiting for a condition: asked again and again in short steps until it holds. */
import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 10;

/** Resolves with the first answer that is truthy; rejects with `what` when none came within `limitMs`. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  limitMs = 8_000,
): Promise<Exclude<T, false | undefined | null | 0 | ''>> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, false | undefined | null | 0 | ''>;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(STEP_MS);
  }
}
