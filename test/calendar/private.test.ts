import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { aspectsOf, changesOf } from '../../src/calendar/difference.ts';
import { mergeRound } from '../../src/calendar/merge.ts';
import { normalise } from '../../src/calendar/normalise.ts';
import { isPrivate, PRIVATE_SUBJECT, withoutContent } from '../../src/calendar/private.ts';
import { attendee, graphEvent, graphMaster, HOUR, meeting, NOW, skeleton } from '../support/events.ts';

const CANARY = 'canary-of-a-private-life';
const secret = (more: Parameters<typeof graphEvent>[0] = {}) => ({
  ...graphEvent({
    sensitivity: 'private',
    subject: CANARY,
    organizer: { emailAddress: { name: CANARY, address: `${CANARY}@test.example` } },
    attendees: [{ type: 'required', emailAddress: { name: CANARY, address: `${CANARY}@test.example` } }],
    location: { displayName: CANARY, coordinates: { latitude: 1, longitude: 2 } },
    isOnlineMeeting: true,
    onlineMeeting: { joinUrl: `https://teams.example/${CANARY}` },
    body: { contentType: 'html', content: `<p>${CANARY}</p>` },
    hasAttachments: true,
    webLink: `https://outlook.example/${CANARY}`,
  }),
  ...more,
});

describe('a private entry', () => {
  for (const sensitivity of ['private', 'confidential'])
    it(`that is ${sensitivity} keeps its times, and what a plan needs`, () => {
      const kept = normalise(secret({ sensitivity }), '');
      assert.ok(kept);
      assert.ok(!JSON.stringify(kept).includes(CANARY));
      const { id, startAt, endAt, response, showAs, reminderMinutes, changeKey } = kept;
      const open = normalise(graphEvent(), '');
      assert.ok(open);
      assert.deepEqual(
        { id, startAt, endAt, response, showAs, reminderMinutes, changeKey },
        {
          id: open.id,
          startAt: open.startAt,
          endAt: open.endAt,
          response: open.response,
          showAs: open.showAs,
          reminderMinutes: open.reminderMinutes,
          changeKey: open.changeKey,
        },
      );
      assert.equal(kept.subject, PRIVATE_SUBJECT);
      assert.deepEqual(kept.attendees, []);
      assert.equal(kept.joinUrl, undefined);
    });

  for (const sensitivity of ['normal', 'personal'])
    it(`is not one that is ${sensitivity}`, () => {
      assert.ok(JSON.stringify(normalise(secret({ sensitivity }), '')).includes(CANARY));
    });

  it('hands nothing to the occurrences of its series', () => {
    const head = { ...graphMaster(), ...secret({ id: 'series', type: 'seriesMaster' }) };
    const merged = mergeRound([], { calendarId: '', isFull: true, items: [head, skeleton('o1', NOW + HOUR)] });
    assert.equal(merged.upserts.length, 2);
    assert.ok(!JSON.stringify(merged.upserts).includes(CANARY));
  });

  it('is known again as what was reduced in the database before: reducing twice is reducing once', () => {
    fc.assert(
      fc.property(
        fc.record({
          subject: fc.string(),
          agenda: fc.array(fc.string()),
          joinUrl: fc.webUrl(),
          isOnline: fc.boolean(),
        }),
        (more) => {
          const once = withoutContent(meeting({ ...more, sensitivity: 'private' }));
          assert.deepEqual(withoutContent(once), once);
          assert.ok(isPrivate(once));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('an entry that becomes private, or is no more', () => {
  const open = meeting({
    subject: CANARY,
    joinUrl: 'https://a.example',
    agenda: [CANARY],
    attendees: [attendee(CANARY)],
  });
  const closed = withoutContent({ ...open, sensitivity: 'private', changeKey: 'key-2' });

  it('did not change its subject, people, place or link by that', () => {
    assert.deepEqual(aspectsOf(open, closed), ['other']);
    assert.deepEqual(aspectsOf(closed, open), ['other']);
    const moved = { ...closed, startAt: closed.startAt + HOUR, endAt: closed.endAt + HOUR };
    assert.deepEqual(aspectsOf(open, moved), ['moved', 'other']);
  });

  it('leaves nothing of before in what is noted of it', () => {
    const merged = { upserts: [closed], removals: [], refused: 0, missingMasters: [], isDoubtful: false };
    const changes = changesOf([open], merged, NOW);
    assert.equal(changes.length, 1);
    assert.ok(!JSON.stringify(changes).includes(CANARY));
  });
});
