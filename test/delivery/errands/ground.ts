/** A database with somebody in it, a virtual clock, and errands that are run as the engine runs them, one after the other. */
import { randomUUID } from 'node:crypto';
import { VirtualClock } from '../../../sandbox/world.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { claimDueErrands, type ErrandDeps, performErrand } from '../../../src/delivery/errands/dispatch.ts';
import type { ErrandKind } from '../../../src/delivery/errands/errand.ts';
import { createLog } from '../../../src/log.ts';
import type { Deed, RuleFacts, RulePayload, RuleScope, RuleSpec } from '../../../src/rules/rule.ts';
import { ERRAND_KIND } from '../../../src/rules/rule.ts';
import type { Sql } from '../../../src/store/database.ts';
import { type NewErrand, planErrands } from '../../../src/store/errands.ts';
import { makeRule } from '../../../src/store/rules.ts';
import { DAY, HOUR, MINUTE, meeting, NOW } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

export { DAY, HOUR, MINUTE, NOW };

export interface ErrandRow {
  state: string;
  reason: string | null;
  attempts: number;
  ambiguous: number;
  outcome: Record<string, unknown> | null;
  send_at: Date;
  deadline_at: Date;
  lease: Date | null;
  sending_at: Date | null;
  ended_at: Date | null;
}

export interface NoticeRow {
  nudge_id: string;
  kind: string;
  facts: { text?: string; scope?: string };
  due_at: Date;
  deadline_at: Date;
}

export interface Ground {
  db: OpenTestDatabase;
  clock: VirtualClock;
  tenantId: string;
  personId: string;
  /** Before each test. */
  begin(): Promise<void>;
  inTenant<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  plan(...errands: (Partial<NewErrand> & { errandId: string })[]): Promise<void>;
  row(errandId: string): Promise<ErrandRow>;
  nudges(kind?: string): Promise<NoticeRow[]>;
  deps(kinds: readonly ErrandKind[]): ErrandDeps;
  /** Claims and performs what is due now; returns how many. */
  run(...kinds: ErrandKind[]): Promise<number>;
  /** Of a rule that is made with it. */
  planRun(deed: Deed, more?: RunMore): Promise<{ errandId: string; ruleId: string }>;
  saveEvent(event: CalendarEvent): Promise<void>;
}

export interface RunMore {
  errandId?: string;
  scope?: RuleScope;
  facts?: Partial<RuleFacts>;
  trigger?: RuleFacts['trigger'];
  dueAt?: number;
  deadlineAt?: number;
  event?: CalendarEvent;
}

export const EVENT = meeting({ startAt: NOW + 2 * HOUR, isOrganizer: true, response: 'organizer' });

export function factsOf(event: CalendarEvent, more: Partial<RuleFacts> = {}): RuleFacts {
  return {
    eventId: event.id,
    isPrivate: false,
    subject: event.subject,
    startAt: event.startAt,
    endAt: event.endAt,
    organiser: event.organizer,
    isOrganiser: event.isOrganizer,
    people: event.attendees.map(({ name, address }) => ({ name, address })),
    peopleCount: event.attendees.length,
    categories: [],
    trigger: 'created',
    ...more,
  };
}

const whenOf = (trigger: RuleFacts['trigger']): RuleSpec['when'] => {
  if (trigger === 'before' || trigger === 'after') return { trigger, minutes: 10 };
  return trigger === 'answered' ? { trigger, by: 'others' } : { trigger };
};

