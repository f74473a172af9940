/** time, time last week, time last month, time by person, time cost, time export csv: how one's own time was spent. */
import type { Message } from '../../delivery/message.ts';
import { GROUPINGS } from '../../insights/breakdown.ts';
import { PERIODS, type PeriodName, periodNamed } from '../../insights/period.ts';
import { workerOf } from '../../insights/report.ts';
import { findPerson } from '../../store/people.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import type { TimeView } from '../cards/time.ts';
import type { Services, Turn } from '../services.ts';
import { showTime } from '../time.ts';
import type { Command } from './command.ts';
import { linkToFile } from './export.ts';

const USAGE =
  'Say **time**, **time last week**, **time last month**, **time by person** (or **series**, **category**), **time cost**, **time export csv** (or **ics**).';

const WISH = new RegExp(
  `^(?:by (?<by>${GROUPINGS.join('|')})|(?<cost>costs?)|export(?: (?<form>csv|ics))?)?(?: ?(?:for |of )?(?<period>${PERIODS.join('|')}))?$`,
);

type Wish = { period: PeriodName } & ({ view: TimeView } | { file: 'time' | 'calendar' });

/** Undefined for what is no wish that we know. */
export function timeWish(rest: string): Wish | undefined {
  const groups = WISH.exec(rest.trim().replace(/\s+/g, ' '))?.groups;
  if (!groups) return undefined;
  const period = (groups.period ?? 'this week') as PeriodName;
  if (rest.startsWith('export')) return { period, file: groups.form === 'ics' ? 'calendar' : 'time' };
  if (groups.cost) return { period, view: 'cost' };
  return { period, view: (groups.by as TimeView | undefined) ?? 'figures' };
}

async function linkFor(services: Services, turn: Turn, name: PeriodName, file: 'time' | 'calendar'): Promise<Message> {
  const { tenantId, personId } = turn;
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  if (!person || person.watch === 'off') return notWatching();
  const { startDate, endDate } = periodNamed(name, services.clock.now(), workerOf(person));
  return linkToFile(services, turn, file, { startDate, endDate });
}

export const time: Command = {
  name: 'time',
  aliases: ['my time'],
  usage: 'time',
  help: 'hours in meetings and for focus; “time last month”, “time by person”, “time cost”, “time export csv”, “time weekly on”',
  group: 'calendar',
  async run(services, turn, rest) {
    const wish = timeWish(rest);
    if (!wish) return sentence(`I don’t know “time ${plain(rest, 60)}”. ${USAGE}`);
    if ('file' in wish) return linkFor(services, turn, wish.period, wish.file);
    return showTime(services, turn, wish.view, (person) =>
      periodNamed(wish.period, services.clock.now(), workerOf(person)),
    );
  },
};
