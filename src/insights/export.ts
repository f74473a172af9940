/** The file behind a link that somebody asked for with “time export”: of the days that the link says. */
import { z } from 'zod';
import type { Database } from '../store/database.ts';
import { eventsBetween } from '../store/events.ts';
import { findPerson } from '../store/people.ts';
import { timeCalendar, timeCsv } from './files.ts';
import { periodBetween } from './period.ts';
import { workerOf } from './report.ts';

const day = z.string().regex(/^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/);
export const datesInput = z.object({ startDate: day, endDate: day });
export type Dates = z.infer<typeof datesInput>;

/** Made when it is fetched: the calendar as it is then. */
export async function timeFile(
  database: Pick<Database, 'inTenant'>,
  { tenantId, personId, detail }: { tenantId: string; personId: string; detail: unknown },
  kind: 'time' | 'calendar',
  now: number,
): Promise<string> {
  const { startDate, endDate } = datesInput.parse(detail);
  return database.inTenant(tenantId, async (sql) => {
    const person = await findPerson(sql, tenantId, personId);
    if (!person) return '';
    const period = periodBetween(startDate, endDate, person.timeZone);
    const events = await eventsBetween(sql, tenantId, personId, period.from, period.to);
    return kind === 'time' ? timeCsv(events, period, workerOf(person)) : timeCalendar(events, period, now);
  });
}
