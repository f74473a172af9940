/** The cards about rooms, with whatever a meeting is called in their places. */
import { checkedInCard, givenBackCard } from '../../../src/bot/cards/check-in.ts';
import type { Reader } from '../../../src/bot/cards/meeting.ts';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import { roomAskedCard, roomBookedCard } from '../../../src/bot/cards/room-asked.ts';
import { roomsFoundCard } from '../../../src/bot/cards/room-found.ts';
import { strikesAnsweredCard } from '../../../src/bot/cards/room-notice.ts';
import { roomReportCard } from '../../../src/bot/cards/room-report.ts';
import { boardCard, roomsAddedCard } from '../../../src/bot/cards/rooms.ts';
import { addDays, dateOf, instantOn, weekdayOf } from '../../../src/calendar/zone.ts';
import type { Message } from '../../../src/delivery/message.ts';
import type { MeetingFacts } from '../../../src/nudges/facts.ts';
import type { CollidingOccurrence, RoomConflictFacts, RoomMeetingFacts } from '../../../src/rooms/facts.ts';
import { board } from '../../../src/rooms/find.ts';
import { drawHeatMap, heatCells } from '../../../src/rooms/heat-map.ts';
import { type RoomReport, roomReport } from '../../../src/rooms/report.ts';
import type { RoomBookedFacts } from '../../../src/rooms/settle-asks.ts';
import { booking, room } from '../../rooms/rooms.ts';
import { DAY, HOUR } from '../../support/events.ts';

const LARGEST_PICTURE = 11_500;
let drawn: Buffer | undefined;
/** Drawn once. What follows the picture’s end is looked at by nobody. */
function pictureOf(report: RoomReport): Buffer {
  drawn ??= drawHeatMap(heatCells(report)) ?? Buffer.alloc(0);
  return Buffer.concat([drawn, Buffer.alloc(LARGEST_PICTURE - drawn.length)]);
}

export function roomCards(
  facts: MeetingFacts,
  reader: Reader & { personId: string },
  now: number,
): Record<string, Message> {
  const { subject, startAt, endAt } = facts;
  const name = facts.place || 'Alpha';
  const meeting: RoomMeetingFacts = {
    roomId: 'room',
    room: name,
    building: subject,
    eventId: 'event',
    subject,
    startAt,
    endAt,
  };
  const occurrence = (index: number, others: number): CollidingOccurrence => ({
    eventId: `event-${index}`,
    startAt: startAt + index * DAY,
    endAt: endAt + index * DAY,
    alternatives: Array.from({ length: others }, (_, other) => ({
      roomId: `r${other}`,
      name: subject,
      why: `6 seats, ${name}`,
    })),
  });
  const conflict = (more: Partial<RoomConflictFacts>): RoomConflictFacts => ({
    conflictId: 'conflict',
    roomId: 'room',
    room: name,
    side: 'second',
    subject,
    other: facts.organizer ?? '',
    occurrences: [occurrence(0, 3)],
    more: 0,
    isSeries: false,
    ...more,
  });
  const shown = (kind: string, its: object) =>
    renderNudge(
      { kind, nudgeId: `${kind}.1`, personId: reader.personId, eventId: '', startAt: now, facts: { ...its } },
      reader,
      now,
    );
  const five = [0, 1, 2, 3, 4].map((index) => occurrence(index, 3));
  return {
    'room: check-in': shown('checkIn', { ...meeting, releaseAt: startAt + 600_000 }),
    'room: here': checkedInCard(meeting, reader, now),
    'room: given back': givenBackCard(meeting, reader, now),
    'room: released': shown('roomReleased', { ...meeting, isGivenBack: false, isWholeSeries: false }),
    'room: strikes': shown('roomStrikes', { ...meeting, seriesId: 'series', strikes: 3 }),
    'room: given up': strikesAnsweredCard({ ...meeting, seriesId: 'series', strikes: 3 }, 'givenUp'),
    'room: kept': strikesAnsweredCard({ ...meeting, seriesId: 'series', strikes: 3 }, 'kept'),
    'room: second': shown('roomConflict', conflict({ occurrences: five, more: 7 })),
    'room: first': shown('roomConflict', conflict({ side: 'first', occurrences: [occurrence(0, 0)] })),
    'room: both, nothing free': shown(
      'roomConflict',
      conflict({ side: 'both', subject: '', other: '', occurrences: [occurrence(0, 0)] }),
    ),
    ...askCards(meeting, reader, now),
    'room: settled': shown('roomConflict', conflict({ occurrences: [] })),
  };
}

