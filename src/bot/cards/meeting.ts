/** How a meeting is written on any card. */
import { dateOf, type Speaker, speaker } from '../../calendar/zone.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { plural } from '../words.ts';
import { type Action, type Element, fittingLink, openUrl, plain, row } from './parts.ts';

export interface Reader {
  /** IANA */
  timeZone: string;
  locale: string;
}

export const speakerFor = (reader: Reader): Speaker => speaker(reader.timeZone, reader.locale);

/** "today 14:00 – 14:30"; all-day meetings have dates alone. */
export function when(facts: Pick<MeetingFacts, 'startAt' | 'endAt' | 'allDay'>, say: Speaker, now: number): string {
  if (facts.allDay) return `${allDayName(facts.allDay, say)}, all day`;
  return `${say.relativeDay(facts.startAt, now)} ${say.span(facts.startAt, facts.endAt)}`;
}

/** What falls on `date` ("2026-12-01") of an entry that may have begun before and may end after. */
export function timeOn(event: Pick<MeetingFacts, 'startAt' | 'endAt' | 'allDay'>, date: string, say: Speaker): string {
  if (event.allDay) return 'all day';
  if (dateOf(event.startAt, say.zone) >= date) return say.span(event.startAt, event.endAt);
  const lastDate = dateOf(Math.max(event.startAt, event.endAt - 1), say.zone);
  return lastDate === date && dateOf(event.endAt, say.zone) === date ? `until ${say.time(event.endAt)}` : 'all day';
}

export function allDayName(allDay: { startDate: string; endDate: string }, say: Speaker): string {
  const name = (date: string, back = 0) =>
    speaker('UTC', say.locale).day(Date.parse(`${date}T12:00:00Z`) - back * 86_400_000);
  const first = name(allDay.startDate);
  const last = name(allDay.endDate, 1);
  return first === last ? first : `${first} – ${last}`;
}

const LONGEST_NAME = 100;
export const LONGEST_POINT = 160;

/** For plain-text places; on cards `title` says the same. */
export const subjectOf = (about: { subject: string }): string => about.subject || '(no subject)';

export function people(facts: MeetingFacts): string {
  // Not by looking for the last comma: "Miller, Ann" is one person.
  const named = facts.others.filter(Boolean).map((name) => plain(name, LONGEST_NAME));
  const rest = facts.othersCount - named.length;
  const all = rest > 0 && named.length > 0 ? [...named, `${rest} more`] : named;
  const list = [all.slice(0, -1).join(', '), ...all.slice(-1)].filter(Boolean).join(' and ');
  if (facts.isOrganizer) return list && `with ${list}`;
  const by = facts.organizer ? `${plain(facts.organizer, LONGEST_NAME)} invited you` : '';
  return list ? `${by || 'you'}, with ${list}` : by;
}

/** Outlook writes the service's name into the place of an online meeting; the Join button says as much. */
export const isCallName = (place: string, joinUrl: string | undefined): boolean =>
  joinUrl !== undefined && /^(?:microsoft )?teams\b/i.test(place);

/** When, where, who. */
export function meetingRows(facts: MeetingFacts, say: Speaker, now: number): Element[] {
  const who = people(facts);
  const time = when(facts, say, now);
  return [
    row('🕑', `${time.charAt(0).toUpperCase()}${time.slice(1)}`),
    ...(facts.place && !isCallName(facts.place, facts.joinUrl) ? [row('📍', plain(facts.place))] : []),
    ...(who ? [row('👥', who.charAt(0).toUpperCase() + who.slice(1))] : []),
    ...(facts.leave && facts.leave.at > now
      ? [row('🚗', `Leave by ${facts.leave.isRough ? 'about ' : ''}${say.time(facts.leave.at)}`)]
      : []),
  ];
}

export function agendaLines(facts: MeetingFacts): Element[] {
  if (facts.agenda.length === 0) return [];
  const shown = facts.agenda.slice(0, 4);
  const text = shown.map((point) => `- ${plain(point.replace(/^[-*•]\s*/, ''), LONGEST_POINT)}`).join('\n');
  return [
    {
      type: 'Container',
      style: 'emphasis',
      spacing: 'Medium',
      items: [{ type: 'TextBlock', text, wrap: true, size: 'Small', spacing: 'None' }],
    },
  ];
}

export function joinAction(facts: Pick<MeetingFacts, 'joinUrl'>): Action[] {
  const url = fittingLink(facts.joinUrl);
  return url ? [openUrl('Join', url, 'positive')] : [];
}

export function calendarAction(facts: Pick<MeetingFacts, 'webLink'>): Action[] {
  const url = fittingLink(facts.webLink);
  return url ? [openUrl('Open in calendar', url)] : [];
}

/** The same in plain words, for toasts, mail and screen readers. */
export function meetingWords(facts: MeetingFacts, say: Speaker, now: number): string {
  const place = facts.place && !isCallName(facts.place, facts.joinUrl) ? `, ${facts.place}` : '';
  return `${subjectOf(facts)} — ${when(facts, say, now)}${place}`;
}

export function minutesUntil(at: number, now: number): string {
  const minutes = Math.round((at - now) / 60_000);
  if (minutes <= 0) return 'now';
  if (minutes < 60) return `in ${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours >= 24) return `in ${plural(Math.round(hours / 24), 'day')}`;
  return rest === 0 ? `in ${hours} h` : `in ${hours} h ${rest} min`;
}
