import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, describe, it } from 'mocha';
import { type Asking, parseWhen, timeOfDay } from '../../src/calendar/words-of-time.ts';
import { DAY, HOUR, MINUTE, utc } from '../support/events.ts';

const iso = (instant: number) => new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
/** "instant 2026-12-02 08:00" or "day 2026-12-01 23:00 – 2026-12-02 23:00", in UTC. */
function said(words: string, asking: Asking): string | undefined {
  const when = parseWhen(words, asking);
  return when && `${when.grain} ${iso(when.from)}${when.to === undefined ? '' : ` – ${iso(when.to)}`}`;
}

/** A Tuesday, 09:00 in Berlin. */
const NOW = utc('2026-12-01 08:00');
const BERLIN: Asking = { now: NOW, timeZone: 'Europe/Berlin', locale: 'en-GB' };
const day = (date: string) => {
  const midnight = utc(`${date} 00:00`) - HOUR;
  return `day ${iso(midnight)} – ${iso(midnight + DAY)}`;
};

describe('words of time, on Tuesday 1 December at nine in Berlin', () => {
  /** [words, in UTC, where one is meant that is still to come] */
  const cases: [string, string, string?][] = [
    ['today', day('2026-12-01')],
    ['tomorrow', day('2026-12-02')],
    ['yesterday', day('2026-11-30')],
    ['friday', day('2026-12-04')],
    ['on Friday', day('2026-12-04')],
    ['fri', day('2026-12-04')],
    ['tuesday', day('2026-12-01'), day('2026-12-08')],
    ['next tuesday', day('2026-12-08')],
    ['last friday', day('2026-11-27')],
    ['3 Dec', day('2026-12-03')],
    ['Dec 3', day('2026-12-03')],
    ['3 December', day('2026-12-03')],
    ['3/12', day('2026-12-03')],
    ['2026-12-24', day('2026-12-24')],
    ['1 Nov', day('2027-11-01')],
    ['in 2 days', day('2026-12-03')],
    ['2 weeks', day('2026-12-15')],
    ['tomorrow 9', 'instant 2026-12-02 08:00'],
    ['tomorrow at 9', 'instant 2026-12-02 08:00'],
    ['tomorrow 9.30', 'instant 2026-12-02 08:30'],
    ['tomorrow 17:15', 'instant 2026-12-02 16:15'],
    ['tomorrow 5pm', 'instant 2026-12-02 16:00'],
    ['friday 9', 'instant 2026-12-04 08:00'],
    ['on friday at 22', 'instant 2026-12-04 21:00'],
    ['3 Dec 9', 'instant 2026-12-03 08:00'],
    ['tuesday 8', 'instant 2026-12-01 07:00', 'instant 2026-12-08 07:00'],
    ['tuesday 10', 'instant 2026-12-01 09:00', 'instant 2026-12-01 09:00'],
    ['14:00', 'instant 2026-12-01 13:00'],
    ['until 14:00', 'instant 2026-12-01 13:00'],
    ['10', 'instant 2026-12-01 09:00'],
    ['9', 'instant 2026-12-01 08:00', 'instant 2026-12-02 08:00'],
    ['8:00', 'instant 2026-12-01 07:00', 'instant 2026-12-02 07:00'],
    ['noon', 'instant 2026-12-01 11:00'],
    ['midnight', 'instant 2026-11-30 23:00', 'instant 2026-12-01 23:00'],
    ['in 2 hours', 'instant 2026-12-01 10:00'],
    ['2 hours', 'instant 2026-12-01 10:00'],
    ['90 minutes', 'instant 2026-12-01 09:30'],
    ['in half an hour', 'instant 2026-12-01 08:30'],
    ['1 hour 30 minutes', 'instant 2026-12-01 09:30'],
    ['3pm EST', 'instant 2026-12-01 20:00'],
    ['this afternoon', 'part 2026-12-01 11:00 – 2026-12-01 17:00'],
    ['next tuesday afternoon', 'part 2026-12-08 11:00 – 2026-12-08 17:00'],
    ['tomorrow morning', 'part 2026-12-02 05:00 – 2026-12-02 11:00'],
    ['friday evening', 'part 2026-12-04 17:00 – 2026-12-04 23:00'],
    ['tonight', 'part 2026-12-01 17:00 – 2026-12-01 23:00'],
    ['monday 9-11', 'part 2026-12-07 08:00 – 2026-12-07 10:00'],
    ['friday 14:00 to 15:00', 'part 2026-12-04 13:00 – 2026-12-04 14:00'],
  ];
  for (const [words, expected, ahead] of cases)
    it(`“${words}” is ${expected}`, () => {
      assert.equal(said(words, BERLIN), expected);
      if (ahead) assert.equal(said(words, { ...BERLIN, isAhead: true }), ahead);
    });

  for (const words of [
    '',
    ' ',
    'hello',
    'xyzzy 9:75',
    'next week',
    'this week',
    'december',
    'next year',
    '31 Feb',
    '30 February 2027',
    '99',
    '24',
    'tomorrow 25',
    'friday for lunch',
    'monday and friday',
    'march on',
    'in 1000000 years',
    'in 99999999999 hours',
    'constructor',
    '😀',
    'tomorrow '.repeat(30),
    '9'.repeat(200),
  ])
    it(`${JSON.stringify(words.slice(0, 40))} is none`, () => assert.equal(parseWhen(words, BERLIN), undefined));
});

