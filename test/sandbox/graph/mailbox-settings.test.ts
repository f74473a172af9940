import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { zoneOfMailbox } from '../../../src/calendar/custom-zone.ts';
import { toMailboxSettings } from '../../../src/graph/mailbox-settings.ts';
import { ANNA, fixture, type Json, NOW } from './setup.ts';

const change = (dayOccurrence: number, month: number, time = '02:00:00.0000000') => ({
  time,
  dayOccurrence,
  dayOfWeek: 'sunday',
  month,
  year: 0,
});

const PACIFIC = {
  '@odata.type': '#microsoft.graph.customTimeZone',
  bias: 480,
  name: 'Customized Time Zone',
  standardOffset: change(1, 11),
  daylightOffset: { daylightBias: -60, ...change(2, 3) },
};

const workingHours = (timeZone: unknown) => ({
  daysOfWeek: ['monday', 'tuesday'],
  startTime: '09:00:00.0000000',
  endTime: '17:00:00.0000000',
  timeZone,
});

describe('sandbox graph: a mailbox with a custom zone', () => {
  it('is set by control and answered as documented', async () => {
    const f = fixture();
    f.graph.control.setMailboxSettings(ANNA, {
      timeZone: 'tzone://Microsoft/Custom',
      workingHours: workingHours(PACIFIC),
    });
    const { json } = await f.call('GET', '/me/mailboxSettings');
    assert.equal(json.timeZone, 'tzone://Microsoft/Custom');
    assert.deepEqual(json.workingHours, workingHours(PACIFIC));
    assert.deepEqual((await f.call('GET', '/me/mailboxSettings/workingHours')).json.timeZone, PACIFIC);
    assert.equal(zoneOfMailbox(toMailboxSettings(json), NOW), 'America/Los_Angeles');
  });

  it('turns a zone round as the documentation’s example of a PATCH shows', async () => {
    const f = fixture();
    const offset = (dayOccurrence: number, month: number) => ({ ...change(dayOccurrence, month), dayOfWeek: 'Sunday' });
    const zone = {
      ...PACIFIC,
      bias: -300,
      standardOffset: offset(2, 10),
      daylightOffset: { daylightBias: 100, ...offset(4, 5) },
    };
    const scopes = 'MailboxSettings.ReadWrite';
    const { status } = await f.call('PATCH', '/me/mailboxSettings', {
      scopes,
      body: { workingHours: workingHours(zone) },
    });
    assert.equal(status, 200);
    assert.deepEqual((await f.call('GET', '/me/mailboxSettings')).json.workingHours.timeZone, {
      ...PACIFIC,
      bias: -200,
      standardOffset: change(4, 5),
      daylightOffset: { daylightBias: -100, ...change(2, 10) },
    });
  });

  it('takes a custom zone’s name only where there is one', async () => {
    const f = fixture();
    const patch = async (body: Json) =>
      (await f.call('PATCH', '/me/mailboxSettings', { scopes: 'MailboxSettings.ReadWrite', body })).status;
    assert.equal(await patch({ timeZone: 'tzone://Microsoft/Custom' }), 400);
    assert.equal(await patch({ workingHours: workingHours({ name: 'Customized Time Zone' }) }), 400);
    assert.equal(await patch({ workingHours: workingHours(PACIFIC) }), 200);
    assert.equal(await patch({ timeZone: 'Customized Time Zone' }), 200);
    assert.equal(await patch({ timeZone: 'Middle-earth Standard Time' }), 400);
  });
});

describe('sandbox graph: working hours and automatic replies', () => {
  const moment = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });

  it('are as Exchange has them at first, and as they are set', async () => {
    const f = fixture();
    const read = async () => toMailboxSettings((await f.call('GET', '/me/mailboxSettings')).json);
    const usual = { days: [1, 2, 3, 4, 5], start: '08:00', end: '17:00', timeZone: 'Europe/Berlin' };
    assert.deepEqual((await read()).workingHours, usual);
    assert.equal((await read()).automaticReplies, 'off');
    f.graph.control.setMailboxSettings(ANNA, {
      workingHours: {
        daysOfWeek: ['sunday', 'monday'],
        startTime: '07:00:00.0000000',
        endTime: '15:30:00.0000000',
        timeZone: { name: 'Arabian Standard Time' },
      },
      automaticRepliesSetting: { status: 'alwaysEnabled' },
    });
    assert.deepEqual((await read()).workingHours, {
      days: [0, 1],
      start: '07:00',
      end: '15:30',
      timeZone: 'Asia/Dubai',
    });
    assert.equal((await read()).automaticReplies, 'on');
    f.graph.control.setMailboxSettings(ANNA, {
      automaticRepliesSetting: {
        status: 'scheduled',
        scheduledStartDateTime: moment('2026-12-01T09:00:00.0000000'),
        scheduledEndDateTime: moment('2026-12-02T09:00:00.0000000', 'W. Europe Standard Time'),
      },
    });
    assert.deepEqual((await read()).automaticReplies, {
      from: Date.UTC(2026, 11, 1, 9),
      to: Date.UTC(2026, 11, 2, 8),
    });
    const { json } = await f.call('GET', '/me/mailboxSettings');
    assert.equal(json.automaticRepliesSetting.externalAudience, 'all', 'the rest stays');
    assert.deepEqual((await read()).workingHours?.days, [0, 1]);
  });

  it('are refused where Exchange could not read them', async () => {
    const f = fixture();
    const patch = async (automaticRepliesSetting: Json) =>
      (
        await f.call('PATCH', '/me/mailboxSettings', {
          scopes: 'MailboxSettings.ReadWrite',
          body: { automaticRepliesSetting },
        })
      ).status;
    assert.equal(await patch({ status: 'alwaysEnabled' }), 200);
    assert.equal(await patch({ status: 'sometimes' }), 400);
    assert.equal(await patch({ scheduledEndDateTime: moment('soon') }), 400);
    assert.equal(await patch({ scheduledEndDateTime: moment('2026-12-01T09:00:00', 'Middle-earth') }), 400);
  });
});
