/** What webhooks are sent: everything that is in it is in the schema, and of a private entry its times alone. */
import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { RuleFacts, RulePayload } from '../../src/rules/rule.ts';
import { pingPayload, runPayload } from '../../src/rules/webhook-payload.ts';
import { WEBHOOK_SCHEMA } from '../../src/rules/webhook-schema.ts';

const NOW = Date.UTC(2026, 11, 1, 8);

/** Receivers must bear new fields; we must not send one that nobody documented. */
function strictly(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strictly);
  if (typeof schema !== 'object' || schema === null) return schema;
  const one = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'if' || key === 'then' ? value : strictly(value)]),
  );
  return one.type === 'object' && one.properties ? { ...one, additionalProperties: false } : one;
}

const ajv = new Ajv({ strictSchema: true, allErrors: true });
formats.default(ajv);
const validate = ajv.compile(strictly(WEBHOOK_SCHEMA) as object);
const assertValid = (payload: object) =>
  assert.ok(validate(JSON.parse(JSON.stringify(payload))), JSON.stringify(validate.errors));

const SECRET = 'CONTENT';
const text = fc.string({ maxLength: 20 }).map((one) => `${SECRET}${one}`);
const instant = fc.integer({ min: NOW, max: NOW + 1e10 });
const party = fc.record({ name: text, address: text });
const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const facts: fc.Arbitrary<RuleFacts> = fc
  .record({
    eventId: text,
    seriesId: optional(text),
    isPrivate: fc.boolean(),
    subject: text,
    startAt: instant,
    endAt: instant,
    allDay: optional(fc.constant({ startDate: '2026-12-01', endDate: '2026-12-02' })),
    organiser: party,
    isOrganiser: fc.boolean(),
    place: optional(text),
    joinUrl: optional(text),
    webLink: optional(text),
    people: fc.array(party, { maxLength: 3 }),
    peopleCount: fc.nat(),
    categories: fc.array(text, { maxLength: 3 }),
    trigger: fc.constantFrom('created', 'changed', 'moved', 'cancelled', 'answered', 'before', 'after' as const),
    change: optional(
      fc.record({
        aspects: fc.subarray(['moved', 'subjectChanged', 'attendeesChanged', 'cancelled']),
        scope: fc.constantFrom('single', 'occurrence', 'several', 'series'),
        occurrences: fc.nat(),
        beforeStartAt: optional(instant),
        beforeEndAt: optional(instant),
        answers: optional(fc.array(fc.record({ name: text, address: text, response: text }), { maxLength: 2 })),
        roomsLost: optional(fc.array(text, { maxLength: 2 })),
      }),
    ),
  })
  .map((one) => JSON.parse(JSON.stringify(one)) as RuleFacts);
const payloadOf = (of: RuleFacts): RulePayload => ({
  ruleName: 'My rule',
  scope: 'mine',
  facts: of,
  deed: { deed: 'webhook', webhookId: 'hook' },
});

describe('what webhooks are sent', () => {
  it('is what the schema says, and no more', () =>
    fc.assert(
      fc.property(facts, instant, (of, dueAt) => assertValid(runPayload('rule', payloadOf(of), dueAt))),
      { numRuns: 150 },
    ));

  it('of a private entry is its times alone, whatever the facts hold', () =>
    fc.assert(
      fc.property(facts, (of) => {
        const sent = runPayload('rule', payloadOf({ ...of, isPrivate: true }), NOW);
        assert.ok(!JSON.stringify(sent).includes(SECRET));
        assert.doesNotMatch(JSON.stringify(sent), /subjectChanged|attendeesChanged/);
        assert.equal(sent.data.meeting.startAt, new Date(of.startAt).toISOString());
      }),
      { numRuns: 100 },
    ));

  it('of a test says that it is one', () => assertValid(pingPayload('hook', NOW)));

  it('is refused by the schema when something is missing', () => {
    for (const wrong of [
      {},
      { type: 'calendar.rule.run' },
      { type: 'other', timestamp: new Date(NOW).toISOString(), data: {} },
    ])
      assert.ok(!validate(wrong));
  });
});
