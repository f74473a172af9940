/** What people choose of the bot: at first, and from then on as they please. */
import type { ViewedEvent } from '../../../sandbox/graph/store-api.ts';
import type { Chance } from '../chance.ts';
import type { Chosen, SimPerson } from '../history.ts';
import { type Act, type Hand, immutableId } from './hand.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, timeOf, toInstant } from './wall.ts';
import { nextMark } from './weeks.ts';

type Choice = (chance: Chance, hand: Hand) => Partial<Chosen>;

/** Kinds that nobody has without asking for them are on for some. */
const everyKind: Choice = (_, hand) => ({
  kinds: Object.fromEntries((hand.api.kinds ?? []).map((kind) => [kind, true])),
});

const FIRST: Choice[] = [
  everyKind,
  everyKind,
  everyKind,
  () => ({ tellOwnChanges: true }),
  () => ({ tellOwnChanges: true }),
  () => ({ quiet: { from: '22:00', to: '07:00' } }),
  () => ({ quiet: { from: '12:00', to: '13:30' } }),
  () => ({ remindAsOutlook: true }),
  () => ({ remindAtStart: true }),
  () => ({ onlyWithOthers: true }),
  () => ({ tentative: 'skip' }),
  () => ({ private: 'discreet' }),
  (chance) => ({ digestAt: chance.pick(['07:00', '08:30', '18:00', '23:45']) ?? '08:00' }),
  () => ({ respectAway: false }),
];

/** Some choose nothing, some a few things. */
export function settingsFor(chance: Chance, hand: Hand): Partial<Chosen> {
  const count = chance.pick([0, 1, 1, 2, 2, 3]) ?? 0;
  let patch: Partial<Chosen> = {};
  for (let index = 0; index < count; index++) patch = { ...patch, ...chance.pick(FIRST)?.(chance, hand) };
  return patch;
}

/** For a while; then it is taken back. */
function forAWhile(hand: Hand, person: SimPerson, patch: Partial<Chosen>, back: (own: Hand) => Partial<Chosen>): true {
  hand.choose(person, patch);
  const ms = hand.chance.hits(0.4)
    ? hand.chance.between(2 * MINUTE_MS, 2 * HOUR_MS)
    : hand.chance.between(2 * HOUR_MS, 3 * DAY_MS);
  hand.later(ms, person, (own) => {
    own.choose(person, back(own));
    return true;
  });
  return true;
}

const muteSeries: Act = (hand, person) => {
  const event = hand.pick(person, (one) => one.seriesMasterId !== undefined, 5);
  const id = event?.seriesMasterId && immutableId(person, event.seriesMasterId);
  if (!event || !id) return false;
  const others = (own: Hand) => (own.chosenBy(person).mutedSeries ?? []).filter((one) => one.id !== id);
  const mutedSeries = [...others(hand), { id, name: event.subject }];
  return forAWhile(hand, person, { mutedSeries }, (own) => ({ mutedSeries: others(own) }));
};

const mutePerson: Act = (hand, person) => {
  const event = hand.pick(person, (one: ViewedEvent) => !one.isOrganizer, 5);
  if (!event) return false;
  const id = event.organizer.address.toLowerCase();
  const others = (own: Hand) => (own.chosenBy(person).mutedPeople ?? []).filter((one) => one.id !== id);
  const mutedPeople = [...others(hand), { id, name: event.organizer.name }];
  return forAWhile(hand, person, { mutedPeople }, (own) => ({ mutedPeople: others(own) }));
};

const muteKind: Act = (hand, person) => {
  const kind = hand.chance.pick(hand.api.kinds ?? []);
  if (kind === undefined) return false;
  const kinds = (own: Hand, isOn: boolean) => ({ kinds: { ...own.chosenBy(person).kinds, [kind]: isOn } });
  return forAWhile(hand, person, kinds(hand, false), (own) => kinds(own, true));
};

const pause: Act = (hand, person) => {
  const ms = hand.chance.hits(0.5)
    ? hand.chance.between(10 * MINUTE_MS, 3 * HOUR_MS)
    : hand.chance.between(3 * HOUR_MS, DAY_MS);
  // Somebody between two zones means another hour than the product may think.
  const isTyped = !hand.cast.travellers.has(person.oid);
  const wall = nextMark(hand.wall(person, hand.now() + Math.min(ms, 20 * HOUR_MS)));
  const pausedUntil = isTyped ? toInstant(wall, hand.zone(person).iana) : Math.floor(hand.now() + ms);
  hand.choose(person, { pausedUntil }, isTyped ? `pause until ${timeOf(wall)}` : undefined);
  if (hand.chance.hits(0.3))
    hand.later(hand.chance.random() * ms, person, (own) => {
      own.choose(person, { pausedUntil: null }, 'resume');
      return true;
    });
  return true;
};

const beQuiet: Act = (hand, person) => {
  const hour = Math.floor(hand.chance.between(7, 18));
  const two = (value: number) => String(value).padStart(2, '0');
  const quiet = { from: `${two(hour)}:00`, to: `${two(hour + 2)}:15` };
  return forAWhile(hand, person, { quiet }, () => ({ quiet: null }));
};

const changeOneThing: Act = (hand, person) => {
  const patch = hand.chance.pick<Partial<Chosen>>([
    { onlyWithOthers: true },
    { onlyWithOthers: false },
    { onlyWithLink: false },
    { tentative: 'skip' },
    { tentative: 'remind' },
    { free: 'skip' },
    { free: 'remind' },
    { private: 'discreet' },
    { private: 'show' },
    { tellOwnChanges: true },
    { remindAsOutlook: false },
    { remindAtStart: true },
    { respectAway: false },
    { weekDigest: false },
  ]);
  if (!patch) return false;
  hand.choose(person, patch);
  return true;
};

const press: Act = (hand, person) => {
  hand.wish({ at: hand.now(), oid: person.oid, kind: 'press' });
  return true;
};

const ACTS: Act[] = [muteSeries, muteSeries, mutePerson, muteKind, pause, pause, beQuiet, changeOneThing];

const choose: Act = (hand, person) => hand.chance.pick(ACTS)?.(hand, person) ?? false;

export const CHOICES = [
  { name: 'choose', weight: 1.2, act: choose },
  { name: 'press', weight: 2.4, act: press },
];
