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
