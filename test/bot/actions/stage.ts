/** People with calendars, pressing buttons: a real database, and a Graph that holds bodies and their versions. */
import assert from 'node:assert/strict';
import type { ButtonAction } from '../../../src/bot/actions/action.ts';
import { press } from '../../../src/bot/actions/press.ts';
import type { Services } from '../../../src/bot/services.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { CalendarWatchError } from '../../../src/errors.ts';
import { GraphFailure } from '../../../src/graph/failures.ts';
import type { Access } from '../../../src/graph/port.ts';
import { createLog } from '../../../src/log.ts';
import { writeEvents } from '../../../src/store/events.ts';
import { answersOf, saveAnswer } from '../../../src/store/people.ts';
import { replan } from '../../../src/sync/write-plan.ts';
import { empty, NOW, seedMailbox, seedTenant } from '../../store/seed.ts';
import { graphEvent, HOUR } from '../../support/events.ts';
import type { OpenTestDatabase } from '../../support/postgres.ts';

/** What Graph holds of an event; `edits` are others' that come between our reading and writing. */
interface Held {
  content: string;
  version: number;
  edits?: number;
  more?: Parameters<typeof graphEvent>[0];
}

export class Stage {
  tenantId = '';
  now = NOW;
  poked: string[] = [];
  /** By "mailbox event". */
  held = new Map<string, Held>();
  /** [mailbox, event, answer] */
  responded: [string, string, string][] = [];
  private serial = 0;

  constructor(private readonly db: OpenTestDatabase) {}

  async begin(): Promise<void> {
    await empty(this.db);
    this.tenantId = await seedTenant(this.db);
    [this.now, this.poked, this.responded, this.serial] = [NOW, [], [], 0];
    this.held.clear();
  }

  async person(name: string, address?: string): Promise<string> {
    const personId = await seedMailbox(this.db, this.tenantId, NOW + HOUR);
    await this.db.peek(
      `update cw.person set address = $2, time_zone = 'Europe/Berlin', locale = $3, watch_since = $4 where person_id = $1`,
      [personId, address ?? `${name}@test.example`, 'en-GB', new Date(NOW - 30 * 24 * HOUR)],
    );
    return personId;
  }

  inTenant<T>(work: Parameters<Services['database']['inTenant']>[1]): Promise<T> {
    return this.db.database.inTenant(this.tenantId, work) as Promise<T>;
  }

  async replica(personId: string, ...events: CalendarEvent[]): Promise<void> {
    await this.inTenant((sql) => writeEvents(sql, this.tenantId, personId, events, []));
    for (const { id, isOrganizer } of events)
      this.held.set(`${personId} ${id}`, { content: '<html><body></body></html>', version: 1, more: { isOrganizer } });
  }

  private find({ mailboxId }: Access, eventId: string): Held {
    const found = this.held.get(`${mailboxId} ${eventId}`);
    if (!found) throw new GraphFailure('notFound', 404, 'ErrorItemNotFound', undefined);
    return found;
  }

  private shown(eventId: string, { content, version, more }: Held) {
    const key = `${eventId}/${version}`;
    return {
      ...graphEvent({ id: eventId, ...more, body: { contentType: 'html', content }, changeKey: key }),
      '@odata.etag': key,
    };
  }

  services(): Services {
    const graph = {
      readEvent: async (access: Access, eventId: string) => this.shown(eventId, this.find(access, eventId)),
      writeBody: async (access: Access, eventId: string, content: string, etag: string) => {
        const held = this.find(access, eventId);
        if ((held.edits ?? 0) > 0) {
          held.edits = (held.edits ?? 0) - 1;
          held.version += 1;
          held.content = held.content.replace('</body>', '<p>by somebody else</p></body>');
        }
        if (etag !== `${eventId}/${held.version}`)
          throw new GraphFailure('changed', 412, 'ErrorIrresolvableConflict', undefined);
        held.content = content;
        held.version += 1;
        return this.shown(eventId, held);
      },
      respond: async ({ mailboxId }: Access, eventId: string, answer: string) => {
        this.responded.push([mailboxId, eventId, answer]);
      },
    };
    return {
      database: this.db.database,
      followers: [],
      admins: { prove: async (_who: unknown, wasAdmin: boolean) => wasAdmin },
      clock: { now: () => this.now, after: () => () => undefined },
      log: createLog('silent'),
      travel: { name: 'none', estimate: async () => undefined },
      graph,
      newId: () => {
        this.serial += 1;
        return `id-${this.serial}`;
      },
      poke: (what: string) => this.poked.push(what),
    } as unknown as Services;
  }

  /** The card that stands then, as JSON. */
  async press(
    actions: readonly ButtonAction[],
    personId: string,
    verb: string,
    data: Record<string, unknown>,
  ): Promise<string> {
    const action = actions.find((one) => one.verb === verb);
    assert.ok(action, verb);
    const turn = { tenantId: this.tenantId, personId, conversationId: 'c', locale: 'en-GB', timeZone: 'Europe/Berlin' };
    const reaction = await press(this.services(), turn, action, data, { activityId: undefined, explain: () => '' });
    assert.ok('card' in reaction);
    return JSON.stringify(reaction.card.card);
  }

  /** What is said instead of a card. */
  async refused(...pressed: Parameters<Stage['press']>): Promise<string> {
    try {
      return assert.fail(`expected words, got ${await this.press(...pressed)}`);
    } catch (error) {
      if (error instanceof CalendarWatchError) return error.say ?? assert.fail(`${error.code}: no words`);
      throw error;
    }
  }

  async plan(personId: string): Promise<void> {
    await replan(this.services(), { tenantId: this.tenantId, personId, correlationId: 'c' }, this.now);
  }

  answers(personId: string) {
    return this.inTenant<Awaited<ReturnType<typeof answersOf>>>((sql) => answersOf(sql, this.tenantId, personId));
  }

  async answer(personId: string, kind: string, eventId: string, value: unknown): Promise<void> {
    await this.inTenant((sql) => saveAnswer(sql, this.tenantId, personId, { kind, eventId, value }, this.now));
  }

  /** The ledger of a person, of one kind. */
  nudges(personId: string, kind: string) {
    return this.db.peek<{
      nudge_id: string;
      event_id: string;
      due_at: Date;
      facts: Record<string, unknown>;
      state: string;
    }>(
      'select nudge_id, event_id, due_at, facts, state from cw.nudge where person_id = $1 and kind = $2 order by due_at, nudge_id',
      [personId, kind],
    );
  }

  async ownWrites(personId: string): Promise<string[]> {
    const rows = await this.db.peek<{ key: string }>(
      'select change_key as key from cw.own_write where mailbox_id = $1 order by change_key',
      [personId],
    );
    return rows.map((row) => row.key);
  }

  body(personId: string, eventId: string): string {
    return this.held.get(`${personId} ${eventId}`)?.content ?? '';
  }
}
