/**
 * The database of row 10, as its owner: the nudges, and an audit that does not believe the fence. Each process has a
 * name at PostgreSQL (PGAPPNAME); a trigger notes who claimed which nudge and who ended or handed back which claim.
 */
import pg from 'pg';
import { chatOf, personOf, referenceOf } from './people.ts';

const AUDIT = `
  create unlogged table public.crash_step (
    seq bigint generated always as identity, tenant_id text not null, nudge_id text not null, fence bigint not null,
    who text not null, step text not null);
  create function public.crash_note_step() returns trigger language plpgsql security definer as $$
  begin
    insert into public.crash_step (tenant_id, nudge_id, fence, who, step) values (new.tenant_id, new.nudge_id, new.fence,
      current_setting('application_name'), case when new.fence > old.fence then 'claimed' else new.state end);
    return null;
  end $$;
  create trigger crash_note_step after update on cw.nudge
    for each row when (new.fence > old.fence or new.state <> old.state) execute function public.crash_note_step();`;

const STEP = 5_000;

export interface Verdict {
  sent: number;
  /** Not said again, because it may have arrived. */
  unknown: number;
  /** In any other state. */
  notSent: number;
  /** Nudges that went into the state "sent" more than once. */
  completedTwice: number;
  /** Claims that were ended or handed back by another process than the one that held them. */
  staleAccepted: number;
  claims: number;
  /** Claims whose outcome nobody knew. */
  ambiguous: number;
}

export class Ledger {
  readonly pool: pg.Pool;

  constructor(ownerUrl: string) {
    this.pool = new pg.Pool({ connectionString: ownerUrl, max: 2 });
    this.pool.on('error', () => undefined);
  }

  async fill(nudges: number, serviceUrl: string): Promise<void> {
    for (let from = 0; from < nudges; from += STEP) {
      const people = Array.from({ length: Math.min(STEP, nudges - from) }, (_, index) => personOf(from + index));
      const rows = people.map((person) => ({
        tenant: person.tenantId,
        person: person.oid,
        chat: chatOf(person),
        reference: referenceOf(person, serviceUrl),
      }));
      await this.pool.query(
        `with given as materialized (
           select * from jsonb_to_recordset($1::jsonb) as g (tenant text, person text, chat text, reference jsonb)
         ), tenants as (
           insert into cw.tenant (tenant_id, first_seen_at, pace_at) select distinct tenant, now(), now() from given
           on conflict do nothing
         ), chats as (
           insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
           select tenant, chat, 'personal', reference, now() from given
         )
         insert into cw.person (tenant_id, person_id, conversation_id, watch, watch_since, seen_at)
         select tenant, person, chat, 'on', now(), now() from given`,
        [JSON.stringify(rows)],
      );
    }
    await this.pool.query('analyze');
    await this.pool.query(AUDIT);
  }

  /** One a person, all due now. */
  async makeDue(): Promise<void> {
    await this.pool.query(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select tenant_id, 'crash.' || person_id, person_id, person_id, 'reconnect', '', now(), 0, now(), now(),
         now() + interval '1 day', '{}', 'crash', now(), 'planned', now() from cw.person`,
    );
    await this.pool.query('analyze cw.nudge');
  }

  async open(): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>(
      `select count(*)::int as n from cw.nudge where state in ('planned', 'claimed')`,
    );
    return rows[0]?.n ?? Number.NaN;
  }

  /** How many claims this process holds that have not run out yet. */
  async heldBy(who: string): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>(
      `select count(*)::int as n from cw.nudge n where state = 'claimed' and exists (select from public.crash_step s
         where s.who = $1 and s.step = 'claimed' and s.tenant_id = n.tenant_id and s.nudge_id = n.nudge_id
         and s.fence = n.fence)`,
      [who],
    );
    return rows[0]?.n ?? Number.NaN;
  }

  async judge(): Promise<Verdict> {
    const { rows } = await this.pool.query<Verdict>(
      `with steps as (
         select tenant_id, nudge_id, who, step,
           lag(step) over turn as step_before,
           max(seq) filter (where step = 'claimed') over turn as claim
         from public.crash_step window turn as (partition by tenant_id, nudge_id order by seq)
       ), twice as (
         select from public.crash_step where step = 'sent' group by tenant_id, nudge_id having count(*) > 1
       )
       select
         (select count(*)::int from cw.nudge where state = 'sent') as "sent",
         (select count(*)::int from cw.nudge where state = 'unknown') as "unknown",
         (select count(*)::int from cw.nudge where state not in ('sent', 'unknown')) as "notSent",
         (select count(*)::int from twice) as "completedTwice",
         (select count(*)::int from steps s left join public.crash_step c on c.seq = s.claim
          where s.step <> 'claimed' and (s.step_before <> 'claimed' or c.who is distinct from s.who)) as "staleAccepted",
         (select count(*)::int from steps where step = 'claimed') as "claims",
         (select coalesce(sum(ambiguous), 0)::int from cw.nudge) as "ambiguous"`,
    );
    if (!rows[0]) throw new Error('no verdict');
    return rows[0];
  }

  /** For each of these chats, how many of its deliveries may have been unknown to us. */
  async ambiguousOf(chats: string[]): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ chat: string; ambiguous: number }>(
      `select p.conversation_id as chat, n.ambiguous from cw.nudge n
       join cw.person p on p.tenant_id = n.tenant_id and p.person_id = n.person_id
       where p.conversation_id = any ($1)`,
      [chats],
    );
    return new Map(rows.map((row) => [row.chat, row.ambiguous]));
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
