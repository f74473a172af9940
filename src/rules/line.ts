/** A line that somebody typed, taken apart into words and quoted texts; whoever reads it goes on from word to word. Pure. */
import { type Token, tokensOf } from './tokens.ts';

export const LONGEST_LINE = 6_000;

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
const NUMBERS: Record<string, number> = {
  ...{
    one: 1,
    two: 2,
    three: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
    eleven: 11,
    twelve: 12,
  },
  ...{ fifteen: 15, twenty: 20, thirty: 30, forty: 40, 'forty-five': 45, fifty: 50, sixty: 60, ninety: 90 },
};
const ARTICLES: Record<string, number> = { a: 1, an: 1 };
const NUMBER = /^\d{1,6}$/;
/** Of durations: "1.5 hours". */
const AMOUNT = /^\d{1,6}(?:\.\d{1,2})?$/;
const AMOUNT_WITH_UNIT = /^(\d{1,6}(?:\.\d{1,2})?)([a-z]{1,7})$/;
const HOURS_AND_MINUTES = /^(\d{1,4})h(\d{1,2})m?$/;
const PARTS_OF_AN_HOUR: Record<string, number> = {
  'half an hour': 30,
  'half hour': 30,
  'a half hour': 30,
  'a quarter of an hour': 15,
  'quarter of an hour': 15,
};
const LONGEST_SHOWN = 60;

export class Line {
  private readonly tokens: Token[];
  private at = 0;
  private bareNameAt = -1;

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

  /** Whether it comes next; nothing is taken. */
  sees(read: () => unknown): boolean {
    const before = this.at;
    const found = read();
    this.at = before;
    return found !== undefined && found !== false;
  }

  quoted(): string | undefined {
    if (this.next?.kind !== 'quoted') return undefined;
    if (!this.next.isClosed)
      this.fail('A quotation mark begins there, and none ends it. For example: message me "Hello"');
    this.at += 1;
    return this.tokens[this.at - 1]?.text;
  }

  /** Whatever word comes next, if it is one of that kind. */
  word(isWanted: (word: string) => boolean = () => true): string | undefined {
    if (this.next?.kind !== 'word' || !isWanted(this.next.text)) return undefined;
    this.at += 1;
    return this.tokens[this.at - 1]?.text;
  }

  /** Quoted, or a single word of that kind. */
  name(isWanted?: (word: string) => boolean): string | undefined {
    const quoted = this.quoted();
    if (quoted !== undefined) return quoted;
    const word = this.word(isWanted);
    if (word !== undefined) this.bareNameAt = this.at;
    return word;
  }

  /** What came last is a name without quotes, which may have been meant to go on. */
  get isAfterBareName(): boolean {
    return this.bareNameAt === this.at;
  }

  /** How many words of it come next, all of them in their order; nothing is taken. */
  matching(text: string): number {
    const words = tokensOf(text);
    const isThere = words.every((word, index) => this.tokens[this.at + index]?.lower === word.lower);
    return isThere ? words.length : 0;
  }

  skip(count: number): void {
    this.at += count;
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
    const word = this.word((one) => NUMBER.test(one) || one.toLowerCase() in NUMBERS)?.toLowerCase();
    return word === undefined ? undefined : (NUMBERS[word] ?? Number(word));
  }

  /** Minutes: "10 min", "2h", "half an hour", "1 hour 30 minutes", "an hour and a half". */
  duration(): number | undefined {
    const part = this.take(...Object.keys(PARTS_OF_AN_HOUR));
    if (part !== undefined) return PARTS_OF_AN_HOUR[part];
    const first = this.oneDuration();
    if (first === undefined) return undefined;
    if (this.take('and a half') !== undefined) return Math.round(first.minutes + first.unit / 2);
    const second = this.attempt(() => {
      this.take('and');
      return this.oneDuration();
    });
    return Math.round(first.minutes + (second?.minutes ?? 0));
  }

  private oneDuration(): { minutes: number; unit: number } | undefined {
    return this.attempt(() => {
      const word = this.word()?.toLowerCase();
      if (word === undefined) return undefined;
      const hours = HOURS_AND_MINUTES.exec(word);
      if (hours) return { minutes: Number(hours[1]) * 60 + Number(hours[2]), unit: 60 };
      const joined = AMOUNT_WITH_UNIT.exec(word);
      const count = joined ? Number(joined[1]) : AMOUNT.test(word) ? Number(word) : (NUMBERS[word] ?? ARTICLES[word]);
      if (count === undefined) return undefined;
      const half = !joined && this.take('and a half') !== undefined ? 0.5 : 0;
      const unit = unitOf(joined?.[2] ?? this.word()?.toLowerCase() ?? '');
      return unit === undefined ? undefined : { minutes: (count + half) * unit, unit };
    });
  }

  /** What is left until something is seen, as it was typed. */
  until(isEnd: () => boolean): string {
    const from = this.next?.from;
    if (from === undefined) return '';
    let to = from;
    while (!this.isAtEnd && !isEnd()) {
      to = this.next?.to ?? to;
      this.at += 1;
    }
    return this.source.slice(from, to).trim();
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
