/**
 * Looks through all that was logged in a run of tests for what no log may hold: what the tests planted (subjects, places,
 * addresses, secrets: test/support/canaries.ts writes them down as each product ends), and what looks like a secret.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PATTERNS: readonly [string, RegExp][] = [
  ['a JWT', /eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['a refresh token', /refresh_token(?!\\?":\\?"\[redacted\])|"rt[._-]\w{10,}/],
  ['a bearer token', /Bearer [\w.~+/-]{8,}/],
  ['an e-mail address', /[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.(?:example|com|org|net|invalid)\b/i],
  ['a phone number', /"[^"]*\+[1-9]\d{8,14}\b/],
  ['a link with a secret', /[?&](?:state|code|t|key|sig|validationToken)=[^"&\s]{4,}/],
  ['a whole connection string', /postgres(?:ql)?:\/\/[^"\s]*:[^"\s]*@|accesskey=/i],
];

/** Where one is right, and why. */
export const ALLOWED: readonly { line: RegExp; why: string }[] = [
  { line: /node_modules\/@[\w-]+\//, why: 'a scoped package in the place where an error was thrown' },
];

/** Shorter ones are words of every day. */
const LEAST_LENGTH = 8;
const MOST_SHOWN = 10;

export interface Looked {
  files: number;
  lines: number;
  planted: number;
  /** What kind it was and where, without the secret itself. */
  found: string[];
}

function filesIn(directory: string, ending: RegExp): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => ending.test(name))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function plantedIn(directory: string): Map<string, Set<string>> {
  const byStart = new Map<string, Set<string>>();
  for (const file of filesIn(directory, /^planted-.*\.json$/))
    for (const one of JSON.parse(readFileSync(file, 'utf8')) as string[]) {
      if (one.length < LEAST_LENGTH) continue;
      const start = one.slice(0, LEAST_LENGTH);
      byStart.set(start, (byStart.get(start) ?? new Set()).add(one));
    }
  return byStart;
}

/** One pass over the text, however much was planted. */
function plantedAt(line: string, byStart: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  for (let at = 0; at + LEAST_LENGTH <= line.length; at += 1) {
    const candidates = byStart.get(line.slice(at, at + LEAST_LENGTH));
    if (candidates) for (const one of candidates) if (line.startsWith(one, at)) return one;
  }
  return undefined;
}

/** Lines differ in their times and ids; what is the same without these is looked at once. */
const bare = (line: string) => line.replace(/"(?:time|correlationId|nudgeId|tenantId|personId)":"[^"]*",?/g, '');

export function lookForCanaries(directory: string, more: readonly string[] = []): Looked {
  const byStart = plantedIn(directory);
  const seen = new Set<string>();
  const looked: Looked = {
    files: 0,
    lines: 0,
    planted: [...byStart.values()].reduce((sum, words) => sum + words.size, 0),
    found: [],
  };
  for (const file of [...filesIn(directory, /\.log$/), ...more]) {
    looked.files += 1;
    for (const whole of readFileSync(file, 'utf8').split('\n')) {
      if (whole === '') continue;
      looked.lines += 1;
      const line = bare(whole);
      if (seen.has(line)) continue;
      seen.add(line);
      if (ALLOWED.some((one) => one.line.test(line)) && !/eyJ/.test(line)) continue;
      const planted = plantedAt(line, byStart);
      const pattern = PATTERNS.find(([, expression]) => expression.test(line))?.[0];
      const what = planted === undefined ? pattern : `“${planted}”, which a test planted`;
      if (what) looked.found.push(`${what}: ${line.slice(0, 400)}`);
    }
  }
  return looked;
}

/** What is shown at the end of a run. */
export function reportCanaries({ files, lines, planted, found }: Looked): string {
  const head = `canaries: ${files} files, ${lines} lines, ${planted} planted, ${found.length} found`;
  return [head, ...found.slice(0, MOST_SHOWN).map((one) => `  ${one}`)].join('\n');
}
