/** A button: one handler a verb, listed in actions.ts. */
import type { Message } from '../../delivery/message.ts';
import type { Services, Turn } from '../services.ts';

export type Reaction =
  /** Shown in place of the card that was pressed, for the one who pressed. */
  | { card: Message }
  /** The card stays; this is sent below it. */
  | { reply: Message | undefined };

export interface ButtonAction {
  verb: string;
  run(services: Services, turn: Turn, data: Record<string, unknown>): Promise<Reaction>;
}
