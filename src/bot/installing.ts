/**
 * The bot was removed, or is back. To people a removal means stop: nothing is read or said from then on. What they chose,
 * and their sign-in, waits for UNINSTALL_KEEP_DAYS, so that a new installation goes on where the old one ended; then they
 * are forgotten (privacy/forget.ts).
 */
import { codeOf } from '../errors.ts';
import { recordAct } from '../store/audit.ts';
import { clearUninstalled, lockLeaving, markUninstalled } from '../store/forgetting.ts';
import { endMailbox } from '../store/mailboxes.ts';
import { withdrawAll } from '../store/nudges.ts';
import { setWatch } from '../store/people.ts';
import type { Services, Turn } from './services.ts';
import { startWatching } from './watching.ts';

type Who = Pick<Turn, 'tenantId' | 'personId'>;

export async function afterRemoval(services: Services, { tenantId, personId }: Who): Promise<void> {
  const now = services.clock.now();
  const isEnding = await services.database.inTenant(tenantId, async (sql) => {
    const leaving = await lockLeaving(sql, { tenantId, personId });
    // Teams may tell of it twice; whoever was seen since had come back.
    if (!leaving || (leaving.uninstalledAt !== null && leaving.seenAt <= leaving.uninstalledAt)) return false;
    await markUninstalled(sql, { tenantId, personId }, now);
    const act = { tenantId, actorId: personId, personId, act: 'uninstalled' } as const;
    await recordAct(sql, act, now, services.newId());
    if (leaving.watch === 'off') return false;
    await setWatch(sql, tenantId, personId, 'off', null);
    await withdrawAll(sql, tenantId, personId, 'the app was removed', now);
    await endMailbox(sql, tenantId, personId, now);
    return true;
  });
  if (isEnding) services.poke('care');
}

/** Whoever was watched before is again, if the sign-in still serves; if not, the welcome says how to begin. */
export async function afterReturn(services: Services, turn: Turn): Promise<void> {
  const { tenantId, personId } = turn;
  const wasWatched = await services.database.inTenant(tenantId, async (sql) => {
    const leaving = await lockLeaving(sql, turn);
    if (!leaving || leaving.uninstalledAt === null) return false;
    await clearUninstalled(sql, turn);
    return leaving.watchedBefore;
  });
  if (!wasWatched) return;
  await startWatching(services, turn).catch((err: unknown) => {
    services.log.warn({ code: codeOf(err), tenantId, personId, err }, 'watching could not go on after an installation');
  });
}
