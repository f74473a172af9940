import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { agendaPromptCard, agendaSkippedCard } from '../../../src/bot/cards/agenda-prompt.ts';
import { dayCard, nextCard, statusCard } from '../../../src/bot/cards/answers.ts';
import { CALENDARS_INPUT, type CalendarChoice, calendarsCard, choiceOf } from '../../../src/bot/cards/calendars.ts';
import { changeCard } from '../../../src/bot/cards/change-notice.ts';
import { leaveByCard } from '../../../src/bot/cards/leave-by.ts';
import { minutesUntil, people } from '../../../src/bot/cards/meeting.ts';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import { clip, markdownLink, plain } from '../../../src/bot/cards/parts.ts';
import { reminderCard } from '../../../src/bot/cards/reminder.ts';
import type { Message } from '../../../src/delivery/message.ts';
import { toActivity } from '../../../src/delivery/teams.ts';
import { type MeetingFacts, meetingFacts } from '../../../src/nudges/facts.ts';
import { KINDS } from '../../../src/nudges/kinds.ts';
import type { NudgeToSend } from '../../../src/store/nudges.ts';
import { allDay, DAY, HOUR, MINUTE, meeting, NOW, utc } from '../../support/events.ts';

import {
  allCards,
  asEvent,
  calendarChoices,
  cantMakeFacts,
  changeFacts,
  digestFacts,
  factsOf,
  HEALTH,
  leaveFacts,
  meetingCards,
  prepareFacts,
  READER,
} from './samples.ts';

const MOST_BYTES = 28 * 1024;

/**
 * The part of Adaptive Cards 1.5 that cards here may use, closed: a property or a value that is not listed fails.
 * Written after https://adaptivecards.io/explorer/; no "Action.Submit", and no "Image" but in place of a chart. Charts after
 * learn.microsoft.com, "Charts in Adaptive Cards": Teams alone has them.
 */
