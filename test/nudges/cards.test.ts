import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { equaliseCards, type KnownCard } from '../../src/nudges/cards.ts';
import { meetingFacts } from '../../src/nudges/facts.ts';
import type { PlannedNudge } from '../../src/nudges/plan.ts';
import { DEFAULT_SETTINGS } from '../../src/nudges/settings.ts';
import { HOUR, MINUTE, meeting, mine, NOW } from '../support/events.ts';

const EVENT = meeting();

/** A reminder that was sent ten minutes ago. */
function card(more: Partial<KnownCard> = {}, event: CalendarEvent = EVENT): KnownCard {
  return {
    nudgeId: 'reminder.1',
    kind: 'reminder',
    eventId: event.id,
    startAt: event.startAt,
    facts: { ...meetingFacts(event) },
    shape: 'whole',
    why: null,
    sentAt: NOW - 10 * MINUTE,
    endsAt: event.endAt,
    ...more,
  };
}

const planned = (facts: Record<string, unknown>, nudgeId = 'reminder.1'): PlannedNudge => ({
  nudgeId,
  kind: 'reminder',
  eventId: EVENT.id,
  startAt: EVENT.startAt,
  leadMs: 0,
  earliestAt: NOW,
  dueAt: NOW,
  deadlineAt: EVENT.startAt,
  facts,
});

const equalised = (cards: KnownCard[], events: CalendarEvent[], nudges: PlannedNudge[] = [], more = {}) =>
  equaliseCards(cards, nudges, events, { ...DEFAULT_SETTINGS, ...more });
const shapes = (cards: KnownCard[], events: CalendarEvent[], nudges: PlannedNudge[] = []) =>
  equalised(cards, events, nudges).map(({ nudgeId, shape, why }) => [nudgeId, shape, why]);

