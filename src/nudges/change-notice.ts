/**
 * "Moved: Tue 14:00 → Wed 10:00", "Cancelled", "Room lost": what others did to a meeting. One notice per thing that
 * happened: a series that moves as a whole is one notice, not fifty.
 */
import { noticesOf } from './notices.ts';
import type { NudgeKind } from './nudge.ts';

export type { ChangeFacts } from './notices.ts';

export const changeNotice: NudgeKind = {
  name: 'change',
  title: 'Changes',
  explains: 'when a meeting is moved, cancelled, is elsewhere, or loses its room',
  words: ['changes', 'change'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  tells: 'whatHappened',
  plan: (input) => noticesOf(input, 'change'),
  // A notice tells what happened; but nobody wants to hear of a move of what was called off since, or of what they declined.
  stillStands: ({ facts }, event) =>
    event === undefined || facts.change === 'cancelled' || (!event.isCancelled && event.response !== 'declined'),
};