const spacing = { enum: ['default', 'none', 'small', 'medium', 'large', 'extraLarge', 'padding'] };
const text = { type: 'string', minLength: 1 };
const caseless = <T extends { enum: string[] }>(one: T) => ({
  enum: one.enum.flatMap((word) => [word, word.charAt(0).toUpperCase() + word.slice(1)]),
});
const closed = (type: string, required: string[], properties: Record<string, unknown>) => ({
  type: 'object',
  additionalProperties: false,
  required: ['type', ...required],
  properties: {
    type: { const: type },
    id: text,
    spacing: caseless(spacing),
    isVisible: { type: 'boolean' },
    ...properties,
  },
});
const actionStyle = { style: { enum: ['default', 'positive', 'destructive'] }, title: text, tooltip: text };
const IMAGE = closed('Image', ['url', 'altText'], {
  url: { type: 'string', pattern: '^data:image/png;base64,[A-Za-z0-9+/]+=*$' },
  altText: text,
  size: { enum: ['auto', 'stretch'] },
});
const validate = new Ajv({ allErrors: true, discriminator: true, allowUnionTypes: true }).compile({
  type: 'object',
  additionalProperties: false,
  required: ['type', '$schema', 'version', 'body', 'fallbackText'],
  properties: {
    type: { const: 'AdaptiveCard' },
    $schema: { const: 'http://adaptivecards.io/schemas/adaptive-card.json' },
    version: { const: '1.5' },
    fallbackText: text,
    body: { type: 'array', minItems: 1, items: { $ref: '#/definitions/element' } },
    // Teams shows six.
    actions: { type: 'array', minItems: 1, maxItems: 6, items: { $ref: '#/definitions/action' } },
  },
  definitions: {
    element: {
      type: 'object',
      required: ['type'],
      discriminator: { propertyName: 'type' },
      oneOf: [
        closed('TextBlock', ['text'], {
          text,
          color: caseless({ enum: ['default', 'dark', 'light', 'accent', 'good', 'warning', 'attention'] }),
          size: caseless({ enum: ['default', 'small', 'medium', 'large', 'extraLarge'] }),
          weight: caseless({ enum: ['default', 'lighter', 'bolder'] }),
          isSubtle: { type: 'boolean' },
          wrap: { type: 'boolean' },
          maxLines: { type: 'integer', minimum: 1 },
        }),
        closed('ColumnSet', ['columns'], {
          columns: { type: 'array', minItems: 1, items: { $ref: '#/definitions/column' } },
        }),
        closed('Container', ['items'], {
          style: { enum: ['default', 'emphasis', 'good', 'attention', 'warning', 'accent'] },
          items: { type: 'array', minItems: 1, items: { $ref: '#/definitions/element' } },
        }),
        closed('ActionSet', ['actions'], {
          actions: { type: 'array', minItems: 1, maxItems: 6, items: { $ref: '#/definitions/action' } },
        }),
        closed('FactSet', ['facts'], {
          facts: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['title', 'value'],
              properties: { title: text, value: text },
            },
          },
        }),
        IMAGE,
        closed('Chart.VerticalBar.Grouped', ['data', 'fallback'], {
          title: text,
          yAxisTitle: text,
          stacked: { type: 'boolean' },
          data: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['legend', 'values'],
              properties: {
                legend: text,
                color: { enum: ['categoricalBlue', 'categoricalMarigold'] },
                values: {
                  type: 'array',
                  minItems: 1,
                  items: {
                    type: 'object',
                    additionalProperties: false,
                    required: ['x', 'y'],
                    properties: { x: text, y: { type: 'number', minimum: 0 } },
                  },
                },
              },
            },
          },
          fallback: { anyOf: [{ $ref: '#/definitions/image' }, { $ref: '#/definitions/element' }] },
        }),
        closed('RichTextBlock', ['inlines'], {
          inlines: {
            type: 'array',
            minItems: 1,
            items: closed('TextRun', ['text'], {
              text,
              isSubtle: { type: 'boolean' },
              strikethrough: { type: 'boolean' },
            }),
          },
        }),
        closed('Input.Text', ['id', 'label'], {
          label: text,
          placeholder: text,
          isMultiline: { type: 'boolean' },
          maxLength: { type: 'integer', minimum: 1 },
          value: { type: 'string' },
        }),
        closed('Input.Toggle', ['id', 'title'], {
          title: text,
          value: { enum: ['true', 'false'] },
          valueOn: { const: 'true' },
          valueOff: { const: 'false' },
          wrap: { type: 'boolean' },
        }),
        closed('Input.ChoiceSet', ['id', 'label', 'choices'], {
          label: text,
          isMultiSelect: { type: 'boolean' },
          style: { enum: ['compact', 'expanded'] },
          wrap: { type: 'boolean' },
          value: { type: 'string' },
          choices: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['title', 'value'],
              properties: { title: text, value: text },
            },
          },
        }),
      ],
    },
    image: IMAGE,
    column: closed('Column', ['items', 'width'], {
      width: { type: 'string', pattern: '^(?:auto|stretch|[1-9][0-9]*px)$' },
      items: { type: 'array', minItems: 1, items: { $ref: '#/definitions/element' } },
    }),
    action: {
      type: 'object',
      required: ['type'],
      discriminator: { propertyName: 'type' },
      oneOf: [
        {
          ...closed('Action.OpenUrl', ['title', 'url'], {}),
          properties: {
            type: { const: 'Action.OpenUrl' },
            url: { type: 'string', pattern: '^https?://' },
            ...actionStyle,
          },
        },
        {
          ...closed('Action.Execute', ['title', 'verb', 'data'], {}),
          properties: {
            type: { const: 'Action.Execute' },
            verb: text,
            data: { type: 'object' },
            associatedInputs: { enum: ['auto', 'none'] },
            ...actionStyle,
          },
        },
        {
          ...closed('Action.ToggleVisibility', ['title', 'targetElements'], {}),
          properties: {
            type: { const: 'Action.ToggleVisibility' },
            targetElements: {
              type: 'array',
              minItems: 1,
              items: {
                type: 'object',
                additionalProperties: false,
                required: ['elementId', 'isVisible'],
                properties: { elementId: text, isVisible: { type: 'boolean' } },
              },
            },
            ...actionStyle,
          },
        },
        {
          ...closed('Action.ShowCard', ['title', 'card'], {}),
          properties: {
            type: { const: 'Action.ShowCard' },
            card: {
              type: 'object',
              additionalProperties: false,
              required: ['type', 'body'],
              properties: {
                type: { const: 'AdaptiveCard' },
                body: { type: 'array', minItems: 1, items: { $ref: '#/definitions/element' } },
                actions: { type: 'array', minItems: 1, maxItems: 6, items: { $ref: '#/definitions/action' } },
              },
            },
            ...actionStyle,
          },
        },
      ],
    },
  },
});

