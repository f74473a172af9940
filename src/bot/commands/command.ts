/** A typed command: one file each, listed in commands.ts. */
import type { Message } from '../../delivery/message.ts';
import type { Services, Turn } from '../services.ts';

export interface Command {
  /** As people type it, e.g. "watch on". */
  name: string;
  /** Other words for the same. */
  aliases?: string[];
  /** How it is written in help, e.g. "remind 10". */
  usage: string;
  help: string;
  /** Shown in help, and suggested, to admins alone; the command itself looks who asks. */
  isForAdmins?: boolean;
  /** Undefined: the answer comes by itself in a moment. */
  run(services: Services, turn: Turn, rest: string): Promise<Message | undefined>;
}
