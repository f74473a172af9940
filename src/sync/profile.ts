/** Zone and language that a person set in Outlook. They move and travel, so it is read again every day. */
import { zoneOfMailbox } from '../calendar/custom-zone.ts';
import { type Clock, DAY_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import type { Access, Graph } from '../graph/port.ts';
import type { Logger } from '../log.ts';
import type { Person } from '../store/people.ts';

export const PROFILE_KEPT_MS = DAY_MS;

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

/** What can't be had is left out: then what is known stays. A token that is refused is not this function's to hide. */
export async function readProfile(deps: { graph: Graph; clock: Clock; log: Logger }, access: Access): Promise<Profile> {
  try {
    const settings = await deps.graph.readMailboxSettings(access);
    return { timeZone: zoneOfMailbox(settings, deps.clock.now()), locale: knownLocale(settings.locale) };
  } catch (err) {
    if (err instanceof CalendarWatchError && err.code === 'RECONNECT_NEEDED') throw err;
    const { tenantId, personId } = access;
    deps.log.warn({ tenantId, personId, err }, 'mailbox settings could not be read');
    return {};
  }
}

export function isOther(person: Pick<Person, 'timeZone' | 'locale'>, profile: Profile): boolean {
  return (
    (profile.timeZone !== undefined && profile.timeZone !== person.timeZone) ||
    (profile.locale !== undefined && profile.locale !== person.locale)
  );
}
