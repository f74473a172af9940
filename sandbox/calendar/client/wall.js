/** Wall-clock times as the server sends them, "2026-03-29T09:15". They are counted as if they were UTC: no zones here. */

export const MINUTE = 60_000;
export const DAY = 86_400_000;

const ms = (wall) => Date.parse(`${wall.length === 10 ? `${wall}T00:00` : wall}Z`);
const wallOfMs = (at) => new Date(at).toISOString().slice(0, 16);

export const dateOf = (wall) => wall.slice(0, 10);
export const timeOf = (wall) => wall.slice(11, 16);
export const addMinutes = (wall, minutes) => wallOfMs(ms(wall) + minutes * MINUTE);
export const addDays = (date, days) => dateOf(wallOfMs(ms(date) + days * DAY));
export const minutesBetween = (from, to) => (ms(to) - ms(from)) / MINUTE;
export const daysBetween = (from, to) => Math.round((ms(dateOf(to)) - ms(dateOf(from))) / DAY);
export const minuteOfDay = (wall) => Number(wall.slice(11, 13)) * 60 + Number(wall.slice(14, 16));
export const wallAt = (date, minute) => addMinutes(`${date}T00:00`, minute);

/** What a clock in `zone` shows at the instant `at`. */
export function wallNow(at, zone) {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return format.format(at).replace(' ', 'T');
}

/** The zone's distance from UTC, "UTC+1". */
export function offsetName(at, zone) {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(at);
  return (parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC').replace('GMT', 'UTC');
}

export const format = (wall, locale, options) =>
  new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(ms(wall));

export const formatTime = (wall, locale) => format(wall, locale, { hour: 'numeric', minute: '2-digit' });

/** The label of a full hour: "9:00", or "9 AM" where people count to twelve. */
export function formatHour(wall, locale) {
  const { hour12 } = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions();
  return hour12 ? format(wall, locale, { hour: 'numeric' }) : formatTime(wall, locale);
}

/** "9:15", "915", "9", "2pm" → "09:15"; undefined when it is no time of day. */
export function parseTime(text) {
  const match = /^\s*(\d{1,2})(?:[:.h]?(\d{2}))?\s*([ap])?\.?m?\.?\s*$/i.exec(text);
  if (!match) return undefined;
  const half = match[3]?.toLowerCase();
  const isHalfDay = half === 'a' || half === 'p';
  const hours = isHalfDay ? (Number(match[1]) % 12) + (half === 'p' ? 12 : 0) : Number(match[1]);
  const minutes = Number(match[2] ?? 0);
  if (hours > 23 || minutes > 59 || (isHalfDay && Number(match[1]) > 12)) return undefined;
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

/** ISO 8601 week of a Monday. */
export function weekNumber(monday) {
  const thursday = addDays(monday, 3);
  return Math.floor(daysBetween(`${thursday.slice(0, 4)}-01-01`, thursday) / 7) + 1;
}

/** "Tue 24 Nov, 09:15–10:00", as short as the event allows. */
export function describeTimes(event, locale) {
  const day = (wall) => format(wall, locale, { weekday: 'short', day: 'numeric', month: 'short' });
  if (event.isAllDay) {
    const last = addDays(dateOf(event.end), -1);
    return last <= dateOf(event.start) ? `${day(event.start)}, all day` : `${day(event.start)} – ${day(last)}, all day`;
  }
  const times = `${formatTime(event.start, locale)}–${formatTime(event.end, locale)}`;
  if (dateOf(event.start) === dateOf(event.end)) return `${day(event.start)}, ${times}`;
  return `${day(event.start)}, ${formatTime(event.start, locale)} – ${day(event.end)}, ${formatTime(event.end, locale)}`;
}
