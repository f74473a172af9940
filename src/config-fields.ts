/** How a variable of the environment is read: blank is absent, text is trimmed, what is odd is named with its remedy. */
import { z } from 'zod';

export function isLoopback(url: string): boolean {
  try {
    return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
  } catch {
    return false;
  }
}

export const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const blankIsAbsent = (value: unknown) => (typeof value === 'string' && value.trim() === '' ? undefined : value);
export const trimmed = z.string().trim();
export const text = (remedy: string) =>
  z.preprocess(blankIsAbsent, trimmed.optional()).pipe(z.string({ required_error: remedy }));
export const optionalText = z.preprocess(blankIsAbsent, trimmed.optional());
export const guid = (remedy: string) => text(remedy).pipe(z.string().regex(GUID, 'must be a GUID'));
export const withoutSlash = (url: string) => url.replace(/\/+$/, '');
export const isUrl = (value: string) => URL.canParse(value);
export const optionalUrl = z.preprocess(
  blankIsAbsent,
  trimmed.refine(isUrl, 'must be an absolute URL').transform(withoutSlash).optional(),
);

export const wholeNumber = (least: number, most: number, standard: number) =>
  z.preprocess(blankIsAbsent, z.coerce.number().int().min(least).max(most).default(standard));
