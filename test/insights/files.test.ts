import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { barsOf } from '../../src/bot/cards/time-chart.ts';
import { wellFormed } from '../../src/calendar/well-formed.ts';
import { drawBars } from '../../src/insights/chart/bars.ts';
import { timeCalendar, timeCsv } from '../../src/insights/files.ts';
import { daysOf } from '../../src/insights/metrics.ts';
import { HOUR, meeting, NOW } from '../support/events.ts';
import { BERLIN, HAND_WEEK, WEEK } from './hand-week.ts';

/** Cells of RFC 4180, read strictly. */
function readCsv(text: string): string[][] {
  assert.ok(text.startsWith('\ufeff') && text.endsWith('\r\n'));
  return text
    .slice(1, -2)
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
      ),
    );
}
/** Lines of RFC 5545, unfolded. */
const readIcs = (text: string) => text.replace(/\r\n[ \t]/g, '').split('\r\n');

const withSubject = (subject: string) => [meeting({ subject, startAt: WEEK.from + 10 * HOUR })];

describe('the table of meetings', () => {
  it('has a row for each that counts, with hours on the reader’s clock', () => {
    const [head, ...rows] = readCsv(timeCsv(HAND_WEEK, WEEK, BERLIN));
    assert.equal(
      head?.join(),
      'date,start,end,hours,after_hours,conflicting_hours,subject,organised_by_me,one_to_one,recurring,people,categories',
    );
    assert.equal(rows.length, 8);
    assert.deepEqual(rows[0], [
      '2026-11-30',
      '09:00',
      '10:00',
      '1',
      '0',
      '0.5',
      'Stand-up',
      'no',
      'no',
      'yes',
      '3',
      '',
    ]);
    assert.deepEqual(rows[3]?.slice(3, 7), ['1.5', '1', '0', 'Meeting D']);
    assert.equal(rows[3]?.at(-1), 'Customer; Red');
    assert.deepEqual(rows[4]?.slice(6), ['Private appointment', 'no', 'no', 'no', '', '']);
    assert.deepEqual(rows[5]?.slice(0, 4), ['2026-12-03', '22:00', '01:00', '3']);
  });

  it('makes text of what a spreadsheet would compute', () => {
    for (const sign of ['=', '+', '-', '@', '＝', '＋'])
      assert.match(readCsv(timeCsv(withSubject(`${sign}cmd|' /C calc'!A0`), WEEK, BERLIN))[1]?.[6] ?? '', /^'/, sign);
  });

  it('stays a table whatever a subject is', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (subject) => {
        const rows = readCsv(timeCsv(withSubject(subject), WEEK, BERLIN));
        assert.deepEqual([rows.length, rows[1]?.length], [2, 12]);
        assert.doesNotMatch(rows[1]?.[6] ?? '', /^[=+\-@]/);
      }),
      { numRuns: 100 },
    ));
});

describe('the calendar of meetings', () => {
  const lines = readIcs(timeCalendar(HAND_WEEK, WEEK, NOW));
  const all = (name: string) => lines.filter((line) => line.startsWith(name));

  it('is published and asks nobody', () => {
    assert.deepEqual(all('METHOD'), ['METHOD:PUBLISH']);
    assert.deepEqual(
      lines.filter((line) => /ATTENDEE|ORGANIZER|mailto|VALARM|URL|@test\.example/i.test(line)),
      [],
    );
  });

  it('has times and subjects, ids of its own, and blocks no time', () => {
    assert.equal(all('BEGIN:VEVENT').length, 8);
    assert.deepEqual([all('TRANSP:TRANSPARENT').length, all('X-MICROSOFT-CDO-BUSYSTATUS:FREE').length], [8, 8]);
    assert.equal(all('DTSTART:')[0], 'DTSTART:20261130T080000Z');
    assert.equal(all('DTEND:')[0], 'DTEND:20261130T090000Z');
    assert.equal(all('SUMMARY:')[0], 'SUMMARY:Stand-up');
    const ids = all('UID:');
    assert.equal(new Set(ids).size, 8);
    for (const id of ids) assert.match(id, /^UID:[0-9a-f]{32}@calendar-watch\.invalid$/);
  });

  it('stays one calendar with one entry whatever a subject is', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom('x\r\nATTENDEE:mailto:a@b.example', 'a;b,c\\n', '\u2028END:VCALENDAR', '😀'.repeat(300)),
        ),
        (subject) => {
          const text = timeCalendar(withSubject(subject), WEEK, NOW);
          const read = readIcs(text);
          assert.equal(read.filter((line) => line === 'BEGIN:VEVENT').length, 1);
          assert.equal(read.filter((line) => /^(?:ATTENDEE|ORGANIZER)/.test(line)).length, 0);
          assert.equal(read.filter((line) => line.startsWith('END:VCALENDAR')).length, 1);
          for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, 'folded');
          assert.equal(wellFormed(text), text);
        },
      ),
      { numRuns: 100 },
    ));
});

describe('the picture', () => {
  const bars = barsOf(daysOf(HAND_WEEK, WEEK, BERLIN));
  it('is a small PNG, the same each time', () => {
    const [one, other] = [drawBars(bars), drawBars(bars)];
    assert.ok(one && other && one.equals(other));
    assert.equal(one.subarray(1, 4).toString(), 'PNG');
    assert.deepEqual([one.readUInt32BE(16), one.readUInt32BE(20)], [480, 220]);
    assert.ok(one.length < 14_000, String(one.length));
  });

  it('shows what there is: other hours make another one', () => {
    const more = bars.map((bar, index) => (index === 2 ? { ...bar, inHoursMs: bar.inHoursMs + HOUR } : bar));
    assert.ok(!drawBars(more)?.equals(drawBars(bars) as Buffer));
  });

  it('is labelled by days, or by weeks of a month, in letters that the font has', () => {
    assert.equal(bars.map((bar) => bar.label).join(), 'Mon,Tue,Wed,Thu,Fri,Sat,Sun');
    const december = Array.from({ length: 31 }, (_, day) => ({
      date: `2026-12-${String(day + 1).padStart(2, '0')}`,
      meetingMs: HOUR,
      afterHoursMs: 0,
    }));
    const weeks = barsOf(december);
    assert.equal(weeks.map((bar) => bar.label).join(), '1–6 Dec,7–13 Dec,14–20 Dec,21–27 Dec,28–31 Dec');
    assert.deepEqual(
      weeks.map((bar) => bar.inHoursMs / HOUR),
      [6, 7, 7, 7, 4],
    );
    for (const { label } of [...bars, ...weeks]) assert.match(label, /^[\w –]+$/);
  });
});
