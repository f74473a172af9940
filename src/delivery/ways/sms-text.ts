/**
 * How much of a text an SMS takes. In GSM-7 a single message has 160 septets and each of several 153; one other
 * character makes all of it UCS-2, with 70 and 67 units. What takes two (€, [, emoji) does not stand astride two segments.
 * Source: 3GPP TS 23.038 (alphabet), 23.040 (concatenation).
 */

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('^{}\\[~]|€\f');

export const MOST_SEGMENTS = 3;
/** Of what is longer nothing could ever be left. */
const LONGEST_TEXT = 2_000;

export type Encoding = 'gsm7' | 'ucs2';

export function encodingOf(text: string): Encoding {
  for (const one of text) if (!BASIC.has(one) && !EXTENDED.has(one)) return 'ucs2';
  return 'gsm7';
}

function unitsIn(character: string, encoding: Encoding): number {
  if (encoding === 'ucs2') return character.length;
  return EXTENDED.has(character) ? 2 : 1;
}

export function countSegments(text: string): number {
  const encoding = encodingOf(text);
  const [single, each] = encoding === 'gsm7' ? [160, 153] : [70, 67];
  let total = 0;
  let segments = 1;
  let inSegment = 0;
  for (const one of text) {
    const units = unitsIn(one, encoding);
    total += units;
    if (inSegment + units > each) {
      segments += 1;
      inSegment = 0;
    }
    inSegment += units;
  }
  return total <= single ? 1 : segments;
}

const SIMPLE: Record<string, string> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '−': '-',
  '…': '...',
  '·': '-',
  '•': '-',
  '→': '->',
};

/** Typographic marks would halve what fits, so they are written as plain ones; letters stay as they are. */
export function simplify(text: string): string {
  return text
    .replace(/[’‘“”„–—−…·•→]/g, (mark) => SIMPLE[mark] ?? mark)
    .replace(/[\ufe0e\ufe0f\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/[^\P{Cc}\n]/gu, '')
    .replace(/ ?\n[\s]*/g, '\n')
    .trim()
    .slice(0, LONGEST_TEXT)
    .replace(/[\ud800-\udbff]$/, '');
}

const isLink = (word: string) => /https?:\/\//i.test(word);

/** The places at which a text may end: after each word; within the first if it is no link and stands alone. */
function endsOf(text: string): number[] {
  const ends = [0];
  for (const { index, 0: word } of text.matchAll(/\S+/g)) ends.push(index + word.length);
  const first = /^\S+/.exec(text)?.[0] ?? '';
  if (isLink(first)) return ends;
  let at = 0;
  const within: number[] = [];
  for (const one of first) {
    at += one.length;
    within.push(at);
  }
  return [...new Set([...ends, ...within])].sort((a, b) => a - b);
}

/** Without marks at its end; but a link loses nothing, and does not run on into the dots. */
function readyForDots(text: string): string {
  const part = text.replace(/(?:\s+[,;:.-]+)+$/, '');
  return isLink(part.split(/\s/).at(-1) ?? '') ? `${part} ` : part.replace(/[,;:.-]+$/, '');
}

/**
 * `text` and after it all of `end`, in at most MOST_SEGMENTS. What does not fit is left out from the end of the text,
 * whole words and whole links, and “…” stands for it: as three dots where that keeps the alphabet small.
 */
export function shorten(text: string, end: string): string {
  const body = simplify(text);
  const tail = simplify(end);
  const join = (part: string) => (part ? `${part}\n${tail}` : tail);
  if (countSegments(join(body)) <= MOST_SEGMENTS) return join(body);
  const upTo = (to: number) => {
    const part = readyForDots(body.slice(0, to));
    return join(part && part + (encodingOf(part + tail) === 'gsm7' ? '...' : '…'));
  };
  const ends = endsOf(body);
  // More text never takes fewer segments.
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (countSegments(upTo(ends[middle] ?? 0)) <= MOST_SEGMENTS) low = middle;
    else high = middle - 1;
  }
  return upTo(ends[low] ?? 0);
}