/** Finding, asking and the board: as full as they get. */
function askCards(
  meeting: RoomMeetingFacts,
  reader: Reader & { personId: string },
  now: number,
): Record<string, Message> {
  const { subject, startAt, endAt } = meeting;
  const named = (id: string) =>
    room(id, { name: `${meeting.room} ${id}`, building: subject, floor: subject, features: ['video'] });
  const many = Array.from({ length: 60 }, (_, index) => named(`r${index}`));
  const found = many
    .slice(0, 5)
    .map((one) => ({ room: one, score: 1, why: ['6 seats', subject.slice(0, 40)], freeUntil: endAt + HOUR }));
  const into = { eventId: 'e'.repeat(150), subject, startAt, endAt };
  const alternatives = found
    .slice(0, 3)
    .map((one) => ({ roomId: one.room.roomId, name: one.room.name, why: '6 seats' }));
  const booked = (more: Partial<RoomBookedFacts>): RoomBookedFacts => ({
    ...meeting,
    askId: 'ask',
    outcome: 'declined',
    alternatives,
    ...more,
  });
  const taken = many.slice(0, 10).map((one) => booking(one.roomId, now - HOUR, now + HOUR));
  const span = { from: now - 7 * DAY, to: now };
  const { timeZone } = reader;
  const workdays = [1, 2, 3, 4, 5, 6]
    .map((back) => addDays(dateOf(now, timeZone), -back))
    .filter((date) => weekdayOf(date) % 6 !== 0);
  const used = many.map((one, index) => {
    const from = instantOn(workdays[index % workdays.length] ?? '', `${10 + (index % 7)}:00`, timeZone);
    return booking(one.roomId, from, from + HOUR, { size: 9 });
  });
  const period = { startDate: '2026-11-23', endDate: '2026-11-30' };
  const report = roomReport(many, used, [], { span, zone: reader.timeZone });
  return {
    'room: found': roomsFoundCard({ found, startAt, endAt, people: 4, into, note: 'Nothing there.' }, reader, now),
    'room: found for a meeting': roomsFoundCard(
      { found, startAt, endAt, people: 4, into, isOnlyInto: true },
      reader,
      now,
    ),
    'room: asked': roomAskedCard(meeting, reader, now),
    'room: asked, then booked': roomAskedCard({ ...booked({}), outcome: 'booked' }, reader, now),
    'room: asked, then taken off': roomAskedCard({ ...booked({}), outcome: 'withdrawn' }, reader, now),
    'room: booked': roomBookedCard(booked({ outcome: 'booked', alternatives: [] }), reader, now),
    'room: declined': roomBookedCard(booked({}), reader, now),
    'room: failed': roomBookedCard(booked({ outcome: 'failed', reason: 'permission' }), reader, now),
    'rooms: board': boardCard({ buildings: board(many, taken, now), unread: new Set(['r3']), filter: '' }, reader, now),
    'rooms: added': roomsAddedCard({ added: 3, known: 1, unknown: 2, beyond: 1 }),
    'rooms: not added': roomsAddedCard({ added: 0, known: 0, unknown: 0, beyond: 0, problem: 'forbidden' }),
    'rooms: report': roomReportCard(report, period, reader),
    // As large as a picture of it gets.
    'rooms: report, with a picture': roomReportCard(report, period, reader, pictureOf(report)),
  };
}
