/** A typed command: one file each, listed in commands.ts. */
import type { Message } from '../../delivery/message.ts';
import type { HelpEntry } from '../cards/help.ts';
import type { Services, Turn } from '../services.ts';

export interface Command extends HelpEntry {
  /** As people type it, e.g. "watch on". */
  name: string;
  /** Other words for the same. */
  aliases?: string[];
  /** Other words after which, as after the name, more may follow. */
  openings?: string[];
  /** Words that stand for the command with some words after it: "tomorrow" is "agenda tomorrow". */
  shortcuts?: Readonly<Record<string, string>>;
  /** What stands for the command without any of its words; it is handed on as a whole. */
  bare?: Pick<RegExp, 'test'>;
  /** What follows is handed on as it was typed; else in lower case. */
  keepsCase?: boolean;
  /** Shown in help, and suggested, to admins alone; the command itself looks who asks. */
  isForAdmins?: boolean;
  /** Undefined: the answer comes by itself in a moment. */
  run(services: Services, turn: Turn, rest: string): Promise<Message | undefined>;
}
