/** rooms report, rooms report last month: what rooms are used for. For admins; of whose meetings it is says nothing. */
import { PERIODS, type PeriodName, periodNamed } from '../../insights/period.ts';
import { workerOf } from '../../insights/report.ts';
import { reportOf } from '../../rooms/export.ts';
import { drawHeatMap, heatCells } from '../../rooms/heat-map.ts';
import { findPerson } from '../../store/people.ts';
import { sentence } from '../cards/answers.ts';
import { roomReportCard } from '../cards/room-report.ts';
import { requireAdmin } from '../choosing.ts';
import { noRooms } from '../finding-rooms.ts';
import type { Command } from './command.ts';

const isPeriod = (words: string): words is PeriodName => (PERIODS as readonly string[]).includes(words);

export const roomsReport: Command = {
  name: 'rooms report',
  usage: 'rooms report',
  help: 'what rooms are used for, last week; “rooms report last month”',
  group: 'admin',
  isDetail: true,
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    const name = rest.replace(/^(?:for |of )/, '') || 'last week';
    if (!isPeriod(name))
      return sentence('Say **rooms report**, **rooms report this week** or **rooms report last month**.');
    const { tenantId, personId } = turn;
    const now = services.clock.now();
    return services.database.inTenant(tenantId, async (sql) => {
      const person = await findPerson(sql, tenantId, personId);
      const worker = workerOf({
        timeZone: person?.timeZone ?? turn.timeZone,
        workingHours: person?.workingHours ?? null,
      });
      const period = periodNamed(name, now, worker);
      const report = await reportOf(sql, tenantId, period, worker.timeZone, now);
      if (report.rooms.length === 0) return noRooms(true);
      return roomReportCard(report, period, person ?? turn, drawHeatMap(heatCells(report)));
    });
  },
};
