/**
 * Pictures of charts, for clients that draw none themselves: chart.js on Skia, with a font of our own, so that every
 * machine draws the same. Drawing is one call that does not return before it is done, so one is drawn at a time.
 */
import { createRequire } from 'node:module';
import { Chart, type ChartConfiguration, type ChartTypeRegistry, registerables } from 'chart.js';

type CanvasLibrary = typeof import('@napi-rs/canvas');

const require = createRequire(import.meta.url);
export const FONT = 'Calendar Watch Inter';
const FONT_FILES = ['inter-latin-400-normal.woff', 'inter-latin-600-normal.woff'];
const MOST_WIDTH = 600;
const MOST_HEIGHT = 300;

/** A panel of its own behind everything: the same letters can't be read on Teams' white and on its dark grey. */
export const INK = '#3b3a39';
export const GRID = '#d8d8d8';
const PANEL = '#f5f5f5';

let library: CanvasLibrary | null | undefined;

/** Null where the machine has none: an image without optional packages. Loaded with the first picture, for it is large. */
function canvasLibrary(): CanvasLibrary | null {
  if (library !== undefined) return library;
  try {
    const loaded = require('@napi-rs/canvas') as CanvasLibrary;
    for (const file of FONT_FILES)
      loaded.GlobalFonts.registerFromPath(require.resolve(`@fontsource/inter/files/${file}`), FONT);
    Chart.register(...registerables);
    library = loaded;
  } catch {
    library = null;
  }
  return library;
}

/** A PNG; undefined where this machine can't draw. The font has Latin letters alone. */
export function drawPng<T extends keyof ChartTypeRegistry>(
  config: ChartConfiguration<T>,
  { width, height }: { width: number; height: number },
): Buffer | undefined {
  const drawing = canvasLibrary();
  if (!drawing) return undefined;
  const canvas = drawing.createCanvas(Math.min(width, MOST_WIDTH), Math.min(height, MOST_HEIGHT));
  const panel = {
    id: 'panel',
    beforeDraw({ ctx, width, height }: Chart) {
      ctx.save();
      ctx.fillStyle = PANEL;
      ctx.fillRect(0, 0, width, height);
      ctx.restore();
    },
  };
  const chart = new Chart(
    canvas as never,
    {
      ...config,
      options: {
        ...config.options,
        animation: false,
        responsive: false,
        devicePixelRatio: 1,
        color: INK,
        font: { family: FONT, size: 13 },
        layout: { padding: 12 },
      },
      plugins: [...(config.plugins ?? []), panel],
    } as ChartConfiguration,
  );
  try {
    return canvas.toBuffer('image/png');
  } finally {
    chart.destroy();
  }
}
