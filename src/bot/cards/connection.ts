/** Welcome, sign in, connected, reconnect. */
import type { Message, SignInOffer } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { joinAction, meetingRows, meetingWords, minutesUntil, type Reader, speakerFor } from './meeting.ts';
import { execute, kicker, line, message, openUrl, row, subtle, title } from './parts.ts';
import { permissionRows } from './permission.ts';

export const WATCH_ON = 'watch.on';
export const SIGN_OUT = 'sign.out';

export function welcomeCard(): Message {
  return message(
    [
      kicker('👋', 'Calendar Watch'),
      title('I keep an eye on your calendar'),
      line('Tell me once to watch it, and I speak up at the right moment:'),
      row('⏰', '**Before a meeting**, with the way in'),
      row('📝', '**The day before**, when your meeting has no agenda'),
      row('🚗', '**When it is time to leave** for a place across town'),
      row('🔁', '**When something moved** or was cancelled'),
      subtle('I read your calendar only after you sign in, and stop when you type “watch off”.'),
    ],
    {
      summary: 'Calendar Watch: type “watch on” to begin',
      fallbackText:
        'I keep an eye on your calendar and speak up at the right moment. Type “watch on” to begin, “help” for more.',
    },
    [execute('Watch my calendar', WATCH_ON, {}, { style: 'positive' })],
  );
}

export function signInCard(url: string): Message {
  return message(
    [
      kicker('🔐', 'Sign in'),
      title('Let me see your calendar'),
      line('Sign in with the account you use in Teams. I ask for:'),
      ...permissionRows(['Calendars.Read', 'MailboxSettings.Read']),
      line('Anything more I ask for when you first want it, like answering an invitation.'),
      subtle('The link is for you alone and works for ten minutes.'),
    ],
    { summary: 'Sign in to let me watch your calendar', fallbackText: `Sign in to let me watch your calendar: ${url}` },
    [openUrl('Sign in', url, 'positive')],
  );
}

/** Teams shows text and button where it cannot sign the person in by itself. */
export function ssoCard(url: string, connectionName: string, exchange: SignInOffer['exchange']): Message {
  const text =
    'To watch your calendar I need to read it, and your time zone, language and working hours. The link is for you alone and works for ten minutes.';
  const button = { title: 'Sign in', url };
  return { ...signInCard(url), signIn: { text, connectionName, exchange, button } };
}

export function connectedCard(facts: { next?: MeetingFacts }, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const { next } = facts;
  const quiet = 'There is nothing in your calendar for the next seven days.';
  return message(
    [
      kicker('✅', 'Connected — I’m watching'),
      ...(next
        ? [
            subtle(`Next, ${minutesUntil(next.startAt, now)}`, { spacing: 'Medium' }),
            title(next.subject),
            ...meetingRows(next, say, now),
          ]
        : [title('You’re all set'), line(quiet)]),
      subtle('**settings** shows what I tell you and when; all of it can be changed.', { spacing: 'Medium' }),
    ],
    {
      summary: 'Connected: I’m watching your calendar',
      fallbackText: `You’re connected. ${next ? `Next: ${meetingWords(next, say, now)}` : quiet}`,
    },
    next ? joinAction(next) : [],
  );
}

export function unreadableCard(): Message {
  const words =
    'I can’t read your calendar: your account has no Exchange Online mailbox, or your admin doesn’t let me in. I’ll keep trying; type “watch off” to stop that.';
  return message([kicker('🔌', 'Not watching', 'Attention'), line(words)], {
    summary: 'I can’t read your calendar',
    fallbackText: words,
  });
}

export function reconnectCard(): Message {
  return message(
    [
      kicker('🔌', 'Not watching', 'Attention'),
      title('I have lost access to your calendar'),
      line('Microsoft wants you to sign in again. Until then I see no changes; afterwards I catch up.'),
    ],
    {
      summary: 'I have lost access to your calendar',
      fallbackText: 'I have lost access to your calendar. Type “watch on” to sign in again.',
    },
    [execute('Sign in again', WATCH_ON, {}, { style: 'positive' })],
  );
}

export function stoppedCard(): Message {
  const words = 'I’ve stopped watching and forgotten your calendar. **watch on** starts again.';
  const kept = 'Your sign-in is kept, so that this needs no page then. **sign out** deletes it too.';
  return message(
    [line(words, { spacing: 'None' }), subtle(kept)],
    {
      summary: 'I’ve stopped watching and forgotten your calendar',
      fallbackText: `${words} ${kept}`.replace(/\*/g, ''),
    },
    [execute('Sign out', SIGN_OUT)],
  );
}
