/**
 * A rule in one line: `when a meeting with external people ends, remind me in 10 min to write the follow-up`. What is not
 * understood is named, with an example of what could stand there. words.ts prints what this reads. Pure.
 */
import { unknownPlaceholder } from './fill.ts';
import { Line, LONGEST_LINE, NotUnderstood } from './line.ts';
import { type Known, readDeeds } from './parse-do.ts';
import { readEach } from './parse-text.ts';
import { BY_THE_CLOCK, hintAt, readSubject } from './parse-which.ts';
import {
  type ANSWERS,
  type ChangedAspect,
  MOST_MINUTES_AFTER,
  MOST_MINUTES_BEFORE,
  type RuleSpec,
  ruleSpec,
  type When,
  type Which,
} from './rule.ts';

export type { Known, Named } from './parse-do.ts';

const BEGINNINGS =
  'A rule begins with “when …” or “30 minutes before …”. For example: when a meeting with external people ends, remind me in 10 min to write the follow-up';
const VERBS =
  'Say what happens to it: “is created”, “changes”, “moves”, “is cancelled”, “is answered”, “starts”, “ends”, “loses its room”. For example: when a meeting with more than 8 people is created, add the category Big';

const LONGEST_BEGINNING = 60;

type Answer = (typeof ANSWERS)[number];

interface Head {
  what: RuleSpec['what'];
  which: Which;
  when: When;
}

const ASPECT_WORDS: Record<string, ChangedAspect> = {
  time: 'time',
  times: 'time',
  place: 'place',
  location: 'place',
  room: 'room',
  link: 'link',
  subject: 'subject',
  title: 'subject',
  people: 'people',
  attendees: 'people',
  guests: 'people',
  agenda: 'agenda',
  body: 'agenda',
};

function aspects(line: Line): ChangedAspect[] {
  const found: ChangedAspect[] = [];
  const read = () =>
    line.attempt(() => {
      line.take(', or', 'or', 'and', ',');
      line.take('its', 'the', 'their');
      const word = line.word((it) => Object.hasOwn(ASPECT_WORDS, it.toLowerCase()))?.toLowerCase();
      return word === undefined ? undefined : ASPECT_WORDS[word];
    });
  for (let one = read(); one; one = read()) if (!found.includes(one)) found.push(one);
  return found;
}

const IS = ['is', 'are', 'gets', 'get', 'was', 'were', 'has been', 'have been', 'has', 'have'];
const PARTICIPLES: Record<string, Answer | 'any'> = {
  'tentatively accepted': 'tentative',
  accepted: 'accepted',
  declined: 'declined',
  answered: 'any',
};

function passive(line: Line): When | undefined {
  if (!line.take(...IS)) return undefined;
  if (line.take('added to my calendar', 'created', 'added', 'made', 'new')) return { trigger: 'created' };
  if (line.take('moved', 'rescheduled')) return { trigger: 'moved' };
  if (line.take('cancelled', 'canceled', 'called off', 'removed', 'deleted')) return { trigger: 'cancelled' };
  if (line.take('changed')) return { trigger: 'changed' };
  if (line.take('over', 'finished', 'ended')) return { trigger: 'after', minutes: 0 };
  const participle = line.take(...Object.keys(PARTICIPLES));
  if (participle === undefined) return undefined;
  const answer = PARTICIPLES[participle] ?? 'any';
  const by = line.take('by me') ? 'me' : 'others';
  line.take('by somebody', 'by someone', 'by others', 'by a guest');
  return { trigger: 'answered', by, ...(answer === 'any' ? {} : { answer }) };
}

function active(line: Line): When | undefined {
  if (line.take('starts', 'start', 'begins', 'begin')) return { trigger: 'before', minutes: 0 };
  if (line.take('ends', 'end', 'finishes')) return { trigger: 'after', minutes: 0 };
  if (line.take('moves', 'move')) return { trigger: 'moved' };
  if (line.take('appears', 'arrives')) return { trigger: 'created' };
  if (line.take('loses its room', 'loses a room', 'loses the room', 'lose their room'))
    return { trigger: 'changed', aspects: ['room'] };
  if (!line.take('changes', 'change')) return undefined;
  const found = aspects(line);
  return found.length > 0 ? { trigger: 'changed', aspects: found } : { trigger: 'changed' };
}

const ANSWERING: Record<string, Answer | 'any'> = {
  'tentatively accepts': 'tentative',
  'tentatively accept': 'tentative',
  accepts: 'accepted',
  accept: 'accepted',
  declines: 'declined',
  decline: 'declined',
  answers: 'any',
  answer: 'any',
};

/** "somebody declines a meeting", "I accept a meeting". */
function answering(line: Line): Head | undefined {
  const isMe = line.take('i') !== undefined;
  if (!isMe && !line.take('somebody', 'someone', 'anybody', 'anyone', 'a guest', 'an attendee')) return undefined;
  const verb = line.take(...Object.keys(ANSWERING));
  if (verb === undefined) return undefined;
  line.take('to', 'an invitation to');
  const answer = ANSWERING[verb] ?? 'any';
  const when: When = { trigger: 'answered', by: isMe ? 'me' : 'others', ...(answer === 'any' ? {} : { answer }) };
  return { ...readSubject(line), when };
}

