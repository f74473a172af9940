import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { press } from '../../../src/bot/actions/press.ts';
import { RESPOND_ACTIONS } from '../../../src/bot/actions/respond.ts';
import type { Services } from '../../../src/bot/services.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { CalendarWatchError } from '../../../src/errors.ts';
import { GraphFailure, kindOf } from '../../../src/graph/failures.ts';
import { createLog } from '../../../src/log.ts';
import { writeEvents } from '../../../src/store/events.ts';
import { empty, NOW, seedMailbox, seedTenant } from '../../store/seed.ts';
import { DAY, HOUR, MINUTE, meeting } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

const START = NOW + DAY;
const OPEN: Partial<CalendarEvent> = { startAt: START, response: 'notResponded' };
const graphSays = (status: number) => new GraphFailure(kindOf(status, 'x'), status, 'x', undefined);

describe('answering an invitation', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  let now: number;
  /** What Graph was told, and what it says against it, in turn. */
  let asked: unknown[];
  let failures: unknown[];
  let poked: string[];

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId, NOW + HOUR);
    [now, asked, failures, poked] = [NOW, [], [], []];
  });

  const services = () =>
    ({
      database: db.database,
      followers: [],
      admins: { prove: async (_who: unknown, wasAdmin: boolean) => wasAdmin },
      clock: { now: () => now, after: () => () => undefined },
      log: createLog('silent'),
      graph: {
        respond: async (access: unknown, eventId: string, answer: string, options: unknown) => {
          asked.push([eventId, answer, options]);
          assert.deepEqual(access, { tenantId, personId, mailboxId: personId });
          const failure = failures.shift();
          if (failure) throw failure;
        },
      },
      poke: (what: string) => poked.push(what),
    }) as unknown as Services;
  const replica = (...events: Partial<CalendarEvent>[]) =>
    db.database.inTenant(tenantId, (sql) =>
      writeEvents(
        sql,
        tenantId,
        personId,
        events.map((more) => meeting({ ...OPEN, ...more })),
        [],
      ),
    );
  const pressed = async (verb: string, data: Record<string, unknown> = { eventId: 'event-1' }) => {
    const action = RESPOND_ACTIONS.find((one) => one.verb === `respond.${verb}`);
    assert.ok(action);
    const turn = { tenantId, personId, conversationId: 'c', locale: 'en-GB', timeZone: 'Europe/Berlin' };
    const explain = () => '';
    const reaction = await press(services(), turn, action, data, { activityId: undefined, explain });
    assert.ok('card' in reaction);
    return reaction.card;
  };
  const said = (work: Promise<unknown>) =>
    work.then(
      () => assert.fail('expected words'),
      (error: unknown) => {
        assert.ok(error instanceof CalendarWatchError || error instanceof GraphFailure, String(error));
        return error instanceof CalendarWatchError ? error.say : error.kind;
      },
    );
  const titles = (card: { card: Record<string, unknown> }) =>
    (card.card.actions as { title: string }[]).map((one) => one.title);

  /** [button, what Graph is asked, what the card says, the answers that it still offers] */
  const answers: [string, string, RegExp, string[]][] = [
    ['accept', 'accept', /^You accepted: Planning/, ['Tentative', 'Decline']],
    ['tentative', 'tentativelyAccept', /^You’re tentative: Planning/, ['Accept', 'Decline']],
    ['decline', 'decline', /^You declined: Planning/, ['Accept', 'Tentative']],
  ];
  for (const [verb, answer, words, left] of answers)
    it(`goes to Graph: ${verb}`, async () => {
      await replica({});
      const card = await pressed(verb);
      assert.deepEqual(asked, [['event-1', answer, { sendResponse: true }]]);
      assert.match(card.fallbackText, words);
      assert.deepEqual(titles(card), left);
      assert.deepEqual(poked, ['sync']);
      const [mailbox] = await db.peek<{ due: Date }>('select sync_due_at as due from cw.mailbox');
      assert.equal(mailbox?.due.getTime(), NOW, 'and is read back at once');
    });

  it('is said to Graph once, however often it is pressed', async () => {
    await replica({});
    await Promise.all([pressed('accept'), pressed('accept'), pressed('accept')]);
    await pressed('accept');
    assert.equal(asked.length, 1);
  });

  it('is not said to Graph again when the calendar has it', async () => {
    await replica({ response: 'accepted' });
    assert.match((await pressed('accept')).fallbackText, /You accepted/);
    assert.deepEqual(asked, []);
  });

  it('can be changed at once, and at any later time', async () => {
    await replica({});
    await pressed('accept');
    await pressed('decline');
    await pressed('accept');
    now += HOUR;
    await replica({ response: 'accepted', startAt: START + HOUR, changeKey: 'moved' });
    await pressed('tentative');
    assert.deepEqual(
      asked.map((one) => (one as string[])[1]),
      ['accept', 'decline', 'accept', 'tentativelyAccept'],
    );
  });

  it('is of the whole series for its head, and shows the next occurrence', async () => {
    const series = { seriesMasterId: 'series', type: 'occurrence' as const };
    await replica(
      { id: 'series', type: 'master', startAt: NOW - 30 * DAY },
      { ...series, id: 'o1', startAt: NOW - DAY },
      { ...series, id: 'o2', startAt: NOW + DAY },
      { ...series, id: 'o3', startAt: NOW + 8 * DAY },
    );
    const card = await pressed('accept', { eventId: 'series' });
    assert.deepEqual(asked, [['series', 'accept', { sendResponse: true }]]);
    assert.match(card.fallbackText, /Planning — tomorrow .*\(a series\)$/);
  });

  /** [what, the entry as the replica has it, what is said] */
  const refused: [string, Partial<CalendarEvent> | undefined, RegExp][] = [
    ['is gone', undefined, /isn’t in your calendar any more/],
    ['was cancelled (mm#147)', { isCancelled: true }, /was cancelled/],
    ['is one’s own', { isOrganizer: true, response: 'organizer' }, /You organise/],
    ['is over', { startAt: NOW - HOUR, endAt: NOW - MINUTE }, /is over/],
  ];
  for (const [what, event, words] of refused)
    it(`is refused in words when the meeting ${what}`, async () => {
      if (event) await replica(event);
      assert.match(String(await said(pressed('accept'))), words);
      assert.deepEqual(asked, []);
    });

  it('is refused in words while nobody watches, and for an id of another mailbox', async () => {
    await replica({});
    assert.match(String(await said(pressed('accept', { eventId: 'another' }))), /isn’t in your calendar/);
    await db.peek(`update cw.person set watch = 'off'`);
    assert.match(String(await said(pressed('accept'))), /not watching/);
    assert.deepEqual(asked, []);
  });

  for (const data of [{}, { eventId: '' }, { eventId: 7 }, { eventId: 'x'.repeat(2_000) }])
    it(`is refused in words for a button that carries ${JSON.stringify(data).slice(0, 30)}`, async () =>
      assert.match(String(await said(pressed('accept', data))), /can’t read that button/));

  it('is not sent where the organiser asks for none', async () => {
    await replica({});
    failures = [graphSays(400)];
    assert.match((await pressed('accept')).fallbackText, /You accepted/);
    assert.deepEqual(asked, [
      ['event-1', 'accept', { sendResponse: true }],
      ['event-1', 'accept', { sendResponse: false }],
    ]);
  });

  /** [what Graph says, in turn, what the person reads or what kind of failure others put into words] */
  const failing: [number[], RegExp][] = [
    [[404], /isn’t in your calendar any more/],
    [[400, 400], /Outlook takes no answer/],
    [[403], /^forbidden$/],
    [[503], /^unavailable$/],
    [[429], /^throttled$/],
  ];
  for (const [statuses, words] of failing)
    it(`that Graph answers with ${statuses.join(', then ')} can be given again`, async () => {
      await replica({});
      failures = statuses.map(graphSays);
      assert.match(String(await said(pressed('accept'))), words);
      assert.deepEqual(poked, []);
      const before = asked.length;
      await pressed('accept');
      assert.equal(asked.length, before + 1, 'what failed is not taken for done');
    });

  it('says after a “no” why the meeting is gone', async () => {
    await replica({});
    await pressed('decline');
    await db.peek('delete from cw.event');
    assert.match(String(await said(pressed('accept'))), /You declined/);
  });
});
