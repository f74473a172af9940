/** Rooms and bookings for tests: everything filled in. */
import type { Booking, Room } from '../../src/rooms/types.ts';

export const room = (roomId: string, more: Partial<Room> = {}): Room => ({
  roomId,
  address: `${roomId}@test.example`,
  name: roomId,
  building: 'North',
  floor: '1',
  capacity: 4,
  features: [],
  coordinates: null,
  keepsGhosts: false,
  policy: {},
  ...more,
});

export const booking = (roomId: string, from: number, to: number, more: Partial<Booking> = {}): Booking => ({
  roomId,
  eventId: `${roomId}-${from}`,
  seriesId: null,
  startAt: from,
  endAt: to,
  state: 'held',
  heldSince: 0,
  organizer: 'ann@test.example',
  organizerName: 'Ann',
  size: 2,
  ...more,
});
