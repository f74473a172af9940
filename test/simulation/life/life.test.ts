import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Life, startFor } from './life.ts';
import { type LivedLife, liveThrough } from './run-life.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './wall.ts';

const WEEK_MS = 7 * DAY_MS;
const options = (seed: number, people: number, weeks: number) => {
  const startAt = startFor(seed);
  return { seed, people, startAt, untilAt: startAt + weeks * WEEK_MS };
};
const digest = ({ truth, wishes }: LivedLife) =>
  createHash('sha256')
    .update(JSON.stringify([truth, wishes]))
    .digest('hex');

/** All that a run of 40 user-weeks in a week of changing clocks has to contain at least once. */
const INGREDIENTS = [
  'daily series',
  'series on weekdays',
  'weekly series',
  'biweekly series',
  'monthly series',
  'meeting made',
  'meeting at short notice',
  'moved',
  'moved one occurrence',
  'moved several occurrences',
  'moved the series',
  'moved the series to another day',
  'moved across midnight',
  'moved across a change of clocks',
  'meeting in the night of the change of clocks',
  'changed again within seconds',
  'all-day entry',
  'entry of several days',
  'focus time',
  'moved an all-day entry',
  'cancelled by the organiser',
  'occurrence cancelled by the organiser',
  'series cancelled by the organiser',
  'deleted an occurrence',
  'removed from the own calendar',
  'tidied up after a cancellation',
  'agenda written',
  'agenda removed',
  'agenda restored',
  'agenda changed',
  'place changed',
  'room changed',
  'join link added',
  'attendee added',
  'attendee removed',
  'attendee invited again',
  'accepted',
  'tentatively accepted',
  'declined',
  'subject changed',
  'made private',
  'working elsewhere',
  'free or busy',
  'chose mutedSeries',
  'chose mutedPeople',
  'chose quiet',
  'chose pausedUntil',
  'chose tellOwnChanges',
  'typed',
  'pressed a button',
  'booked a room',
  'written into a room',
  'made a rule',
  'ended a rule',
  'watch on',
  'watch off',
  'remind 0',
  'remind 1',
  'remind 2',
  'no agenda needed',
  'travels',
];

describe('life', function () {
  this.timeout(120_000);
  /** 40 user-weeks. */
  let lived: LivedLife | undefined;
  const big = () => {
    lived ??= liveThrough(options(1, 20, 2));
    return lived;
  };

  it('is the same for the same seed', () => {
    const [first, second, other] = [3, 3, 4].map((seed) => digest(liveThrough(options(seed, 4, 0.5))));
    assert.equal(first, second);
    assert.notEqual(first, other);
  });

  it('holds every ingredient in two lives, of 40 and 12 user-weeks', () => {
    const { life } = big();
    const other = liveThrough(options(9, 8, 1.5)).life;
    assert.deepEqual(
      INGREDIENTS.filter((word) => !life.counts.has(word) && !other.counts.has(word)),
      [],
      JSON.stringify([...life.counts].sort()),
    );
  });

  it('is believable: about 20 meetings a person and week, 10 to 15 things done', () => {
    const { life, graph } = big();
    const { startAt } = options(1, 20, 2);
    const lines = life.people.map((person) =>
      graph.truth(person.oid, startAt, startAt + WEEK_MS).filter((line) => !line.event.isCancelled),
    );
    const count = lines.flat().length / 20;
    assert.ok(count > 12 && count < 32, `${count} meetings a week`);
    const recurring = lines.flat().filter((line) => line.type !== 'singleInstance').length / lines.flat().length;
    assert.ok(recurring > 0.5, `${recurring} recurring`);
    // Answers to invitations come on top of what people do, and the weeks that they begin with are none of it.
    const others = [
      'accepted',
      'tentatively accepted',
      'declined',
      'daily series',
      'series on weekdays',
      'weekly series',
    ];
    const left = new Set([...others, 'biweekly series', 'monthly series', 'watch on']);
    // What they say to the bot changes no calendar.
    const isSaid = (word: string) => /^(?:chose |typed|pressed)/.test(word);
    const done = [...life.counts]
      .filter(([word]) => !left.has(word) && !isSaid(word))
      .reduce((sum, [, times]) => sum + times, 0);
    assert.ok(done / 40 > 10 && done / 40 < 18, `${done / 40} things a week`);
  });

  it('gives each single and each series a subject of its own', () => {
    const { truth } = liveThrough(options(2, 5, 1));
    const owners = new Map<string, Set<string>>();
    for (const { oid, put } of truth)
      for (const line of put) {
        if (!line.isOrganizer) continue;
        const subject = line.subject.replace(/ \(new\)/g, '');
        const ids = owners.get(subject) ?? new Set();
        owners.set(subject, ids.add(`${oid}|${line.seriesId ?? line.id}`));
      }
    assert.deepEqual(
      [...owners].filter(([, ids]) => ids.size > 1),
      [],
    );
  });

  it('goes on in the order of time, and ends', () => {
    const { truth, wishes } = liveThrough(options(5, 4, 0.5));
    const { startAt, untilAt } = options(5, 4, 0.5);
    for (const list of [truth, wishes]) {
      assert.ok(list.every((one, index) => one.at >= (list[index - 1]?.at ?? 0)));
      assert.ok(list.every((one) => one.at >= startAt && one.at <= untilAt));
    }
  });

  it("invites within the tenant only, and tells of a journey in the traveller's calendar", () => {
    const { life, truth } = big();
    const tenantOf = new Map(life.people.map((person) => [person.address, person.tenantId]));
    assert.equal(life.tenants.length, 3);
    for (const { oid, put, cause } of truth) {
      const own = life.people.find((person) => person.oid === oid);
      for (const line of put)
        for (const one of line.attendees) {
          const tenant = tenantOf.get(one.split('|')[0] ?? '');
          assert.ok(tenant === undefined || tenant === own?.tenantId);
        }
      if (cause.startsWith('travels to')) assert.ok(put.some((line) => line.days && line.isOrganizer));
    }
    assert.ok(truth.some((entry) => /^travels to \w+\/\w+/.test(entry.cause)));
  });

  it('has people whose calendars keep what they declined', () => {
    const { truth } = big();
    assert.ok(truth.some(({ put }) => put.some((line) => line.response === 'declined')));
  });

  it('does more of what is asked for, and something at once again', () => {
    const usual = liveThrough(options(7, 6, 1)).life.counts;
    const other = liveThrough({ ...options(7, 6, 1), againAtOnce: 1, weights: { decline: 20 } }).life.counts;
    const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
    assert.ok((other.get('declined') ?? 0) > 3 * (usual.get('declined') ?? 0));
    assert.ok(sum(other) > 1.3 * sum(usual));
  });

  it('lets people take some time to sign in again', () => {
    const { life } = liveThrough(options(6, 2, 0.1));
    const waits = Array.from({ length: 200 }, () => life.onTokenTrouble(firstOf(life)));
    assert.ok(waits.every((ms) => ms >= 5 * MINUTE_MS && ms <= 27 * HOUR_MS));
    assert.ok(new Set(waits).size > 100);
  });
});

const firstOf = (life: Life) => life.people[0]?.oid ?? '';
