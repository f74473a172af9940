/** The part of a rule's line that says what to do: "message me …, and add the category Big". Pure. */
import { type Line, NotUnderstood } from './line.ts';
import { addressIn } from './parse-condition.ts';
import { readEach, readText, readTitle } from './parse-text.ts';
import { hintAt } from './parse-which.ts';
import { type Deed, MOST_DEEDS, type When } from './rule.ts';

/** A channel, or a webhook, with what people call it. */
export interface Named {
  id: string;
  name: string;
}

export interface Known {
  channels: readonly Named[];
  webhooks: readonly Named[];
}

const EXAMPLES =
  'You can say “message me "…"”, “remind me to …”, “post in "General" "…"”, “mail me "…"”, “mail the attendees "…"”, ' +
  '“add a task "…" due in 2 days”, “add the category "…"”, “write "…" into the entry”, or “webhook "…"”.';

/** Where somebody says only that they want to be told. */
const USUAL_TEXTS: Record<When['trigger'], string> = {
  created: 'New: {subject}, {start}',
  changed: 'Changed: {subject}, {start}',
  moved: 'Moved: {subject}, now {start}',
  cancelled: 'Cancelled: {subject}, {start}',
  answered: 'Answered: {subject}, {start}',
  before: 'Coming up: {subject}, {start}',
  after: '{subject} is over',
};
const ROOM_LOST_TEXT = '{subject}, {start}, has lost its room';

export function usualText(when: When): string {
  const isRoom = when.trigger === 'changed' && when.aspects?.length === 1 && when.aspects[0] === 'room';
  return isRoom ? ROOM_LOST_TEXT : USUAL_TEXTS[when.trigger];
}

const isNamed = (name: string | undefined, all: readonly Named[]) => {
  const same = all.filter((one) => one.name.toLowerCase() === name?.toLowerCase());
  return all.find((one) => one.id === name)?.id ?? (same.length === 1 ? same[0]?.id : undefined);
};

/** By id, or by what it is called, if one alone is called so. Without quotes it is the longest name that stands there. */
function find(line: Line, all: readonly Named[], what: string): string {
  const lengths = all.map((one) => line.matching(one.name));
  const longest = Math.max(0, ...lengths);
  const [first, second] = all.filter((_, index) => longest > 1 && lengths[index] === longest);
  if (first && !second) {
    line.skip(longest);
    return first.id;
  }
  const called = line.attempt(() => isNamed(line.name(), all));
  if (called !== undefined) return called;
  const names = all.slice(0, 5).map((one) => `“${one.name}”`);
  return line.fail(names.length > 0 ? `I know these ${what}: ${names.join(', ')}.` : `There are no ${what} yet.`);
}

const MESSAGE = [
  ...['message me', 'remind me', 'tell me', 'notify me', 'ping me', 'say to me', 'let me know', 'alert me'],
  ...['send me a message'],
];
/** "in 10 min", "10 minutes later" */
const delayOf = (line: Line) =>
  line.attempt(() => {
    if (line.take('in', 'after')) return line.duration();
    const minutes = line.duration();
    return minutes !== undefined && line.take('later', 'afterwards') ? minutes : undefined;
  });

function message(line: Line, when: When): { deed: Deed; delay?: number } | undefined {
  if (!line.take(...MESSAGE)) return undefined;
  const before = delayOf(line);
  const deed: Deed = { deed: 'message', text: readText(line, false) ?? usualText(when) };
  const delay = before ?? delayOf(line);
  return delay === undefined ? { deed } : { deed, delay };
}

const POST = [
  ...['post a message in', 'post a message to', 'post in', 'post to', 'post into', 'post'],
  ...['tell the channel', 'tell channel'],
];

function post(line: Line, when: When, known: Known): Deed | undefined {
  if (!line.take(...POST)) return undefined;
  line.take('the channel', 'channel', 'the chat', 'chat');
  const conversationId = find(line, known.channels, 'channels and chats');
  return { deed: 'post', conversationId, text: readText(line, true) ?? usualText(when) };
}

const GUESTS = ['the attendees', 'all attendees', 'attendees', 'the guests', 'the participants', 'everybody'];
const MAIL = [
  ...['send a mail to', 'send an email to', 'send an e-mail to', 'send mail to', 'send email to'],
  ...['mail to', 'email to', 'e-mail to', 'mail', 'email', 'e-mail', 'write to'],
];
const MAIL_ME = ['send me a mail', 'send me an email', 'send me an e-mail'];

