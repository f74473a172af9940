/** The ways of a plan: several kinds speak of them, so they are found once for each input. */
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { type Scene, type Way, waysOf } from '../travel/ways.ts';
import type { PlanInput } from './nudge.ts';
import { joinedOnline } from './travel-answers.ts';

const RESPONSES: readonly CalendarEvent['response'][] = ['accepted', 'organizer', 'tentative'];

/** One goes there oneself: what others keep in calendars that they share is theirs. */
export const isPromised = (event: CalendarEvent): boolean =>
  takesPlaceForMe(event) && event.calendarId === '' && event.showAs !== 'free' && RESPONSES.includes(event.response);

interface Ways {
  all: readonly Way[];
  promised?: readonly Way[];
}

const found = new WeakMap<PlanInput, Ways>();

function sceneOf({ person, spots, answers }: PlanInput): Scene {
  const { timeZone, workingHours, places, settings } = person;
  return { timeZone, workingHours, places, by: settings.travelBy, spots, online: joinedOnline(answers) };
}

function waysFound(input: PlanInput): Ways {
  const remembered = found.get(input);
  if (remembered) return remembered;
  const ways: Ways = { all: waysOf(input.events, sceneOf(input)) };
  found.set(input, ways);
  return ways;
}

export const waysIn = (input: PlanInput): readonly Way[] => waysFound(input).all;

/** The same among what is promised alone: an invitation that nobody answered stands between no two of them. */
export function promisedWaysIn(input: PlanInput): readonly Way[] {
  const ways = waysFound(input);
  ways.promised ??= input.events.every((event) => isPromised(event) || !event.place || !takesPlaceForMe(event))
    ? ways.all
    : waysOf(input.events, sceneOf(input), isPromised);
  return ways.promised;
}