export function openGround(): Ground & { open(): Promise<void>; close(): Promise<void> } {
  const log = createLog('silent');
  const ground = {
    clock: new VirtualClock(NOW),
    tenantId: '',
    personId: '',
    async open() {
      ground.db = await openTestDatabase();
    },
    close: async () => ground.db?.drop(),
    async begin() {
      for (const table of ['errand', 'person', 'tenant']) await ground.db.peek(`delete from cw.${table}`);
      ground.clock = new VirtualClock(NOW);
      ground.tenantId = randomUUID();
      ground.personId = randomUUID();
      await ground.db.peek('insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, $2, $2)', [
        ground.tenantId,
        new Date(NOW),
      ]);
      await ground.db.peek(
        `insert into cw.person (tenant_id, person_id, watch, watch_since, seen_at, time_zone, locale, address)
         values ($1, $2, 'on', $3, $3, 'Europe/Berlin', 'en-GB', 'ada@test.example')`,
        [ground.tenantId, ground.personId, new Date(NOW)],
      );
      await ground.db.peek(
        `insert into cw.mailbox (tenant_id, mailbox_id, person_id, sync_due_at, care_due_at) values ($1, $2, $2, $3, $3)`,
        [ground.tenantId, ground.personId, new Date(NOW)],
      );
      await ground.saveEvent(EVENT);
    },
    inTenant: <T>(work: (sql: Sql) => Promise<T>) => ground.db.database.inTenant(ground.tenantId, work),
    async plan(...errands: (Partial<NewErrand> & { errandId: string })[]) {
      const now = ground.clock.now();
      const whole = errands.map((one) => ({
        kind: 'test',
        payload: {},
        dueAt: now,
        deadlineAt: now + HOUR,
        personId: ground.personId,
        ...one,
      }));
      await ground.inTenant((sql) => planErrands(sql, ground.tenantId, whole, 'correlation', now));
    },
    async row(errandId: string) {
      const [row] = await ground.db.peek<ErrandRow>('select * from cw.errand where errand_id = $1', [errandId]);
      if (!row) throw new Error(`no errand ${errandId}`);
      return row;
    },
    nudges: (kind = '%') =>
      ground.db.peek('select * from cw.nudge where kind like $1 order by due_at, nudge_id', [kind]),
    deps: (kinds: readonly ErrandKind[]): ErrandDeps => ({
      database: ground.db.database,
      clock: ground.clock,
      log,
      errands: kinds,
      poke: () => undefined,
    }),
    async run(...kinds: ErrandKind[]) {
      const deps = ground.deps(kinds);
      const leases = await claimDueErrands(deps, 50);
      for (const lease of leases) await performErrand(deps, lease);
      return leases.length;
    },
    async planRun(deed: Deed, more: RunMore = {}) {
      const { event = EVENT, trigger = 'created', scope = 'mine' } = more;
      const errandId = more.errandId ?? `run.${randomUUID()}.0`;
      const ruleId = randomUUID();
      const { tenantId, personId } = ground;
      const spec: RuleSpec = { what: 'entry', each: 'occurrence', when: whenOf(trigger), which: {}, do: [deed] };
      const rule = { ruleId, personId, scope, name: 'My rule', spec, limitPerHour: 30 };
      const made = await ground.inTenant((sql) => makeRule(sql, tenantId, rule, NOW));
      if (!made) throw new Error('too many rules');
      const facts = factsOf(event, { trigger, ...more.facts });
      const payload: RulePayload = { ruleName: rule.name, scope, facts, deed };
      const dueAt = more.dueAt ?? ground.clock.now();
      await ground.plan({
        errandId,
        kind: ERRAND_KIND[deed.deed],
        mailboxId: personId,
        eventId: event.id,
        startAt: event.startAt,
        ruleId,
        trigger,
        payload: payload as unknown as Record<string, unknown>,
        dueAt,
        deadlineAt: more.deadlineAt ?? dueAt + 2 * DAY,
      });
      return { errandId, ruleId };
    },
    saveEvent: async (event: CalendarEvent) => {
      await ground.db.peek(
        `insert into cw.event (tenant_id, mailbox_id, event_id, calendar_id, type, start_at, end_at, data)
         values ($1, $2, $3, '', $4, $5, $6, $7)
         on conflict (tenant_id, mailbox_id, event_id) do update set start_at = $5, end_at = $6, data = $7`,
        [
          ground.tenantId,
          ground.personId,
          event.id,
          event.type,
          new Date(event.startAt),
          new Date(event.endAt),
          JSON.stringify(event),
        ],
      );
    },
  } as Ground & { open(): Promise<void>; close(): Promise<void> };
  return ground;
}
