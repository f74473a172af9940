/** Tenants, people, chats and nudges that ledger, connector and bench can name without telling each other. */

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
const digits = (value: number, count: number) => String(value).padStart(count, '0');

export const tenantIdOf = (tenant: number) => `be4e0000-0000-4000-8000-${hex(tenant, 12)}`;

/** As long as Teams' own ("a:1…"); who it is with can be read from it. SQL says the same (ledger-seed.ts). */
export const CHAT_FILLER = 'bQ3v0Zk8sXy2LrT9mWfHc4NjPd6UaGe1Oi7VtKqBzSxYlRuEwMnJhFgDpCoA5I';
const CHAT_ID = /a(?::|%3A)1t(\d{4})p(\d{7})/i;

/** Whose chat a path of the connector is about. */
export function chatIn(path: string): { tenant: number; person: number } | undefined {
  const found = CHAT_ID.exec(path);
  return found ? { tenant: Number(found[1]), person: Number(found[2]) } : undefined;
}

/** In the subject of each meeting, so in its card: by it the connector tells one nudge from another. */
export const MARK = 'cwbench';
export const MARK_DIGITS = 7;
export const markOf = (nudge: number) => `${MARK}${digits(nudge, MARK_DIGITS)}`;

/** Which nudge a body tells of; -1: none that we know. */
export function nudgeIn(body: Buffer): number {
  const start = body.indexOf(MARK);
  if (start === -1) return -1;
  const number = Number(body.toString('latin1', start + MARK.length, start + MARK.length + MARK_DIGITS));
  return Number.isInteger(number) ? number : -1;
}
