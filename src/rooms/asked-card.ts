/** The card “asked”: it says what became of it once the room itself has answered. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { keepStanding, showStanding } from '../store/cards.ts';
import type { Sql } from '../store/database.ts';
import type { RoomAsk } from '../store/room-asks.ts';
import type { RoomMeetingFacts } from './facts.ts';
import type { RoomBookedFacts } from './settle-asks.ts';

export const ROOM_ASKED = 'roomAsked';

/** As it was asked; with an outcome, as it stands. */
export type RoomAskedFacts = RoomMeetingFacts & Partial<Pick<RoomBookedFacts, 'outcome' | 'reason'>>;

/** “Asked” is on its way to the client as the answer to a press: what comes before it would be painted over. */
const SHOWN_AFTER_MS = 2 * SECOND_MS;
/** Whoever pressed looks at it for so long; of what changes later in a chat nobody is told by Teams. */
const WATCHED_MS = 2 * MINUTE_MS;
/** What Teams does not take at once it may take later. */
const KEPT_MS = HOUR_MS;

const cardIdOf = (askId: string) => `${ROOM_ASKED}.${askId}`;

/** The press is answered by a card in place of the one pressed, which is known by that one’s id. */
export function keepAsked(
  sql: Sql,
  tenantId: string,
  ask: Pick<RoomAsk, 'askId' | 'personId' | 'startAt' | 'endAt'>,
  shown: { conversationId: string; activityId: string; facts: RoomAskedFacts },
  now: number,
): Promise<void> {
  const { askId, personId, startAt, endAt } = ask;
  const endsAt = Math.max(endAt, now) + KEPT_MS;
  return keepStanding(
    sql,
    tenantId,
    { nudgeId: cardIdOf(askId), kind: ROOM_ASKED, personId, startAt, endsAt, ...shown },
    now,
  );
}

/** Shows it there. @returns true: whoever asked sees it without another message */
export async function showAsked(
  sql: Sql,
  tenantId: string,
  ask: Pick<RoomAsk, 'askId' | 'askedAt'>,
  facts: RoomAskedFacts,
  now: number,
): Promise<boolean> {
  const showAt = now + SHOWN_AFTER_MS;
  const isThere = await showStanding(sql, tenantId, { nudgeId: cardIdOf(ask.askId), facts, showAt });
  return isThere && now - ask.askedAt <= WATCHED_MS;
}
