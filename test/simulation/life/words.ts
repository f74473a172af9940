/** How people type what they choose; undefined where there are no words for it, or more than one thing is chosen. */
import type { Chosen } from '../history.ts';

type Words = { [K in keyof Chosen]?: (value: Chosen[K]) => string };

const onOff = (on: boolean) => (on ? 'on' : 'off');

const WORDS: Words = {
  remindMinutes: (minutes) => `remind ${minutes.length > 0 ? minutes.join(' ') : 'off'}`,
  remindAsOutlook: (on) => `Remind as in Outlook ${onOff(on)}`,
  remindAtStart: (on) => `remind at start ${onOff(on)}`,
  digestAt: (at) => `digest ${at}`,
  weekDigest: (on) => `digest week ${onOff(on)}`,
  quiet: (quiet) => (quiet ? `quiet ${quiet.from} - ${quiet.to}` : 'quiet off'),
  respectAway: (on) => `away ${onOff(on)}`,
  onlyWithOthers: (on) => `only with others ${onOff(on)}`,
  onlyWithLink: (on) => `only with link ${onOff(on)}`,
  tentative: (word) => `tentative ${word}`,
  free: (word) => `free ${word}`,
  private: (word) => `private ${word}`,
  tellOwnChanges: (on) => `please own changes ${onOff(on)}.`,
};

export function wordsFor(patch: Partial<Chosen>): string | undefined {
  const [name, more] = Object.keys(patch) as (keyof Chosen)[];
  if (name === undefined || more !== undefined) return undefined;
  return (WORDS[name] as ((value: unknown) => string) | undefined)?.(patch[name]);
}
