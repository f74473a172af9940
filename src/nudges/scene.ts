/** The ways of a plan: several kinds speak of them, so they are found once for each input. */
import { type Way, waysOf } from '../travel/ways.ts';
import type { PlanInput } from './nudge.ts';

const found = new WeakMap<PlanInput, Way[]>();

export function waysIn(input: PlanInput): readonly Way[] {
  const remembered = found.get(input);
  if (remembered) return remembered;
  const { timeZone, workingHours, places, settings } = input.person;
  const ways = waysOf(input.events, { timeZone, workingHours, places, by: settings.travelBy, spots: input.spots });
  found.set(input, ways);
  return ways;
}
