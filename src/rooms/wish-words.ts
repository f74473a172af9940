/**
 * "now 30min for 4", "friday 14-15 near munich with video", "for the planning": what somebody says when they look for a
 * room, taken apart. Pure; chrono-node reads the times (calendar/words-of-time.ts).
 */
import { type Asking, parseWhen } from '../calendar/words-of-time.ts';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import type { Span } from '../nudges/nudge.ts';

const LONGEST_WORDS = 200;
const USUAL_LENGTH_MS = 30 * MINUTE_MS;
const SHORTEST_MS = 5 * MINUTE_MS;
const LONGEST_MS = 24 * HOUR_MS;
const MOST_PEOPLE = 1_000;
const MOST_FEATURES = 5;
/** Whoever says "now" begins at once; the calendar likes round times. */
const ROUND_MS = 5 * MINUTE_MS;

export interface RoomWords {
  /** When; undefined: of the meeting that is named. */
  span?: Span;
  /** Words of the meeting's name; 'next': the next one. */
  meeting?: string;
  people?: number;
  /** Lower case; those that Places knows by another name are called as rooms have them. */
  features: string[];
  /** A building, a town, or one of the person's own places. */
  near?: string;
}

/** What could not be understood: no time at all, a day without an hour, or one that makes no sense. */
export type RoomProblem = 'time' | 'hour' | 'past' | 'length' | 'people';

export type RoomWish = { wish: RoomWords } | { problem: RoomProblem; words: string };

const FEATURES: Readonly<Record<string, string>> = {
  camera: 'video',
  conferencing: 'video',
  videoconference: 'video',
  'video conference': 'video',
  'video conferencing': 'video',
  teams: 'video',
  phone: 'audio',
  speaker: 'audio',
  speakerphone: 'audio',
  sound: 'audio',
  screen: 'display',
  monitor: 'display',
  tv: 'display',
  projector: 'display',
  beamer: 'display',
  accessible: 'wheelchair',
  'wheelchair access': 'wheelchair',
};

const featureOf = (word: string) => (Object.hasOwn(FEATURES, word) ? (FEATURES[word] ?? word) : word);

/** Where the next part of the wish begins. */
const NEXT_PART = String.raw`(?=\s+(?:for|with|near|at|on|in|from|now|today|tomorrow|\d)\b|\s*$)`;
const WITH =
  /(?:^|\s)with(?:\s+(?:a|an|the))?\s+((?:(?!\s(?:for|near|on|from|now|today|tomorrow)\b).){1,100})(?=\s(?:for|near|on|from|now|today|tomorrow)\b|$)/iu;
