/**
 * The product's code, loaded from a source root that is given at the start: its own, or a mutant's copy. Functions are
 * looked for by name, because a file may be split without anybody thinking of this one.
 */
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Of<M, K extends keyof M> = Pick<M, K>;

export type Product = Of<typeof import('../../src/engine.ts'), 'createEngine'> &
  Of<typeof import('../../src/followers.ts'), 'createFollowers'> &
  Of<typeof import('../../src/errands.ts'), 'createErrands'> &
  Of<typeof import('../../src/loop.ts'), 'createLoop'> &
  Of<typeof import('../../src/clock.ts'), 'DatabaseClock'> &
  Of<typeof import('../../src/errors.ts'), 'CalendarWatchError'> &
  Of<typeof import('../../src/intervals.ts'), 'DEFAULT_INTERVALS'> &
  Of<typeof import('../../src/graph/graph.ts'), 'createGraph'> &
  Of<typeof import('../../src/graph/failures.ts'), 'toFailure' | 'GraphFailure' | 'retryAfterMs'> &
  Of<typeof import('../../src/http/notifications.ts'), 'receiveBody'> &
  Of<typeof import('../../src/http/validation.ts'), 'validationAnswer'> &
  Of<typeof import('../../src/bot/watching.ts'), 'activate' | 'startWatching' | 'stopWatching'> &
  Of<typeof import('../../src/bot/actions/actions.ts'), 'ACTIONS'> &
  Of<typeof import('../../src/bot/commands/commands.ts'), 'answer'> &
  Of<typeof import('../../src/bot/cards/nudges.ts'), 'renderNudge' | 'RENDERED_KINDS'> &
  Of<typeof import('../../src/delivery/teams-errors.ts'), 'outcomeOf'> &
  Partial<Of<typeof import('../../src/delivery/teams-errors.ts'), 'outcomeOfOpening'>> &
  Of<
    typeof import('../../src/store/people.ts'),
    | 'ensureTenant'
    | 'saveConversation'
    | 'meetPerson'
    | 'saveSettings'
    | 'saveAnswer'
    | 'answersOf'
    | 'findPerson'
    | 'lockPolicy'
    | 'savePolicy'
  > &
  Of<typeof import('../../src/rooms/adding.ts'), 'addRooms'> &
  Of<typeof import('../../src/bot/rules.ts'), 'readLine' | 'keepRule' | 'changeRule'> &
  Of<typeof import('../../src/store/rules.ts'), 'rulesOf'> &
  Of<typeof import('../../src/store/webhooks.ts'), 'makeWebhook' | 'webhooksOf'> &
  Of<typeof import('../../src/store/vault.ts'), 'Vault'> &
  Of<typeof import('../../src/store/database.ts'), 'types'> &
  Of<typeof import('../../src/store/migrate.ts'), 'migrate'> &
  Of<typeof import('../../src/sync/write-plan.ts'), 'replan'> &
  Of<typeof import('../../src/nudges/agenda-prompt.ts'), 'AGENDA_SKIPPED'> &
  Of<typeof import('../../src/nudges/settings.ts'), 'EARLINESS_MS'> &
  Of<typeof import('../../src/travel/rough.ts'), 'roughProvider'>;

export const FILES = [
  'engine.ts',
  'followers.ts',
  'errands.ts',
  'loop.ts',
  'clock.ts',
  'errors.ts',
  'intervals.ts',
  'graph/graph.ts',
  'graph/failures.ts',
  'http/notifications.ts',
  'http/validation.ts',
  'bot/watching.ts',
  'bot/actions/actions.ts',
  'bot/commands/commands.ts',
  'bot/cards/nudges.ts',
  'bot/rules.ts',
  'rooms/adding.ts',
  'store/rules.ts',
  'store/webhooks.ts',
  'store/vault.ts',
  'delivery/teams-errors.ts',
  'store/people.ts',
  'store/conversations.ts',
  'store/database.ts',
  'store/migrate.ts',
  'sync/write-plan.ts',
  'nudges/agenda-prompt.ts',
  'nudges/settings.ts',
  'travel/rough.ts',
];

const NEEDED = [
  'createEngine',
  'createFollowers',
  'createErrands',
  'createLoop',
  'DatabaseClock',
  'CalendarWatchError',
  'DEFAULT_INTERVALS',
  'createGraph',
  'toFailure',
  'GraphFailure',
  'retryAfterMs',
  'receiveBody',
  'validationAnswer',
  'activate',
  'startWatching',
  'stopWatching',
  'ACTIONS',
  'answer',
  'renderNudge',
  'RENDERED_KINDS',
  'outcomeOf',
  'ensureTenant',
  'saveConversation',
  'meetPerson',
  'saveSettings',
  'saveAnswer',
  'answersOf',
  'findPerson',
  'lockPolicy',
  'savePolicy',
  'addRooms',
  'readLine',
  'keepRule',
  'changeRule',
  'rulesOf',
  'makeWebhook',
  'webhooksOf',
  'Vault',
  'types',
  'migrate',
  'replan',
  'AGENDA_SKIPPED',
  'EARLINESS_MS',
  'roughProvider',
];

/** Instead of these, all of it in one (mutants/plant.ts). */
export const BUNDLE = 'store/product.js';

export const OWN_SOURCE = resolve(import.meta.dirname, '../../src');

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function partsOf(srcRoot: string): Promise<Record<string, unknown>> {
  const bundle = join(srcRoot, BUNDLE);
  if (await isThere(bundle))
    return ((await import(pathToFileURL(bundle).href)) as { all: Record<string, unknown> }).all;
  const all: Record<string, unknown> = {};
  for (const file of FILES) {
    const path = join(srcRoot, file);
    if (await isThere(path)) Object.assign(all, await import(pathToFileURL(path).href));
  }
  return all;
}

export async function loadProduct(srcRoot = OWN_SOURCE): Promise<Product> {
  const all = await partsOf(resolve(srcRoot));
  const missing = NEEDED.filter((name) => all[name] === undefined);
  if (missing.length > 0) throw new Error(`${srcRoot} has no ${missing.join(', ')}; see test/simulation/product.ts`);
  return all as unknown as Product;
}
