/** The ways of a plan: several kinds speak of them, so they are found once for each input. */
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { type Placed, placedIn, type Scene, type Way, waysBetween } from '../travel/ways.ts';
import type { PlanInput } from './nudge.ts';
import { joinedOnline } from './travel-answers.ts';

const RESPONSES: readonly CalendarEvent['response'][] = ['accepted', 'organizer', 'tentative'];

/** One goes there oneself: what others keep in calendars that they share is theirs. */
export const isPromised = (event: CalendarEvent): boolean =>
  takesPlaceForMe(event) && event.calendarId === '' && event.showAs !== 'free' && RESPONSES.includes(event.response);

interface Ways {
  scene: Scene;
  placed: readonly Placed[];
  all: readonly Way[];
  promised?: readonly Way[];
}

const found = new WeakMap<PlanInput, Ways>();

function waysFound(input: PlanInput): Ways {
  const remembered = found.get(input);
  if (remembered) return remembered;
  const { timeZone, workingHours, places, settings } = input.person;
  const { spots, answers } = input;
  const scene: Scene = { timeZone, workingHours, places, by: settings.travelBy, spots, online: joinedOnline(answers) };
  const placed = placedIn(input.events, scene);
  const ways: Ways = { scene, placed, all: waysBetween(placed, scene) };
  found.set(input, ways);
  return ways;
}

export const waysIn = (input: PlanInput): readonly Way[] => waysFound(input).all;

/** A day on which all is promised has its ways already. */
function promisedAmong({ scene, placed, all }: Ways): readonly Way[] {
  const mixed = new Set(placed.flatMap(({ event, date }) => (isPromised(event) ? [] : [date])));
  if (mixed.size === 0) return all;
  const dates = new Map(placed.map(({ event, date }) => [event, date]));
  const ofMixed = placed.filter(({ date }) => mixed.has(date));
  return [...all.filter(({ event }) => !mixed.has(dates.get(event) ?? '')), ...waysBetween(promisedOf(ofMixed), scene)];
}

export const promisedOf = (placed: readonly Placed[]): Placed[] => placed.filter(({ event }) => isPromised(event));

/** The same among what is promised alone: an invitation that nobody answered stands between no two of them. */
export function promisedWaysIn(input: PlanInput): readonly Way[] {
  const ways = waysFound(input);
  ways.promised ??= promisedAmong(ways);
  return ways.promised;
}
