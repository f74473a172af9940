/** Whose card it is: written into every button, and looked at when one is pressed (application.ts). */
import type { Message } from '../../delivery/message.ts';

const OWNER = 'for';

function stamped(node: unknown, personId: string): unknown {
  if (Array.isArray(node)) return node.map((one) => stamped(one, personId));
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, stamped(value, personId)]));
  if (copy.type !== 'Action.Execute') return copy;
  return { ...copy, data: { ...(copy.data as object | undefined), [OWNER]: personId } };
}

export const ownedBy = (personId: string, message: Message): Message => ({
  ...message,
  card: stamped(message.card, personId) as Message['card'],
});

/** A button from before owners were written into them is anybody's: what it names is looked up in the presser's own mailbox. */
export const isOwner = (personId: string, data: Record<string, unknown> | undefined): boolean =>
  data?.[OWNER] === undefined || data[OWNER] === personId;
