/** People, their chats, their places and what they answered. */
import type { NamedPlace } from '../calendar/event.ts';
import type { WorkingHours } from '../calendar/working-hours.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import type { Answer, Span } from '../nudges/nudge.ts';
import { readPolicy, readSettings, type Settings, type TenantPolicy } from '../nudges/settings.ts';
import { wakeCards } from './cards.ts';
import { at, type Sql } from './database.ts';

export interface Person {
  tenantId: string;
  personId: string;
  conversationId: string | null;
  locale: string;
  /** IANA */
  timeZone: string;
  watch: 'off' | 'on' | 'reconnect';
  watchSince: number | null;
  isAdmin: boolean;
  settings: unknown;
  /** Of their tenant: what the admin chose for all (nudges/settings.ts). */
  policy: unknown;
  workingHours: WorkingHours | null;
  away: Span | null;
  /** In other people's invitations; lower case. */
  address: string | null;
  welcomedAt: number | null;
  /** A room has a mailbox that is watched, and nothing else of a person. */
  kind: 'person' | 'room';
}

/** A stored conversation reference: all that is needed to speak first. */
export interface StoredConversation {
  conversationId: string;
  kind: 'personal' | 'groupChat' | 'channel';
  reference: Record<string, unknown>;
  seenAt: number;
}

const PERSON = `tenant_id as "tenantId", person_id as "personId", conversation_id as "conversationId", locale,
  time_zone as "timeZone", watch, watch_since as "watchSince", is_admin as "isAdmin", settings,
  (select t.policy from cw.tenant t where t.tenant_id = person.tenant_id) as policy,
  working_hours as "workingHours", away, address, welcomed_at as "welcomedAt", kind`;

/** What counts for this person: their choices over their admin's. */
export const settingsOf = (person: Pick<Person, 'settings' | 'policy'>): Settings =>
  readSettings(person.settings, readPolicy(person.policy));

export async function findPerson(sql: Sql, tenantId: string, personId: string): Promise<Person | undefined> {
  const [row] = await sql.query<Person>(`select ${PERSON} from cw.person where tenant_id = $1 and person_id = $2`, [
    tenantId,
    personId,
  ]);
  return row;
}

/** The row stays locked until the transaction ends: plans of one person are written one after the other. */
export async function lockPerson(sql: Sql, tenantId: string, personId: string): Promise<Person | undefined> {
  const [row] = await sql.query<Person>(
    `select ${PERSON} from cw.person where tenant_id = $1 and person_id = $2 for no key update`,
    [tenantId, personId],
  );
  return row;
}

export async function ensureTenant(sql: Sql, tenantId: string, now: number): Promise<void> {
  await sql.query(
    'insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, $2, $2) on conflict (tenant_id) do nothing',
    [tenantId, at(now)],
  );
}

/** Keeps the chat's newest reference; the service address may differ from one message to the next. */
export async function saveConversation(
  sql: Sql,
  tenantId: string,
  conversation: Omit<StoredConversation, 'seenAt'>,
  now: number,
): Promise<void> {
  await sql.query(
    `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, conversation_id) do update set kind = $3, reference = $4, seen_at = $5`,
    [tenantId, conversation.conversationId, conversation.kind, JSON.stringify(conversation.reference), at(now)],
  );
}

export async function findConversation(
  sql: Sql,
  tenantId: string,
  conversationId: string,
): Promise<StoredConversation | undefined> {
  const [row] = await sql.query<StoredConversation>(
    `select conversation_id as "conversationId", kind, reference, seen_at as "seenAt" from cw.conversation
     where tenant_id = $1 and conversation_id = $2`,
    [tenantId, conversationId],
  );
  return row;
}

/** The bot was removed or the chat is gone: nobody is pointed at it any more. */
export async function dropConversation(
  sql: Sql,
  tenantId: string,
  conversationId: string,
  /** As it was read: one that was renewed since is kept. */
  seenAt?: number,
): Promise<void> {
  await sql.query(
    `delete from cw.conversation where tenant_id = $1 and conversation_id = $2
       and ($3::timestamptz is null or seen_at <= $3)`,
    [tenantId, conversationId, at(seenAt)],
  );
}

export interface Meeting {
  tenantId: string;
  personId: string;
  conversationId: string;
  locale: string;
  /** IANA; what their device says. */
  deviceTimeZone?: string;
}

/**
 * Somebody speaks in their personal chat: from now on that chat leads to them. Returns the person as stored. Zone and
 * language of their device serve until they sign in; then what they set in Outlook does (saveProfile).
 */
