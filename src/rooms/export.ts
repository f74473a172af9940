/** The report on rooms, from the database, and as a file. */
import { stringify } from 'csv-stringify/sync';
import { datesInput } from '../insights/export.ts';
import { type Period, periodBetween } from '../insights/period.ts';
import { bookingsBetween } from '../store/bookings.ts';
import { releasesBetween } from '../store/check-ins.ts';
import type { Database, Sql } from '../store/database.ts';
import { findPerson } from '../store/people.ts';
import { roomsOf } from '../store/rooms.ts';
import { type RoomReport, reportRows, roomReport } from './report.ts';

/** What lies ahead was not used yet. */
export async function reportOf(
  sql: Sql,
  tenantId: string,
  period: Pick<Period, 'from' | 'to'>,
  zone: string,
  now: number,
): Promise<RoomReport> {
  const span = { from: period.from, to: Math.max(period.from, Math.min(period.to, now)) };
  const rooms = await roomsOf(sql, tenantId);
  const bookings = await bookingsBetween(sql, tenantId, span.from, span.to);
  const released = await releasesBetween(sql, tenantId, span.from, span.to);
  return roomReport(rooms, bookings, released, { span, zone });
}

/** Made when it is fetched; days and hours are those of whoever asked. */
export async function roomsFile(
  database: Pick<Database, 'inTenant'>,
  { tenantId, personId, detail }: { tenantId: string; personId: string; detail: unknown },
  now: number,
): Promise<string> {
  const { startDate, endDate } = datesInput.parse(detail);
  return database.inTenant(tenantId, async (sql) => {
    const zone = (await findPerson(sql, tenantId, personId))?.timeZone ?? 'UTC';
    const report = await reportOf(sql, tenantId, periodBetween(startDate, endDate, zone), zone, now);
    return stringify(reportRows(report), { bom: true, escape_formulas: true, record_delimiter: 'windows' });
  });
}
