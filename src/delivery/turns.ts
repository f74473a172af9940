/**
 * Teams answers 412 to two messages at once in one chat. In this process they follow each other; a message of another
 * instance may still meet one, and is tried again.
 */
export interface Turn {
  chat: string;
  /** The next in line has its turn; may be called twice. */
  leave(): void;
}

type Line = Map<string, Promise<void>>;

/** Each channel has lines of its own: the simulation has several instances in one process. */
const lines = new WeakMap<object, Line>();

function lineOf(channel: object): Line {
  const known = lines.get(channel) ?? new Map<string, Promise<void>>();
  lines.set(channel, known);
  return known;
}

/** The turn, if nobody else has it or waits for it. */
export function takeIfFree(channel: object, chat: string): Turn | undefined {
  const last = lineOf(channel);
  return last.has(chat) ? undefined : queue(last, chat);
}

/** Resolves when all who came before have left. */
export async function take(channel: object, chat: string): Promise<Turn> {
  const last = lineOf(channel);
  const before = last.get(chat);
  const turn = queue(last, chat);
  await before;
  return turn;
}

function queue(last: Line, chat: string): Turn {
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
