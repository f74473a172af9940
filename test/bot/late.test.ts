import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { askLateCard, toldLateCard } from '../../src/bot/cards/late.ts';
import { assertLate, lateMeetings, waitingIn } from '../../src/bot/late.ts';
import { confirmLate } from '../../src/bot/late-question.ts';
import { mailHtml } from '../../src/bot/mail-html.ts';
import { othersIn, selfIn } from '../../src/bot/meeting-people.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { Person } from '../../src/store/people.ts';
import { ANN, allDay, attendee, HOUR, MINUTE, meeting, mine, NOW, shuffled } from '../support/events.ts';

const ME = { address: 'me@test.example' };
const I = attendee('Me Myself', { address: ME.address });
const BOB = attendee('Bob Guest');
const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
/** Minutes from now. */
const from = (minutes: number, length = 30, more: Partial<CalendarEvent> = {}) =>
  meeting({
    id: `${minutes}`,
    startAt: NOW + minutes * MINUTE,
    endAt: NOW + (minutes + length) * MINUTE,
    attendees: [I, BOB],
    ...more,
  });

describe('the meeting that somebody is late for', () => {
  const CASES: [name: string, events: CalendarEvent[], ...ids: string[]][] = [
    ['none', []],
    ['the one that runs', [from(-10), from(40)], '-10'],
    ['the one that begins now', [from(0)], '0'],
    ['the next one, within the hour', [from(45), from(59)], '45'],
    ['none in more than an hour', [from(61)]],
    ['none that is over', [from(-30, 30)]],
    ['none that began more than an hour ago', [from(-61, 120)]],
    ['the next one instead of a day-long one', [from(-61, 400), from(20)], '20'],
    ['one of two that run', [from(-10), from(-20)], '-20', '-10'],
    ['one of two that begin together', [from(20, 30, { id: 'a' }), from(20, 30, { id: 'b' }), from(50)], 'a', 'b'],
    ['the one that runs, or the next that is close', [from(-25), from(5)], '-25', '5'],
    ['none without others', [from(5, 30, { isOrganizer: true, response: 'organizer', attendees: [] })]],
    ['none that was cancelled', [from(5, 30, { isCancelled: true })]],
    ['none that I declined', [from(5, 30, { response: 'declined' })]],
    ['none of somebody else’s calendar', [from(5, 30, { calendarId: 'shared' })]],
    ['none that is all-day', [allDay('2026-12-01', '2026-12-02')]],
  ];
  for (const [name, events, ...ids] of CASES)
    it(name, () => {
      for (const seed of [1, 2, 3])
        assert.deepEqual(
          lateMeetings(shuffled(events, seed), NOW).map((one) => one.id),
          ids,
        );
    });
  it('offers five at most', () => {
    assert.equal(
      lateMeetings(
        Array.from({ length: 9 }, (_, index) => from(-10, 30, { id: `${index}` })),
        NOW,
      ).length,
      5,
    );
  });
});

describe('who waits', () => {
  const waiting = (event: CalendarEvent) => {
    const { organiser, others, isOrganiserOnly } = waitingIn(event, ME);
    return [organiser?.name ?? '-', ...others.map((one) => one.name), ...(isOrganiserOnly ? ['…'] : [])].join(', ');
  };
  const many = Array.from({ length: 31 }, (_, index) => attendee(`P${index}`, { address: `p${index}@x.example` }));
  const room = attendee('Room', { type: 'resource' });
  const CASES: [name: string, event: CalendarEvent, who: string][] = [
    [
      'organiser and attendees, without me and rooms',
      from(0, 30, { attendees: [I, BOB, room] }),
      'Ann Organiser, Bob Guest',
    ],
    [
      'where I organise, the attendees',
      mine({ organizer: { name: 'Me', address: ME.address }, attendees: [BOB] }),
      '-, Bob Guest',
    ],
    [
      'where I organise by another address',
      mine({
        organizer: { name: 'Me', address: 'alias@x.example' },
        attendees: [attendee('Me', { address: 'alias@x.example' }), BOB],
      }),
      '-, Bob Guest',
    ],
    [
      'nobody who declined',
      from(0, 30, { attendees: [I, attendee('Cara', { response: 'declined' })] }),
      'Ann Organiser',
    ],
    ['an organiser who is invited too, once', from(0, 30, { attendees: [I, attendee('Ann', ANN)] }), 'Ann Organiser'],
    ['nobody without an address', from(0, 30, { attendees: [I, attendee('X', { address: '' })] }), 'Ann Organiser'],
    ['the organiser alone of an audience', from(0, 30, { attendees: [I, ...many] }), 'Ann Organiser, …'],
  ];
  for (const [name, event, who] of CASES) it(name, () => assert.equal(waiting(event), who));

  const REFUSED: [name: string, event: CalendarEvent, say: RegExp][] = [
    ['cancelled', from(5, 30, { isCancelled: true }), /cancelled/],
    ['declined', from(5, 30, { response: 'declined' }), /declined/],
    ['over', from(-30, 30), /over/],
    ['begun an hour ago', from(-60, 120), /too long ago/],
    ['alone', mine({ startAt: NOW + HOUR, attendees: [] }), /nobody to tell/],
    ['before an audience of mine', mine({ startAt: NOW + HOUR, attendees: many }), /rather not write to all/],
    [
      'nobody comes',
      mine({ startAt: NOW + HOUR, attendees: [attendee('C', { response: 'declined' })] }),
      /nobody else/,
    ],
  ];
  for (const [name, event, say] of REFUSED)
    it(`tells nobody: ${name}`, () =>
      assert.throws(() => assertLate(event, NOW, ME), { code: 'COMMAND_INVALID', say }));

  it('knows what I am called', () => {
    assert.equal(selfIn(from(0), ME)?.name, 'Me Myself');
    assert.equal(selfIn(from(0), { address: null }), undefined);
    assert.equal(selfIn(mine(), { address: null })?.name, ANN.name);
    assert.deepEqual(othersIn(from(0), ME), [ANN, { name: BOB.name, address: BOB.address }]);
  });
});

