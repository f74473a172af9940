import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { acrossCalendars } from '../../src/calendar/across.ts';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { meeting, NOW } from '../support/events.ts';

const nothing = { refused: 0, missingMasters: [], isDoubtful: false };
const leaves = (event: CalendarEvent) => changesOf([event], { ...nothing, upserts: [], removals: [event] }, NOW);
const comes = (event: CalendarEvent) => changesOf([], { ...nothing, upserts: [event], removals: [] }, NOW);
const kinds = (...changes: ReturnType<typeof leaves>[]) =>
  acrossCalendars(changes.flat()).map((one) => `${one.kind} ${one.eventId}`);

describe('an entry that was dragged to another calendar', () => {
  const here = meeting({ id: 'e', calendarId: 'side' });
  const there = { ...here, calendarId: '' };

  it('is neither a cancellation nor an invitation', () => {
    assert.deepEqual(kinds(leaves(here), comes(there)), []);
    assert.deepEqual(kinds(comes(there), leaves(here)), []);
  });

  it('is moved when its time is another one too', () => {
    const later = { ...there, startAt: there.startAt + 3_600_000, endAt: there.endAt + 3_600_000 };
    const [change] = acrossCalendars([...leaves(here), ...comes(later)]);
    assert.deepEqual(
      [change?.kind, change?.before?.startAt, change?.after?.startAt],
      ['moved', here.startAt, later.startAt],
    );
  });

  it('takes nothing from what really left or came', () => {
    const other = meeting({ id: 'other', calendarId: 'side' });
    assert.deepEqual(kinds(leaves(here), leaves(other), comes(there)), ['removed other']);
    assert.deepEqual(kinds(leaves(here)), ['removed e']);
    assert.deepEqual(kinds(comes(there)), ['created e']);
  });
});
