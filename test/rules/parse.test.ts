import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseRule } from '../../src/rules/parse.ts';
import { type RuleSpec, ruleSpec } from '../../src/rules/rule.ts';
import { wordsOf } from '../../src/rules/words.ts';
import { anySpec, KNOWN } from './specs.ts';

type Case = [line: string, words: string];

/** What people type, and how it is said back. */
const UNDERSTOOD: Case[] = [
  [
    'when a meeting with external people ends, remind me in 10 min to write the follow-up',
    '10 minutes after a meeting with external people ends, message me "Write the follow-up"',
  ],
  [
    'when a meeting with more than 8 people is created, add the category Big',
    'when a meeting with at least 9 people is created, add the category "Big"',
  ],
  [
    '30 minutes before meetings with customer.com tell me to open the deck',
    '30 minutes before a meeting with customer.com, message me "Open the deck"',
  ],
  [
    'when a room is lost, post in “sales › general”',
    'when an entry changes its room, post in "Sales › General" "{subject}, {start}, has lost its room"',
  ],
  [
    '2 days before meetings without an agenda, that I organise, message me "Agenda for {subject}?"',
    '2 days before a meeting without an agenda that I organise, message me "Agenda for {subject}?"',
  ],
  ['when "Board" moves, webhook my-crm', 'when an entry called "Board" moves, webhook "my-crm"'],
  ['when “Board” moves, webhook hook-3', 'when an entry called "Board" moves, webhook "hook-3"'],
  [
    'When a 1:1 is over: add a task Send notes due in 1 day and mail me',
    'when a meeting that is a 1:1 ends, add a task "Send notes" due in 1 day, and mail me "{subject} is over"',
  ],
  [
    'when somebody declines a meeting I organise, tell me',
    'when a meeting that I organise is declined, message me "Answered: {subject}, {start}"',
  ],
  [
    'when I accept an invitation to something with 3 to 5 people, add a task to prepare',
    'when an entry with at least 3 people with at most 5 people is accepted by me, add a task "Prepare"',
  ],
  [
    "an hour before meetings that I haven't answered, ping me",
    '1 hour before a meeting that I have not answered, message me "Coming up: {subject}, {start}"',
  ],
  [
    'half an hour after recurring meetings in room Berlin end, once per series, mail the attendees "Thanks"',
    '30 minutes after a meeting in the room "Berlin" that is recurring ends, once per series, mail the attendees "Thanks"',
  ],
  [
    'when a meeting changes its place or time, then message me',
    'when a meeting changes its place or its time, message me "Changed: {subject}, {start}"',
  ],
  ['when an all-day event starts, message me "Today"', 'when an entry that is all-day starts, message me "Today"'],
  [
    'whenever meetings organised by boss@corp.example are cancelled write "Free again" into the entry, then mail ann@corp.example',
    'when a meeting organised by boss@corp.example is cancelled, write "Free again" into the entry, and mail ann@corp.example "Cancelled: {subject}, {start}"',
  ],
  [
    'when I am invited to a meeting with no agenda whose subject contains "sync", tell me that it is only a sync',
    'when a meeting called "sync" without an agenda that others organise is created, message me "It is only a sync"',
  ],
];

/** What is not understood, which part of it, and a word of what is said about it. */
const NOT_UNDERSTOOD: [line: string, part: string, says: RegExp][] = [
  ['', '', /begins with “when …”/],
  ['remind me of lunch', 'remind me of lunch', /begins with “when …”/],
  ['when a meeting explodes, tell me', 'explodes, tell me', /“is created”.*“moves”/],
  ['when a dog barks, tell me', 'dog barks, tell me', /which meetings.*external people/],
  ['when a meeting ends', '', /missing after it.*message me/],
  ['when a meeting ends, dance', 'dance', /I understood “when a meeting ends,”.*“dance”.*message me/],
  ['when a meeting ends, post in Nowhere "x"', 'Nowhere "x"', /“Sales › General”/],
  ['when a meeting ends, post in twice "x"', 'twice "x"', /know these channels/],
  ['when a meeting ends, webhook nothing', 'nothing', /know these webhooks/],
  ['when a meeting is created, remind me in 10 min to call', 'in', /counts from the end/],
  [
    'when a meeting ends, message me "{customer}"',
    'when a meeting ends, message me "{customer}"',
    /\{customer\}.*\{subject\}/,
  ],
  ['30 minutes meetings with a.example, tell me', 'meetings with a.example, tell me', /“before” or “after”/],
  ['20 days before meetings, tell me', 'before', /14 days/],
  ['when a meeting ends, message me ""', 'when a meeting ends, message me ""', /empty/],
  ['when a meeting with 9 people with 3 people ends, tell me', 'ends, tell me', /said once/],
  ['when a meeting ends, mail bob', 'bob', /Say to whom/],
  ['when a meeting ends, webhook my-crm, webhook hook-1, mail me "x", mail me "y"', 'mail me "y"', /up to 3 things/],
  [
    'when a meeting with 1 to 5000 people ends, tell me',
    'when a meeting with 1 to 5000 people ends, tell me',
    /1 to 1,000 people/,
  ],
];

const rule = (line: string): RuleSpec => {
  const parsed = parseRule(line, KNOWN);
  if (parsed.kind === 'notUnderstood') assert.fail(`${line}: ${parsed.say}`);
  return parsed.spec;
};

describe('a rule in one line', () => {
  for (const [line, words] of UNDERSTOOD)
    it(`understands “${line}”`, () => {
      assert.equal(wordsOf(rule(line), KNOWN), words);
      assert.deepEqual(rule(words), rule(line));
    });

  for (const [line, part, says] of NOT_UNDERSTOOD)
    it(`says what it does not understand of “${line}”`, () => {
      const parsed = parseRule(line, KNOWN);
      assert.equal(parsed.kind, 'notUnderstood');
      if (parsed.kind !== 'notUnderstood') return;
      assert.equal(parsed.part, part);
      assert.match(parsed.say, says);
    });

  it('reads back what it says of any rule', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        assert.ok(ruleSpec.safeParse(spec).success);
        assert.deepEqual(rule(wordsOf(spec, KNOWN)), spec);
      }),
      { numRuns: 150 },
    );
  });

  it('answers whatever is typed, and never throws', () => {
    const words = fc.constantFrom(
      'when',
      'a',
      'meeting',
      'with',
      '3',
      'days',
      'before',
      'ends',
      ',',
      '"x"',
      '"',
      'and',
      'tell',
      'me',
    );
    const line = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(words, { maxLength: 15 }).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(line, (typed) => {
        const parsed = parseRule(typed, KNOWN);
        if (parsed.kind === 'notUnderstood') return assert.ok(parsed.say.length > 10);
        assert.deepEqual(rule(wordsOf(parsed.spec, KNOWN)), parsed.spec);
      }),
      { numRuns: 150 },
    );
  });

  it('is done with a long line at once', () => {
    for (const piece of ['with ', 'a meeting and ', '"', '\\"', ', ', '9 ']) {
      const line = `when a meeting ${piece.repeat(1_000)}`.slice(0, 6_000);
      assert.equal(parseRule(line, KNOWN).kind, 'notUnderstood');
    }
    assert.match((parseRule('x'.repeat(7_000), KNOWN) as { say: string }).say, /too long/);
  });
});
