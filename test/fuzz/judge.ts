/** What is wrong with an answer, or with what was logged meanwhile. */
import { MARK, PLANTED_HEADER } from './hostile.ts';
import type { FuzzAnswer } from './send.ts';

export type Fault = 'exception' | 'serverError' | 'reflected' | 'internals' | 'logged' | 'leaked' | 'noAnswer';

export interface Finding {
  fault: Fault;
  what: string;
}

/** What a library or the machine says of itself. */
const INTERNALS =
  /\n\s+at \S|node_modules|\.(?:ts|js):\d+|(?:Type|Range|Reference|Syntax)Error|ZodError|ECONN[A-Z]+|Cannot read prop|is not a function|relation "|invalid input syntax|violates|pg_|cw\.\w+ /;

/** Raw, as no answer of ours may hold it; escaped it is harmless. */
const RAW_MARKUP = /<fz|<script|<svg|<img/i;

function reflected({ headers, text }: FuzzAnswer): string | undefined {
  if (PLANTED_HEADER in headers) return 'a header from a value';
  const type = (headers['content-type'] ?? '').toLowerCase();
  const isJson = /^application\/(?:[\w.]+\+)?json/.test(type);
  if (RAW_MARKUP.test(text) && !isJson) return `markup in an answer of ${type || 'no type'}`;
  if (isJson && text !== '' && headers['x-content-type-options'] !== 'nosniff')
    return 'JSON that a browser may take for a page';
  if (type.includes('html') && !(headers['content-security-policy'] ?? '').includes("default-src 'none'"))
    return 'a page without a policy';
  if (type.includes('html') && text.includes(MARK)) return 'words of a stranger on a page';
  if (type.includes('script')) return 'a script';
  if (!isJson && type.includes('plain') && headers['x-content-type-options'] !== 'nosniff')
    return 'text that a browser may take for a page';
  return undefined;
}

export function judgeAnswer(answer: FuzzAnswer): Finding[] {
  const found: Finding[] = [];
  if (answer.status >= 500) found.push({ fault: 'serverError', what: `${answer.status} ${answer.text.slice(0, 200)}` });
  const back = reflected(answer);
  if (back) found.push({ fault: 'reflected', what: `${back}: ${answer.text.slice(0, 200)}` });
  const inside = INTERNALS.exec(answer.text);
  if (inside) found.push({ fault: 'internals', what: `${inside[0]} in ${answer.text.slice(0, 300)}` });
  return found;
}

/** Said on purpose by who threw them; all other names are somebody's mistake, caught or not. */
const FORESEEN = new Set(['CalendarWatchError', 'GraphFailure', 'AuthenticationError', 'RestError']);

export function judgeLogLine(line: string): Finding | undefined {
  if (line.includes(MARK)) return { fault: 'leaked', what: line.slice(0, 400) };
  const read = JSON.parse(line) as { level: number; msg?: string; err?: { name?: string; status?: number } };
  if (read.level >= 50) return { fault: 'logged', what: line.slice(0, 500) };
  const name = read.err?.name;
  const isRefused = read.level < 50 && read.err?.status === 401;
  if (name !== undefined && !FORESEEN.has(name) && !isRefused) return { fault: 'logged', what: line.slice(0, 500) };
  return undefined;
}