type Json = Record<string, unknown>;
/** What is ticked comes back joined by commas. */
function assertUncut(node: unknown, name: string): void {
  if (node === null || typeof node !== 'object') return;
  const { isMultiSelect, choices } = node as { isMultiSelect?: boolean; choices?: { value: string }[] };
  if (isMultiSelect) for (const { value } of choices ?? []) assert.doesNotMatch(value, /,/, name);
  for (const one of Object.values(node)) assertUncut(one, name);
}
/** Every string that a person could read on the card; Markdown is read in all of them. */
function shown(card: Json): string[] {
  const out: string[] = [];
  const walk = (node: unknown, name: string) => {
    if (typeof node === 'string') {
      if (['text', 'value', 'label', 'placeholder'].includes(name)) out.push(node);
    } else if (Array.isArray(node)) for (const one of node) walk(one, name);
    else if (node !== null && typeof node === 'object')
      for (const [key, value] of Object.entries(node)) {
        // What stands in a box to write in is shown letter by letter.
        const isTyped = key === 'value' && (node as Json).type === 'Input.Text';
        if (key !== 'data' && !isTyped) walk(value, key);
      }
  };
  walk(card.body, '');
  return out;
}
function idsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(idsOf);
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'id' ? [String(value)] : key === 'data' ? [] : idsOf(value),
  );
}
const bytes = (message: Message) => Buffer.byteLength(JSON.stringify(toActivity(message)));

