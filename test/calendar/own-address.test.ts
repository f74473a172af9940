import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { ownAddress } from '../../src/calendar/own-address.ts';
import { mine } from '../support/events.ts';

const by = (address: string, more: Partial<CalendarEvent> = {}) =>
  mine({ organizer: { name: 'Me', address }, ...more });

describe('whose calendar it is', () => {
  const CASES: [name: string, events: CalendarEvent[], address: string | undefined][] = [
    ['nothing to learn from', [], undefined],
    ['what I organise', [by('me@x.example')], 'me@x.example'],
    ['what others organise', [by('ann@x.example', { isOrganizer: false })], undefined],
    ['what I organise in a calendar beside', [by('ann@x.example', { calendarId: 'shared' })], undefined],
    ['Exchange’s own name', [by('/o=exchangelabs/cn=recipients/cn=me')], undefined],
    ['no address', [by('')], undefined],
    ['the one that most entries name', [by('old@x.example'), by('me@x.example'), by('me@x.example')], 'me@x.example'],
    ['one of two, the same in any order', [by('b@x.example'), by('a@x.example')], 'a@x.example'],
  ];
  for (const [name, events, address] of CASES)
    it(name, () => {
      assert.equal(ownAddress(events), address);
      assert.equal(ownAddress([...events].reverse()), address);
    });
});
