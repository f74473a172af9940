/**
 * botbuilder's Storage over PostgreSQL. The interface knows no tenants, so the turn's tenant travels beside it; what a
 * turn reads or writes lies behind its tenant's wall.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Storage, StoreItems } from 'botbuilder';
import type { Database } from '../store/database.ts';

const MOST_BYTES = 64 * 1024;

export class TenantStorage implements Storage {
  private readonly scope = new AsyncLocalStorage<string>();

  constructor(private readonly database: Database) {}

  within<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    return this.scope.run(tenantId, work);
  }

  private get tenantId(): string {
    const tenantId = this.scope.getStore();
    if (!tenantId) throw new Error('turn state was used outside a turn');
    return tenantId;
  }

  async read(keys: string[]): Promise<StoreItems> {
    const { tenantId } = this;
    const rows = await this.database.inTenant(tenantId, (sql) =>
      sql.query<{ key: string; data: object; etag: number }>(
        'select key, data, etag from cw.turn_state where tenant_id = $1 and key = any ($2)',
        [tenantId, keys],
      ),
    );
    return Object.fromEntries(rows.map((row) => [row.key, { ...row.data, eTag: String(row.etag) }]));
  }

  async write(changes: StoreItems): Promise<void> {
    const { tenantId } = this;
    await this.database.inTenant(tenantId, async (sql) => {
      for (const [key, value] of Object.entries(changes)) {
        const { eTag, ...data } = value as { eTag?: string };
        const json = JSON.stringify(data);
        if (json.length > MOST_BYTES) throw new Error('turn state is too large');
        const over = eTag === undefined || eTag === '*' ? null : Number(eTag);
        const rows = await sql.query(
          `insert into cw.turn_state as t (tenant_id, key, data, etag) values ($1, $2, $3, 1)
           on conflict (tenant_id, key) do update set data = $3, etag = t.etag + 1
           where $4::bigint is null or t.etag = $4 returning key`,
          [tenantId, key, json, over],
        );
        if (rows.length === 0) throw new Error('turn state was changed by another turn (eTag conflict)');
      }
    });
  }

  async delete(keys: string[]): Promise<void> {
    const { tenantId } = this;
    await this.database.inTenant(tenantId, (sql) =>
      sql.query('delete from cw.turn_state where tenant_id = $1 and key = any ($2)', [tenantId, keys]),
    );
  }
}
