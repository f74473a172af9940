import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { fingerprint, type Merged, mergeRound, sameEvent } from '../../src/calendar/merge.ts';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import { DAY, graphEvent, graphMaster, graphTime, MINUTE, meeting, removed, skeleton, utc } from '../support/events.ts';

const START = utc('2026-12-01 14:00');
const weekly = (count: number) =>
  Array.from({ length: count }, (_, index) => skeleton(`o${index + 1}`, START + index * 7 * DAY));

const delta = (items: GraphEvent[]) => ({ calendarId: '', items, isFull: false });
const full = (items: GraphEvent[]) => ({ calendarId: '', items, isFull: true });

function apply(stored: CalendarEvent[], merged: Merged): CalendarEvent[] {
  const after = new Map(stored.map((event) => [event.id, event]));
  for (const event of merged.removals) after.delete(event.id);
  for (const event of merged.upserts) after.set(event.id, event);
  return [...after.values()];
}

const laid = (stored: CalendarEvent[], ...rounds: ReturnType<typeof delta>[]) =>
  rounds.reduce((before, round) => apply(before, mergeRound(before, round)), stored);

const ids = (events: CalendarEvent[]) => events.map((event) => event.id).sort();
/** What changed, as the product sees it. */
const news = (stored: CalendarEvent[], round: ReturnType<typeof delta>) =>
  changesOf(stored, mergeRound(stored, round), START).flatMap((change) =>
    change.occurrences.map((one) => `${change.kind} ${one.eventId}`),
  );

const SERIES = laid([], full([graphMaster(), ...weekly(4), graphEvent()]));

