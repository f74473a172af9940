/** Accept, Tentative, Decline: on an invitation's card, for as long as that stands in the chat. */
import { z } from 'zod';
import { CalendarWatchError } from '../../errors.ts';
import type { Answer } from '../../graph/respond.ts';
import type { ChangeFacts } from '../../nudges/change-notice.ts';
import { hushed } from '../../nudges/chosen.ts';
import { meetingFacts } from '../../nudges/facts.ts';
import { settingsOf } from '../../store/people.ts';
import { answerInvitation, RESPONSES } from '../answering.ts';
import { changeCard } from '../cards/change-notice.ts';
import { RESPOND_ACCEPT, RESPOND_DECLINE, RESPOND_TENTATIVE } from '../cards/invitation.ts';
import type { ButtonAction } from './action.ts';

const input = z.object({ eventId: z.string().min(1).max(1024) });

const pressRespond = (verb: string, answer: Answer): ButtonAction => ({
  verb,
  async run(services, turn, data) {
    const read = input.safeParse(data);
    if (!read.success)
      throw new CalendarWatchError('COMMAND_INVALID', 'a button carried data of an odd form', {
        say: 'I can’t read that button any more. Type **help** to see what I understand.',
      });
    const { eventId } = read.data;
    const { person, event, shown } = await answerInvitation(services, turn, eventId, answer);
    const facts: ChangeFacts = {
      ...meetingFacts(shown),
      change: 'invited',
      beforeStartAt: shown.startAt,
      beforeEndAt: shown.endAt,
      occurrences: 1,
      response: RESPONSES[answer],
      answerTo: eventId,
      ...(event.type === 'master' ? { isWholeSeries: true } : {}),
    };
    const kept = hushed({ ...facts }, shown, settingsOf(person)) as unknown as ChangeFacts;
    return { card: changeCard(kept, person, services.clock.now()) };
  },
});

export const RESPOND_ACTIONS: readonly ButtonAction[] = [
  pressRespond(RESPOND_ACCEPT, 'accept'),
  pressRespond(RESPOND_TENTATIVE, 'tentativelyAccept'),
  pressRespond(RESPOND_DECLINE, 'decline'),
];
