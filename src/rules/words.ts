/** A rule in words, in one line that parse.ts reads back to the same rule. Pure. */
import type { Known, Named } from './parse-do.ts';
import type { Deed, RuleSpec, When, Which } from './rule.ts';

const ESCAPED: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
const quote = (text: string) => `"${text.replace(/["\\\n\r]/g, (char) => ESCAPED[char] ?? char)}"`;

const HOUR = 60;
const DAY = 24 * HOUR;

/** "2 days", "90 minutes". */
export function durationWords(minutes: number): string {
  const count = (amount: number, unit: string) => `${amount} ${unit}${amount === 1 ? '' : 's'}`;
  if (minutes > 0 && minutes % DAY === 0) return count(minutes / DAY, 'day');
  if (minutes > 0 && minutes % HOUR === 0) return count(minutes / HOUR, 'hour');
  return count(minutes, 'minute');
}

const PARTIES: Record<string, string> = { me: 'that I organise', others: 'that others organise' };
const RESPONSES: Record<NonNullable<Which['response']>, string> = {
  accepted: 'that I accepted',
  tentative: 'that I tentatively accepted',
  declined: 'that I declined',
  notResponded: 'that I have not answered',
};
const not = (isSo: boolean) => (isSo ? '' : 'not ');
const withOrWithout = (isSo: boolean) => (isSo ? 'with' : 'without');

type Printers = { [Name in keyof Which]-?: (value: NonNullable<Which[Name]>) => string };

/** In the order in which they are said. */
const CONDITIONS: Printers = {
  subjectHas: (text) => `called ${quote(text)}`,
  subjectLacks: (text) => `not called ${quote(text)}`,
  attendee: (party) => `with ${party}`,
  external: (isSo) => `${withOrWithout(isSo)} external people`,
  agenda: (isSo) => `${withOrWithout(isSo)} an agenda`,
  sizeMin: (count) => `with at least ${count} people`,
  sizeMax: (count) => `with at most ${count} people`,
  category: (name) => `in the category ${quote(name)}`,
  room: (name) => `in the room ${quote(name)}`,
  calendar: (name) => `in the calendar ${quote(name)}`,
  organiser: (party) => PARTIES[party] ?? `organised by ${party}`,
  oneToOne: (isSo) => `that is ${not(isSo)}a 1:1`,
  recurring: (isSo) => `that is ${not(isSo)}recurring`,
  allDay: (isSo) => `that is ${not(isSo)}all-day`,
  response: (response) => RESPONSES[response],
};

function subjectWords({ what, which }: RuleSpec): string {
  const conditions = (Object.keys(CONDITIONS) as (keyof Which)[]).flatMap((name) => {
    const value = which[name];
    return value === undefined ? [] : (CONDITIONS[name] as (value: unknown) => string)(value);
  });
  return [what === 'meeting' ? 'a meeting' : 'an entry', ...conditions].join(' ');
}

const ANSWERED = { any: 'answered', accepted: 'accepted', tentative: 'tentatively accepted', declined: 'declined' };

function happeningWords(when: When): string {
  switch (when.trigger) {
    case 'created':
      return 'is created';
    case 'changed':
      return when.aspects ? `changes ${when.aspects.map((one) => `its ${one}`).join(' or ')}` : 'changes';
    case 'moved':
      return 'moves';
    case 'cancelled':
      return 'is cancelled';
    case 'answered':
      return `is ${ANSWERED[when.answer ?? 'any']}${when.by === 'me' ? ' by me' : ''}`;
    case 'before':
      return 'starts';
    case 'after':
      return 'ends';
  }
}

/** "when a meeting with external people ends" */
export function headWords(spec: RuleSpec): string {
  const { when } = spec;
  const subject = subjectWords(spec);
  if ('minutes' in when && when.minutes > 0) {
    const about = when.trigger === 'after' ? `${subject} ends` : subject;
    return `${durationWords(when.minutes)} ${when.trigger} ${about}`;
  }
  return `when ${subject} ${happeningWords(when)}`;
}

function nameOf(id: string, all: readonly Named[]): string {
  const name = all.find((one) => one.id === id)?.name ?? id;
  const isClear =
    all.filter((one) => one.name.toLowerCase() === name.toLowerCase()).length === 1 &&
    !all.some((one) => one.id === name && one.id !== id) &&
    name.trim() === name;
  return isClear && name !== '' ? name : id;
}

export function deedWords(deed: Deed, known: Known): string {
  switch (deed.deed) {
    case 'message':
      return `message me ${quote(deed.text)}`;
    case 'post':
      return `post in ${quote(nameOf(deed.conversationId, known.channels))} ${quote(deed.text)}`;
    case 'attendees':
      return `mail the attendees ${quote(deed.text)}`;
    case 'task': {
      const due = deed.dueInMinutes === undefined ? '' : ` due in ${durationWords(deed.dueInMinutes)}`;
      return `add a task ${quote(deed.title)}${due}`;
    }
    case 'mail':
      return `mail ${deed.to} ${quote(deed.text)}`;
    case 'appendText':
      return `write ${quote(deed.text)} into the entry`;
    case 'addCategory':
      return `add the category ${quote(deed.category)}`;
    case 'webhook':
      return `webhook ${quote(nameOf(deed.webhookId, known.webhooks))}`;
  }
}

export function wordsOf(spec: RuleSpec, known: Known): string {
  const each = spec.each === 'series' ? ', once per series' : '';
  const deeds = spec.do.map((deed) => deedWords(deed, known));
  return `${headWords(spec)}${each}, ${deeds.join(', and ')}`;
}
