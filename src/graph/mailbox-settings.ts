/** What a person set in Outlook: zone, language, working hours, automatic replies. */
import { z } from 'zod';
import { type ClockChange, type CustomZone, timeOfDayMs } from '../calendar/custom-zone.ts';
import type { WorkingHours } from '../calendar/working-hours.ts';
import { instantOf, toIana } from '../calendar/zone.ts';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import { type Caller, mailboxPath } from './client.ts';
import type { Access, AutomaticReplies, MailboxSettings } from './port.ts';

const WEEK = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MOST_BIAS_MINUTES = 24 * 60;

const bias = z.number().int().min(-MOST_BIAS_MINUTES).max(MOST_BIAS_MINUTES);

/**
 * standardTimeZoneOffset and daylightTimeZoneOffset. Their `year` is left out: Graph says that 0 means every year, and
 * nothing of what other numbers mean.
 */
const clockChange = z.object({
  // 0 is how Windows writes that clocks never change. That Graph does so too is a guess.
  month: z.number().int().min(0).max(12),
  dayOfWeek: z.string().nullish(),
  dayOccurrence: z.number().int().nullish(),
  time: z.string().nullish(),
  daylightBias: bias.nullish(),
});

/** customTimeZone; `name` and `@odata.type` say nothing that we need. */
const customTimeZone = z.object({
  bias,
  standardOffset: clockChange.nullish(),
  daylightOffset: clockChange.nullish(),
});

const settings = z
  .object({
    timeZone: z.unknown(),
    workingHours: z
      .object({ daysOfWeek: z.unknown(), startTime: z.unknown(), endTime: z.unknown(), timeZone: z.unknown() })
      .partial()
      .nullish()
      .catch(undefined),
    automaticRepliesSetting: z.unknown(),
    language: z
      .object({ locale: z.string().optional().catch(undefined) })
      .nullish()
      .catch(undefined),
  })
  .catch({ timeZone: undefined });

const hours = z.object({
  daysOfWeek: z.array(z.string()).max(20),
  startTime: z.string(),
  endTime: z.string(),
  timeZone: z.object({ name: z.string() }).nullish().catch(undefined),
});

const moment = z.object({ dateTime: z.string(), timeZone: z.string().nullish() });
const replies = z.object({
  status: z.string(),
  scheduledStartDateTime: moment.nullish().catch(undefined),
  scheduledEndDateTime: moment.nullish().catch(undefined),
});

/** "08:30" of "08:30:00.0000000" */
function timeOfDay(text: string): string | undefined {
  const ms = timeOfDayMs(text);
  if (ms === undefined) return undefined;
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(ms / HOUR_MS))}:${two(Math.floor((ms % HOUR_MS) / MINUTE_MS))}`;
}

/** Undefined for what can't be read: half of somebody's hours would be wrong ones. No days at all is a choice. */
export function readWorkingHours(json: unknown): WorkingHours | undefined {
  const parsed = hours.safeParse(json);
  if (!parsed.success) return undefined;
  const { daysOfWeek, startTime, endTime, timeZone } = parsed.data;
  const days = [...new Set(daysOfWeek.map((day) => WEEK.indexOf(day.toLowerCase())))].sort();
  const [start, end] = [timeOfDay(startTime), timeOfDay(endTime)];
  if (days.includes(-1) || start === undefined || end === undefined) return undefined;
  // Where the zone is described, not named (custom-zone.ts), the mailbox's own serves, which is read from the same words.
  const iana = toIana(timeZone?.name);
  return { days, start, end, ...(iana ? { timeZone: iana } : {}) };
}

/** Undefined for what can't be read. A schedule counts in its hours, be they past or to come. */
export function readAutomaticReplies(json: unknown): AutomaticReplies | undefined {
  const parsed = replies.safeParse(json);
  if (!parsed.success) return undefined;
  const { status, scheduledStartDateTime, scheduledEndDateTime } = parsed.data;
  if (status === 'disabled') return 'off';
  if (status === 'alwaysEnabled') return 'on';
  if (status !== 'scheduled') return undefined;
  const at = (one: z.infer<typeof moment> | null | undefined) =>
    one ? instantOf(one.dateTime, one.timeZone ?? 'UTC') : undefined;
  const [from, to] = [at(scheduledStartDateTime), at(scheduledEndDateTime)];
  return from !== undefined && to !== undefined && from < to ? { from, to } : undefined;
}

function readChange(json: z.infer<typeof clockChange>): ClockChange | undefined {
  const dayOfWeek = WEEK.indexOf((json.dayOfWeek ?? '').toLowerCase());
  const dayOccurrence = json.dayOccurrence ?? 0;
  const timeMs = timeOfDayMs(json.time ?? '');
  if (dayOfWeek === -1 || dayOccurrence < 1 || dayOccurrence > 5 || timeMs === undefined) return undefined;
  return { month: json.month, dayOfWeek, dayOccurrence, timeMs };
}

/** Undefined for what is no custom zone, and for one of which half is unreadable: that would be wrong for half a year. */
export function readCustomZone(json: unknown): CustomZone | undefined {
  const parsed = customTimeZone.safeParse(json);
  if (!parsed.success) return undefined;
  const { standardOffset, daylightOffset, bias: biasMinutes } = parsed.data;
  const daylightBiasMinutes = daylightOffset?.daylightBias ?? 0;
  if (!standardOffset?.month || !daylightOffset?.month || daylightBiasMinutes === 0) return { biasMinutes };
  const [toStandard, toDaylight] = [readChange(standardOffset), readChange(daylightOffset)];
  return toStandard && toDaylight && { biasMinutes, changes: { toStandard, toDaylight, daylightBiasMinutes } };
}

/** From Graph's JSON. Nothing in it is worth failing for: what can't be read is left out. */
export function toMailboxSettings(json: unknown): MailboxSettings {
  const { timeZone, workingHours, language, automaticRepliesSetting } = settings.parse(json ?? {});
  const readHours = readWorkingHours(workingHours);
  const automaticReplies = readAutomaticReplies(automaticRepliesSetting);
  return {
    timeZone: typeof timeZone === 'string' ? timeZone : undefined,
    // Documented for the working hours; `timeZone` is documented as text alone.
    customZone: readCustomZone(workingHours?.timeZone) ?? readCustomZone(timeZone),
    locale: language?.locale,
    ...(readHours ? { workingHours: readHours } : {}),
    ...(automaticReplies ? { automaticReplies } : {}),
  };
}

export const readMailboxSettings =
  (call: Caller) =>
  async (access: Access): Promise<MailboxSettings> =>
    toMailboxSettings(
      await call(access, `${mailboxPath(access)}/mailboxSettings`, (graph) => graph.get(), {
        scopes: ['MailboxSettings.Read'],
      }),
    );
