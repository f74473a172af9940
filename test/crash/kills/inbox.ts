/**
 * The database of the kills, as its owner. No mailbox is due, so no notice is worked off: what was stored is in the
 * inbox and can be counted.
 */
import pg from 'pg';
import { AckDatabase } from '../../../bench/support/ack-database.ts';
import { subscriptionIdOf } from '../../../bench/support/subscriptions.ts';

/** Subscriptions of each of the 1,000 mailboxes. */
export const COPIES = 10;

export const subscriptionOf = (index: number, copy: number) => `${subscriptionIdOf(index)}-${copy}`;

export class InboxDatabase {
  readonly pool: pg.Pool;

  constructor(private readonly ownerUrl: string) {
    this.pool = new pg.Pool({ connectionString: ownerUrl, max: 2, connectionTimeoutMillis: 2_000 });
    this.pool.on('error', () => undefined);
  }

  async fill(): Promise<void> {
    const filler = new AckDatabase(this.ownerUrl);
    await filler.open();
    await filler.fill();
    await filler.unwatch();
    await filler.close();
    // Whatever else a subscription has, its copies have too.
    await this.pool.query(
      `insert into cw.subscription
       select (jsonb_populate_record(s, jsonb_build_object('subscription_id', s.subscription_id || '-' || copy))).*
       from cw.subscription s, generate_series(0, $1 - 1) copy`,
      [COPIES],
    );
    await this.pool.query('analyze cw.subscription');
  }

  async durability(): Promise<Record<string, string>> {
    const { rows } = await this.pool.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')`,
    );
    return Object.fromEntries(rows.map((row) => [row.name, row.setting]));
  }

  /** How many rows there are of each item. */
  async stored(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ name: string; count: number }>(
      `select subscription_id || ' ' || word as name, count(*)::int as count from cw.inbox group by 1`,
    );
    return new Map(rows.map((row) => [row.name, row.count]));
  }

  async empty(): Promise<void> {
    await this.pool.query('truncate cw.inbox');
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
