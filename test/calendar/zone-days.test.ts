/** Which days an entry is on and how it reads there, for readers west and east of UTC and over changes of clocks. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allDayName, timeOn, when } from '../../src/bot/cards/meeting.ts';
import { isOnDay } from '../../src/calendar/event.ts';
import { type GraphEvent, normalise } from '../../src/calendar/normalise.ts';
import { addDays, speaker } from '../../src/calendar/zone.ts';
import { allDay, graphEvent, meeting, utc } from '../support/events.ts';

const HERE_AND_THERE = [
  'UTC',
  'Europe/Berlin',
  'America/Los_Angeles',
  'Pacific/Pago_Pago',
  'Pacific/Kiritimati',
  'Asia/Kathmandu',
];
// What ICU writes differs by version in spaces, commas, "Sept" and "09:00"; here it is about words.
const words = (text: string) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/ ?– ?/g, ' – ')
    .replace(/(\p{L}{3})t?,? /gu, '$1 ')
    .replace(/\b0(\d:)/g, '$1');

const daysOf = (event: ReturnType<typeof meeting>, zone: string, first: string, count: number) =>
  Array.from({ length: count }, (_, index) => addDays(first, index)).filter((date) => isOnDay(event, date, zone));

describe('an all-day entry', () => {
  const read = (startDate: string, endDate: string, timeZone: string): GraphEvent => ({
    isAllDay: true,
    start: { dateTime: `${startDate}T00:00:00.0000000`, timeZone },
    end: { dateTime: `${endDate}T00:00:00.0000000`, timeZone },
  });

  /** [what, first day, the day after the last, how it reads, its days] */
  const cases: [string, string, string, string, string[]][] = [
    ['of a day', '2026-12-24', '2026-12-25', 'Thu 24 Dec', ['2026-12-24']],
    [
      'of three days',
      '2026-12-24',
      '2026-12-27',
      'Thu 24 Dec – Sat 26 Dec',
      ['2026-12-24', '2026-12-25', '2026-12-26'],
    ],
    ['over the new year', '2026-12-31', '2027-01-02', 'Thu 31 Dec – Fri 1 Jan', ['2026-12-31', '2027-01-01']],
    ['when Europe’s clocks go forward', '2026-03-29', '2026-03-30', 'Sun 29 Mar', ['2026-03-29']],
    ['over America’s change back', '2026-10-31', '2026-11-02', 'Sat 31 Oct – Sun 1 Nov', ['2026-10-31', '2026-11-01']],
    ['of no length, which is a day', '2026-12-24', '2026-12-24', 'Thu 24 Dec', ['2026-12-24']],
    ['that ends before it begins, which is a day', '2026-12-24', '2026-12-20', 'Thu 24 Dec', ['2026-12-24']],
  ];
  for (const [what, startDate, endDate, text, dates] of cases)
    it(`${what} is on the same dates for everybody`, () => {
      for (const timeZone of [
        'UTC',
        'W. Europe Standard Time',
        'Pacific Standard Time',
        'Line Islands Standard Time',
      ]) {
        const event = normalise(graphEvent(read(startDate, endDate, timeZone)), '');
        assert.ok(event?.allDay);
        for (const zone of HERE_AND_THERE) {
          const say = speaker(zone, 'en-GB');
          assert.equal(words(allDayName(event.allDay, say)), text, zone);
          assert.equal(words(when(event, say, utc('2026-12-01 08:00'))), words(`${text}, all day`), zone);
          assert.deepEqual(daysOf(event, zone, addDays(startDate, -2), 8), dates, zone);
          for (const date of dates) assert.equal(timeOn(event, date, say), 'all day');
        }
      }
    });

  it('is refused in a zone that nobody knows', () => {
    for (const timeZone of ['tzone://Microsoft/Custom', 'Customized Time Zone', 'Nowhere/Nowhen', ''])
      assert.equal(normalise(graphEvent(read('2026-12-24', '2026-12-25', timeZone)), ''), undefined, timeZone);
  });
});

describe('an entry in a zone that nobody knows', () => {
  const time = (dateTime: string, timeZone?: string) => ({ dateTime, timeZone });

  it('is refused rather than put at a wrong instant, at either end', () => {
    const [start, end] = [time('2026-12-01T09:00:00', 'UTC'), time('2026-12-01T10:00:00', 'UTC')];
    for (const zone of [
      'tzone://Microsoft/Custom',
      'Customized Time Zone',
      '(UTC+01:00) Amsterdam, Berlin, Bern',
      'Middle-earth Standard Time',
      'constructor',
      ' ',
    ]) {
      assert.equal(normalise(graphEvent({ start: { ...start, timeZone: zone }, end }), ''), undefined, zone);
      assert.equal(normalise(graphEvent({ start, end: { ...end, timeZone: zone } }), ''), undefined, zone);
    }
    assert.equal(normalise(graphEvent({ start, end }), '')?.startAt, utc('2026-12-01 09:00'));
  });

  it('is in UTC where no zone is said, which is what we ask Graph for, or where Exchange calls it so', () => {
    for (const zone of [undefined, 'UTC', 'Etc/UTC', 'tzone://Microsoft/Utc']) {
      const item = graphEvent({ start: time('2026-07-01T09:00:00', zone), end: time('2026-07-01T10:00:00', zone) });
      assert.equal(normalise(item, '')?.startAt, utc('2026-07-01 09:00'), zone);
    }
  });
});

