/** What a plan must know of the rooms that meetings lost: which losses are told in another way, and whether others can be found. */
import { lostRooms } from '../calendar/difference.ts';
import { HOUR_MS } from '../clock.ts';
import { hasBegun } from '../nudges/changes.ts';
import type { NoticedChange, PlanInput } from '../nudges/nudge.ts';
import { releasesOf } from '../store/check-ins.ts';
import type { Sql } from '../store/database.ts';
import type { Person } from '../store/people.ts';
import { asksTelling } from '../store/room-asks.ts';
import { countRooms } from '../store/room-people.ts';

/** An ask is settled by the replica: with the change or after it. Instances’ clocks may differ, though not by so much. */
const SETTLED_BEFORE_MS = HOUR_MS;

const keyOf = (address: string, startAt: number) => `${address.toLowerCase()} ${startAt}`;

interface Lost {
  change: NoticedChange;
  addresses: string[];
  /** Of the occurrences that are still ahead. */
  starts: number[];
}

function lostIn(change: NoticedChange): Lost | undefined {
  const { before, after, occurrences } = change;
  if (!before || !after) return undefined;
  const addresses = lostRooms(before, after).map(({ room }) => room.address);
  if (addresses.length === 0) return undefined;
  const ahead = occurrences.filter((one) => !hasBegun(one, change));
  return { change, addresses, starts: ahead.map((one) => one.fromStartAt ?? before.startAt) };
}

function spanOf(lost: readonly Lost[]): { from: number; to: number } {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const startAt of lost.flatMap((one) => one.starts)) {
    from = Math.min(from, startAt);
    to = Math.max(to, startAt);
  }
  return { from, to };
}

/**
 * A room that we gave back is told as that, and one that was asked through us by what became of the ask: settled or not,
 * whichever of the two is stored first. What is not lost need not be asked about.
 */
export async function lostRoomsAmong(
  sql: Sql,
  { tenantId, personId }: Pick<Person, 'tenantId' | 'personId'>,
  changes: readonly NoticedChange[],
): Promise<Pick<PlanInput, 'lossesTold' | 'hasRooms'>> {
  const lost = changes.flatMap((change) => lostIn(change) ?? []).filter((one) => one.starts.length > 0);
  if (lost.length === 0 || (await countRooms(sql, tenantId)) === 0) return {};
  const span = spanOf(lost);
  const released = await releasesOf(sql, tenantId, personId, span);
  const given = new Set(released.map(({ address, startAt }) => keyOf(address, startAt)));
  /** When the last of them was settled. */
  const asked = new Map<string, number>();
  for (const { address, startAt, settledAt } of await asksTelling(sql, tenantId, personId, span)) {
    const key = keyOf(address, startAt);
    asked.set(key, Math.max(asked.get(key) ?? 0, settledAt ?? Number.POSITIVE_INFINITY));
  }
  const isTold = ({ noticedAt }: NoticedChange, key: string) =>
    given.has(key) || (asked.get(key) ?? 0) >= noticedAt - SETTLED_BEFORE_MS;
  const told = lost.filter(({ change, addresses, starts }) =>
    starts.every((startAt) => addresses.every((address) => isTold(change, keyOf(address, startAt)))),
  );
  return { hasRooms: true, lossesTold: new Set(told.map(({ change }) => change.changeId)) };
}
