/** Every kind of nudge. A new one is a new file and a line here; its card is a line in bot/cards/nudges.ts. */
import { agendaPrompt } from './agenda-prompt.ts';
import { cantMake } from './cant-make.ts';
import { changeNotice } from './change-notice.ts';
import { digest } from './digest.ts';
import { doubleBooking } from './double-booking.ts';
import { followUp } from './follow-up.ts';
import { invitation } from './invitation.ts';
import { inviteePoints } from './invitee-points.ts';
import { leaveBy } from './leave-by.ts';
import type { NudgeKind } from './nudge.ts';
import { prepare } from './prepare.ts';
import { reminder } from './reminder.ts';

export const KINDS: readonly NudgeKind[] = [
  reminder,
  digest,
  agendaPrompt,
  inviteePoints,
  prepare,
  leaveBy,
  cantMake,
  changeNotice,
  invitation,
  doubleBooking,
  followUp,
];

export function kindNamed(name: string): NudgeKind | undefined {
  return KINDS.find((kind) => kind.name === name);
}
