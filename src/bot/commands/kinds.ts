/** “agenda prompts off”, “digest on”, “no reminders”: each kind of message is switched by its name. Alone: how they are. */
import { isKindOn } from '../../nudges/chosen.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { settingsNow } from '../choosing.ts';
import { kindCalled } from '../muting.ts';
import { SWITCHES } from '../switches.ts';
import { enumerate } from '../words.ts';
import type { Command } from './command.ts';

/** [pattern, whether the kind is wanted; undefined: the pattern’s “how” says so] */
const FORMS: [RegExp, boolean?][] = [
  [/^(?:(?:turn|switch) )?(?<kind>.+?) (?<how>on|off)$/],
  [/^(?:turn|switch) (?<how>on|off) (?<kind>.+)$/],
  [/^(?:no|no more|stop|without) (?<kind>.+)$/, false],
];

/** The kind as it was called, if the words are about switching one. */
export function switchIn(text: string): { words: string; isOn: boolean } | undefined {
  const lower = text.toLowerCase();
  for (const [pattern, isOn] of FORMS) {
    const { kind = '', how } = pattern.exec(lower)?.groups ?? {};
    const words = kind.replace(/^(?:the|my|all|any|more) /, '');
    if (kindCalled(words)) return { words, isOn: isOn ?? how === 'on' };
  }
  return undefined;
}

export const kinds: Command = {
  name: 'kinds',
  usage: 'kinds',
  help: 'which kinds of messages are on; “digest on”, “agenda prompts off”, “no reminders”',
  group: 'quiet',
  async run(services, turn) {
    const found = await settingsNow(services, turn);
    if (!found) return notWatching();
    const titles = (isOn: boolean) =>
      enumerate(SWITCHES.filter((one) => isKindOn(one, found.settings) === isOn).map((one) => one.title));
    const [on, off] = [titles(true), titles(false)];
    return sentence([on && `On: ${on}.`, off && `Off: ${off}.`].filter(Boolean).join(' '));
  },
};
