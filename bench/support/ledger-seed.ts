/**
 * A ledger full of reminders, made by the product's own plan once and then copied in SQL with other ids and times: people
 * with a chat and a mailbox, the meeting in the replica, the nudge. Nobody's calendar is read: no mailbox is due, no plan
 * is made anew, so Graph is never called.
 */
import pg from 'pg';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { isSame } from '../../src/calendar/same.ts';
import { HOUR_MS } from '../../src/clock.ts';
import { createLog } from '../../src/log.ts';
import { EARLINESS_MS } from '../../src/nudges/settings.ts';
import { types } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open.ts';
import { CHAT_FILLER, MARK, MARK_DIGITS } from './crowd.ts';
import { eventIdOf, exampleEvent, LEAD_MS, LENGTH_MS, plannedFor, SETTINGS, ZONE } from './ledger-example.ts';

const HELD_BACK_MS = 24 * HOUR_MS;
const BOT = '28:be4e0003-0000-4000-8000-000000000001';

/** SQL over `i`, the number of a person, and `m`, that of a nudge. */
const PERSON = `('be4e0001-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))`;
const tenantSql = (tenants: number) => `('be4e0000-0000-4000-8000-' || lpad(to_hex(i % ${tenants}), 12, '0'))`;
const chatSql = (tenants: number) =>
  `('a:1t' || lpad((i % ${tenants})::text, 4, '0') || 'p' || lpad(i::text, 7, '0') || '${CHAT_FILLER}')`;
const EVENT = `('AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A' || repeat('Kx7vQ2', 14) || lpad(to_hex(m), 12, '0') || 'AAA=')`;
const SUBJECT = `('Quarterly planning ${MARK}' || lpad(m::text, ${MARK_DIGITS}, '0'))`;

export interface Crowd {
  tenants: number;
  /** Number i belongs to tenant i modulo `tenants`. */
  people: number;
}

export interface SeedNudges {
  /** People [from, to), one nudge each; default all. */
  from?: number;
  to?: number;
  /** The number of the first nudge; later ones follow. Each number only once in a ledger. */
  firstNudge?: number;
  dueAt: number;
  /** Not all at once: so many are due at `dueAt`, as many again after `everyMs`, and so on. */
  waves?: { size: number; everyMs: number };
  /** Nobody sends them before `release`. */
  isHeldBack?: boolean;
  /** Default: the 8 minutes before, as the plan says. */
  earliestAt?: number;
  /** Default: the start of the meeting, 10 minutes after `dueAt`. */
  deadlineAt?: number;
}

/** A planned nudge with its reader and their chat. */
export interface Taken {
  nudgeId: string;
  personId: string;
  kind: string;
  eventId: string;
  startAt: number;
  dueAt: number;
  facts: Record<string, unknown>;
  locale: string;
  timeZone: string;
  reference: Record<string, unknown>;
}

export class LedgerSeed {
  private readonly client: pg.Client;
  private crowd: Crowd = { tenants: 1, people: 0 };

  private constructor(ownerUrl: string) {
    this.client = new pg.Client({ connectionString: ownerUrl, types });
  }

