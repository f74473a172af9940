/** The part of OData that the calendar speaks: $select, $filter, $orderby, $top, $skip, $count. Refuses the rest. */
import type { Event } from '@microsoft/microsoft-graph-types';
import { badRequest } from './errors.ts';
import type { EventJson } from './render.ts';
import { parseInstant } from './zones.ts';

const DEFAULT_TOP = 10;
const MAX_TOP = 999;

type EventProperty = keyof Event;

/** What $select and $filter may name; a name that is no property of Event does not compile. */
const EVENT_PROPERTIES = new Set<string>([
  'id',
  'createdDateTime',
  'lastModifiedDateTime',
  'changeKey',
  'categories',
  'transactionId',
  'originalStartTimeZone',
  'originalEndTimeZone',
  'originalStart',
  'iCalUId',
  'reminderMinutesBeforeStart',
  'isReminderOn',
  'hasAttachments',
  'subject',
  'bodyPreview',
  'importance',
  'sensitivity',
  'isAllDay',
  'isCancelled',
  'isOrganizer',
  'responseRequested',
  'seriesMasterId',
  'showAs',
  'type',
  'webLink',
  'onlineMeetingUrl',
  'isOnlineMeeting',
  'onlineMeetingProvider',
  'allowNewTimeProposals',
  'isDraft',
  'hideAttendees',
  'recurrence',
  'onlineMeeting',
  'responseStatus',
  'body',
  'start',
  'end',
  'location',
  'locations',
  'attendees',
  'organizer',
  'cancelledOccurrences',
] satisfies EventProperty[]);

function unknownProperty(name: string) {
  const message = `Could not find a property named '${name}' on type 'Microsoft.OutlookServices.Event'.`;
  return badRequest('RequestBroker--ParseUri', `Parsing OData Select and Expand failed: ${message}`);
}

/** The names in $select, checked; undefined when there is none. */
export function selected(query: URLSearchParams, known: ReadonlySet<string> = EVENT_PROPERTIES): string[] | undefined {
  const given = query.get('$select');
  if (!given) return undefined;
  const names = given.split(',').map((name) => name.trim());
  for (const name of names) if (!known.has(name.split('/')[0] ?? '')) throw unknownProperty(name);
  return names.map((name) => name.split('/')[0] ?? name);
}

/** `id` and annotations are always there. */
export function pick<T extends object>(json: T, names: string[] | undefined): T {
  if (!names) return json;
  const kept = Object.entries(json).filter(([name]) => name === 'id' || name.startsWith('@') || names.includes(name));
  return Object.fromEntries(kept) as T;
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^\d+$/.test(text)) throw badRequest('ErrorInvalidUrlQuery', `The value of '${name}' is invalid.`);
  return Number(text);
}

export interface Paging {
  top: number;
  skip: number;
}

/** Prefer: odata.maxpagesize stands in where $top is absent. */
export function paging(query: URLSearchParams, maxPageSize: number | undefined): Paging {
  const top = wholeNumber(query, '$top', maxPageSize ?? DEFAULT_TOP);
  if (top < 1 || top > 1000) throw badRequest('ErrorInvalidUrlQuery', "The value of '$top' is invalid.");
  return { top: Math.min(top, MAX_TOP), skip: wholeNumber(query, '$skip', 0) };
}

const OPTIONS = new Set(['$select', '$filter', '$orderby', '$top', '$skip', '$count', '$expand']);

/** OData ignores what doesn't begin with "$", and refuses what does and isn't known. */
export function checkOptions(query: URLSearchParams): void {
  for (const name of query.keys())
    if (name.startsWith('$') && !OPTIONS.has(name))
      throw badRequest('BadRequest', `The query option '${name}' is not supported.`);
}

type Scalar = string | number | boolean | null;

/** "start/dateTime" of an event as something that compares. */
function scalarAt(json: EventJson, path: string): Scalar {
  let value: unknown = json;
  for (const name of path.split('/'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

const SORTABLE = new Set(['start/dateTime', 'end/dateTime', 'subject', 'createdDateTime', 'lastModifiedDateTime']);

export function ordered(events: EventJson[], query: URLSearchParams): EventJson[] {
  const given = query.get('$orderby');
  if (!given) return events;
  const terms = given.split(',').map((term) => term.trim().split(/\s+/));
  for (const [path = '', direction = 'asc'] of terms)
    if (!SORTABLE.has(path) || !/^(asc|desc)$/i.test(direction))
      throw badRequest('ErrorInvalidUrlQuery', `The $orderby expression '${given}' is not supported.`);
  return [...events].sort((a, b) => {
    for (const [path = '', direction = 'asc'] of terms) {
      const [left, right] = [scalarAt(a, path) ?? '', scalarAt(b, path) ?? ''];
      if (left !== right) return (left < right ? -1 : 1) * (direction.toLowerCase() === 'desc' ? -1 : 1);
    }
    return 0;
  });
}

const COMPARISON = /^([A-Za-z][A-Za-z/]*)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s]+)$/;

const COMPARE: Record<string, (a: string | number | boolean, b: string | number | boolean) => boolean> = {
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
};

function literal(text: string): Scalar {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Two texts that both read as dates are compared as instants. */
function comparable(a: Scalar, b: Scalar): [Scalar, Scalar] {
  if (typeof a !== 'string' || typeof b !== 'string') return [a, b];
  const [left, right] = [parseInstant(a), parseInstant(b)];
  return left === undefined || right === undefined ? [a, b] : [left, right];
}

function holds(json: EventJson, comparison: string): boolean {
  const match = COMPARISON.exec(comparison.trim());
  const [, path = '', operator = '', value = ''] = match ?? [];
  if (!match || !EVENT_PROPERTIES.has(path.split('/')[0] ?? ''))
    throw badRequest('ErrorInvalidUrlQueryFilter', `The query filter '${comparison}' is not supported.`);
  const [left, right] = comparable(scalarAt(json, path), literal(value));
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  return left !== null && right !== null && (COMPARE[operator]?.(left, right) ?? false);
}

/** Comparisons joined by "and"; nothing else, and what is not understood is refused rather than ignored. */
export function filtered(events: EventJson[], query: URLSearchParams): EventJson[] {
  const given = query.get('$filter');
  if (!given) return events;
  const comparisons = given.split(/\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)/i);
  return events.filter((json) => comparisons.every((comparison) => holds(json, comparison)));
}
