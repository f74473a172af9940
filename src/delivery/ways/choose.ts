/** The ladder, with what the database knows of the person: what dispatchers are given as `nextWay` and `destinationOf`. */
import type { OtherWayName } from '../../nudges/settings.ts';
import type { Sql } from '../../store/database.ts';
import { type Person, settingsOf } from '../../store/people.ts';
import { isUsable, usableWay, waysOf } from '../../store/ways.ts';
import { whenUnknown } from '../when-unknown.ts';
import { nextWay } from './ladder.ts';
import type { PassOnDeps } from './pass-on.ts';
import type { Destination } from './port.ts';

export const createNextWay =
  (configured: readonly OtherWayName[]): NonNullable<PassOnDeps['nextWay']> =>
  async (sql, { nudge, person }, failure, now) => {
    const { ways: ladder } = settingsOf(person);
    if (ladder.length === 0 || configured.length === 0) return undefined;
    const known = await waysOf(sql, person.tenantId, person.personId);
    return nextWay({
      failure,
      whyWay: nudge.whyWay ?? null,
      ladder,
      usable: known.filter(isUsable).map((one) => one.way),
      configured,
      isInDoubt: nudge.ambiguous > 0,
      whenUnknown: whenUnknown(nudge.kind),
      now,
      dueAt: nudge.dueAt,
      deadlineAt: nudge.deadlineAt,
    });
  };

/** Undefined: not (any more) chosen, confirmed or allowed. */
export async function destinationOf(sql: Sql, person: Person, way: OtherWayName): Promise<Destination | undefined> {
  if (!settingsOf(person).ways.includes(way)) return undefined;
  const { tenantId, personId } = person;
  const known = await usableWay(sql, tenantId, personId, way);
  return known && { tenantId, personId, address: known.address, stopToken: known.stopToken };
}
