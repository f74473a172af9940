/** Channels and group chats that the person is in together with the bot. */
import type { Message } from '../../delivery/message.ts';
import { sentence } from './answers.ts';
import { clip, kicker, line, message, plain, row, subtle } from './parts.ts';

const MOST_SHOWN = 20;
const LONGEST_NAME = 120;
const LONGEST_WORDS = 60;

export interface ChannelsShown {
  channels: readonly { name: string }[];
  /** False: there are more that nobody has asked Teams about. */
  isAll: boolean;
}

const HOW = 'To have another told: add me to its team or group chat, then write **@Calendar Watch help** there.';
const MORE = 'There are more; **channels** and a word of the name finds them.';

export function channelsCard({ channels, isAll }: ChannelsShown, words = ''): Message {
  if (channels.length === 0) {
    const about = words ? ` called “${plain(clip(words, LONGEST_WORDS))}”` : '';
    return sentence(`I know of no channel or group chat${about} that you and I are both in. ${isAll ? HOW : MORE}`);
  }
  const shown = channels.slice(0, MOST_SHOWN).map(({ name }) => clip(name, LONGEST_NAME));
  const hidden = channels.length - shown.length;
  const example = `**when a meeting that I organise loses its room, post in "${plain(shown[0] ?? '')}"**`;
  const head = 'Your rules can post here';
  return message(
    [
      kicker('📣', head),
      ...shown.map((name) => row('•', plain(name))),
      ...(hidden > 0 || !isAll ? [subtle(hidden > 0 ? `And ${hidden} more.` : MORE)] : []),
      line(`For example: ${example}`, { spacing: 'Medium' }),
      subtle(HOW),
    ],
    { summary: head, fallbackText: `${head}: ${shown.join('; ')}` },
  );
}
