/**
 * Counts the calls to Teams that have no slot of their own (answers, updates, chats that are opened) against the same
 * limits: nudges make room for them, they themselves never wait. Written a few times a second, not for each.
 */
import { type Clock, SECOND_MS } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import { chargeCalls } from '../store/sends.ts';
import { SENDS_PER_SECOND } from './dispatcher.ts';

const WRITE_AFTER_MS = SECOND_MS / 4;
/** Beyond that the single chats are not counted any more, the tenant still is. */
const MOST_CHATS = 200;

export interface Toll {
  /** @param calls of the tenant: 1, or 0 where a slot was reserved and only the chat is to know */
  charge(tenantId: string, conversationId?: string, calls?: 0 | 1): void;
  /** Writes what is counted; for the end, and for tests. */
  flush(): Promise<void>;
}

export function createToll(deps: { database: Database; clock: Clock; log: Logger }): Toll {
  let counted = new Map<string, { count: number; chats: string[] }>();
  let isWaiting = false;

  const flush = async () => {
    isWaiting = false;
    const all = counted;
    counted = new Map();
    for (const [tenantId, calls] of all) {
      try {
        await chargeCalls(deps.database.system, tenantId, calls, SENDS_PER_SECOND, deps.clock.now());
      } catch (err) {
        // Teams keeps the limit too; this only spares us its 429.
        deps.log.warn({ tenantId, err }, 'calls could not be counted');
      }
    }
  };

  return {
    flush,
    charge(tenantId, conversationId, calls = 1) {
      const soFar = counted.get(tenantId) ?? { count: 0, chats: [] };
      soFar.count += calls;
      if (conversationId && soFar.chats.length < MOST_CHATS) soFar.chats.push(conversationId);
      counted.set(tenantId, soFar);
      if (isWaiting) return;
      isWaiting = true;
      deps.clock.after(WRITE_AFTER_MS, () => void flush());
    },
  };
}
