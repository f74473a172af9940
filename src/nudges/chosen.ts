/** Which meetings a person wants to hear about at all, and how much may be said about the private ones. Pure. */
import { type CalendarEvent, hasOthers } from '../calendar/event.ts';
import { isPrivate, PRIVATE_SUBJECT } from '../calendar/private.ts';
import type { NudgeKind } from './nudge.ts';
import type { Settings } from './settings.ts';

export function isKindOn(kind: Pick<NudgeKind, 'name' | 'isOnAtFirst'>, settings: Settings): boolean {
  return !settings.forbiddenKinds.includes(kind.name) && (settings.kinds[kind.name] ?? kind.isOnAtFirst);
}

/** Outlook shows an invitation that nobody answered as tentative: who leaves out tentative ones is still to be asked. */
function isTentative({ response, showAs, isOrganizer }: CalendarEvent): boolean {
  const isUnanswered = !isOrganizer && (response === 'none' || response === 'notResponded');
  return response === 'tentative' || (showAs === 'tentative' && !isUnanswered);
}

/** How `Settings.newsSince` calls what can be muted; kinds go by their names. */
export const newsOf = {
  series: (id: string): string => `series ${id}`,
  calendar: (id: string): string => `calendar ${id}`,
  person: (address: string): string => `person ${address}`,
};

/** Noticed before its kind was switched on, or before its series, calendar or organiser was unmuted. */
export function isOldNews(
  { kind, event, noticedAt }: { kind: string; event: CalendarEvent; noticedAt: number },
  { newsSince }: Settings,
): boolean {
  const names = [
    kind,
    newsOf.series(event.seriesMasterId ?? event.id),
    newsOf.calendar(event.calendarId || 'default'),
    ...(event.isOrganizer ? [] : [newsOf.person(event.organizer.address)]),
  ];
  return names.some((name) => Object.hasOwn(newsSince, name) && noticedAt < (newsSince[name] ?? 0));
}

/** Nothing muted or left out by choice. Declined and cancelled are each kind's own to judge. */
export function isChosen(event: CalendarEvent, settings: Settings): boolean {
  const seriesId = event.seriesMasterId ?? event.id;
  if (settings.mutedSeries.some(({ id }) => id === seriesId)) return false;
  // A setting can't hold the default calendar's empty id.
  if (settings.mutedCalendars.some(({ id }) => id === (event.calendarId || 'default'))) return false;
  if (!event.isOrganizer && settings.mutedPeople.some(({ id }) => id === event.organizer.address)) return false;
  if (settings.onlyWithOthers && !hasOthers(event)) return false;
  if (settings.onlyWithLink && !event.joinUrl) return false;
  if (settings.tentative === 'skip' && isTentative(event)) return false;
  if (settings.free === 'skip' && event.showAs === 'free') return false;
  return !(settings.private === 'skip' && isPrivate(event));
}

export const DISCREET_SUBJECT = PRIVATE_SUBJECT;

/** As it may be shown in a list: of a private one, where the person wants so, nothing but its times and its link. */
export function disguised(event: CalendarEvent, settings: Settings): CalendarEvent {
  if (settings.private !== 'discreet' || !isPrivate(event)) return event;
  const { place: _place, webLink: _link, ...rest } = event;
  return { ...rest, subject: DISCREET_SUBJECT, agenda: [], attendees: [], organizer: { name: '', address: '' } };
}

/** The same for the facts of a nudge that is about it. */
export function hushed(
  facts: Record<string, unknown>,
  event: CalendarEvent,
  settings: Settings,
): Record<string, unknown> {
  if (settings.private !== 'discreet' || !isPrivate(event)) return facts;
  const { place: _place, webLink: _link, organizer: _organizer, ...rest } = facts;
  return { ...rest, subject: DISCREET_SUBJECT, agenda: [], others: [], othersCount: 0 };
}
