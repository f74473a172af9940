/**
 * Graph's event JSON → CalendarEvent. Lenient where Graph is sloppy (nulls, missing fields), strict where guessing
 * would lie: an item without id, times or type is refused, and the caller counts it.
 */
import { createHash } from 'node:crypto';
import { agendaExcerpt, agendaLines } from './agenda.ts';
import type { Attendee, CalendarEvent, Party, Place, Response } from './event.ts';
import { keptOf } from './private.ts';
import { wellFormed } from './well-formed.ts';
import { addDays, instantOf } from './zone.ts';

/** The shape that we rely on, everything optional: it comes from the network. */
export interface GraphEvent {
  id?: string;
  type?: string | null;
  seriesMasterId?: string | null;
  subject?: string | null;
  start?: { dateTime?: string; timeZone?: string } | null;
  end?: { dateTime?: string; timeZone?: string } | null;
  isAllDay?: boolean | null;
  isCancelled?: boolean | null;
  isDraft?: boolean | null;
  isOrganizer?: boolean | null;
  responseStatus?: { response?: string } | null;
  showAs?: string | null;
  sensitivity?: string | null;
  organizer?: { emailAddress?: { name?: string; address?: string } } | null;
  attendees?:
    | { type?: string; status?: { response?: string }; emailAddress?: { name?: string; address?: string } }[]
    | null;
  location?: GraphLocation | null;
  locations?: GraphLocation[] | null;
  isOnlineMeeting?: boolean | null;
  onlineMeeting?: { joinUrl?: string | null } | null;
  onlineMeetingUrl?: string | null;
  body?: { contentType?: string; content?: string } | null;
  hasAttachments?: boolean | null;
  categories?: (string | null)[] | null;
  isReminderOn?: boolean | null;
  reminderMinutesBeforeStart?: number | null;
  webLink?: string | null;
  changeKey?: string | null;
  createdDateTime?: string | null;
  originalStart?: string | null;
  iCalUId?: string | null;
  '@odata.etag'?: string;
  '@removed'?: { reason?: string };
}

interface GraphLocation {
  displayName?: string | null;
  locationType?: string | null;
  locationEmailAddress?: string | null;
  address?: { street?: string | null; city?: string | null } | null;
  coordinates?: { latitude?: number | null; longitude?: number | null } | null;
}

const TYPES: Record<string, CalendarEvent['type']> = {
  singleInstance: 'single',
  occurrence: 'occurrence',
  exception: 'exception',
  seriesMaster: 'master',
};
const RESPONSES: Record<string, Response> = {
  organizer: 'organizer',
  tentativelyAccepted: 'tentative',
  accepted: 'accepted',
  declined: 'declined',
  notResponded: 'notResponded',
};
const SHOW_AS = ['free', 'tentative', 'busy', 'oof', 'workingElsewhere'] as const;
const SENSITIVITIES = ['personal', 'private', 'confidential'] as const;
const SUBJECT_LENGTH = 255;
const MOST_CATEGORIES = 25;
const CATEGORY_LENGTH = 255;

const oneOf = <T extends string, E extends string>(value: unknown, known: readonly T[], other: E): T | E =>
  known.find((one) => one === value) ?? other;

/** Only https links become buttons: a calendar entry is foreign text. */
function safeLink(url: string | null | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  return new URL(url).protocol === 'https:' ? url : undefined;
}

function party(address: { name?: string; address?: string } | undefined): Party {
  return { name: address?.name?.trim() || address?.address || '', address: (address?.address ?? '').toLowerCase() };
}

function attendees(list: GraphEvent['attendees']): Attendee[] {
  return (list ?? []).map((one) => ({
    ...party(one.emailAddress),
    type: oneOf(one.type, ['optional', 'resource'] as const, 'required'),
    response: RESPONSES[one.status?.response ?? ''] ?? 'none',
  }));
}

/**
 * Only Outlook's own windows say "conferenceRoom"; what other clients make is "default", so a room is also known by its
 * address or by being invited under the same name.
 */
function isRoom(event: GraphEvent, where: GraphLocation, name: string): boolean {
  const isInvited = event.attendees?.some((one) => one.type === 'resource' && one.emailAddress?.name?.trim() === name);
  return where.locationType === 'conferenceRoom' || Boolean(where.locationEmailAddress) || isInvited === true;
}

function place(event: GraphEvent): Place | undefined {
  const all = [event.location, ...(event.locations ?? [])].filter((one) => one?.displayName?.trim());
  const best = all.find((one) => typeof one?.coordinates?.latitude === 'number') ?? all[0];
  const name = best?.displayName?.trim();
  if (!best || !name) return undefined;
  const { latitude, longitude } = best.coordinates ?? {};
  const address = [best.address?.street, best.address?.city].filter(Boolean).join(', ');
  return {
    name,
    ...(address ? { address } : {}),
    ...(typeof latitude === 'number' && typeof longitude === 'number' ? { coordinates: { latitude, longitude } } : {}),
    isRoom: isRoom(event, best, name),
  };
}

