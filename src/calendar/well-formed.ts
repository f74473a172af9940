/**
 * Foreign text as PostgreSQL can keep it: no NUL, no half of a character (cutting at a length leaves one). One such
 * letter in an invitation would stop the mailbox that it was sent to.
 */
const HALVES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const text = (value: string) => value.replaceAll('\0', '').replace(HALVES, '\ufffd');

/** The same for every string in it. */
export function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return text(value) as T;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, wellFormed(field)])) as T;
}
