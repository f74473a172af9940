/** What is due next, read from the tables instead of polling twice a second for weeks. */
import type { Chance } from './chance.ts';
import type { SimClock } from './clock.ts';
import type { Connections, Statement } from './database.ts';
import { DUE_JOBS, type DueJob } from './instance.ts';

const POLL_MS = 500;
const LONGEST_POLL_MS = 10_000;
/** What is due stands in these tables only; a deletion elsewhere may reach them. */
const MATTERS = /\bcw\.(mailbox|nudge|card|person|errand)\b|\bdelete\b|\bcw\.\w+\s*\(/i;
/** Functions that change nothing that is due. */
const READS = /find_subscriptions|cw\.beat|cw\.prune|cw\.take_duty|outages_since/;
/** What is past its time to be sent is few; of the rest the first is enough, and an index has it. */
const DUE = `select
  (select min(greatest(sync_due_at, sync_lease)) from cw.mailbox where sync_due_at is not null) as sync,
  (select min(greatest(care_due_at, care_lease)) from cw.mailbox where care_due_at is not null) as care,
  least((select send_at from cw.nudge where state in ('planned', 'claimed') and send_at > $1 order by send_at limit 1),
    (select min(case when state = 'claimed' then greatest(send_at, lease) else send_at end) from cw.nudge
      where state in ('planned', 'claimed') and send_at <= $1 and deadline_at > $1)) as nudges,
  (select min(greatest(send_at, deadline_at, case when state = 'claimed' then lease end)) from cw.nudge
    where state in ('planned', 'claimed') and send_at <= $1) as missed,
  (select min(greatest(update_at, lease)) from cw.card where update_at is not null) as cards,
  (select min(replan_at) from cw.person where replan_at is not null) as replans,
  (select min(greatest(send_at, lease)) from cw.errand where state in ('planned', 'claimed')) as errands`;

export class DueWork {
  private isDirty = true;
  private readonly alarms = new Map<DueJob, { dueAt: number; cancel: () => void }>();
  private readonly vain = new Map<string, number>();

  constructor(
    private readonly clock: SimClock,
    private readonly connections: Connections,
    private readonly chance: Chance,
    /** False: nobody is awake to do it. */
    private readonly wake: (job: DueJob) => boolean,
  ) {}

  committed(statements: Statement[]): void {
    if (this.isDirty) return;
    this.isDirty = statements.some(({ text, rows }) => {
      if (!/^\s*select/i.test(text)) return MATTERS.test(text);
      if (!/cw\.\w+\(/.test(text) || READS.test(text)) return false;
      return rows.some((row) => Object.values(row).some((value) => value !== null && value !== 0));
    });
  }

  /** Somebody is awake again. */
  lookAgain(): void {
    this.isDirty = true;
  }

  progress(job: string): void {
    this.vain.set(job, 0);
  }

  /** Reads the tables if they may have changed, and sets the alarms. */
  async look(): Promise<void> {
    if (!this.isDirty) return;
    this.isDirty = false;
    const [row] = await this.connections.alone(DUE, [new Date(this.clock.now())]);
    for (const job of DUE_JOBS) this.setAlarm(job, row?.[job] as number | null);
  }

  private setAlarm(job: DueJob, dueAt: number | null): void {
    const known = this.alarms.get(job);
    if (known?.dueAt === dueAt) return;
    known?.cancel();
    this.alarms.delete(job);
    if (dueAt === null) return;
    const vain = this.vain.get(job) ?? 0;
    const pause = Math.min(LONGEST_POLL_MS, POLL_MS * 2 ** Math.max(0, vain - 2));
    const at = Math.max(dueAt, this.clock.now()) + this.chance.random() * (job === 'missed' ? 10 * pause : pause);
    const cancel = this.clock.at(Math.ceil(at), () => {
      this.alarms.delete(job);
      this.vain.set(job, vain + 1);
      // While nobody is awake there is no use in looking.
      this.isDirty = this.wake(job);
    });
    this.alarms.set(job, { dueAt, cancel });
  }
}