describe('a private meeting that somebody is late for', () => {
  const asked = (settings: object, more: Partial<CalendarEvent> = {}) => {
    const person = { ...ME, ...READER, settings, policy: {} } as Person;
    const event = from(5, 30, { sensitivity: 'private', attendees: [I, BOB, attendee('Cara')], ...more });
    return JSON.stringify(confirmLate({ person, event }, 10, NOW).card);
  };
  it('is asked about without its subject and without names', () => {
    const card = asked({ private: 'discreet' });
    assert.match(card, /Tell the organiser and 2 others that you come \*\*10 min\*\* late to \*\*Private appointment/);
    assert.doesNotMatch(card, /Planning|Ann|Bob|Cara/);
  });
  it('of one’s own has no organiser to tell', () => {
    const own = { isOrganizer: true, response: 'organizer', organizer: { name: 'Me', address: ME.address } } as const;
    assert.match(asked({ private: 'discreet' }, own), /Tell 2 people that you come/);
    assert.match(asked({ private: 'discreet' }, { ...own, attendees: [BOB] }), /Tell 1 person that you come/);
  });
  it('is named where that is wanted', () => {
    assert.match(asked({}), /Tell Ann Organiser \(organiser\), Bob Guest and Cara that .* late to \*\*Planning/);
    assert.match(asked({ private: 'discreet' }, { sensitivity: 'normal' }), /Planning/);
  });
});

describe('what the cards say of a delay', () => {
  const one = { subject: 'Planning', startAt: NOW, endAt: NOW + HOUR, eventId: 'e' };
  const asked = (organiser: string | undefined, names: string[]) =>
    askLateCard(one, 10, { ...(organiser ? { organiser } : {}), names, isOrganiserOnly: false }, READER).fallbackText;
  it('names a few', () => {
    const end = 'that you come 10 min late to Planning (09:00)?';
    assert.equal(asked('Ann', []), `Tell Ann (organiser) ${end}`);
    assert.equal(asked('Ann', ['Bob']), `Tell Ann (organiser) and Bob ${end}`);
    assert.equal(asked(undefined, ['Bob', 'Cara', 'Dee']), `Tell Bob, Cara and Dee ${end}`);
    assert.equal(asked('Ann', ['B', 'C', 'D', 'E', 'F']), `Tell Ann (organiser), B, C and 3 others ${end}`);
  });
  it('says who was told, and what is missing', () => {
    const CASES: [outcome: Parameters<typeof toldLateCard>[2], words: RegExp, again: boolean][] = [
      [{ inChat: 2, byMail: 3 }, /^Told 2 in chat, 3 by mail\.$/, false],
      [{ inChat: 0, byMail: 1 }, /^Told 1 by mail\.$/, false],
      [
        { inChat: 2, byMail: 0, mailTrouble: 'consent', url: 'https://x.example/' },
        /^Told 2 in chat\. To do that/,
        true,
      ],
      [
        { inChat: 0, byMail: 0, mailTrouble: 'failed' },
        /^Nobody was told yet\. Outlook didn’t take the mail to the others\. Send the mail tries/,
        true,
      ],
      [{ inChat: 1, byMail: 0, mailTrouble: 'doubtful' }, /look into your sent items/, false],
      [{ inChat: 1, byMail: 0, mailTrouble: 'underway' }, /on its way/, false],
    ];
    for (const [outcome, words, again] of CASES) {
      const { fallbackText, card } = toldLateCard(one, 10, outcome);
      assert.match(fallbackText, words);
      assert.equal(JSON.stringify(card).includes('Send the mail'), again);
    }
  });
});

describe('a mail', () => {
  it('has nothing in it but text', () => {
    const html = mailHtml([{ text: '<script>' }, { text: 'A & "B"', list: ['<b>\u0000x</b>', "it's"] }]);
    assert.equal(
      html,
      '<html><body><p>&#60;script&#62;</p><p><b>A &#38; &#34;B&#34;</b></p><ul><li>&#60;b&#62; x&#60;/b&#62;</li><li>it&#39;s</li></ul></body></html>',
    );
    assert.ok(mailHtml([{ text: '😀'.repeat(5_000) }]).length < 2_100);
  });
});