describe('words of time in other languages', () => {
  /** [locale, words, expected] */
  const cases: [string, string, string][] = [
    ['en-US', '12/3', day('2026-12-03')],
    ['en-GB', '12/3', day('2027-03-12')],
    ['en', '12/3', day('2027-03-12')],
    ['de-DE', 'morgen', day('2026-12-02')],
    ['de-DE', 'morgen um 9', 'instant 2026-12-02 08:00'],
    ['de-DE', 'morgen früh', 'part 2026-12-02 05:00 – 2026-12-02 11:00'],
    ['de-DE', 'nächsten Dienstag Nachmittag', 'part 2026-12-08 11:00 – 2026-12-08 17:00'],
    ['de-DE', 'bis Freitag', day('2026-12-04')],
    ['de-DE', '3. Dezember', day('2026-12-03')],
    ['de-DE', '3.12.', day('2026-12-03')],
    ['de-DE', '3.12. 14', 'instant 2026-12-03 13:00'],
    ['de-DE', '30.11.', day('2027-11-30')],
    ['de-DE', '9.30', 'instant 2026-12-01 08:30'],
    ['de-DE', '14 Uhr', 'instant 2026-12-01 13:00'],
    ['de-DE', 'in 2 Stunden', 'instant 2026-12-01 10:00'],
    ['de-DE', '2 Stunden', 'instant 2026-12-01 10:00'],
    ['fr-FR', 'demain', day('2026-12-02')],
    ['fr-FR', 'demain à 9h30', 'instant 2026-12-02 08:30'],
    ['fr-FR', 'vendredi après-midi', 'part 2026-12-04 11:00 – 2026-12-04 17:00'],
    ['es-ES', 'mañana', day('2026-12-02')],
    ['es-ES', 'viernes', day('2026-12-04')],
    ['pt-BR', 'amanhã', day('2026-12-02')],
    ['nl-NL', 'vrijdag', day('2026-12-04')],
    ['nl-NL', 'morgen om 9', 'instant 2026-12-02 08:00'],
    ['it-IT', 'domani', day('2026-12-02')],
    ['ja-JP', '明日', day('2026-12-02')],
    ['ja-JP', '明日9時', 'instant 2026-12-02 08:00'],
    ['ja-JP', '12月3日', day('2026-12-03')],
    ['ru-RU', 'завтра', day('2026-12-02')],
    ['zh-CN', '明天', day('2026-12-02')],
    // English is the second try, whatever the first was.
    ...['de-DE', 'fr-FR', 'ja-JP', 'cs-CZ', 'xx', '', 'constructor'].map((locale): [string, string, string] => [
      locale,
      'friday 9',
      'instant 2026-12-04 08:00',
    ]),
  ];
  for (const [locale, words, expected] of cases)
    it(`${locale}: “${words}”`, () => assert.equal(said(words, { ...BERLIN, locale }), expected));
});

