/** "To do that I need your permission: sending mail as you." And what to hand to an admin, where only they can give it. */
import type { Message } from '../../delivery/message.ts';
import { SCOPES, type ScopeName } from '../../identity/scopes.ts';
import { enumerate } from '../words.ts';
import { kicker, line, message, openUrl, row, subtle } from './parts.ts';

export type Permission = ScopeName;

const ICONS: Record<ScopeName, string> = {
  'Calendars.Read': '📅',
  'MailboxSettings.Read': '🌍',
  'Calendars.Read.Shared': '👥',
  'Calendars.ReadWrite': '🖊️',
  'Mail.Send': '✉️',
  'Tasks.ReadWrite': '☑️',
  'Place.Read.All': '🚪',
  'GroupMember.Read.All': '🧑‍🤝‍🧑',
};

const knownIn = (needed: readonly Permission[]) => needed.flatMap((name) => SCOPES.get(name) ?? []);
const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** One row for each: what, and what it is used for. */
export const permissionRows = (needed: readonly Permission[]) =>
  knownIn(needed).map(({ name, short, why }) => row(ICONS[name], `**${capital(short)}** — ${why}`));

const listed = (needed: readonly Permission[]) => enumerate(knownIn(needed).map((one) => one.short));

export const permissionWords = (needed: readonly Permission[]): string =>
  `To do that I need your permission: ${listed(needed)}.`;

/** Pressed again afterwards: a permission is given on a page of Microsoft’s, and nobody is there to go on by itself. */
export function permissionCard(url: string, needed: readonly Permission[]): Message {
  const words = permissionWords(needed);
  return message(
    [
      kicker('🔐', 'One more permission'),
      line(words),
      ...permissionRows(needed),
      line('Afterwards, press the button on the card again.'),
      subtle('The link is for you alone and works for ten minutes. I go on watching your calendar either way.'),
    ],
    { summary: words, fallbackText: `${words} ${url}` },
    [openUrl('Sign in', url, 'positive')],
  );
}

/** To be handed on: the link is the admin's, and says nothing of who asked. */
export function adminCard(url: string, needed: readonly Permission[]): Message {
  const words = `In your organisation only an admin can allow this: ${listed(needed)}.`;
  return message(
    [
      kicker('🔐', 'For your admin'),
      line(words),
      ...permissionRows(needed),
      line(
        'Please hand this to your admin: copy the link from the button. They agree once, for everybody; afterwards each person still decides for themselves whether I may read their calendar.',
      ),
      subtle('The link works for two weeks. When it is done, try again here.'),
    ],
    { summary: words, fallbackText: `${words} For your admin: ${url}` },
    [openUrl('Open as admin', url)],
  );
}
