import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { agendaPromptCard, type LATER, laterAt } from '../../../src/bot/cards/agenda-prompt.ts';
import { inviteePointsCard, pointsOfferedCard } from '../../../src/bot/cards/invitee-points.ts';
import { prepareCard } from '../../../src/bot/cards/prepare.ts';
import type { AgendaFacts } from '../../../src/nudges/agenda-prompt.ts';
import { meetingFacts } from '../../../src/nudges/facts.ts';
import type { PrepareRow } from '../../../src/nudges/prepare.ts';
import { HOUR, MINUTE, meeting, mine, NOW, utc } from '../../support/events.ts';

const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
type Json = Record<string, unknown>;

/** Titles of all buttons, those behind another one after it. */
function titles(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(titles);
  if (typeof node !== 'object' || node === null) return [];
  const { type, title, ...rest } = node as Json;
  const own = typeof type === 'string' && type.startsWith('Action.') ? [String(title)] : [];
  return [...own, ...Object.values(rest).flatMap(titles)];
}

describe('when to ask again for an agenda', () => {
  /** [button, now, start, at]; 1 December is a winter's day in Berlin */
  const cases: [(typeof LATER)[number], string, string, string | undefined][] = [
    ['twoHours', '2026-12-01 08:00', '2026-12-01 14:00', '2026-12-01 10:00'],
    ['twoHours', '2026-12-01 08:00', '2026-12-01 10:00', undefined],
    ['twoHours', '2026-12-01 08:00', '2026-12-01 10:01', '2026-12-01 10:00'],
    ['evening', '2026-12-01 08:00', '2026-12-02 08:00', '2026-12-01 16:00'],
    ['evening', '2026-12-01 08:00', '2026-12-01 16:00', undefined],
    ['evening', '2026-12-01 16:00', '2026-12-02 08:00', undefined],
    ['evening', '2026-12-01 23:30', '2026-12-02 20:00', '2026-12-02 16:00'],
    // Clocks are set forward that day.
    ['evening', '2026-03-29 00:30', '2026-03-30 08:00', '2026-03-29 15:00'],
  ];
  for (const [later, now, start, expected] of cases)
    it(`${later} at ${now}, before ${start}: ${expected ?? 'not offered'}`, () =>
      assert.equal(laterAt(later, utc(start), 'Europe/Berlin', utc(now)), expected && utc(expected)));
});

describe('the card that asks for an agenda', () => {
  const card = (facts: Partial<AgendaFacts> = {}, more: { value?: string; now?: number } = {}) =>
    agendaPromptCard({ ...meetingFacts(mine()), ...facts }, 'event-1', READER, more.now ?? NOW, more).card;

  it('offers what can be done, and no more', () => {
    const all = ['Add agenda', 'Not this time', 'Later', 'Ask me in 2 hours', 'This evening'];
    assert.deepEqual(titles(card()), all);
    assert.deepEqual(titles(card({ isSeries: true })), [...all.slice(0, 2), 'Not for this series', ...all.slice(2)]);
    assert.deepEqual(titles(card({ openPoints: ['Budget'] })).slice(0, 3), [
      'Add agenda',
      'Start with these',
      'Not this time',
    ]);
    assert.deepEqual(titles(card({ openPoints: ['Budget'] }, { value: 'Budget' })), all);
    assert.deepEqual(titles(card({}, { now: mine().startAt - 30 * MINUTE })), all.slice(0, 2), 'too late for later');
    assert.deepEqual(titles(card({ postponedUntil: NOW + HOUR })), all.slice(0, 2), 'put off already');
    assert.deepEqual(titles(card({ postponedUntil: NOW })), all, 'asked again');
    assert.deepEqual(titles(card({ skipped: 'series' })), []);
  });

  it('asks where it goes for a series alone, and means this meeting', () => {
    assert.doesNotMatch(JSON.stringify(card()), /ChoiceSet/);
    assert.match(
      JSON.stringify(card({ isSeries: true })),
      /"type":"Input.ChoiceSet","id":"agendaFor".*"value":"meeting"/,
    );
  });
});

