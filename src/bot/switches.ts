/** What can be switched on and off: every kind of the plan, and what others say through us. Settings and commands walk the list. */
import { isKindOn } from '../nudges/chosen.ts';
import { KINDS } from '../nudges/kinds.ts';
import type { NudgeKind } from '../nudges/nudge.ts';
import type { Settings } from '../nudges/settings.ts';

export type Switch = Pick<NudgeKind, 'name' | 'title' | 'explains' | 'words' | 'isOnAtFirst'>;

/** `late`, `taskOffered`, `pointsOffered`: in no plan, as they are other people's words. */
export const COLLEAGUES: Switch = {
  name: 'colleagues',
  title: 'Word from colleagues',
  explains: 'who is late, a task or points that they have for you',
  words: ['colleagues', 'word from colleagues', 'messages from colleagues'],
  isOnAtFirst: true,
};

export const SWITCHES: readonly Switch[] = [...KINDS, COLLEAGUES];

export const switchNamed = (name: string): Switch | undefined => SWITCHES.find((one) => one.name === name);

export const hearsColleagues = (settings: Settings): boolean => isKindOn(COLLEAGUES, settings);
