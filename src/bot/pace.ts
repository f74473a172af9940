/**
 * How much one person may type and press: enough for fingers, too little for a script that would use up what Graph and
 * Teams allow everybody. Who goes on is told once, and then not answered until they have been slower for a moment.
 */
import { Buckets } from '../buckets.ts';
import type { Clock } from '../clock.ts';

export const TOO_FAST = 'That’s more than I can keep up with. Give me a minute, then ask again.';

const MOST_PEOPLE = 50_000;
/** Of the tokens of a minute: so many may be used at once. */
const BURST_SHARE = 0.5;

export type Verdict = 'answer' | 'tell' | 'silent';

export type Pace = (tenantId: string, personId: string) => Verdict;

export function createPace(clock: Pick<Clock, 'now'>, perMinute: number): Pace {
  const burst = Math.max(1, Math.ceil(perMinute * BURST_SHARE));
  const buckets = new Buckets({ clock, perMinute, burst, most: MOST_PEOPLE });
  const told = new Set<string>();
  return (tenantId, personId) => {
    const key = `${tenantId}/${personId}`;
    if (buckets.take(key) === 0) {
      told.delete(key);
      return 'answer';
    }
    if (told.has(key)) return 'silent';
    if (told.size >= MOST_PEOPLE) told.clear();
    told.add(key);
    return 'tell';
  };
}
