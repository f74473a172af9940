/**
 * Draws the two icons of the app package: a calendar leaf with a clock face, the hands of which form a check mark.
 * The drawing is code, so it can be changed without a design tool. Run it after a change; a test compares the result
 * with the files in appPackage.
 *
 *   npx tsx scripts/draw-icons.ts
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';

/** Eight bits a channel, not premultiplied, row by row. */
export interface Bitmap {
  size: number;
  rgba: Uint8Array;
}

type Colour = readonly [red: number, green: number, blue: number];
/** Whether a point, in pixels from the top left corner, lies inside. */
type Shape = (x: number, y: number) => boolean;
/** A layer's colour may depend on the height, for a gradient from top to bottom. */
interface Layer {
  shape: Shape;
  colour: (y: number) => Colour;
}

/** Samples along each side of a pixel: 64 in all, so an edge has 65 levels. */
const SAMPLES = 8;

const BLUE_TOP: Colour = [0x3f, 0x56, 0xd6];
const BLUE_BOTTOM: Colour = [0x24, 0x32, 0x91];
const INK: Colour = [0x26, 0x34, 0x94];
const AMBER: Colour = [0xff, 0xb3, 0x3f];
const GREEN: Colour = [0x0f, 0x9d, 0x76];
const PAPER: Colour = [0xff, 0xff, 0xff];
const WHITE: Colour = [0xff, 0xff, 0xff];

const everywhere: Shape = () => true;

function roundedBox(left: number, top: number, right: number, bottom: number, radius: number): Shape {
  return (x, y) => {
    if (x < left || x > right || y < top || y > bottom) return false;
    const dx = Math.max(left + radius - x, x - (right - radius), 0);
    const dy = Math.max(top + radius - y, y - (bottom - radius), 0);
    return dx * dx + dy * dy <= radius * radius;
  };
}

function disc(cx: number, cy: number, radius: number): Shape {
  return (x, y) => (x - cx) ** 2 + (y - cy) ** 2 <= radius * radius;
}

function ring(cx: number, cy: number, outer: number, width: number): Shape {
  return without(disc(cx, cy, outer), disc(cx, cy, outer - width));
}

/** A line with round ends. */
function stroke(x1: number, y1: number, x2: number, y2: number, width: number): Shape {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const lengthSquared = dx * dx + dy * dy;
  return (x, y) => {
    const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / lengthSquared));
    return (x - x1 - along * dx) ** 2 + (y - y1 - along * dy) ** 2 <= (width / 2) ** 2;
  };
}

function union(...shapes: Shape[]): Shape {
  return (x, y) => shapes.some((shape) => shape(x, y));
}

function both(a: Shape, b: Shape): Shape {
  return (x, y) => a(x, y) && b(x, y);
}

function without(a: Shape, b: Shape): Shape {
  return (x, y) => a(x, y) && !b(x, y);
}

const above =
  (edge: number): Shape =>
  (_x, y) =>
    y <= edge;

function flat(shape: Shape, colour: Colour): Layer {
  return { shape, colour: () => colour };
}

/** The share of a pixel's samples that lie inside, 0 to 1. */
function coverage(shape: Shape, column: number, row: number): number {
  let inside = 0;
  for (let j = 0; j < SAMPLES; j++) {
    for (let i = 0; i < SAMPLES; i++) {
      if (shape(column + (i + 0.5) / SAMPLES, row + (j + 0.5) / SAMPLES)) inside++;
    }
  }
  return inside / (SAMPLES * SAMPLES);
}

/** Paints opaque layers over one another; the first has to cover everything. */
function paint(size: number, layers: Layer[]): Bitmap {
  const rgba = new Uint8Array(size * size * 4);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let pixel: Colour = [0, 0, 0];
      for (const layer of layers) {
        const share = coverage(layer.shape, column, row);
        if (share === 0) continue;
        const over = layer.colour(row + 0.5);
        pixel = mix(pixel, over, share);
      }
      rgba.set([...pixel.map(Math.round), 255], (row * size + column) * 4);
    }
  }
  return { size, rgba };
}

function mix(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** White where the shape is, transparent elsewhere: Teams tints the outline icon itself. */
function stencil(size: number, shape: Shape): Bitmap {
  const rgba = new Uint8Array(size * size * 4).fill(255);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      rgba[(row * size + column) * 4 + 3] = Math.round(coverage(shape, column, row) * 255);
    }
  }
  return { size, rgba };
}

/** 192 by 192. Teams crops the corners itself, so the ground fills the square and the motif keeps clear of the edge. */
export function drawColour(): Bitmap {
  const size = 192;
  const leaf = roundedBox(38, 42, 154, 158, 17);
  const cx = 96;
  const cy = 117;
  const ticks = [0, 90, 180, 270].map((degrees) => {
    const sin = Math.sin((degrees * Math.PI) / 180);
    const cos = Math.cos((degrees * Math.PI) / 180);
    return stroke(cx + sin * 24, cy - cos * 24, cx + sin * 25.5, cy - cos * 25.5, 3.6);
  });
  return paint(size, [
    { shape: everywhere, colour: (y) => mix(BLUE_TOP, BLUE_BOTTOM, y / size) },
    // A soft step of darker blue under the leaf, so that it lies on the ground and is not pasted into it.
    flat(roundedBox(38, 48, 154, 164, 17), BLUE_BOTTOM),
    flat(leaf, PAPER),
    flat(both(leaf, above(74)), AMBER),
    flat(union(stroke(70, 33, 70, 52, 15), stroke(122, 33, 122, 52, 15)), BLUE_TOP),
    flat(union(stroke(70, 33, 70, 52, 8), stroke(122, 33, 122, 52, 8)), WHITE),
    flat(ring(cx, cy, 34, 5.5), INK),
    flat(union(...ticks), INK),
    flat(union(stroke(94, 124, 82.5, 111, 9), stroke(94, 124, 111, 101.5, 8)), GREEN),
    // The pin the hands turn on: without it the mark reads as a tick in a circle.
    flat(disc(94, 123.4, 2.3), PAPER),
  ]);
}

/** 32 by 32, for places where Teams shows a single colour. The clock sits on the leaf's corner to stay legible. */
export function drawOutline(): Bitmap {
  const leaf = without(roundedBox(3, 5, 26, 27, 4), roundedBox(5, 7, 24, 25, 2));
  const header = both(roundedBox(3, 5, 26, 27, 4), above(11));
  const rings = union(stroke(9, 3, 9, 6.5, 2), stroke(20, 3, 20, 6.5, 2));
  const ringGaps = union(stroke(9, 3, 9, 6.5, 4), stroke(20, 3, 20, 6.5, 4));
  const clock = ring(21.5, 21.5, 8.5, 2);
  const clockGap = disc(21.5, 21.5, 10);
  const check = union(stroke(20.6, 24, 18, 21.2, 2), stroke(20.6, 24, 25, 18.6, 2));
  const page = without(without(union(leaf, header), ringGaps), clockGap);
  return stencil(32, union(page, rings, clock, check));
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PNG file: RGBA, eight bits a channel, not interlaced, no row filter. */
export function encodePng({ size, rgba }: Bitmap): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let row = 0; row < size; row++) {
    rows.set(rgba.subarray(row * size * 4, (row + 1) * size * 4), row * (size * 4 + 1) + 1);
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = path.join(import.meta.dirname, '..', 'appPackage');
  writeFileSync(path.join(folder, 'color.png'), encodePng(drawColour()));
  writeFileSync(path.join(folder, 'outline.png'), encodePng(drawOutline()));
}
