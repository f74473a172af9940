/** The zone and language that a person set in Outlook. */
import { z } from 'zod';
import { type ClockChange, type CustomZone, timeOfDayMs } from '../calendar/custom-zone.ts';
import { type Caller, mailboxPath } from './client.ts';
import type { Access, MailboxSettings } from './port.ts';

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
    workingHours: z.object({ timeZone: z.unknown() }).nullish().catch(undefined),
    language: z
      .object({ locale: z.string().optional().catch(undefined) })
      .nullish()
      .catch(undefined),
  })
  .catch({ timeZone: undefined });

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
  const { timeZone, workingHours, language } = settings.parse(json ?? {});
  return {
    timeZone: typeof timeZone === 'string' ? timeZone : undefined,
    // Documented for the working hours; `timeZone` is documented as text alone.
    customZone: readCustomZone(workingHours?.timeZone) ?? readCustomZone(timeZone),
    locale: language?.locale,
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
