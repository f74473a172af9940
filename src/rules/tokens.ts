/** The words, quoted texts and commas of a line that somebody typed. Pure. */

export interface Token {
  kind: 'word' | 'quoted' | 'comma';
  /** As typed; of a quoted text what it says. */
  text: string;
  lower: string;
  /** Where it begins and ends in the line. */
  from: number;
  to: number;
  /** Of a quoted text: the mark that ends it is there. */
  isClosed: boolean;
}

/** What closes which: people's keyboards and Teams itself make quotes round, each country in its way. */
const QUOTES: Record<string, string> = {
  '"': '"',
  '“': '”“"',
  '”': '”"',
  '„': '“”"',
  '«': '»',
  '»': '«»',
};
/** These are apostrophes too: they open a text at the beginning of a word alone, and close it at the end of one. */
const SINGLE_QUOTES: Record<string, string> = { "'": "'", '‘': '’', '’': '’', '‚': '‘’', '‹': '›', '`': '`' };
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', n: '\n', r: '\r' };
/** What is pasted has blanks in it that nobody sees. */
const BLANK = /[\s\u200b\u2060\ufeff]/;
const SEPARATOR = /[,;]/;
const ENDS_WORD = /^(?:[\s,;]|[.:!?)]{1,3}(?:\s|$)|$)/;
const LONGEST_SINGLY_QUOTED = 500;
const TRAILING = /[.:!?]+$/;

const lowered = (text: string) => text.toLowerCase().replaceAll('’', "'");

function quotedFrom(line: string, from: number): Token {
  const closing = QUOTES[line[from] ?? ''] ?? '';
  let text = '';
  let index = from + 1;
  for (; index < line.length && !closing.includes(line[index] ?? ''); index += 1) {
    const escaped = line[index] === '\\' ? ESCAPES[line[index + 1] ?? ''] : undefined;
    text += escaped ?? line[index];
    if (escaped !== undefined) index += 1;
  }
  const isClosed = index < line.length;
  const said = text.trim();
  return {
    kind: 'quoted',
    text: said,
    lower: said.toLowerCase(),
    from,
    to: Math.min(index + 1, line.length),
    isClosed,
  };
}

/** Undefined: it is an apostrophe. */
function singlyQuotedFrom(line: string, from: number): Token | undefined {
  const closing = SINGLE_QUOTES[line[from] ?? ''];
  if (closing === undefined) return undefined;
  const end = Math.min(line.length, from + LONGEST_SINGLY_QUOTED);
  for (let at = from + 1; at < end && !((line[at] ?? '') in QUOTES); at += 1) {
    if (!closing.includes(line[at] ?? '') || !ENDS_WORD.test(line.slice(at + 1, at + 6))) continue;
    const text = line.slice(from + 1, at).trim();
    return text === ''
      ? undefined
      : { kind: 'quoted', text, lower: text.toLowerCase(), from, to: at + 1, isClosed: true };
  }
  return undefined;
}

function wordFrom(line: string, from: number): Token {
  const isIn = (char: string) => !BLANK.test(char) && !SEPARATOR.test(char) && !(char in QUOTES);
  let to = from;
  while (to < line.length && isIn(line[to] ?? '')) to += 1;
  const text = line.slice(from, to).replace(TRAILING, '') || line.slice(from, to);
  return { kind: 'word', text, lower: lowered(text), from, to, isClosed: true };
}

function tokenAt(line: string, at: number): Token {
  const char = line[at] ?? '';
  if (SEPARATOR.test(char)) return { kind: 'comma', text: char, lower: ',', from: at, to: at + 1, isClosed: true };
  return char in QUOTES ? quotedFrom(line, at) : (singlyQuotedFrom(line, at) ?? wordFrom(line, at));
}

export function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < line.length; ) {
    if (BLANK.test(line[at] ?? '')) {
      at += 1;
      continue;
    }
    const token = tokenAt(line, at);
    tokens.push(token);
    at = token.to;
  }
  return tokens;
}
