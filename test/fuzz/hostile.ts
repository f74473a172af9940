/** Values nobody should send: every draw from one stream of chance, so that a seed says them again. */
import type { Chance } from '../simulation/chance.ts';

/** In all hostile texts that could be shown or logged: where it comes back raw, something is wrong. */
export const MARK = 'Fzc4nary';
export const MARKUP = `<fz ${MARK}>`;
/** A header of this name in an answer came from us, through what should have been a value. */
export const PLANTED_HEADER = 'x-fz';

const LONG = 1_000_000;

const TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  `a\0${MARK}`,
  '\ud800',
  `${MARK}\udc00\ud800`,
  '\ufeff',
  '\u202e\u2066',
  MARKUP,
  `"><script>alert('${MARK}')</script>`,
  `${MARKUP}<!--`,
  `' or 1=1; drop table cw.person; -- ${MARK}`,
  `\${7*7}{{7*7}}%s%n ${MARK}`,
  `../../../etc/passwd`,
  `[x](javascript:alert(1)) ![${MARK}](https://${MARK}.invalid/a.png)`,
  `${MARK}\r\nX-Fz: 1\r\n\r\n<fz>`,
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'NaN',
  '-0',
  '1e400',
  'true',
  'null',
  '{"a":1}',
  '[]',
  '9007199254740993',
  '２０',
  '🦑👩‍👩‍👧‍👦',
  'İıſK',
  '2026-02-30T25:61:61Z',
  '0000-00-00',
  '+275760-09-13T00:00:00.001Z',
  'Mars/Olympus',
  'Europe/Berlin',
  'a@b',
  `${MARK}@test.example`,
  '+00000000',
  'http://169.254.169.254/latest',
  'file:///etc/passwd',
  '%00%0d%0a%ff',
  '%',
];

/** What objects have by themselves, as somebody’s data. */
const STRANGE = `{"toString":"x","valueOf":null,"then":"${MARK}","toJSON":1,"length":-1,"constructor":{"prototype":{}}}`;

const NUMBERS = [0, -0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 31, -(2 ** 63), 1e-320, 8.64e15 + 1, 4_294_967_296];

/** Some length, usually short: long ones are rare, or nothing else would fit into the time. */
export function text(chance: Chance): string {
  if (chance.hits(0.75)) return chance.pick(TEXTS) ?? '';
  if (chance.hits(0.04))
    return (chance.pick(['a', '\u0000', 'é', '<', '1 ', '((', ' \t', '𝕏']) ?? 'a').repeat(LONG / 2);
  if (chance.hits(0.3)) return (chance.pick(TEXTS) ?? '').repeat(chance.whole(2, 100));
  const codes = Array.from({ length: chance.whole(1, 60) }, () => chance.whole(0, chance.hits(0.5) ? 0x7f : 0xffff));
  return String.fromCharCode(...codes);
}

/** Arrays or objects inside each other, as text: JSON.stringify would not make the deepest. */
export function deepJson(chance: Chance): string {
  const depth = chance.pick([50, 1_000, 20_000]) ?? 50;
  return chance.hits(0.5) ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

export function value(chance: Chance, depth = 0): unknown {
  const kind = chance.whole(0, depth > 2 ? 5 : 8);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return chance.hits(0.5);
    case 2:
      return chance.pick(NUMBERS);
    case 3:
    case 4:
    case 5:
      return text(chance);
    case 6:
      // Many, or of many kinds; both at once would be nothing but large.
      return chance.hits(0.05)
        ? Array.from({ length: 2_000 }, () => chance.pick(TEXTS))
        : Array.from({ length: chance.whole(0, 4) }, () => value(chance, depth + 1));
    case 7:
      return { [text(chance).slice(0, 100)]: value(chance, depth + 1) };
    default:
      return JSON.parse(STRANGE) as unknown;
  }
}

type Node = Record<string, unknown> | unknown[];
const isNode = (one: unknown): one is Node => typeof one === 'object' && one !== null;

/** A copy in which something, somewhere, is wrong. */
export function spoilt(chance: Chance, whole: unknown): unknown {
  const copy = structuredClone(whole);
  if (!isNode(copy)) return value(chance);
  let at: Node = copy;
  for (;;) {
    const keys = Object.keys(at);
    const key = chance.pick(keys);
    if (key === undefined) return copy;
    const child = (at as Record<string, unknown>)[key];
    if (isNode(child) && chance.hits(0.6)) {
      at = child;
      continue;
    }
    const way = chance.random();
    if (way < 0.15) delete (at as Record<string, unknown>)[key];
    else if (way < 0.25) (at as Record<string, unknown>)[text(chance).slice(0, 100) || 'x'] = value(chance);
    else if (way < 0.32) (at as Record<string, unknown>)[key] = [child];
    else (at as Record<string, unknown>)[key] = value(chance);
    return copy;
  }
}

/** Bytes of a body that began as good JSON. */
export function spoiltJson(chance: Chance, whole: unknown): Buffer {
  const json = JSON.stringify(whole) ?? '';
  const way = chance.whole(0, 11);
  const cut = chance.whole(0, json.length);
  switch (way) {
    case 0:
      return Buffer.from(json.slice(0, cut));
    case 1:
      return Buffer.from(`\ufeff${json}`);
    case 2:
      return Buffer.from(
        json.replace('{', '{"__proto__":{"isAdmin":true,"value":[1]},"constructor":{"prototype":{}},'),
      );
    case 3:
      return Buffer.from(json.replace('{', `{${json.slice(1, -1)},`));
    case 4:
      return Buffer.from(json.replace(/:("[^"]*"|\d+)/, () => `:${deepJson(chance)}`));
    case 5:
      return Buffer.concat([
        Buffer.from(json.slice(0, cut)),
        Buffer.from([0xff, 0xc0, 0x80]),
        Buffer.from(json.slice(cut)),
      ]);
    case 6:
      return Buffer.from(json, 'utf16le');
    case 7:
      return Buffer.from(json.replace(/\d+/, `1${'0'.repeat(chance.whole(1, 5_000))}`));
    case 8:
      return Buffer.from(`${json.slice(0, cut)}\0${json.slice(cut)}`);
    case 9:
      return Buffer.from(deepJson(chance));
    case 10:
      return Buffer.from(`${json}${json}`);
    default:
      return Buffer.from(JSON.stringify(value(chance)) ?? '');
  }
}