function mail(line: Line, when: When): Deed | undefined {
  const isToMe = line.take(...MAIL_ME) !== undefined;
  if (!isToMe && !line.take(...MAIL)) return undefined;
  if (isToMe || line.take('me')) return { deed: 'mail', to: 'me', text: readText(line, false) ?? usualText(when) };
  if (line.take(...GUESTS)) return { deed: 'attendees', text: readText(line, true) ?? usualText(when) };
  const to = addressIn(line);
  if (to === undefined) return line.fail('Say to whom: “mail me …”, “mail the attendees …”, “mail ann@example.com …”.');
  return { deed: 'mail', to, text: readText(line, true) ?? usualText(when) };
}

const TASK = [
  ...['add a task', 'create a task', 'make a task', 'add task', 'create task'],
  ...['add a to-do', 'add a todo', 'create a to-do'],
];
const MINUTES_A_DAY = 24 * 60;

function dueIn(line: Line): number | undefined {
  if (!line.take('due')) return undefined;
  if (line.take('today')) return 0;
  if (line.take('tomorrow')) return MINUTES_A_DAY;
  line.take('in', 'after', 'within');
  return line.duration();
}

function task(line: Line): Deed | undefined {
  if (!line.take(...TASK)) return undefined;
  line.take('for me');
  line.take('to', 'called', 'that');
  const title = readTitle(line);
  if (title === undefined) return line.fail('Say what is to be done: “add a task "Send the minutes" due in 2 days”.');
  const due = line.attempt(() => dueIn(line));
  return { deed: 'task', title, ...(due === undefined ? {} : { dueInMinutes: due }) };
}

const ADD_CATEGORY = [
  ...['add the category', 'add category', 'set the category', 'categorise it as', 'categorize it as', 'tag it as'],
];
const TO_IT = ['to it', 'to the meeting', 'to the entry', 'to the event'];

function category(line: Line): Deed | undefined {
  if (!line.take(...ADD_CATEGORY)) return undefined;
  const name = line.words('to', 'then');
  if (name === undefined) return line.fail('Say which one: “add the category "Customers"”.');
  line.take(...TO_IT);
  return { deed: 'addCategory', category: name };
}

const INTO = ['into', 'to', 'in'];
const ENTRY = [
  ...['the entry', 'the event', 'the meeting', 'the invitation', 'it'],
  ...['its body', 'its description', 'the body', 'the description', 'the agenda', 'its agenda'],
];

function append(line: Line): Deed | undefined {
  if (!line.take('write', 'add', 'append')) return undefined;
  line.take('the text', 'the line');
  const words = line.quoted();
  if (words === undefined || !line.take(...INTO) || !line.take(...ENTRY)) return undefined;
  return { deed: 'appendText', text: words };
}

function webhook(line: Line, known: Known): Deed | undefined {
  line.take('call', 'trigger', 'tell');
  if (!line.take('the webhook', 'my webhook', 'webhook')) return undefined;
  if (known.webhooks.length === 0) line.fail('You have no webhook yet: “webhook add https://…” makes one.');
  return { deed: 'webhook', webhookId: find(line, known.webhooks, 'webhooks') };
}

function oneDeed(line: Line, when: When, known: Known): { deed: Deed; delay?: number } {
  const told = line.attempt(() => message(line, when));
  if (told) return told;
  const others = [
    () => post(line, when, known),
    () => mail(line, when),
    () => task(line),
    () => category(line),
    () => append(line),
    () => webhook(line, known),
  ];
  for (const read of others) {
    const deed = line.attempt(read);
    if (deed) return { deed };
  }
  return line.fail(hintAt(line, true) ?? EXAMPLES);
}

const SEPARATORS = [', and then', ', and', ', then', ',', 'and then', 'and', 'then'];

/** @returns also the pause of "remind me in 10 min", which is the rule's own, and how often, where that is said last */
export function readDeeds(
  line: Line,
  when: When,
  known: Known,
): { deeds: Deed[]; delay?: number; each?: 'series' | 'occurrence' } {
  const deeds: Deed[] = [];
  let delay: number | undefined;
  let each: 'series' | 'occurrence' | undefined;
  line.take('and', 'then', 'please');
  do {
    if (deeds.length === MOST_DEEDS) line.fail(`A rule does up to ${MOST_DEEDS} things; another rule can do more.`);
    const found = oneDeed(line, when, known);
    deeds.push(found.deed);
    delay = found.delay ?? delay;
    each = readEach(line);
  } while (each === undefined && line.take(...SEPARATORS) !== undefined);
  if (!line.isAtEnd) line.fail(EXAMPLES);
  if (delay !== undefined && deeds.length > 1)
    throw new NotUnderstood(
      'in',
      'A rule does all that it does at one time. Say it as “10 minutes after a meeting ends, …”.',
    );
  return { deeds, ...(delay === undefined ? {} : { delay }), ...(each === undefined ? {} : { each }) };
}
