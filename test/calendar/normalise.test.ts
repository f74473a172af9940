import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { hasOthers, takesPlaceForMe } from '../../src/calendar/event.ts';
import { type GraphEvent, isSkeleton, normalise, occurrenceOf, skeletonTimes } from '../../src/calendar/normalise.ts';
import { attendee, graphEvent, graphMaster, HOUR, meeting, skeleton, utc } from '../support/events.ts';

const read = (more: GraphEvent = {}) => normalise(graphEvent(more), 'calendar');
const must = (more: GraphEvent = {}) => {
  const event = read(more);
  assert.ok(event);
  return event;
};

describe('normalising', () => {
  it('reads an ordinary entry', () => {
    const { bodyMark, ...event } = must();
    assert.match(bodyMark ?? '', /^[\w-]{12}$/);
    assert.deepEqual(event, {
      id: 'event-1',
      calendarId: 'calendar',
      type: 'single',
      subject: 'Planning',
      startAt: utc('2026-12-01 14:00'),
      endAt: utc('2026-12-01 14:30'),
      isCancelled: false,
      isDraft: false,
      isOrganizer: false,
      response: 'accepted',
      showAs: 'busy',
      sensitivity: 'normal',
      organizer: { name: 'Ann Organiser', address: 'ann@test.example' },
      attendees: [],
      isOnline: false,
      agenda: ['Budget'],
      reminderMinutes: 15,
      webLink: 'https://outlook.office365.com/calendar/item/1',
      changeKey: 'key-1',
    });
  });

  it('marks a body by all that was written, not by how, nor by the join block', () => {
    const mark = (content: string, more: GraphEvent = {}) =>
      must({ body: { contentType: 'html', content }, ...more }).bodyMark;
    const long = Array.from({ length: 60 }, (_, index) => `<p>Point ${index}</p>`).join('');
    assert.notEqual(mark(long), mark(`${long}<p>One more</p>`), 'below the first lines');
    assert.equal(mark('<p>Budget</p>'), mark('<div><b>Budget</b></div>'));
    assert.equal(mark('Budget', { changeKey: 'key-2' }), mark('Budget'));
  });

  it('knows when an exception would have been, and nothing of the kind of others', () => {
    const originalStart = '2026-12-02T14:00:00Z';
    assert.equal(
      must({ type: 'exception', seriesMasterId: 's', originalStart }).originalStartAt,
      utc('2026-12-02 14:00'),
    );
    assert.equal(must({ originalStart }).originalStartAt, undefined);
    for (const odd of [null, '', 'soon'])
      assert.equal(must({ type: 'exception', seriesMasterId: 's', originalStart: odd }).originalStartAt, undefined);
  });

  it('knows an entry in whichever calendar it is', () => {
    assert.equal(must({ iCalUId: '0400' }).uid, '0400');
    assert.equal(must({ iCalUId: null }).uid, undefined);
  });

  it('reads times in the zone that they name, Windows’ or IANA’s', () => {
    for (const timeZone of ['W. Europe Standard Time', 'Europe/Berlin']) {
      const event = must({
        start: { dateTime: '2026-07-01T09:00:00.0000000', timeZone },
        end: { dateTime: '2026-07-01T10:00:00.0000000', timeZone },
      });
      assert.equal(event.startAt, utc('2026-07-01 07:00'));
      assert.equal(event.endAt - event.startAt, HOUR);
    }
  });

  it('reads an all-day entry as dates, whatever its zone', () => {
    for (const timeZone of ['UTC', 'India Standard Time', 'Hawaiian Standard Time']) {
      const event = must({
        isAllDay: true,
        start: { dateTime: '2026-12-24T00:00:00.0000000', timeZone },
        end: { dateTime: '2026-12-27T00:00:00.0000000', timeZone },
      });
      assert.deepEqual(event.allDay, { startDate: '2026-12-24', endDate: '2026-12-27' });
      assert.equal(event.startAt, utc('2026-12-24 00:00'));
      assert.equal(event.endAt, utc('2026-12-27 00:00'));
    }
  });

  const REFUSED: [string, GraphEvent][] = [
    ['without an id', { id: undefined }],
    ['with an empty id', { id: '' }],
    ['without a start', { start: null }],
    ['without an end', { end: undefined }],
    ['with an unreadable time', { start: { dateTime: 'soon', timeZone: 'UTC' } }],
    ['with a date that is none', { start: { dateTime: '2026-02-31T00:00:00', timeZone: 'UTC' }, isAllDay: true }],
    ['in a custom zone', { start: { dateTime: '2026-12-01T09:00:00', timeZone: 'tzone://Microsoft/Custom' } }],
    ['of a type nobody knows', { type: 'somethingNew' }],
  ];
  for (const [what, more] of REFUSED) it(`refuses an item ${what}`, () => assert.equal(read(more), undefined));

  it('takes nulls and missing fields as they come', () => {
    const fields = Object.keys(graphEvent()).filter((name) => !['id', 'start', 'end'].includes(name));
    fc.assert(
      fc.property(fc.subarray(fields), fc.constantFrom(null, undefined), (bare, nothing) => {
        const event = must(Object.fromEntries(bare.map((name) => [name, nothing])));
        assert.ok(Number.isFinite(event.startAt) && Number.isFinite(event.endAt));
        assert.equal(typeof event.subject, 'string');
        assert.equal(event.allDay, undefined);
        assert.equal(typeof event.organizer.name, 'string');
      }),
    );
    const odd = must({
      location: { displayName: 'Room', coordinates: { latitude: null }, address: null },
      attendees: [{}, { emailAddress: undefined, status: undefined }],
      organizer: { emailAddress: undefined },
      onlineMeeting: { joinUrl: null },
    });
    assert.deepEqual(odd.place, { name: 'Room', isRoom: false });
    assert.deepEqual(odd.organizer, { name: '', address: '' });
    assert.equal(odd.attendees.length, 2);
  });

  it('turns only https into links', () => {
    const links: [string | null, string | undefined][] = [
      ['https://teams.microsoft.com/l/meetup-join/x', 'https://teams.microsoft.com/l/meetup-join/x'],
      ['http://teams.microsoft.com/l/meetup-join/x', undefined],
      ['javascript:alert(1)', undefined],
      ['msteams:/l/meetup-join', undefined],
      ['not a link', undefined],
      ['', undefined],
      [null, undefined],
    ];
    for (const [joinUrl, expected] of links) {
      const event = must({ onlineMeeting: { joinUrl }, webLink: joinUrl });
      assert.equal(event.joinUrl, expected, String(joinUrl));
      assert.equal(event.webLink, expected, String(joinUrl));
      assert.equal(event.isOnline, expected !== undefined);
    }
    assert.equal(must({ onlineMeetingUrl: 'https://zoom.us/j/1' }).joinUrl, 'https://zoom.us/j/1');
    assert.equal(must({ isOnlineMeeting: true }).isOnline, true);
  });

  it('leaves the join block out of the agenda', () => {
    const joinUrl = 'https://calls.test.example/room/1';
    const content = `<p><a href="${joinUrl}">Join</a></p>`;
    assert.deepEqual(must({ body: { contentType: 'html', content }, onlineMeeting: { joinUrl } }).agenda, []);
  });

  it('reads answers, and an organiser’s as the organiser’s', () => {
    const cases: [string | undefined, string][] = [
      ['none', 'none'],
      ['tentativelyAccepted', 'tentative'],
      ['accepted', 'accepted'],
      ['declined', 'declined'],
      ['notResponded', 'notResponded'],
      ['organizer', 'organizer'],
      ['perhaps', 'none'],
      [undefined, 'none'],
    ];
    for (const [response, expected] of cases) assert.equal(must({ responseStatus: { response } }).response, expected);
    assert.equal(must({ isOrganizer: true, responseStatus: { response: 'none' } }).response, 'organizer');
  });

  it('prefers the place that has coordinates', () => {
    const event = must({
      location: { displayName: 'Room 1; Cafe' },
      locations: [
        { displayName: 'Room 1', locationEmailAddress: 'room1@test.example' },
        {
          displayName: ' Cafe ',
          coordinates: { latitude: 48.1, longitude: 11.5 },
          address: { street: 'Main St 1', city: 'Munich' },
        },
      ],
    });
    assert.deepEqual(event.place, {
      name: 'Cafe',
      address: 'Main St 1, Munich',
      coordinates: { latitude: 48.1, longitude: 11.5 },
      isRoom: false,
    });
    assert.equal(must({ location: { displayName: 'R', locationType: 'conferenceRoom' } }).place?.isRoom, true);
    assert.equal(must({ location: { displayName: ' ' } }).place, undefined);
    // The equator and the prime meridian are places too.
    const zero = must({ location: { displayName: 'Gulf', coordinates: { latitude: 0, longitude: 0 } } });
    assert.deepEqual(zero.place?.coordinates, { latitude: 0, longitude: 0 });
  });

  it('reads people in lower case and shortens subjects', () => {
    const event = must({
      subject: `  ${'x'.repeat(400)} `,
      attendees: [
        {
          type: 'resource',
          emailAddress: { name: 'Room', address: 'ROOM@Test.Example' },
          status: { response: 'accepted' },
        },
        { type: 'optional', emailAddress: { address: 'Eve@Test.Example' } },
      ],
    });
    assert.equal(event.subject.length, 255);
    assert.deepEqual(event.attendees, [
      { name: 'Room', address: 'room@test.example', type: 'resource', response: 'accepted' },
      { name: 'Eve@Test.Example', address: 'eve@test.example', type: 'optional', response: 'none' },
    ]);
  });

  it('knows that there are files, and occurrences have their series’', () => {
    assert.equal(must({ hasAttachments: true }).hasAttachments, true);
    for (const none of [false, null, undefined])
      assert.ok(!('hasAttachments' in must({ hasAttachments: none })), String(none));
    const head = normalise(graphMaster({ hasAttachments: true }), '');
    assert.ok(head && occurrenceOf(head, { id: 'o1', startAt: 0, endAt: 1 }).hasAttachments);
  });

  it('forgets a reminder that is switched off', () => {
    assert.equal(must({ isReminderOn: false }).reminderMinutes, undefined);
    assert.equal(must({ reminderMinutesBeforeStart: 0 }).reminderMinutes, 0);
  });
});

