import assert from 'node:assert/strict';
import { AdaptiveCard, GlobalRegistry, SerializationContext, Versions } from 'adaptivecards';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { statusCard } from '../../../src/bot/cards/answers.ts';
import { groupHelpCard, helpCard } from '../../../src/bot/cards/help.ts';
import { keyOf, mutedCard, mutesCard, unmutedCard, whichCard } from '../../../src/bot/cards/mutes.ts';
import { ownedBy } from '../../../src/bot/cards/owner.ts';
import { allowId, forAllCard, settingsCard, settingsForAll } from '../../../src/bot/cards/settings.ts';
import { COMMANDS } from '../../../src/bot/commands/commands.ts';
import { FIELDS } from '../../../src/bot/settings-fields.ts';
import { inputsOf, readForm, shownIn, together, withSince } from '../../../src/bot/settings-form.ts';
import { readDigestHour, readLeads, readQuiet, readSpare } from '../../../src/bot/settings-values.ts';
import type { Message } from '../../../src/delivery/message.ts';
import { isKindOn } from '../../../src/nudges/chosen.ts';
import { KINDS } from '../../../src/nudges/kinds.ts';
import {
  type ChosenSettings,
  DEFAULT_SETTINGS,
  NO_POLICY,
  readSettings,
  type Settings,
} from '../../../src/nudges/settings.ts';
import { DAY, NOW } from '../../support/events.ts';

const MOST_BYTES = 28 * 1024;
const PERSON = '7e570000-0000-4000-8000-000000000001';
const settings = (chosen: ChosenSettings = {}): Settings => ({ ...DEFAULT_SETTINGS, ...chosen });
const FIRST = settings();
const ASIDE = { notes: [], isAdmin: false };
type Json = Record<string, unknown>;

/** Every element of a card, wherever it stands. */
function elementsOf(node: unknown): Json[] {
  if (Array.isArray(node)) return node.flatMap(elementsOf);
  if (typeof node !== 'object' || node === null) return [];
  const below = Object.entries(node).flatMap(([key, value]) => (key === 'data' ? [] : elementsOf(value)));
  return 'type' in node ? [node as Json, ...below] : below;
}
const inputsIn = (message: Message) =>
  elementsOf(message.card.body).filter((one) => String(one.type).startsWith('Input.'));
const valuesIn = (message: Message) =>
  Object.fromEntries(inputsIn(message).map((one) => [String(one.id), String(one.value)]));
const actionsIn = (message: Message) => elementsOf(message.card).filter((one) => one.type === 'Action.Execute');

/** By Microsoft's own parser, which says what it does not know; and by size. */
function assertSound(message: Message): void {
  const context = new SerializationContext(Versions.v1_5);
  const card = new AdaptiveCard();
  card.parse(message.card as Json, context);
  const events = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index).message);
  assert.deepEqual(events, []);
  const used = new Set(elementsOf(message.card).map((one) => String(one.type)));
  used.delete('AdaptiveCard');
  used.delete('Column');
  for (const type of used)
    assert.ok(GlobalRegistry.elements.findByName(type) ?? GlobalRegistry.actions.findByName(type), type);
  const owned = ownedBy(PERSON, message);
  const bytes = Buffer.byteLength(JSON.stringify(owned));
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
  assert.ok(message.summary && message.fallbackText);
  const ids = elementsOf(message.card).flatMap((one) => (typeof one.id === 'string' ? [one.id] : []));
  assert.equal(new Set(ids).size, ids.length);
  assert.doesNotMatch(JSON.stringify(message.card), /undefined|NaN|\[object /);
}

