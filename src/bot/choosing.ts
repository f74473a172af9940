/** Choosing: a person for themselves, an admin for everybody. Whoever chose, plans follow. */
import { CalendarWatchError } from '../errors.ts';
import { type ChosenSettings, readPolicy, readSettings, type Settings, type TenantPolicy } from '../nudges/settings.ts';
import { recordAct } from '../store/audit.ts';
import {
  findPerson,
  lockPerson,
  lockPolicy,
  oweReplan,
  type Person,
  replanTenant,
  savePolicy,
  saveSettings,
  settingsOf,
} from '../store/people.ts';
import { replan } from '../sync/write-plan.ts';
import type { Services, Turn } from './services.ts';
import { newsFrom, together, withSince } from './settings-form.ts';

export interface Chosen {
  person: Person;
  settings: Settings;
}

type Who = Pick<Turn, 'tenantId' | 'personId'>;

export async function settingsNow(services: Services, { tenantId, personId }: Who): Promise<Chosen | undefined> {
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  return person && { person, settings: settingsOf(person) };
}

const ownKinds = ({ settings }: Person) => readSettings(settings).kinds;

/**
 * Saves what `decide` makes of how it is, plans anew, and wakes delivery: what is due already is said at once. Undefined
 * for who never spoke to the bot.
 */
export async function choose(
  services: Services,
  { tenantId, personId }: Who,
  decide: (now: Settings) => ChosenSettings,
): Promise<Chosen | undefined> {
  const now = services.clock.now();
  const chosen = await services.database.inTenant(tenantId, async (sql): Promise<Chosen | undefined> => {
    const person = await lockPerson(sql, tenantId, personId);
    if (!person) return undefined;
    const before = settingsOf(person);
    const decided = withSince(decide(before), now, before);
    const kinds = decided.kinds ? { kinds: { ...ownKinds(person), ...decided.kinds } } : {};
    const stored = { ...decided, ...kinds };
    await oweReplan(sql, tenantId, personId, now);
    await saveSettings(sql, tenantId, personId, stored);
    const changed = { ...person, settings: { ...(person.settings as object), ...stored } };
    return { person: changed, settings: settingsOf(changed) };
  });
  if (!chosen) return undefined;
  await replan(services, { tenantId, personId, correlationId: services.newId() }, now);
  services.poke('nudges');
  services.poke('cards');
  return chosen;
}

/** What the admin chose for all; refuses who is no admin (any more). */
export async function requireAdmin(services: Services, who: Who): Promise<TenantPolicy> {
  const found = await settingsNow(services, who);
  if (!found || !(await services.admins.prove(who, found.person.isAdmin)))
    throw new CalendarWatchError('COMMAND_INVALID', 'settings for everybody by somebody who is no admin', {
      say: 'That is for admins. If you have become one since you signed in, say **sign in**. **help** shows what you can say.',
    });
  return readPolicy(found.person.policy);
}

/** For all of the tenant; `decide` gets the policy as it is. */
export async function chooseForAll(
  services: Services,
  who: Who,
  decide: (policy: TenantPolicy) => Partial<TenantPolicy>,
): Promise<TenantPolicy> {
  const { tenantId, personId } = who;
  await requireAdmin(services, who);
  const now = services.clock.now();
  let isPlanned = true;
  const policy = await services.database.inTenant(tenantId, async (sql) => {
    const before = await lockPolicy(sql, tenantId);
    const { defaults = {}, ...decidedElse } = decide(before);
    const { forbiddenKinds = before.forbiddenKinds } = decidedElse;
    // What becomes allowed again begins now, not with what was due before.
    const allowedAgain = before.forbiddenKinds.filter((kind) => !forbiddenKinds.includes(kind));
    const standard = readSettings({}, before);
    const decided = withSince(defaults, now, standard);
    const news = newsFrom(allowedAgain, decided.newsSince ?? standard.newsSince, now);
    const after: TenantPolicy = {
      ...before,
      ...decidedElse,
      defaults: {
        ...together(before.defaults, decided),
        ...(allowedAgain.length > 0 ? { digestSince: now } : {}),
        ...news,
      },
    };
    // By which way and how early is delivery's business; no plan depends on it.
    isPlanned = Object.keys(defaults).length > 0 || decidedElse.forbiddenKinds !== undefined;
    await savePolicy(sql, tenantId, after);
    // Which, not to what: what counts is shown by “admin settings”.
    const chosen = [...Object.keys(decidedElse), ...Object.keys(defaults).map((name) => `defaults.${name}`)];
    const { forbiddenWays } = after;
    const detail = { chosen: chosen.slice(0, 20), forbiddenKinds: after.forbiddenKinds.slice(0, 40), forbiddenWays };
    const act = { tenantId, actorId: personId, personId: null, act: 'adminSet', detail } as const;
    await recordAct(sql, act, now, services.newId());
    return after;
  });
  // Only once that is committed: a plan that is made meanwhile with the old one is made again.
  const people = isPlanned ? await services.database.inTenant(tenantId, (sql) => replanTenant(sql, tenantId, now)) : 0;
  services.log.info({ tenantId, personId, people }, 'an admin changed the settings for everybody');
  return policy;
}