const NEAR = new RegExp(String.raw`(?:^|\s)(?:near|close to|next to)\s+(?:the\s+)?(.{1,60}?)${NEXT_PART}`, 'iu');
const WORD_NUMBERS = [
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const NUMBER = String.raw`\d{1,5}|${WORD_NUMBERS.join('|')}`;
const PEOPLE_WORD = 'people|persons?|ppl|pax|seats?|heads|of us';
const UNIT = 'h|hrs?|hours?|m|mins?|minutes?';
const PEOPLE = new RegExp(
  String.raw`(?:^|\s)(?:for\s+(${NUMBER})(?:\s+(?:${PEOPLE_WORD}))?|(${NUMBER})\s+(?:${PEOPLE_WORD}))(?=\s|$)(?!\s*(?:${UNIT})\b)`,
  'iu',
);
const MINUTES = 'minutes?|mins?|m';
const HOURS = String.raw`(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:hours?|hrs?|h)(?:(\d{2})|\s?(?:and\s)?(\d{1,2})\s?(?:${MINUTES}))?`;
const LENGTH = new RegExp(
  String.raw`(?:^|\s)(?:for\s+)?(?:${HOURS}|(\d{1,4})\s?(?:${MINUTES})|(an hour and a half|an hour|half an hour|half hour))(?=\s|$)`,
  'iu',
);
const MEETING = /^for\s+(?:my\s+|the\s+|our\s+)?(.{1,100})$/iu;
const NEXT_MEETING = /^next(?:\s+(?:meeting|one|appointment))?$/iu;
const NOW = /^(?:right\s+)?now$/iu;

interface Rest {
  /** What nobody has read yet. */
  text: string;
}

/** Takes what matches out of the rest. */
function take(rest: Rest, pattern: RegExp): RegExpExecArray | undefined {
  const found = pattern.exec(rest.text);
  if (!found) return undefined;
  rest.text = `${rest.text.slice(0, found.index)} ${rest.text.slice(found.index + found[0].length)}`
    .replace(/\s+/g, ' ')
    .trim();
  return found;
}

const numberOf = (word: string) => {
  const place = WORD_NUMBERS.indexOf(word.toLowerCase());
  return place < 0 ? Number(word) : place + 1;
};

function takeLength(rest: Rest): number | undefined {
  // "in 30 min" is when, not how long.
  if (/^in\s+\d/i.test(rest.text) && rest.text.split(' ').length <= 3) return undefined;
  const found = take(rest, LENGTH);
  if (!found) return undefined;
  const [, hours, joined, apart, minutes, words] = found;
  if (words) return (/^an hour$/i.test(words) ? 60 : /and a half/i.test(words) ? 90 : 30) * MINUTE_MS;
  if (minutes) return Number(minutes) * MINUTE_MS;
  return Number((hours ?? '').replace(',', '.')) * HOUR_MS + Number(joined ?? apart ?? 0) * MINUTE_MS;
}

function takeFeatures(rest: Rest): string[] {
  const found = take(rest, WITH)?.[1] ?? '';
  const words = found
    .toLowerCase()
    .split(/\s*(?:,|&|\+|\band\b)\s*/)
    .map((word) => word.replace(/^(?:an?|the)\s+/, '').trim())
    .filter((word) => word !== '');
  return [...new Set(words.map(featureOf))].slice(0, MOST_FEATURES);
}

/** "afternoon": a part of a day that nobody holds a meeting for. */
const isVague = (text: string, span: Span) => span.to - span.from >= 6 * HOUR_MS && !/\d/.test(text);

function spanOf(text: string, lengthMs: number | undefined, asking: Asking): Span | RoomProblem {
  const length = lengthMs ?? USUAL_LENGTH_MS;
  if (text === '' || NOW.test(text)) {
    const from = Math.floor(asking.now / ROUND_MS) * ROUND_MS;
    return { from, to: from + length };
  }
  const when = parseWhen(text, { ...asking, isAhead: true });
  if (!when) return 'time';
  if (when.grain === 'day') return 'hour';
  const span = { from: when.from, to: lengthMs !== undefined || when.to === undefined ? when.from + length : when.to };
  return when.to !== undefined && isVague(text, { from: when.from, to: when.to }) ? 'hour' : span;
}

/** A wish, or what is not clear about it. */
export function parseRoomWish(words: string, asking: Asking): RoomWish {
  const text = words.normalize('NFC').replace(/\s+/g, ' ').trim();
  const rest: Rest = { text: text.slice(0, LONGEST_WORDS) };
  const features = takeFeatures(rest);
  const near = take(rest, NEAR)?.[1]?.trim();
  const lengthMs = takeLength(rest);
  const people = take(rest, PEOPLE);
  const count = people ? numberOf(people[1] ?? people[2] ?? '') : undefined;
  const shared = {
    ...(count === undefined ? {} : { people: count }),
    features,
    ...(near ? { near } : {}),
  };
  const refuse = (problem: RoomProblem): RoomWish => ({ problem, words: text });
  if (text.length > LONGEST_WORDS) return refuse('time');
  if (count !== undefined && !(count >= 1 && count <= MOST_PEOPLE)) return refuse('people');
  const meeting = MEETING.exec(rest.text)?.[1]?.trim();
  if (meeting !== undefined)
    return { wish: { ...shared, meeting: NEXT_MEETING.test(meeting) ? 'next' : meeting.toLowerCase() } };
  if (lengthMs !== undefined && !(lengthMs >= SHORTEST_MS && lengthMs <= LONGEST_MS)) return refuse('length');
  const span = spanOf(rest.text, lengthMs, asking);
  if (typeof span === 'string') return refuse(span);
  if (span.to <= asking.now) return refuse('past');
  if (span.to - span.from > LONGEST_MS) return refuse('length');
  return { wish: { ...shared, span } };
}
