/** From a nudge to its message. A new kind is a new card file and a line here. */
import type { ToRender } from '../../delivery/dispatcher.ts';
import type { Message } from '../../delivery/message.ts';
import type { AgendaFacts } from '../../nudges/agenda-prompt.ts';
import type { BlindFacts } from '../../nudges/blind.ts';
import type { CantMakeFacts } from '../../nudges/cant-make.ts';
import type { ChangeFacts } from '../../nudges/change-notice.ts';
import type { DigestFacts } from '../../nudges/digest.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import type { FollowUpFacts } from '../../nudges/follow-up.ts';
import type { InviteePointsFacts } from '../../nudges/invitee-points.ts';
import type { LeaveByFacts } from '../../nudges/leave-by.ts';
import type { PrepareFacts } from '../../nudges/prepare.ts';
import type { Person } from '../../store/people.ts';
import { agendaBox, agendaPromptCard } from './agenda-prompt.ts';
import { watchEndedCard, watchedByAdminCard } from './app-watch.ts';
import { blindCard } from './blind.ts';
import { cantMakeCard } from './cant-make.ts';
import { changeCard } from './change-notice.ts';
import { connectedCard, reconnectCard, unreadableCard, welcomeCard } from './connection.ts';
import { digestCard } from './digest.ts';
import { followUpCard, type OfferedTaskFacts, offeredTaskCard } from './follow-up.ts';
import { inviteePointsCard, type OfferedFacts, pointsOfferedCard } from './invitee-points.ts';
import { type LateFacts, lateCard } from './late.ts';
import { leaveByCard } from './leave-by.ts';
import { lineCard } from './line.ts';
import type { Reader } from './meeting.ts';
import { ownedBy } from './owner.ts';
import { prepareCard } from './prepare.ts';
import { reminderCard } from './reminder.ts';

type Render = (
  nudge: Pick<ToRender, 'nudgeId' | 'eventId' | 'startAt' | 'facts'>,
  reader: Reader,
  now: number,
) => Message;

/** The facts were made by the kind of the same name, in the same build or an earlier one; fields are only ever added. */
const CARDS: Record<string, Render> = {
  reminder: (nudge, reader, now) => reminderCard(nudge.facts as unknown as MeetingFacts, reader, now, nudge.eventId),
  digest: (nudge, reader, now) => digestCard(nudge.facts as unknown as DigestFacts, reader, now),
  agenda: (nudge, reader, now) => agendaPromptCard(nudge.facts as unknown as AgendaFacts, nudge.eventId, reader, now),
  inviteePoints: (nudge, reader, now) =>
    inviteePointsCard(nudge.facts as unknown as InviteePointsFacts, nudge.eventId, reader, now),
  pointsOffered: (nudge, reader, now) =>
    pointsOfferedCard(nudge.facts as unknown as OfferedFacts, nudge.nudgeId, reader, now),
  prepare: (nudge, reader, now) => prepareCard(nudge.facts as unknown as PrepareFacts, nudge.nudgeId, reader, now),
  leaveBy: (nudge, reader, now) => leaveByCard(nudge.facts as unknown as LeaveByFacts, nudge.eventId, reader, now),
  cantMake: (nudge, reader, now) => cantMakeCard(nudge.facts as unknown as CantMakeFacts, reader, now),
  change: (nudge, reader, now) => changeCard(nudge.facts as unknown as ChangeFacts, reader, now),
  invitation: (nudge, reader, now) => changeCard(nudge.facts as unknown as ChangeFacts, reader, now),
  conflict: (nudge, reader, now) => changeCard(nudge.facts as unknown as ChangeFacts, reader, now),
  followUp: (nudge, reader, now) => followUpCard(nudge.facts as unknown as FollowUpFacts, nudge.eventId, reader, now),
  taskOffered: (nudge) => offeredTaskCard(nudge.facts as unknown as OfferedTaskFacts, nudge.nudgeId),
  late: (nudge, reader, now) => lateCard(nudge.facts as unknown as LateFacts, reader, now),
  welcome: (nudge) => (nudge.facts.byAdmin === true ? watchedByAdminCard() : welcomeCard()),
  watchEnded: () => watchEndedCard(),
  connected: (nudge, reader, now) => connectedCard(nudge.facts as { next?: MeetingFacts }, reader, now),
  blind: (nudge, reader, now) => blindCard(nudge.facts as unknown as BlindFacts, reader, now),
  reconnect: () => reconnectCard(),
  unreadable: () => unreadableCard(),
};

/** What can be made into a card here; an older instance leaves newer kinds to newer ones. */
export const RENDERED_KINDS = Object.keys(CARDS);

/** Teams shows six buttons at most. */
const MOST_ACTIONS = 6;

function withAgendaBox(shown: Message, { kind, eventId, facts }: ToRender): Message {
  const meeting = facts as unknown as MeetingFacts;
  const actions = (shown.card.actions ?? []) as unknown[];
  if (kind === 'agenda' || !meeting.asksAgenda || eventId === '' || actions.length >= MOST_ACTIONS) return shown;
  return { ...shown, card: { ...shown.card, actions: [...actions, agendaBox(meeting, eventId)] } };
}

export function renderNudge(
  nudge: ToRender,
  person: Pick<Person, 'personId' | 'timeZone' | 'locale'>,
  now: number,
): Message {
  const render = CARDS[nudge.kind];
  if (!render) throw new Error(`no card for nudges of kind ${nudge.kind}`);
  if (nudge.shape === 'line') return ownedBy(person.personId, lineCard(nudge, person, now));
  return ownedBy(person.personId, withAgendaBox(render(nudge, person, now), nudge));
}
