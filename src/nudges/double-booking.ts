/** "You are promised twice": what one made, moved or accepted oneself overlaps what one attends already. */
import { noticesOf } from './notices.ts';
import type { NudgeKind } from './nudge.ts';

export const doubleBooking: NudgeKind = {
  name: 'conflict',
  title: 'Double bookings',
  explains: 'when two meetings that you attend overlap, with times that are free',
  words: ['double bookings', 'double booking', 'conflicts'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  tells: 'whatIsOpen',
  plan: (input) => noticesOf(input, 'conflict'),
  // That it is over is shown on its card, and not said.
  stillStands: ({ facts }, event) =>
    event !== undefined &&
    !event.isCancelled &&
    (event.response === 'accepted' || event.response === 'organizer') &&
    Array.isArray(facts.conflicts),
};
