/** One meeting, one message, and it says what is true. */
import assert from 'node:assert/strict';
import type { Card, History } from '../history.ts';
import { HOUR_MS, MINUTE_MS } from './awake.ts';
import { check } from './check.ts';
import { gone, historyOf, lineOf, OID, put, START } from './made.ts';

const { endedAt } = historyOf();
const startAt = endedAt + 2 * HOUR_MS;
const line = lineOf({ startAt });
const card = (patch: Partial<Card> = {}): Card => ({
  oid: OID,
  kind: 'reminder',
  eventId: 'e1',
  sentAt: endedAt - 5 * HOUR_MS,
  shownAt: endedAt - 5 * HOUR_MS,
  shape: 'whole',
  subject: 'Budget 1',
  startAt,
  endAt: startAt + HOUR_MS,
  isStuck: false,
  ...patch,
});
const figuresOf = (cards: Card[], patch: Partial<History> = {}) =>
  check(historyOf({ truth: [put(START, line)], cards, ...patch })).figures;

describe('checker: cards', () => {
  it('finds nothing against those that show what is true', () => {
    const figures = figuresOf([
      card(),
      card({ shape: 'line', sentAt: endedAt - 6 * HOUR_MS, startAt: startAt - HOUR_MS }),
    ]);
    assert.deepEqual([figures.differingCards, figures.comparedCards], [0, 2]);
  });

  it('finds two whole ones about one meeting, and none about two', () => {
    const other = card({ sentAt: endedAt - 6 * HOUR_MS });
    assert.equal(figuresOf([other, card()]).differingCards, 1);
    const two = [put(START, line, lineOf({ id: 'e2', startAt }))];
    assert.equal(figuresOf([card({ eventId: 'e2' }), card()], { truth: two }).differingCards, 0);
  });

  it('finds another start, another subject, and a meeting that is off', () => {
    assert.equal(figuresOf([card({ startAt: startAt + HOUR_MS })]).differingCards, 1);
    assert.equal(figuresOf([card({ subject: 'Budget' })]).differingCards, 1);
    assert.equal(figuresOf([card({ subject: 'Private appointment' })]).differingCards, 0);
    const off = endedAt - 4 * HOUR_MS;
    const ends = [
      gone(off, 'e1'),
      put(off, { ...line, isCancelled: true }),
      put(off, { ...line, response: 'declined' }),
    ];
    for (const end of ends) {
      const patch = {
        truth: [put(START, line), end],
        notifications: [{ at: off, oid: OID, subscriptionId: 's1', sentAt: off, acked: true }],
      };
      assert.equal(figuresOf([card()], patch).differingCards, 1);
      assert.equal(figuresOf([card({ shape: 'line' })], patch).differingCards, 0);
      assert.equal(figuresOf([card({ kind: 'change' })], patch).differingCards, 0, 'that is what it says');
    }
  });

  it('leaves out what is over, what Teams refuses, and what need not be known yet', () => {
    const wrong = { subject: 'Budget' };
    assert.equal(figuresOf([card({ ...wrong, endAt: endedAt })]).comparedCards, 0);
    const stuck = figuresOf([card({ ...wrong, isStuck: true })]);
    assert.deepEqual([stuck.differingCards, stuck.cardsLeftOut], [0, 1]);
    const block = { oid: OID, from: endedAt - 3 * HOUR_MS };
    const blocked = figuresOf([card(wrong)], { unreachable: [{ ...block, to: endedAt }] });
    assert.deepEqual([blocked.differingCards, blocked.cardsLeftOut], [0, 1]);
    const back = figuresOf([card(wrong)], { unreachable: [{ ...block, to: endedAt - 2 * HOUR_MS }] });
    assert.equal(back.differingCards, 1, 'after a block it is made good');
    const open = figuresOf([card(wrong)], {
      truth: [put(START, line), put(endedAt - MINUTE_MS, { ...line, place: 'x' })],
    });
    assert.deepEqual([open.differingCards, open.openCards], [0, 1]);
  });

  it('counts what waits to be shown', () => {
    const report = check(historyOf({ overdueCards: 2 }));
    assert.deepEqual([report.figures.overdueCards, report.pass], [2, false]);
  });
});
