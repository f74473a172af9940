/** A person's other ways: addresses are told, confirmed by a code, stopped and forgotten here, whoever asked. */
import { MINUTE_MS } from '../clock.ts';
import type { OtherWay, Words } from '../delivery/ways/port.ts';
import type { OtherWayName, Settings } from '../nudges/settings.ts';
import type { Database, Sql } from '../store/database.ts';
import type { Person } from '../store/people.ts';
import {
  beginWay,
  CODE_LIFE_MS,
  type Confirmation,
  confirmWay,
  countCodes,
  isUsable,
  MOST_TRIES,
  removeWay,
  type StoredWay,
  stopWay,
  type TooMany,
  waysOf,
} from '../store/ways.ts';
import { settingsNow } from './choosing.ts';
import type { Services, Turn } from './services.ts';

type Who = Pick<Turn, 'tenantId' | 'personId'>;

/** How it stands with one way of a person. */
export type WayState =
  | 'forbidden'
  | 'notSetUp'
  | 'noAddress'
  /** A code is under way. */
  | 'waiting'
  /** The code is too old, or too many wrong ones were typed. */
  | 'unconfirmed'
  | 'stopped'
  | 'confirmed';

export interface Ways {
  person: Person;
  settings: Settings;
  known: Partial<Record<OtherWayName, StoredWay>>;
  state: Record<OtherWayName, WayState>;
}

function stateOf(services: Services, settings: Settings, way: OtherWayName, one: StoredWay | undefined): WayState {
  if (settings.forbiddenWays.includes(way)) return 'forbidden';
  if (!services.ways[way]) return 'notSetUp';
  if (!one) return 'noAddress';
  if (isUsable(one)) return 'confirmed';
  const isWaiting = one.codeUntil !== null && one.codeUntil > services.clock.now() && one.codeTries < MOST_TRIES;
  if (isWaiting) return 'waiting';
  return one.stoppedAt === null ? 'unconfirmed' : 'stopped';
}

/** Undefined for who never spoke to the bot. */
export async function waysNow(services: Services, who: Who): Promise<Ways | undefined> {
  const { tenantId, personId } = who;
  const found = await settingsNow(services, who);
  if (!found) return undefined;
  const all = await services.database.inTenant(tenantId, (sql) => waysOf(sql, tenantId, personId));
  const known = Object.fromEntries(all.map((one) => [one.way, one])) as Ways['known'];
  const state = (way: OtherWayName) => stateOf(services, found.settings, way, known[way]);
  return { ...found, known, state: { email: state('email'), sms: state('sms') } };
}

export type CodeSent =
  | { kind: 'sent'; address: string }
  /** It is confirmed already, and not stopped. */
  | { kind: 'known'; address: string }
  | { kind: 'tooMany'; of: TooMany }
  /** `reason`: as in the ledger. */
  | { kind: 'refused'; reason: string }
  | { kind: 'notNow'; isInDoubt: boolean };

const codeMessage = (code: string): Words => ({
  subject: 'Your code for Calendar Watch',
  text:
    // One SMS: no more than 160 of the letters that GSM knows.
    `${code} is your code for Calendar Watch. Type it in your chat with it in Teams within ` +
    `${CODE_LIFE_MS / MINUTE_MS} minutes. If you did not ask for it, ignore this.`,
});

class TakeBack extends Error {
  constructor(readonly of: TooMany) {
    super('too many codes');
  }
}

/** Counted and stored before it is sent. One that is over a limit leaves everything as it was, the counts too. */
async function storeCode(
  database: Database,
  who: Who,
  work: (sql: Sql) => Promise<TooMany | StoredWay>,
): Promise<StoredWay | TooMany> {
  try {
    return await database.inTenant(who.tenantId, async (sql) => {
      const done = await work(sql);
      if (typeof done === 'string') throw new TakeBack(done);
      return done;
    });
  } catch (error) {
    if (error instanceof TakeBack) return error.of;
    throw error;
  }
}

/** What a provider throws may quote the address, so that it goes nowhere. */
async function sendCode(provider: OtherWay, who: Who, stored: StoredWay, code: string) {
  const { address, stopToken } = stored;
  try {
    return await provider.send({ ...who, address, stopToken }, codeMessage(code));
  } catch {
    return { kind: 'retry', reason: 'the provider failed', ambiguous: true } as const;
  }
}

/** Sends a code to this address, which becomes the person's. */
export async function askForCode(
  services: Services,
  turn: Who,
  provider: OtherWay,
  address: string,
): Promise<CodeSent> {
  const { tenantId, personId } = turn;
  const who = { tenantId, personId };
  const way = provider.name;
  const now = services.clock.now();
  const code = services.newCode();
  const before = await services.database.inTenant(tenantId, (sql) => waysOf(sql, tenantId, personId));
  if (before.some((one) => one.way === way && one.address === address && isUsable(one)))
    return { kind: 'known', address };
  const stored = await storeCode(services.database, who, async (sql) => {
    const tooMany = await countCodes(sql, who, { way, address }, now);
    return tooMany ?? beginWay(sql, who, { way, address, stopToken: services.newId(), code }, now);
  });
  if (typeof stored === 'string') {
    services.log.warn({ ...who, way, of: stored }, 'a code was not sent, there were enough of them');
    return { kind: 'tooMany', of: stored };
  }
  const outcome = await sendCode(provider, who, stored, code);
  const reason = outcome.kind === 'sent' ? undefined : outcome.reason;
  services.log.info({ ...who, way, provider: provider.provider, outcome: outcome.kind, reason }, 'a code was sent');
  if (outcome.kind === 'sent') return { kind: 'sent', address };
  return outcome.kind === 'stop'
    ? { kind: 'refused', reason: outcome.reason }
    : { kind: 'notNow', isInDoubt: outcome.ambiguous };
}

export async function enterCode(services: Services, turn: Who, code: string): Promise<Confirmation> {
  const { tenantId, personId } = turn;
  const now = services.clock.now();
  const came = await services.database.inTenant(tenantId, (sql) => confirmWay(sql, { tenantId, personId }, code, now));
  services.log.info({ tenantId, personId, came: came.kind }, 'a code was typed');
  return came;
}

/** False when there is no address of the kind. */
export function stop(services: Services, { tenantId, personId }: Who, way: OtherWayName): Promise<boolean> {
  const now = services.clock.now();
  return services.database.inTenant(tenantId, (sql) => stopWay(sql, { tenantId, personId }, way, now));
}

export function forget(services: Services, { tenantId, personId }: Who, way: OtherWayName): Promise<boolean> {
  return services.database.inTenant(tenantId, (sql) => removeWay(sql, { tenantId, personId }, way));
}
