import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aspectsOf } from '../../src/calendar/difference.ts';
import type { Attendee, CalendarEvent } from '../../src/calendar/event.ts';
import { withoutContent } from '../../src/calendar/private.ts';
import type { NoticedChange } from '../../src/nudges/nudge.ts';
import { dueOf, happens, isTimable, matches, type Reader } from '../../src/rules/match.ts';
import type { RuleSpec, When, Which } from '../../src/rules/rule.ts';
import { allDay, attendee, HOUR, MINUTE, meeting, NOW, utc } from '../support/events.ts';
import { spec } from './specs.ts';

const READER: Reader = {
  address: 'ada@test.example',
  isRoom: false,
  timeZone: 'Europe/Berlin',
  calendars: new Map([
    ['', 'Kalender'],
    ['team', 'Team'],
  ]),
};

const outsider = (address: string): Attendee => attendee('Out Sider', { address });
const room = (more: Partial<Attendee> = {}): Attendee =>
  attendee('Berlin', { address: 'berlin@test.example', type: 'resource', response: 'accepted', ...more });
const secret = withoutContent(meeting({ sensitivity: 'private' }));

describe('which entries a rule is about', () => {
  const cases: [name: string, which: Which, is: Partial<CalendarEvent>, isNot: Partial<CalendarEvent>][] = [
    ['subject', { subjectHas: 'plan' }, {}, { subject: 'Review' }],
    ['subject without', { subjectLacks: 'plan' }, { subject: 'Review' }, {}],
    ['mine', { organiser: 'me' }, { isOrganizer: true, response: 'organizer' }, {}],
    ['others’', { organiser: 'others' }, {}, { isOrganizer: true, response: 'organizer' }],
    ['an organiser', { organiser: 'ann@test.example' }, {}, { organizer: { name: '', address: 'b@test.example' } }],
    [
      'a domain organises',
      { organiser: 'test.example' },
      {},
      { organizer: { name: '', address: 'a@nottest.example' } },
    ],
    ['a guest', { attendee: 'bob.guest@test.example' }, {}, { attendees: [attendee('Carl')] }],
    [
      'a domain',
      { attendee: 'customer.com' },
      { attendees: [outsider('x@eu.customer.com')] },
      { attendees: [outsider('x@notcustomer.com')] },
    ],
    ['a category', { category: 'big' }, { categories: ['Red', 'Big'] }, { categories: ['Bigger'] }],
    [
      'a room by name',
      { room: 'berlin' },
      { attendees: [attendee('Bob'), room()] },
      { attendees: [attendee('Bob'), room({ response: 'declined' })] },
    ],
    ['a room by address', { room: 'Berlin@test.example' }, { attendees: [attendee('Bob'), room()] }, {}],
    [
      'a room by place',
      { room: 'berlin' },
      { place: { name: 'Room Berlin 2', isRoom: true } },
      { place: { name: 'Rome', isRoom: true } },
    ],
    ['a calendar', { calendar: 'team' }, { calendarId: 'team' }, {}],
    ['the calendar, by its name', { calendar: 'kalender' }, {}, { calendarId: 'team' }],
    ['the calendar, in English', { calendar: 'Calendar' }, {}, { calendarId: 'team' }],
    [
      'three or more',
      { sizeMin: 3 },
      { attendees: [attendee('B'), attendee('C')] },
      { attendees: [attendee('B'), room()] },
    ],
    [
      'up to two',
      { sizeMax: 2 },
      { attendees: [attendee('B'), room()] },
      { attendees: [attendee('B'), attendee('C')] },
    ],
    [
      'external',
      { external: true },
      { attendees: [outsider('x@customer.com')] },
      { attendees: [outsider('x@mail.test.example')] },
    ],
    ['internal', { external: false }, {}, { attendees: [outsider('x@customer.com')] }],
    ['an agenda', { agenda: true }, {}, { agenda: [] }],
    ['no agenda', { agenda: false }, { agenda: [] }, {}],
    ['all-day', { allDay: true }, { allDay: { startDate: '2026-12-02', endDate: '2026-12-03' } }, {}],
    [
      'a 1:1',
      { oneToOne: true },
      { attendees: [attendee('B'), room()] },
      { attendees: [attendee('B'), attendee('C')] },
    ],
    ['recurring', { recurring: true }, { type: 'occurrence', seriesMasterId: 's' }, {}],
    ['accepted', { response: 'accepted' }, {}, { response: 'tentative' }],
    ['declined', { response: 'declined' }, { response: 'declined' }, {}],
    ['not answered', { response: 'notResponded' }, { response: 'none' }, {}],
  ];
  for (const [name, which, is, isNot] of cases)
    it(name, () => {
      assert.equal(matches(spec({ which }), meeting(is), READER), true, 'is one');
      assert.equal(matches(spec({ which }), meeting(isNot), READER), false, 'is none');
    });

  it('wants all conditions at once', () => {
    const both = spec({ which: { subjectHas: 'plan', agenda: false } });
    assert.equal(matches(both, meeting(), READER), false);
    assert.equal(matches(both, meeting({ agenda: [] }), READER), true);
  });

  it('leaves alone what is nobody’s meeting', () => {
    const alone: Partial<CalendarEvent>[] = [
      { attendees: [] },
      { attendees: [room()] },
      { isDraft: true },
      { response: 'declined' },
    ];
    for (const more of alone) assert.equal(matches(spec(), meeting(more), READER), false, JSON.stringify(more));
    assert.equal(matches(spec({ what: 'entry' }), meeting({ attendees: [] }), READER), true);
  });

  it('knows no content of a private entry, whatever a condition says of it', () => {
    assert.equal(matches(spec(), secret, READER), false);
    const unknown: Which[] = [
      { subjectHas: 'private' },
      { subjectLacks: 'x' },
      { agenda: false },
      { external: false },
      { sizeMax: 5 },
      { oneToOne: false },
      { organiser: 'test.example' },
    ];
    for (const which of unknown)
      assert.equal(matches(spec({ what: 'entry', which }), secret, READER), false, JSON.stringify(which));
    for (const which of [{}, { organiser: 'others' }, { response: 'accepted' }, { recurring: false }] satisfies Which[])
      assert.equal(matches(spec({ what: 'entry', which }), secret, READER), true, JSON.stringify(which));
  });

  it('says nothing of outsiders where nobody knows who is inside', () => {
    const lost = { ...READER, address: null };
    for (const external of [true, false]) assert.equal(matches(spec({ which: { external } }), meeting(), lost), false);
  });

  it('takes a room’s bookings of several people for meetings', () => {
    const ofRoom = { ...READER, address: 'berlin@test.example', isRoom: true };
    assert.equal(matches(spec(), meeting({ attendees: [attendee('Bob'), room()] }), ofRoom), true);
    assert.equal(matches(spec(), meeting({ attendees: [room({ type: 'required' })] }), ofRoom), false);
  });
});

