/** /mailboxSettings: what Exchange knows of a person's zone, hours, language and formats. */
import type { MailboxSettings } from '@microsoft/microsoft-graph-types';
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
      timeZone: z.object({ name: z.string() }).passthrough(),
    }),
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
    automaticRepliesSetting: {
      status: 'disabled',
      externalAudience: 'all',
      internalReplyMessage: '',
      externalReplyMessage: '',
      scheduledStartDateTime: { dateTime: '2026-01-01T00:00:00.0000000', timeZone: 'UTC' },
      scheduledEndDateTime: { dateTime: '2026-01-02T00:00:00.0000000', timeZone: 'UTC' },
    },
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

/** Takes over what a client (or control) changes; 400 for a zone that Exchange would not know. */
export function patchMailboxSettings(mailbox: Mailbox, json: unknown): void {
  const parsed = patchSchema.safeParse(json);
  if (!parsed.success) throw badRequest('RequestBodyRead', 'The mailbox settings are not readable.');
  const { timeZone, workingHours } = parsed.data;
  if (timeZone !== undefined) requireZone(timeZone);
  if (workingHours) requireZone(workingHours.timeZone.name);
  mailbox.settings = { ...mailbox.settings, ...parsed.data };
}