export async function meetPerson(sql: Sql, meeting: Meeting, now: number): Promise<Person> {
  const [row] = await sql.query<Person>(
    `insert into cw.person (tenant_id, person_id, conversation_id, locale, time_zone, seen_at)
     values ($1, $2, $3, $4, coalesce($5, 'UTC'), $6)
     on conflict (tenant_id, person_id) do update set conversation_id = $3, seen_at = $6
     returning ${PERSON}`,
    [
      meeting.tenantId,
      meeting.personId,
      meeting.conversationId,
      meeting.locale,
      meeting.deviceTimeZone ?? null,
      at(now),
    ],
  );
  if (!row) throw new Error('insert returned no row');
  await wakeHeld(sql, meeting.tenantId, meeting.personId, now);
  await wakeCards(sql, meeting.tenantId, meeting.personId, now);
  return row;
}

/** There is a chat: what waited for one is due now. A statement of its own, to see what was held until a moment ago. */
async function wakeHeld(sql: Sql, tenantId: string, personId: string, now: number): Promise<void> {
  await sql.query(
    `update cw.nudge set held = false, send_at = $3
     where tenant_id = $1 and person_id = $2 and held and state = 'planned' and send_at > $3`,
    [tenantId, personId, at(now)],
  );
}

/** True for the one caller that is to welcome this person; two install events give one welcome. */
export async function claimWelcome(sql: Sql, tenantId: string, personId: string, now: number): Promise<boolean> {
  const rows = await sql.query(
    `update cw.person set welcomed_at = $3 where tenant_id = $1 and person_id = $2 and welcomed_at is null
     returning person_id`,
    [tenantId, personId, at(now)],
  );
  return rows.length > 0;
}

/** They removed the app: the next installation is greeted again, and by its own welcome alone. */
export async function forgetWelcome(sql: Sql, tenantId: string, personId: string, now: number): Promise<void> {
  await sql.query('update cw.person set welcomed_at = null where tenant_id = $1 and person_id = $2', [
    tenantId,
    personId,
  ]);
  await sql.query(
    `update cw.nudge set wanted = false, state = case when state = 'planned' then 'withdrawn' else state end,
       reason = 'the app was removed', ended_at = case when state = 'planned' then $3::timestamptz end
     where tenant_id = $1 and person_id = $2 and kind = 'welcome' and state in ('planned', 'claimed')`,
    [tenantId, personId, at(now)],
  );
}

export async function setWatch(
  sql: Sql,
  tenantId: string,
  personId: string,
  watch: Person['watch'],
  since: number | null,
): Promise<void> {
  // Whoever is watched is here: a removal of the bot, or the rest of a forgetting, is over.
  await sql.query(
    `update cw.person set watch = $3, watch_since = $4,
       uninstalled_at = case when $3 = 'off' then uninstalled_at end,
       forgetting_at = case when $3 = 'off' then forgetting_at end
     where tenant_id = $1 and person_id = $2`,
    [tenantId, personId, watch, at(since)],
  );
}

export async function saveProfile(
  sql: Sql,
  tenantId: string,
  personId: string,
  profile: {
    timeZone: string;
    locale: string;
    isAdmin: boolean;
    /** This and the next: undefined keeps what is known. */
    workingHours?: WorkingHours;
    /** Null: automatic replies are off. */
    away?: Span | null;
  },
): Promise<void> {
  const { timeZone, locale, isAdmin, workingHours, away } = profile;
  await sql.query(
    `update cw.person set time_zone = $3, locale = $4, is_admin = $5, working_hours = coalesce($6::jsonb, working_hours),
       away = case when $7 then $8::jsonb else away end
     where tenant_id = $1 and person_id = $2`,
    [
      tenantId,
      personId,
      timeZone,
      locale,
      isAdmin,
      workingHours ? JSON.stringify(workingHours) : null,
      away !== undefined,
      away ? JSON.stringify(away) : null,
    ],
  );
}

export async function setAdmin(sql: Sql, tenantId: string, personId: string, isAdmin: boolean): Promise<void> {
  await sql.query('update cw.person set is_admin = $3 where tenant_id = $1 and person_id = $2', [
    tenantId,
    personId,
    isAdmin,
  ]);
}

/** Entra says so with a sign-in that still counts: not of who has signed out, or is being forgotten. */
export async function noteAdmin(sql: Sql, tenantId: string, personId: string): Promise<void> {
  await sql.query(
    `update cw.person p set is_admin = true where p.tenant_id = $1 and p.person_id = $2 and not p.is_admin
       and p.forgetting_at is null
       and exists (select from cw.token_cache c where c.tenant_id = $1 and c.person_id = $2)`,
    [tenantId, personId],
  );
}

export async function saveSettings(sql: Sql, tenantId: string, personId: string, settings: object): Promise<void> {
  await sql.query('update cw.person set settings = settings || $3::jsonb where tenant_id = $1 and person_id = $2', [
    tenantId,
    personId,
    JSON.stringify(settings),
  ]);
}

