/** What a person has muted. Pure. */
import type { Muted, Settings } from '../nudges/settings.ts';
import { SWITCHES } from './switches.ts';

export type MutedWhat = 'series' | 'calendar' | 'person' | 'kind';

/** Kinds that the person switched off; what the admin did is not theirs to unmute. */
const mutedKinds = ({ kinds, forbiddenKinds }: Settings): Muted[] =>
  SWITCHES.filter(({ name }) => kinds[name] === false && !forbiddenKinds.includes(name)).map(
    ({ name, title: words }) => ({ id: name, name: words }),
  );

export const mutedOf = (settings: Settings): Record<MutedWhat, Muted[]> => ({
  kind: mutedKinds(settings),
  series: settings.mutedSeries,
  calendar: settings.mutedCalendars,
  person: settings.mutedPeople,
});
