/** The sandbox's truth and the product's replica, in the same words. */
import type { Event } from '@microsoft/microsoft-graph-types';
import { agendaText } from '../../sandbox/graph/body.ts';
import type { TruthEvent } from '../../sandbox/graph/truth.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { TruthLine } from './history.ts';

/** Enough to see whether somebody wrote an agenda, and which; how it is set out is not compared. */
const AGENDA_KEPT = 24;

const agendaWords = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .slice(0, AGENDA_KEPT)
    .trim();

const dayStart = (date: string) => Date.parse(`${date}T00:00:00Z`);

/** Of several places the first with coordinates, else the first. */
function placeOf(event: Event): Pick<TruthLine, 'place' | 'coordinates'> {
  const places = (event.locations ?? []).filter((one) => one.displayName?.trim());
  const best = places.find((one) => typeof one.coordinates?.latitude === 'number') ?? places[0];
  const { latitude, longitude } = best?.coordinates ?? {};
  return {
    place: best?.displayName?.trim() ?? '',
    ...(typeof latitude === 'number' && typeof longitude === 'number' ? { coordinates: { latitude, longitude } } : {}),
  };
}

/** Of a private entry nobody is to know more than when it is: so much of the truth the product may have. */
function asFarAsKnown(line: TruthLine): TruthLine {
  if (line.sensitivity !== 'private' && line.sensitivity !== 'confidential') return line;
  const { coordinates: _, ...rest } = line;
  const nothing = { organizer: '', attendees: [], place: '', joinUrl: '', agenda: '' };
  return { ...rest, ...nothing, subject: 'Private appointment' };
}

export const truthLine = (line: TruthEvent): TruthLine => asFarAsKnown(wholeLine(line));

function wholeLine(line: TruthEvent): TruthLine {
  const { event } = line;
  const createdAt = Date.parse(event.createdDateTime ?? '');
  return {
    id: line.immutableId,
    ...(line.immutableSeriesMasterId ? { seriesId: line.immutableSeriesMasterId } : {}),
    type: line.type === 'singleInstance' ? 'single' : line.type,
    subject: (event.subject ?? '').trim().slice(0, 255),
    // An all-day entry is dates; its instants are those of UTC, in the replica too.
    startAt: line.days ? dayStart(line.days.from) : line.startAt,
    endAt: line.days ? dayStart(line.days.until) : line.endAt,
    ...(line.days ? { days: line.days } : {}),
    isCancelled: event.isCancelled === true,
    isDraft: event.isDraft === true,
    isOrganizer: event.isOrganizer === true,
    response: event.isOrganizer ? 'organizer' : (event.responseStatus?.response ?? 'none'),
    showAs: event.showAs ?? 'unknown',
    sensitivity: event.sensitivity ?? 'normal',
    organizer: (event.organizer?.emailAddress?.address ?? '').toLowerCase(),
    attendees: (event.attendees ?? [])
      .map((one) =>
        [(one.emailAddress?.address ?? '').toLowerCase(), one.type, one.status?.response ?? 'none'].join('|'),
      )
      .sort(),
    ...placeOf(event),
    joinUrl: event.onlineMeeting?.joinUrl ?? '',
    agenda: agendaWords(agendaText(event.body?.content ?? '')),
    ...(Number.isNaN(createdAt) ? {} : { createdAt }),
    ...(event.isReminderOn && typeof event.reminderMinutesBeforeStart === 'number'
      ? { reminderMinutes: event.reminderMinutesBeforeStart }
      : {}),
  };
}

const response = (word: string) => (word === 'tentative' ? 'tentativelyAccepted' : word);

export function replicaLine(event: CalendarEvent): TruthLine {
  return {
    id: event.id,
    ...(event.seriesMasterId ? { seriesId: event.seriesMasterId } : {}),
    type: event.type === 'master' ? 'single' : event.type,
    subject: event.subject,
    startAt: event.startAt,
    endAt: event.endAt,
    ...(event.allDay ? { days: { from: event.allDay.startDate, until: event.allDay.endDate } } : {}),
    isCancelled: event.isCancelled,
    isDraft: event.isDraft,
    isOrganizer: event.isOrganizer,
    response: response(event.response),
    showAs: event.showAs,
    sensitivity: event.sensitivity,
    organizer: event.organizer.address,
    attendees: event.attendees.map((one) => [one.address, one.type, response(one.response)].join('|')).sort(),
    place: event.place?.name ?? '',
    ...(event.place?.coordinates ? { coordinates: event.place.coordinates } : {}),
    joinUrl: event.joinUrl ?? '',
    agenda: agendaWords(event.agenda.join(' ')),
    ...(event.createdAt === undefined ? {} : { createdAt: event.createdAt }),
    ...(event.reminderMinutes === undefined ? {} : { reminderMinutes: event.reminderMinutes }),
  };
}
