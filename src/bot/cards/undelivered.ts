/** What could not be told, to the one it was for, and to admins. */
import type { Speaker } from '../../calendar/zone.ts';
import { DAY_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import { type Cause, causeOf } from '../../delivery/reasons.ts';
import type { Undelivered, UndeliveredCount, UndeliveredOfAll } from '../../store/undelivered.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { type Element, execute, kicker, line, message, plain, row, subtle } from './parts.ts';

export const RETRY_DELIVERIES = 'admin.deliveries.retry';
/** How far back people and admins are shown it. */
export const SHOWN_BACK_MS = 7 * DAY_MS;
/** Of each list; the rest is a number. */
export const SHOWN = 5;

/** To the person: what happened, as one would say it. */
const TO_PERSON: Record<Cause, string> = {
  unwanted: 'I was blocked or switched off in Teams',
  noChat: 'we had no chat',
  late: 'I was too late',
  teams: 'Teams didn’t take my message in time',
  refused: 'Teams didn’t let me write; your admin can look into it',
  message: 'my message wasn’t as it should be',
  paused: 'your admin had paused my messages',
  lastWay: 'Teams couldn’t take it, and neither could your other ways',
  unknown: 'I don’t know whether it reached you',
  other: 'something went wrong on my side',
};

/** To the admin: the same, with what to do about it. */
const TO_ADMIN: Record<Cause, string> = {
  unwanted: 'The person or an admin has blocked or removed the app. It waits until they write to it again.',
  noChat: 'There is no chat with the person. It waits until they write to the app or install it again.',
  late: 'The moment had passed before it could be sent. Was the app down, or very busy?',
  teams: 'Teams did not take it, and its moment passed. See Microsoft’s service health.',
  refused: 'Teams refuses the bot. Check its registration, its secret and the app’s permissions.',
  message: 'Teams did not accept the message. Please report it.',
  paused: 'An admin had paused everything (“admin pause all”), and its moment passed meanwhile.',
  lastWay: 'Teams could not take it, and the person’s other ways failed too. The words are those of the last way.',
  unknown: 'It was sent, and Teams did not say whether it arrived. It is not sent twice.',
  other: 'Something else.',
};

/** To the admin, of one message. */
const IN_SHORT: Record<Cause, string> = {
  unwanted: 'blocked or removed',
  noChat: 'no chat',
  late: 'too late',
  teams: 'Teams did not take it',
  refused: 'Teams refuses the bot',
  message: 'not accepted',
  paused: 'sending was paused',
  lastWay: 'other ways failed too',
  unknown: 'may have arrived',
  other: 'something else',
};

export const KIND_NAMES: Record<string, string> = {
  reminder: 'Reminder',
  digest: 'Daily digest',
  agenda: 'Agenda question',
  inviteePoints: 'Question for your points',
  pointsOffered: 'Suggestion for a 1:1',
  prepare: 'What to prepare',
  cantMake: 'Two places at once',
  leaveBy: 'Leave-by',
  change: 'Change notice',
  invitation: 'Invitation',
  conflict: 'Double booking',
  followUp: 'Follow-up',
  taskOffered: 'Task from a meeting',
  late: 'Word of a delay',
  welcome: 'Welcome',
  watchEnded: 'Word that watching ended',
  connected: 'Greeting',
  reconnect: 'Sign-in request',
  unreadable: 'Notice about your calendar',
  blind: 'Report of an interruption',
  rule: 'Word of a rule',
  rulePermission: 'Missing permission of a rule',
  rulePost: 'Word that a rule can’t post',
  webhookOff: 'Word that a webhook is off',
  webhookTested: 'Test of a webhook',
};

const nameOf = (kind: string) => KIND_NAMES[kind] ?? 'Message';

/** For “watch status”: nothing where everything arrived. */
export function undeliveredRows(
  { newest, total }: { newest: Undelivered[]; total: number },
  reader: Reader,
  now: number,
): { rows: Element[]; words: string } {
  if (total === 0) return { rows: [], words: '' };
  const say = speakerFor(reader);
  const shown = newest.slice(0, SHOWN);
  const head = `${plural(total, 'thing')} I couldn’t tell you in the last 7 days`;
  const named = shown.map((one) => {
    const about = one.subject ? ` — ${plain(one.subject, 80)}` : '';
    const when = `${say.relativeDay(one.dueAt, now)} ${say.time(one.dueAt)}`;
    return `${nameOf(one.kind)} ${when}${about}: ${TO_PERSON[causeOf(one.state, one.reason)]}.`;
  });
  const rest = total - shown.length;
  return {
    rows: [
      line(`**${head}:**`, { spacing: 'Medium' }),
      ...named.map((words) => row('•', words)),
      ...(rest > 0 ? [subtle(`… and ${rest} more`)] : []),
    ],
    words: `${head}: ${named.join(' ')}`,
  };
}

export interface Deliveries {
  counts: UndeliveredCount[];
  newest: UndeliveredOfAll[];
  /** How many can still be said. */
  retryable: number;
  /** People who are watched and have no chat. */
  unreachable: number;
  /** What to say of a pause for everybody, if there is one. */
  paused?: string;
}

const isAboutChat = (cause: Cause) => cause === 'unwanted' || cause === 'noChat';
const shortId = (id: string) => `${id.slice(0, 8)}…`;

/** Subjects are their owners': an admin sees the kind, the time, the cause and, where it is known, the address. */
function newestWords(one: UndeliveredOfAll, say: Speaker, now: number): string {
  const when = `${say.relativeDay(one.dueAt, now)} ${say.time(one.dueAt)}`;
  const who = plain(one.address ?? `person ${shortId(one.personId)}`, 80);
  const reason = one.reason ? ` (${plain(one.reason, 80)})` : '';
  return `${nameOf(one.kind)}, ${when}, ${who}: ${IN_SHORT[causeOf(one.state, one.reason)]}${reason}`;
}

/** Who can't be reached at all, and the chats that were dropped because Teams said so. */
function reachWords({ unreachable, counts }: Deliveries): string[] {
  const dropped = counts
    .filter(({ state, reason }) => reason?.startsWith('Teams ') && isAboutChat(causeOf(state, reason)))
    .reduce((sum, one) => sum + one.people, 0);
  return [
    unreachable > 0
      ? `${plural(unreachable, 'person', 'people')} can’t be reached in Teams at all: the app was removed or blocked, or the chat is gone. Writing to it or installing it again ends that.`
      : '',
    dropped > 0 ? `${plural(dropped, 'dead chat')} dropped in the last 7 days.` : '',
  ].filter(Boolean);
}

export function deliveriesCard(found: Deliveries, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const total = found.counts.reduce((sum, one) => sum + one.count, 0);
  const reach = reachWords(found);
  const standing = found.paused ? [line(found.paused)] : [];
  const pausedText = (found.paused ?? '').replace(/\*/g, '');
  if (total === 0) {
    const words = 'Everything arrived in the last 7 days.';
    return message([kicker('📮', 'Deliveries'), ...standing, line(words), ...reach.map((one) => row('🔇', one))], {
      summary: words,
      fallbackText: [pausedText, words, ...reach].filter(Boolean).join(' '),
    });
  }
  const groups = new Map<Cause, { count: number; reasons: Set<string> }>();
  for (const { state, reason, count } of found.counts) {
    const cause = causeOf(state, reason);
    const group = groups.get(cause) ?? { count: 0, reasons: new Set() };
    group.count += count;
    if (reason) group.reasons.add(reason);
    groups.set(cause, group);
  }
  const head = `${plural(total, 'thing')} did not arrive in the last 7 days`;
  const newest = found.newest.slice(0, SHOWN).map((one) => newestWords(one, say, now));
  const sorted = [...groups].sort(([, a], [, b]) => b.count - a.count);
  return message(
    [
      kicker('📮', head, 'Attention'),
      ...standing,
      ...sorted.flatMap(([cause, group]) => [
        row(String(group.count), TO_ADMIN[cause]),
        subtle(plain([...group.reasons].slice(0, 4).join('; '), 200) || '–', { spacing: 'None' }),
      ]),
      ...reach.map((one) => row('🔇', one)),
      line('**The newest:**', { spacing: 'Medium' }),
      ...newest.map((words) => row('•', words)),
      subtle(
        found.retryable > 0
          ? `${found.retryable} of them can still be said.`
          : 'None of them can still be said: their moment has passed, or they may have arrived.',
      ),
    ],
    {
      summary: head,
      fallbackText: [
        pausedText,
        `${head}: ${sorted.map(([cause, { count }]) => `${count} × ${TO_ADMIN[cause]}`).join(' ')}`,
        ...reach,
      ]
        .filter(Boolean)
        .join(' '),
    },
    found.retryable > 0 ? [execute('Try again', RETRY_DELIVERIES, {}, { style: 'positive' })] : [],
  );
}
