/** The part of a rule's line that says what to do: "message me …, and add the category Big". Pure. */
import { type Line, NotUnderstood } from './line.ts';
import { type Deed, isAddress, MOST_DEEDS, type When } from './rule.ts';

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

/** By id, or by what it is called, if one alone is called so. */
function find(line: Line, all: readonly Named[], what: string): string {
  const called = line.attempt(() => {
    const name = line.name();
    const same = all.filter((one) => one.name.toLowerCase() === name?.toLowerCase());
    return all.find((one) => one.id === name)?.id ?? (same.length === 1 ? same[0]?.id : undefined);
  });
  if (called !== undefined) return called;
  const names = all.slice(0, 5).map((one) => `“${one.name}”`);
  return line.fail(names.length > 0 ? `I know these ${what}: ${names.join(', ')}.` : `There are no ${what} yet.`);
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Quoted, or whatever is left of the line. */
function text(line: Line): string | undefined {
  line.take('to', 'that', 'about', 'saying', 'with');
  const quoted = line.quoted();
  if (quoted !== undefined) return quoted;
  if (line.isAtEnd || isAnotherDeed(line)) return undefined;
  return capital(line.rest());
}

const isAnotherDeed = (line: Line) => {
  let isThere = false;
  line.attempt(() => {
    isThere = line.take(',', 'and') !== undefined;
    return undefined;
  });
  return isThere;
};

function message(line: Line, when: When): { deed: Deed; delay?: number } | undefined {
  if (!line.take('message me', 'remind me', 'tell me', 'notify me', 'ping me', 'say to me')) return undefined;
  const delay = line.attempt(() => (line.take('in', 'after') ? line.duration() : undefined));
  const deed: Deed = { deed: 'message', text: text(line) ?? usualText(when) };
  return delay === undefined ? { deed } : { deed, delay };
}

function post(line: Line, when: When, known: Known): Deed | undefined {
  if (!line.take('post in', 'post to', 'post into', 'post', 'tell the channel', 'tell channel')) return undefined;
  line.take('the channel', 'channel', 'the chat', 'chat');
  const conversationId = find(line, known.channels, 'channels and chats');
  return { deed: 'post', conversationId, text: text(line) ?? usualText(when) };
}

const GUESTS = ['the attendees', 'all attendees', 'attendees', 'the guests', 'the participants', 'everybody'];

function mail(line: Line, when: When): Deed | undefined {
  if (!line.take('send a mail to', 'send mail to', 'mail', 'email', 'e-mail', 'write to')) return undefined;
  if (line.take(...GUESTS)) return { deed: 'attendees', text: text(line) ?? usualText(when) };
  const to = line.take('me') ?? line.word((word) => isAddress(word.toLowerCase()))?.toLowerCase();
  if (to === undefined) return line.fail('Say to whom: “mail me …”, “mail the attendees …”, “mail ann@example.com …”.');
  return { deed: 'mail', to, text: text(line) ?? usualText(when) };
}

function task(line: Line): Deed | undefined {
  if (!line.take('add a task', 'create a task', 'make a task', 'add task', 'create task')) return undefined;
  line.take('to', 'called', 'that');
  const quoted = line.quoted();
  const title = quoted ?? capital(line.words('due') ?? '');
  if (title === '') return line.fail('Say what is to be done: “add a task "Send the minutes" due in 2 days”.');
  const due = line.attempt(() => (line.take('due in', 'due') ? line.duration() : undefined));
  return { deed: 'task', title, ...(due === undefined ? {} : { dueInMinutes: due }) };
}

function category(line: Line): Deed | undefined {
  if (!line.take('add the category', 'add category', 'set the category', 'categorise it as', 'categorize it as'))
    return undefined;
  const name = line.words();
  if (name === undefined) return line.fail('Say which one: “add the category "Customers"”.');
  return { deed: 'addCategory', category: name };
}

const INTO = ['into', 'to', 'in'];
const ENTRY = ['the entry', 'the event', 'the meeting', 'its body', 'its description', 'the body', 'the agenda'];

function append(line: Line): Deed | undefined {
  if (!line.take('write', 'add', 'append')) return undefined;
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
  return line.fail(EXAMPLES);
}

/** @returns also the pause of "remind me in 10 min", which is the rule's own */
export function readDeeds(line: Line, when: When, known: Known): { deeds: Deed[]; delay?: number } {
  const deeds: Deed[] = [];
  let delay: number | undefined;
  line.take('then', 'please');
  do {
    if (deeds.length === MOST_DEEDS) line.fail(`A rule does up to ${MOST_DEEDS} things; another rule can do more.`);
    const found = oneDeed(line, when, known);
    deeds.push(found.deed);
    delay = found.delay ?? delay;
  } while (line.take(', and then', ', and', ', then', ',', 'and then', 'and', 'then') !== undefined);
  if (!line.isAtEnd) line.fail(EXAMPLES);
  if (delay === undefined) return { deeds };
  if (deeds.length > 1)
    throw new NotUnderstood(
      'in',
      'A rule does all that it does at one time. Say it as “10 minutes after a meeting ends, …”.',
    );
  return { deeds, delay };
}
