/** Rooms in a database, and reads of their mailboxes as sync writes them. */
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import { type Clock, MINUTE_MS } from '../../src/clock.ts';
import { claimDueErrands, type ErrandDeps, performErrand } from '../../src/delivery/errands/dispatch.ts';
import type { ErrandKind } from '../../src/delivery/errands/errand.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { createLog } from '../../src/log.ts';
import type { RoomConflictFacts } from '../../src/rooms/facts.ts';
import { createRoomFollower } from '../../src/rooms/follower.ts';
import { STANDARD_TIMES } from '../../src/rooms/policy.ts';
import { createRelease, type ReleaseParts } from '../../src/rooms/release.ts';
import type { Sql } from '../../src/store/database.ts';
import { writeEvents } from '../../src/store/events.ts';
import { lockPerson, meetPerson, saveAddress, saveConversation } from '../../src/store/people.ts';
import { saveRoom, saveRoomChoices } from '../../src/store/rooms.ts';
import { empty, seedMailbox, seedTenant } from '../store/seed.ts';
import { NOW } from '../support/events.ts';
import type { OpenTestDatabase } from '../support/postgres.ts';
import { room } from './rooms.ts';

export interface Notice {
  kind: string;
  person_id: string;
  nudge_id: string;
  state: string;
  due_at: Date;
  facts: Partial<RoomConflictFacts>;
}

export class RoomWorld {
  tenantId = '';
  now = NOW;
  canMailAnyone = true;
  /** What Graph was asked; what it does instead, once. */
  asked: string[] = [];
  graph: (() => Promise<void>) | undefined;
  /** What of entries is otherwise in Graph than in the replica. */
  unread: Partial<CalendarEvent> | 'gone' | undefined;
  private secrets = 0;
  private readonly follower: ReturnType<typeof createRoomFollower>;

  constructor(readonly db: OpenTestDatabase) {
    const world = this;
    this.follower = createRoomFollower({
      publicUrl: 'https://cw.test.example',
      newSecret: () => {
        this.secrets += 1;
        return `secret-${String(this.secrets).padStart(20, '0')}`;
      },
      times: STANDARD_TIMES,
      get canMailAnyone() {
        return world.canMailAnyone;
      },
    });
  }

  async reset(): Promise<void> {
    await empty(this.db);
    this.tenantId = await seedTenant(this.db);
    this.now = NOW;
    this.asked = [];
    this.graph = undefined;
    this.unread = undefined;
    this.canMailAnyone = true;
  }

