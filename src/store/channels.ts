/** Channels of teams and group chats that the bot is in: what they are called, how they are reached, who may have them told. */
import { at, type Sql } from './database.ts';
import { dropConversation, findAnswer, saveAnswer } from './people.ts';

export interface Channel {
  conversationId: string;
  kind: 'groupChat' | 'channel';
  teamId: string | null;
  /** '' where nobody said it. */
  teamName: string;
  name: string;
  /** Without anybody in it: it is the channel's, not of who spoke there. */
  reference: Record<string, unknown>;
  seenAt: number;
}

export type NewChannel = Pick<Channel, 'conversationId' | 'kind' | 'reference'> & {
  teamId?: string | undefined;
  teamName?: string | undefined;
  name?: string | undefined;
  addedBy?: string | undefined;
};

const MOST_CHANNELS = 2_000;
/** Teams names a team's first channel so, and doesn't say it; its id is the team's. */
const GENERAL = 'General';

const COLUMNS = `conversation_id as "conversationId", kind, team_id as "teamId", team_name as "teamName", name, reference,
  seen_at as "seenAt"`;

export interface Kept {
  /** The first that is known of its team, or the group chat itself. */
  isFirst: boolean;
  name: string;
}

/** What nobody says this time stays as it was known. */
export async function saveChannel(sql: Sql, tenantId: string, channel: NewChannel, now: number): Promise<Kept> {
  const { conversationId, kind, reference, teamId = null, teamName = '', name = '', addedBy = null } = channel;
  const usual = conversationId === teamId ? GENERAL : '';
  const [row] = await sql.query<{ isNew: boolean; name: string; others: number }>(
    `insert into cw.channel as c (tenant_id, conversation_id, kind, team_id, team_name, name, reference, added_by, seen_at)
     values ($1, $2, $3, $4, coalesce(nullif($5::text, ''), (select o.team_name from cw.channel o
       where o.tenant_id = $1 and o.team_id = $4 order by o.conversation_id limit 1), ''), coalesce(nullif($6::text, ''), $10), $7, $8, $9)
     on conflict (tenant_id, conversation_id) do update set kind = excluded.kind, reference = excluded.reference,
       team_id = coalesce(excluded.team_id, c.team_id), added_by = coalesce(c.added_by, excluded.added_by),
       team_name = coalesce(nullif(excluded.team_name, ''), c.team_name),
       name = coalesce(nullif($6::text, ''), c.name), seen_at = greatest(c.seen_at, excluded.seen_at)
     returning (xmax = 0) as "isNew", name, (select count(*)::int from cw.channel o
       where o.tenant_id = $1 and o.team_id = $4 and o.conversation_id <> $2) as others`,
    [tenantId, conversationId, kind, teamId, teamName, name, JSON.stringify(reference), addedBy, at(now), usual],
  );
  return { isFirst: row?.isNew === true && row.others === 0, name: row?.name ?? '' };
}

export async function findChannel(sql: Sql, tenantId: string, conversationId: string): Promise<Channel | undefined> {
  const [row] = await sql.query<Channel>(
    `select ${COLUMNS} from cw.channel where tenant_id = $1 and conversation_id = $2`,
    [tenantId, conversationId],
  );
  return row;
}

export async function channelsOf(sql: Sql, tenantId: string): Promise<Channel[]> {
  return sql.query<Channel>(
    `select ${COLUMNS} from cw.channel where tenant_id = $1
     order by lower(team_name), lower(name), conversation_id limit ${MOST_CHANNELS}`,
    [tenantId],
  );
}

/** @param seenBefore one that was heard of since is kept */
export async function dropChannel(
  sql: Sql,
  tenantId: string,
  conversationId: string,
  seenBefore?: number,
): Promise<void> {
  const rows = await sql.query(
    `delete from cw.channel where tenant_id = $1 and conversation_id = $2
       and ($3::timestamptz is null or seen_at < $3) returning conversation_id`,
    [tenantId, conversationId, at(seenBefore)],
  );
  if (rows.length > 0) await dropConversation(sql, tenantId, conversationId);
}

export async function dropTeam(sql: Sql, tenantId: string, teamId: string): Promise<void> {
  const rows = await sql.query<{ conversationId: string }>(
    `delete from cw.channel where tenant_id = $1 and team_id = $2 returning conversation_id as "conversationId"`,
    [tenantId, teamId],
  );
  for (const { conversationId } of rows) await dropConversation(sql, tenantId, conversationId);
}

export async function renameChannel(sql: Sql, tenantId: string, conversationId: string, name: string): Promise<void> {
  await sql.query('update cw.channel set name = $3 where tenant_id = $1 and conversation_id = $2', [
    tenantId,
    conversationId,
    name,
  ]);
}

export async function renameTeam(sql: Sql, tenantId: string, teamId: string, name: string): Promise<void> {
  await sql.query(
    'update cw.channel set team_name = $3 where tenant_id = $1 and team_id = $2 and team_name is distinct from $3',
    [tenantId, teamId, name],
  );
}

