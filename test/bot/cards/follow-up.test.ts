import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { followUpCard, offeredTaskCard, RETRY_FOLLOW_UP, SAVE_FOLLOW_UP } from '../../../src/bot/cards/follow-up.ts';
import { permissionCard } from '../../../src/bot/cards/permission.ts';
import { meetingFacts } from '../../../src/nudges/facts.ts';
import type { FollowUpFacts, SavedFollowUp } from '../../../src/nudges/follow-up.ts';
import { mine, NOW } from '../../support/events.ts';

const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
const SAVED: SavedFollowUp = {
  startAt: NOW,
  decided: 'We go',
  tasks: '',
  open: '',
  wantsMail: true,
  inTodo: 0,
  ownTasks: 0,
  offered: [],
  unreached: [],
  openPoints: 0,
  mailed: 0,
};
const cardOf = (more: Partial<FollowUpFacts> = {}) =>
  followUpCard({ ...meetingFacts(mine()), ...more }, 'e1', READER, NOW);
const saved = (more: Partial<SavedFollowUp>, facts: Partial<FollowUpFacts> = {}) =>
  cardOf({ ...facts, saved: { ...SAVED, ...more } });
const words = (message: { card: object }) => JSON.stringify(message.card);

describe('the card of a follow-up', () => {
  it('asks, with a way out for one and for a series', () => {
    assert.match(words(cardOf()), /What was decided[\s\S]*Who does what[\s\S]*What stays open[\s\S]*by mail/);
    assert.ok(!words(cardOf()).includes('Not for this series'));
    assert.ok(words(cardOf({ isSeries: true })).includes('Not for this series'));
    assert.match(cardOf().fallbackText, /^How did it go\? Planning — .*\. Write down what was decided/);
  });

  const CASES: [name: string, more: Partial<SavedFollowUp>, fallback: RegExp, again: boolean][] = [
    ['tasks and mail', { inTodo: 2, mailed: 5 }, /: 2 tasks in To Do, summary sent to 5 people\./, false],
    [
      'one of each',
      { inTodo: 1, mailed: 1, openPoints: 1 },
      /1 task in To Do, 1 open point noted, summary sent to 1 person\./,
      false,
    ],
    ['others’ tasks', { offered: ['Ann', 'Bob'] }, /: Told in chat: Ann and Bob\./, false],
    ['one without us', { unreached: ['Zoe'] }, /: Please tell Zoe yourself: I can’t reach them in chat\./, false],
    [
      'two without us, who got the mail',
      { unreached: ['Zoe', 'Yan'], mailed: 3 },
      /: By mail alone, as I can’t reach them in chat: Zoe and Yan, summary sent/,
      false,
    ],
    ['nothing', {}, /Nothing done yet/, false],
    ['no permission for tasks', { taskTrouble: 'consent' }, /Nothing done yet/, true],
    ['no permission for mail', { inTodo: 1, mailTrouble: 'consent' }, /1 task in To Do/, true],
    ['a mail that was refused', { mailTrouble: 'failed' }, /Nothing done yet/, true],
    ['a mail in doubt', { mailTrouble: 'doubtful' }, /Nothing done yet/, false],
    ['tasks in doubt', { taskTrouble: 'doubtful' }, /Nothing done yet/, true],
    ['work that goes on', { taskTrouble: 'underway', mailTrouble: 'underway' }, /Nothing done yet/, false],
  ];
  for (const [name, more, fallback, again] of CASES)
    it(`says what was done: ${name}`, () => {
      const message = saved(more);
      assert.match(message.fallbackText, fallback);
      assert.equal(words(message).includes(RETRY_FOLLOW_UP), again);
      assert.ok(!words(message).includes(SAVE_FOLLOW_UP), 'no second form');
    });

  it('keeps open points for the next of a series', () => {
    assert.match(saved({ openPoints: 2 }, { isSeries: true }).fallbackText, /2 open points kept for the next/);
  });

  it('takes foreign text literally', () => {
    const message = saved({ decided: '[x](https://evil.example)', offered: ['**Ann**'] });
    assert.ok(words(message).includes('\\\\[x\\\\](https://evil.example)'));
    assert.ok(words(message).includes('\\\\*\\\\*Ann'));
    const offered = offeredTaskCard({ from: '[A](x)', task: '<b>', subject: '# S', startAt: NOW }, 'n');
    const shown = JSON.stringify(offered.card.body);
    for (const one of ['\\\\[A\\\\](x)', '\\\\# S', '\\\\<b\\\\>']) assert.ok(shown.includes(one), one);
  });

  it('asks for permissions by what they are for', () => {
    const { summary } = permissionCard('https://x.example/', ['Mail.Send']);
    assert.equal(summary, 'To do that I need your permission: sending mail as you.');
  });
});
