/**
 * Teams answers 412 to two messages at once in one chat. In this process they follow each other; a message of another
 * instance may still meet one, and is tried again.
 */
export interface Turn {
  chat: string;
  /** The next in line has its turn; may be called twice. */
  leave(): void;
}

const last = new Map<string, Promise<void>>();

/** The turn, if nobody else has it or waits for it. */
export function takeIfFree(chat: string): Turn | undefined {
  return last.has(chat) ? undefined : queue(chat);
}

/** Resolves when all who came before have left. */
export async function take(chat: string): Promise<Turn> {
  const before = last.get(chat);
  const turn = queue(chat);
  await before;
  return turn;
}

function queue(chat: string): Turn {
  const before = last.get(chat) ?? Promise.resolve();
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const done = before.then(() => left);
  last.set(chat, done);
  void done.then(() => {
    if (last.get(chat) === done) last.delete(chat);
  });
  return { chat, leave };
}
