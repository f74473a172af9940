/** When rooms are used, as a picture: weekdays across, hours down, the darker the fuller. */
import { Chart, type ChartConfiguration, type ScriptableContext } from 'chart.js';
import { MatrixController, MatrixElement } from 'chartjs-chart-matrix';
import { drawPng, FONT, INK } from '../insights/chart/draw.ts';
import type { RoomReport } from './report.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const SIZE = { width: 420, height: 260 };
/** From a light to a dark blue: told apart by lightness alone. */
const LIGHT = [232, 235, 250] as const;
const DARK = [38, 40, 128] as const;
const UNUSED = '#ffffff';
/** Nights are left out: whoever meets then is no reason for another room. */
const DAY_FROM = 6;
const DAY_TO = 22;
/** Nobody tells more shades apart, and the picture stays small. */
const STEPS = 10;
/** With the words beside it within the 28 KB of a message. */
const MOST_BYTES = 11_500;

export interface HeatCell {
  weekday: string;
  /** "09" */
  hour: string;
  /** 0 to 1 */
  share: number;
  /** Outside working hours. */
  isBeyond?: true;
}

/** The working hours, and what else of the day was used. */
export function heatCells({ heat, working }: Pick<RoomReport, 'heat' | 'working'>): HeatCell[] {
  const isUsed = (weekday: number, hour: number) => (heat[weekday]?.[hour] ?? 0) >= 0.005;
  const isWorking = (weekday: number, hour: number) =>
    working.weekdays.includes(weekday) && hour >= working.fromHour && hour < working.toHour;
  const all = Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => hour >= DAY_FROM && hour < DAY_TO);
  const hours = all.filter(
    (hour) =>
      (hour >= working.fromHour && hour < working.toHour) || WEEKDAYS.some((_, weekday) => isUsed(weekday, hour)),
  );
  // The week begins on Monday, as reports do.
  const weekdays = [1, 2, 3, 4, 5, 6, 0].filter(
    (weekday) => working.weekdays.includes(weekday) || all.some((hour) => isUsed(weekday, hour)),
  );
  return hours.flatMap((hour) =>
    weekdays.map((weekday) => ({
      weekday: WEEKDAYS[weekday] ?? '',
      hour: String(hour).padStart(2, '0'),
      share: Math.min(1, heat[weekday]?.[hour] ?? 0),
      ...(isWorking(weekday, hour) ? {} : { isBeyond: true as const }),
    })),
  );
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

export function heatColor(share: number): string {
  if (share < 0.005) return UNUSED;
  const step = Math.ceil(Math.min(1, share) * STEPS) / STEPS;
  const mix = (index: 0 | 1 | 2) => Math.round(LIGHT[index] + (DARK[index] - LIGHT[index]) * step);
  return `rgb(${mix(0)}, ${mix(1)}, ${mix(2)})`;
}

/** For those who hear the card, and where no picture can be drawn: the fullest hours. */
export function heatWords(cells: readonly HeatCell[]): string {
  const fullest = [...cells].filter((one) => one.share >= 0.005).sort((a, b) => b.share - a.share);
  const words = fullest.slice(0, 3).map((one) => `${one.weekday} ${one.hour}:00 (${percent(one.share)})`);
  return words.length === 0 ? 'No room was used.' : `Fullest: ${words.join(', ')}.`;
}

/** Undefined where this machine can't draw, or the picture is too large to be sent. */
export function drawHeatMap(cells: readonly HeatCell[]): Buffer | undefined {
  const across = [...new Set(cells.map((one) => one.weekday))];
  const down = [...new Set(cells.map((one) => one.hour))];
  if (across.length === 0 || down.length === 0) return undefined;
  Chart.register(MatrixController, MatrixElement);
  const font = { family: FONT, size: 13 };
  const shareAt = (index: number) => cells[index]?.share ?? 0;
  const config: ChartConfiguration<'matrix'> = {
    type: 'matrix',
    data: {
      datasets: [
        {
          data: cells.map((one) => ({ x: one.weekday, y: one.hour })),
          backgroundColor: (point: ScriptableContext<'matrix'>) => heatColor(shareAt(point.dataIndex)),
          width: ({ chart }) => (chart.chartArea ? chart.chartArea.width / across.length - 3 : 1),
          height: ({ chart }) => (chart.chartArea ? chart.chartArea.height / down.length - 2 : 1),
        },
      ],
    },
    options: {
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: {
          type: 'category',
          labels: across,
          position: 'top',
          offset: true,
          grid: { display: false },
          border: { display: false },
          ticks: { color: INK, font },
        },
        y: {
          type: 'category',
          // From below: the morning is on top.
          labels: [...down].reverse(),

          offset: true,
          grid: { display: false },
          border: { display: false },
          ticks: { color: INK, font, autoSkip: true },
        },
      },
    },
  };
  const picture = drawPng(config, SIZE);
  return picture && picture.length <= MOST_BYTES ? picture : undefined;
}
