/** Mails about double bookings: who is told what, and what is free instead. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RoomConflictFacts } from '../../src/rooms/facts.ts';
import { conflictMail } from '../../src/rooms/words.ts';
import { HOUR, NOW } from '../support/events.ts';

const other = { roomId: 'beta', name: 'Beta', why: '6 seats, same building' };
const facts = (side: RoomConflictFacts['side'], alternatives: (typeof other)[]): RoomConflictFacts => ({
  conflictId: 'conflict',
  roomId: 'alpha',
  room: 'Alpha',
  side,
  subject: 'Planning',
  other: 'Bob',
  occurrences: [{ eventId: 'event', startAt: NOW, endAt: NOW + HOUR, alternatives }],
  more: 0,
  isSeries: false,
});

describe('a mail about a double booking', () => {
  /** [side, what is free, what stands there, what does not] */
  const cases: [RoomConflictFacts['side'], (typeof other)[], RegExp, RegExp][] = [
    ['first', [], /you keep the room/, /no other room/],
    ['second', [other], /Bob was first[\s\S]*free then: Beta \(6 seats, same building\)/, /no other room/],
    ['second', [], /Bob was first[\s\S]*– no other room that fits is free then/, /free then:/],
    ['both', [], /Two of your own[\s\S]*– no other room that fits is free then/, /free then:/],
  ];
  for (const [side, alternatives, has, lacks] of cases)
    it(`to the ${side} side, with ${alternatives.length} rooms free`, () => {
      const { text } = conflictMail(facts(side, alternatives), 'Europe/Berlin');
      assert.match(text, has);
      assert.doesNotMatch(text, lacks);
    });
});