function change(before: CalendarEvent | undefined, after: CalendarEvent | undefined): NoticedChange {
  const aspects = before && after ? aspectsOf(before, after) : [after ? ('created' as const) : ('removed' as const)];
  return {
    changeId: 'c',
    noticedAt: NOW,
    kind: aspects[0] ?? 'other',
    aspects,
    scope: 'single',
    eventId: (after ?? before)?.id ?? '',
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
    occurrences: [],
  };
}

describe('what a rule waits for', () => {
  const created: When = { trigger: 'created' };
  const changed: When = { trigger: 'changed' };
  const moved: When = { trigger: 'moved' };
  const cancelled: When = { trigger: 'cancelled' };
  const declined: When = { trigger: 'answered', by: 'others', answer: 'declined' };
  const answered: When = { trigger: 'answered', by: 'others' };
  const accepted: When = { trigger: 'answered', by: 'me', answer: 'accepted' };
  const roomLost: When = { trigger: 'changed', aspects: ['room'] };
  const all = { created, changed, moved, cancelled, declined, answered, accepted, roomLost };
  const own = meeting({ isOrganizer: true, response: 'organizer' });
  const late = { startAt: NOW - 2 * HOUR, endAt: NOW - HOUR };
  const cases: [
    name: string,
    before: CalendarEvent | undefined,
    after: CalendarEvent | undefined,
    is: (keyof typeof all)[],
  ][] = [
    ['a new one', undefined, meeting(), ['created']],
    ['a draft', undefined, meeting({ isDraft: true }), []],
    ['a draft that is sent', meeting({ isDraft: true }), meeting(), ['created']],
    ['one that is cancelled already', undefined, meeting({ isCancelled: true }), []],
    ['a move', meeting(), meeting({ startAt: utc('2026-12-01 15:00') }), ['changed', 'moved']],
    ['another place', meeting(), meeting({ place: { name: 'Rome', isRoom: false } }), ['changed']],
    ['another subject', meeting(), meeting({ subject: 'Else' }), ['changed']],
    ['a cancelling', meeting(), meeting({ isCancelled: true }), ['cancelled']],
    [
      'a cancelling that moves',
      meeting(),
      meeting({ isCancelled: true, startAt: utc('2026-12-01 15:00') }),
      ['cancelled'],
    ],
    ['mine is gone', own, undefined, ['cancelled']],
    ['one that I tidied away', meeting(), undefined, []],
    ['one that was cancelled, gone', meeting({ isOrganizer: true, isCancelled: true }), undefined, []],
    ['back on', meeting({ isCancelled: true }), meeting(), ['changed']],
    [
      'a guest declines',
      own,
      { ...own, attendees: [attendee('Bob Guest', { response: 'declined' })] },
      ['declined', 'answered'],
    ],
    ['a guest accepts', own, { ...own, attendees: [attendee('Bob Guest', { response: 'accepted' })] }, ['answered']],
    [
      'a guest is new, and has accepted',
      own,
      { ...own, attendees: [...own.attendees, attendee('C', { response: 'accepted' })] },
      ['changed'],
    ],
    ['I accept', meeting({ response: 'notResponded' }), meeting(), ['accepted']],
    ['I waver', meeting(), meeting({ response: 'tentative' }), []],
    [
      'the room says no',
      { ...own, attendees: [room()] },
      { ...own, attendees: [room({ response: 'declined' })] },
      ['changed', 'roomLost'],
    ],
    ['only the reminder', meeting(), meeting({ reminderMinutes: 5 }), []],
    ['what is over', undefined, meeting(late), []],
    ['what is over is cancelled', meeting(late), meeting({ ...late, isCancelled: true }), []],
  ];
  for (const [name, before, after, is] of cases)
    it(name, () => {
      const found = Object.entries(all).filter(([, when]) => happens(when, change(before, after), READER));
      assert.deepEqual(
        found.map(([word]) => word),
        is,
      );
    });

  it('takes what is gone from a room’s calendar for cancelled', () => {
    assert.equal(happens(cancelled, change(meeting(), undefined), { ...READER, isRoom: true }), true);
  });
});

describe('when the clock starts a rule', () => {
  const before: Extract<When, { minutes: number }> = { trigger: 'before', minutes: 30 };
  const after: Extract<When, { minutes: number }> = { trigger: 'after', minutes: 10 };
  it('counts from the start, and from the end', () => {
    const event = meeting();
    assert.equal(dueOf(before, event, 'UTC'), event.startAt - 30 * MINUTE);
    assert.equal(dueOf(after, event, 'UTC'), event.endAt + 10 * MINUTE);
  });
  it('begins all-day entries with the reader’s day, where the rule is about such', () => {
    const holiday = allDay('2026-12-02', '2026-12-03');
    assert.equal(dueOf({ trigger: 'before', minutes: 0 }, holiday, 'Europe/Berlin'), utc('2026-12-01 23:00'));
    const about = (which: Which): RuleSpec => spec({ when: before, which });
    assert.equal(isTimable(about({}), holiday), false);
    assert.equal(isTimable(about({ allDay: true }), holiday), true);
    assert.equal(isTimable(about({}), meeting({ isCancelled: true })), false);
    assert.equal(isTimable(about({}), meeting({ type: 'master' })), false);
  });
});
