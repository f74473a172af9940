/**
 * What a person set in Outlook: zone, language, working hours, automatic replies. They move and travel, so it is read
 * again every day.
 */
import { zoneOfMailbox } from '../calendar/custom-zone.ts';
import { isSame } from '../calendar/same.ts';
import type { WorkingHours } from '../calendar/working-hours.ts';
import { type Clock, HOUR_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, AutomaticReplies, Graph } from '../graph/port.ts';
import type { Logger } from '../log.ts';
import type { Span } from '../nudges/nudge.ts';
import type { Person } from '../store/people.ts';

/** With the longest pause between two reads (6 h) nobody is planned in the wrong zone for longer than a day. */
export const PROFILE_KEPT_MS = 18 * HOUR_MS;

/** Who is back from a holiday and switched automatic replies off wants to hear of their meetings. */
const AWAY_LOOKED_AT_MS = HOUR_MS;

/** For how long what was read holds. */
export const profileKeptMs = ({ away }: Pick<Person, 'away'>, now: number): number =>
  away && away.from <= now && now < away.to ? AWAY_LOOKED_AT_MS : PROFILE_KEPT_MS;

/** Automatic replies without an end count until they were surely looked at again. */
export const AWAY_KEPT_MS = PROFILE_KEPT_MS + 8 * HOUR_MS;

/** Undefined where Outlook doesn't say. */
export interface Profile {
  /** IANA */
  timeZone?: string;
  locale?: string;
  workingHours?: WorkingHours;
  /** Null: automatic replies are off. */
  away?: Span | null;
}

function awayOf(replies: AutomaticReplies | undefined, now: number): Pick<Profile, 'away'> {
  if (replies === undefined) return {};
  if (replies === 'off') return { away: null };
  return { away: replies === 'on' ? { from: 0, to: now + AWAY_KEPT_MS } : replies };
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
    const now = deps.clock.now();
    return {
      timeZone: zoneOfMailbox(settings, now),
      locale: knownLocale(settings.locale),
      ...(settings.workingHours ? { workingHours: settings.workingHours } : {}),
      ...awayOf(settings.automaticReplies, now),
    };
  } catch (err) {
    if (err instanceof CalendarWatchError && err.code === 'RECONNECT_NEEDED') throw err;
    const { tenantId, personId } = access;
    deps.log.warn({ tenantId, personId, err }, 'mailbox settings could not be read');
    // Not allowed to is not allowed to, also at the next read.
    return err instanceof GraphFailure && err.kind === 'forbidden' ? {} : undefined;
  }
}

export function isOther(
  person: Pick<Person, 'timeZone' | 'locale' | 'workingHours' | 'away'>,
  profile: Profile,
): boolean {
  const { timeZone, locale, workingHours, away } = profile;
  return (
    (timeZone !== undefined && timeZone !== person.timeZone) ||
    (locale !== undefined && locale !== person.locale) ||
    (workingHours !== undefined && !isSame(workingHours, person.workingHours)) ||
    (away !== undefined && !isSame(away, person.away))
  );
}
