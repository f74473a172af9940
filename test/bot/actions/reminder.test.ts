import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { press } from '../../../src/bot/actions/press.ts';
import { REMINDER_ACTIONS } from '../../../src/bot/actions/reminder.ts';
import type { Services } from '../../../src/bot/services.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { CalendarWatchError } from '../../../src/errors.ts';
import { createLog } from '../../../src/log.ts';
import { writeEvents } from '../../../src/store/events.ts';
import { claimReplans } from '../../../src/store/people.ts';
import { replan } from '../../../src/sync/write-plan.ts';
import { empty, NOW, seedMailbox, seedTenant } from '../../store/seed.ts';
import { DAY, HOUR, MINUTE, meeting } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

/** The meeting that is asked about begins an hour from now; a quarter of an hour before, it is reminded of. */
const START = NOW + HOUR;
const DATA = { eventId: 'event-1', startAt: START };

describe('the buttons on reminders', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  let now: number;
  let poked: string[];

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId, NOW + HOUR);
    [now, poked] = [START - 15 * MINUTE, []];
  });

  const services = () =>
    ({
      database: db.database,
      followers: [],
      admins: { prove: async (_who: unknown, wasAdmin: boolean) => wasAdmin },
      clock: { now: () => now, after: () => () => undefined },
      log: createLog('silent'),
      travel: { name: 'none', estimate: async () => undefined },
      newId: () => 'id',
      poke: (what: string) => poked.push(what),
    }) as unknown as Services;
  const replica = (...events: Partial<CalendarEvent>[]) =>
    db.database.inTenant(tenantId, (sql) =>
      writeEvents(
        sql,
        tenantId,
        personId,
        events.map((more) => meeting({ startAt: START, ...more })),
        [],
      ),
    );
  const pressed = async (verb: string, data: Record<string, unknown> = DATA) => {
    const action = REMINDER_ACTIONS.find((one) => one.verb === `reminder.${verb}`);
    assert.ok(action);
    const turn = { tenantId, personId, conversationId: 'c', locale: 'en-GB', timeZone: 'Europe/Berlin' };
    const how = { activityId: undefined, explain: () => '' };
    const reaction = await press(services(), turn, action, data, how);
    assert.ok('card' in reaction);
    return JSON.stringify(reaction.card.card);
  };
  /** What is said instead. */
  const refused = (verb: string, data?: Record<string, unknown>): Promise<string> =>
    pressed(verb, data).then(
      () => assert.fail('expected words'),
      (error: unknown) => {
        assert.ok(error instanceof CalendarWatchError && error.say, String(error));
        return error.say;
      },
    );
  const answers = () =>
    db.peek<{ kind: string; id: string; value: unknown }>(
      'select kind, event_id as id, value from cw.answer order by kind, event_id',
    );
  /** What is planned, in minutes from the start. */
  const planned = async () => {
    const rows = await db.peek<{ due: Date }>(
      `select due_at as due from cw.nudge where kind = 'reminder' and state = 'planned' order by due_at`,
    );
    return rows.map(({ due }) => (due.getTime() - START) / MINUTE);
  };

  it('snooze for some minutes: answered, planned, and said on the card', async () => {
    await replica({});
    assert.match(await pressed('snooze', { ...DATA, minutes: 5 }), /Snoozed until/);
    assert.deepEqual(await answers(), [
      { kind: 'reminder.snoozed', id: 'event-1', value: { until: START - 10 * MINUTE, startAt: START } },
    ]);
    assert.deepEqual(await planned(), [-10]);
    assert.deepEqual(poked, ['nudges', 'cards']);
  });

  it('snooze even if the process ends before it has planned: another one plans', async () => {
    await replica({});
    const dying = { ...services(), newId: () => assert.fail('killed') } as unknown as Services;
    const action = REMINDER_ACTIONS.find((one) => one.verb === 'reminder.snooze');
    assert.ok(action);
    const turn = { tenantId, personId, conversationId: 'c', locale: 'en-GB', timeZone: 'Europe/Berlin' };
    const how = { activityId: undefined, explain: () => '' };
    await assert.rejects(press(dying, turn, action, { ...DATA, minutes: 5 }, how), /killed/);
    assert.deepEqual(await planned(), []);
    assert.deepEqual(await claimReplans(db.database.system, 10, MINUTE, now), [{ tenantId, personId }]);
    await replan(services(), { tenantId, personId, correlationId: 'c' }, now);
    assert.deepEqual(await planned(), [-10]);
    assert.deepEqual(await claimReplans(db.database.system, 10, MINUTE, now), [], 'and nothing is owed any more');
  });

  it('snooze until it starts, and for no longer', async () => {
    await replica({});
    assert.match(await pressed('snooze', { ...DATA, untilStart: true }), /Snoozed until it starts/);
    assert.deepEqual(await planned(), [0]);
    now = START - 2 * MINUTE;
    await pressed('snooze', { ...DATA, minutes: 5 });
    assert.deepEqual(await planned(), [0]);
  });

  for (const [verb, kind, words] of [
    ['joined', 'reminder.joined', /You’re in/],
    ['dismiss', 'reminder.dismissed', /No more reminders/],
  ] as const)
    it(`end reminders of this meeting: ${verb}`, async () => {
      await replica({});
      assert.match(await pressed(verb), words);
      assert.deepEqual(await answers(), [{ kind, id: 'event-1', value: { startAt: START } }]);
      assert.deepEqual(await planned(), []);
    });

  const occurrence = { type: 'occurrence' as const, seriesMasterId: 'series' };
  const LEADS: [string, Record<string, unknown>, string, unknown, number[]][] = [
    ['another time', { remindMinutes: '5' }, 'event-1', { minutes: [5] }, [-5]],
    ['never', { remindMinutes: 'none' }, 'event-1', { minutes: [] }, []],
    ['as usual', { remindMinutes: 'usual' }, 'event-1', { minutes: null }, [-15]],
    ['another time, for the series', { remindMinutes: '10', series: true }, 'series', { minutes: [10] }, [-10]],
  ];
  for (const [what, more, id, value, expected] of LEADS)
    it(`choose when this is reminded of: ${what}`, async () => {
      await replica(occurrence);
      await pressed('leads', { ...DATA, ...more });
      assert.deepEqual(await answers(), [{ kind: 'reminder.leads', id, value }]);
      assert.deepEqual(await planned(), expected);
    });

  it('are seen on the card that stands in the chat, also on one that a snooze brought', async () => {
    await replica({});
    await pressed('leads', { ...DATA, remindMinutes: 'usual' });
    /** All that is due goes out, each as a card. */
    const send = async () => {
      const due = `kind = 'reminder' and state = 'planned' and due_at <= $1`;
      await db.peek(
        `insert into cw.card (tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at,
           facts, shape, sent_at, ends_at)
         select tenant_id, nudge_id, person_id, 'c', nudge_id, kind, event_id, start_at, facts, 'whole', $1, $2
         from cw.nudge where ${due}`,
        [new Date(now), new Date(START + HOUR)],
      );
      await db.peek(`update cw.nudge set state = 'sent', ended_at = $1 where ${due}`, [new Date(now)]);
    };
    const shown = async () => {
      const [row] = await db.peek<{ facts: Record<string, unknown>; shape: string; isDue: boolean }>(
        'select facts, shape, update_at is not null as "isDue" from cw.card order by sent_at desc limit 1',
      );
      return row;
    };
    await send();
    await pressed('snooze', { ...DATA, minutes: 5 });
    assert.deepEqual((await shown())?.facts.snoozedUntil, START - 10 * MINUTE);
    assert.deepEqual([(await shown())?.shape, (await shown())?.isDue], ['whole', true]);
    now = START - 10 * MINUTE;
    await send();
    assert.equal((await shown())?.facts.snoozedUntil, undefined);
    now = START - 9 * MINUTE;
    await pressed('joined');
    assert.equal((await shown())?.facts.ended, 'joined');
    assert.deepEqual(await planned(), []);
  });

  it('for the series of what is none: this one alone', async () => {
    await replica({});
    await pressed('leads', { ...DATA, remindMinutes: '5', series: true });
    assert.deepEqual(
      (await answers()).map(({ id }) => id),
      ['event-1'],
    );
  });

  const OLD: [string, Partial<CalendarEvent> | undefined, number, RegExp][] = [
    ['is gone', undefined, 0, /isn’t in your calendar any more/],
    ['was cancelled', { isCancelled: true }, 0, /was cancelled/],
    ['was declined', { response: 'declined' }, 0, /You declined/],
    ['moved', { startAt: START + DAY, endAt: START + DAY + HOUR }, 0, /was moved: it is tomorrow .* now/],
    ['is over', {}, START + HOUR, /is over/],
  ];
  for (const [what, more, later, words] of OLD)
    it(`answer in words when the meeting ${what}, and change nothing`, async () => {
      if (more) await replica(more);
      now = later || now;
      for (const [verb, data] of [
        ['snooze', { minutes: 5 }],
        ['joined', {}],
        ['dismiss', {}],
        ['leads', { remindMinutes: '5' }],
      ] as const)
        assert.match(await refused(verb, { ...DATA, ...data }), words, verb);
      assert.deepEqual([await answers(), poked], [[], []]);
    });

  it('answer in words when there is nothing to snooze any more', async () => {
    await replica({});
    now = START + MINUTE;
    assert.match(await pressed('snooze', { ...DATA, minutes: 5 }), /It has begun already/);
    assert.deepEqual(await answers(), []);
  });

  it('answer in words while nobody watches', async () => {
    await replica({});
    await db.peek(`update cw.person set watch = 'off', watch_since = null`);
    assert.match(await refused('joined'), /not watching/);
    assert.deepEqual(await answers(), []);
  });

  it('look in the presser’s own mailbox and nowhere else', async () => {
    await replica({ id: 'event-2' });
    await db.peek(`update cw.event set mailbox_id = $1`, [await seedMailbox(db, tenantId, NOW + HOUR)]);
    assert.match(await refused('joined', { ...DATA, eventId: 'event-2' }), /isn’t in your calendar/);
  });

  it('say nothing of a private meeting to who wants it so', async () => {
    await replica({ sensitivity: 'private' });
    await db.peek(`update cw.person set settings = '{"private": "discreet"}'`);
    assert.doesNotMatch(await pressed('joined'), /Planning|Bob|Budget/);
  });

  it('refuse what they can’t read', async () => {
    for (const [verb, data] of [
      ['snooze', {}],
      ['snooze', { ...DATA, minutes: 1e9 }],
      ['joined', { eventId: '', startAt: START }],
      ['leads', DATA],
      ['leads', { ...DATA, remindMinutes: '7' }],
    ] as const)
      assert.match(await refused(verb, data), /can’t read that button/);
  });
});