describe('words of time where clocks change, and around midnight', () => {
  /** [zone, now (UTC), words, expected (UTC)] */
  const cases: [string, string, string, string][] = [
    // Berlin goes back on 25 October 2026: that day has 25 hours.
    ['Europe/Berlin', '2026-10-24 10:00', 'tomorrow', 'day 2026-10-24 22:00 – 2026-10-25 23:00'],
    ['Europe/Berlin', '2026-10-24 10:00', 'tomorrow 9', 'instant 2026-10-25 08:00'],
    ['Europe/Berlin', '2026-10-24 10:00', 'tomorrow 2:30', 'instant 2026-10-25 00:30'],
    ['Europe/Berlin', '2026-10-24 23:00', 'in 5 hours', 'instant 2026-10-25 04:00'],
    // And forward on 28 March 2027; 02:30 is left out.
    ['Europe/Berlin', '2027-03-27 11:00', 'tomorrow', 'day 2027-03-27 23:00 – 2027-03-28 22:00'],
    ['Europe/Berlin', '2027-03-27 11:00', 'tomorrow 9', 'instant 2027-03-28 07:00'],
    ['Europe/Berlin', '2027-03-27 11:00', 'tomorrow 2:30', 'instant 2027-03-28 01:30'],
    ['Europe/Berlin', '2027-03-27 11:00', 'sunday afternoon', 'part 2027-03-28 10:00 – 2027-03-28 16:00'],
    ['Europe/Berlin', '2027-03-28 00:30', 'in 2 hours', 'instant 2027-03-28 02:30'],
    ['America/New_York', '2026-10-31 16:00', 'tomorrow 9', 'instant 2026-11-01 14:00'],
    // Midnight does not exist there on that day.
    ['Africa/Cairo', '2026-04-23 10:00', 'tomorrow', 'day 2026-04-23 22:00 – 2026-04-24 21:00'],
    // What day it is, is the person's to say.
    ['Europe/Berlin', '2026-12-01 22:59', 'tomorrow', 'day 2026-12-01 23:00 – 2026-12-02 23:00'],
    ['Europe/Berlin', '2026-12-01 23:00', 'tomorrow', 'day 2026-12-02 23:00 – 2026-12-03 23:00'],
    ['Pacific/Kiritimati', '2026-12-01 10:00', 'today', 'day 2026-12-01 10:00 – 2026-12-02 10:00'],
    ['Pacific/Kiritimati', '2026-12-01 09:59', 'today', 'day 2026-11-30 10:00 – 2026-12-01 10:00'],
    ['Pacific/Pago_Pago', '2026-12-01 10:59', 'today', 'day 2026-11-30 11:00 – 2026-12-01 11:00'],
    ['Asia/Kathmandu', '2026-12-01 18:30', 'tomorrow 9', 'instant 2026-12-03 03:15'],
    ['America/New_York', '2026-12-02 04:30', 'friday', 'day 2026-12-04 05:00 – 2026-12-05 05:00'],
    ['America/New_York', '2026-12-02 04:30', '23:45', 'instant 2026-12-02 04:45'],
    ['America/New_York', '2026-12-02 04:30', 'in 1 hour', 'instant 2026-12-02 05:30'],
    ['UTC', '2026-12-31 23:59', 'tomorrow', 'day 2027-01-01 00:00 – 2027-01-02 00:00'],
    ['UTC', '2028-02-28 12:00', 'tomorrow', 'day 2028-02-29 00:00 – 2028-03-01 00:00'],
  ];
  const machine = process.env.TZ;
  after(() => {
    if (machine === undefined) delete process.env.TZ;
    else process.env.TZ = machine;
  });
  // Setting TZ moves the process's own clock fields at once.
  for (const tz of ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', 'Pacific/Apia'])
    it(`are the same on a machine in ${tz}`, () => {
      process.env.TZ = tz;
      for (const [timeZone, now, words, expected] of cases)
        assert.equal(said(words, { now: utc(now), timeZone, locale: 'en-GB' }), expected, `${words}, ${timeZone}`);
    });
});

describe('words of time, whatever they are', () => {
  const anyWords = fc.oneof(
    fc.string({ maxLength: 250 }),
    fc
      .array(
        fc.constantFrom(
          'tomorrow',
          'friday',
          '9',
          '14:00',
          'in',
          '2',
          'hours',
          'next',
          'Dec',
          '31',
          'afternoon',
          'morgen',
          '3.12.',
          '-',
          '明日',
          'last',
        ),
        { maxLength: 6 },
      )
      .map((words) => words.join(' ')),
  );

  it('give a sound answer or none, never a throw', () => {
    fc.assert(
      fc.property(
        anyWords,
        fc.constantFrom('en-GB', 'en-US', 'de-DE', 'fr-FR', 'ja-JP', 'nonsense'),
        fc.constantFrom('Europe/Berlin', 'Pacific/Apia', 'UTC'),
        fc.boolean(),
        (words, locale, timeZone, isAhead) => {
          const when = parseWhen(words, { now: NOW, timeZone, locale, isAhead });
          if (!when) return;
          assert.ok(Number.isFinite(when.from));
          assert.equal(when.to === undefined, when.grain === 'instant');
          if (when.to !== undefined) assert.ok(when.to > when.from);
          if (when.grain === 'day') assert.ok(Math.abs((when.to ?? 0) - when.from - DAY) <= HOUR);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('“in n minutes” is n minutes on, in every zone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 400 * 24 }), (minutes, hour) => {
        const now = NOW + hour * HOUR;
        const when = parseWhen(`in ${minutes} minutes`, { now, timeZone: 'America/New_York', locale: 'en-GB' });
        assert.equal(when?.from, now + minutes * MINUTE);
      }),
    );
  });
});

describe('a time of day', () => {
  /** [typed, read] */
  const cases: [string, string | undefined][] = [
    ['7', '07:00'],
    ['07', '07:00'],
    ['7:30', '07:30'],
    ['7.30', '07:30'],
    ['19h30', '19:30'],
    ['7 uhr', '07:00'],
    ['7am', '07:00'],
    ['12am', '00:00'],
    ['12 pm', '12:00'],
    ['7:30 PM', '19:30'],
    ['0', '00:00'],
    ['24', '00:00'],
    ['24:00', '00:00'],
    [' 9 ', '09:00'],
    ['24:30', undefined],
    ['25', undefined],
    ['7:60', undefined],
    ['7:3', undefined],
    ['13pm', undefined],
    ['0am', undefined],
    ['-1', undefined],
    ['noon', undefined],
    ['', undefined],
  ];
  for (const [typed, read] of cases) it(`“${typed}” is ${read ?? 'none'}`, () => assert.equal(timeOfDay(typed), read));
});
