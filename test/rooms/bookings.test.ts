import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { bookingOf, sizeOf } from '../../src/rooms/bookings.ts';
import type { Booking } from '../../src/rooms/types.ts';
import { allDay, attendee, HOUR, MINUTE, meeting, NOW, utc } from '../support/events.ts';

const ROOM = { roomId: 'room', zone: 'Europe/Berlin' };
const START = utc('2026-12-01 14:00');

describe('bookings of a room', () => {
  const states: [string, Partial<CalendarEvent>, Booking['state'] | undefined][] = [
    ['accepted', { response: 'accepted' }, 'held'],
    ['the room’s own', { response: 'organizer', isOrganizer: true }, 'held'],
    ['written into it', { response: 'none' }, 'held'],
    ['not answered', { response: 'notResponded' }, 'asked'],
    ['tentative', { response: 'tentative' }, 'asked'],
    ['declined', { response: 'declined' }, undefined],
    ['cancelled', { isCancelled: true }, undefined],
    ['shown as free', { showAs: 'free' }, undefined],
    ['a series’ head', { type: 'master' }, undefined],
    ['a draft', { isDraft: true }, undefined],
    ['an occurrence', { type: 'occurrence', seriesMasterId: 'series' }, 'held'],
    ['an exception', { type: 'exception', seriesMasterId: 'series' }, 'held'],
    ['without a length', { endAt: START }, undefined],
  ];
  for (const [name, more, state] of states)
    it(`${name}: ${state ?? 'none'}`, () => assert.equal(bookingOf(meeting(more), ROOM, undefined, NOW)?.state, state));

  const known = { startAt: START, endAt: START + HOUR, heldSince: 5 };
  const since: [string, Partial<CalendarEvent>, typeof known | undefined, number][] = [
    ['seen for the first time', { createdAt: NOW - HOUR }, undefined, NOW - HOUR],
    ['without a time of making', {}, undefined, NOW],
    ['made by a clock that is ahead', { createdAt: NOW + HOUR }, undefined, NOW],
    ['as before', { startAt: START, endAt: START + HOUR }, known, 5],
    ['shorter', { startAt: START + MINUTE, endAt: START + HOUR }, known, 5],
    ['longer', { startAt: START, endAt: START + HOUR + MINUTE }, known, NOW],
    ['moved', { startAt: START + HOUR, endAt: START + 2 * HOUR }, known, NOW],
    ['accepted later', { startAt: START, endAt: START + HOUR, response: 'accepted' }, known, 5],
  ];
  for (const [name, more, before, wanted] of since)
    it(`is held since then: ${name}`, () =>
      assert.equal(bookingOf(meeting(more), ROOM, before, NOW)?.heldSince, wanted));

  const dates: [string, string, number, number][] = [
    ['2026-12-01', '2026-12-02', utc('2026-11-30 23:00'), utc('2026-12-01 23:00')],
    ['2026-12-01', '2026-12-04', utc('2026-11-30 23:00'), utc('2026-12-03 23:00')],
    // The day on which clocks go back has 25 hours.
    ['2026-10-25', '2026-10-26', utc('2026-10-24 22:00'), utc('2026-10-25 23:00')],
  ];
  for (const [from, to, startAt, endAt] of dates)
    it(`takes a day in the room’s zone: ${from} to ${to}`, () => {
      const made = bookingOf(allDay(from, to), ROOM, undefined, NOW);
      assert.deepEqual([made?.startAt, made?.endAt], [startAt, endAt]);
    });

  it('counts people once, and no rooms', () => {
    const room = attendee('Room', { type: 'resource' });
    const ann = { ...attendee('Ann'), address: 'ann@test.example' };
    assert.equal(sizeOf(meeting({ attendees: [attendee('Bob'), attendee('Bob'), ann, room] })), 2);
    assert.equal(sizeOf(meeting({ attendees: [], organizer: { name: '', address: '' } })), 1);
  });

  it('keeps nothing of a private entry but its time', () => {
    const made = bookingOf(meeting({ organizer: { name: '', address: '' }, attendees: [] }), ROOM, undefined, NOW);
    assert.deepEqual([made?.organizer, made?.organizerName, made?.size], ['', '', 1]);
  });
});