describe('the cards about points for a 1:1', () => {
  const facts = { ...meetingFacts(meeting({ response: 'notResponded' })), organizer: 'Ann *Organiser*' };
  it('offer to answer the invitation while that is open', () => {
    const of = (response: 'notResponded' | 'accepted') =>
      titles(inviteePointsCard({ ...facts, response }, 'event-1', READER, NOW).card);
    assert.deepEqual(of('accepted'), ['Suggest', 'Not this time']);
    assert.deepEqual(of('notResponded').slice(2), ['Answer the invitation', 'Accept', 'Tentative', 'Decline']);
  });
  it('name people as they are written', () => {
    const { card, fallbackText } = inviteePointsCard(facts, 'event-1', READER, NOW);
    assert.match(JSON.stringify(card.body), /with Ann \\\\\*Organiser\\\\\*\?/);
    assert.match(fallbackText, /with Ann \*Organiser\*\?/);
    const hidden = { ...facts, organizer: undefined };
    assert.match(inviteePointsCard(hidden, 'event-1', READER, NOW).fallbackText, /with the organiser\?/);
  });
  it('say who suggests what, and name the offer alone', () => {
    const offered = { ...facts, eventId: 'event-1', from: 'Bob', points: ['Pay'] };
    const message = pointsOfferedCard(offered, 'pointsOffered.1', READER, NOW);
    assert.match(message.fallbackText, /^Bob suggests for Planning — today 15:00 ?– ?15:30\nPay$/);
    assert.deepEqual(
      (message.card.actions as Json[]).map((one) => one.data),
      [{ nudgeId: 'pointsOffered.1' }, { nudgeId: 'pointsOffered.1' }],
    );
    const discreet = JSON.stringify(pointsOfferedCard({ ...offered, others: [], isDiscreet: true }, 'n', READER, NOW));
    assert.doesNotMatch(discreet, /Bob|Pay/);
    assert.match(discreet, /1 point/);
  });
});

describe('the card of what to prepare', () => {
  const row = (more: Partial<PrepareRow> = {}): PrepareRow => ({
    eventId: 'event-1',
    startAt: utc('2026-12-02 14:00'),
    endAt: utc('2026-12-02 14:30'),
    subject: 'Planning',
    agenda: [],
    response: 'accepted',
    ...more,
  });
  const card = (rows: PrepareRow[], now = NOW) =>
    prepareCard({ date: '2026-12-02', rows, more: 0 }, 'prepare.1', READER, now);

  it('names the day as the reader sees it', () => {
    assert.equal(card([row({ agenda: ['Budget'] })]).summary, 'For tomorrow: 1 meeting to prepare');
    assert.match(card([row(), row()], utc('2026-12-02 06:00')).summary, /For today: 2 meetings/);
  });

  it('says what there is to do', () => {
    const files = card([row({ hasFiles: true, webLink: 'https://outlook.office365.com/1' })]);
    assert.match(JSON.stringify(files.card), /📎 \[Files\]\(https:\/\/outlook\.office365\.com\/1\)/);
    assert.match(JSON.stringify(card([row({ hasFiles: true })]).card), /📎 Files/);
    assert.match(files.fallbackText, /15:00 Planning \(files\)/);
    const open = card([row(), row({ isOpen: true, response: 'notResponded', agenda: ['Budget'] })]);
    assert.match(open.fallbackText, /Planning\n.*Planning \(agenda, not answered yet\)$/);
    assert.deepEqual(titles(open.card), ['Answer', 'Accept', 'Tentative', 'Decline']);
    assert.match(JSON.stringify(open.card), /"data":\{"nudgeId":"prepare\.1","row":1,"answer":"accept"\}/);
    const answered = card([row({ isOpen: true, response: 'declined' })]);
    assert.deepEqual(titles(answered.card), []);
    assert.match(JSON.stringify(answered.card), /You declined/);
  });
});
