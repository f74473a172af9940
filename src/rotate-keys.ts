/**
 * `npm run keys:rotate`: seals all secrets in the database anew with the first key. Beside running instances, as often as
 * one likes. Ends with 1 when something could not be opened: the key that it was sealed with is still needed, or lost.
 */
import { randomUUID } from 'node:crypto';
import { readConfig } from './config.ts';
import { withSecretFiles } from './config-files.ts';
import { CalendarWatchError } from './errors.ts';
import { openVault } from './identity/open-vault.ts';
import { createLog } from './log.ts';
import { recordAct } from './store/audit.ts';
import { type Database, databaseNow } from './store/database.ts';
import { openStore } from './store/open.ts';
import { resealAll } from './store/reseal.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** In the trail of each tenant of whom something was sealed anew. */
const recorder = (database: Database, keyId: string | undefined) => async (tenantId: string, resealed: number) => {
  const now = await databaseNow(database);
  const detail = { keyId: keyId ?? null, resealed };
  const act = { tenantId, actorId: null, personId: null, act: 'keysRotated', detail } as const;
  await database.inTenant(tenantId, (sql) => recordAct(sql, act, now, randomUUID()));
};

async function main(): Promise<number> {
  const config = readConfig(withSecretFiles(process.env));
  const log = createLog('warn');
  const vault = await openVault(config, log);
  const store = await openStore(config, log);
  try {
    const [keyId] = vault.keyIds;
    const record = recorder(store.database, keyId);
    say(`Sealing with key ${keyId}; can open ${vault.keyIds.join(', ')}.`);
    let isWhole = true;
    for (const [column, done] of await resealAll(store.database, vault, record)) {
      isWhole &&= done.unreadable === 0 && done.left === 0;
      const left = done.left > 0 ? `, ${done.left} written by others meanwhile (run this again)` : '';
      say(
        `${column}: ${done.resealed} sealed anew, ${done.current} already were, ${done.unreadable} cannot be opened${left}`,
      );
    }
    say(
      isWhole
        ? 'Done: the first key opens everything.'
        : 'Not done: keep the other keys, and see docs/operations.md, “A key is lost”.',
    );
    return isWhole ? 0 : 1;
  } finally {
    await store.stop();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = error instanceof CalendarWatchError;
    process.stderr.write(
      `${known ? `${error.code}: ${error.message}` : error instanceof Error ? error.stack : error}\n`,
    );
    process.exit(1);
  },
);