describe('occurrences', () => {
  it('are skeletons when ids and times are all there is', () => {
    assert.ok(isSkeleton(skeleton('o1', utc('2026-12-08 14:00'))));
    assert.ok(!isSkeleton(graphEvent({ type: 'occurrence', seriesMasterId: 'series' })));
    assert.ok(!isSkeleton(graphEvent({ type: 'exception' })));
    assert.ok(!isSkeleton(graphMaster()));
  });

  it('are their master at another time', () => {
    const master = normalise(graphMaster({ isAllDay: false }), '');
    assert.ok(master);
    const startAt = utc('2026-12-08 14:00');
    const made = occurrenceOf(master, { id: 'o1', startAt, endAt: startAt + HOUR });
    assert.deepEqual(made, {
      ...master,
      id: 'o1',
      type: 'occurrence',
      seriesMasterId: 'series',
      startAt,
      endAt: startAt + HOUR,
    });
  });

  it('of an all-day series are all-day, with their own dates', () => {
    const item: GraphEvent = {
      ...skeleton('o1', 0),
      start: { dateTime: '2026-12-08T00:00:00.0000000', timeZone: 'UTC' },
      end: { dateTime: '2026-12-09T00:00:00.0000000', timeZone: 'UTC' },
    };
    assert.deepEqual(skeletonTimes(item, true)?.allDay, { startDate: '2026-12-08', endDate: '2026-12-09' });
    assert.equal(skeletonTimes(item, false)?.allDay, undefined);
    const master = meeting({ type: 'master', allDay: { startDate: '2026-12-01', endDate: '2026-12-02' } });
    const times = skeletonTimes(item, true);
    assert.ok(times);
    assert.deepEqual(occurrenceOf(master, { id: 'o1', ...times }).allDay, times.allDay);
    assert.equal(occurrenceOf(master, { id: 'o1', startAt: 0, endAt: 1 }).allDay, undefined, 'not its master’s');
  });
});

describe('an event', () => {
  it('has others when somebody but its organiser and rooms is invited', () => {
    assert.ok(hasOthers(meeting()));
    assert.ok(!hasOthers(meeting({ attendees: [] })));
    assert.ok(!hasOthers(meeting({ attendees: [attendee('Room 1', { type: 'resource' })] })));
    assert.ok(!hasOthers(meeting({ attendees: [attendee('Ann', { address: 'ann@test.example' })] })));
  });

  it('takes place for me unless it is declined, cancelled, a draft, all-day or a series’ head', () => {
    assert.ok(takesPlaceForMe(meeting()));
    for (const response of ['none', 'organizer', 'tentative', 'accepted', 'notResponded'] as const)
      assert.ok(takesPlaceForMe(meeting({ response })), response);
    for (const more of [
      { response: 'declined' },
      { isCancelled: true },
      { isDraft: true },
      { type: 'master' },
      { allDay: { startDate: '2026-12-01', endDate: '2026-12-02' } },
    ] as const)
      assert.ok(!takesPlaceForMe(meeting(more)), JSON.stringify(more));
  });
});