describe('cards', () => {
  it('stay as they are while nothing changes', () => {
    assert.deepEqual(equalised([card()], [EVENT]), []);
    assert.deepEqual(equalised([card()], [EVENT], [planned({ ...meetingFacts(EVENT) })]), []);
  });

  /** [what happened, the entry now, why the card is a line then] */
  const cases: [string, CalendarEvent | undefined, string][] = [
    ['was cancelled', meeting({ isCancelled: true }), 'cancelled'],
    ['is gone', undefined, 'gone'],
    ['was declined by the person', meeting({ response: 'declined' }), 'declined'],
    ['was moved', meeting({ startAt: EVENT.startAt + HOUR }), 'moved'],
    ['became all-day', meeting({ allDay: { startDate: '2026-12-01', endDate: '2026-12-02' } }), 'done'],
  ];
  for (const [what, event, why] of cases)
    it(`shrink to a line when the meeting ${what}`, () =>
      assert.deepEqual(shapes([card()], event ? [event] : []), [['reminder.1', 'line', why]]));

  it('say the new time when the meeting was moved', () => {
    const moved = meeting({ startAt: EVENT.startAt + HOUR });
    const [change] = equalised([card()], [moved]);
    assert.equal(change?.facts.startAt, moved.startAt);
    assert.ok((change?.endsAt ?? 0) >= moved.endAt, 'and are looked at until it is over');
  });

  it('come back when the meeting does', () => {
    const line = card({ shape: 'line', why: 'cancelled' });
    assert.deepEqual(shapes([line], [EVENT]), [['reminder.1', 'whole', null]]);
  });

  it('show the newest whole and the earlier ones as lines', () => {
    const earlier = card({ nudgeId: 'agenda.1', sentAt: NOW - HOUR });
    assert.deepEqual(shapes([card(), earlier], [EVENT]), [['agenda.1', 'line', 'newer']]);
    const other = card({ nudgeId: 'reminder.2', eventId: 'event-2' }, meeting({ id: 'event-2' }));
    assert.deepEqual(shapes([card(), other], [EVENT, meeting({ id: 'event-2' })]), [], 'each meeting by itself');
  });

  it('show what the plan says now of a nudge that was sent', () => {
    const facts = { ...meetingFacts(EVENT), snoozedUntil: NOW + 5 * MINUTE };
    const [change] = equalised([card()], [EVENT], [planned(facts)]);
    assert.deepEqual(change, { nudgeId: 'reminder.1', facts, shape: 'whole', why: null, endsAt: EVENT.endAt });
  });

  it('follow the meeting where no plan speaks of them any more', () => {
    const before = meeting({
      place: { name: 'Room 1', isRoom: true },
      joinUrl: 'https://teams.microsoft.com/l/meetup-join/1',
    });
    const after = meeting({ subject: 'Planning, new' });
    const [change] = equalised([card({ facts: { ...meetingFacts(before), leaveAt: NOW } })], [after]);
    assert.equal(change?.facts.subject, 'Planning, new');
    assert.equal(change?.facts.leaveAt, NOW, 'what else the card says is kept');
    assert.ok(!('place' in (change?.facts ?? {})), 'what the meeting has no more is gone from the card');
    assert.ok(!('joinUrl' in (change?.facts ?? {})));
  });

  it('of a line only change what a line shows', () => {
    const line = card({ nudgeId: 'reminder.0', shape: 'line', why: 'newer', sentAt: NOW - HOUR });
    assert.deepEqual(
      shapes([card({ facts: { ...meetingFacts(meeting({ agenda: ['X'] })) } }), line], [meeting({ agenda: ['X'] })]),
      [],
    );
    const renamed = meeting({ subject: 'Other' });
    assert.deepEqual(
      shapes([card({ facts: { ...meetingFacts(renamed) } }), line], [renamed]).map(([id]) => id),
      ['reminder.0'],
    );
  });

  it('that told what happened stay, whatever became of the meeting', () => {
    const notice = card({
      nudgeId: 'change.1',
      kind: 'change',
      facts: { ...meetingFacts(EVENT), change: 'cancelled' },
    });
    assert.deepEqual(equalised([notice], []), []);
    assert.deepEqual(equalised([notice], [meeting({ isCancelled: true })]), []);
  });

  it('that ask for an agenda are done when there is one', () => {
    const asking = card({ kind: 'agenda' }, mine());
    assert.deepEqual(equalised([asking], [mine()]), []);
    assert.deepEqual(shapes([asking], [mine({ agenda: ['Budget'] })]), [['reminder.1', 'line', 'done']]);
  });

  it('keep a private meeting private when they change', () => {
    const secret = meeting({
      subject: 'Oncologist',
      sensitivity: 'private',
      agenda: ['Results'],
      startAt: EVENT.startAt + HOUR,
    });
    const [change] = equalised([card()], [secret], [], { private: 'discreet' });
    assert.ok(!/Oncologist|Results|Bob|Ann/.test(JSON.stringify(change?.facts)));
  });

  it('are settled after one step: what was written is what is wanted', () => {
    const anyCard = fc.record({
      nudgeId: fc.constantFrom('a', 'b', 'c', 'd'),
      kind: fc.constantFrom('reminder', 'agenda', 'change', 'leaveBy'),
      eventId: fc.constantFrom('event-1', 'event-2'),
      shape: fc.constantFrom('whole' as const, 'line' as const),
      why: fc.constantFrom(null, 'newer' as const, 'moved' as const),
    });
    const anyEvent = fc.record({
      id: fc.constantFrom('event-1', 'event-2'),
      isCancelled: fc.boolean(),
      subject: fc.constantFrom('Planning', 'Other'),
      startAt: fc.constantFrom(EVENT.startAt, EVENT.startAt + HOUR),
      agenda: fc.constantFrom<string[]>([], ['Budget']),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(anyCard, { selector: (one) => one.nudgeId, maxLength: 4 }),
        fc.uniqueArray(anyEvent, { selector: (one) => one.id, maxLength: 2 }),
        (some, others) => {
          const cards = some.map((one) => card(one));
          const events = others.map((one) => meeting(one));
          const changes = new Map(equalised(cards, events).map((one) => [one.nudgeId, one]));
          const after = cards.map((one) => ({ ...one, ...changes.get(one.nudgeId) }));
          assert.deepEqual(equalised(after, events), []);
          for (const eventId of ['event-1', 'event-2']) {
            const whole = after.filter((one) => one.eventId === eventId && one.shape === 'whole');
            assert.ok(whole.length <= 1, 'one message a meeting');
          }
        },
      ),
    );
  });
});
