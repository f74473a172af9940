/** admin pause all, admin resume all: for everybody in the tenant, at once. */
import { HOUR_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import { PAUSED } from '../../delivery/reasons.ts';
import { recordAct } from '../../store/audit.ts';
import type { Sql } from '../../store/database.ts';
import {
  claimedNow,
  countMissedBecause,
  heldKinds,
  isUnderWay,
  missPaused,
  type Pause,
  pauseAll,
  pauseOf,
  resumeAll,
} from '../../store/pause.ts';
import { findPerson, type Person } from '../../store/people.ts';
import { sentence } from '../cards/answers.ts';
import { pausedCard, resumedCard } from '../cards/pause-all.ts';
import { requireAdmin } from '../choosing.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

const MISSED_A_STEP = 500;
/** What is late is missed all the while (`missed` in engine.ts), so that there is little left to do at the end. */
const MOST_STEPS = 40;

interface Standing {
  admin: Person | undefined;
  pause: Pause | undefined;
}

async function standing(sql: Sql, { tenantId, personId }: Turn): Promise<Standing> {
  return { admin: await findPerson(sql, tenantId, personId), pause: await pauseOf(sql, tenantId) };
}

/** Requests that had begun when the pause came; from then on none does. */
async function countUnderWay({ database }: Services, tenantId: string): Promise<number> {
  let count = 0;
  for (const nudgeId of await database.inTenant(tenantId, (sql) => claimedNow(sql, tenantId)))
    if (await database.inTenant(tenantId, (sql) => isUnderWay(sql, tenantId, nudgeId))) count += 1;
  return count;
}

/** How it stands; `isNew`: it was paused just now, so what is under way is counted. */
async function shown(services: Services, turn: Turn, isNew: boolean): Promise<Message> {
  const { tenantId } = turn;
  const now = services.clock.now();
  const underWay = isNew ? await countUnderWay(services, tenantId) : undefined;
  const { admin, pause, held } = await services.database.inTenant(tenantId, async (sql) => ({
    held: await heldKinds(sql, tenantId, now + HOUR_MS, now),
    ...(await standing(sql, turn)),
  }));
  if (!admin || !pause) return sentence('Nothing is paused. **admin pause all** stops all sending at once.');
  return pausedCard({ pause, held, ...(underWay === undefined ? {} : { underWay }) }, admin, now);
}

async function pauseNow(services: Services, turn: Turn): Promise<Message> {
  const { tenantId, personId } = turn;
  const now = services.clock.now();
  const isNew = await services.database.inTenant(tenantId, async (sql) => {
    if (!(await pauseAll(sql, tenantId, personId, now))) return false;
    const act = { tenantId, actorId: personId, personId: null, act: 'adminPaused' } as const;
    await recordAct(sql, act, now, services.newId());
    return true;
  });
  if (isNew) services.log.warn({ tenantId, personId }, 'an admin paused sending for everybody');
  return shown(services, turn, isNew);
}

/** Each step in a transaction of its own. */
async function missWhatIsLate(services: Services, tenantId: string): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const count = await services.database.inTenant(tenantId, (sql) =>
      missPaused(sql, tenantId, PAUSED, MISSED_A_STEP, services.clock.now()),
    );
    if (count < MISSED_A_STEP) return;
  }
}

/** Also the button's; it may be pressed by somebody who is not an admin any more. */
export async function resumeForAll(services: Services, turn: Turn): Promise<Message> {
  await requireAdmin(services, turn);
  const { tenantId, personId } = turn;
  const before = await services.database.inTenant(tenantId, (sql) => standing(sql, turn));
  const { admin, pause } = before;
  if (!admin || !pause) return sentence('Nothing is paused; I send as usual.');
  await missWhatIsLate(services, tenantId);
  const now = services.clock.now();
  const { held, missed } = await services.database.inTenant(tenantId, async (sql) => {
    await resumeAll(sql, tenantId);
    const act = { tenantId, actorId: personId, personId: null, act: 'adminResumed' } as const;
    await recordAct(sql, act, now, services.newId());
    return {
      held: await heldKinds(sql, tenantId, now, now),
      missed: await countMissedBecause(sql, tenantId, PAUSED, pause.since),
    };
  });
  services.log.warn({ tenantId, personId, missed }, 'an admin resumed sending for everybody');
  services.poke('nudges');
  services.poke('cards');
  return resumedCard({ pause, due: held.reduce((sum, one) => sum + one.due, 0), missed }, admin, now);
}

export const adminPause: Command = {
  name: 'admin pause',
  usage: 'admin pause all',
  help: 'stop all sending at once; says what is held. “admin resume all” sends again',
  group: 'admin',
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    if (rest === 'all') return pauseNow(services, turn);
    if (rest !== '') return sentence('I know **admin pause all** and **admin resume all**.');
    return shown(services, turn, false);
  },
};

export const adminResume: Command = {
  name: 'admin resume',
  usage: 'admin resume all',
  help: 'send again',
  isDetail: true,
  group: 'admin',
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    if (rest !== 'all') return sentence('Say **admin resume all** to send to everybody again.');
    return resumeForAll(services, turn);
  },
};
