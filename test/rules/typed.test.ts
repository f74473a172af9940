/** What people really type: each either makes the rule that was meant, or is answered with what was not understood. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hear } from '../../src/bot/commands/commands.ts';
import { type Known, parseRule } from '../../src/rules/parse.ts';
import { wordsOf } from '../../src/rules/words.ts';

const KNOWN: Known = {
  channels: [
    { id: '19:sales', name: 'Sales' },
    { id: '19:dach', name: 'Sales DACH' },
    { id: '19:general', name: 'Sales › General' },
  ],
  webhooks: [{ id: 'hook', name: 'my-crm' }],
};
const OVER = 'message me "{subject} is over"';
const SOON = 'message me "Coming up: {subject}, {start}"';

/** [typed, said back; or what is not understood, and what the answer says beside] */
const TYPED: [line: string, meant: string | [part: string, says: RegExp]][] = [
  // Letters, blanks, typos
  [
    'When A Meeting With External People ENDS, Remind ME In 10 MIN To write the follow-up',
    '10 minutes after a meeting with external people ends, message me "Write the follow-up"',
  ],
  ['when   a  meeting\u00a0ends ,tell   me', `when a meeting ends, ${OVER}`],
  ['when a meeting\u200b ends; please tell me', `when a meeting ends, ${OVER}`],
  ['when a meetting ends, tell me', ['meetting ends, tell me', /which meetings.*“a meeting with external people”/]],
  ['wen a meeting ends, tell me', ['wen a meeting ends, tell me', /begins with “when …”.*For example/]],
  ['when a meeting ends remnd me', ['remnd me', /“message me "…"”/]],
  ['when eine Besprechung endet, erinnere mich', ['eine Besprechung endet, erinnere mich', /Say which meetings/]],
  // Quotes
  ['when a meeting called \'Board\' moves, tell me "x"', 'when a meeting called "Board" moves, message me "x"'],
  ['when a meeting called ‘Board’ moves, tell me “x”', 'when a meeting called "Board" moves, message me "x"'],
  ['when a meeting called ”Board” moves, tell me ’x’', 'when a meeting called "Board" moves, message me "x"'],
  ['when a meeting called »Board« moves, tell me «x»', 'when a meeting called "Board" moves, message me "x"'],
  ['when a meeting called „Jour fixe“ moves, tell me ‚x‘', 'when a meeting called "Jour fixe" moves, message me "x"'],
  ["when a meeting ends, message me 'Don't forget'", 'when a meeting ends, message me "Don\'t forget"'],
  [
    'when a meeting called Jour fixe moves, tell me',
    ['fixe moves, tell me', /several words stands in quotes.*"Jour fixe"/],
  ],
  ['when a meeting called "Board moves, tell me', ['"Board moves, tell me', /quotation mark begins there/]],
  ['when a meeting ends, message me "Hi, and mail me', ['"Hi, and mail me', /none ends it/]],
  ['when my "Board" meeting moves, tell me "x"', 'when a meeting called "Board" moves, message me "x"'],
  // Names of people, rooms and calendars
  ['when a meeting with Müller ends, tell me', ['with Müller ends, tell me', /“with ann@customer.com”/]],
  ['when a meeting with ann@müller.de ends, tell me', ['with ann@müller.de ends, tell me', /address or a domain/]],
  ['when a meeting with <Ann@Customer.COM> ends, tell me', `when a meeting with ann@customer.com ends, ${OVER}`],
  ['when a meeting with @customer.com ends, tell me', `when a meeting with customer.com ends, ${OVER}`],
  [
    'when a meeting organised by Ann ends, tell me',
    ['organised by Ann ends, tell me', /organised by ann@customer.com/],
  ],
  [
    'when a meeting organised by O’Brien@corp.example ends, tell me',
    `when a meeting organised by o'brien@corp.example ends, ${OVER}`,
  ],
  [
    'when a meeting in the room Besprechung München ends, tell me',
    ['München ends, tell me', /A name of several words stands in quotes/],
  ],
  ['when a meeting in the room „Große Halle“ ends, tell me', `when a meeting in the room "Große Halle" ends, ${OVER}`],
  ['10 minutes after a meeting in my calendar ends, tell me', `10 minutes after a meeting ends, ${OVER}`],
  ['10 minutes after a meeting called ends, tell me', ['called ends, tell me', /Names stand in quotes/]],
  ['30 minutes before a meeting in the room starts, tell me', ['in the room starts, tell me', /Names stand in quotes/]],
  // And, or, not
  ['when a meeting with a@x.com or b@y.com ends, tell me', ['or b@y.com ends, tell me', /for “or”, make two rules/]],
  ['when a meeting with a@x.com and b@y.com ends, tell me', ['and b@y.com ends, tell me', /one can be named/]],
  [
    'when a meeting with a@x.com and without an agenda ends, tell me',
    `when a meeting with a@x.com without an agenda ends, ${OVER}`,
  ],
  ['when a meeting moves or is cancelled, tell me', ['or is cancelled, tell me', /make two rules/]],
  ['when a meeting is created, moved or cancelled, tell me', ['moved or cancelled, tell me', /You can say/]],
  ['when a meeting is not accepted, tell me', ['is not accepted, tell me', /“is answered”/]],
  ['when a meeting that isn’t recurring ends, tell me', `when a meeting that is not recurring ends, ${OVER}`],
  ['when a meeting is created with customer.com, tell me', ['with customer.com, tell me', /Conditions stand before/]],
  ['when a meeting is accepted by bob@x.com, tell me', ['by bob@x.com, tell me', /“is declined by me”/]],
  // Numbers and hours
  [
    'when a meeting with more than eight people is created, add the category Big',
    'when a meeting with at least 9 people is created, add the category "Big"',
  ],
  ['when a meeting with 8+ people ends, tell me', `when a meeting with at least 8 people ends, ${OVER}`],
  [
    'when a meeting with between 3 and 5 people ends, tell me',
    `when a meeting with at least 3 people with at most 5 people ends, ${OVER}`,
  ],
  ['when a meeting with 0 people ends, tell me', ['when a meeting with 0 people ends, tell me', /1 to 1,000 people/]],
  ['Thirty minutes before a meeting, tell me', `30 minutes before a meeting, ${SOON}`],
  ['1.5 hours before a meeting, tell me', `90 minutes before a meeting, ${SOON}`],
  ['an hour and a half before a meeting, tell me', `90 minutes before a meeting, ${SOON}`],
  ['1h30 before all day events, tell me', `90 minutes before an entry that is all-day, ${SOON}`],
  ['30 before a meeting, tell me', ['30 before a meeting, tell me', /“30 minutes before …”/]],
  ['10 minutes after a meeting starts, tell me', ['starts, tell me', /before the start or after the end/]],
  ['10 minutes before a meeting ends, tell me', ['ends, tell me', /before the start or after the end/]],
  ['when a meeting starts in 30 minutes, tell me', ['in 30 minutes, tell me', /“30 minutes before a meeting, …”/]],
  // What is said, and when
  [
    'when a meeting ends, remind me to write the follow-up in 10 min',
    '10 minutes after a meeting ends, message me "Write the follow-up"',
  ],
  ['when a meeting ends, remind me 10 min later to call', '10 minutes after a meeting ends, message me "Call"'],
  ['when a meeting ends, remind me tomorrow to call', ['tomorrow to call', /text in quotes.*in 10 min/]],
  ['when a meeting ends, remind me to call tomorrow', ['tomorrow', /text in quotes/]],
  ['when a meeting ends, remind me in 10 to call', ['in 10 to call', /text in quotes.*in 10 min/]],
  ['when a meeting starts, tell me to open it 10 minutes before', ['10 minutes before', /text in quotes/]],
  ['when a meeting ends, tell me by mail', ['by mail', /text in quotes/]],
  ['when a meeting ends, tell me only if it is big', ['only if it is big', /Conditions stand at the beginning/]],
  ['when a meeting ends, tell me to call Bob if it is big', ['if it is big', /Conditions stand at the beginning/]],
  [
    'when a meeting ends, tell me to bring pens, paper and cake',
    'when a meeting ends, message me "Bring pens, paper and cake"',
  ],
  ['when a meeting ends, message me "{ subject }: done"', 'when a meeting ends, message me "{ subject }: done"'],
  [
    'when a meeting ends, message me "{start time}"',
    ['when a meeting ends, message me "{start time}"', /I don’t know \{start time\}/],
  ],
  // Several deeds
  ['when a meeting ends, tell me then mail me', `when a meeting ends, ${OVER}, and mail me "{subject} is over"`],
  [
    'when a meeting ends, remind me to call, and add a task "Send notes" due tomorrow',
    'when a meeting ends, message me "Call", and add a task "Send notes" due in 1 day',
  ],
  ['when a meeting ends, remind me to call and add a task "Send"', ['and add a task "Send"', /text in quotes/]],
  [
    'when a meeting ends, tell me to say hi, once per series',
    'when a meeting ends, once per series, message me "Say hi"',
  ],
  ['when a meeting ends, mail bob@x.com "Hi" and ann@x.com "Hi"', ['ann@x.com "Hi"', /You can say/]],
  ['when a meeting ends, mail the attendees that declined', ['declined', /What others read stands in quotes/]],
  ['when a meeting ends, mail the attendees at customer.com', ['at customer.com', /What others read stands in quotes/]],
  ['when a meeting ends, post in Sales DACH "Over"', 'when a meeting ends, post in "Sales DACH" "Over"'],
  ['when a meeting ends, post in Sales that it is over', ['it is over', /What others read stands in quotes/]],
  [
    'when a meeting ends, add the category Big Customers to the meeting and tell me',
    `when a meeting ends, add the category "Big Customers", and ${OVER}`,
  ],
  ['when a meeting ends, add a task Send notes by Friday', ['by', /say when it is due after it/]],
  [
    'when a meeting ends, add a task in 2 days to send notes',
    ['in 2 days to send notes', /say when it is due after it/],
  ],
  ['when a meeting ends, don’t tell me', ['don’t tell me', /You can say/]],
  ['when a meeting ends, tell Bob', ['tell Bob', /You can say/]],
];

