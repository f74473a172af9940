/** The database of the ack bench, as its owner: 1,000 watched mailboxes, and what is in the inbox. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { clientStateOf, personIdOf, SUBSCRIPTIONS, subscriptionIdOf, TENANTS, tenantIdOf } from './subscriptions.ts';

const indexes = Array.from({ length: SUBSCRIPTIONS }, (_, index) => index);

export class AckDatabase {
  private readonly client: pg.Client;

  constructor(ownerUrl: string) {
    this.client = new pg.Client({ connectionString: ownerUrl });
  }

  async open(): Promise<void> {
    await this.client.connect();
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** What a power cut would meet. */
  async durability(): Promise<Record<string, string>> {
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method'];
    const { rows } = await this.client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any ($1) order by name',
      [names],
    );
    return Object.fromEntries(rows.map((row) => [row.name, row.setting]));
  }

  async fill(): Promise<void> {
    const tenants = indexes.map(tenantIdOf);
    const people = indexes.map(personIdOf);
    const hashes = indexes.map((index) => createHash('sha256').update(clientStateOf(index)).digest());
    await this.client.query(
      'insert into cw.tenant (tenant_id, first_seen_at, pace_at) select distinct t, now(), now() from unnest($1::text[]) t',
      [tenants.slice(0, TENANTS)],
    );
    await this.client.query(
      `insert into cw.person (tenant_id, person_id, watch, watch_since, seen_at)
       select t, p, 'on', now(), now() from unnest($1::text[], $2::text[]) as one (t, p)`,
      [tenants, people],
    );
    await this.client.query(
      `insert into cw.mailbox (tenant_id, mailbox_id, person_id)
       select t, p, p from unnest($1::text[], $2::text[]) as one (t, p)`,
      [tenants, people],
    );
    await this.client.query(
      `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, client_state_hash, expires_at, renew_at,
         proven_at, created_at)
       select t, s, p, h, now() + interval '6 days', now() + interval '3 days', now(), now()
       from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) as one (t, s, p, h)`,
      [tenants, indexes.map(subscriptionIdOf), people, hashes],
    );
    await this.client.query('analyze');
  }

  /** Nobody reads these mailboxes: a notice is stored, and there is nothing to make due. */
  async unwatch(): Promise<void> {
    await this.client.query('update cw.mailbox set sync_due_at = null, sync_lease = null');
  }

  /** As if another instance was reading all of them: each mailbox is made due by its first notice. */
  async lease(): Promise<void> {
    await this.client.query(
      `update cw.mailbox set sync_due_at = now() + interval '1 hour', sync_lease = now() + interval '1 hour'`,
    );
  }

  async inboxRows(): Promise<number> {
    const { rows } = await this.client.query<{ count: number }>('select count(*)::int as count from cw.inbox');
    return rows[0]?.count ?? Number.NaN;
  }

  async backendPid(): Promise<number> {
    const { rows } = await this.client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return rows[0]?.pid ?? Number.NaN;
  }
}
