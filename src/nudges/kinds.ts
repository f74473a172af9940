/** Every kind of nudge. A new one is a new file and a line here; its card is a line in bot/cards/nudges.ts. */
import { agendaPrompt } from './agenda-prompt.ts';
import { changeNotice } from './change-notice.ts';
import { leaveBy } from './leave-by.ts';
import type { NudgeKind } from './nudge.ts';
import { reminder } from './reminder.ts';

export const KINDS: readonly NudgeKind[] = [reminder, agendaPrompt, leaveBy, changeNotice];

export function kindNamed(name: string): NudgeKind | undefined {
  return KINDS.find((kind) => kind.name === name);
}
