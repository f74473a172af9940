import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { seriesDays } from '../../../sandbox/graph/recurrence.ts';
import { instantOf, wallOf } from '../../../sandbox/graph/zones.ts';
import { created, eventPath, fixture, type Json, meeting, view } from './setup.ts';

const weekly = (startDate: string, daysOfWeek: string[], range: object = { type: 'noEnd' }) => ({
  pattern: { type: 'weekly', interval: 1, daysOfWeek, firstDayOfWeek: 'monday' },
  range: { startDate, ...range },
});

const daily = (startDate: string, range: object = { type: 'noEnd' }) => ({
  pattern: { type: 'daily', interval: 1 },
  range: { startDate, ...range },
});

const starts = (events: Json[]) => events.map((event) => event.start.dateTime.slice(0, 16));

describe('sandbox graph: series', () => {
  for (const [zone, expected] of [
    ['Europe/Berlin', ['2026-10-19T07:00', '2026-10-26T08:00', '2026-11-02T08:00']],
    ['America/New_York', ['2026-10-19T13:00', '2026-10-26T13:00', '2026-11-02T14:00']],
    ['Eastern Standard Time', ['2026-10-19T13:00', '2026-10-26T13:00', '2026-11-02T14:00']],
  ] as const)
    it(`keeps nine o'clock at nine o'clock over the change of clocks in ${zone}`, async () => {
      const f = fixture();
      const recurrence = weekly('2026-10-19', ['monday']);
      await created(f, meeting('2026-10-19T09:00:00', '2026-10-19T10:00:00', { recurrence }, zone));
      assert.deepEqual(starts(await view(f, '2026-10-18', '2026-11-05')), expected);
    });

  it('counts in the zone of the recurrence when the start is given in another', async () => {
    const f = fixture();
    const recurrence = daily('2026-03-27', {
      type: 'numbered',
      numberOfOccurrences: 4,
      recurrenceTimeZone: 'Europe/Berlin',
    });
    const event = await created(f, meeting('2026-03-27T08:00:00', '2026-03-27T08:30:00', { recurrence }, 'UTC'));
    assert.equal(event.recurrence.range.recurrenceTimeZone, 'Europe/Berlin');
    const expected = ['2026-03-27T08:00', '2026-03-28T08:00', '2026-03-29T07:00', '2026-03-30T07:00'];
    assert.deepEqual(starts(await view(f, '2026-03-26', '2026-04-05')), expected);
  });

  it('knows all six patterns', () => {
    const days = (pattern: object, startDate: string, to: string) =>
      seriesDays({ pattern, range: { type: 'noEnd', startDate } }, 0, Date.parse(to) / 86_400_000).map((day) =>
        new Date(day * 86_400_000).toISOString().slice(0, 10),
      );
    assert.deepEqual(days({ type: 'daily', interval: 3 }, '2026-01-30', '2026-02-06'), [
      '2026-01-30',
      '2026-02-02',
      '2026-02-05',
    ]);
    const biweekly = { type: 'weekly', interval: 2, daysOfWeek: ['monday', 'sunday'] };
    assert.deepEqual(days({ ...biweekly, firstDayOfWeek: 'monday' }, '2026-01-05', '2026-01-26'), [
      '2026-01-05',
      '2026-01-11',
      '2026-01-19',
      '2026-01-25',
    ]);
    assert.deepEqual(days({ ...biweekly, firstDayOfWeek: 'sunday' }, '2026-01-05', '2026-01-26'), [
      '2026-01-05',
      '2026-01-18',
      '2026-01-19',
    ]);
    assert.deepEqual(days({ type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 }, '2026-01-31', '2026-04-30'), [
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
    ]);
    const lastWorkday = {
      type: 'relativeMonthly',
      interval: 1,
      index: 'last',
      daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
    };
    assert.deepEqual(days(lastWorkday, '2026-01-30', '2026-03-31'), ['2026-01-30', '2026-02-27', '2026-03-31']);
    assert.deepEqual(
      days({ type: 'absoluteYearly', interval: 1, month: 2, dayOfMonth: 29 }, '2024-02-29', '2026-12-31'),
      ['2024-02-29', '2025-02-28', '2026-02-28'],
    );
    const thanksgiving = { type: 'relativeYearly', interval: 1, month: 11, index: 'fourth', daysOfWeek: ['thursday'] };
    assert.deepEqual(days(thanksgiving, '2025-11-27', '2026-12-31'), ['2025-11-27', '2026-11-26']);
  });

  it('begins on the first day on which the pattern comes true, and ends as the range says', async () => {
    const f = fixture();
    const recurrence = weekly('2026-12-02', ['friday'], { type: 'endDate', endDate: '2026-12-18' });
    const master = await created(f, meeting('2026-12-02T09:00:00', '2026-12-02T10:00:00', { recurrence }));
    assert.equal(master.type, 'seriesMaster');
    assert.equal(master.start.dateTime.slice(0, 10), '2026-12-04');
    assert.deepEqual(starts(await view(f, '2026-12-01', '2027-01-31')), [
      '2026-12-04T09:00',
      '2026-12-11T09:00',
      '2026-12-18T09:00',
    ]);
    const wrong = { ...recurrence, range: { ...recurrence.range, startDate: '2026-12-03' } };
    const refused = await f.call('POST', '/me/events', {
      body: meeting('2026-12-02T09:00:00', '2026-12-02T10:00:00', { recurrence: wrong }),
    });
    assert.equal(refused.status, 400);
  });

  it('makes exceptions that keep their id, and takes occurrences out', async () => {
    const f = fixture();
    const recurrence = weekly('2026-12-01', ['tuesday'], { type: 'numbered', numberOfOccurrences: 4 });
    const master = await created(
      f,
      meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { recurrence }, 'Europe/Berlin'),
    );
    const [, second, third] = await view(f, '2026-12-01', '2027-01-01');
    assert.equal(second.type, 'occurrence');
    assert.equal(second.seriesMasterId, master.id);
    assert.notEqual(second.iCalUId, master.iCalUId);
    const moved = await f.call('PATCH', eventPath(second.id), {
      body: {
        start: { dateTime: '2026-12-09T23:30:00', timeZone: 'Europe/Berlin' },
        end: { dateTime: '2026-12-10T00:30:00', timeZone: 'Europe/Berlin' },
        subject: 'Late one',
      },
    });
    assert.equal(moved.status, 200);
    assert.equal(moved.json.id, second.id);
    assert.equal(moved.json.type, 'exception');
    assert.equal(moved.json.originalStart, '2026-12-08T08:00:00Z');
    assert.equal(moved.json.start.dateTime, '2026-12-09T22:30:00.0000000');
    assert.equal((await f.call('DELETE', eventPath(third.id))).status, 204);
    assert.equal((await f.call('GET', eventPath(third.id))).status, 404);
    const left = await view(f, '2026-12-01', '2027-01-01');
    assert.deepEqual(starts(left), ['2026-12-01T08:00', '2026-12-09T22:30', '2026-12-22T08:00']);
    const renamed = await f.call('PATCH', eventPath(master.id), { body: { subject: 'All' } });
    assert.equal(renamed.json.subject, 'All');
    assert.deepEqual(
      (await view(f, '2026-12-01', '2027-01-01')).map((event) => event.subject),
      ['All', 'Late one', 'All'],
    );
    const cancelled = await f.call('GET', `${eventPath(master.id)}?$select=subject,cancelledOccurrences`);
    assert.deepEqual(cancelled.json.cancelledOccurrences, [`OID.${master.id}.2026-12-15`]);
  });

  it('does not let an occurrence pass its neighbours', async () => {
    const f = fixture();
    const recurrence = daily('2026-12-01', { type: 'numbered', numberOfOccurrences: 3 });
    await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { recurrence }));
    const [, second] = await view(f, '2026-12-01', '2027-01-01');
    const body = {
      start: { dateTime: '2026-12-03T12:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-12-03T13:00:00', timeZone: 'UTC' },
    };
    const { status, json } = await f.call('PATCH', eventPath(second.id), { body });
    assert.equal(status, 400);
    assert.equal(json.error.code, 'ErrorOccurrenceCrossingBoundary');
  });

  it('drops exceptions when the pattern or the time of the series changes, not when its end does', async () => {
    const f = fixture();
    const recurrence = weekly('2026-12-01', ['tuesday'], { type: 'numbered', numberOfOccurrences: 4 });
    const master = await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { recurrence }));
    const [first, second] = await view(f, '2026-12-01', '2027-01-01');
    await f.call('PATCH', eventPath(second.id), { body: { subject: 'Other' } });
    await f.call('DELETE', eventPath(first.id));
    const longer = { ...recurrence, range: { ...recurrence.range, numberOfOccurrences: 5 } };
    await f.call('PATCH', eventPath(master.id), { body: { recurrence: longer } });
    assert.equal((await view(f, '2026-12-01', '2027-01-01')).length, 4);
    const later = {
      start: { dateTime: '2026-12-02T11:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-12-02T12:00:00', timeZone: 'UTC' },
    };
    const moved = await f.call('PATCH', eventPath(master.id), {
      body: { ...later, recurrence: weekly('2026-12-02', ['wednesday'], { type: 'numbered', numberOfOccurrences: 2 }) },
    });
    assert.equal(moved.status, 200, JSON.stringify(moved.json));
    const all = await view(f, '2026-12-01', '2027-01-01');
    assert.deepEqual(starts(all), ['2026-12-02T11:00', '2026-12-09T11:00']);
    assert.ok(all.every((event) => event.type === 'occurrence'));
    const single = await f.call('PATCH', eventPath(master.id), { body: { recurrence: null } });
    assert.equal(single.json.type, 'singleInstance');
  });

  it('lists instances of a master only', async () => {
    const f = fixture();
    const recurrence = daily('2026-12-01', { type: 'numbered', numberOfOccurrences: 3 });
    const master = await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { recurrence }));
    const window = 'startDateTime=2026-12-02&endDateTime=2026-12-31';
    const { json } = await f.call('GET', `${eventPath(master.id)}/instances?${window}`);
    assert.equal(json.value.length, 2);
    assert.equal((await f.call('GET', `${eventPath(json.value[0].id)}/instances?${window}`)).status, 400);
    assert.equal((await f.call('GET', '/me/events')).json.value.length, 1);
  });

  it('finds the instant of every wall time that exists', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Kathmandu'];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 20 * 365 * 24 * 60 }), (zone, minute) => {
        const instant = Date.UTC(2015, 0, 1) + minute * 60_000;
        const wall = wallOf(instant, zone);
        assert.equal(wallOf(instantOf(wall, zone), zone), wall);
        assert.ok(Math.abs(instantOf(wall, zone) - instant) <= 3_600_000);
      }),
    );
  });
});
