import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { type BlindFacts, MOST_BLIND_LINES } from '../../src/nudges/blind.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/nudges/settings.ts';
import { markBlind, watchMailbox } from '../../src/store/mailboxes.ts';
import { awaken, beat } from '../../src/store/outages.ts';
import { blindness, tell } from '../../src/sync/blindness.ts';
import { performDuty } from '../../src/sync/mailbox-worker.ts';
import { syncMailbox } from '../../src/sync/sync-mailbox.ts';
import {
  empty,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  SECOND_MS,
  seedFeed,
  seedMailbox,
  seedSubscription,
  seedTenant,
} from '../store/seed.ts';
import { at, DAY, graphEvent, graphTime, meeting } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand, lastPage } from './by-hand.ts';

const LEAST_MS = 15 * MINUTE_MS;
const ago = (minutes: number) => NOW - minutes * MINUTE_MS;

describe('since when nothing was seen', () => {
  const outage = (from: number, to: number) => ({ fromAt: ago(from), toAt: ago(to) });
  /** [what, blind since, last read, outages, from and to; undefined: nothing to tell] */
  const cases: [string, number | null, number | null, ReturnType<typeof outage>[], [number, number] | undefined][] = [
    ['nothing happened', null, ago(300), [], undefined],
    ['blind for long', ago(60), ago(300), [], [ago(60), NOW]],
    ['blind for long enough', ago(15), ago(300), [], [ago(15), NOW]],
    ['blind for a moment', ago(14), ago(300), [], undefined],
    ['read since it began', ago(60), ago(20), [], [ago(20), NOW]],
    ['read just now', ago(60), ago(5), [], undefined],
    ['never read', ago(60), null, [outage(60, 30)], undefined],
    ['a short outage, read long after', null, ago(500), [outage(300, 294)], undefined],
    ['an outage that ended long ago', null, ago(300), [outage(200, 180)], [ago(200), ago(180)]],
    ['a short outage while it was blind', ago(30), ago(300), [outage(60, 50)], [ago(30), NOW]],
    ['an outage, and blind since', ago(30), ago(300), [outage(60, 40)], [ago(60), NOW]],
    ['blind before an outage', ago(90), ago(300), [outage(60, 50)], [ago(90), NOW]],
    ['several outages', null, ago(300), [outage(40, 30), outage(80, 60)], [ago(80), ago(60)]],
    ['an outage that began before the last read', null, ago(55), [outage(60, 30)], [ago(55), ago(30)]],
    ['an outage that lasts', null, ago(300), [{ fromAt: ago(60), toAt: NOW + MINUTE_MS }], [ago(60), NOW]],
  ];
  for (const [what, blindSince, syncedAt, outages, span] of cases)
    it(`is ${span ? `told (${(span[1] - span[0]) / MINUTE_MS} min)` : 'nothing to tell'}: ${what}`, () =>
      assert.deepEqual(
        blindness({ blindSince, syncedAt, outages }, LEAST_MS, NOW),
        span && { fromAt: span[0], toAt: span[1] },
      ));
});

