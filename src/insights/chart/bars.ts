/** Hours by day or week as a picture: in working hours below, after hours on top. */
import { HOUR_MS } from '../../clock.ts';
import { drawPng, FONT, GRID, INK } from './draw.ts';

export interface Bar {
  label: string;
  inHoursMs: number;
  afterHoursMs: number;
}

const SIZE = { width: 480, height: 220 };
/** Told apart by lightness too, for who sees no hue. */
const IN_HOURS = '#5b5fc7';
const AFTER_HOURS = '#e8825d';

const hours = (ms: number) => Math.round((ms / HOUR_MS) * 100) / 100;

export function drawBars(bars: readonly Bar[]): Buffer | undefined {
  const highest = Math.max(...bars.map((bar) => bar.inHoursMs + bar.afterHoursMs));
  const font = { family: FONT, size: 13 };
  return drawPng(
    {
      type: 'bar',
      data: {
        labels: bars.map((bar) => bar.label),
        datasets: [
          { label: 'In working hours', data: bars.map((bar) => hours(bar.inHoursMs)), backgroundColor: IN_HOURS },
          { label: 'After hours', data: bars.map((bar) => hours(bar.afterHoursMs)), backgroundColor: AFTER_HOURS },
        ],
      },
      options: {
        datasets: { bar: { maxBarThickness: 40 } },
        plugins: {
          legend: { position: 'bottom', labels: { color: INK, boxWidth: 12, boxHeight: 12, font } },
          tooltip: { enabled: false },
        },
        scales: {
          x: { stacked: true, grid: { display: false }, ticks: { color: INK, font }, border: { color: GRID } },
          y: {
            stacked: true,
            beginAtZero: true,
            suggestedMax: Math.max(1, Math.ceil(highest / HOUR_MS)),
            grid: { color: GRID },
            border: { display: false },
            ticks: { color: INK, font, maxTicksLimit: 5, precision: 0, callback: (value) => `${value} h` },
          },
        },
      },
    },
    SIZE,
  );
}
