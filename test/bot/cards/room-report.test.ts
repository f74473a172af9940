import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { roomReportCard } from '../../../src/bot/cards/room-report.ts';
import { instantOn } from '../../../src/calendar/zone.ts';
import { roomReport } from '../../../src/rooms/report.ts';
import { booking, room } from '../../rooms/rooms.ts';
import { HOUR } from '../../support/events.ts';

const ZONE = 'Europe/Berlin';
const on = (date: string, time: string) => instantOn(date, time, ZONE);
const PERIOD = { startDate: '2026-11-23', endDate: '2026-11-30' };
const span = { from: on(PERIOD.startDate, '00:00'), to: on(PERIOD.endDate, '00:00') };

describe('the card of the use of rooms', () => {
  for (const [what, startAt, isBeyond] of [
    ['on a Tuesday', on('2026-11-24', '09:00'), false],
    ['on a Saturday', on('2026-11-28', '09:00'), true],
    ['in the evening', on('2026-11-24', '20:00'), true],
  ] as const)
    it(`says of which hours the shares are, ${isBeyond ? 'and' : 'but not'} that others were used, ${what}`, () => {
      const report = roomReport([room('a')], [booking('a', startAt, startAt + HOUR)], [], { span, zone: ZONE });
      const said = JSON.stringify(roomReportCard(report, PERIOD, { timeZone: ZONE, locale: 'en-GB' }).card);
      assert.match(said, /Mon to Fri, 08:00 to 18:00/);
      assert.equal(said.includes('beyond them, too'), isBeyond);
    });
});