function happening(line: Line): Head {
  const answered = line.attempt(() => answering(line));
  if (answered) return answered;
  if (line.take('i am invited to', "i'm invited to", 'somebody invites me to', 'someone invites me to')) {
    const { what, which } = readSubject(line);
    return { what, which: { ...which, organiser: which.organiser ?? 'others' }, when: { trigger: 'created' } };
  }
  if (line.take('a room is lost', 'i lose a room', 'the room is lost'))
    return { what: 'entry', which: {}, when: { trigger: 'changed', aspects: ['room'] } };
  const subject = readSubject(line);
  line.take(',');
  const when = line.attempt(() => passive(line)) ?? line.attempt(() => active(line));
  return { ...subject, when: when ?? line.fail(hintAt(line) ?? VERBS) };
}

function timed(line: Line, minutes: number): Head {
  const trigger = line.take('before', 'after');
  if (trigger === 'before') {
    line.take('the start of');
    const subject = readSubject(line);
    line.take('starts', 'start', 'begins', 'begin');
    assertNoVerb(line);
    if (minutes > MOST_MINUTES_BEFORE)
      throw new NotUnderstood('before', 'A rule can begin up to 14 days before a meeting.');
    return { ...subject, when: { trigger, minutes } };
  }
  if (trigger !== 'after')
    return line.fail(
      'After the time comes “before” or “after”. For example: 30 minutes before meetings with customer.com, tell me to open the deck',
    );
  line.take('the end of');
  const subject = readSubject(line);
  line.take('ends', 'end', 'has ended', 'is over', 'are over');
  assertNoVerb(line);
  return { ...subject, when: { trigger, minutes } };
}

/** "10 minutes before a meeting ends" */
function assertNoVerb(line: Line): void {
  if (line.sees(() => line.take(...IS, 'starts', 'start', 'begins', 'ends', 'end', 'moves', 'changes')))
    line.fail(BY_THE_CLOCK);
}

/** "remind me in 10 min" counts from the end of a meeting; what happens at no hour has nothing to count from. */
function delayed(when: When, delay: number | undefined): When {
  if (delay === undefined) return when;
  if (when.trigger === 'after') return { ...when, minutes: when.minutes + delay };
  throw new NotUnderstood(
    'in',
    '“Remind me in …” counts from the end of a meeting. For example: when a meeting with external people ends, remind me in 10 min to write the follow-up. Before a meeting, say “30 minutes before …”.',
  );
}

function read(line: Line, known: Known): unknown {
  const isWhen = line.take('whenever', 'when', 'if', 'as soon as', 'every time', 'each time') !== undefined;
  const minutes = isWhen ? undefined : line.duration();
  if (!isWhen && minutes === undefined) line.fail(BEGINNINGS);
  const head = minutes === undefined ? happening(line) : timed(line, minutes);
  const first = readEach(line);
  line.take(', then', ',', ':', 'then');
  const { deeds, delay, each = first } = readDeeds(line, head.when, known);
  const when = delayed(head.when, delay);
  if (when.trigger === 'after' && when.minutes > MOST_MINUTES_AFTER)
    throw new NotUnderstood('after', 'A rule can begin up to 2 days after a meeting.');
  return { what: head.what, each: each ?? 'occurrence', when, which: head.which, do: deeds };
}

export type Parsed = { kind: 'rule'; spec: RuleSpec } | { kind: 'notUnderstood'; part: string; say: string };

/** "30 minutes before meetings": a rule, though it says no "when". */
export function beginsByTheClock(text: string): boolean {
  const line = new Line(text.slice(0, LONGEST_BEGINNING));
  return line.duration() !== undefined && line.take('before', 'after') !== undefined && !line.isAtEnd;
}

/** What deeds write is looked at by itself, to name what is wrong with it. */
function troubleOf(spec: unknown): string {
  const texts = (spec as RuleSpec).do.flatMap((deed) =>
    'text' in deed ? deed.text : 'title' in deed ? deed.title : [],
  );
  const unknown = texts.map(unknownPlaceholder).find((name) => name !== undefined);
  if (unknown)
    return `I don’t know {${unknown}}. There are {subject}, {start}, {end}, {organiser}, {place}, {link} and {people}.`;
  if (texts.some((one) => one.trim() === '')) return 'A text is empty. For example: message me "Open the deck"';
  const [issue] = ruleSpec.safeParse(spec).error?.issues ?? [];
  if (issue?.path.some((part) => part === 'sizeMin' || part === 'sizeMax'))
    return 'A meeting can be of 1 to 1,000 people. For example: with at least 9 people';
  if (issue?.code === 'too_big') return 'A part of it is too long: texts have up to 500 characters, names up to 100.';
  return `${capital(String(issue?.path.at(-1) ?? 'a part of it'))} ${issue?.message ?? 'is not possible'}.`;
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** @param known channels and webhooks that the person may name */
export function parseRule(text: string, known: Known): Parsed {
  const source = text.trim();
  if (source.length > LONGEST_LINE)
    return { kind: 'notUnderstood', part: '', say: 'That is too long for a rule in one line. Two shorter ones?' };
  try {
    const spec = read(new Line(source), known);
    const { data } = ruleSpec.safeParse(spec);
    return data ? { kind: 'rule', spec: data } : { kind: 'notUnderstood', part: source, say: troubleOf(spec) };
  } catch (error) {
    if (error instanceof NotUnderstood) return { kind: 'notUnderstood', part: error.part, say: error.say };
    throw error;
  }
}
