/** The answers to an invitation: all of them while it is open, then those that were not given. */
import type { CalendarEvent } from '../../calendar/event.ts';
import { type Action, execute } from './parts.ts';

export const RESPOND_ACCEPT = 'respond.accept';
export const RESPOND_TENTATIVE = 'respond.tentative';
export const RESPOND_DECLINE = 'respond.decline';

const BUTTONS: readonly { verb: string; label: string; gives: CalendarEvent['response']; style?: string }[] = [
  { verb: RESPOND_ACCEPT, label: 'Accept', gives: 'accepted', style: 'positive' },
  { verb: RESPOND_TENTATIVE, label: 'Tentative', gives: 'tentative' },
  { verb: RESPOND_DECLINE, label: 'Decline', gives: 'declined' },
];

const ANSWERED: Partial<Record<CalendarEvent['response'], [icon: string, words: string]>> = {
  accepted: ['✅', 'You accepted'],
  tentative: ['❔', 'You’re tentative'],
  declined: ['🚫', 'You declined'],
};

/** Icon and words of what was answered; undefined while nothing was. */
export const answered = (response: CalendarEvent['response']): readonly [string, string] | undefined =>
  ANSWERED[response];

export const answerButtons = (eventId: string, response: CalendarEvent['response']): Action[] =>
  BUTTONS.filter((button) => button.gives !== response).map(({ verb, label, style }) =>
    execute(label, verb, { eventId }, { associatedInputs: 'none', ...(style ? { style } : {}) }),
  );
