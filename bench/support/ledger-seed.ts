/**
 * A ledger full of reminders, made by the product's own plan once and then copied in SQL with other ids and times: people
 * with a chat and a mailbox, the meeting in the replica, the nudge. Nobody's calendar is read: no mailbox is due, no plan
 * is made anew, so Graph is never called.
 */
import pg from 'pg';
import { isSame } from '../../src/calendar/same.ts';
import { HOUR_MS } from '../../src/clock.ts';
import { createLog } from '../../src/log.ts';
import type { PlanInput } from '../../src/nudges/nudge.ts';
import type { PlannedNudge } from '../../src/nudges/plan.ts';
import { EARLINESS_MS } from '../../src/nudges/settings.ts';
import { types } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open.ts';
import { CHAT_FILLER, MARK, MARK_DIGITS } from './crowd.ts';
import { exampleEvent, LEAD_MS, plannedFor, SETTINGS, ZONE } from './ledger-example.ts';

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
  /** Default: the 8 minutes before, as the plan says. */
  earliestAt?: number;
  /** Default: the start of the meeting, 10 minutes after `dueAt`. */
  deadlineAt?: number;
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

  /** A meeting and its reminder for each; the first is compared with what the product would plan. */
  async nudges(given: SeedNudges): Promise<{ first: number; count: number }> {
    const { from = 0, to = this.crowd.people, firstNudge = from, dueAt } = given;
    const startAt = dueAt + LEAD_MS;
    const example = exampleEvent(firstNudge, startAt);
    const planned = plannedFor('person', example, dueAt - EARLINESS_MS - HOUR_MS);
    const tenant = tenantSql(this.crowd.tenants);
    const all = `(select i, i - ${from} + ${firstNudge} as m from generate_series(${from}, ${to - 1}) as i) crowd`;
    const start = `to_timestamp(${startAt} / 1000.0)`;
    await this.query(
      `insert into cw.event (tenant_id, mailbox_id, event_id, calendar_id, type, start_at, end_at, data)
       select ${tenant}, ${PERSON}, ${EVENT}, '', 'single', ${start}, ${start} + interval '30 minutes',
         $1::jsonb || jsonb_build_object('id', ${EVENT}, 'subject', ${SUBJECT}) from ${all}`,
      [JSON.stringify(example)],
    );
    const identity = `${PERSON} || '|' || ${EVENT} || '|${startAt}|reminder|${LEAD_MS}|'`;
    const hash = `translate(encode(sha256(convert_to(${identity}, 'UTF8')), 'base64'), '+/', '-_')`;
    await this.query(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select ${tenant}, 'reminder.' || left(${hash}, 22), ${PERSON}, ${PERSON}, 'reminder', ${EVENT}, ${start}, ${LEAD_MS},
         to_timestamp($1 / 1000.0), to_timestamp($2 / 1000.0), to_timestamp($3 / 1000.0),
         $4::jsonb || jsonb_build_object('subject', ${SUBJECT}), gen_random_uuid()::text, now(), 'planned',
         to_timestamp($2 / 1000.0) from ${all}`,
      [
        given.earliestAt ?? dueAt - EARLINESS_MS,
        dueAt,
        given.deadlineAt ?? planned.deadlineAt,
        JSON.stringify(planned.facts),
      ],
    );
    await this.query('analyze cw.nudge, cw.event');
    await this.compare(given, planned);
    return { first: firstNudge, count: to - from };
  }

  /** A ledger that the product would not have written measures another product. */
  private async compare(given: SeedNudges, example: PlannedNudge): Promise<void> {
    const [row] = await this.query<{ personId: string; nudgeId: string; facts: object; data: object; times: object }>(
      `select n.person_id as "personId", n.nudge_id as "nudgeId", n.facts, e.data,
         jsonb_build_object('e', extract(epoch from earliest_at) * 1000, 'd', extract(epoch from deadline_at) * 1000) as times
       from cw.nudge n join cw.event e using (tenant_id, mailbox_id, event_id) where event_id = $1`,
      [example.eventId],
    );
    const event = row?.data as PlanInput['events'][number] | undefined;
    if (!row || !event) throw new Error('the seeded nudge has no meeting');
    const wanted = plannedFor(row.personId, event, given.dueAt - EARLINESS_MS - HOUR_MS);
    const times = { e: given.earliestAt ?? wanted.earliestAt, d: given.deadlineAt ?? wanted.deadlineAt };
    const isRight = wanted.nudgeId === row.nudgeId && isSame(wanted.facts, row.facts) && isSame(times, row.times);
    if (!isRight || wanted.dueAt !== given.dueAt) throw new Error('the seeded nudge is not the one of the plan');
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
