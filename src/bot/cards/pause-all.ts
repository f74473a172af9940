/** A pause for everybody: to the admins who make and end it, and a word to everybody in “watch status”. */
import type { Speaker } from '../../calendar/zone.ts';
import type { Message } from '../../delivery/message.ts';
import type { HeldKind, Pause } from '../../store/pause.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { execute, kicker, line, message, row, subtle } from './parts.ts';
import { KIND_NAMES } from './undelivered.ts';

export const RESUME_ALL = 'admin.resume';
/** The rest is a number. */
const KINDS_SHOWN = 8;

type Viewer = Reader & { personId: string; isAdmin: boolean };

/** Names are not stored; ids would tell nobody anything. */
function sinceWords({ since, by }: Pause, personId: string, say: Speaker, now: number): string {
  return `since ${say.relativeDay(since, now)} ${say.time(since)}, by ${by === personId ? 'you' : 'an admin'}`;
}

/** For “watch status” and “admin deliveries”. */
export function pausedWords(pause: Pause, viewer: Viewer, now: number): string {
  const say = speakerFor(viewer);
  if (viewer.isAdmin)
    return `⏸️ **Sending is paused for everybody**, ${sinceWords(pause, viewer.personId, say, now)}. **admin resume all** ends that.`;
  return `⏸️ **Your admin has paused my messages**, since ${say.relativeDay(pause.since, now)} ${say.time(pause.since)}.`;
}

function heldRow({ kind, due, soon }: HeldKind): string {
  const parts = [due > 0 ? `**${due}** due now` : '', soon > 0 ? `${soon} within the next hour` : ''];
  return `${KIND_NAMES[kind] ?? 'Message'}: ${parts.filter(Boolean).join(', ')}`;
}

function underWayWords(underWay: number): string {
  if (underWay === 0) return 'Nothing is on its way.';
  return `${underWay === 1 ? 'One message is' : `${underWay} messages are`} on the way already and can’t be called back.`;
}

export interface Paused {
  pause: Pause;
  held: readonly HeldKind[];
  /** Requests that had begun before the pause; undefined: it is no new one. */
  underWay?: number;
}

export function pausedCard({ pause, held, underWay }: Paused, viewer: Viewer, now: number): Message {
  const say = speakerFor(viewer);
  const head = 'Sending is paused for everybody';
  const begun =
    underWay === undefined
      ? 'Nothing is sent to anybody.'
      : `From this moment nothing is sent to anybody. ${underWayWords(underWay)}`;
  const since = `Paused ${sinceWords(pause, viewer.personId, say, now)}.`;
  const shown = held.slice(0, KINDS_SHOWN).map(heldRow);
  const rest = held.length - shown.length;
  const nothing = 'Nothing is due now or within the next hour.';
  return message(
    [
      kicker('⏸️', head, 'Attention'),
      line(begun),
      line(since),
      line(held.length > 0 ? '**What is held:**' : nothing, { spacing: 'Medium' }),
      ...shown.map((words) => row('•', words)),
      ...(rest > 0 ? [subtle(`… and ${plural(rest, 'more kind')}`)] : []),
      subtle(
        'Whoever writes to me is still answered. What comes too late is recorded as missed and not sent later. **admin resume all** ends the pause.',
        { spacing: 'Medium' },
      ),
    ],
    {
      summary: head,
      fallbackText: `${head}. ${begun} ${since} ${held.length > 0 ? `Held: ${shown.join('; ').replace(/\*/g, '')}.` : nothing} “admin resume all” ends the pause.`,
    },
    [execute('Resume', RESUME_ALL)],
  );
}

export interface Resumed {
  pause: Pause;
  /** Due now, all kinds together. */
  due: number;
  /** Came too late during the pause. */
  missed: number;
}

export function resumedCard({ pause, due, missed }: Resumed, viewer: Viewer, now: number): Message {
  const say = speakerFor(viewer);
  const head = 'Sending again';
  const goes =
    due > 0 ? `${plural(due, 'message')} that waited ${due === 1 ? 'goes' : 'go'} out now.` : 'Nothing waited.';
  const late =
    missed > 0
      ? `${plural(missed, 'message')} came too late meanwhile and ${missed === 1 ? 'is' : 'are'} recorded as missed: **admin deliveries**.`
      : 'Nothing came too late meanwhile.';
  const was = `It was paused ${sinceWords(pause, viewer.personId, say, now)}.`;
  return message([kicker('▶️', head), line(goes), line(late), subtle(was)], {
    summary: head,
    fallbackText: `${head}. ${goes} ${late.replace(/\*/g, '')} ${was}`,
  });
}
