/**
 * Whom a rule may mail without its owner's own permission to send mails (Mail.Send), by the operator's mailbox: themselves,
 * and the guests of meetings that they organise. delivery/errands/mail.ts looks at each run anew. Pure.
 */
import type { Deed, RuleScope, RuleSpec } from './rule.ts';

/**
 * The first deed that mails others; undefined: there is none.
 * @param address the owner's, lower case; null: not known
 */
export function mailToOthers(spec: RuleSpec, scope: RuleScope, address: string | null): Deed | undefined {
  const { organiser, attendee } = spec.which;
  const isOwnMeeting = scope !== 'rooms' && (organiser === 'me' || (organiser !== undefined && organiser === address));
  return spec.do.find((deed) => {
    if (deed.deed === 'attendees') return !isOwnMeeting;
    if (deed.deed !== 'mail' || deed.to === 'me' || deed.to === address) return false;
    return !(isOwnMeeting && attendee === deed.to);
  });
}
