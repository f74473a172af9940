/** How long the ways of a calendar take: asked before the plan's transaction, because a provider may be slow. */
import type { CalendarEvent, Coordinates } from '../calendar/event.ts';
import { once } from '../calendar/once.ts';
import { USUAL_HOURS } from '../calendar/working-hours.ts';
import { SECOND_MS } from '../clock.ts';
import type { Answer } from '../nudges/nudge.ts';
import { promisedOf } from '../nudges/scene.ts';
import { joinedOnline } from '../nudges/travel-answers.ts';
import { DEFAULT_CALENDAR } from '../store/feeds.ts';
import { type Person, settingsOf } from '../store/people.ts';
import { type Estimate, type Leg, legKey, type Places } from '../travel/port.ts';
import { roughEstimate } from '../travel/rough.ts';
import { guessOffice, placedIn, type Scene, waysBetween } from '../travel/ways.ts';
import { findSpots, type SpotDeps } from './find-spots.ts';

const MOST_ESTIMATES = 200;
const AT_ONCE = 6;
/** Well within a lease. What is not known by then is estimated from the distance, and asked for with the next plan. */
const ASKED_FOR_MS = 6 * SECOND_MS;

export type TravelDeps = SpotDeps;

export interface Travel {
  /** Where they set out from: said, or guessed. */
  places: Places;
  estimates: Map<string, Estimate>;
  /** Addresses that came without coordinates. */
  spots: ReadonlyMap<string, Coordinates>;
}

type Traveller = Pick<Person, 'tenantId' | 'timeZone' | 'workingHours' | 'settings' | 'policy'>;

async function estimatesFor({ travel, clock }: TravelDeps, legs: Leg[]): Promise<Map<string, Estimate>> {
  const estimates = new Map<string, Estimate>();
  const until = clock.now() + ASKED_FOR_MS;
  const waiting = [...legs];
  const work = async () => {
    for (let leg = waiting.shift(); leg; leg = waiting.shift()) {
      const estimate = clock.now() < until ? await travel.estimate(leg) : roughEstimate(leg);
      if (estimate) estimates.set(legKey(leg), estimate);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return estimates;
}

export async function estimateWays(
  deps: TravelDeps,
  all: CalendarEvent[],
  person: Traveller,
  said: Places,
  answers: readonly Answer[] = [],
): Promise<Travel> {
  const mine = once(all);
  // Where somebody else's meetings are, or the club's, says nothing about where this person works.
  const office = said.office ?? guessOffice(mine.filter((event) => event.calendarId === DEFAULT_CALENDAR));
  const places = office ? { ...said, office } : said;
  const spots = await findSpots(deps, person.tenantId, mine, places);
  const scene: Scene = {
    timeZone: person.timeZone,
    workingHours: person.workingHours ?? USUAL_HOURS,
    places,
    by: settingsOf(person).travelBy,
    spots,
    online: joinedOnline(answers),
  };
  // The same ways that the kinds of nudges ask for (nudges/scene.ts).
  const placed = placedIn(mine, scene);
  const legs = [placed, promisedOf(placed)].flatMap((some) => waysBetween(some, scene).map(({ leg }) => leg));
  const each = [...new Map(legs.map((leg) => [legKey(leg), leg])).values()].sort((a, b) => a.arriveAt - b.arriveAt);
  return { places, spots, estimates: await estimatesFor(deps, each.slice(0, MOST_ESTIMATES)) };
}
