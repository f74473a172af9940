/** Watching by the application: to those who are watched because an admin wants it, and to the admin. */
import type { Message } from '../../delivery/message.ts';
import type { ShownWatch } from '../../store/app-watch.ts';
import { plural } from '../words.ts';
import { WATCH_ON } from './connection.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { type Element, execute, kicker, line, message, plain, row, subtle, title } from './parts.ts';

export const WATCH_TENANT = 'admin.watch.tenant';

export function watchedByAdminCard(): Message {
  return message(
    [
      kicker('👋', 'Calendar Watch'),
      title('Your admin has me watch your calendar'),
      line('You don’t have to sign in. I speak up at the right moment:'),
      row('⏰', '**Before a meeting**, with the way in'),
      row('📝', '**The day before**, when your meeting has no agenda'),
      row('🔁', '**When something moved** or was cancelled'),
      line('What I read: your calendar, and your time zone, language, working hours and automatic replies in Outlook.'),
      subtle(
        '**watch off** switches it off for good, whatever your admin says. **settings** shows what I tell you and when.',
      ),
    ],
    {
      summary: 'Your admin has me watch your calendar',
      fallbackText:
        'Your admin has me watch your calendar; you don’t have to sign in. I read your calendar, and your time zone, language, working hours and automatic replies in Outlook. “watch off” switches it off for good.',
    },
  );
}

export function watchEndedCard(): Message {
  return message(
    [
      kicker('🔌', 'Not watching'),
      title('Your admin no longer has me watch your calendar'),
      line('I’ve stopped, and forgotten what I knew of it. You can have me go on by signing in yourself.'),
    ],
    {
      summary: 'I’ve stopped watching your calendar',
      fallbackText:
        'Your admin no longer has me watch your calendar: I’ve stopped, and forgotten what I knew of it. “watch on” goes on with your own sign-in.',
    },
    [execute('Watch my calendar', WATCH_ON)],
  );
}

/** Why the members could not be read: to whom it is up, and what to do. */
const PROBLEMS: Record<string, string> = {
  forbidden: 'The application may not read members: give it GroupMember.Read.All (for a tenant User.ReadBasic.All).',
  unauthorized: 'Microsoft Graph refuses the application’s token. **admin check** says more.',
  notFound: 'The group is gone. Its people stay watched until you end it.',
  throttled: 'Microsoft Graph is busy; I try again by myself.',
  unavailable: 'Microsoft Graph doesn’t answer; I try again by myself.',
  ENTRA_UNAVAILABLE: 'Microsoft’s sign-in doesn’t answer; I try again by myself.',
  APP_ACCESS_REFUSED: 'Microsoft doesn’t let the application in: check its secret or certificate, and its consent.',
  GROUP_TOO_LARGE: 'It has more than 100,000 members, which is more than I watch.',
};

export const problemWords = (problem: string): string =>
  PROBLEMS[problem] ?? `Its members could not be read (${plain(problem, 40)}); I try again by myself.`;

/** “admin unwatch …” with what tells this one from the others. */
const endWords = ({ kind, objectId }: ShownWatch) =>
  kind === 'tenant' ? 'admin unwatch tenant' : `admin unwatch group ${objectId}`;

function countWords(one: ShownWatch): string {
  return [
    plural(one.members, 'member'),
    `${one.watched} watched`,
    one.declined > 0 ? `${one.declined} switched it off` : '',
    one.troubled > 0 ? `**${one.troubled} can’t be read**` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function watchRows(one: ShownWatch, reader: Reader, now: number): Element[] {
  const say = speakerFor(reader);
  const label = one.kind === 'tenant' ? 'Everybody in the tenant' : plain(one.label, 100);
  const looked =
    one.lookedAt === null
      ? 'Its members are being read.'
      : `Last look: ${say.relativeDay(one.lookedAt, now)} ${say.time(one.lookedAt)}.`;
  if (one.ending) return [row('⏹️', `**${label}**: ending, ${plural(one.members, 'member')} left`)];
  return [
    row(one.problem || one.troubled > 0 ? '⚠️' : '👥', `**${label}**: ${countWords(one)}`),
    ...(one.problem ? [line(problemWords(one.problem))] : []),
    subtle(`${looked} **${endWords(one)}** ends it.`, { spacing: 'None' }),
  ];
}

const SHOWN = 10;

export function watchListCard(watches: ShownWatch[], reader: Reader, now: number): Message {
  if (watches.length === 0) {
    const words =
      'I watch for nobody by the application’s permission. Say **admin watch group** with its object id or exact name, or **admin watch tenant**.';
    return message([kicker('👥', 'Watched for everybody'), line(words)], {
      summary: 'The application watches for nobody',
      fallbackText: words.replace(/\*/g, ''),
    });
  }
  const shown = watches.slice(0, SHOWN);
  const rest = watches.length - shown.length;
  const inWords = shown.map((one) => {
    const problem = one.problem ? ` ${problemWords(one.problem)}` : '';
    return `${one.kind === 'tenant' ? 'Everybody' : one.label}: ${one.ending ? 'ending' : countWords(one)}.${problem}`;
  });
  return message(
    [
      kicker('👥', 'Watched by the application'),
      ...shown.flatMap((one) => watchRows(one, reader, now)),
      ...(rest > 0 ? [subtle(`… and ${rest} more`)] : []),
      subtle('**admin check** tells whether the application reaches further than this.', { spacing: 'Medium' }),
    ],
    {
      summary: `The application watches ${plural(watches.length, 'group')}`,
      fallbackText: inWords.join(' ').replace(/\*/g, ''),
    },
  );
}

/** At the pace at which calendars are read for the first time. */
const tenMinutes = (people: number) => (people > 1_000 ? ' It takes about ten minutes until all are read.' : '');

export function confirmTenantCard(people: number): Message {
  const words = `That is about **${plural(people, 'person', 'people')}**. I’ll read their calendars by the application’s permission; nobody has to sign in, and everybody can say “watch off”.${tenMinutes(people)}`;
  return message(
    [
      kicker('👥', 'Everybody in the tenant?', 'Attention'),
      line(words),
      subtle('Nothing happens until you press the button.'),
    ],
    { summary: 'Watch everybody in the tenant?', fallbackText: words.replace(/\*/g, '') },
    [execute('Watch everybody', WATCH_TENANT, {}, { style: 'positive' })],
  );
}