describe('what is told of a blindness', () => {
  const DISCREET: Settings = { ...DEFAULT_SETTINGS, private: 'discreet' };
  const span = { fromAt: NOW - HOUR_MS, toAt: NOW };
  const ahead = (more: Partial<CalendarEvent> = {}) =>
    meeting({ startAt: NOW + HOUR_MS, endAt: NOW + 2 * HOUR_MS, ...more });
  const found = (before: CalendarEvent[], after: CalendarEvent[]) => {
    const kept = new Set(after.map((one) => one.id));
    const removals = before.filter((one) => !kept.has(one.id));
    return changesOf(before, { upserts: after, removals, refused: 0, missingMasters: [], isDoubtful: false }, NOW);
  };
  const words = (before: CalendarEvent[], after: CalendarEvent[]) =>
    tell(span, found(before, after)).facts.changes.map((one) => one.change);
  const later = { startAt: NOW + 3 * HOUR_MS, endAt: NOW + 4 * HOUR_MS };
  const one = (before: Partial<CalendarEvent>, after: Partial<CalendarEvent>) =>
    [[ahead(before)], [ahead({ ...before, ...after })]] as const;

  /** [what, before, after, word] */
  const cases: [string, readonly CalendarEvent[], readonly CalendarEvent[], string | undefined][] = [
    ['a move', ...one({}, later), 'moved'],
    ['a cancellation', ...one({}, { isCancelled: true }), 'cancelled'],
    ['one that takes place after all', ...one({ isCancelled: true }, { isCancelled: false }), 'restored'],
    ['another place', ...one({}, { place: at('Room 2', 1, 1) }), 'place'],
    ['another way to join', ...one({}, { joinUrl: 'https://a.example' }), 'link'],
    ['an invitation', [], [ahead()], 'invited'],
    ['what they made themselves', [], [ahead({ isOrganizer: true })], undefined],
    ['an invitation that was cancelled meanwhile', [], [ahead({ isCancelled: true })], undefined],
    ['their own meeting, deleted', [ahead({ isOrganizer: true })], [], 'cancelled'],
    ['an invitation that they deleted', [ahead()], [], undefined],
    ['a draft', ...one({ isDraft: true }, later), undefined],
    ['what they declined', ...one({ response: 'declined' }, later), undefined],
    ['what was cancelled before', ...one({ isCancelled: true }, later), undefined],
    ['another subject', ...one({}, { subject: 'Other' }), undefined],
    ['answers of others', ...one({}, { attendees: [] }), undefined],
    [
      'what was over before',
      ...one({ startAt: NOW - 3 * HOUR_MS, endAt: NOW - 2 * HOUR_MS }, { isCancelled: true }),
      undefined,
    ],
    ['what took place meanwhile', ...one({ startAt: ago(50), endAt: ago(20) }, { isCancelled: true }), 'cancelled'],
  ];
  for (const [what, before, after, word] of cases)
    it(`is ${word ?? 'nothing'} for ${what}`, () =>
      assert.deepEqual(words([...before], [...after]), word === undefined ? [] : [word]));

  it('is the soonest first, a limited number of lines, and how many more there were; all of them count as told', () => {
    const many = Array.from({ length: MOST_BLIND_LINES + 5 }, (_, index) =>
      ahead({
        id: `e${index}`,
        subject: `Meeting ${index}`,
        startAt: NOW + (100 - index) * HOUR_MS,
        endAt: NOW + 101 * HOUR_MS,
      }),
    );
    const changes = found(
      many,
      many.map((event) => ({ ...event, isCancelled: true })),
    );
    const { facts, told } = tell(span, changes);
    assert.deepEqual([facts.changes.length, facts.more, told.size], [MOST_BLIND_LINES, 5, many.length]);
    const starts = facts.changes.map((line) => line.startAt);
    assert.deepEqual(
      starts,
      [...starts].sort((a, b) => a - b),
    );
  });

  it('hides what is private where that is wanted, before or after the change', () => {
    const place = { place: at('Room 2', 1, 1) };
    const hidden = (before: Partial<CalendarEvent>, after: Partial<CalendarEvent>, settings = DISCREET) =>
      tell(
        span,
        found(...([...one(before, after)].map((all) => [...all]) as [CalendarEvent[], CalendarEvent[]])),
        settings,
      ).facts.changes.map(({ subject, place, isDiscreet, change }) => [change, subject, place, isDiscreet]);
    const line = ['moved', 'Private appointment', undefined, true];
    assert.deepEqual(hidden({ sensitivity: 'private' }, later), [line]);
    assert.deepEqual(hidden({}, { ...later, sensitivity: 'private' }), [line]);
    assert.deepEqual(hidden({ sensitivity: 'private' }, { ...later, sensitivity: 'normal' }), [line]);
    // Where it is was not known of what was private, so it is no news when it is.
    assert.deepEqual(hidden({ sensitivity: 'private' }, { ...place, sensitivity: 'normal' }), []);
    assert.deepEqual(hidden({}, { ...place, sensitivity: 'private' }), []);
    const open = ['place', 'Planning', 'Room 2', undefined];
    assert.deepEqual(hidden({}, place), [open]);
    assert.deepEqual(hidden({ sensitivity: 'private' }, later, DEFAULT_SETTINGS), [
      ['moved', 'Planning', undefined, undefined],
    ]);
  });

  it('is one line for a series', () => {
    const weekly = [0, 1, 2].map((week) =>
      ahead({
        id: `o${week}`,
        type: 'occurrence',
        seriesMasterId: 's',
        startAt: NOW + week * 7 * DAY + HOUR_MS,
        endAt: NOW + week * 7 * DAY + 2 * HOUR_MS,
      }),
    );
    const { facts } = tell(
      span,
      found(
        weekly,
        weekly.map((event) => ({ ...event, isCancelled: true })),
      ),
    );
    assert.deepEqual(
      facts.changes.map(({ change, eventId, occurrences }) => ({ change, eventId, occurrences })),
      [{ change: 'cancelled', eventId: 's', occurrences: 3 }],
    );
  });
});