function times(event: GraphEvent): Pick<CalendarEvent, 'startAt' | 'endAt' | 'allDay'> | undefined {
  const startAt = instantOf(event.start?.dateTime ?? '', event.start?.timeZone ?? 'UTC');
  const endAt = instantOf(event.end?.dateTime ?? '', event.end?.timeZone ?? 'UTC');
  if (startAt === undefined || endAt === undefined) return undefined;
  if (!event.isAllDay) return { startAt, endAt };
  // All-day entries are dates, whatever zone they were written in.
  const startDate = event.start?.dateTime?.slice(0, 10) ?? '';
  const givenEnd = event.end?.dateTime?.slice(0, 10) ?? '';
  // Of no length, or backwards, it would be on no day at all.
  const endDate = givenEnd > startDate ? givenEnd : addDays(startDate, 1);
  return {
    startAt: Date.parse(`${startDate}T00:00:00Z`),
    endAt: Date.parse(`${endDate}T00:00:00Z`),
    allDay: { startDate, endDate },
  };
}

/** True for what calendarView/delta sends for an occurrence: ids and times, nothing else. */
export function isSkeleton(event: GraphEvent): boolean {
  return event.type === 'occurrence' && event.organizer === undefined && event.subject === undefined;
}

function createdAt(event: GraphEvent): { createdAt?: number } {
  const at = Date.parse(event.createdDateTime ?? '');
  return Number.isNaN(at) ? {} : { createdAt: at };
}

function originalStart(event: GraphEvent, type: CalendarEvent['type']): { originalStartAt?: number } {
  const at = type === 'exception' ? Date.parse(event.originalStart ?? '') : Number.NaN;
  return Number.isNaN(at) ? {} : { originalStartAt: at };
}

function categories(event: GraphEvent): { categories?: string[] } {
  const named = (event.categories ?? []).flatMap((one) => (typeof one === 'string' && one.trim() ? [one.trim()] : []));
  const kept = named.slice(0, MOST_CATEGORIES).map((one) => one.slice(0, CATEGORY_LENGTH));
  return kept.length > 0 ? { categories: kept } : {};
}

/** Undefined when the item can’t be understood. */
export function normalise(event: GraphEvent, calendarId: string): CalendarEvent | undefined {
  const type = TYPES[event.type ?? 'singleInstance'];
  const when = times(event);
  if (!event.id || !type || !when) return undefined;
  const joinUrl = safeLink(event.onlineMeeting?.joinUrl ?? event.onlineMeetingUrl);
  const where = place(event);
  const lines = agendaLines(event.body?.content ?? '', event.body?.contentType ?? 'text', joinUrl);
  const whole = wellFormed<CalendarEvent>({
    id: event.id,
    calendarId,
    ...(event.iCalUId ? { uid: event.iCalUId } : {}),
    type,
    ...(event.seriesMasterId ? { seriesMasterId: event.seriesMasterId } : {}),
    ...originalStart(event, type),
    subject: (event.subject ?? '').trim().slice(0, SUBJECT_LENGTH),
    ...when,
    isCancelled: event.isCancelled === true,
    isDraft: event.isDraft === true,
    isOrganizer: event.isOrganizer === true,
    response: event.isOrganizer === true ? 'organizer' : (RESPONSES[event.responseStatus?.response ?? ''] ?? 'none'),
    showAs: oneOf(event.showAs, SHOW_AS, 'unknown'),
    sensitivity: oneOf(event.sensitivity, SENSITIVITIES, 'normal'),
    organizer: party(event.organizer?.emailAddress),
    attendees: attendees(event.attendees),
    ...(where ? { place: where } : {}),
    isOnline: event.isOnlineMeeting === true || joinUrl !== undefined,
    ...(joinUrl ? { joinUrl } : {}),
    agenda: agendaExcerpt(lines),
    bodyMark: createHash('sha256').update(lines.join('\n')).digest('base64url').slice(0, 12),
    ...categories(event),
    ...(event.hasAttachments === true ? { hasAttachments: true as const } : {}),
    ...(event.isReminderOn && typeof event.reminderMinutesBeforeStart === 'number'
      ? { reminderMinutes: event.reminderMinutesBeforeStart }
      : {}),
    ...(safeLink(event.webLink) ? { webLink: safeLink(event.webLink) } : {}),
    changeKey: event.changeKey ?? event['@odata.etag'] ?? '',
    ...createdAt(event),
  });
  return keptOf(whole);
}

/** An occurrence is its master at another time. */
export function occurrenceOf(
  master: CalendarEvent,
  skeleton: { id: string; startAt: number; endAt: number; allDay?: CalendarEvent['allDay'] },
): CalendarEvent {
  const { allDay: _head, ...rest } = master;
  return {
    ...rest,
    id: skeleton.id,
    type: 'occurrence',
    seriesMasterId: master.id,
    startAt: skeleton.startAt,
    endAt: skeleton.endAt,
    ...(skeleton.allDay ? { allDay: skeleton.allDay } : {}),
  };
}

/** The times of a skeletal occurrence; undefined when unreadable. */
export function skeletonTimes(event: GraphEvent, isAllDay: boolean): ReturnType<typeof times> {
  return times({ ...event, isAllDay });
}
