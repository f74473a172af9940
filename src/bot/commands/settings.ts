/** remind 10, place office 48.137,11.575 Main St 1 */
import { findPerson, savePlace, saveSettings } from '../../store/people.ts';
import { replan } from '../../sync/write-plan.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

const MOST_MINUTES = 24 * 60;

/** Saves, plans anew, and wakes delivery: what is due already is said at once. */
async function apply(
  services: Services,
  turn: Turn,
  save: (sql: Parameters<Parameters<Services['database']['inTenant']>[1]>[0]) => Promise<void>,
) {
  await services.database.inTenant(turn.tenantId, save);
  await replan(services, { ...turn, correlationId: services.newId() }, services.clock.now());
  services.poke('nudges');
}

async function isKnown(services: Services, turn: Turn): Promise<boolean> {
  const person = await services.database.inTenant(turn.tenantId, (sql) =>
    findPerson(sql, turn.tenantId, turn.personId),
  );
  return person !== undefined;
}

export const remind: Command = {
  name: 'remind',
  usage: 'remind 10',
  help: 'remind me 10 minutes before each meeting; “remind off” for never',
  async run(services, turn, rest) {
    const off = rest === 'off' || rest === 'never';
    const minutes = off ? 0 : Number(/^(\d{1,4})(?: ?(?:m|min|minutes?))?(?: before)?$/.exec(rest)?.[1] ?? Number.NaN);
    if (!off && !(minutes >= 1 && minutes <= MOST_MINUTES))
      return sentence('How many minutes before? For example **remind 10** (1 to 1440), or **remind off**.');
    if (!(await isKnown(services, turn))) return notWatching();
    const remindMinutes = off ? [] : [minutes];
    await apply(services, turn, (sql) => saveSettings(sql, turn.tenantId, turn.personId, { remindMinutes }));
    return sentence(
      off
        ? 'No reminders from now on. **remind 15** brings them back.'
        : `I’ll remind you **${minutes} min** before each meeting.`,
    );
  },
};

export const place: Command = {
  name: 'place',
  aliases: ['place office'],
  usage: 'place office',
  help: 'where you set out from: “place office 48.137,11.575 Main St 1”',
  async run(services, turn, rest) {
    const match = /^office\s+(-?\d{1,2}(?:\.\d+)?)\s*[,;]\s*(-?\d{1,3}(?:\.\d+)?)(?:\s+(.{1,120}))?$/i.exec(rest);
    const latitude = Number(match?.[1] ?? Number.NaN);
    const longitude = Number(match?.[2] ?? Number.NaN);
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180))
      return sentence('Give me latitude and longitude: **place office 48.137,11.575 Main St 1**.');
    if (!(await isKnown(services, turn))) return notWatching();
    const label = match?.[3]?.trim() || 'the office';
    await apply(services, turn, (sql) =>
      savePlace(sql, turn.tenantId, turn.personId, 'office', { label, latitude, longitude }),
    );
    return sentence(`Noted: your office is **${plain(label)}**.`);
  },
};
