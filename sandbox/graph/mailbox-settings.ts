/** /mailboxSettings: what Exchange knows of a person's zone, hours, language, formats and automatic replies. */
import type { AutomaticRepliesSetting, MailboxSettings } from '@microsoft/microsoft-graph-types';
import { z } from 'zod';
import type { SandboxPerson } from '../world.ts';
import { badRequest } from './errors.ts';
import type { Mailbox } from './model.ts';
import { requireZone } from './zones.ts';

const FORMATS: Record<string, { dateFormat: string; timeFormat: string }> = {
  'en-US': { dateFormat: 'M/d/yyyy', timeFormat: 'h:mm tt' },
  'en-GB': { dateFormat: 'dd/MM/yyyy', timeFormat: 'HH:mm' },
  'de-DE': { dateFormat: 'dd.MM.yyyy', timeFormat: 'HH:mm' },
  'fr-FR': { dateFormat: 'dd/MM/yyyy', timeFormat: 'HH:mm' },
};
const NEUTRAL = { dateFormat: 'yyyy-MM-dd', timeFormat: 'HH:mm' };

const languages = new Intl.DisplayNames(['en'], { type: 'language', languageDisplay: 'standard' });

const weekday = z.enum(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']);
const timeOfDay = z.string().regex(/^\d\d:\d\d(:\d\d(\.\d{1,7})?)?$/);

/** Exchange's own word for a zone that is described, not named; events use the second. */
const CUSTOM_NAMES = ['Customized Time Zone', 'tzone://Microsoft/Custom'];

const clockChange = z.object({
  time: timeOfDay,
  dayOccurrence: z.number().int().min(1).max(5),
  dayOfWeek: z.string().toLowerCase().pipe(weekday),
  month: z.number().int().min(1).max(12),
  year: z.number().int().default(0),
});

/** customTimeZone: what sets it apart from a named zone is its type. */
const customFields = z.object({
  '@odata.type': z.literal('#microsoft.graph.customTimeZone'),
  bias: z.number().int(),
  name: z.string().default('Customized Time Zone'),
  standardOffset: clockChange,
  daylightOffset: clockChange.extend({ daylightBias: z.number().int() }),
});

/**
 * To Exchange daylight time is the one that is ahead, with a negative bias (UTC = wall clock + bias): what is said the
 * other way round it turns. The documentation's example of a PATCH and its answer to a GET show it.
 */
const customTimeZone = customFields.transform((zone) => {
  const { daylightBias, ...daylight } = zone.daylightOffset;
  if (daylightBias <= 0) return zone;
  return {
    ...zone,
    bias: zone.bias + daylightBias,
    standardOffset: daylight,
    daylightOffset: { daylightBias: -daylightBias, ...zone.standardOffset },
  };
});

const moment = z.object({
  dateTime: z.string().refine((text) => Number.isFinite(Date.parse(text))),
  timeZone: z.string(),
});

/** automaticRepliesSetting: of what a PATCH leaves out, the rest stays as it was. */
const automaticReplies = z
  .object({
    status: z.enum(['disabled', 'alwaysEnabled', 'scheduled']),
    externalAudience: z.enum(['none', 'contactsOnly', 'all']),
    internalReplyMessage: z.string().nullable(),
    externalReplyMessage: z.string().nullable(),
    scheduledStartDateTime: moment,
    scheduledEndDateTime: moment,
  })
  .partial();

const NO_REPLIES: AutomaticRepliesSetting = {
  status: 'disabled',
  externalAudience: 'all',
  internalReplyMessage: '',
  externalReplyMessage: '',
  scheduledStartDateTime: { dateTime: '2026-01-01T00:00:00.0000000', timeZone: 'UTC' },
  scheduledEndDateTime: { dateTime: '2026-01-02T00:00:00.0000000', timeZone: 'UTC' },
};

const patchSchema = z
  .object({
    timeZone: z.string(),
    dateFormat: z.string(),
    timeFormat: z.string(),
    language: z.object({ locale: z.string(), displayName: z.string().nullish() }),
    workingHours: z.object({
      daysOfWeek: z.array(weekday),
      startTime: timeOfDay,
      endTime: timeOfDay,
      timeZone: z.union([customTimeZone, z.object({ name: z.string() }).passthrough()]),
    }),
    automaticRepliesSetting: automaticReplies,
  })
  .partial();

/** The settings in force: the person's record in the world, overlaid with what has been changed since. */
export function mailboxSettings(person: SandboxPerson, mailbox: Mailbox): MailboxSettings {
  const timeZone = mailbox.settings.timeZone ?? person.mailboxTimeZone;
  const formats = FORMATS[person.locale] ?? NEUTRAL;
  return {
    archiveFolder: null,
    timeZone,
    delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
    dateFormat: formats.dateFormat,
    timeFormat: formats.timeFormat,
    userPurpose: person.kind === 'room' ? 'room' : 'user',
    automaticRepliesSetting: NO_REPLIES,
    language: { locale: person.locale, displayName: languages.of(person.locale) ?? person.locale },
    workingHours: {
      daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      startTime: '08:00:00.0000000',
      endTime: '17:00:00.0000000',
      timeZone: { name: timeZone },
    },
    ...mailbox.settings,
  };
}

/**
 * Takes over what a client (or control) changes; 400 for a zone that Exchange would not know. A custom zone comes in the
 * working hours, and `timeZone` may then be a name for custom zones.
 */
export function patchMailboxSettings(mailbox: Mailbox, json: unknown): void {
  const parsed = patchSchema.safeParse(json);
  if (!parsed.success) throw badRequest('RequestBodyRead', 'The mailbox settings are not readable.');
  const { timeZone, workingHours, automaticRepliesSetting: replies } = parsed.data;
  const hoursZone = workingHours?.timeZone ?? mailbox.settings.workingHours?.timeZone;
  const isCustom = hoursZone !== undefined && hoursZone !== null && 'bias' in hoursZone;
  // Which name Graph shows for the mailbox itself then is a guess; both are names that Exchange uses.
  if (timeZone !== undefined && !(isCustom && CUSTOM_NAMES.includes(timeZone))) requireZone(timeZone);
  if (workingHours && !isCustom) requireZone(workingHours.timeZone.name);
  for (const one of [replies?.scheduledStartDateTime, replies?.scheduledEndDateTime])
    if (one) requireZone(one.timeZone);
  mailbox.settings = {
    ...mailbox.settings,
    ...parsed.data,
    ...(replies
      ? { automaticRepliesSetting: { ...NO_REPLIES, ...mailbox.settings.automaticRepliesSetting, ...replies } }
      : {}),
  };
}
