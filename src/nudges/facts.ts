/** What cards say about a meeting: taken when the nudge is planned, so that a card needs nothing but its nudge. */
import { type CalendarEvent, hasOthers } from '../calendar/event.ts';

export interface MeetingFacts {
  subject: string;
  startAt: number;
  endAt: number;
  allDay?: { startDate: string; endDate: string };
  place?: string;
  joinUrl?: string;
  webLink?: string;
  organizer?: string;
  isOrganizer: boolean;
  /** Names of the first few others, and how many there are. */
  others: string[];
  othersCount: number;
  agenda: string[];
  isSeries: boolean;
  response: CalendarEvent['response'];
  /** Its agenda is asked for, and nobody answered yet (NudgeKind.shares, as below). */
  asksAgenda?: true;
  /** From the leave-by of the same meeting. */
  leave?: { at: number; isRough: boolean };
}

const NAMES_KEPT = 4;

/** Guests beside the organiser and the reader. */
const othersAt = (event: CalendarEvent) =>
  event.attendees.filter(
    (one) => one.type !== 'resource' && one.address !== event.organizer.address && one.address !== event.myAddress,
  );

const nameOf = ({ name, address }: CalendarEvent['attendees'][number]) => name || address;

/** Several kinds speak of one meeting, each with several leads. */
const known = new WeakMap<CalendarEvent, MeetingFacts>();

/** Not to be changed: a nudge that adds to them copies them. */
export function meetingFacts(event: CalendarEvent): Readonly<MeetingFacts> {
  const remembered = known.get(event);
  if (remembered) return remembered;
  const facts = factsOf(event);
  known.set(event, facts);
  return facts;
}

function factsOf(event: CalendarEvent): MeetingFacts {
  const others = othersAt(event);
  const { subject, startAt, endAt, isOrganizer, agenda, response, organizer } = event;
  const facts: MeetingFacts = {
    subject,
    startAt,
    endAt,
    isOrganizer,
    others: others.slice(0, NAMES_KEPT).map(nameOf),
    othersCount: hasOthers(event) ? others.length : 0,
    agenda,
    isSeries: event.seriesMasterId !== undefined,
    response,
  };
  // One by one: spreading objects that may be empty takes longer than all the rest of it.
  if (event.allDay) facts.allDay = event.allDay;
  if (event.place) facts.place = event.place.name;
  if (event.joinUrl) facts.joinUrl = event.joinUrl;
  if (event.webLink) facts.webLink = event.webLink;
  if (organizer.name) facts.organizer = organizer.name;
  return facts;
}

const OF_THE_MEETING = ['allDay', 'place', 'joinUrl', 'webLink', 'organizer'] as const;

/** The same facts about the meeting as it is now: what it has no more is gone from them too. */
export function withMeeting(facts: Record<string, unknown>, meeting: Record<string, unknown>): Record<string, unknown> {
  const rest = Object.fromEntries(
    Object.entries(facts).filter(([name]) => !(OF_THE_MEETING as readonly string[]).includes(name)),
  );
  return { ...rest, ...meeting };
}
