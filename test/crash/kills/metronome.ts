/**
 * Something that falls due every 100 ms, so that "the first claim after" is a question with an answer: nudges of people
 * who have no chat. Each is claimed once and put off for minutes. A trigger notes when PostgreSQL saw the claim.
 */
import type pg from 'pg';
import { personIdOf, tenantIdOf } from '../../../bench/support/subscriptions.ts';
import { until } from '../../support/until.ts';

const BEATS = 900;
const BEAT_MS = 100;

const INSTALL = `
  create table public.crash_claim (at timestamptz not null);
  create function public.crash_note_claim() returns trigger language plpgsql security definer as $$
  begin
    insert into public.crash_claim values (clock_timestamp());
    return null;
  end $$;
  create trigger crash_note_claim after update of fence on cw.nudge
    for each row when (new.fence > old.fence) execute function public.crash_note_claim();`;

export class Metronome {
  constructor(private readonly pool: pg.Pool) {}

  async install(): Promise<void> {
    await this.pool.query(INSTALL);
  }

  /** From now on one nudge falls due each beat, for a minute and a half. */
  async wind(): Promise<void> {
    // One after the other: together they would meet a claim, whose trigger writes here, in a deadlock.
    await this.pool.query('delete from cw.nudge');
    await this.pool.query('delete from public.crash_claim');
    const beats = Array.from({ length: BEATS }, (_, index) => index);
    await this.pool.query(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select tenant, 'beat.' || beat, person, person, 'connected', '', due, 0, due, due, due + interval '1 day', '{}',
         'beat', due, 'planned', due
       from (select tenant, person, beat, now() + beat * $4::int * interval '1 millisecond' as due
         from unnest($1::text[], $2::text[], $3::int[]) as given (tenant, person, beat)) one`,
      [beats.map(tenantIdOf), beats.map(personIdOf), beats, BEAT_MS],
    );
  }

  /** When the first claim after `since` was made, ms. */
  async firstClaimAfter(since: number, limitMs: number): Promise<number> {
    const ask = async () => {
      const { rows } = await this.pool.query<{ at: number | null }>(
        'select (extract(epoch from min(at)) * 1000)::float8 as at from public.crash_claim where at > $1',
        [new Date(since)],
      );
      return rows[0]?.at ?? undefined;
    };
    return until('a claim', () => ask().catch(() => undefined), limitMs);
  }
}
