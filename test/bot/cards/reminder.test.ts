import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reminderCard } from '../../../src/bot/cards/reminder.ts';
import { type ReminderFacts, reminderFacts } from '../../../src/nudges/reminder.ts';
import { attendee, DAY, MINUTE, meeting, mine } from '../../support/events.ts';

const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
const ONLINE = { joinUrl: 'https://teams.microsoft.com/l/meetup-join/x', webLink: 'https://outlook.example/1' };
const EVENT = meeting({ ...ONLINE, seriesMasterId: 'series', attendees: [attendee('Bob'), attendee('Cy')] });
const START = EVENT.startAt;

interface Button {
  type: string;
  title: string;
  verb?: string;
  data?: Record<string, unknown>;
  card?: { actions: Button[] };
}

const cardAt = (minutes: number, more: Partial<ReminderFacts> = {}) =>
  reminderCard({ ...reminderFacts(EVENT), ...more }, READER, START + minutes * MINUTE, EVENT.id).card;
const buttons = (card: unknown) => (card as { actions: Button[] }).actions;
const titles = (list: Button[]) => list.map((one) => one.title);
const behind = (card: unknown, title: string) => buttons(card).find((one) => one.title === title)?.card?.actions ?? [];
const head = (card: unknown) => (card as { body: { text: string }[] }).body[0]?.text;

describe('the card of a reminder', () => {
  /** [minutes from the start, what is known, what it says first, its buttons, those behind “More”] */
  const FEW = ['For this one', 'For the series'];
  const LAST = ['Mute this series', 'Open in calendar'];
  const CASES: [string, number, Partial<ReminderFacts>, string, string[], string[]][] = [
    [
      'a quarter of an hour before',
      -15,
      {},
      '⏰ Starts in 15 min',
      ['Join', 'Snooze 5 min', 'Running late', 'More'],
      [...FEW, 'Until it starts', 'Dismiss', ...LAST],
    ],
    [
      'too late to snooze for minutes',
      -4,
      {},
      '⏰ Starts in 4 min',
      ['Join', 'Until it starts', 'Running late', 'More'],
      [...FEW, 'Dismiss', ...LAST],
    ],
    [
      'at the start: nothing to snooze',
      0,
      {},
      '⏰ Starts now',
      ['Join', 'Running late', 'More'],
      [...FEW, 'Dismiss', ...LAST],
    ],
    [
      'at the start, until somebody joins',
      2,
      { untilJoined: true },
      '⏰ Started at 15:00',
      ['Join', 'I’m in', 'Running late', 'More'],
      [...FEW, 'Dismiss', ...LAST],
    ],
    [
      'snoozed',
      -14,
      { snoozedUntil: START - 9 * MINUTE },
      '💤 Snoozed until 14:51 · starts in 14 min',
      ['Join', 'Running late', 'More'],
      [...FEW, 'Dismiss', ...LAST],
    ],
    [
      'snoozed until it starts',
      -14,
      { snoozedUntil: START },
      '💤 Snoozed until it starts · starts in 14 min',
      ['Join', 'Running late', 'More'],
      [...FEW, 'Dismiss', ...LAST],
    ],
    [
      'with a snooze that is over',
      -8,
      { snoozedUntil: START - 9 * MINUTE },
      '⏰ Starts in 8 min',
      ['Join', 'Snooze 5 min', 'Running late', 'More'],
      [...FEW, 'Until it starts', 'Dismiss', ...LAST],
    ],
    [
      'joined',
      1,
      { ended: 'joined', untilJoined: true },
      '✅ You’re in · started at 15:00',
      ['Join', 'More'],
      [...FEW, ...LAST],
    ],
    [
      'dismissed',
      -10,
      { ended: 'dismissed' },
      '👍 No more reminders for this one · starts in 10 min',
      ['Join', 'Running late', 'More'],
      [...FEW, ...LAST],
    ],
    ['over', 31, {}, '⏰ Over', ['Join', 'Open in calendar'], []],
  ];
  for (const [what, minutes, more, words, shown, hidden] of CASES)
    it(`offers what makes sense: ${what}`, () => {
      const card = cardAt(minutes, more);
      assert.equal(head(card), words);
      assert.deepEqual(titles(buttons(card)), shown);
      assert.deepEqual(titles(behind(card, 'More')), hidden);
      assert.ok(shown.length <= 4 && hidden.length <= 6);
    });

  it('offers nothing for a series where there is none, nor to be late for oneself', () => {
    const alone = reminderFacts(meeting({ attendees: [] }));
    const card = reminderCard(alone, READER, START - 15 * MINUTE, 'event-1').card;
    assert.deepEqual(titles(buttons(card)), ['Snooze 5 min', 'More']);
    assert.deepEqual(titles(behind(card, 'More')), ['For this one', 'Until it starts', 'Dismiss']);
  });

  it('names the meeting and its time in every button that asks about it', () => {
    const all = [...buttons(cardAt(-15)), ...behind(cardAt(-15), 'More')].filter((one) => one.verb);
    assert.deepEqual(
      all.map(({ verb, data }) => [verb, data]),
      [
        ['reminder.snooze', { eventId: EVENT.id, startAt: START, minutes: 5 }],
        ['late.ask', { eventId: EVENT.id, minutes: 10 }],
        ['reminder.leads', { eventId: EVENT.id, startAt: START }],
        ['reminder.leads', { eventId: EVENT.id, startAt: START, series: true }],
        ['reminder.snooze', { eventId: EVENT.id, startAt: START, untilStart: true }],
        ['reminder.dismiss', { eventId: EVENT.id, startAt: START }],
        ['mute.series', { eventId: EVENT.id }],
      ],
    );
  });

  it('says who is in, and that nobody wrote an agenda', () => {
    const attendees = [attendee('Bob', { response: 'accepted' }), attendee('Cy')];
    const words = (facts: ReminderFacts) => JSON.stringify(reminderCard(facts, READER, START - DAY, 'event-1').card);
    assert.match(words(reminderFacts(meeting({ attendees }))), /1 of 2 accepted/);
    assert.doesNotMatch(words(reminderFacts(meeting({ attendees: attendees.slice(1) }))), /accepted/);
    assert.match(words(reminderFacts(mine())), /Nobody wrote an agenda yet/);
    assert.doesNotMatch(words(reminderFacts(meeting())), /Nobody wrote/);
  });

  it('is read as before where the facts are of an earlier build', () => {
    const { accepted: _accepted, ...old } = reminderFacts(EVENT);
    assert.match(reminderCard(old, READER, START - 15 * MINUTE).fallbackText, /^Starts in 15 min: Planning — /);
  });
});