function assertSound(message: Message, name: string): void {
  assert.ok(validate(message.card), `${name}: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
  assertUncut(message.card.body, name);
  assert.deepEqual(JSON.parse(JSON.stringify(message.card)), message.card, `${name}: nothing that JSON loses`);
  assert.ok(bytes(message) < MOST_BYTES, `${name}: ${bytes(message)} bytes`);
  assert.ok(message.summary.trim() && message.fallbackText.trim(), name);
  assert.equal(message.card.fallbackText, message.fallbackText, name);
  const ids = idsOf(message.card.body);
  assert.equal(new Set(ids).size, ids.length, name);
  const all = JSON.stringify([message.summary, message.fallbackText, message.card]);
  assert.doesNotMatch(all, /\bundefined\b|\bNaN\b|Invalid Date|\[object |\bnull\b/, name);
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    ' ',
    '<b>x</b>',
    '[a](https://evil.example)',
    '{{DATE(2026-12-01T09:00:00Z, SHORT)}}',
    '**',
    '\n# x',
    '😀'.repeat(200),
  ),
);
const anyFacts: fc.Arbitrary<MeetingFacts> = fc
  .record({
    subject: anyText,
    startAt: fc.integer({ min: utc('2026-11-30 00:00'), max: utc('2027-01-31 00:00') }),
    length: fc.integer({ min: 0, max: 3 * DAY }),
    days: fc.nat(5),
    place: fc.option(anyText, { nil: undefined }),
    joinUrl: fc.option(fc.webUrl({ validSchemes: ['https'] }), { nil: undefined }),
    webLink: fc.option(fc.webUrl({ validSchemes: ['https'] }), { nil: undefined }),
    organizer: fc.option(anyText, { nil: undefined }),
    isOrganizer: fc.boolean(),
    others: fc.array(anyText, { maxLength: 4 }),
    more: fc.nat(500),
    agenda: fc.array(
      anyText.filter((line) => line.trim() !== ''),
      { maxLength: 6 },
    ),
    isSeries: fc.boolean(),
    response: fc.constantFrom('none', 'organizer', 'tentative', 'accepted'),
  })
  .map(({ length, days, more, ...rest }) => ({
    ...rest,
    response: rest.response as MeetingFacts['response'],
    endAt: rest.startAt + length,
    othersCount: rest.others.length === 0 ? 0 : rest.others.length + more,
    ...(days > 3 ? { allDay: { startDate: '2026-12-24', endDate: `2026-12-${25 + days}` } } : {}),
  }));
const anyReader = fc.record({
  timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC', 'Asia/Kathmandu', 'Nowhere/Nowhen'),
  locale: fc.constantFrom('en-GB', 'en-US', 'de-DE', 'ja-JP', 'ar-EG', 'xx', '', 'en_GB'),
});

describe('cards', () => {
  for (const [name, message] of allCards(factsOf())) it(`are sound: ${name}`, () => assertSound(message, name));

  it('are caught when they are not: the validator refuses what Teams would', () => {
    const good = reminderCard(factsOf(), READER, NOW).card as { body: Json[]; actions: Json[] };
    const bad: Json[] = [
      { ...good, version: '1.6' },
      { ...good, body: [] },
      { ...good, body: [{ type: 'TextBlock' }] },
      { ...good, body: [{ type: 'TextBlock', text: '' }] },
      { ...good, body: [{ type: 'TextBlock', text: 'x', colour: 'Good' }] },
      { ...good, body: [{ type: 'TextBlock', text: 'x', size: 'Huge' }] },
      { ...good, body: [{ type: 'Table' }] },
      { ...good, actions: [{ type: 'Action.OpenUrl', title: 'x', url: 'javascript:alert(1)' }] },
      { ...good, actions: [{ type: 'Action.Submit', title: 'x' }] },
      { ...good, actions: Array.from({ length: 7 }, () => good.actions[0]) },
    ];
    for (const card of bad) assert.ok(!validate(card), JSON.stringify(card).slice(-120));
  });

  it('are sound whatever the facts, the reader and the hour', () => {
    fc.assert(
      fc.property(anyFacts, anyReader, fc.integer({ min: -2 * DAY, max: 2 * DAY }), (facts, reader, shift) => {
        for (const [name, message] of allCards(facts, reader, facts.startAt + shift)) {
          // What people wrote may well say "undefined".
          const words = [facts.subject, facts.place, facts.organizer, ...facts.others, ...facts.agenda].join(' ');
          if (/undefined|NaN|Invalid Date|\[object |null/.test(words)) continue;
          assertSound(message, name);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('say subject and time in summary and fallback', () => {
    for (const [name, message] of Object.entries(meetingCards(factsOf()))) {
      if (name !== 'connected' && name !== 'day') assert.match(message.summary, /Planning/, name);
      assert.match(message.fallbackText, /Planning/, name);
      assert.match(message.fallbackText, /15:00/, name);
    }
    const whole = meetingFacts(allDay('2026-12-24', '2026-12-27'));
    for (const card of [
      changeCard(changeFacts(whole, { beforeAllDay: { startDate: '2026-12-23', endDate: '2026-12-24' } }), READER, NOW),
      nextCard(asEvent(whole), READER, NOW),
      dayCard('today', [asEvent(whole)], READER, NOW),
    ]) {
      assert.match(card.fallbackText, /Thu,? 24 Dec – Sat,? 26 Dec/);
      assert.doesNotMatch(JSON.stringify(card), /\b\d\d?:00\b/, 'an all-day entry has no hours');
    }
    assert.match(agendaSkippedCard(factsOf(), false).fallbackText, /Planning/);
  });

  it('call what has no subject something', () => {
    for (const [name, message] of Object.entries(meetingCards(factsOf({ subject: '' })))) {
      assert.match(message.fallbackText, /\(no subject\)/, name);
      assert.doesNotMatch(message.summary, /: ?$/, name);
    }
  });

  const LONG = {
    stars: '*'.repeat(20_000),
    words: 'word '.repeat(4_000),
    emoji: '👩‍👩‍👧‍👦'.repeat(2_000),
    chinese: '会議'.repeat(10_000),
    control: '\u0001'.repeat(20_000),
    halves: '\ud83d'.repeat(20_000),
    quotes: '"\\'.repeat(10_000),
  };
  for (const [name, long] of Object.entries(LONG))
    it(`stay under 28 KB with everything as long as it gets: ${name}`, () => {
      const url = `https://teams.microsoft.com/l/meetup-join/${'x'.repeat(900)}`;
      for (const link of [url, `${url}${'y'.repeat(50_000)}`]) {
        const hostile = factsOf({
          subject: long,
          place: long,
          organizer: long,
          others: [long, long, long, long],
          othersCount: 500,
          agenda: Array.from({ length: 6 }, () => long),
          joinUrl: link,
          webLink: link,
        });
        for (const [card, message] of allCards(hostile)) assertSound(message, card);
        assertSound(leaveByCard(leaveFacts(hostile, { fromName: long }), 'e'.repeat(300), READER, NOW), 'leaveBy');
        assertSound(statusCard({ ...HEALTH, office: long }, READER, NOW), 'status');
      }
    });

  it('leave out a link that is too long, instead of one that leads elsewhere', () => {
    const long = `https://teams.microsoft.com/${'x'.repeat(3_000)}`;
    assert.equal(reminderCard(factsOf({ joinUrl: long, webLink: long }), READER, NOW).card.actions, undefined);
  });

  it('show a full day as far as there is room, and say how much more there is', () => {
    const events = Array.from({ length: 30 }, (_, index) => meeting({ id: `e${index}`, subject: `Meeting ${index}` }));
    const words = shown(dayCard('today', events, READER, NOW).card).join('\n');
    assert.match(words, /Today · 30 entries/);
    assert.match(words, /Meeting 19/);
    assert.doesNotMatch(words, /Meeting 20/);
    assert.match(words, /and 10 more/);
    const wide = events.map((event) => ({ ...event, joinUrl: `https://zoom.us/j/${'x'.repeat(980)}` }));
    const message = dayCard('today', wide, READER, NOW);
    const rest = /and (\d+) more/.exec(shown(message.card).join('\n'))?.[1];
    assert.equal(shown(message.card).filter((one) => one.includes('**Meeting')).length, 30 - Number(rest));
  });
});

