/** The JSON schema (draft-07) of what webhooks are sent; docs/webhooks.md shows it, a test holds both against real payloads. */
const instant = { type: 'string', format: 'date-time', description: 'UTC, ISO 8601' };
const date = { type: 'string', format: 'date' };
const text = { type: 'string' };
const texts = { type: 'array', items: text };
const count = { type: 'integer', minimum: 0 };
const party = {
  type: 'object',
  properties: { name: text, address: { ...text, description: 'SMTP, lower case; empty where Outlook names none' } },
  required: ['name', 'address'],
};
const span = { type: 'object', properties: { startAt: instant, endAt: instant }, required: ['startAt', 'endAt'] };

const meeting = {
  type: 'object',
  description: 'The entry as it was when the run was planned. Of a private one its times are told, and nothing else.',
  properties: {
    isPrivate: { type: 'boolean' },
    startAt: instant,
    endAt: instant,
    allDay: {
      type: 'object',
      description: 'Dates on the calendar; endDate is the day after the last',
      properties: { startDate: date, endDate: date },
      required: ['startDate', 'endDate'],
    },
    id: {
      ...text,
      description: 'Graph’s immutable id in the mailbox; of a series that changed as a whole, its head’s',
    },
    seriesId: text,
    subject: text,
    organiser: party,
    isOrganiser: { type: 'boolean', description: 'Whether the calendar’s owner organises it' },
    place: text,
    joinUrl: text,
    webLink: text,
    people: {
      type: 'array',
      items: party,
      description: 'Those invited and the organiser, without the calendar’s owner and rooms; the first hundred',
    },
    peopleCount: count,
    categories: texts,
  },
  required: ['isPrivate', 'startAt', 'endAt'],
  if: { type: 'object', properties: { isPrivate: { const: false } } },
  // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
  then: {
    type: 'object',
    required: ['id', 'subject', 'organiser', 'isOrganiser', 'people', 'peopleCount', 'categories'],
  },
};

const change = {
  type: 'object',
  description: 'Where something changed: what',
  properties: {
    aspects: { ...texts, description: 'created, moved, cancelled, placeChanged, …: heaviest first' },
    scope: { enum: ['single', 'occurrence', 'several', 'series'] },
    occurrences: { ...count, description: 'How many occurrences changed together' },
    before: span,
    answers: {
      type: 'array',
      items: {
        ...party,
        properties: { ...party.properties, response: text },
        required: [...party.required, 'response'],
      },
    },
    roomsLost: texts,
  },
  required: ['aspects', 'scope', 'occurrences'],
};

const run = {
  type: 'object',
  properties: {
    type: { const: 'calendar.rule.run' },
    timestamp: { ...instant, description: 'When the run was due; the same in each attempt' },
    data: {
      type: 'object',
      properties: {
        rule: { type: 'object', properties: { id: text, name: text }, required: ['id', 'name'] },
        trigger: { enum: ['created', 'changed', 'moved', 'cancelled', 'answered', 'before', 'after'] },
        meeting,
        change,
      },
      required: ['rule', 'trigger', 'meeting'],
    },
  },
  required: ['type', 'timestamp', 'data'],
};

const ping = {
  type: 'object',
  properties: {
    type: { const: 'calendar.ping' },
    timestamp: instant,
    data: {
      type: 'object',
      properties: { webhook: { type: 'object', properties: { id: text }, required: ['id'] } },
      required: ['webhook'],
    },
  },
  required: ['type', 'timestamp', 'data'],
};

export const WEBHOOK_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'What Calendar Watch sends to webhooks',
  oneOf: [run, ping],
};
