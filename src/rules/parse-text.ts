/**
 * What a deed says: a text in quotes, or the rest of the line where it is clear that all of it is meant. "Remind me to call
 * Ann tomorrow" may be about the text or about the hour; who typed it is asked for quotes. Pure.
 */
import { type Line, NotUnderstood } from './line.ts';

export const ONCE = [
  'once per series',
  'once a series',
  'once for a series',
  'once for the series',
  'once per series only',
];
const EACH = [
  ...['for every occurrence', 'for each occurrence', 'every occurrence', 'each occurrence', 'per occurrence'],
  ...['every time', 'each time'],
];

/** How often; undefined: nothing is said about it. */
export function readEach(line: Line): 'series' | 'occurrence' | undefined {
  return line.attempt(() => {
    line.take(', but', ', and', ',');
    if (line.take(...ONCE)) return 'series' as const;
    return line.take(...EACH) ? ('occurrence' as const) : undefined;
  });
}

const IN_QUOTES =
  'Put the text in quotes, so that I know where it begins and ends: remind me in 10 min "Call Ann tomorrow". Conditions stand at the beginning: “when a meeting with external people ends, …”.';
const OTHERS_READ =
  'What others read stands in quotes: mail the attendees "See you at {start}", post in "General" "It is over"';

/** With one of these begins when, how or whom to tell rather than what. */
const NO_BEGINNING = new Set([
  ...[
    'in',
    'at',
    'on',
    'by',
    'via',
    'per',
    'from',
    'of',
    'for',
    'before',
    'after',
    'until',
    'till',
    'when',
    'whenever',
  ],
  ...['if', 'unless', 'except', 'only', 'every', 'each', 'once', 'twice', 'again', 'daily', 'weekly', 'next', 'later'],
  ...['tomorrow', 'today', 'tonight', 'now', 'immediately', 'soon', 'who', 'whose', 'which', 'or', 'not', 'as', 'with'],
]);
/** One of these may be a condition, or an hour, and is not one here. */
const IN_DOUBT = new Set([
  ...['if', 'unless', 'except', 'but', 'tomorrow', 'tonight', 'later', 'once', 'weekly', 'daily'],
  ...['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
]);
const isOneOf = (words: ReadonlySet<string>) => (word: string) => words.has(word.toLowerCase());

const OPENINGS = [
  ...['message me', 'remind me', 'tell me', 'notify me', 'ping me', 'say to me', 'let me know', 'send me', 'alert me'],
  ...[
    'post',
    'tell the channel',
    'tell channel',
    'mail me',
    'mail the',
    'mail all',
    'mail attendees',
    'mail everybody',
  ],
  ...[
    'email me',
    'email the',
    'email all',
    'e-mail me',
    'e-mail the',
    'send a mail',
    'send an email',
    'send an e-mail',
  ],
  ...['add a task', 'create a task', 'make a task', 'add task', 'create task', 'add a to-do', 'add a todo'],
  ...['add the category', 'add category', 'set the category', 'categorise it', 'categorize it'],
  ...['webhook', 'the webhook', 'my webhook', 'call the webhook', 'call my webhook', 'trigger the webhook'],
];
const opens = (line: Line): boolean =>
  line.take(...OPENINGS) !== undefined ||
  (line.take('mail', 'email', 'e-mail') !== undefined && line.word((word) => word.includes('@')) !== undefined) ||
  (line.take('write', 'add', 'append') !== undefined && line.quoted() !== undefined);

const STRONG = [', and then', ', and', ', then', ',', 'and then', 'then'];
/** Another deed begins; where only an "and" stands before it, the text may go on as well. */
const beginsDeed = (line: Line, ...joints: string[]) =>
  line.sees(() => line.take(...joints) !== undefined && opens(line));

/** The last words of "remind me to write the follow-up in 10 min". */
const endsWithDelay = (line: Line) =>
  line.sees(() => line.take('in') !== undefined && line.duration() !== undefined && line.isAtEnd);

const isAboutTime = (line: Line) =>
  line.sees(
    () =>
      line.duration() !== undefined &&
      line.take('before', 'after', 'later', 'earlier', 'ahead', 'afterwards', 'beforehand', 'in advance') !== undefined,
  );

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Only where nothing of it may be a condition, an hour, or another deed. */
function bare(line: Line): string {
  if (line.sees(() => line.word(isOneOf(NO_BEGINNING)))) line.fail(IN_QUOTES);
  return capital(
    line.until(() => {
      if (beginsDeed(line, ...STRONG) || endsWithDelay(line) || line.sees(() => readEach(line))) return true;
      const isDoubtful =
        line.sees(() => line.word(isOneOf(IN_DOUBT))) || beginsDeed(line, 'and', 'or') || isAboutTime(line);
      return isDoubtful ? line.fail(IN_QUOTES) : false;
    }),
  );
}

const isOver = (line: Line) =>
  line.isAtEnd || line.sees(() => line.take(',', 'and', 'then')) || line.sees(() => readEach(line));

/**
 * Undefined: nothing is said.
 * @param isForOthers then it stands in quotes
 */
export function readText(line: Line, isForOthers: boolean): string | undefined {
  const lead = line.take('to', 'that', 'about', 'saying', 'with the text', 'the text', 'with', 'this');
  const quoted = line.quoted();
  if (quoted !== undefined) return quoted;
  if (isOver(line)) return undefined;
  if (isForOthers) return line.fail(OTHERS_READ);
  return lead === 'with' ? line.fail(IN_QUOTES) : bare(line);
}

const TASK = 'Put the title in quotes, and say when it is due after it: add a task "Send the minutes" due in 2 days';

/** The title of a task: in quotes, or words that can be nothing else. */
export function readTitle(line: Line): string | undefined {
  const quoted = line.quoted();
  if (quoted !== undefined) return quoted;
  if (line.sees(() => line.word(isOneOf(NO_BEGINNING)))) line.fail(TASK);
  const words = line.words('due', 'then') ?? '';
  const doubtful = words.split(' ').find((word) => isOneOf(IN_DOUBT)(word) || word.toLowerCase() === 'by');
  if (doubtful) throw new NotUnderstood(doubtful, `I don’t understand “${doubtful}” there. ${TASK}`);
  return words === '' ? undefined : capital(words);
}