describe('the card of calendars', () => {
  const own: CalendarChoice = { calendarId: '', name: 'Calendar', isWatched: true, isPolled: false };
  const side: CalendarChoice = { calendarId: 'side', name: 'Side', isWatched: false, isPolled: false };
  const bens: CalendarChoice = { calendarId: 'ben', name: 'Team', ownerName: 'Ben', isWatched: true, isPolled: true };
  const inputOf = (message: Message) =>
    (message.card.body as Json[]).find((one) => one.id === CALENDARS_INPUT) as unknown as {
      value: string;
      choices: { title: string; value: string }[];
    };

  it('ticks what is watched, and says what is looked at by the clock', () => {
    const message = calendarsCard([own, side, bens], 15);
    const input = inputOf(message);
    assert.deepEqual(
      input.choices.map((one) => one.title),
      ['Calendar', 'Side', 'Team (Ben)'],
    );
    assert.equal(input.value, `default,${choiceOf('ben')}`);
    assert.equal(message.summary, 'I watch “Calendar” and “Team (Ben)”');
    assert.match(message.fallbackText, /I look at “Team \(Ben\)” every 15 minutes/);
    const told = calendarsCard([own, side, { ...bens, isWatched: false }], 15);
    assert.doesNotMatch(told.fallbackText, /every/, 'nothing that is not watched is looked at');
    assert.match(calendarsCard([own, bens], 1).fallbackText, /every minute, because/);
  });

  it('names a calendar that is called like its owner once', () => {
    const titles = inputOf(calendarsCard([own, { ...bens, name: 'BEN' }], 15)).choices.map((one) => one.title);
    assert.deepEqual(titles, ['Calendar', 'BEN (shared)']);
  });

  it('shows all that is watched before anything else, so that saving loses none of it', () => {
    const many = calendarChoices('Calendar', 500).map((one, index) => ({ ...one, isWatched: index >= 495 }));
    const message = calendarsCard(many, 15);
    const input = inputOf(message);
    assert.equal(input.choices.length, 40);
    assert.equal(input.value.split(',').length, 5);
    for (const value of input.value.split(',')) assert.ok(input.choices.some((one) => one.value === value));
    assert.match(message.fallbackText, /There are 460 more/);
    assert.doesNotMatch(calendarsCard(calendarChoices('x', 40), 15).fallbackText, /more that/);
    assert.match(calendarsCard(calendarChoices('x', 41), 15).fallbackText, /There is 1 more/);
  });

  it('says what is gone, and offers it no more', () => {
    const message = calendarsCard([own, { ...bens, isGone: true }], 15);
    assert.equal(inputOf(message).choices.length, 1);
    assert.equal(message.summary, 'I watch “Calendar”');
    assert.match(message.fallbackText, /Not in your Outlook any more: “Team \(Ben\)”/);
  });

  it('shows names as they are written, but nothing that could be a link', () => {
    const evil = { ...side, name: 'a*b_c [Click](https://evil.example) <at>all</at> {{TIME(2026)}}\n#1' };
    assert.deepEqual(
      inputOf(calendarsCard([own, evil], 15)).choices.map((one) => one.title),
      ['Calendar', 'a*b_c (Click)(https://evil.example) ‹at›all‹/at› ((TIME(2026))) #1'],
    );
  });

  it('is readable when nothing is watched', () =>
    assert.equal(calendarsCard([{ ...own, isWatched: false }], 15).summary, 'I watch none of your calendars'));

  it('gives each calendar a word of its own, that hides its id', () => {
    const words = [...calendarChoices('x', 500)].map((one) => choiceOf(one.calendarId));
    assert.equal(new Set(words).size, 500);
    for (const word of words) assert.match(word, /^[\w-]{7,16}$/);
    assert.notEqual(choiceOf('default'), choiceOf(''));
  });
});