/** The same channel by another address, unless it was heard of since it was read: what came then is newer. */
export async function renewChannel(
  sql: Sql,
  tenantId: string,
  { conversationId, seenAt }: Pick<Channel, 'conversationId' | 'seenAt'>,
  reference: Record<string, unknown>,
): Promise<void> {
  await sql.query(
    'update cw.channel set reference = $4 where tenant_id = $1 and conversation_id = $2 and seen_at <= $3',
    [tenantId, conversationId, at(seenAt), JSON.stringify(reference)],
  );
}

/** That Teams said somebody is in there; kept among their answers, and forgotten with those. */
const MEMBER = 'channelMember';

interface Who {
  tenantId: string;
  personId: string;
}

export async function noteMember(sql: Sql, { tenantId, personId }: Who, conversationId: string, now: number) {
  await saveAnswer(sql, tenantId, personId, { kind: MEMBER, eventId: conversationId, value: true }, now);
}

/** When Teams said so last; undefined: never. */
export async function memberAt(
  sql: Sql,
  { tenantId, personId }: Who,
  conversationId: string,
): Promise<number | undefined> {
  return (await findAnswer(sql, tenantId, personId, MEMBER, conversationId))?.answeredAt;
}

export async function forgetMember(sql: Sql, { tenantId, personId }: Who, conversationId: string): Promise<void> {
  await sql.query('delete from cw.answer where tenant_id = $1 and person_id = $2 and kind = $3 and event_id = $4', [
    tenantId,
    personId,
    MEMBER,
    conversationId,
  ]);
}

/** They left: of a team, all of its channels. */
export async function forgetMembers(
  sql: Sql,
  tenantId: string,
  personIds: readonly string[],
  { conversationId, teamId }: { conversationId: string; teamId?: string | undefined },
): Promise<void> {
  await sql.query(
    `delete from cw.answer a where a.tenant_id = $1 and a.person_id = any ($2) and a.kind = $3
       and (a.event_id = $4 or a.event_id in (select c.conversation_id from cw.channel c
         where c.tenant_id = $1 and c.team_id = $5))`,
    [tenantId, personIds, MEMBER, conversationId, teamId ?? null],
  );
}

export type SeenChannel = Channel & { memberAt: number | null };

/** All of the tenant, with when Teams last said that this person is in it. */
export async function channelsFor(sql: Sql, { tenantId, personId }: Who): Promise<SeenChannel[]> {
  return sql.query<SeenChannel>(
    `select ${COLUMNS}, (select a.answered_at from cw.answer a where a.tenant_id = $1 and a.person_id = $2
       and a.kind = $3 and a.event_id = c.conversation_id) as "memberAt"
     from cw.channel c where c.tenant_id = $1
     order by lower(team_name), lower(name), conversation_id limit ${MOST_CHANNELS}`,
    [tenantId, personId, MEMBER],
  );
}

export interface PaceLimits {
  perSecond: number;
  /** A slot that is farther away is not taken. */
  horizonMs: number;
}

/**
 * Takes a slot of the tenant's pace, and room in the channel as Teams counts it (begin_send does so for chats, in the same
 * columns). `slotAt`: when it may go out; `freeAt`: not before that, nothing was taken.
 */
export async function takeSlot(
  sql: Sql,
  tenantId: string,
  channel: Channel,
  { perSecond, horizonMs }: PaceLimits,
  now: number,
): Promise<{ slotAt: number } | { freeAt: number }> {
  const { conversationId } = channel;
  const ids = [tenantId, conversationId];
  // The tenant first, as whoever charges calls does.
  const [pace] = await sql.query<{ slotAt: number }>(
    'select greatest(pace_at, $2) as "slotAt" from cw.tenant where tenant_id = $1 for no key update',
    [tenantId, at(now)],
  );
  const slotAt = pace?.slotAt ?? now;
  if (slotAt > now + horizonMs) return { freeAt: slotAt };
  // What was counted of a channel may have been forgotten with its row.
  await sql.query(
    `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, conversation_id) do nothing`,
    [...ids, channel.kind, JSON.stringify(channel.reference), at(now)],
  );
  const [room] = await sql.query<{ freeAt: number | null }>(
    `select greatest(r[size - 6] + interval '1.2 seconds', r[size - 7] + interval '2.2 seconds',
       r[size - 59] + interval '31 seconds', hour_full_at + interval '4 seconds' - interval '1 hour') as "freeAt"
     from (select recent_sends as r, cardinality(recent_sends) as size, hour_full_at from cw.conversation
       where tenant_id = $1 and conversation_id = $2 for no key update) c`,
    ids,
  );
  if (room?.freeAt && room.freeAt > slotAt) return { freeAt: room.freeAt };
  await sql.query(`update cw.tenant set pace_at = $2::timestamptz + interval '1 second' / $3 where tenant_id = $1`, [
    tenantId,
    at(slotAt),
    perSecond,
  ]);
  await sql.query(
    `update cw.conversation set recent_sends = (recent_sends || $3::timestamptz)[greatest(1, cardinality(recent_sends) - 58):],
       hour_full_at = greatest(hour_full_at, $3) + interval '4 seconds' where tenant_id = $1 and conversation_id = $2`,
    [...ids, at(slotAt)],
  );
  return { slotAt };
}
