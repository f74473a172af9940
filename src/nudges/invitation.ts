/** "Ann invites you", with the answers. */
import { OPEN_RESPONSES } from './changes.ts';
import { noticesOf } from './notices.ts';
import type { NudgeKind } from './nudge.ts';

export const invitation: NudgeKind = {
  name: 'invitation',
  title: 'Invitations',
  explains: 'when somebody invites you, to answer in the chat',
  words: ['invitations', 'invitation', 'invites'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  tells: 'whatIsOpen',
  plan: (input) => noticesOf(input, 'invitation'),
  // What was answered meanwhile, or called off, is not asked.
  stillStands: (_, event) => event !== undefined && !event.isCancelled && OPEN_RESPONSES.includes(event.response),
};