/** What the admin chose for all; nobody else changes it until the transaction ends. */
export async function lockPolicy(sql: Sql, tenantId: string): Promise<TenantPolicy> {
  const [row] = await sql.query<{ policy: unknown }>(
    'select policy from cw.tenant where tenant_id = $1 for no key update',
    [tenantId],
  );
  return readPolicy(row?.policy);
}

export async function policyOf(sql: Sql, tenantId: string): Promise<TenantPolicy> {
  const [row] = await sql.query<{ policy: unknown }>('select policy from cw.tenant where tenant_id = $1', [tenantId]);
  return readPolicy(row?.policy);
}

export async function savePolicy(sql: Sql, tenantId: string, policy: TenantPolicy): Promise<void> {
  await sql.query('update cw.tenant set policy = $2::jsonb where tenant_id = $1', [tenantId, JSON.stringify(policy)]);
}

/**
 * Everybody who is watched gets a new plan: ten a second, and none later than ten minutes from `now`. Returns how many
 * they are.
 */
export async function replanTenant(sql: Sql, tenantId: string, now: number): Promise<number> {
  const rows = await sql.query(
    // In the order of their keys, as everybody who locks more than one.
    `with ordered as materialized (
       select person_id, row_number() over (order by person_id) - 1 as place, count(*) over () as people
       from (select person_id from cw.person where tenant_id = $1 and watch <> 'off' order by person_id
         for no key update) watched)
     update cw.person p set replan_at =
       least(p.replan_at, $2::timestamptz + o.place * least(interval '100 milliseconds', interval '10 minutes' / o.people))
     from ordered o where p.tenant_id = $1 and p.person_id = o.person_id returning p.person_id`,
    [tenantId, at(now)],
  );
  return rows.length;
}

export async function savePlace(
  sql: Sql,
  tenantId: string,
  personId: string,
  name: string,
  place: NamedPlace,
): Promise<void> {
  await sql.query(
    `insert into cw.place (tenant_id, person_id, name, label, latitude, longitude) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, person_id, name) do update set label = $4, latitude = $5, longitude = $6`,
    [tenantId, personId, name, place.label, place.latitude, place.longitude],
  );
}

/** False when there was none of that name. */
export async function forgetPlace(sql: Sql, tenantId: string, personId: string, name: string): Promise<boolean> {
  const rows = await sql.query(
    'delete from cw.place where tenant_id = $1 and person_id = $2 and name = $3 returning name',
    [tenantId, personId, name],
  );
  return rows.length > 0;
}

export async function placesOf(sql: Sql, tenantId: string, personId: string): Promise<Record<string, NamedPlace>> {
  const rows = await sql.query<NamedPlace & { name: string }>(
    `select name, label, latitude, longitude from cw.place where tenant_id = $1 and person_id = $2
     order by name, person_id limit 100`,
    [tenantId, personId],
  );
  return Object.fromEntries(rows.map(({ name, ...place }) => [name, place]));
}

export async function findPlace(
  sql: Sql,
  tenantId: string,
  personId: string,
  name: string,
): Promise<NamedPlace | undefined> {
  const [row] = await sql.query<NamedPlace>(
    'select label, latitude, longitude from cw.place where tenant_id = $1 and person_id = $2 and name = $3',
    [tenantId, personId, name],
  );
  return row;
}

export async function saveAnswer(
  sql: Sql,
  tenantId: string,
  personId: string,
  answer: Omit<Answer, 'answeredAt'>,
  now: number,
): Promise<void> {
  await sql.query(
    `insert into cw.answer (tenant_id, person_id, kind, event_id, value, answered_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, person_id, kind, event_id) do update set value = $5, answered_at = $6`,
    [tenantId, personId, answer.kind, answer.eventId, JSON.stringify(answer.value), at(now)],
  );
}

export async function answersOf(sql: Sql, tenantId: string, personId: string): Promise<Answer[]> {
  return sql.query<Answer>(
    `select kind, event_id as "eventId", value, answered_at as "answeredAt" from cw.answer where tenant_id = $1 and person_id = $2
     order by answered_at desc, kind, event_id limit 5000`,
    [tenantId, personId],
  );
}

/** What was answered about a single meeting, and about a series that is not in sight any more. */
const ANSWER_KEPT_MS = 30 * DAY_MS;
const SERIES_ANSWER_KEPT_MS = 400 * DAY_MS;

/** Forgets answers about meetings that are long over. Returns how many. */
export async function pruneAnswers(
  system: Sql,
  most: number,
  now: number,
  keepMs: number = ANSWER_KEPT_MS,
): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_answers($1, $2, $3) as pruned', [
    most,
    at(now - keepMs),
    at(now - Math.max(SERIES_ANSWER_KEPT_MS, keepMs)),
  ]);
  return row?.pruned ?? 0;
}

const MOST_COLLEAGUES = 500;

