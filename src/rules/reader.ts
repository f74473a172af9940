/** Whose calendar a rule looks at, as far as the database knows. */
import type { Sql } from '../store/database.ts';
import { feedsOf } from '../store/feeds.ts';
import type { Person } from '../store/people.ts';
import type { Reader } from './match.ts';
import type { RuleSpec } from './rule.ts';

/** Names of calendars are read for rules that speak of them. */
export async function readerOf(
  sql: Sql,
  person: Pick<Person, 'tenantId' | 'personId' | 'address' | 'timeZone' | 'kind'>,
  specs: readonly RuleSpec[],
): Promise<Reader> {
  const { tenantId, personId, address, timeZone, kind } = person;
  const isNamed = specs.some((spec) => spec.which.calendar !== undefined);
  const feeds = isNamed ? await feedsOf(sql, tenantId, personId) : [];
  const calendars = new Map(feeds.map((feed) => [feed.calendarId, feed.name]));
  return { address, timeZone, isRoom: kind === 'room', calendars };
}
