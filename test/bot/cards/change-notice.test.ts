import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { changeCard } from '../../../src/bot/cards/change-notice.ts';
import type { ChangeFacts } from '../../../src/nudges/change-notice.ts';
import { meetingFacts } from '../../../src/nudges/facts.ts';
import { DAY, HOUR, MINUTE, meeting, NOW } from '../../support/events.ts';

const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
const CALL = 'https://teams.microsoft.com/l/meetup-join/1';
const LINK = 'https://outlook.office365.com/calendar/item/1';

/** “Planning”, today 15:00 to 15:30 on the reader's clock; it was an hour earlier. */
function factsOf(more: Partial<ChangeFacts> = {}): ChangeFacts {
  const facts = meetingFacts(meeting({ webLink: LINK }));
  const [beforeStartAt, beforeEndAt] = [facts.startAt - HOUR, facts.endAt - HOUR];
  return { ...facts, change: 'moved', beforeStartAt, beforeEndAt, occurrences: 1, ...more };
}
const card = (more: Partial<ChangeFacts> = {}) => changeCard(factsOf(more), READER, NOW);
type Json = Record<string, unknown>;
/** What stands on the card, a line each; what is struck through in tildes. */
function textsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(textsOf);
  if (node === null || typeof node !== 'object') return [];
  const { type, text, strikethrough, ...rest } = node as Json;
  if (type === 'TextRun') return [strikethrough ? `~${text}~` : String(text)];
  return [...(typeof text === 'string' ? [text] : []), ...Object.values(rest).flatMap(textsOf)];
}
const tidy = (text: string) => text.replace(/[^\S\n]/g, ' ');
const words = (more: Partial<ChangeFacts> = {}) => tidy(textsOf(card(more).card.body).join('\n'));
const fallback = (more: Partial<ChangeFacts> = {}) => tidy(card(more).fallbackText);
const buttons = (more: Partial<ChangeFacts> = {}) =>
  ((card(more).card.actions ?? []) as { title: string; verb?: string; data?: Json }[]).map((one) => one.title);

