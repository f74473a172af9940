/** Whose card it is: written into every button, and looked at when one is pressed (application.ts). */
import type { Message } from '../../delivery/message.ts';

const OWNER = 'for';

/** Copies only what leads to a button: a card has hundreds of nodes and few buttons, and each message has a card. */
function stamped(node: unknown, personId: string): unknown {
  if (typeof node !== 'object' || node === null) return node;
  let copy: Record<string, unknown> | unknown[] | undefined;
  // Each message goes through here, so no list of pairs is made for each of its nodes.
  for (const key of Object.keys(node)) {
    const value = (node as Record<string, unknown>)[key];
    if (typeof value !== 'object' || value === null) continue;
    const other = stamped(value, personId);
    if (other === value) continue;
    copy ??= Array.isArray(node) ? [...node] : { ...node };
    (copy as Record<string, unknown>)[key] = other;
  }
  const { type, data } = (copy ?? node) as { type?: unknown; data?: object };
  if (type !== 'Action.Execute') return copy ?? node;
  return { ...(copy ?? node), data: { ...data, [OWNER]: personId } };
}

export const ownedBy = (personId: string, message: Message): Message => ({
  ...message,
  card: stamped(message.card, personId) as Message['card'],
});

/** A button from before owners were written into them is anybody's: what it names is looked up in the presser's own mailbox. */
export const isOwner = (personId: string, data: Record<string, unknown> | undefined): boolean =>
  data?.[OWNER] === undefined || data[OWNER] === personId;
