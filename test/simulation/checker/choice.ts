/**
 * What people chose to hear about, in words of our own (README, "Settings"): a kind that is on; a meeting that is not
 * muted, nor of those that they left out. A step of the settings is in force from when it was asked for.
 */
import type { Chosen, TruthLine } from '../history.ts';
import type { Evidence } from './evidence.ts';
import { both, joined, type Stretch } from './spans.ts';
import { type LineStory, stretchesOf } from './timeline.ts';

export const hasOthers = (line: TruthLine): boolean =>
  line.attendees.some((one) => {
    const [address = '', type] = one.split('|');
    return type !== 'resource' && address.toLowerCase() !== line.organizer.toLowerCase();
  });

/** Kinds that somebody has without asking for them; what follows is by the words of their settings. */
const ON_AT_FIRST = new Set(['reminder', 'agenda', 'change', 'invitation', 'conflict', 'leaveBy', 'digest']);

export const isOn = (kind: string, { kinds }: Chosen): boolean => kinds[kind] ?? ON_AT_FIRST.has(kind);

export function isWished(line: TruthLine, chosen: Chosen): boolean {
  const isPrivate = line.sensitivity === 'private' || line.sensitivity === 'confidential';
  // Outlook shows what was not answered yet as tentative; that is not what people mean by it.
  const isUnanswered = !line.isOrganizer && ['none', 'notResponded'].includes(line.response);
  const isTentative = line.response === 'tentativelyAccepted' || (line.showAs === 'tentative' && !isUnanswered);
  const isMuted =
    chosen.mutedSeries.some(({ id }) => id === (line.seriesId ?? line.id)) ||
    (!line.isOrganizer && chosen.mutedPeople.some(({ id }) => id === line.organizer));
  return !(
    isMuted ||
    (chosen.onlyWithOthers && !hasOthers(line)) ||
    (chosen.onlyWithLink && line.joinUrl === '') ||
    (chosen.tentative === 'skip' && isTentative) ||
    (chosen.free === 'skip' && line.showAs === 'free') ||
    (chosen.private === 'skip' && isPrivate)
  );
}

/** When the line was such, and was wished for by what its person chose then; `isSuch` may look at that, too. */
export function wishedStretches(
  evidence: Evidence,
  story: LineStory,
  kind: string,
  isSuch: (line: TruthLine, chosen: Chosen) => boolean,
): Stretch[] {
  return joined(
    evidence.wishes.steps(story.oid).flatMap((step) => {
      const { settings } = step;
      if (!isOn(kind, settings)) return [];
      const line = stretchesOf(story, (one) => isSuch(one, settings) && isWished(one, settings), evidence.knownBy);
      return both(line, [step]);
    }),
  );
}
