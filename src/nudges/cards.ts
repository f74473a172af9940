/**
 * What stands in the chat about a meeting is made equal to what is true, as stored nudges are made equal to the plan.
 * Pure: says what each card should show; store/cards.ts writes it, delivery/show-cards.ts shows it.
 */
import type { CalendarEvent } from '../calendar/event.ts';
import { fingerprint } from '../calendar/merge.ts';
import { hushed } from './chosen.ts';
import { type MeetingFacts, meetingFacts, withMeeting } from './facts.ts';
import { kindNamed } from './kinds.ts';
import type { PlannedNudge } from './plan.ts';
import type { Settings } from './settings.ts';

/** Why a card is one line: there is a newer one below, or it makes no sense any more. */
export type Why = 'newer' | 'cancelled' | 'gone' | 'declined' | 'moved' | 'done';

export interface KnownCard {
  nudgeId: string;
  kind: string;
  eventId: string;
  startAt: number;
  facts: Record<string, unknown>;
  shape: 'whole' | 'line';
  why: Why | null;
  sentAt: number;
  endsAt: number;
}

export interface CardChange {
  nudgeId: string;
  facts: Record<string, unknown>;
  shape: 'whole' | 'line';
  why: Why | null;
  endsAt: number;
}

type Shown = Pick<CardChange, 'facts' | 'shape' | 'why'>;

function wordAgainst(card: KnownCard, event: CalendarEvent | undefined, isCurrent: boolean): Why | undefined {
  const kind = kindNamed(card.kind);
  // The meeting being gone is what such a card says.
  if (kind?.tells === 'whatHappened') return isCurrent ? undefined : 'newer';
  if (!event) return 'gone';
  if (event.isCancelled) return 'cancelled';
  if (event.response === 'declined') return 'declined';
  if (!kind?.tells && event.startAt !== card.startAt) return 'moved';
  if (!isCurrent) return 'newer';
  return kind && !kind.tells && !kind.stillStands(card, event) ? 'done' : undefined;
}

function shownNow(
  card: KnownCard,
  planned: PlannedNudge | undefined,
  event: CalendarEvent | undefined,
  isCurrent: boolean,
  settings: Settings,
): Shown {
  const why = wordAgainst(card, event, isCurrent);
  // What a change was is told with what the meeting was then, until a newer plan says otherwise.
  const tells = kindNamed(card.kind)?.tells;
  const isKept = !event || tells !== undefined;
  const meeting = () => (event ? hushed({ ...meetingFacts(event) }, event, settings) : {});
  const told = planned?.facts ?? (isKept ? card.facts : withMeeting(card.facts, meeting()));
  // A question that can be answered says what was answered.
  const facts = tells && event && told.answerTo !== undefined ? { ...told, response: event.response } : told;
  return why === undefined ? { facts, shape: 'whole', why: null } : { facts, shape: 'line', why };
}

/** What a reader can see of it: of a line little. */
function visible({ facts, shape, why }: Shown): string {
  if (shape === 'whole') return fingerprint({ facts, shape, why });
  const { subject, startAt, endAt, allDay } = facts as Partial<MeetingFacts>;
  return fingerprint({ shape, why, subject, startAt, endAt, allDay });
}

/**
 * @param cards those that may still be changed, newest first
 * @param events the entries that the cards are about; what is not among them is gone
 */
export function equaliseCards(
  cards: KnownCard[],
  planned: PlannedNudge[],
  events: CalendarEvent[],
  settings: Settings,
): CardChange[] {
  const plans = new Map(planned.map((nudge) => [nudge.nudgeId, nudge]));
  const byId = new Map(events.map((event) => [event.id, event]));
  const newest = new Set<string>();
  const whole = new Set<string>();
  return cards.flatMap((card): CardChange[] => {
    // What happened, and what is open, stays to be read when a newer card has no more to say than a line.
    const isCurrent = kindNamed(card.kind)?.tells ? !whole.has(card.eventId) : !newest.has(card.eventId);
    newest.add(card.eventId);
    const shown = shownNow(card, plans.get(card.nudgeId), byId.get(card.eventId), isCurrent, settings);
    if (shown.shape === 'whole') whole.add(card.eventId);
    if (visible(shown) === visible(card)) return [];
    const endAt = (shown.facts as Partial<MeetingFacts>).endAt ?? 0;
    return [{ nudgeId: card.nudgeId, ...shown, endsAt: Math.max(card.endsAt, endAt) }];
  });
}
