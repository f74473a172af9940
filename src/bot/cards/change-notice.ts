import type { Message } from '../../delivery/message.ts';
import type { ChangeFacts } from '../../nudges/change-notice.ts';
import { plural } from '../words.ts';
import { calendarAction, joinAction, meetingRows, type Reader, speakerFor, subjectOf, when } from './meeting.ts';
import { iconRow, kicker, line, message, struck, title } from './parts.ts';

export function changeCard(facts: ChangeFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const before = when({ startAt: facts.beforeStartAt, endAt: facts.beforeEndAt, allDay: facts.beforeAllDay }, say, now);
  const several = facts.occurrences > 1 ? `${plural(facts.occurrences, 'occurrence')} of a series` : '';
  if (facts.change === 'cancelled') {
    return message(
      [
        kicker('🚫', several ? `Cancelled: ${several}` : 'Cancelled', 'Attention'),
        title(facts.subject),
        iconRow('🕑', struck(before)),
        ...(several ? [line(`The first of them was ${before}.`)] : []),
      ],
      {
        summary: `Cancelled: ${subjectOf(facts)}`,
        fallbackText: `Cancelled: ${subjectOf(facts)} — ${before}${several ? ` (${several})` : ''}`,
      },
    );
  }
  const after = when(facts, say, now);
  return message(
    [
      kicker('🔁', several ? `Moved: ${several}` : 'Moved'),
      title(facts.subject),
      iconRow('⬅️', struck(before)),
      ...meetingRows(facts, say, now),
    ],
    {
      summary: `Moved: ${subjectOf(facts)} → ${after}`,
      fallbackText: `Moved: ${subjectOf(facts)} — from ${before} to ${after}${several ? ` (${several})` : ''}`,
    },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}