describe('the card of a change', () => {
  /** [facts, the small line above, what stands in the fallback] */
  const heads: [Partial<ChangeFacts>, string, RegExp][] = [
    [{}, '🔁 Moved', /^Moved: Planning — from today 14:00–14:30 to today 15:00–15:30$/],
    [{ isBack: true }, '🔁 Back where it was', /^Back where it was: Planning — today 15:00–15:30$/],
    [{ occurrences: 3 }, '🔁 Moved: 3 occurrences of a series', /\(3 occurrences of a series\)$/],
    [{ change: 'cancelled' }, '🚫 Cancelled', /^Cancelled: Planning — today 14:00–14:30$/],
    [{ change: 'cancelled', occurrences: 2 }, '🚫 Cancelled: 2 occurrences of a series', /2 occurrences/],
    [{ change: 'restored' }, '♻️ Back on', /^Back on: Planning — today 15:00–15:30$/],
    [{ change: 'roomLost', rooms: ['Room 1'] }, '🚪 Room lost', /\nRoom 1 is not booked for it any more\.$/],
    [{ change: 'roomLost', rooms: ['A', 'B'] }, '🚪 Room lost', /\nA and B are not booked for it any more\.$/],
    [{ change: 'roomLost' }, '🚪 Room lost', /\nThe room is not booked for it any more\.$/],
    [{ change: 'roomLost', isBack: true }, '🚪 Room booked again', /^Room booked again: Planning/],
    [{ change: 'place', place: 'Room 2', beforePlace: 'Room 1' }, '📍 New place', /Room 2, before: Room 1$/],
    [{ change: 'place', beforePlace: 'Room 1' }, '📍 No place any more', /before: Room 1$/],
    [{ change: 'place', place: 'Room 1', isBack: true }, '📍 Back at its place', /Room 1$/],
    [{ change: 'link', joinUrl: CALL }, '🔗 New link', /^New link: Planning/],
    [{ change: 'link' }, '🔗 No link any more', /^No link any more: Planning/],
    [
      { change: 'invited', answerTo: 'e' },
      '📨 Invitation',
      /^Invitation: Planning — today 15:00–15:30, from Ann Organiser$/,
    ],
    [{ change: 'invited', answerTo: 's', isWholeSeries: true }, '📨 Invitation: a series', /\(a series\)$/],
    [{ change: 'invited', answerTo: 'e', response: 'accepted' }, '✅ You accepted', /^You accepted: Planning/],
    [{ change: 'invited', answerTo: 'e', response: 'tentative' }, '❔ You’re tentative', /^You’re tentative: Planning/],
    [{ change: 'invited', answerTo: 'e', response: 'declined' }, '🚫 You declined', /^You declined: Planning/],
    [{ change: 'conflict' }, '✅ No double booking any more', /^No double booking any more: Planning/],
  ];
  for (const [more, head, said] of heads)
    it(`says “${head}” of ${JSON.stringify(more)}`, () => {
      const facts = { response: 'notResponded' as const, ...more };
      assert.equal(words(facts).split('\n')[0], head);
      assert.match(fallback(facts), said);
      assert.match(card(facts).summary, /: Planning/);
    });

  it('strikes through what is no more', () => {
    assert.match(words(), /~today 14:00–14:30~[\s\S]*Today 15:00–15:30/);
    assert.match(words({ change: 'cancelled' }), /~today 14:00–14:30~$/);
    assert.match(words({ change: 'place', place: 'Room 2', beforePlace: 'Room 1' }), /~Room 1~[\s\S]*Room 2/);
    assert.doesNotMatch(
      words({ change: 'place', place: 'Room 2', beforePlace: 'Room 1' }),
      /~today/,
      'it did not move',
    );
    const both = words({ change: 'moved', news: ['moved', 'place'], place: 'Room 2', beforePlace: 'Room 1' });
    assert.match(both, /~today 14:00–14:30~[\s\S]*~Room 1~/);
    assert.doesNotMatch(words({ isBack: true }), /~/);
  });

  it('names the room, and tells who can do something about it the way out', () => {
    const lost = { change: 'roomLost' as const, rooms: ['Room *1*'] };
    assert.match(words(lost), /Room \\\*1\\\* is not booked/);
    assert.doesNotMatch(words(lost), /another room/);
    assert.match(words({ ...lost, isOrganizer: true }), /Pick another room in Outlook, or hold it online/);
    assert.match(fallback({ ...lost, isOrganizer: true }), /Pick another room/);
    const mine = { ...lost, isOrganizer: true };
    const found = changeCard(factsOf({ ...mine, hasRooms: true }), READER, NOW, 'event-1');
    assert.match(textsOf(found.card.body).join('\n'), /Find another room, or hold it online/);
    assert.match(JSON.stringify(found.card.actions), /"Find another room".*"room\.find".*"event-1"/);
    for (const other of [{}, { hasRooms: true, occurrences: 2 }]) {
      const { card: shown } = changeCard(factsOf({ ...mine, ...other }), READER, NOW, 'event-1');
      assert.doesNotMatch(JSON.stringify(shown), /room\.find/, 'Outlook alone can do it');
      assert.match(JSON.stringify(shown), /Pick another room in Outlook/);
    }
    assert.match(words({ news: ['moved', 'roomLost'], rooms: ['Room 1'] }), /Moved[\s\S]*Room 1 is not booked/);
  });

  it('says what one has then, and when one is free', () => {
    const { startAt } = factsOf();
    const conflicts = [{ subject: 'Budget [x]', startAt: startAt - 15 * MINUTE, endAt: startAt + 15 * MINUTE }];
    const free = [
      { from: startAt + HOUR, to: startAt + 2 * HOUR },
      { from: startAt + DAY, to: startAt + DAY + HOUR },
    ];
    const told = { change: 'conflict' as const, conflicts, moreConflicts: 2, free };
    assert.match(words(told), /^⚠️ Double booking/);
    assert.match(
      words(told),
      /You have Budget \\\[x\\\] then \(14:45–15:15\)\.\n[\s\S]*And 2 more meetings at that time\./,
    );
    assert.match(words(told), /You’re free today 16:00–17:00 and tomorrow 15:00–16:00\./);
    assert.match(fallback(told), /^Double booking: Planning[\s\S]*You have Budget \[x\] then[\s\S]*You’re free/);
    const later = [{ subject: 'Budget', startAt: startAt + DAY, endAt: startAt + DAY + HOUR }];
    assert.match(words({ conflicts: later, occurrences: 3 }), /You have Budget at the time of a later one \(tomorrow/);
  });

  it('says what happened to other occurrences at once', () => {
    const { startAt, endAt } = factsOf();
    const alongside = [
      { change: 'cancelled' as const, occurrences: 4, startAt: startAt + DAY, endAt: endAt + DAY },
      { change: 'restored' as const, occurrences: 1, startAt, endAt },
    ];
    for (const all of [words({ alongside }), fallback({ alongside })]) {
      assert.match(all, /4 other occurrences are cancelled, the first tomorrow 15:00–15:30\./);
      assert.match(all, /Another occurrence is back on: today 15:00–15:30\./);
    }
    assert.match(words({ change: 'cancelled', alongside }), /4 other occurrences/);
  });

  it('shows an invitation’s agenda, who invites, and what can be answered', () => {
    const invited = { change: 'invited' as const, answerTo: 'the-id', response: 'notResponded' as const };
    assert.match(words(invited), /Ann Organiser invited you[\s\S]*- Budget/);
    assert.deepEqual(buttons(invited), ['Accept', 'Tentative', 'Decline', 'Open in calendar']);
    assert.deepEqual(buttons({ ...invited, response: 'accepted' }), ['Tentative', 'Decline', 'Open in calendar']);
    assert.deepEqual(buttons({ ...invited, response: 'tentative' }), ['Accept', 'Decline', 'Open in calendar']);
    const actions = card(invited).card.actions as { verb?: string; data?: Json }[];
    assert.deepEqual(
      actions.slice(0, 3).map((one) => [one.verb, one.data]),
      ['accept', 'tentative', 'decline'].map((verb) => [`respond.${verb}`, { eventId: 'the-id' }]),
    );
  });

  it('lets answer what moved before it was answered, and says what was', () => {
    const open = { answerTo: 'the-id', joinUrl: CALL, response: 'notResponded' as const };
    assert.deepEqual(buttons(open), ['Accept', 'Tentative', 'Decline', 'Join', 'Open in calendar']);
    assert.deepEqual(buttons({ ...open, response: 'accepted' }), ['Tentative', 'Decline', 'Join', 'Open in calendar']);
    assert.match(words({ ...open, response: 'accepted' }), /You accepted/);
    assert.deepEqual(buttons({ joinUrl: CALL }), ['Join', 'Open in calendar']);
  });

  it('has no buttons when the meeting is off (mm#147)', () =>
    assert.equal(card({ change: 'cancelled', joinUrl: CALL, answerTo: 'the-id' }).card.actions, undefined));
});