/** Which of these addresses (lower case) belong to people of the tenant whose calendars are watched; rooms are no people. */
export async function watchingAmong(sql: Sql, tenantId: string, addresses: string[]): Promise<Set<string>> {
  if (addresses.length === 0) return new Set();
  const rows = await sql.query<{ address: string }>(
    `select address from cw.person where tenant_id = $1 and address = any ($2) and watch = 'on'
       and kind = 'person' order by address, person_id limit ${MOST_COLLEAGUES}`,
    [tenantId, addresses.slice(0, MOST_COLLEAGUES)],
  );
  return new Set(rows.map((row) => row.address));
}

/** Who watches their calendar under this address (lower case); a room is nobody. */
export async function findByAddress(sql: Sql, tenantId: string, address: string): Promise<Person | undefined> {
  const [row] = await sql.query<Person>(
    `select ${PERSON} from cw.person where tenant_id = $1 and address = $2 and watch = 'on' and kind = 'person'
     order by person_id limit 1`,
    [tenantId, address],
  );
  return row;
}

const MOST_ADDRESSES = 500;

/** Whoever has a chat with the bot, watched or not. Where two claim one address, nobody is said to have it. */
export async function findPeopleByAddress(sql: Sql, tenantId: string, addresses: string[]): Promise<Person[]> {
  if (addresses.length === 0) return [];
  const rows = await sql.query<Person>(
    `select ${PERSON} from cw.person where tenant_id = $1 and address = any ($2) and conversation_id is not null
       and kind = 'person' order by address, person_id limit ${2 * MOST_ADDRESSES}`,
    [tenantId, addresses.slice(0, MOST_ADDRESSES)],
  );
  const claims = new Map<string | null, number>();
  for (const { address } of rows) claims.set(address, (claims.get(address) ?? 0) + 1);
  return rows.filter(({ address }) => claims.get(address) === 1);
}

/** @param address lower case; `isGuess`: taken where nothing is known yet */
export async function saveAddress(
  sql: Sql,
  tenantId: string,
  personId: string,
  address: string,
  isGuess = false,
): Promise<void> {
  await sql.query(
    `update cw.person set address = $3 where tenant_id = $1 and person_id = $2 and address is distinct from $3
       and not ($4 and address is not null)`,
    [tenantId, personId, address, isGuess],
  );
}

/** What a person answered to one question, if anything. */
export async function findAnswer(
  sql: Sql,
  tenantId: string,
  personId: string,
  kind: string,
  eventId: string,
): Promise<Answer | undefined> {
  const [row] = await sql.query<Answer>(
    `select kind, event_id as "eventId", value, answered_at as "answeredAt" from cw.answer
     where tenant_id = $1 and person_id = $2 and kind = $3 and event_id = $4`,
    [tenantId, personId, kind, eventId],
  );
  return row;
}

/** Answers that only served for a while, so that no plan has to read them for ever. */
export async function forgetAnswers(
  sql: Sql,
  tenantId: string,
  personId: string,
  kind: string,
  before: number,
): Promise<void> {
  await sql.query('delete from cw.answer where tenant_id = $1 and person_id = $2 and kind = $3 and answered_at < $4', [
    tenantId,
    personId,
    kind,
    at(before),
  ]);
}

/** No lease of a claim lasts longer. */
const CLAIMED_MS = 5 * MINUTE_MS;

/**
 * When the plan asked to be made anew; null: it did not. A time that is nearer already is left: one plan too many does no
 * harm, and the row is not written with every read of a calendar.
 */
/**
 * A plan is owed from now on. Whoever changes what it depends on says so in the same transaction: a process that ends
 * before it has planned leaves no answer without effect. Takes the person's row, so it comes first.
 */
export async function oweReplan(sql: Sql, tenantId: string, personId: string, now: number): Promise<void> {
  await sql.query(
    `update cw.person set replan_at = $3 where tenant_id = $1 and person_id = $2
       and (replan_at is null or replan_at > $3)`,
    [tenantId, personId, at(now)],
  );
}

export async function setReplan(
  sql: Sql,
  tenantId: string,
  personId: string,
  replanAt: number | null,
  now: number,
): Promise<void> {
  await sql.query(
    `update cw.person set replan_at = $3 where tenant_id = $1 and person_id = $2 and replan_at is distinct from $3
       and ($3::timestamptz is null or replan_at is null or replan_at > $3 or replan_at <= $4)`,
    [tenantId, personId, at(replanAt), at(now + CLAIMED_MS)],
  );
}

export interface ReplanLease {
  tenantId: string;
  personId: string;
}

export async function claimReplans(system: Sql, most: number, leaseMs: number, now: number): Promise<ReplanLease[]> {
  return system.query<ReplanLease>(
    'select tenant_id as "tenantId", person_id as "personId" from cw.claim_replans($1, $2, $3)',
    [most, leaseMs, at(now)],
  );
}
