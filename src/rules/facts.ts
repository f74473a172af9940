/** What a run knows of its meeting, taken when it is planned. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { isPrivate, withoutContent } from '../calendar/private.ts';
import type { NoticedChange } from '../nudges/nudge.ts';
import { answersBetween, peopleAt, type Reader, roomsLost } from './match.ts';
import type { RuleFacts, When } from './rule.ts';

const MOST_PEOPLE = 100;
const MOST_CATEGORIES = 25;
const MOST_ANSWERS = 20;
const MOST_ROOMS = 4;
/** What Outlook allows is shorter; what others send in need not be. */
const LONGEST = 500;
const cut = (text: string) => text.slice(0, LONGEST);

function changeFacts(change: NoticedChange, isHidden: boolean): NonNullable<RuleFacts['change']> {
  const { aspects, scope, occurrences, before, after } = change;
  const answers = isHidden ? [] : answersBetween(before, after).slice(0, MOST_ANSWERS);
  const lost = isHidden ? [] : roomsLost(change).slice(0, MOST_ROOMS).map(cut);
  return {
    aspects,
    scope,
    occurrences: occurrences.length,
    ...(before && after ? { beforeStartAt: before.startAt, beforeEndAt: before.endAt } : {}),
    ...(answers.length > 0 ? { answers } : {}),
    ...(lost.length > 0 ? { roomsLost: lost } : {}),
  };
}

/**
 * @param event as it is now, or was last
 * @param subjectId what the deed is done to, where that is not the entry (the head of a series)
 */
export function factsOf(
  event: CalendarEvent,
  trigger: When['trigger'],
  reader: Reader,
  more: { subjectId?: string; change?: NoticedChange } = {},
): RuleFacts {
  const isHidden = isPrivate(event);
  // The replica holds no more of it; should that ever be otherwise, it ends here.
  const shown = isHidden ? withoutContent(event) : event;
  const people = peopleAt(shown, reader).filter(({ address }) => address !== reader.address);
  return {
    eventId: more.subjectId ?? event.id,
    ...(event.seriesMasterId ? { seriesId: event.seriesMasterId } : {}),
    isPrivate: isHidden,
    subject: cut(shown.subject),
    startAt: event.startAt,
    endAt: event.endAt,
    ...(event.allDay ? { allDay: event.allDay } : {}),
    organiser: { name: cut(shown.organizer.name), address: shown.organizer.address },
    isOrganiser: event.isOrganizer,
    ...(shown.place ? { place: cut(shown.place.name) } : {}),
    ...(shown.joinUrl ? { joinUrl: shown.joinUrl } : {}),
    ...(shown.webLink ? { webLink: shown.webLink } : {}),
    people: people.slice(0, MOST_PEOPLE).map(({ name, address }) => ({ name: cut(name), address })),
    peopleCount: people.length,
    categories: (shown.categories ?? []).slice(0, MOST_CATEGORIES).map(cut),
    trigger,
    ...(more.change ? { change: changeFacts(more.change, isHidden) } : {}),
  };
}
