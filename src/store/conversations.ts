/** Chats that move, and chats that are dead. What a chat is, and how it comes and goes with a person, is in people.ts. */
import { DAY_MS } from '../clock.ts';
import { at, type Sql } from './database.ts';
import { dropConversation, type StoredConversation, saveConversation } from './people.ts';

/** Chats that lead to nobody and were not heard of for this long are forgotten. */
const DEAD_AFTER_MS = 30 * DAY_MS;

export type NewConversation = Omit<StoredConversation, 'seenAt'>;

/** The same chat by another address, unless the person spoke since it was read: what they came by is newer. */
export async function renewReference(
  sql: Sql,
  tenantId: string,
  known: StoredConversation,
  reference: Record<string, unknown>,
): Promise<void> {
  await sql.query(
    `update cw.conversation set reference = $4
     where tenant_id = $1 and conversation_id = $2 and seen_at <= $3`,
    [tenantId, known.conversationId, at(known.seenAt), JSON.stringify(reference)],
  );
}

/** Puts a new chat in place of one that is gone. False when the old one was renewed or dropped meanwhile. */
export async function replaceConversation(
  sql: Sql,
  owner: { tenantId: string; personId: string },
  old: StoredConversation,
  fresh: NewConversation,
  now: number,
): Promise<boolean> {
  const { tenantId, personId } = owner;
  const known = await sql.query(
    `select conversation_id from cw.conversation where tenant_id = $1 and conversation_id = $2 and seen_at <= $3
     for update`,
    [tenantId, old.conversationId, at(old.seenAt)],
  );
  if (known.length === 0) return false;
  await saveConversation(sql, tenantId, fresh, now);
  if (fresh.conversationId === old.conversationId) return true;
  await sql.query(
    'update cw.person set conversation_id = $3 where tenant_id = $1 and person_id = $2 and conversation_id = $4',
    [tenantId, personId, fresh.conversationId, old.conversationId],
  );
  await dropConversation(sql, tenantId, old.conversationId);
  return true;
}

export async function pruneConversations(system: Sql, most: number, now: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_conversations($1, $2) as pruned', [
    most,
    at(now - DEAD_AFTER_MS),
  ]);
  return row?.pruned ?? 0;
}
