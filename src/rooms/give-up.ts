/** A series gives up its room for good: the organiser agreed. */
import { HOUR_MS } from '../clock.ts';
import type { Sql } from '../store/database.ts';
import { planErrands } from '../store/errands.ts';
import { findEvent } from '../store/events.ts';
import type { RoomStrikesFacts } from './facts.ts';
import { RELEASE, releaseIdOf, releasePayload } from './release-words.ts';

const TRIED_MS = 6 * HOUR_MS;

/** Once a proposal. False: the room has nothing of that series any more. */
export async function giveUpSeries(
  sql: Sql,
  tenantId: string,
  about: { nudgeId: string; facts: RoomStrikesFacts; correlationId: string },
  now: number,
): Promise<boolean> {
  const { roomId, seriesId, startAt } = about.facts;
  const head = await findEvent(sql, tenantId, roomId, seriesId);
  if (!head) return false;
  const errand = {
    errandId: releaseIdOf(`series.${about.nudgeId}`),
    kind: RELEASE,
    mailboxId: roomId,
    eventId: seriesId,
    startAt,
    trigger: 'asked',
    payload: releasePayload(head, 'series', true),
    dueAt: now,
    deadlineAt: now + TRIED_MS,
  };
  await planErrands(sql, tenantId, [errand], about.correlationId, now);
  return true;
}
