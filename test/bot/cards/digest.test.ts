import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { digestCard } from '../../../src/bot/cards/digest.ts';
import type { DigestFacts } from '../../../src/nudges/digest.ts';
import { HOUR, MINUTE, utc } from '../../support/events.ts';

const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
const MORNING = utc('2026-12-01 07:00');
const at = (hours: number) => MORNING + hours * HOUR;

const BARE: DigestFacts = {
  date: '2026-12-01',
  rows: [{ startAt: at(1), endAt: at(2), subject: 'Planning' }],
  more: 0,
  conflicts: [],
  gaps: [],
  travel: [],
  rsvp: [],
  unanswered: 0,
};
const FULL: DigestFacts = {
  ...BARE,
  rows: [
    { startAt: 0, endAt: 0, allDay: { startDate: '2026-12-01', endDate: '2026-12-02' }, subject: 'Fair' },
    {
      startAt: at(1),
      endAt: at(2),
      subject: 'Planning',
      place: 'Room 4',
      joinUrl: 'https://x.example/1',
      clashes: true,
    },
    { startAt: at(1.5), endAt: at(3), subject: '', isTentative: true, clashes: true },
  ],
  more: 2,
  conflicts: [{ earlier: 'Planning', later: '', startAt: at(1.5) }],
  gaps: [
    { from: at(0), to: at(1) },
    { from: at(3), to: at(9) },
  ],
  travel: [{ subject: 'Client', leaveAt: at(4), travelMs: 28 * MINUTE, isRough: true }],
  rsvp: [{ subject: 'Retro', startAt: at(5), accepted: 3, declined: 1, tentative: 0 }],
  unanswered: 2,
  week: [
    { date: '2026-12-01', meetings: 4, busyMs: 3.5 * HOUR, firstStartAt: at(1), conflicts: 1 },
    { date: '2026-12-02', meetings: 0, busyMs: 0, conflicts: 0 },
  ],
};
const wordsOf = (facts: DigestFacts, now = MORNING, reader = READER) =>
  JSON.stringify(digestCard(facts, reader, now).card);

describe('the card of a digest', () => {
  it('says all of it in its fallback, most urgent first', () => {
    assert.equal(
      digestCard(FULL, READER, MORNING).fallbackText,
      'Your day, Tue 1 Dec: all day Fair; 09:00–10:00 Planning; 09:30–11:00 (no subject); and 2 more. ' +
        '09:30: “(no subject)” overlaps “Planning”. Leave at 12:00 for “Client” (about 28 min). ' +
        'Free: 08:00–09:00, 11:00–17:00. Retro: 3 accepted and 1 declined. 2 invitations without your answer. ' +
        'Your week: Tue 1 Dec: 4 meetings, 3 h 30 min · from 09:00 · ⚠️ 1 overlap; Wed 2 Dec: free.',
    );
    assert.equal(digestCard(BARE, READER, MORNING).summary, 'Your day, Tue 1 Dec: 1 meeting');
  });

  it('shows rows with the way in, what overlaps, and nothing that is not there', () => {
    const full = wordsOf(FULL);
    for (const part of [
      '⚠️ Planning',
      'Room 4',
      '[Join](https://x.example/1)',
      '(tentative)',
      '… and 2 more',
      'Your week',
    ])
      assert.ok(full.includes(part), part);
    assert.doesNotMatch(wordsOf(BARE), /⚠️|🚗|🟢|📬|✉️|🗓️|and \d+ more|Join/);
  });

  it('speaks of the day by the reader’s clock, also when it is late', () => {
    const newYork = { timeZone: 'America/New_York', locale: 'en-US' };
    assert.match(wordsOf(BARE, MORNING, newYork), /3:00.*4:00/);
    const over = digestCard(BARE, READER, at(3));
    assert.match(JSON.stringify(over.card), /"isSubtle":true/, 'what is over is pale');
    assert.match(digestCard(BARE, READER, utc('2026-12-02 08:00')).summary, /^Your day on Tue 1 Dec/);
  });

  it('has a week without a day, and a day without meetings', () => {
    const { rows: _rows, ...rest } = FULL;
    const monday = digestCard({ ...rest, rows: [], more: 0 }, READER, MORNING);
    assert.match(monday.summary, /no meetings/);
    assert.match(JSON.stringify(monday.card), /Nothing in your calendar\..*Your week · 4 meetings, 4 hours/);
  });

  it('keeps its fallback short however much there is', () => {
    const rows = Array.from({ length: 20 }, (_, index) => ({
      startAt: at(index / 2),
      endAt: at(index / 2 + 1),
      subject: 'A very long subject '.repeat(6),
    }));
    const { fallbackText } = digestCard({ ...FULL, rows, more: 40 }, READER, MORNING);
    assert.ok(fallbackText.length <= 1_500, `${fallbackText.length}`);
    assert.match(fallbackText, /and 40 more\..*2 invitations without your answer/);
  });
});
