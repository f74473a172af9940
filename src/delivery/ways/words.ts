/** A card's message as a mail or an SMS: its fallback text, why it comes by this way, and how to end that. */
import type { WhyWay } from '../../store/sends.ts';
import type { Message } from '../message.ts';
import type { OtherWayName, Words } from './port.ts';
import { shorten } from './sms-text.ts';

const BY: Record<OtherWayName, string> = { email: 'By e-mail', sms: 'By SMS' };

const BECAUSE: Record<WhyWay, string> = {
  blocked: 'because Teams doesn’t let me write to you just now',
  noChat: 'because I have no chat with you in Teams just now',
  refused: 'because Teams didn’t take this message from me',
  busy: 'because Teams would have taken it too late',
};

export const whyLine = (way: OtherWayName, why: WhyWay): string => `${BY[way]}, ${BECAUSE[why]}.`;

const HOW_TO_STOP = 'Reply STOP to end.';

export function wordsFor(way: OtherWayName, message: Message, why: WhyWay, stopUrl?: string): Words {
  const line = whyLine(way, why);
  // Only an SMS says in its text how to end it: a mail carries a link (mail-body.ts).
  if (way === 'sms') return { subject: '', text: shorten(message.fallbackText, `${line} ${HOW_TO_STOP}`) };
  return {
    subject: message.summary,
    text: `${message.fallbackText}\n\n${line}`,
    ...(stopUrl ? { stopUrl } : {}),
  };
}

/** The link that ends mails to an address; good for nothing else. */
export const stopUrlFor = (publicUrl: string, stopToken: string): string =>
  `${publicUrl}/ways/stop?t=${encodeURIComponent(stopToken)}`;
