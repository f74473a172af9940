/** The settings as they are now, on their card. */
import type { Message } from '../delivery/message.ts';
import { speakerFor } from './cards/meeting.ts';
import { type Aside, type Attempt, settingsCard } from './cards/settings.ts';
import { type Chosen, settingsNow } from './choosing.ts';
import { mutedOf } from './muted.ts';
import type { Services, Turn } from './services.ts';
import { wayList } from './way-values.ts';
import { plural } from './words.ts';

function asideOf({ person, settings }: Chosen, now: number): Aside {
  const { pausedUntil } = settings;
  const say = speakerFor(person);
  const muted = Object.values(mutedOf(settings)).flat().length;
  return {
    isAdmin: person.isAdmin,
    notes: [
      pausedUntil !== null && pausedUntil > now
        ? `Paused until ${say.relativeDay(pausedUntil, now)} ${say.time(pausedUntil)}; “resume” ends that.`
        : '',
      muted > 0 ? `${plural(muted, 'thing')} muted; “mute” shows what.` : '',
      settings.forbiddenWays.length > 0 ? `Your admin doesn’t allow ${wayList(settings.forbiddenWays)}.` : '',
      settings.ways.length > 0 ? '“notify” shows your addresses, and whether they are confirmed.' : '',
    ].filter(Boolean),
  };
}

export const shownSettings = (chosen: Chosen, now: number, attempt?: Attempt, saved = false): Message =>
  settingsCard({ settings: chosen.settings, ...(attempt ? { attempt } : {}) }, asideOf(chosen, now), saved);

/** Undefined for who never spoke to the bot. */
export async function ownSettingsCard(services: Services, turn: Turn): Promise<Message | undefined> {
  const found = await settingsNow(services, turn);
  return found && shownSettings(found, services.clock.now());
}
