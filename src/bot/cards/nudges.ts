/** From a nudge to its message. A new kind is a new card file and a line here. */
import type { ToRender } from '../../delivery/dispatcher.ts';
import type { RuleMessageFacts } from '../../delivery/errands/message.ts';
import type { RulePostFacts } from '../../delivery/errands/post.ts';
import type { RulePermissionFacts } from '../../delivery/errands/tell-owner.ts';
import type { WebhookOffFacts, WebhookTestedFacts } from '../../delivery/errands/webhook.ts';
import type { Message } from '../../delivery/message.ts';
import type { TimeFacts } from '../../insights/report.ts';
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
import type { RoomsAddedFacts } from '../../rooms/adding.ts';
import type { RoomAskedFacts } from '../../rooms/asked-card.ts';
import type {
  CheckInFacts,
  RoomConflictFacts,
  RoomKeptFacts,
  RoomReleasedFacts,
  RoomStrikesFacts,
} from '../../rooms/facts.ts';
import type { RoomBookedFacts } from '../../rooms/settle-asks.ts';
import type { RulePausedFacts } from '../../rules/pause.ts';
import type { Person } from '../../store/people.ts';
import { agendaBox, agendaPromptCard } from './agenda-prompt.ts';
import { watchEndedCard, watchedByAdminCard } from './app-watch.ts';
import { blindCard } from './blind.ts';
import { cantMakeCard } from './cant-make.ts';
import { changeCard } from './change-notice.ts';
import { checkInCard } from './check-in.ts';
import { connectedCard, reconnectCard, unreadableCard, welcomeCard } from './connection.ts';
import { digestCard } from './digest.ts';
import { followUpCard, type OfferedTaskFacts, offeredTaskCard } from './follow-up.ts';
import { inviteePointsCard, type OfferedFacts, pointsOfferedCard } from './invitee-points.ts';
import { type LateFacts, lateCard } from './late.ts';
import { leaveByCard } from './leave-by.ts';
import { lineCard } from './line.ts';
import type { Reader } from './meeting.ts';
import { ownedBy } from './owner.ts';
import { rulePostCard } from './post.ts';
import { prepareCard } from './prepare.ts';
import { reminderCard } from './reminder.ts';
import { roomAskedCard, roomBookedCard } from './room-asked.ts';
import { roomConflictCard } from './room-conflict.ts';
import { roomKeptCard, roomReleasedCard, roomStrikesCard } from './room-notice.ts';
import { roomsAddedCard } from './rooms.ts';
import { ruleMessageCard } from './rule-message.ts';
import { rulePermissionCard, webhookOffCard, webhookTestedCard } from './rule-notices.ts';
import { rulePausedCard } from './rule-paused.ts';
import { timeCard } from './time.ts';

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
  change: (nudge, reader, now) => changeCard(nudge.facts as unknown as ChangeFacts, reader, now, nudge.eventId),
  invitation: (nudge, reader, now) => changeCard(nudge.facts as unknown as ChangeFacts, reader, now),
  conflict: (nudge, reader, now) => changeCard(nudge.facts as unknown as ChangeFacts, reader, now),
  followUp: (nudge, reader, now) => followUpCard(nudge.facts as unknown as FollowUpFacts, nudge.eventId, reader, now),
  taskOffered: (nudge) => offeredTaskCard(nudge.facts as unknown as OfferedTaskFacts, nudge.nudgeId),
  late: (nudge, reader, now) => lateCard(nudge.facts as unknown as LateFacts, reader, now),
  checkIn: (nudge, reader, now) => checkInCard(nudge.facts as unknown as CheckInFacts, reader, now),
  roomConflict: (nudge, reader, now) => roomConflictCard(nudge.facts as unknown as RoomConflictFacts, reader, now),
  roomAsked: (nudge, reader, now) => roomAskedCard(nudge.facts as unknown as RoomAskedFacts, reader, now),
  roomBooked: (nudge, reader, now) => roomBookedCard(nudge.facts as unknown as RoomBookedFacts, reader, now),
  roomsAdded: (nudge) => roomsAddedCard(nudge.facts as unknown as RoomsAddedFacts),
  roomReleased: (nudge, reader, now) => roomReleasedCard(nudge.facts as unknown as RoomReleasedFacts, reader, now),
  roomKept: (nudge, reader, now) => roomKeptCard(nudge.facts as unknown as RoomKeptFacts, reader, now),
  roomStrikes: (nudge) => roomStrikesCard(nudge.facts as unknown as RoomStrikesFacts, nudge.nudgeId),
  rule: (nudge, reader, now) => ruleMessageCard(nudge.facts as unknown as RuleMessageFacts, reader, now),
  rulePaused: (nudge) => rulePausedCard(nudge.facts as unknown as RulePausedFacts),
  rulePermission: (nudge) => rulePermissionCard(nudge.facts as unknown as RulePermissionFacts, nudge.nudgeId),
  rulePost: (nudge) => rulePostCard(nudge.facts as unknown as RulePostFacts),
  webhookOff: (nudge, reader, now) =>
    webhookOffCard(nudge.facts as unknown as WebhookOffFacts, nudge.nudgeId, reader, now),
  webhookTested: (nudge) => webhookTestedCard(nudge.facts as unknown as WebhookTestedFacts),
  welcome: (nudge) => (nudge.facts.byAdmin === true ? watchedByAdminCard() : welcomeCard()),
  watchEnded: () => watchEndedCard(),
  connected: (nudge, reader, now) => connectedCard(nudge.facts as { next?: MeetingFacts }, reader, now),
  blind: (nudge, reader, now) => blindCard(nudge.facts as unknown as BlindFacts, reader, now),
  reconnect: () => reconnectCard(),
  timeReport: (nudge, reader) => timeCard(nudge.facts as unknown as TimeFacts, reader, undefined, true),
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
