import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { isCommitted, promisedAmong } from '../../src/nudges/conflicts.ts';
import { allDay, MINUTE, meeting, mine, shuffled, utc } from '../support/events.ts';

const AT = utc('2026-12-01 14:00');
const span = (fromMin: number, toMin: number) => ({ from: AT + fromMin * MINUTE, to: AT + toMin * MINUTE });
const entry = (id: string, fromMin: number, toMin: number, more: Partial<CalendarEvent> = {}) =>
  meeting({ id, startAt: AT + fromMin * MINUTE, endAt: AT + toMin * MINUTE, ...more });
const idsOf = (events: CalendarEvent[], fromMin: number, toMin: number, most = 99) =>
  promisedAmong(events)(span(fromMin, toMin), most).map((one) => one.id);

describe('what overlaps', () => {
  /** [what, its span in minutes, whether it overlaps 0 to 30] */
  const spans: [string, number, number, boolean][] = [
    ['the same time', 0, 30, true],
    ['within', 10, 20, true],
    ['around', -60, 90, true],
    ['over the start', -10, 1, true],
    ['over the end', 29, 60, true],
    ['up to the start', -30, 0, false],
    ['from the end on', 30, 60, false],
    ['of no length', 10, 10, false],
    ['backwards', 20, 10, false],
    ['long before', -90, -60, false],
  ];
  for (const [what, from, to, does] of spans)
    it(`${does ? 'counts' : 'leaves out'} what is ${what}`, () =>
      assert.deepEqual(idsOf([entry('a', from, to)], 0, 30), does ? ['a'] : []));

  /** [what, the entry, whether one is expected there] */
  const kinds: [string, CalendarEvent, boolean][] = [
    ['accepted', meeting(), true],
    ['my own', mine(), true],
    ['unanswered', meeting({ response: 'notResponded' }), false],
    ['tentative', meeting({ response: 'tentative' }), false],
    ['declined', meeting({ response: 'declined' }), false],
    ['cancelled', meeting({ isCancelled: true }), false],
    ['a draft', meeting({ isDraft: true }), false],
    ['shown as free', meeting({ showAs: 'free' }), false],
    ['all-day', allDay('2026-12-01', '2026-12-02'), false],
    ['a series’ head', meeting({ type: 'master' }), false],
    ['in another calendar', meeting({ calendarId: 'club' }), false],
  ];
  for (const [what, event, is] of kinds)
    it(`${is ? 'counts' : 'leaves out'} what is ${what}`, () => assert.equal(isCommitted(event), is));

  it('comes soonest first, no more than asked for', () => {
    const all = [entry('c', 20, 40), entry('a', -500, 500), entry('b', 5, 6), entry('d', 31, 40)];
    assert.deepEqual(idsOf(all, 0, 30), ['a', 'b', 'c']);
    assert.deepEqual(idsOf(all, 0, 30, 2), ['a', 'b']);
    assert.deepEqual(idsOf([], 0, 30), []);
  });

  it('is what looking at each would find, whatever the order', () => {
    const entries = fc.array(fc.tuple(fc.integer({ min: -60, max: 60 }), fc.integer({ min: 0, max: 90 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        entries,
        fc.integer({ min: -70, max: 70 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        (list, from, length, seed) => {
          const events = list.map(([start, long], index) =>
            entry(`e${String(index).padStart(2, '0')}`, start, start + long),
          );
          const { from: a, to: b } = span(from, from + length);
          const expected = events
            .filter((one) => one.endAt > one.startAt && one.startAt < b && one.endAt > a)
            .sort((x, y) => x.startAt - y.startAt || (x.id < y.id ? -1 : 1))
            .map((one) => one.id);
          assert.deepEqual(idsOf(shuffled(events, seed), from, from + length), expected);
        },
      ),
    );
  });

  it('is found without looking at all that is over', () => {
    let looks = 0;
    const past = Array.from({ length: 4_000 }, (_, index) => entry(`p${index}`, index - 10_000, index - 9_990)).map(
      (event) =>
        new Proxy(event, {
          get: (target, name) => {
            if (name === 'startAt') looks += 1;
            return Reflect.get(target, name);
          },
        }),
    );
    const overlaps = promisedAmong([...past, entry('now', 0, 30)]);
    looks = 0;
    for (let times = 0; times < 100; times += 1) assert.equal(overlaps(span(0, 30), 5).length, 1);
    assert.ok(looks <= 100, `${looks} looks at what is over`);
  });
});
