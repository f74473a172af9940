/** Texts of rules with placeholders: "Follow up on {subject} with {people}". Pure. */
import { addDays, speaker } from '../calendar/zone.ts';

export const PLACEHOLDERS = ['subject', 'start', 'end', 'organiser', 'place', 'link', 'people'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

/** "{start time}" is none that there is: whoever typed it hears so. */
const ANY = /\{\s*([A-Za-z][A-Za-z ]{0,39}?)\s*\}/g;
const NAMES_SHOWN = 5;
const LONGEST_FILLED = 4_000;

const isKnown = (name: string): name is Placeholder => (PLACEHOLDERS as readonly string[]).includes(name);

/** The first placeholder that there is not; undefined: all are known. */
export const unknownPlaceholder = (text: string): string | undefined =>
  [...text.matchAll(ANY)].map((match) => match[1] ?? '').find((name) => !isKnown(name));

export const isFillable = (text: string): boolean => unknownPlaceholder(text) === undefined;

/** What placeholders are filled with; rules/rule.ts has all of it. */
export interface Fillings {
  subject: string;
  startAt: number;
  endAt: number;
  allDay?: { startDate: string; endDate: string } | undefined;
  organiser: { name: string; address: string };
  place?: string | undefined;
  joinUrl?: string | undefined;
  webLink?: string | undefined;
  people: readonly { name: string; address: string }[];
  peopleCount: number;
}

const called = ({ name, address }: { name: string; address: string }) => name || address;

function peopleWords({ people, peopleCount }: Fillings): string {
  const shown = people.slice(0, NAMES_SHOWN).map(called);
  const more = peopleCount - shown.length;
  if (shown.length === 0) return 'nobody else';
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/**
 * @param to whose zone and language the times are said in
 * @returns plain text: whoever shows it on a card or in a mail escapes it there. One pass: what a meeting's subject says in
 * braces stays as it is.
 */
export function fill(text: string, facts: Fillings, to: { timeZone: string; locale: string }): string {
  const said = speaker(to.timeZone, to.locale);
  // A date is a day by its name; read in UTC it keeps that.
  const dated = speaker('UTC', to.locale);
  const { allDay, startAt, endAt } = facts;
  const onDate = (date: string) => dated.day(Date.parse(`${date}T12:00:00Z`));
  const at = (instant: number) => `${said.day(instant)} ${said.time(instant)}`;
  const words: Record<Placeholder, () => string> = {
    subject: () => facts.subject || '(no subject)',
    start: () => (allDay ? onDate(allDay.startDate) : at(startAt)),
    end: () => (allDay ? onDate(addDays(allDay.endDate, -1)) : at(endAt)),
    organiser: () => called(facts.organiser) || 'nobody named',
    place: () => facts.place || 'no place',
    link: () => facts.joinUrl || facts.webLink || 'no link',
    people: () => peopleWords(facts),
  };
  return text.replace(ANY, (whole, name: string) => (isKnown(name) ? words[name]() : whole)).slice(0, LONGEST_FILLED);
}