describe('laying a round over the replica', () => {
  it('writes what is new', () => {
    assert.deepEqual(ids(SERIES), ['event-1', 'o1', 'o2', 'o3', 'o4', 'series']);
    assert.deepEqual(news([], full([graphEvent()])), ['created event-1']);
  });

  it('completes occurrences from the master in the round', () => {
    const second = SERIES.find((event) => event.id === 'o2');
    assert.equal(second?.subject, 'Weekly');
    assert.equal(second?.seriesMasterId, 'series');
    assert.equal(second?.startAt, START + 7 * DAY);
    assert.equal(second?.endAt, START + 7 * DAY + 30 * MINUTE);
    assert.equal(second?.organizer.address, 'ann@test.example');
    assert.deepEqual(second?.agenda, ['Budget']);
  });

  it('completes occurrences from the master in the replica, wherever the master stands in the round', () => {
    const later = mergeRound(SERIES, delta([skeleton('o5', START + 28 * DAY)]));
    assert.deepEqual(
      later.upserts.map((event) => [event.id, event.subject]),
      [['o5', 'Weekly']],
    );
    const master = graphMaster({ subject: 'Renamed' });
    for (const items of [
      [master, ...weekly(4)],
      [...weekly(4), master],
    ])
      assert.ok(mergeRound(SERIES, delta(items)).upserts.every((event) => event.subject === 'Renamed'));
  });

  it('removes an occurrence that its series does not have any more, though nobody says so', () => {
    const items = [graphMaster(), ...weekly(4).filter((one) => one.id !== 'o2')];
    assert.deepEqual(news(SERIES, delta(items)), ['removed o2']);
  });

  it('leaves a series alone whose master the round does not bring', () => {
    assert.deepEqual(news(SERIES, delta([skeleton('o2', START + 8 * DAY)])), ['moved o2']);
  });

  it('keeps an occurrence that became an exception', () => {
    const exception = graphEvent({
      id: 'o2',
      type: 'exception',
      seriesMasterId: 'series',
      subject: 'Weekly, in the garden',
      start: graphTime(START + 8 * DAY),
      end: graphTime(START + 8 * DAY + 30 * MINUTE),
    });
    const items = [graphMaster(), ...weekly(4).filter((one) => one.id !== 'o2'), exception];
    assert.deepEqual(news(SERIES, delta(items)), ['moved o2']);
    const after = laid(SERIES, delta(items));
    assert.equal(after.find((event) => event.id === 'o2')?.type, 'exception');
    assert.equal(after.find((event) => event.id === 'o2')?.subject, 'Weekly, in the garden');
  });

  it('removes what is reported as removed, and with a master its occurrences', () => {
    assert.deepEqual(news(SERIES, delta([removed('event-1')])), ['removed event-1']);
    assert.deepEqual(news(SERIES, delta([removed('series')])).sort(), [
      'removed o1',
      'removed o2',
      'removed o3',
      'removed o4',
    ]);
    assert.deepEqual(ids(laid(SERIES, delta([removed('series')]))), ['event-1']);
    // Even when a stale occurrence of it comes along.
    assert.deepEqual(ids(laid(SERIES, delta([skeleton('o1', START), removed('series')]))), ['event-1']);
  });

  it('ignores what is removed outside the window', () => {
    const merged = mergeRound(SERIES, delta([removed('never-seen'), removed('neither')]));
    assert.deepEqual([merged.upserts, merged.removals, merged.refused], [[], [], 0]);
  });

  it('lets the last of several items win', () => {
    const first = graphEvent({ subject: 'First' });
    const last = graphEvent({ subject: 'Last' });
    assert.equal(mergeRound([], delta([first, last])).upserts[0]?.subject, 'Last');
    assert.equal(mergeRound([], delta([first, last])).upserts.length, 1);
    assert.deepEqual(news(SERIES, delta([graphEvent({ subject: 'x' }), removed('event-1')])), ['removed event-1']);
    assert.deepEqual(news(SERIES, delta([removed('event-1'), graphEvent({ subject: 'x' })])), [
      'subjectChanged event-1',
    ]);
    assert.deepEqual(news(SERIES, delta([removed('event-1'), graphEvent()])), [], 'gone and back as it was');
  });

  it('takes a full round as all there is', () => {
    assert.deepEqual(news(SERIES, full([graphMaster(), ...weekly(3)])).sort(), ['removed event-1', 'removed o4']);
    assert.equal(mergeRound(SERIES, full([])).removals.length, SERIES.length);
    assert.equal(mergeRound(SERIES, delta([])).removals.length, 0);
  });

  it('names masters that are missing, and uses them when they are brought', () => {
    const round = delta([skeleton('x1', START, 'unknown'), skeleton('x2', START + DAY, 'unknown')]);
    const first = mergeRound(SERIES, round);
    assert.deepEqual(first.missingMasters, ['unknown']);
    assert.deepEqual(first.upserts, []);
    const second = mergeRound(SERIES, round, [graphMaster({ id: 'unknown', subject: 'Fetched' })]);
    assert.deepEqual(second.missingMasters, []);
    assert.deepEqual(ids(second.upserts), ['unknown', 'x1', 'x2']);
    assert.deepEqual(second.removals, []);
  });

  it('does not take a master that was fetched alone for its whole series', () => {
    const orphans = SERIES.filter((event) => event.id !== 'series');
    const round = delta([skeleton('o5', START + 28 * DAY)]);
    assert.deepEqual(mergeRound(orphans, round).missingMasters, ['series']);
    assert.deepEqual(mergeRound(orphans, round, [graphMaster()]).removals, []);
  });

  it('refuses odd items one by one and keeps the rest', () => {
    const odd = [
      { type: 'singleInstance' },
      graphEvent({ id: 'no-start', start: null }),
      { ...skeleton('no-master', START), seriesMasterId: undefined },
      { ...skeleton('no-times', START), end: undefined },
      // Not what the documentation promises; it must not stop the mailbox.
      graphEvent({ id: 'odd', attendees: [null] as never, subject: 5 as never }),
    ] as GraphEvent[];
    const merged = mergeRound([], full([...odd, graphMaster(), ...weekly(1)]));
    assert.equal(merged.refused, odd.length);
    assert.deepEqual(ids(merged.upserts), ['o1', 'series']);
  });

  it('does not report an entry as gone because its new version can’t be read', () => {
    const unreadable = graphEvent({ start: { dateTime: '2026-12-01T09:00:00', timeZone: 'tzone://Microsoft/Custom' } });
    assert.deepEqual(news(SERIES, full([unreadable, graphMaster(), ...weekly(4)])), []);
    const half = { ...skeleton('o2', START), end: undefined };
    assert.deepEqual(news(SERIES, delta([graphMaster(), ...weekly(4).filter((one) => one.id !== 'o2'), half])), []);
  });

  const item = fc.oneof(
    fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(3), fc.constantFrom('One', 'Two'), fc.boolean())
      .map(([id, days, subject, isCancelled]) =>
        graphEvent({
          id,
          subject,
          isCancelled,
          start: graphTime(START + days * DAY),
          end: graphTime(START + days * DAY),
        }),
      ),
    fc
      .tuple(fc.constantFrom('m', 'n'), fc.constantFrom('One', 'Two'))
      .map(([id, subject]) => graphMaster({ id, subject })),
    fc
      .tuple(fc.constantFrom('o1', 'o2', 'o3'), fc.nat(3), fc.constantFrom('m', 'n'))
      .map(([id, days, master]) => skeleton(id, START + days * DAY, master)),
    fc.constantFrom('a', 'b', 'm', 'n', 'o1', 'elsewhere').map(removed),
    fc.constant({ id: 'a', type: 'nonsense' } as GraphEvent),
  );
  const round = fc.record({
    calendarId: fc.constant(''),
    items: fc.array(item, { maxLength: 12 }),
    isFull: fc.boolean(),
  });

  it('finds nothing new in a round that is replayed', () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 4 }), round, (before, last) => {
        const once = laid([], ...before, last);
        const again = mergeRound(once, last);
        assert.deepEqual([again.upserts, again.removals], [[], []]);
        assert.deepEqual(changesOf(once, again, START), []);
      }),
      { numRuns: 200 },
    );
  });

  it('never both writes and removes an entry', () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 3 }), round, (before, last) => {
        const merged = mergeRound(laid([], ...before), last);
        const gone = new Set(ids(merged.removals));
        assert.ok(merged.upserts.every((event) => !gone.has(event.id)));
        assert.equal(new Set(ids(merged.upserts)).size, merged.upserts.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('comparing entries', () => {
  it('does not depend on the order of fields, which jsonb does not keep', () => {
    const one = meeting({ place: { name: 'Cafe', isRoom: false } });
    const other = Object.fromEntries(Object.entries(one).reverse()) as unknown as CalendarEvent;
    assert.ok(sameEvent(one, other));
    assert.ok(sameEvent(one, { ...one, joinUrl: undefined }), 'absent and undefined are one');
    assert.ok(sameEvent(one, JSON.parse(JSON.stringify(one))));
  });

  it('sees every field that differs', () => {
    for (const more of [
      { subject: 'x' },
      { agenda: ['Budget', ''] },
      { attendees: [] },
      { changeKey: 'key-2' },
      { endAt: 1 },
    ])
      assert.ok(!sameEvent(meeting(), meeting(more)), JSON.stringify(more));
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [a, b] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
        let same = true;
        try {
          assert.deepEqual(a, b);
        } catch {
          same = false;
        }
        assert.equal(fingerprint(a) === fingerprint(b), same);
      }),
    );
  });
});