  /** Migrates the database as the product does; `ownerUrl` is its DATABASE_URL. */
  static async open(ownerUrl: string, folder: string): Promise<LedgerSeed> {
    const store = await openStore({ database: { url: ownerUrl }, dataDir: folder }, createLog('silent'));
    await store.stop();
    const seed = new LedgerSeed(ownerUrl);
    await seed.client.connect();
    return seed;
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async query<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.client.query<T>(text, values)).rows;
  }

  async backendPid(): Promise<number> {
    const [row] = await this.query<{ pid: number }>('select pg_backend_pid() as pid');
    return row?.pid ?? Number.NaN;
  }

  /** Everybody who was there goes, with all that is theirs. */
  async people(crowd: Crowd, serviceUrl: string): Promise<void> {
    this.crowd = crowd;
    const { tenants, people } = crowd;
    const [tenant, chat] = [tenantSql(tenants), chatSql(tenants)];
    const reference = `jsonb_build_object('user', jsonb_build_object('id', '29:1' || left('${CHAT_FILLER}', 50) || i,
        'name', 'Person ' || i, 'aadObjectId', ${PERSON}), 'bot', jsonb_build_object('id', '${BOT}', 'name', 'Calendar Watch'),
      'conversation', jsonb_build_object('id', ${chat}, 'conversationType', 'personal', 'tenantId', ${tenant}),
      'channelId', 'msteams', 'locale', 'en-GB', 'serviceUrl', $1::text)`;
    const all = `generate_series(0, ${people - 1}) as i`;
    await this.query('truncate cw.tenant, cw.conversation, cw.person, cw.mailbox, cw.event, cw.nudge, cw.card cascade');
    await this.query(
      `insert into cw.tenant (tenant_id, first_seen_at, pace_at)
       select ${tenant}, now(), now() from generate_series(0, ${tenants - 1}) as i`,
    );
    await this.query(
      `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
       select ${tenant}, ${chat}, 'personal', ${reference}, now() from ${all}`,
      [serviceUrl],
    );
    await this.query(
      `insert into cw.person (tenant_id, person_id, conversation_id, time_zone, watch, watch_since, settings, welcomed_at,
         seen_at, address)
       select ${tenant}, ${PERSON}, ${chat}, '${ZONE}', 'on', now() - interval '30 days', $1::jsonb, now(), now(),
         'person' || i || '@crowd.example' from ${all}`,
      [JSON.stringify(SETTINGS)],
    );
    await this.query(
      `insert into cw.mailbox (tenant_id, mailbox_id, person_id, synced_at) select ${tenant}, ${PERSON}, ${PERSON}, now() from ${all}`,
    );
    await this.query('analyze');
  }

  /** A meeting and its reminder for each; the first and the last are compared with what the product would plan. */
  async nudges(given: SeedNudges): Promise<void> {
    const { from = 0, to = this.crowd.people, firstNudge = from, dueAt } = given;
    const startAt = dueAt + LEAD_MS;
    const example = exampleEvent(firstNudge, startAt);
    const planned = plannedFor('person', example, dueAt - EARLINESS_MS - HOUR_MS);
    const tenant = tenantSql(this.crowd.tenants);
    const all = `(select i, i - ${from} + ${firstNudge} as m from generate_series(${from}, ${to - 1}) as i) crowd`;
    const { size, everyMs } = given.waves ?? { size: to - from, everyMs: 0 };
    const later = `((i - ${from}) / ${size} * ${everyMs})`;
    const instant = (ms: number) => `to_timestamp((${ms} + ${later}) / 1000.0)`;
    const start = instant(startAt);
    const about = `jsonb_build_object('subject', ${SUBJECT}, 'startAt', ${startAt} + ${later}, 'endAt', ${startAt + LENGTH_MS} + ${later})`;
    await this.query(
      `insert into cw.event (tenant_id, mailbox_id, event_id, calendar_id, type, start_at, end_at, data)
       select ${tenant}, ${PERSON}, ${EVENT}, '', 'single', ${start}, ${instant(startAt + LENGTH_MS)},
         $1::jsonb || jsonb_build_object('id', ${EVENT}) || ${about} from ${all}`,
      [JSON.stringify(example)],
    );
    const identity = `${PERSON} || '|' || ${EVENT} || '|' || ${startAt} + ${later} || '|reminder|${LEAD_MS}|'`;
    const hash = `translate(encode(sha256(convert_to(${identity}, 'UTF8')), 'base64'), '+/', '-_')`;
    await this.query(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select ${tenant}, 'reminder.' || left(${hash}, 22), ${PERSON}, ${PERSON}, 'reminder', ${EVENT}, ${start}, ${LEAD_MS},
         ${instant(given.earliestAt ?? dueAt - EARLINESS_MS)}, ${instant(dueAt)},
         ${instant(given.deadlineAt ?? planned.deadlineAt)}, $1::jsonb || ${about}, gen_random_uuid()::text, now(), 'planned',
         ${instant(dueAt + (given.isHeldBack ? HELD_BACK_MS : 0))} from ${all}`,
      [JSON.stringify(planned.facts)],
    );
    await this.query('analyze cw.nudge, cw.event');
    await this.compare(given, firstNudge, 0);
    const last = to - from - 1;
    await this.compare(given, firstNudge + last, Math.floor(last / size) * everyMs);
  }

  /** What was held back may be sent from now on, all of it at once. */
  async release(): Promise<void> {
    await this.query(`update cw.nudge set send_at = due_at where state = 'planned'`);
  }

  /** A ledger that the product would not have written measures another product. */
  private async compare(given: SeedNudges, nudge: number, later: number): Promise<void> {
    const [row] = await this.query<{
      personId: string;
      nudgeId: string;
      facts: object;
      data: CalendarEvent;
      times: number[];
    }>(
      `select n.person_id as "personId", n.nudge_id as "nudgeId", n.facts, e.data, jsonb_build_array(
         extract(epoch from earliest_at) * 1000, extract(epoch from due_at) * 1000, extract(epoch from deadline_at) * 1000,
         extract(epoch from n.start_at) * 1000) as times
       from cw.nudge n join cw.event e using (tenant_id, mailbox_id, event_id) where event_id = $1`,
      [eventIdOf(nudge)],
    );
    if (!row) throw new Error('the seeded nudge has no meeting');
    const dueAt = given.dueAt + later;
    const wanted = plannedFor(row.personId, row.data, dueAt - EARLINESS_MS - HOUR_MS);
    const earliestAt = given.earliestAt === undefined ? wanted.earliestAt : given.earliestAt + later;
    const deadlineAt = given.deadlineAt === undefined ? wanted.deadlineAt : given.deadlineAt + later;
    const times = [earliestAt, wanted.dueAt, deadlineAt, wanted.startAt];
    const isRight = wanted.nudgeId === row.nudgeId && isSame(wanted.facts, row.facts) && isSame(times, row.times);
    if (!isRight || wanted.dueAt !== dueAt) throw new Error('the seeded nudge is not the one of the plan');
  }

  /** Takes what is planned out of the ledger again, with all that a message is made of. */
  async takeAway(): Promise<Taken[]> {
    const rows = await this.query<Taken>(
      `select n.nudge_id as "nudgeId", n.person_id as "personId", n.kind, n.event_id as "eventId", n.start_at as "startAt",
         n.due_at as "dueAt", n.facts, p.locale, p.time_zone as "timeZone", c.reference
       from cw.nudge n join cw.person p using (tenant_id, person_id)
       join cw.conversation c on c.tenant_id = p.tenant_id and c.conversation_id = p.conversation_id
       where n.state = 'planned' order by n.nudge_id`,
    );
    await this.query(`delete from cw.nudge where state = 'planned'`);
    return rows;
  }

  /** How nudges ended, and how many attempts may have arrived without our knowing. */
  async outcome(): Promise<{ states: Record<string, number>; ambiguous: number; attempts: number }> {
    const rows = await this.query<{ state: string; count: number; ambiguous: number; attempts: number }>(
      `select state, count(*)::int as count, sum(ambiguous)::int as ambiguous, sum(attempts)::int as attempts
       from cw.nudge group by state order by state`,
    );
    return {
      states: Object.fromEntries(rows.map((row) => [row.state, row.count])),
      ambiguous: rows.reduce((sum, row) => sum + row.ambiguous, 0),
      attempts: rows.reduce((sum, row) => sum + row.attempts, 0),
    };
  }

  /** Nudges that nobody has ended yet. */
  async unended(): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      `select count(*)::int as count from cw.nudge where state in ('planned', 'claimed')`,
    );
    return row?.count ?? Number.NaN;
  }

  /** Of the database, ms; nudges are due by it. */
  async now(): Promise<number> {
    const [row] = await this.query<{ now: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
    );
    return Math.round(row?.now ?? Number.NaN);
  }

  /** The nudges of a tenant or of all, by number: those that may have arrived more than once with the ledger's knowing. */
  async ambiguousNudges(): Promise<Map<number, number>> {
    const rows = await this.query<{ subject: string; ambiguous: number }>(
      `select facts ->> 'subject' as subject, ambiguous from cw.nudge where ambiguous > 0`,
    );
    return new Map(rows.map(({ subject, ambiguous }) => [Number(subject.slice(-MARK_DIGITS)), ambiguous]));
  }
}
