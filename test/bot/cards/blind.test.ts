import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { blindCard } from '../../../src/bot/cards/blind.ts';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import type { BlindFacts, BlindLine } from '../../../src/nudges/blind.ts';
import type { NudgeToSend } from '../../../src/store/nudges.ts';
import { DAY, HOUR, MINUTE, NOW, utc } from '../../support/events.ts';

const READER = { personId: 'person-1', timeZone: 'Europe/Berlin', locale: 'en-GB' };
const facts = (more: Partial<BlindFacts> = {}): BlindFacts => ({
  fromAt: utc('2026-12-01 05:12'),
  toAt: utc('2026-12-01 07:40'),
  changes: [],
  more: 0,
  ...more,
});
const line = (more: Partial<BlindLine> = {}): BlindLine => ({
  change: 'moved',
  eventId: 'e1',
  subject: 'Planning',
  startAt: utc('2026-12-01 14:00'),
  endAt: utc('2026-12-01 14:30'),
  before: { startAt: utc('2026-12-01 10:00'), endAt: utc('2026-12-01 10:30') },
  occurrences: 1,
  ...more,
});
/** As plain text; narrow spaces are Intl's. */
const text = (more: Partial<BlindFacts>, now = NOW) =>
  blindCard(facts(more), READER, now).fallbackText.replace(/[\u2009\u202f]/g, ' ');
const lines = (one: Partial<BlindLine>) =>
  text({ changes: [line(one)] })
    .split('\n')
    .slice(2);

describe('“I was blind”', () => {
  /** [what, from, to, headline] */
  const spans: [string, number, number, RegExp][] = [
    ['today', utc('2026-12-01 05:12'), utc('2026-12-01 07:40'), /^I was blind from 06:12 to 08:40\.$/],
    [
      'since yesterday',
      utc('2026-11-30 20:00'),
      utc('2026-12-01 07:40'),
      /^I was blind from .*30.* 21:00 to today 08:40\.$/,
    ],
    ['days ago', utc('2026-11-27 09:00'), utc('2026-11-28 10:00'), /^I was blind from .*27.* 10:00 to .*28.* 11:00\.$/],
  ];
  for (const [what, fromAt, toAt, expected] of spans)
    it(`names the time in the reader’s zone, and the day where it is not today: ${what}`, () =>
      assert.match(text({ fromAt, toAt }).split('\n')[0] ?? '', expected));

  it('says that nothing happened when nothing did', () =>
    assert.match(text({}), /Nothing in your calendar changed meanwhile\.$/));

  /** [what, line, words] */
  const cases: [string, Partial<BlindLine>, RegExp][] = [
    ['a move', {}, /^Moved: Planning — from today 11:00 ?– ?11:30 to today 15:00 ?– ?15:30$/],
    ['an invitation', { change: 'invited', before: undefined }, /^New: Planning — today 15:00/],
    ['a cancellation, at its old time', { change: 'cancelled' }, /^Cancelled: Planning — today 11:00/],
    ['one that takes place after all', { change: 'restored' }, /^Takes place after all: Planning — today 15:00/],
    [
      'another place that is not to be shown',
      { change: 'place', subject: 'Private appointment', isDiscreet: true },
      /^At another place: Private appointment — today 15:00/,
    ],
    ['another place', { change: 'place', place: 'Room 2' }, /^Now in Room 2: Planning — today 15:00/],
    ['no place', { change: 'place' }, /^Now without a place: Planning/],
    ['another way to join', { change: 'link' }, /^New way to join: Planning/],
    ['a series', { occurrences: 4 }, /, the first of 4$/],
    [
      'a whole day',
      {
        change: 'invited',
        startAt: utc('2026-12-01 00:00'),
        endAt: utc('2026-12-02 00:00'),
        allDay: { startDate: '2026-12-01', endDate: '2026-12-02' },
      },
      /^New: Planning — Tue 1 Dec, all day$/,
    ],
  ];
  for (const [what, one, expected] of cases)
    it(`tells ${what} in a line of plain text`, () => {
      const [only, ...more] = lines(one);
      assert.match(only ?? '', expected);
      assert.deepEqual(more, []);
    });

  it('says how many more there were', () => {
    assert.match(text({ changes: [line()], more: 1 }), /And 1 more change: please look into your calendar\.$/);
    assert.match(text({ changes: [line()], more: 12 }), /And 12 more changes/);
  });

  it('has the place and the subject escaped on the card', () => {
    const evil = '*x* [Click](https://evil.example) <at>all</at>';
    const card = JSON.stringify(
      blindCard(facts({ changes: [line({ subject: evil, change: 'place', place: evil })] }), READER, NOW).card.body,
    );
    assert.doesNotMatch(card, /(?<!\\)\[Click|(?<!\\)<at|(?<!\\)\*x/);
  });

  it('is rendered from the ledger', () => {
    const nudge = { kind: 'blind', eventId: '', facts: facts({ changes: [line()] }) } as unknown as NudgeToSend;
    assert.deepEqual(renderNudge(nudge, READER, NOW), blindCard(facts({ changes: [line()] }), READER, NOW));
  });

  it('told a day later names days', () =>
    assert.doesNotMatch(text({ changes: [line()] }, NOW + DAY + HOUR + MINUTE), /today/));
});
