/** From a nudge to its message. A new kind is a new card file and a line here. */
import type { ToRender } from '../../delivery/dispatcher.ts';
import type { Message } from '../../delivery/message.ts';
import type { BlindFacts } from '../../nudges/blind.ts';
import type { ChangeFacts } from '../../nudges/change-notice.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import type { LeaveByFacts } from '../../nudges/leave-by.ts';
import type { Person } from '../../store/people.ts';
import { agendaPromptCard } from './agenda-prompt.ts';
import { blindCard } from './blind.ts';
import { changeCard } from './change-notice.ts';
import { connectedCard, reconnectCard, unreadableCard } from './connection.ts';
import { leaveByCard } from './leave-by.ts';
import { lineCard } from './line.ts';
import type { Reader } from './meeting.ts';
import { ownedBy } from './owner.ts';
import { reminderCard } from './reminder.ts';

type Render = (
  nudge: Pick<ToRender, 'nudgeId' | 'eventId' | 'startAt' | 'facts'>,
  reader: Reader,
  now: number,
) => Message;

/** The facts were made by the kind of the same name, in the same build or an earlier one; fields are only ever added. */
const CARDS: Record<string, Render> = {
  reminder: (nudge, reader, now) => reminderCard(nudge.facts as unknown as MeetingFacts, reader, now),
  agenda: (nudge, reader, now) => agendaPromptCard(nudge.facts as unknown as MeetingFacts, nudge.eventId, reader, now),
  leaveBy: (nudge, reader, now) => leaveByCard(nudge.facts as unknown as LeaveByFacts, reader, now),
  change: (nudge, reader, now) => changeCard(nudge.facts as unknown as ChangeFacts, reader, now),
  connected: (nudge, reader, now) => connectedCard(nudge.facts as { next?: MeetingFacts }, reader, now),
  blind: (nudge, reader, now) => blindCard(nudge.facts as unknown as BlindFacts, reader, now),
  reconnect: () => reconnectCard(),
  unreadable: () => unreadableCard(),
};

export function renderNudge(
  nudge: ToRender,
  person: Pick<Person, 'personId' | 'timeZone' | 'locale'>,
  now: number,
): Message {
  const render = CARDS[nudge.kind];
  if (!render) throw new Error(`no card for nudges of kind ${nudge.kind}`);
  const shown = nudge.shape === 'line' ? lineCard(nudge, person, now) : render(nudge, person, now);
  return ownedBy(person.personId, shown);
}
