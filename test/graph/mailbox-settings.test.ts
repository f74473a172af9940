import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { zoneOfMailbox } from '../../src/calendar/custom-zone.ts';
import {
  readAutomaticReplies,
  readCustomZone,
  readWorkingHours,
  toMailboxSettings,
} from '../../src/graph/mailbox-settings.ts';
import { HOUR, NOW, utc } from '../support/events.ts';

/** Pacific time as getSchedule's documentation shows it. */
const PACIFIC = {
  '@odata.type': '#microsoft.graph.customTimeZone',
  bias: 480,
  name: 'Customized Time Zone',
  standardOffset: { time: '02:00:00.0000000', dayOccurrence: 1, dayOfWeek: 'sunday', month: 11, year: 0 },
  daylightOffset: {
    daylightBias: -60,
    time: '02:00:00.0000000',
    dayOccurrence: 2,
    dayOfWeek: 'sunday',
    month: 3,
    year: 0,
  },
};

describe('mailbox settings', () => {
  it('are read: zone, language, and a zone that is described', () => {
    assert.deepEqual(
      toMailboxSettings({
        timeZone: 'W. Europe Standard Time',
        language: { locale: 'de-DE', displayName: 'German (Germany)' },
        workingHours: { startTime: '08:00:00.0000000', timeZone: { name: 'W. Europe Standard Time' } },
      }),
      { timeZone: 'W. Europe Standard Time', customZone: undefined, locale: 'de-DE' },
    );
    const custom = toMailboxSettings({ timeZone: 'tzone://Microsoft/Custom', workingHours: { timeZone: PACIFIC } });
    assert.deepEqual(custom, {
      timeZone: 'tzone://Microsoft/Custom',
      customZone: {
        biasMinutes: 480,
        changes: {
          toStandard: { month: 11, dayOfWeek: 0, dayOccurrence: 1, timeMs: 2 * HOUR },
          toDaylight: { month: 3, dayOfWeek: 0, dayOccurrence: 2, timeMs: 2 * HOUR },
          daylightBiasMinutes: -60,
        },
      },
      locale: undefined,
    });
    assert.equal(zoneOfMailbox(custom, NOW), 'America/Los_Angeles');
    assert.equal(zoneOfMailbox(toMailboxSettings({ timeZone: PACIFIC }), NOW), 'America/Los_Angeles');
  });

  it('have a zone whose clocks never change when a change has no month or no effect', () => {
    for (const more of [
      { daylightOffset: null, standardOffset: null },
      { daylightOffset: undefined },
      { standardOffset: { ...PACIFIC.standardOffset, month: 0 } },
      { daylightOffset: { ...PACIFIC.daylightOffset, month: 0 } },
      { daylightOffset: { ...PACIFIC.daylightOffset, daylightBias: 0 } },
    ])
      assert.deepEqual(readCustomZone({ ...PACIFIC, ...more }), { biasMinutes: 480 });
  });

  it('have no custom zone where it can’t be read', () => {
    const wrongTimes = ['noon', '25:00:00', '02:60:00', '', null, 7];
    for (const odd of [
      undefined,
      null,
      'W. Europe Standard Time',
      480,
      [],
      { name: 'W. Europe Standard Time' },
      { ...PACIFIC, bias: '480' },
      { ...PACIFIC, bias: 480.5 },
      { ...PACIFIC, bias: 100_000 },
      { ...PACIFIC, bias: null },
      { ...PACIFIC, standardOffset: 'November' },
      { ...PACIFIC, standardOffset: { ...PACIFIC.standardOffset, month: 13 } },
      { ...PACIFIC, standardOffset: { ...PACIFIC.standardOffset, dayOfWeek: 'someday' } },
      { ...PACIFIC, standardOffset: { ...PACIFIC.standardOffset, dayOccurrence: 6 } },
      { ...PACIFIC, daylightOffset: { ...PACIFIC.daylightOffset, daylightBias: 'one hour' } },
      ...wrongTimes.map((time) => ({ ...PACIFIC, daylightOffset: { ...PACIFIC.daylightOffset, time } })),
    ])
      assert.equal(readCustomZone(odd), undefined, JSON.stringify(odd));
  });

  it('never fail, whatever the answer is, and let one odd field not spoil another', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (timeZone, other) => {
        toMailboxSettings(timeZone);
        const read = toMailboxSettings({ timeZone, language: other, workingHours: { timeZone: other } });
        assert.ok(read.timeZone === undefined || read.timeZone === timeZone);
        const odd = { language: other, workingHours: other, automaticRepliesSetting: other };
        assert.equal(toMailboxSettings({ timeZone: 'UTC', ...odd }).timeZone, 'UTC');
      }),
    );
    assert.equal(toMailboxSettings({ timeZone: 7, language: { locale: 'fr-FR' } }).locale, 'fr-FR');
    assert.equal(toMailboxSettings({ timeZone: 'UTC', language: { locale: 7 } }).locale, undefined);
  });

  const HOURS = {
    daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
    startTime: '08:30:00.0000000',
    endTime: '17:00:00.0000000',
    timeZone: { name: 'W. Europe Standard Time' },
  };
  const READ = { days: [1, 2, 3, 4, 5], start: '08:30', end: '17:00', timeZone: 'Europe/Berlin' };

  it('say when somebody works', () => {
    const cases: [string, unknown, unknown][] = [
      ['as Outlook has them at first', HOURS, READ],
      [
        'from Sunday to Thursday',
        { ...HOURS, daysOfWeek: ['sunday', 'thursday', 'monday', 'tuesday', 'wednesday', 'monday'] },
        { ...READ, days: [0, 1, 2, 3, 4] },
      ],
      ['in capital letters', { ...HOURS, daysOfWeek: ['Saturday'] }, { ...READ, days: [6] }],
      ['never', { ...HOURS, daysOfWeek: [] }, { ...READ, days: [] }],
      ['at night', { ...HOURS, startTime: '22:00:00', endTime: '06:00' }, { ...READ, start: '22:00', end: '06:00' }],
      [
        'in a zone of their own',
        { ...HOURS, timeZone: { name: 'Asia/Kolkata' } },
        { ...READ, timeZone: 'Asia/Kolkata' },
      ],
    ];
    for (const [what, json, expected] of cases) {
      assert.deepEqual(readWorkingHours(json), expected, what);
      assert.deepEqual(toMailboxSettings({ timeZone: 'UTC', workingHours: json }).workingHours, expected, what);
    }
    const { timeZone: _zone, ...nowhere } = READ;
    for (const timeZone of [undefined, null, PACIFIC, { name: 'Nowhere' }, 'UTC'])
      assert.deepEqual(readWorkingHours({ ...HOURS, timeZone }), nowhere, JSON.stringify(timeZone));
  });

  it('say nothing of working hours of which a part can’t be read', () => {
    for (const odd of [
      undefined,
      null,
      'nine to five',
      [],
      {},
      { ...HOURS, daysOfWeek: 'monday' },
      { ...HOURS, daysOfWeek: ['someday'] },
      { ...HOURS, daysOfWeek: [1] },
      { ...HOURS, daysOfWeek: Array.from({ length: 21 }, () => 'monday') },
      { ...HOURS, startTime: '24:00:00' },
      { ...HOURS, startTime: null },
      { ...HOURS, endTime: 'late' },
    ]) {
      assert.equal(readWorkingHours(odd), undefined, JSON.stringify(odd));
      assert.ok(!('workingHours' in toMailboxSettings({ workingHours: odd })));
    }
  });

  const at = (dateTime: string, timeZone: string | null = 'UTC') => ({ dateTime, timeZone });
  const SCHEDULED = {
    status: 'scheduled',
    scheduledStartDateTime: at('2026-12-01T17:00:00.0000000'),
    scheduledEndDateTime: at('2026-12-08T09:00:00.0000000'),
  };

  it('say whether automatic replies are on, and from when to when', () => {
    const span = { from: utc('2026-12-01 17:00'), to: utc('2026-12-08 09:00') };
    const cases: [string, unknown, unknown][] = [
      ['off', { ...SCHEDULED, status: 'disabled' }, 'off'],
      ['on', { ...SCHEDULED, status: 'alwaysEnabled' }, 'on'],
      ['on, and nothing else', { status: 'alwaysEnabled' }, 'on'],
      ['scheduled', SCHEDULED, span],
      [
        'scheduled in another zone',
        {
          ...SCHEDULED,
          scheduledStartDateTime: at('2026-12-01T18:00:00.0000000', 'W. Europe Standard Time'),
          scheduledEndDateTime: at('2026-12-08T10:00:00', 'Europe/Berlin'),
        },
        span,
      ],
      ['scheduled, in no zone', { ...SCHEDULED, scheduledEndDateTime: at('2026-12-08T09:00:00', null) }, span],
    ];
    for (const [what, json, expected] of cases) {
      assert.deepEqual(readAutomaticReplies(json), expected, what);
      assert.deepEqual(toMailboxSettings({ automaticRepliesSetting: json }).automaticReplies, expected, what);
    }
  });

  it('say nothing of automatic replies that can’t be read', () => {
    for (const odd of [
      undefined,
      null,
      'on',
      {},
      { status: 'sometimes' },
      { status: 'scheduled' },
      { ...SCHEDULED, scheduledEndDateTime: null },
      { ...SCHEDULED, scheduledEndDateTime: at('soon') },
      { ...SCHEDULED, scheduledEndDateTime: at('2026-12-08T09:00:00', 'Nowhere') },
      { ...SCHEDULED, scheduledEndDateTime: SCHEDULED.scheduledStartDateTime },
    ]) {
      assert.equal(readAutomaticReplies(odd), undefined, JSON.stringify(odd));
      assert.ok(!('automaticReplies' in toMailboxSettings({ automaticRepliesSetting: odd })));
    }
  });
});