  inTenant<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.db.database.inTenant(this.tenantId, work);
  }

  async addRoom(name: string, more: Parameters<typeof room>[1] = {}): Promise<string> {
    const roomId = await seedMailbox(this.db, this.tenantId);
    await this.db.peek(
      `update cw.person set kind = 'room', access = 'application', time_zone = 'Europe/Berlin', address = $2 where person_id = $1`,
      [roomId, `${name}@test.example`],
    );
    const made = room(roomId, { ...more, name, address: `${name}@test.example` });
    await this.inTenant(async (sql) => {
      await saveRoom(sql, this.tenantId, made, 'admin', NOW);
      await saveRoomChoices(sql, this.tenantId, roomId, { keepsGhosts: made.keepsGhosts });
    });
    return roomId;
  }

  async addPerson(address: string): Promise<string> {
    const personId = await seedMailbox(this.db, this.tenantId);
    const { tenantId } = this;
    const conversationId = `chat:${personId}`;
    await this.inTenant(async (sql) => {
      await saveConversation(sql, tenantId, { conversationId, kind: 'personal', reference: {} }, NOW);
      await meetPerson(sql, { tenantId, personId, conversationId, locale: 'en-GB' }, NOW);
      await saveAddress(sql, tenantId, personId, address);
    });
    return personId;
  }

  async switchOn(): Promise<void> {
    await this.db.peek(`update cw.tenant set policy = '{"checkIns": true}' where tenant_id = $1`, [this.tenantId]);
  }

  /** Returns when the follower wants to be called again. */
  async read(roomId: string, upserts: CalendarEvent[], removals: CalendarEvent[] = []): Promise<number | undefined> {
    const { tenantId, now } = this;
    return this.inTenant(async (sql) => {
      const person = await lockPerson(sql, tenantId, roomId);
      if (!person) throw new Error('no such room');
      await writeEvents(sql, tenantId, roomId, upserts, removals);
      const read = { upserts, removals };
      const written = { tenantId, mailboxId: roomId, correlationId: 'test', person, changes: [], read };
      return this.follower.follow(sql, written, now);
    });
  }

  /** Time alone moved on. */
  async again(roomId: string): Promise<number | undefined> {
    const { tenantId, now } = this;
    return this.inTenant(async (sql) => {
      const person = await lockPerson(sql, tenantId, roomId);
      if (!person) throw new Error('no such room');
      return this.follower.follow(
        sql,
        { tenantId, mailboxId: roomId, correlationId: 'test', person, changes: [] },
        now,
      );
    });
  }

  notices(): Promise<Notice[]> {
    return this.db.peek<Notice>(
      'select * from cw.nudge where tenant_id = $1 order by due_at, kind, person_id, nudge_id',
      [this.tenantId],
    );
  }

  mails(): Promise<{ errand_id: string; state: string; payload: { to: string; subject: string; text: string } }[]> {
    return this.db.peek(
      `select errand_id, state, payload from cw.errand where tenant_id = $1 and kind = 'mail' order by errand_id`,
      [this.tenantId],
    );
  }

  errands(): Promise<{ kind: string; state: string; reason: string | null }[]> {
    return this.db.peek(
      `select kind, state, reason from cw.errand where tenant_id = $1 and kind = 'release' order by due_at, errand_id`,
      [this.tenantId],
    );
  }

  checkIns(): Promise<{ state: string; reason: string | null; event_id: string }[]> {
    return this.db.peek(
      'select state, reason, event_id from cw.check_in where tenant_id = $1 order by start_at, event_id',
      [this.tenantId],
    );
  }

  /** As delivery would have recorded it, at this moment. */
  async deliverAll(): Promise<void> {
    await this.db.peek(`update cw.nudge set state = 'sent', ended_at = $1 where state = 'planned' and due_at <= $1`, [
      new Date(this.now),
    ]);
    await this.db.peek(
      `update cw.errand set state = 'done', ended_at = $1 where kind = 'mail' and state = 'planned' and due_at <= $1`,
      [new Date(this.now)],
    );
  }

  /** What Graph says of an entry: what the replica does, but for what `unread` says is otherwise by now. */
  private async inGraph(mailboxId: string, eventId: string): Promise<GraphEvent> {
    const [row] = await this.db.peek<{ data: CalendarEvent }>(
      'select data from cw.event where mailbox_id = $1 and event_id = $2',
      [mailboxId, eventId],
    );
    if (!row || this.unread === 'gone') throw new GraphFailure('notFound', 404, 'ErrorItemNotFound', undefined);
    const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
    const { startAt, endAt, isCancelled, response } = { ...row.data, ...this.unread };
    return { id: eventId, start: at(startAt), end: at(endAt), isCancelled, responseStatus: { response } };
  }

  private deps(): ErrandDeps {
    const clock: Clock = { now: () => this.now, after: () => () => undefined };
    const graph: ReleaseParts['graph'] = {
      readEvent: async ({ mailboxId }, eventId) => this.inGraph(mailboxId, eventId),
      respond: async (_, eventId, answer, { sendResponse }) => {
        this.asked.push(`${answer} ${eventId}${sendResponse ? '' : ' in silence'}`);
        await this.graph?.();
      },
      deleteEvent: async (_, eventId) => {
        this.asked.push(`delete ${eventId}`);
        await this.graph?.();
      },
    };
    const errands: ErrandKind[] = [createRelease({ graph, canMailAnyone: this.canMailAnyone })];
    return { database: this.db.database, clock, log: createLog('silent'), errands, poke: () => undefined };
  }

  /** Performs all that is due. */
  async perform(): Promise<void> {
    const deps = this.deps();
    for (const lease of await claimDueErrands(deps, 50)) await performErrand(deps, lease);
  }

  pass(minutes: number): void {
    this.now += minutes * MINUTE_MS;
  }
}