describe('what people type for a rule', () => {
  for (const [line, meant] of TYPED)
    it(`“${line}” ${typeof meant === 'string' ? 'is understood' : 'is asked about'}`, () => {
      const parsed = parseRule(line, KNOWN);
      if (typeof meant === 'string') {
        assert.equal(parsed.kind === 'rule' ? wordsOf(parsed.spec, KNOWN) : parsed.say, meant);
        return;
      }
      const [part, says] = meant;
      assert.ok(parsed.kind === 'notUnderstood', parsed.kind === 'rule' ? wordsOf(parsed.spec, KNOWN) : '');
      assert.equal(parsed.part, part);
      assert.match(parsed.say, says);
    });

  it('is heard as a rule', () => {
    for (const typed of [
      ...[
        'thirty minutes before a meeting, tell me',
        '1.5 hours after meetings, tell me',
        'if a meeting ends, tell me',
      ],
      ...['an hour and a half before a meeting, tell me', 'as soon as a meeting ends, tell me', 'Each time it ends, x'],
    ])
      assert.equal(hear(typed)?.command.name, 'when', typed);
    for (const typed of ['30 minutes', '10 min before', 'a meeting before lunch', 'two'])
      assert.notEqual(hear(typed)?.command.name, 'when', typed);
  });
});
