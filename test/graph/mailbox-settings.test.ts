import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { zoneOfMailbox } from '../../src/calendar/custom-zone.ts';
import { readCustomZone, toMailboxSettings } from '../../src/graph/mailbox-settings.ts';
import { HOUR, NOW } from '../support/events.ts';

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
        assert.equal(toMailboxSettings({ timeZone: 'UTC', language: other, workingHours: other }).timeZone, 'UTC');
      }),
    );
    assert.equal(toMailboxSettings({ timeZone: 7, language: { locale: 'fr-FR' } }).locale, 'fr-FR');
    assert.equal(toMailboxSettings({ timeZone: 'UTC', language: { locale: 7 } }).locale, undefined);
  });
});