describe('foreign text on cards', () => {
  /** What is left of a text once escapes are gone: nothing in it may still mean something. */
  const live = (markdown: string) => markdown.replace(/\\[\\*_~`[\]<>|#{]/g, '');
  const MEANS = /[\\*_~`[\]<>|#]|\{\{/;

  it('is escaped wherever it means something in Markdown or HTML', () => {
    fc.assert(fc.property(anyText, (foreign) => assert.doesNotMatch(live(plain(foreign)), MEANS)));
    assert.equal(plain('**a** _b_ [c](https://evil.example)'), '\\*\\*a\\*\\* \\_b\\_ \\[c\\](https://evil.example)');
    assert.equal(plain('<at>Everyone</at>\n# x'), '\\<at\\>Everyone\\</at\\> \\# x');
    assert.doesNotMatch(plain('{{DATE(2026-12-01T09:00:00Z, SHORT)}}'), /\{\{/);
    assert.equal(plain('{one}'), '{one}');
  });

  it('reads as it was written once Markdown has taken the escapes off', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (foreign) => {
        assert.equal(plain(foreign).replace(/\\(.)/gu, '$1'), foreign.replace(/[\s\p{Cc}]+/gu, ' '));
      }),
    );
  });

  it('is escaped on every card, in every place', () => {
    const evil =
      '*x* _y_ ~~z~~ `c` [Click](https://evil.example) <img src=x> <at>all</at> # | {{TIME(2026-12-01T09:00:00Z)}}';
    const facts = factsOf({
      subject: evil,
      place: evil,
      organizer: evil,
      others: [evil],
      othersCount: 1,
      agenda: [evil],
    });
    const cards = [
      ...allCards(facts),
      ['leaveBy', leaveByCard(leaveFacts(facts, { fromName: evil }), 'event-1', READER, NOW)] as const,
      ['status', statusCard({ ...HEALTH, office: evil }, READER, NOW)] as const,
    ];
    for (const [name, message] of cards)
      for (const words of shown(message.card)) {
        assert.doesNotMatch(
          words,
          /(?<!\\)\[Click|(?<!\\)<(?:img|at)|(?<!\\)`|\{\{|(?<!\\)\*x|(?<!\\)_y/,
          `${name}: ${words}`,
        );
      }
    // The day's names are the reader's own, but rows are foreign.
    assert.match(shown(reminderCard(facts, READER, NOW).card).join('\n'), /\\\[Click\\\]/);
  });

  it('cannot break out of a link', () => {
    assert.equal(
      markdownLink('Join', 'https://a.example/x) **b** [c](https://evil.example'),
      '[Join](https://a.example/x%29%20**b**%20[c]%28https://evil.example)',
    );
    assert.equal(markdownLink('Join', 'https://zoom.us/j/1?pwd=a'), '[Join](https://zoom.us/j/1?pwd=a)');
    fc.assert(
      fc.property(fc.string(), (tail) => {
        const url = `https://a.example/${tail}`;
        if (!URL.canParse(url)) return;
        assert.match(markdownLink('Join', url), /^\[Join\]\([^()\s\\]*\)$/);
      }),
    );
  });

  it('is cut between characters', () => {
    assert.equal(clip('abc', 3), 'abc');
    assert.equal(clip('abcd', 3), 'ab…');
    assert.equal(clip('a😀😀', 3), 'a…');
    assert.equal(clip('a😀😀', 4), 'a😀…');
  });
});

describe('people on cards', () => {
  const say = (more: Partial<MeetingFacts>) => people(factsOf({ organizer: 'Ann', isOrganizer: false, ...more }));
  /** [others, count, mine, expected] */
  const cases: [string[], number, boolean, string][] = [
    [[], 0, true, ''],
    [['Bob'], 1, true, 'with Bob'],
    [['Bob', 'Eve'], 2, true, 'with Bob and Eve'],
    [['Bob', 'Eve', 'Joe'], 3, true, 'with Bob, Eve and Joe'],
    [['Bob', 'Eve'], 9, true, 'with Bob, Eve and 7 more'],
    [['Miller, Ann'], 1, true, 'with Miller, Ann'],
    [['Miller, Ann', 'Smith, Bob'], 2, true, 'with Miller, Ann and Smith, Bob'],
    [['', 'Bob'], 2, true, 'with Bob and 1 more'],
    [['Bob'], 1, false, 'Ann invited you, with Bob'],
    [[], 0, false, 'Ann invited you'],
  ];
  for (const [others, othersCount, isOrganizer, expected] of cases)
    it(`are “${expected}”`, () => assert.equal(say({ others, othersCount, isOrganizer }), expected));
  it('are named without an organiser too', () =>
    assert.equal(say({ organizer: undefined, others: ['Bob'], othersCount: 1 }), 'you, with Bob'));
});

describe('time on cards', () => {
  const cases: [number, string][] = [
    [-MINUTE, 'now'],
    [0, 'now'],
    [29_000, 'now'],
    [30_000, 'in 1 min'],
    [15 * MINUTE, 'in 15 min'],
    [HOUR - 29_000, 'in 1 h'],
    [90 * MINUTE, 'in 1 h 30 min'],
    [23 * HOUR + 59 * MINUTE, 'in 23 h 59 min'],
    [DAY, 'in 1 day'],
    [35 * HOUR, 'in 1 day'],
    [36 * HOUR, 'in 2 days'],
    [8 * DAY, 'in 8 days'],
  ];
  for (const [ahead, expected] of cases)
    it(`is “${expected}” for ${ahead} ms`, () => assert.equal(minutesUntil(NOW + ahead, NOW), expected));

  it('is the reader’s, in zone and language', () => {
    const facts = factsOf({ startAt: utc('2026-12-01 14:00'), endAt: utc('2026-12-01 14:30') });
    const words = (timeZone: string, locale: string) =>
      reminderCard(facts, { timeZone, locale }, NOW).fallbackText.replace(/\s/g, ' ');
    assert.match(words('Europe/Berlin', 'en-GB'), /today 15:00 ?– ?15:30/);
    assert.match(words('America/New_York', 'en-US'), /today 9:00 ?– ?9:30 AM/);
    assert.match(words('Asia/Tokyo', 'en-GB'), /today 23:00 ?– ?23:30/);
    assert.match(words('Pacific/Auckland', 'en-GB'), /3:00/);
  });

  it('says of the call’s service nothing that the button says', () => {
    const online = factsOf({ place: 'Microsoft Teams Meeting' });
    assert.doesNotMatch(JSON.stringify(reminderCard(online, READER, NOW)), /Microsoft Teams Meeting/);
    assert.match(
      JSON.stringify(reminderCard({ ...online, joinUrl: undefined }, READER, NOW)),
      /Microsoft Teams Meeting/,
    );
  });
});

describe('from a nudge to its card', () => {
  const facts = leaveFacts(factsOf()) as unknown as Record<string, unknown>;
  it('each kind has one', () => {
    for (const kind of [...KINDS.map((one) => one.name), 'connected', 'reconnect']) {
      const message = renderNudge(
        {
          kind,
          nudgeId: 'nudge-1',
          eventId: 'event-1',
          facts: {
            ...facts,
            ...cantMakeFacts(factsOf()),
            ...changeFacts(factsOf()),
            ...digestFacts(factsOf()),
            ...prepareFacts(factsOf()),
          },
        } as unknown as NudgeToSend,
        READER,
        NOW,
      );
      assertSound(message, kind);
    }
  });
  it('an unknown kind has none', () =>
    assert.throws(
      () => renderNudge({ kind: 'other', eventId: 'e', facts } as unknown as NudgeToSend, READER, NOW),
      /no card/,
    ));
  it('the agenda’s buttons carry the event, and the series’ only for a series', () => {
    const actions = (isSeries: boolean) =>
      agendaPromptCard(factsOf({ isSeries }), 'event-1', READER, NOW).card.actions as { title: string; data: Json }[];
    assert.deepEqual(
      actions(false).map((action) => [action.title, action.data]),
      [
        ['Add agenda', { eventId: 'event-1' }],
        ['Not this time', { eventId: 'event-1' }],
        ['Ask me in 2 hours', { eventId: 'event-1', later: 'twoHours' }],
      ],
    );
    assert.deepEqual(actions(true)[2]?.data, { eventId: 'event-1', series: true });
    const attendees = (othersCount: number) =>
      shown(agendaPromptCard(factsOf({ othersCount }), 'event-1', READER, NOW).card).join('\n');
    assert.match(attendees(1), /1 attendee gets an update/);
    assert.match(attendees(2), /2 attendees get an update/);
  });
});
