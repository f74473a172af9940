/** What rooms are used for: when, which most and least, what releases won back, what doesn't fit. */
import type { Message } from '../../delivery/message.ts';
import { type HeatCell, heatCells, heatWords } from '../../rooms/heat-map.ts';
import type { RoomReport, RoomUse } from '../../rooms/report.ts';
import { plural } from '../words.ts';
import type { Reader } from './meeting.ts';
import { clip, type Element, execute, kicker, line, message, plain, subtle, title } from './parts.ts';
import { periodWords } from './time.ts';
import { hoursWords } from './time-chart.ts';

/** data: {startDate, endDate} */
export const ROOMS_CSV = 'rooms.csv';

const SHOWN = 5;
const LONGEST_NAME = 50;

const hourWords = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

const percent = (share: number) => `${Math.round(share * 100)} %`;

const pictureOf = (cells: readonly HeatCell[], picture: Buffer | undefined): Element[] => {
  if (!picture) return [];
  return [
    {
      type: 'Image',
      url: `data:image/png;base64,${picture.toString('base64')}`,
      altText: `Use of rooms by weekday and hour. ${heatWords(cells)}`,
      size: 'stretch',
      spacing: 'Medium',
    },
  ];
};

const useRows = (head: string, uses: readonly RoomUse[]): Element[] =>
  uses.length === 0
    ? []
    : [
        line(`**${head}**`, { spacing: 'Medium' }),
        {
          type: 'FactSet',
          spacing: 'Small',
          facts: uses.map((one) => ({
            title: plain(one.room.name, LONGEST_NAME),
            value: `${percent(one.share)} · ${plural(one.meetings, 'meeting')}`,
          })),
        },
      ];

/** What somebody could act on; most first. */
function misfits(rooms: readonly RoomUse[]): string[] {
  const say = (pick: (one: RoomUse) => number, what: string) => {
    const [worst] = [...rooms].filter((one) => pick(one) > 0).sort((a, b) => pick(b) - pick(a));
    const all = rooms.reduce((sum, one) => sum + pick(one), 0);
    return worst
      ? [`**${plural(all, 'meeting')}** ${what}, most in ${plain(worst.room.name, LONGEST_NAME)} (${pick(worst)}).`]
      : [];
  };
  return [
    ...say((one) => one.tooLarge, 'had more people than seats'),
    ...say((one) => one.tooSmall, 'used less than a third of the seats'),
  ];
}

/** @param picture the heat map, where it was drawn */
export function roomReportCard(
  report: RoomReport,
  period: { startDate: string; endDate: string },
  reader: Reader,
  picture?: Buffer,
): Message {
  const { total, rooms, working } = report;
  const span = periodWords(period, reader);
  const head = `${percent(total.share)} of the time used`;
  const said = `${plural(total.meetings, 'meeting')} in ${plural(rooms.length, 'room')}, ${hoursWords(total.usedMs)} within working hours.`;
  const back =
    total.releases > 0 ? `**${hoursWords(total.wonBackMs)}** won back by ${plural(total.releases, 'release')}.` : '';
  const cells = heatCells(report);
  // Of rooms that nobody used at all there is no order.
  const ranked = total.meetings > 0 ? rooms : [];
  const most = ranked.slice(0, SHOWN);
  const least = ranked.slice(SHOWN).slice(-SHOWN).reverse();
  const notes = misfits(rooms);
  const { startDate, endDate } = period;
  const hours = `Mon to Fri, ${hourWords(working.fromHour)} to ${hourWords(working.toHour)}`;
  const isBeyond = cells.some((one) => one.isBeyond && one.share > 0);
  const beyond = isBeyond ? ' The hours by weekday show what was used beyond them, too.' : '';
  return message(
    [
      kicker('🚪', `Use of rooms · ${span}`),
      title(head),
      line([said, back].filter(Boolean).join(' ')),
      ...pictureOf(cells, picture),
      subtle(heatWords(cells)),
      ...useRows('Most used', most),
      ...useRows('Least used', least),
      ...notes.map((words) => line(words)),
      subtle(`Of working hours (${hours}, on your clock); only what I have seen since a room was added.${beyond}`, {
        spacing: 'Medium',
      }),
    ],
    {
      summary: `Use of rooms, ${span}: ${head}`,
      fallbackText: [
        `Use of rooms, ${span}: ${head}.`,
        said,
        back.replaceAll('**', ''),
        heatWords(cells),
        most.length > 0
          ? `Most used: ${most.map((one) => `${clip(one.room.name, LONGEST_NAME)} ${percent(one.share)}`).join('; ')}.`
          : '',
        ...notes.map((words) => words.replace(/[*\\]/g, '')),
      ]
        .filter(Boolean)
        .join(' '),
    },
    [execute('As a CSV file', ROOMS_CSV, { startDate, endDate })],
  );
}
