/** Zone and language that a person set in Outlook. They move and travel, so it is read again every day. */
import { zoneOfMailbox } from '../calendar/custom-zone.ts';
import { type Clock, HOUR_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, Graph } from '../graph/port.ts';
import type { Logger } from '../log.ts';
import type { Person } from '../store/people.ts';

/** With the longest pause between two reads (6 h) nobody is planned in the wrong zone for longer than a day. */
export const PROFILE_KEPT_MS = 18 * HOUR_MS;

export interface Profile {
  /** IANA; undefined where Outlook doesn't say. */
  timeZone?: string;
  locale?: string;
}

function knownLocale(name: string | undefined): string | undefined {
  try {
    return name ? Intl.getCanonicalLocales(name)[0] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Undefined when it can't be had just now: then what is known stays, and the next read asks again. A token that is
 * refused is not this function's to hide.
 */
export async function readProfile(
  deps: { graph: Graph; clock: Clock; log: Logger },
  access: Access,
): Promise<Profile | undefined> {
  try {
    const settings = await deps.graph.readMailboxSettings(access);
    return { timeZone: zoneOfMailbox(settings, deps.clock.now()), locale: knownLocale(settings.locale) };
  } catch (err) {
    if (err instanceof CalendarWatchError && err.code === 'RECONNECT_NEEDED') throw err;
    const { tenantId, personId } = access;
    deps.log.warn({ tenantId, personId, err }, 'mailbox settings could not be read');
    // Not allowed to is not allowed to, also at the next read.
    return err instanceof GraphFailure && err.kind === 'forbidden' ? {} : undefined;
  }
}

export function isOther(person: Pick<Person, 'timeZone' | 'locale'>, profile: Profile): boolean {
  return (
    (profile.timeZone !== undefined && profile.timeZone !== person.timeZone) ||
    (profile.locale !== undefined && profile.locale !== person.locale)
  );
}