describe('the fields of the settings', () => {
  it('have ids, labels and commands of their own', () => {
    const unique = (all: string[]) => assert.equal(new Set(all).size, all.length, String(all));
    unique(FIELDS.map((field) => field.id));
    unique(FIELDS.map((field) => field.label));
    unique(FIELDS.flatMap((field) => (field.command ? [field.command.name] : [])));
  });

  it('are every kind, and every choice that a person has', () => {
    const ids = FIELDS.map((field) => field.id);
    for (const kind of KINDS) assert.ok(ids.includes(`kind.${kind.name}`));
    // What has an answer, a list or a command of its own.
    const elsewhere = [
      'kinds',
      'digestSince',
      'newsSince',
      'pausedUntil',
      'mutedSeries',
      'mutedCalendars',
      'mutedPeople',
      'forbiddenKinds',
      'forbiddenWays',
    ];
    for (const name of Object.keys(DEFAULT_SETTINGS)) assert.ok(ids.includes(name) || elsewhere.includes(name), name);
  });

  it('read what they show, and show it again', () => {
    const some: ChosenSettings[] = [
      {},
      { remindMinutes: [], quiet: { from: '22:00', to: '07:00' }, digestAt: '07:30', spareMinutes: 0 },
      { remindMinutes: [1440, 30, 1], tentative: 'skip', free: 'skip', private: 'discreet', travelBy: 'transit' },
      { kinds: Object.fromEntries(KINDS.map((kind) => [kind.name, !kind.isOnAtFirst])), onlyWithOthers: true },
    ];
    for (const chosen of some)
      for (const field of FIELDS) {
        const now = settings(chosen);
        const read = field.read(field.show(now));
        assert.ok('chosen' in read, field.id);
        assert.equal(
          field.show({ ...now, ...read.chosen, kinds: { ...now.kinds, ...read.chosen.kinds } }),
          field.show(now),
        );
      }
  });

  it('give nothing that the settings would not keep, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FIELDS),
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789:-, apm') })),
        (field, text) => {
          const read = field.read(text);
          if ('problem' in read) return assert.ok(read.problem.length > 5);
          const kept = readSettings(read.chosen);
          for (const [name, value] of Object.entries(read.chosen))
            assert.deepEqual(kept[name as keyof Settings], value);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('say how it is', () => {
    for (const field of FIELDS) assert.ok(field.say(FIRST).length > 5, field.id);
  });
});

describe('values of settings', () => {
  /** [typed, read] */
  const leads: [string, number[] | undefined][] = [
    ['30, 10, 2', [30, 10, 2]],
    ['30 10 2', [30, 10, 2]],
    ['2 10 30 10', [30, 10, 2]],
    ['10min', [10]],
    ['10 minutes before', [10]],
    ['30 and 10 min before', [30, 10]],
    ['30m 10m', [30, 10]],
    ['1440', [1440]],
    ['off', []],
    ['never', []],
    ['', []],
    ['0', undefined],
    ['1441', undefined],
    ['1.5', undefined],
    ['-5', undefined],
    ['10 hours', undefined],
    ['1 2 3 4 5 6', undefined],
    ['me', undefined],
  ];
  for (const [typed, read] of leads)
    it(`leads “${typed}”: ${read ? `[${read}]` : 'asked again'}`, () => {
      const value = readLeads(typed);
      assert.deepEqual('value' in value ? value.value : undefined, read);
    });

  /** [typed, from–to, "" for none, undefined for asked again] */
  const quiet: [string, string | undefined][] = [
    ['22-7', '22:00–07:00'],
    ['22:30 - 6:45', '22:30–06:45'],
    ['22:00–7:00', '22:00–07:00'],
    ['from 10pm until 7am', '22:00–07:00'],
    ['22 to 7', '22:00–07:00'],
    ['12-24', '12:00–00:00'],
    ['off', ''],
    ['', ''],
    ['7', undefined],
    ['7-7', undefined],
    ['22-7-8', undefined],
    ['25-7', undefined],
    ['late', undefined],
  ];
  for (const [typed, read] of quiet)
    it(`quiet hours “${typed}”: ${read ?? 'asked again'}`, () => {
      const value = readQuiet(typed);
      const shown = 'value' in value ? (value.value ? `${value.value.from}–${value.value.to}` : '') : undefined;
      assert.equal(shown, read);
    });

  it('digest hours and spare minutes', () => {
    assert.deepEqual(
      ['7:30', '7', 'AUTO', 'at 8', 'late', '', '25']
        .map((typed) => readDigestHour(typed))
        .map((one) => ('value' in one ? one.value : undefined)),
      ['07:30', '07:00', 'auto', '08:00', undefined, undefined, undefined],
    );
    assert.deepEqual(
      ['10', '0', '120', '10 min', 'off', '121', '-1', '', 'x']
        .map(readSpare)
        .map((one) => ('value' in one ? one.value : undefined)),
      [10, 0, 120, 10, 0, undefined, undefined, undefined, undefined],
    );
  });
});

describe('the form of the settings', () => {
  it('saved as it is changes nothing, so that an admin’s defaults go on counting', () => {
    const card = settingsCard({ settings: FIRST }, ASIDE);
    assert.deepEqual(readForm(valuesIn(card), FIELDS, FIRST), { chosen: {}, problems: [] });
  });

  it('gives what differs', () => {
    const inputs = {
      ...valuesIn(settingsCard({ settings: FIRST }, ASIDE)),
      remindMinutes: '30, 10',
      respectFocus: 'false',
      tentative: 'skip',
      'kind.change': 'false',
      'kind.agenda': 'false',
      quiet: '22-7',
    };
    assert.deepEqual(readForm(inputs, FIELDS, FIRST).chosen, {
      remindMinutes: [30, 10],
      respectFocus: false,
      tentative: 'skip',
      kinds: { change: false, agenda: false },
      quiet: { from: '22:00', to: '07:00' },
    });
  });

  it('leaves alone what a card from before did not have', () =>
    assert.deepEqual(readForm({ spareMinutes: '9' }, FIELDS, FIRST).chosen, { spareMinutes: 9 }));

  it('names what it can’t read, and gives all of it', () => {
    const { problems } = readForm(
      { remindMinutes: 'x', quiet: 'y', tentative: 'z', 'kind.digest': 'maybe' },
      FIELDS,
      FIRST,
    );
    assert.deepEqual(problems.map((one) => one.id).sort(), ['kind.digest', 'quiet', 'remindMinutes', 'tentative']);
  });

  it('takes nothing from a button but text for its own fields', () => {
    const data = {
      quiet: '22-7',
      respectAway: true,
      evil: 'x',
      spareMinutes: 10,
      free: null,
      private: 'x'.repeat(5_000),
    };
    const inputs = inputsOf(data, [...FIELDS.map((field) => field.id), 'constructor']);
    assert.deepEqual(Object.keys(inputs).sort(), ['private', 'quiet', 'respectAway']);
    assert.equal(inputs.respectAway, 'true');
    assert.equal(inputs.private?.length, 200);
  });

  it('begins news anew with what is switched on or unmuted, and only with that', () => {
    const before = {
      ...DEFAULT_SETTINGS,
      kinds: { change: false },
      mutedSeries: [
        { id: 's1', name: 'One' },
        { id: 's2', name: 'Two' },
      ],
      mutedPeople: [{ id: 'boss@test.example', name: 'Boss' }],
      newsSince: { conflict: NOW - DAY, invitation: NOW - 31 * DAY },
    };
    const since = (chosen: ChosenSettings) => withSince(chosen, NOW, before).newsSince;
    assert.deepEqual(
      since({ kinds: { change: true } }),
      { conflict: NOW - DAY, change: NOW },
      'what is long ago is forgotten',
    );
    assert.deepEqual(since({ mutedSeries: [{ id: 's2', name: 'Two' }] }), { conflict: NOW - DAY, 'series s1': NOW });
    assert.deepEqual(since({ mutedPeople: [] }), { conflict: NOW - DAY, 'person boss@test.example': NOW });
    for (const chosen of [
      { kinds: { change: false, invitation: true } },
      { mutedCalendars: [{ id: 'c', name: 'C' }] },
      { weekDigest: false },
    ])
      assert.equal(since(chosen), undefined, JSON.stringify(chosen));
  });

  it('ends a pause now, as one that was until now; none that is over', () => {
    const ended = (pausedUntil: number | null) =>
      withSince({ pausedUntil: null }, NOW, { ...DEFAULT_SETTINGS, pausedUntil }).pausedUntil;
    assert.deepEqual([ended(NOW + 1), ended(NOW), ended(null)], [NOW, null, null]);
  });

  it('begins a digest’s time anew when its hour or its switch is another one', () => {
    assert.equal(withSince({ digestAt: '07:30' }, NOW, DEFAULT_SETTINGS).digestSince, NOW);
    assert.equal(withSince({ kinds: { digest: true } }, NOW, DEFAULT_SETTINGS).digestSince, NOW);
    assert.equal(
      withSince({ kinds: { change: true }, weekDigest: false }, NOW, DEFAULT_SETTINGS).digestSince,
      undefined,
    );
    assert.deepEqual(together({ kinds: { a: true }, weekDigest: true }, { kinds: { b: false } }), {
      kinds: { a: true, b: false },
      weekDigest: true,
    });
  });
});

describe('an older card of the settings', () => {
  it('changes what was changed on it, and takes back nothing that was chosen since', () => {
    const then = settings({});
    const now = settings({ quiet: { from: '22:00', to: '07:00' } });
    const inputs = { ...Object.fromEntries(FIELDS.map((field) => [field.id, field.show(then)])), spareMinutes: '9' };
    const { chosen, problems } = readForm(inputs, FIELDS, now, shownIn(FIELDS, then));
    assert.deepEqual(problems, []);
    assert.deepEqual(chosen, { spareMinutes: 9 });
    assert.equal(readForm(inputs, FIELDS, now).chosen.quiet, null, 'without knowing what it showed it would');
  });
});

describe('the card of the settings', () => {
  it('has an input for each field, with how it is now', () => {
    const now = settings({ remindMinutes: [30, 10, 2], remindAsOutlook: true, kinds: { digest: false } });
    const values = valuesIn(settingsCard({ settings: now }, ASIDE));
    for (const field of FIELDS) assert.equal(values[field.id], field.show(now), field.id);
    assert.equal(values.remindMinutes, '30, 10, 2');
    assert.equal(values['kind.digest'], 'false');
  });

  it('is sound: first, saved, refused, for admins, with all that could be', () => {
    const inputs = Object.fromEntries(
      FIELDS.map((field) => [field.id, '💥*[x](https://evil.example)'.repeat(8).slice(0, 200)]),
    );
    const problems = FIELDS.map((field) => ({
      id: field.id,
      words: 'How many minutes before? For example 30, 10, 2.',
    }));
    const notes = ['Paused until tomorrow 09:00; “resume” ends that.', '3 things muted; “mute” shows what.'];
    for (const card of [
      settingsCard({ settings: FIRST }, ASIDE),
      settingsCard({ settings: FIRST }, { notes, isAdmin: true }, true),
      settingsCard({ settings: FIRST, attempt: { inputs, problems } }, { notes, isAdmin: true }),
      settingsCard({ settings: settings({ forbiddenKinds: KINDS.map((kind) => kind.name) }) }, ASIDE),
      forAllCard(NO_POLICY),
      forAllCard(
        { ...NO_POLICY, defaults: { quiet: { from: '22:00', to: '07:00' } }, forbiddenKinds: ['digest'] },
        undefined,
        true,
      ),
      forAllCard(NO_POLICY, { inputs, problems }),
    ])
      assertSound(card);
  });

  it('shows what could not be read at its field, and what was typed there; its section is the open one', () => {
    const attempt = {
      inputs: { quiet: 'late', remindMinutes: '10' },
      problems: [{ id: 'quiet', words: 'From when to when?' }],
    };
    const card = settingsCard({ settings: FIRST, attempt }, ASIDE);
    const all = elementsOf(card.card.body);
    const input = all.findIndex((one) => one.id === 'quiet');
    assert.equal(all[input]?.value, 'late');
    assert.match(String(all[input + 1]?.text), /From when to when\?/);
    assert.equal(all.find((one) => one.id === 'remindMinutes')?.value, '10');
    assert.deepEqual(
      all.filter((one) => String(one.id).startsWith('section.') && one.isVisible).map((one) => one.id),
      ['section.when'],
    );
    assert.match(card.summary, /Not saved/);
  });

  it('shows a section at a time, and each can be opened', () => {
    const all = elementsOf(settingsCard({ settings: FIRST }, ASIDE).card.body);
    const sections = all.filter((one) => String(one.id).startsWith('section.'));
    assert.deepEqual(
      sections.map((one) => one.isVisible),
      [true, false, false],
    );
    const opened = all
      .filter((one) => one.type === 'Action.ToggleVisibility')
      .map((one) =>
        (one.targetElements as Json[]).filter((target) => target.isVisible).map((target) => target.elementId),
      );
    assert.deepEqual(
      opened,
      sections.map((one) => [one.id]),
    );
  });

  it('says which kinds the admin switched off, and asks for no choice there', () => {
    const card = settingsCard({ settings: settings({ forbiddenKinds: ['digest'] }) }, ASIDE);
    assert.ok(!('kind.digest' in valuesIn(card)));
    assert.match(JSON.stringify(card.card), /Daily digest: switched off by your admin/);
  });

  it('leads admins, and nobody else, to what counts for everyone', () => {
    const titles = (isAdmin: boolean) =>
      actionsIn(settingsCard({ settings: FIRST }, { notes: [], isAdmin })).map((one) => one.title);
    assert.deepEqual(titles(false), ['Save']);
    assert.deepEqual(titles(true), ['Save', 'For everyone…']);
  });

  it('for everyone has what is allowed, and the defaults with kinds that are not allowed among them', () => {
    const policy = { ...NO_POLICY, defaults: { kinds: { change: false } }, forbiddenKinds: ['digest'] };
    const values = valuesIn(forAllCard(policy));
    for (const kind of KINDS) {
      assert.equal(values[allowId(kind.name)], String(kind.name !== 'digest'));
      assert.equal(values[`kind.${kind.name}`], String(isKindOn(kind, settingsForAll(policy))));
    }
    assert.equal(values['kind.change'], 'false');
  });
});

describe('the cards around it', () => {
  const long = '*💥会議'.repeat(40).slice(0, 120);
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: `${'A'.repeat(1_000)}${index}`,
      name: `${long.slice(0, 110)}${index}`,
    }));
  const full = settings({
    mutedSeries: many(200),
    mutedCalendars: many(200),
    mutedPeople: many(200),
    kinds: Object.fromEntries(KINDS.map((kind) => [kind.name, false])),
    quiet: { from: '22:00', to: '07:00' },
    pausedUntil: NOW + 1,
    remindAtStart: true,
    forbiddenKinds: ['digest'],
  });

  it('are sound, however much is muted', () => {
    const candidates = many(40).map((one) => ({ name: one.name, more: long, data: { eventId: one.id, chosen: true } }));
    for (const card of [
      mutesCard(FIRST),
      mutesCard(full),
      mutedCard('series', { id: 'x', name: long }),
      unmutedCard({ id: 'x', name: '' }),
      whichCard('series', 'mute.series', candidates),
      whichCard('person', 'mute.remove', candidates.slice(0, 2), true),
      helpCard([...COMMANDS]),
      groupHelpCard(
        'Settings',
        COMMANDS.filter((command) => command.group === 'settings'),
      ),
    ])
      assertSound(card);
  });

  it('lead every button back to what it is about', () => {
    const known = new Set(
      [...full.mutedSeries, ...full.mutedCalendars, ...full.mutedPeople].map((one) => keyOf(one.id)),
    );
    for (const kind of KINDS) known.add(kind.name);
    const buttons = actionsIn(mutesCard(full));
    assert.ok(buttons.length > 20);
    for (const one of buttons) assert.ok(known.has(String((one.data as Json).id)));
    assert.equal(keyOf('default'), 'default');
    assert.notEqual(keyOf(`${'A'.repeat(1_000)}1`), keyOf(`${'A'.repeat(1_000)}2`));
  });

  it('help is readable: fewer than thirty rows, and the rest is under “help settings”', () => {
    const rows = (message: Message) => (message.card.body as Json[]).filter((one) => one.type === 'ColumnSet').length;
    assert.ok(rows(helpCard([...COMMANDS])) < 30, String(rows(helpCard([...COMMANDS]))));
    const text = groupHelpCard(
      'Settings',
      COMMANDS.filter((command) => command.group === 'settings'),
    ).fallbackText;
    for (const field of FIELDS) if (field.command) assert.ok(text.includes(`${field.command.usage}: `), field.id);
  });

  it('status says what keeps me silent', () => {
    const health = { since: NOW, lastChangeAt: null, syncedAt: NOW, subscribedUntil: NOW, remindMinutes: [15] };
    const reader = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
    const words = (chosen: ChosenSettings, more = {}) =>
      statusCard({ ...health, ...more, settings: settings(chosen) }, reader, NOW).fallbackText;
    assert.doesNotMatch(words({}), /Paused|Quiet|Muted|Changes/);
    assert.match(words({ pausedUntil: NOW + 3_600_000 }), /Paused: until today 10:00/);
    assert.doesNotMatch(words({ pausedUntil: NOW - 1 }), /Paused/);
    assert.match(words({ quiet: { from: '22:00', to: '07:00' } }), /Quiet hours: 22:00–07:00/);
    assert.match(
      words({ mutedSeries: [{ id: 'x', name: 'Weekly' }], mutedPeople: [{ id: 'y', name: 'Ann' }] }),
      /Muted: Ann, Weekly/,
    );
    assert.match(words({ kinds: { change: false } }), /Off: .*Changes/);
    assert.match(words({ forbiddenKinds: ['change'] }), /Off by your admin: Changes/);
    assert.match(words({ remindAsOutlook: true, remindAtStart: true }), /Reminders: as in Outlook, and at the start/);
    assert.match(words({ remindMinutes: [] }), /Reminders: 15 min before/);
    const next = { kind: 'change', dueAt: NOW, subject: 'Planning' };
    assert.match(words({}, { next }), /Next from me: Changes, today 0?9:00 — Planning/);
    assert.match(
      words({}, { next: { ...next, kind: 'digest', subject: '' } }),
      /Next from me: Daily digest, today 0?9:00;/,
    );
    assertSound(statusCard({ ...health, settings: full }, reader, NOW));
  });
});
