/** A rule that mails others is not kept before its maker has agreed to send mails: what it may do without, and where to agree. */
import type { Message } from '../../delivery/message.ts';
import type { Deed, RuleScope } from '../../rules/rule.ts';
import { kicker, line, message, openUrl, subtle } from './parts.ts';
import { permissionRows } from './permission.ts';

const WITHOUT = {
  own: 'Without it I mail only you, and those invited to meetings of yours: “when a meeting that I organise …, mail the attendees …”.',
  rooms: 'Without it I mail you alone: “mail me …”.',
};

export function ruleMailCard(deed: Deed, scope: RuleScope, url: string): Message {
  const whom = deed.deed === 'attendees' ? 'those invited to other people’s meetings too' : 'somebody else';
  const words = `Not saved yet: this rule mails ${whom}, and that goes in your name, with your permission (Mail.Send).`;
  const without = WITHOUT[scope === 'rooms' ? 'rooms' : 'own'];
  return message(
    [
      kicker('🔐', 'One more permission'),
      line(words),
      ...permissionRows(['Mail.Send']),
      line('Press “Sign in”, agree, and press “Save” on the rule again.'),
      line(without),
      subtle('The link is for you alone and works for ten minutes.'),
    ],
    { summary: words, fallbackText: `${words} Sign in here, then press “Save” again: ${url} ${without}` },
    [openUrl('Sign in', url, 'positive')],
  );
}