describe('the first read after a blindness', () => {
  let db: OpenTestDatabase;
  let owner: { tenantId: string; mailboxId: string };
  let hand: ByHand;
  const entry = (id: string, startAt: number, changeKey = 'v1', more: object = {}) =>
    graphEvent({ id, changeKey, subject: id, start: graphTime(startAt), end: graphTime(startAt + HOUR_MS), ...more });

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    for (const table of ['heartbeat', 'outage']) await db.peek(`delete from cw.${table}`);
    const tenantId = await seedTenant(db);
    owner = { tenantId, mailboxId: await seedMailbox(db, tenantId) };
    hand = new ByHand(db);
    await seedSubscription(db, owner, { subscriptionId: 'main', provenAt: NOW + 30 * DAY, expiresAt: NOW + 30 * DAY });
    await beat(db.database.system, NOW);
    hand.pages.push(() => lastPage(entry('e1', NOW + DAY), entry('e2', NOW + DAY)));
    await hand.sync();
    await db.peek('delete from cw.nudge');
  });

  const blind = (since: number) =>
    db.database.inTenant(owner.tenantId, (sql) => markBlind(sql, owner.tenantId, owner.mailboxId, since));
  /** The clock, and with it the beat of an instance that runs. */
  const pass = async (ms: number, isRunning = true) => {
    const to = hand.now + ms;
    if (isRunning) await db.peek('update cw.heartbeat set beat_at = $1', [new Date(to)]);
    hand.now = to;
  };
  const due = () => db.peek('update cw.mailbox set sync_due_at = $1', [new Date(hand.now)]);
  const read = async () => {
    await due();
    await hand.sync();
  };
  const moved = (id = 'e1') => hand.pages.push(() => lastPage(entry(id, NOW + DAY + HOUR_MS, 'v2')));
  const said = async () =>
    (
      await db.peek<{ kind: string }>(
        `select kind from cw.nudge where kind in ('blind', 'change', 'connected') order by 1`,
      )
    ).map((one) => one.kind);
  const facts = async () => {
    const [row] = await db.peek<{ facts: BlindFacts }>(`select facts from cw.nudge where kind = 'blind'`);
    assert.ok(row, 'no such message');
    return row.facts;
  };
  const blindSince = async () =>
    (await db.peek<{ at: Date | null }>('select blind_since as at from cw.mailbox'))[0]?.at?.getTime() ?? null;

  it('is one message that names what happened, and nothing of that is told again', async () => {
    await pass(30 * MINUTE_MS);
    await blind(NOW + 10 * MINUTE_MS);
    moved();
    await read();
    assert.deepEqual(await said(), ['blind']);
    const { fromAt, toAt, changes, more } = await facts();
    assert.deepEqual([fromAt, toAt, more], [NOW + 10 * MINUTE_MS, NOW + 30 * MINUTE_MS, 0]);
    assert.deepEqual(
      changes.map((one) => `${one.change} ${one.subject}`),
      ['moved e1'],
    );
    const told = await db.peek<{ told: boolean }>(
      'select c.told_in = n.nudge_id as told from cw.change c, cw.nudge n where n.kind = $1',
      ['blind'],
    );
    assert.deepEqual(told, [{ told: true }]);
    assert.equal(await blindSince(), null);
    // Later plans don't bring it up either.
    await pass(HOUR_MS);
    await read();
    assert.deepEqual(await said(), ['blind']);
  });

  it('is a message also when nothing happened', async () => {
    await pass(20 * MINUTE_MS);
    await blind(NOW);
    await read();
    assert.deepEqual([await said(), (await facts()).changes], [['blind'], []]);
  });

  it('of a moment only is an ordinary one', async () => {
    await pass(30 * MINUTE_MS);
    await blind(NOW + 16 * MINUTE_MS);
    moved();
    await read();
    assert.deepEqual(await said(), ['change']);
    assert.equal(await blindSince(), null);
  });

  it('tells as it is configured', async () => {
    hand.intervals = { ...hand.intervals, blindCardMs: HOUR_MS };
    await pass(30 * MINUTE_MS);
    await blind(NOW);
    await read();
    assert.deepEqual(await said(), []);
  });

  it('reads every calendar, whichever was announced, so that one message tells all', async () => {
    await seedFeed(db, owner, { calendarId: 'team', deltaLink: 'https://graph.test/team', lookAt: NOW + DAY });
    await pass(30 * MINUTE_MS);
    await blind(NOW);
    hand.requests.length = 0;
    await hand.notify(owner.tenantId, owner.mailboxId, { subscriptionId: 'main', hint: { eventId: 'e1', etag: 'v1' } });
    moved();
    await hand.sync();
    assert.equal(hand.requests.length, 2);
    assert.deepEqual(await said(), ['blind']);
  });

  it('does not end what began anew while it read', async () => {
    await pass(30 * MINUTE_MS);
    await blind(NOW + MINUTE_MS);
    hand.pages.push(async () => {
      await db.peek('update cw.mailbox set blind_since = $1', [new Date(hand.now)]);
      return lastPage();
    });
    await read();
    assert.equal(await blindSince(), hand.now);
  });

  it('after an outage of all instances tells of it, and comes within a quarter of an hour', async () => {
    await pass(5 * MINUTE_MS);
    await pass(40 * MINUTE_MS, false);
    assert.equal(await beat(db.database.system, hand.now), NOW + 5 * MINUTE_MS);
    assert.ok(((await hand.dueInMs()) ?? 0) > HOUR_MS);
    assert.equal(await awaken(db.database.system, 100, hand.now), 1);
    const inMs = (await hand.dueInMs()) ?? Number.NaN;
    assert.ok(inMs < 15 * MINUTE_MS);
    await pass(inMs);
    moved();
    await hand.sync();
    assert.deepEqual(await said(), ['blind']);
    assert.equal((await facts()).fromAt, NOW + 5 * MINUTE_MS);
    await pass(HOUR_MS);
    await read();
    assert.deepEqual(await said(), ['blind'], 'once');
  });

  it('after an outage tells of it though nobody wrote it down yet', async () => {
    await pass(40 * MINUTE_MS, false);
    await read();
    assert.equal((await facts()).fromAt, NOW);
  });

  it('after reads that failed for long tells since the first failure', async () => {
    await pass(MINUTE_MS);
    await due();
    for (let time = 0; time < 3; time += 1) {
      const lease = await hand.claim();
      assert.ok(lease);
      await performDuty(hand.deps, 'sync', lease, () =>
        Promise.reject(new GraphFailure('unavailable', 503, 'code', 10 * MINUTE_MS)),
      );
      await pass(10 * MINUTE_MS);
    }
    await pass(SECOND_MS);
    await read();
    assert.equal((await facts()).fromAt, NOW + MINUTE_MS);
  });

  it('and the greeting name nothing private where that is hidden', async () => {
    await db.peek(`update cw.person set settings = '{"private": "discreet"}'`);
    const { tenantId, mailboxId } = owner;
    await db.database.inTenant(tenantId, (sql) => watchMailbox(sql, tenantId, mailboxId, mailboxId, hand.now));
    hand.pages.push(() => lastPage(entry('e1', NOW + DAY, 'v2', { sensitivity: 'private' })));
    await hand.sync();
    const [row] = await db.peek<{ next: { subject: string; others: string[] } }>(
      `select facts -> 'next' as next from cw.nudge where kind = 'connected'`,
    );
    assert.deepEqual([row?.next.subject, row?.next.others], ['Private appointment', []]);
    await pass(30 * MINUTE_MS);
    await blind(NOW);
    hand.pages.push(() => lastPage(entry('e1', NOW + DAY + HOUR_MS, 'v3', { sensitivity: 'private' })));
    await read();
    assert.deepEqual(
      (await facts()).changes.map((one) => `${one.change} ${one.subject}`),
      ['moved Private appointment'],
    );
  });

  describe('of somebody who had to sign in again', () => {
    const reconnect = async (afterMs: number) => {
      await pass(MINUTE_MS);
      await due();
      const lease = await hand.claim();
      assert.ok(lease);
      await performDuty(hand.deps, 'sync', lease, () =>
        Promise.reject(new CalendarWatchError('RECONNECT_NEEDED', 'no token')),
      );
      await pass(afterMs);
      await db.peek(`update cw.person set watch = 'on'`);
      const { tenantId, mailboxId } = owner;
      await db.database.inTenant(tenantId, (sql) => watchMailbox(sql, tenantId, mailboxId, mailboxId, hand.now));
      moved();
      await hand.sync();
    };

    it('is that message instead of a greeting', async () => {
      await reconnect(3 * HOUR_MS);
      assert.deepEqual(await said(), ['blind']);
      assert.equal((await facts()).fromAt, NOW + MINUTE_MS);
    });

    it('is the greeting when they did so at once', async () => {
      await reconnect(5 * MINUTE_MS);
      assert.deepEqual(await said(), ['change', 'connected']);
    });
  });

  it('that fails again leaves everything for the next', async () => {
    await pass(30 * MINUTE_MS);
    await blind(NOW);
    await due();
    const lease = await hand.claim();
    assert.ok(lease);
    hand.pages.push(() => Promise.reject(new GraphFailure('unavailable', 503, 'code', undefined)));
    await performDuty(hand.deps, 'sync', lease, (held) => syncMailbox(hand.deps, held));
    assert.deepEqual([await said(), await blindSince()], [[], NOW]);
  });
});
