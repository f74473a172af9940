/**
 * A PostgreSQL full of planned reminders, to time what delivery asks of it: one look of cw.spread_storms, and the three
 * statements of a send with nobody between them. Rows are as large as the product's own.
 */
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrate.ts';
import { APP_ROLE } from '../../src/store/open.ts';

const KINDS = ['reminder'];
const STEP = 10_000;

/** What a card of a meeting says, in bytes about what the product keeps. */
const FACTS = JSON.stringify({
  subject: 'Weekly review of what was promised and what became of it',
  startAt: 1_800_000_000_000,
  endAt: 1_800_001_800_000,
  place: 'Room 4.12',
  joinUrl: `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${'M'.repeat(64)}%40thread.v2/0`,
  webLink: `https://outlook.office365.com/owa/?itemid=${'A'.repeat(120)}&exvsurl=1&path=/calendar/item`,
  organizer: 'Somebody Else',
  isOrganizer: false,
  others: ['Person One', 'Person Two', 'Person Three', 'Person Four'],
  othersCount: 7,
  agenda: [],
  isSeries: true,
  response: 'accepted',
  accepted: 3,
});

export class ScaleDatabase {
  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly client: pg.Client,
  ) {}

  static async start(dataDir: string): Promise<ScaleDatabase> {
    const postgres = await startEmbedded({ dataDir, log: createLog('warn') });
    const appPassword = postgres.appPassword;
    await migrate({ ownerUrl: postgres.ownerUrl, appRole: APP_ROLE, appPassword });
    // As the product connects: definer functions change the role as they do there.
    const client = new pg.Client({ connectionString: postgres.urlFor(APP_ROLE, appPassword) });
    const owner = new pg.Client({ connectionString: postgres.ownerUrl });
    await Promise.all([client.connect(), owner.connect()]);
    const made = new ScaleDatabase(postgres, client);
    made.owner = owner;
    return made;
  }

  private owner!: pg.Client;

  /** `people` more, spread over the tenants, each with a chat. */
  async settle(people: number, tenants: number): Promise<void> {
    await this.owner.query(
      `insert into cw.tenant (tenant_id, first_seen_at, pace_at)
       select 'be5c0000-0000-4000-8000-' || lpad(to_hex(t), 12, '0'), now(), now() from generate_series(0, $1 - 1) t
       on conflict do nothing`,
      [tenants],
    );
    for (let from = 0; from < people; from += STEP)
      await this.owner.query(
        `with one as (
           select 'be5c0000-0000-4000-8000-' || lpad(to_hex(n % $3), 12, '0') as tenant,
             'be5c0001-0000-4000-8000-' || lpad(to_hex(n), 12, '0') as person from generate_series($1::int, $2::int - 1) n
         ), chats as (
           insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
           select tenant, 'a:1' || person || person, 'personal', jsonb_build_object('conversation',
             jsonb_build_object('id', 'a:1' || person || person, 'tenantId', tenant), 'user', jsonb_build_object('id', person,
             'aadObjectId', person), 'serviceUrl', 'https://smba.trafficmanager.net/teams/', 'channelId', 'msteams'), now()
           from one
         )
         insert into cw.person (tenant_id, person_id, conversation_id, watch, watch_since, seen_at)
         select tenant, person, 'a:1' || person || person, 'on', now(), now() from one`,
        [from, Math.min(people, from + STEP), tenants],
      );
  }

  /** One reminder a person, due in so many seconds; those of the last call are gone. */
  async plan(people: number, dueInS: number): Promise<void> {
    await this.owner.query('truncate cw.nudge cascade');
    await this.owner.query(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select tenant_id, substr(md5(person_id), 1, 24), person_id, person_id, 'reminder', 'AAMk' || repeat(md5(person_id), 4),
         due + interval '10 minutes', 600000, due - interval '8 minutes', due, due + interval '9 minutes', $3::jsonb,
         person_id, now(), 'planned', due
       from (select *, now() + $2 * interval '1 second' as due from cw.person order by person_id limit $1) p`,
      [people, dueInS, FACTS],
    );
    await this.owner.query('update cw.tenant set pace_at = now()');
    await this.owner.query('vacuum analyze cw.nudge');
  }

  /** One look, as storms.ts asks for it. */
  async look(fleetPerSecond: number): Promise<{ moved: number; ms: number }> {
    const startedAt = performance.now();
    const { rows } = await this.client.query<{ moved: number }>(
      'select cw.spread_storms($1, $2, $3, clock_timestamp()) as moved',
      [47, fleetPerSecond, 600_000],
    );
    return { moved: rows[0]?.moved ?? 0, ms: performance.now() - startedAt };
  }

  /** Claims, begins and records as one connection can, without sending; how many in `forMs`. */
  async sendAll(forMs: number): Promise<{ sent: number; claimMs: number; ms: number }> {
    const startedAt = performance.now();
    let sent = 0;
    let claimMs = 0;
    while (performance.now() - startedAt < forMs) {
      const before = performance.now();
      const { rows } = await this.client.query<{ tenant_id: string; nudge_id: string; fence: string; chat: string }>(
        'select * from cw.claim_sends(64, 30000, 48, 300, $1, clock_timestamp())',
        [KINDS],
      );
      claimMs += performance.now() - before;
      for (const { tenant_id, nudge_id, fence, chat } of rows) {
        await this.client.query('select * from cw.begin_send($1, $2, $3, 30000, clock_timestamp())', [
          tenant_id,
          nudge_id,
          fence,
        ]);
        await this.client.query(
          `select cw.record_sent($1, $2, $3, 'activity', $4, $5, clock_timestamp() + interval '1 hour', clock_timestamp())`,
          [tenant_id, nudge_id, fence, chat, FACTS],
        );
      }
      sent += rows.length;
    }
    return { sent, claimMs, ms: performance.now() - startedAt };
  }

  /** Bytes of a table with its indexes, a row. */
  async bytesEach(table: 'nudge' | 'person' | 'conversation' | 'card'): Promise<number> {
    const { rows } = await this.owner.query<{ bytes: number }>(
      `select (pg_total_relation_size('cw.${table}') / greatest(1, (select count(*) from cw.${table})))::int as bytes`,
    );
    return rows[0]?.bytes ?? Number.NaN;
  }

  async backendPid(): Promise<number> {
    const { rows } = await this.owner.query<{ pid: number }>('select pg_backend_pid() as pid');
    return rows[0]?.pid ?? Number.NaN;
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.owner.end();
    await this.postgres.stop();
  }
}
