/** Rules for tests: any that may be made, and one of each kind. */
import fc from 'fast-check';
import type { Known } from '../../src/rules/parse.ts';
import { CHANGED_ASPECTS, type Rule, type RuleSpec } from '../../src/rules/rule.ts';
import { NOW } from '../support/events.ts';

export const KNOWN: Known = {
  channels: [
    { id: '19:general@thread.tacv2', name: 'Sales › General' },
    { id: '19:a@thread.tacv2', name: 'Twice' },
    { id: '19:b@thread.tacv2', name: 'twice' },
  ],
  webhooks: [
    { id: 'hook-1', name: 'my-crm' },
    { id: 'hook-2', name: 'clash' },
    { id: 'clash', name: 'other.example' },
    { id: 'hook-3', name: 'hook-3' },
  ],
};

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const trimmed = (most: number, unit: fc.Arbitrary<string>) =>
  fc
    .string({ unit, minLength: 1, maxLength: most })
    .map((text) => text.trim())
    .filter((text) => text !== '' && !/\{\s*[A-Za-z][A-Za-z ]{0,39}\s*\}/.test(text));
/** What breaks a reader: quotes, escapes, words of the language itself. */
const tricky = fc.constantFrom(
  '"',
  '\\',
  '“',
  '”',
  '„',
  '«',
  '»',
  ',',
  ';',
  ' ',
  '.',
  ' and ',
  'when',
  'n',
  'é',
  '{',
  '}',
);
const piece = fc.oneof(tricky, fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }));
const name = trimmed(20, piece);
const text = fc.oneof(
  trimmed(30, fc.oneof(piece, fc.constantFrom('\n', '\r\n'))),
  fc.constantFrom('Follow up on {subject} with {people}', '{start} – {end} at {place}: {link}'),
);
const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const domain = fc.tuple(label, label).map((parts) => parts.join('.'));
const address = fc.tuple(fc.stringMatching(/^[a-z0-9'+_.]{1,8}$/), domain).map((parts) => parts.join('@'));
const party = fc.oneof(domain, address);
const answer = fc.constantFrom('accepted' as const, 'tentative' as const, 'declined' as const);

const without = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;

const when = fc.oneof(
  fc.constantFrom({ trigger: 'created' as const }, { trigger: 'moved' as const }, { trigger: 'cancelled' as const }),
  fc
    .record({
      trigger: fc.constant('changed' as const),
      aspects: optional(fc.uniqueArray(fc.constantFrom(...CHANGED_ASPECTS), { minLength: 1 })),
    })
    .map(without),
  fc
    .record({
      trigger: fc.constant('answered' as const),
      by: fc.constantFrom('me' as const, 'others' as const),
      answer: optional(answer),
    })
    .map(without),
  fc.record({ trigger: fc.constant('before' as const), minutes: fc.nat(20_160) }),
  fc.record({ trigger: fc.constant('after' as const), minutes: fc.nat(2_880) }),
);

const size = fc.integer({ min: 1, max: 1_000 });
const which = fc
  .record({
    subjectHas: optional(name),
    subjectLacks: optional(name),
    organiser: optional(fc.oneof(fc.constantFrom('me' as const, 'others' as const), party)),
    attendee: optional(party),
    category: optional(name),
    room: optional(name),
    calendar: optional(name),
    sizeMin: optional(size),
    sizeMax: optional(size),
    external: optional(fc.boolean()),
    agenda: optional(fc.boolean()),
    allDay: optional(fc.boolean()),
    oneToOne: optional(fc.boolean()),
    recurring: optional(fc.boolean()),
    response: optional(fc.oneof(answer, fc.constant('notResponded' as const))),
  })
  .map(without)
  .filter((it) => (it.sizeMin ?? 0) <= (it.sizeMax ?? 1_000));

const deed = fc.oneof(
  fc.record({ deed: fc.constant('message' as const), text }),
  fc.record({
    deed: fc.constant('post' as const),
    conversationId: fc.constantFrom(...KNOWN.channels.map((one) => one.id)),
    text,
  }),
  fc.record({ deed: fc.constant('attendees' as const), text }),
  fc.record({ deed: fc.constant('task' as const), title: name, dueInMinutes: optional(fc.nat(86_400)) }).map(without),
  fc.record({ deed: fc.constant('mail' as const), to: fc.oneof(fc.constant('me' as const), address), text }),
  fc.record({ deed: fc.constant('appendText' as const), text }),
  fc.record({ deed: fc.constant('addCategory' as const), category: name }),
  fc.record({
    deed: fc.constant('webhook' as const),
    webhookId: fc.constantFrom(...KNOWN.webhooks.map((one) => one.id)),
  }),
);

export const anySpec: fc.Arbitrary<RuleSpec> = fc
  .record({
    what: fc.constantFrom('meeting' as const, 'entry' as const),
    each: fc.constantFrom('occurrence' as const, 'series' as const),
    when,
    which,
    do: fc.array(deed, { minLength: 1, maxLength: 3 }),
  })
  .map((made) => JSON.parse(JSON.stringify(made)) as RuleSpec);

export const TELL: RuleSpec['do'] = [{ deed: 'message', text: 'Look at {subject}' }];

export const spec = (more: Partial<RuleSpec> = {}): RuleSpec => ({
  what: 'meeting',
  each: 'occurrence',
  when: { trigger: 'created' },
  which: {},
  do: TELL,
  ...more,
});

export const rule = (more: Partial<Omit<Rule, 'spec'>> & { spec?: Partial<RuleSpec> } = {}): Rule => ({
  ruleId: 'rule-1',
  personId: 'ada',
  scope: 'mine',
  name: 'A rule',
  limitPerHour: 30,
  madeAt: NOW - 86_400_000,
  activeSince: NOW - 86_400_000,
  pausedAt: null,
  pausedWhy: null,
  ...more,
  spec: spec(more.spec),
});
