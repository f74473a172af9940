import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { linesOf, taskLines } from '../../src/bot/task-lines.ts';
import { NOW } from '../support/events.ts';

const ANN = { name: 'Ann Organiser', address: 'ann@x.example' };
const ANNE = { name: 'Müller, René', address: 'rene@x.example' };
const BOB = { name: 'Bob Guest', address: 'bob@x.example' };
const BOB2 = { name: 'Bob Second', address: 'bob2@x.example' };
const ME = { name: 'Ada Stern', address: 'ada@x.example' };
const asking = { now: NOW, timeZone: 'Europe/Berlin', locale: 'en-GB' };
const read = (text: string, people = [ANN, ANNE, BOB]) =>
  taskLines(text, { people, me: ME }, asking).map(({ who, text: todo, dueDate }) =>
    [who?.address.split('@')[0] ?? 'mine', todo, ...(dueDate ? [dueDate] : [])].join(' | '),
  );

describe('who does what', () => {
  const CASES: [text: string, ...tasks: string[]][] = [
    ['Ann: send the offer by Friday', 'ann | send the offer by Friday | 2026-12-04'],
    ['ann organiser: send it', 'ann | send it'],
    ['ANN: send it', 'ann | send it'],
    ['@Ann: send it', 'ann | send it'],
    ['ann@x.example: send it', 'ann | send it'],
    ['rene: send it', 'rene | send it'],
    ['Müller, René: send it', 'rene | send it'],
    ['Ann：send it', 'ann | send it'],
    ['send it', 'mine | send it'],
    ['me: send it', 'mine | send it'],
    ['I: send it', 'mine | send it'],
    ['Ada: send it', 'mine | send it'],
    ['Ann and Bob: meet', 'ann | meet', 'bob | meet'],
    ['Ann, me: meet', 'ann | meet', 'mine | meet'],
    ['Ann, Ann: meet', 'ann | meet'],
    ['Budget: ask Ann', 'mine | Budget: ask Ann'],
    ['Zoe: send it', 'mine | Zoe: send it'],
    ['Ann and Zoe: meet', 'mine | Ann and Zoe: meet'],
    ['10:30 call Bob', 'mine | 10:30 call Bob'],
    ['Ann:', 'mine | Ann:'],
    [': send it', 'mine | : send it'],
    ['- Ann: one\n\n* two\r\n3. three', 'ann | one', 'mine | two', 'mine | three'],
    ['', ...[]],
  ];
  for (const [text, ...tasks] of CASES) it(JSON.stringify(text), () => assert.deepEqual(read(text), tasks));

  it('guesses at nobody of two who share a name', () => {
    assert.deepEqual(read('Bob: send it', [BOB, BOB2]), ['mine | Bob: send it']);
    assert.deepEqual(read('Bob Second: send it', [BOB, BOB2]), ['bob2 | send it']);
    assert.deepEqual(read('Ada: send it', [{ name: 'Ada Other', address: 'other@x.example' }]), [
      'mine | Ada: send it',
    ]);
  });

  it('loses nothing that was written, and takes nobody who is not there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const tasks = taskLines(text, { people: [ANN, BOB], me: ME }, asking);
        assert.ok(tasks.length >= linesOf(text).length);
        for (const { who, text: todo } of tasks) {
          assert.ok(todo.length > 0 && todo.length <= 250);
          assert.ok(who === undefined || who === ANN || who === BOB);
        }
      }),
    );
  });
});
