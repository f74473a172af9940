/** A line that somebody typed, taken apart into words and quoted texts; whoever reads it goes on from word to word. Pure. */

export const LONGEST_LINE = 6_000;

interface Token {
  kind: 'word' | 'quoted' | 'comma';
  /** As typed; of a quoted text what it says. */
  text: string;
  lower: string;
  /** Where it begins and ends in the line. */
  from: number;
  to: number;
}

/** What closes which: people's keyboards and Teams itself make quotes round. */
const QUOTES: Record<string, string> = { '"': '"', '“': '””"', '„': '“”"', '«': '»' };
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', n: '\n', r: '\r' };
const BLANK = /\s/;
const SEPARATOR = /[,;]/;
const TRAILING = /[.:!?]+$/;

function quotedFrom(line: string, from: number): Token {
  const closing = QUOTES[line[from] ?? ''] ?? '';
  let text = '';
  let index = from + 1;
  for (; index < line.length && !closing.includes(line[index] ?? ''); index += 1) {
    const escaped = line[index] === '\\' ? ESCAPES[line[index + 1] ?? ''] : undefined;
    text += escaped ?? line[index];
    if (escaped !== undefined) index += 1;
  }
  return {
    kind: 'quoted',
    text: text.trim(),
    lower: text.trim().toLowerCase(),
    from,
    to: Math.min(index + 1, line.length),
  };
}

function wordFrom(line: string, from: number): Token {
  let to = from;
  while (
    to < line.length &&
    !BLANK.test(line[to] ?? '') &&
    !SEPARATOR.test(line[to] ?? '') &&
    !((line[to] ?? '') in QUOTES)
  )
    to += 1;
  const text = line.slice(from, to).replace(TRAILING, '') || line.slice(from, to);
  return { kind: 'word', text, lower: text.toLowerCase().replaceAll('’', "'"), from, to };
}

function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < line.length; ) {
    const char = line[at] ?? '';
    if (BLANK.test(char)) {
      at += 1;
      continue;
    }
    const token: Token = SEPARATOR.test(char)
      ? { kind: 'comma', text: char, lower: ',', from: at, to: at + 1 }
      : char in QUOTES
        ? quotedFrom(line, at)
        : wordFrom(line, at);
    tokens.push(token);
    at = token.to;
  }
  return tokens;
}

/** What was not understood; the sentence is for whoever typed it. */
export class NotUnderstood extends Error {
  constructor(
    readonly part: string,
    readonly say: string,
  ) {
    super(say);
  }
}

const UNITS: [RegExp, number][] = [
  [/^(?:m|min|mins|minute|minutes)$/, 1],
  [/^(?:h|hr|hrs|hour|hours)$/, 60],
  [/^(?:d|day|days)$/, 24 * 60],
  [/^(?:w|week|weeks)$/, 7 * 24 * 60],
];
const unitOf = (word: string) => UNITS.find(([pattern]) => pattern.test(word))?.[1];
const COUNTS: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, ten: 10 };
const NUMBER = /^\d{1,6}$/;
const NUMBER_WITH_UNIT = /^(\d{1,6})([a-z]{1,7})$/;
const LONGEST_SHOWN = 60;

export class Line {
  private readonly tokens: Token[];
  private at = 0;

  constructor(private readonly source: string) {
    this.tokens = tokensOf(source);
  }

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  private get next(): Token | undefined {
    return this.tokens[this.at];
  }

  /** The first of these phrases that comes next is taken; undefined: none does. Longer ones come first in the list. */
  take(...phrases: string[]): string | undefined {
    return phrases.find((phrase) => {
      const words = phrase.split(' ');
      const isThere = words.every((word, index) => {
        const token = this.tokens[this.at + index];
        return token !== undefined && token.kind !== 'quoted' && token.lower === word;
      });
      if (isThere) this.at += words.length;
      return isThere;
    });
  }

  /** Tries; what was taken by an attempt that comes to nothing is given back. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const before = this.at;
    const found = read();
    if (found === undefined) this.at = before;
    return found;
  }

  quoted(): string | undefined {
    if (this.next?.kind !== 'quoted') return undefined;
    this.at += 1;
    return this.tokens[this.at - 1]?.text;
  }

  /** Whatever word comes next, if it is one of that kind. */
  word(isWanted: (word: string) => boolean = () => true): string | undefined {
    if (this.next?.kind !== 'word' || !isWanted(this.next.text)) return undefined;
    this.at += 1;
    return this.tokens[this.at - 1]?.text;
  }

  name(): string | undefined {
    return this.quoted() ?? this.word();
  }

  /** Up to a comma, an "and" (or another such word), or the end. */
  words(...until: string[]): string | undefined {
    const quoted = this.quoted();
    if (quoted !== undefined) return quoted;
    const words: string[] = [];
    const isEnd = (word: string) => word === 'and' || until.includes(word);
    for (let token = this.next; token?.kind === 'word' && !isEnd(token.lower); token = this.next) {
      words.push(token.text);
      this.at += 1;
    }
    return words.length > 0 ? words.join(' ') : undefined;
  }

  count(): number | undefined {
    const digits = this.word((word) => NUMBER.test(word));
    return digits === undefined ? undefined : Number(digits);
  }

  /** Minutes: "10 min", "2h", "half an hour", "1 hour 30 minutes". */
  duration(): number | undefined {
    if (this.take('half an hour')) return 30;
    const first = this.oneDuration();
    if (first === undefined) return undefined;
    const second = this.attempt(() => {
      this.take('and');
      return this.oneDuration();
    });
    return first + (second ?? 0);
  }

  private oneDuration(): number | undefined {
    return this.attempt(() => {
      const word = this.word()?.toLowerCase();
      if (word === undefined) return undefined;
      const joined = NUMBER_WITH_UNIT.exec(word);
      if (joined) {
        const unit = unitOf(joined[2] ?? '');
        return unit === undefined ? undefined : Number(joined[1]) * unit;
      }
      const count = NUMBER.test(word) ? Number(word) : COUNTS[word];
      const unit = count === undefined ? undefined : unitOf(this.word()?.toLowerCase() ?? '');
      return count === undefined || unit === undefined ? undefined : count * unit;
    });
  }

  /** All that is left, as it was typed. */
  rest(): string {
    const from = this.next?.from;
    this.at = this.tokens.length;
    return from === undefined ? '' : this.source.slice(from).trim();
  }

  /** @param expected a sentence that says what could stand here, and an example */
  fail(expected: string): never {
    const from = this.next?.from ?? this.source.length;
    const part = this.source.slice(from).trim();
    const known = this.source.slice(0, from).trim();
    const cut = (text: string) => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text);
    const understood = known ? `I understood “${cutFront(known)}”, but ` : '';
    const trouble = part ? `I don’t understand “${cut(part)}”` : 'there is something missing after it';
    const sentence = understood ? `${understood}${trouble}` : `I don’t understand “${cut(part)}”`;
    throw new NotUnderstood(part, `${sentence}. ${expected}`);
  }
}

const cutFront = (text: string) => (text.length > LONGEST_SHOWN ? `…${text.slice(1 - LONGEST_SHOWN)}` : text);