describe('an entry over midnight', () => {
  const NOW = utc('2026-12-01 08:00');
  /** [what, zone, start, end, how it reads, [day, how it reads on that day]...] */
  const cases: [string, string, string, string, string, ...[string, string][]][] = [
    [
      'a night in Berlin',
      'Europe/Berlin',
      '2026-12-01 22:00',
      '2026-12-02 01:00',
      'today 23:00 – Wed 2 Dec 02:00',
      ['2026-12-01', '23:00 – Wed 2 Dec 02:00'],
      ['2026-12-02', 'until 02:00'],
    ],
    [
      'the same in Los Angeles, an afternoon',
      'America/Los_Angeles',
      '2026-12-01 22:00',
      '2026-12-02 01:00',
      'today 14:00 – 17:00',
      ['2026-12-01', '14:00 – 17:00'],
    ],
    [
      'the same in Kiritimati, tomorrow',
      'Pacific/Kiritimati',
      '2026-12-01 22:00',
      '2026-12-02 01:00',
      'tomorrow 12:00 – 15:00',
      ['2026-12-02', '12:00 – 15:00'],
    ],
    [
      'to midnight sharp',
      'Europe/Berlin',
      '2026-12-01 21:00',
      '2026-12-01 23:00',
      'today 22:00 – 00:00',
      ['2026-12-01', '22:00 – 00:00'],
    ],
    [
      'three days',
      'Europe/Berlin',
      '2026-12-02 08:00',
      '2026-12-04 16:00',
      'tomorrow 09:00 – Fri 4 Dec 17:00',
      ['2026-12-02', '09:00 – Fri 4 Dec 17:00'],
      ['2026-12-03', 'all day'],
      ['2026-12-04', 'until 17:00'],
    ],
    [
      'two days to midnight sharp',
      'Europe/Berlin',
      '2026-12-02 08:00',
      '2026-12-03 23:00',
      'tomorrow 09:00 – Fri 4 Dec 00:00',
      ['2026-12-02', '09:00 – Fri 4 Dec 00:00'],
      ['2026-12-03', 'all day'],
    ],
    [
      'a night in which Berlin’s clocks go forward',
      'Europe/Berlin',
      '2026-03-28 22:00',
      '2026-03-29 01:30',
      'Sat 28 Mar 23:00 – Sun 29 Mar 03:30',
      ['2026-03-28', '23:00 – Sun 29 Mar 03:30'],
      ['2026-03-29', 'until 03:30'],
    ],
    [
      'a night in which New York’s clocks go back',
      'America/New_York',
      '2026-11-01 03:00',
      '2026-11-01 06:30',
      'Sat 31 Oct 23:00 – Sun 1 Nov 01:30',
      ['2026-10-31', '23:00 – Sun 1 Nov 01:30'],
      ['2026-11-01', 'until 01:30'],
    ],
    [
      'to a midnight that Santiago leaves out',
      'America/Santiago',
      '2026-09-06 02:00',
      '2026-09-06 04:00',
      'Sat 5 Sep 22:00 – Sun 6 Sep 01:00',
      ['2026-09-05', '22:00 – Sun 6 Sep 01:00'],
    ],
    [
      'to the first of two midnights in Havana',
      'America/Havana',
      '2026-11-01 02:00',
      '2026-11-01 04:00',
      'Sat 31 Oct 22:00 – 00:00',
      ['2026-10-31', '22:00 – 00:00'],
    ],
    [
      'no time at all, at midnight',
      'Europe/Berlin',
      '2026-12-01 23:00',
      '2026-12-01 23:00',
      'tomorrow 00:00',
      ['2026-12-02', '00:00'],
    ],
  ];
  for (const [what, zone, start, end, text, ...days] of cases)
    it(`reads: ${what}`, () => {
      const event = meeting({ startAt: utc(start), endAt: utc(end) });
      const say = speaker(zone, 'en-GB');
      assert.equal(words(when(event, say, NOW)), words(text));
      const [firstDay = ''] = days.map(([date]) => date);
      assert.deepEqual(
        daysOf(event, zone, addDays(firstDay, -2), 8).map((date) => [date, words(timeOn(event, date, say))]),
        days.map(([date, shown]) => [date, words(shown)]),
      );
    });

  it('leaves an all-day entry out of hours', () => {
    const say = speaker('America/Los_Angeles', 'en-GB');
    assert.equal(timeOn(allDay('2026-12-01', '2026-12-03'), '2026-12-02', say), 'all day');
  });
});
