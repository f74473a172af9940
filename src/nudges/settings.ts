/** What a person may choose. Read leniently: a value that makes no sense any more falls back, it never stops a plan. */
import { z } from 'zod';
import { MINUTE_MS } from '../clock.ts';

const minutes = (least: number, most: number) => z.number().int().min(least).max(most);

const schema = z.object({
  /** Minutes before the start, most first. */
  remindMinutes: z
    .array(minutes(0, 24 * 60))
    .max(5)
    .catch(() => [15])
    .default(() => [15]),
  /** Spare time on top of the way. */
  spareMinutes: minutes(0, 120).catch(7).default(7),
});

export type Settings = z.infer<typeof schema>;

export function readSettings(stored: unknown): Settings {
  const read = schema.safeParse(stored ?? {});
  return read.success ? read.data : schema.parse({});
}

export const DEFAULT_SETTINGS: Settings = schema.parse({});

/** Delivery may send up to this much early, to spread a storm; never late. */
export const EARLINESS_MS = 8 * MINUTE_MS;
