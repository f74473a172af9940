/**
 * calendarView/delta (platform facts, section E). A round lists what changed since a version of the mailbox; the first
 * round lists everything in the window. The token carries the window, so that nothing needs to be remembered here.
 */
import type { SandboxRequest } from '../http.ts';
import type { World } from '../world.ts';
import { badRequest, GraphError } from './errors.ts';
import { eventId, hashBytes } from './ids.ts';
import type { CalendarKey, ChangeLogEntry, Item, Mailbox } from './model.ts';
import type { Preferences } from './prefer.ts';
import { type EventJson, type RenderOptions, renderInstance, renderItem, renderSkeleton } from './render.ts';
import type { CalendarStore } from './store.ts';
import { calendarInstances, instancesOf } from './view.ts';
import { formatSeconds } from './zones.ts';

const DEFAULT_PAGE_SIZE = 50;
const UNSUPPORTED = ['$select', '$expand', '$filter', '$orderby', '$search', '$top', '$skip', '$count'];

export interface Removed {
  '@removed': { reason: 'deleted' };
  id: string;
}

export type DeltaRow = EventJson | Removed;

/** What a $skiptoken or $deltatoken holds. */
interface SyncState {
  mailbox: string;
  calendar: CalendarKey;
  generation: number;
  from: number;
  to: number;
  /** Changes after this version are reported; EVERYTHING in the first round. */
  since: number;
  /** The version of the mailbox when the round began, where the next one goes on from; NOT_BEGUN in a $deltatoken. */
  until: number;
  /** Within a round: the last item (first round) or log version (later rounds) that has been sent. */
  after: number;
}

const EVERYTHING = -1;
const NOT_BEGUN = -1;

const checkSum = (text: string) => Buffer.from(hashBytes(`sync:${text}`, 6)).toString('base64url');

function encodeState(state: SyncState): string {
  const text = Buffer.from(JSON.stringify(Object.values(state))).toString('base64url');
  return `${text}.${checkSum(text)}`;
}

const invalidState = () => badRequest('ErrorInvalidSyncStateData', 'The sync state data is invalid.');

function decodeState(token: string): SyncState {
  const [text = '', sum] = token.split('.');
  if (sum !== checkSum(text)) throw invalidState();
  const [mailbox, calendar, generation, from, to, since, until, after] = JSON.parse(
    Buffer.from(text, 'base64url').toString('utf8'),
  );
  return { mailbox, calendar, generation, from, to, since, until, after };
}

interface Page {
  rows: DeltaRow[];
  /** Where the next page goes on; undefined at the end of the round. */
  after: number | undefined;
}

export interface DeltaContext {
  mailbox: Mailbox;
  calendar: CalendarKey;
  request: SandboxRequest;
  preferences: Preferences;
  options: RenderOptions;
  /** The address of this resource, for links. */
  self: string;
}

export class Delta {
  constructor(
    private readonly world: World,
    private readonly store: CalendarStore,
    /** Reads the window of a calendar view from the query. */
    private readonly readWindow: (query: URLSearchParams) => { from: number; to: number },
  ) {}

  answer(context: DeltaContext): { value: DeltaRow[]; '@odata.nextLink'?: string; '@odata.deltaLink'?: string } {
    this.refuseUnsupported(context.request.query);
    const token = context.request.query.get('$deltatoken') ?? context.request.query.get('$skiptoken');
    const state = token ? this.resume(token, context) : this.begin(context);
    const firstPage = !context.request.query.get('$skiptoken');
    if (token && firstPage && this.world.strikes('graph.deltaLag'))
      return { value: [], '@odata.deltaLink': `${context.self}?$deltatoken=${token}` };
    if (firstPage && this.world.strikes('graph.emptyFirstPage'))
      return { value: [], '@odata.nextLink': this.link(context, '$skiptoken', state) };
    const size = context.preferences.maxPageSize ?? DEFAULT_PAGE_SIZE;
    const page =
      state.since === EVERYTHING ? this.fullPage(context, state, size) : this.changePage(context, state, size);
    if (page.after !== undefined)
      return {
        value: page.rows,
        '@odata.nextLink': this.link(context, '$skiptoken', { ...state, after: page.after }),
      };
    const next = { ...state, since: state.until, until: NOT_BEGUN, after: 0 };
    return { value: page.rows, '@odata.deltaLink': this.link(context, '$deltatoken', next) };
  }

  private refuseUnsupported(query: URLSearchParams): void {
    const used = UNSUPPORTED.filter((name) => query.has(name));
    if (used.length === 0) return;
    const listed = "'$orderby, $filter, $select, $expand, $search'";
    throw badRequest(
      'ErrorInvalidUrlQuery',
      `The following parameters are not supported with change tracking over the 'CalendarView' resource: ${listed}.`,
    );
  }

  private begin(context: DeltaContext): SyncState {
    const { from, to } = this.readWindow(context.request.query);
    const { mailbox, calendar } = context;
    const until = mailbox.version;
    return {
      mailbox: mailbox.oid,
      calendar,
      generation: mailbox.generation,
      from,
      to,
      since: EVERYTHING,
      until,
      after: 0,
    };
  }

  private resume(token: string, context: DeltaContext): SyncState {
    const state = decodeState(token);
    const { mailbox } = context;
    if (state.mailbox !== mailbox.oid || state.calendar !== context.calendar) throw invalidState();
    const forgotten = state.since !== EVERYTHING && Math.max(state.since, state.after) < mailbox.logFrom;
    if (state.generation !== mailbox.generation || forgotten || this.world.strikes('graph.deltaGone'))
      throw this.gone(state, context);
    if (this.world.strikes('graph.syncStateNotFound'))
      throw new GraphError(404, 'syncStateNotFound', 'The sync state could not be found; start over.');
    return state.until === NOT_BEGUN ? { ...state, until: mailbox.version } : state;
  }

  private gone(state: SyncState, { mailbox, self }: DeltaContext): GraphError {
    const window = `startDateTime=${formatSeconds(state.from)}&endDateTime=${formatSeconds(state.to)}`;
    const generations = `generation=${state.generation};[highest=${mailbox.generation}]`;
    return new GraphError(410, 'SyncStateNotFound', `The sync state generation is not found; ${generations}`, {
      location: `${self}?${window}`,
    });
  }

  private link(context: DeltaContext, name: '$skiptoken' | '$deltatoken', state: SyncState): string {
    return `${context.self}?${name}=${encodeState(state)}`;
  }

  /** The first round: every item of the calendar that has something in the window, by key. */
  private fullPage(context: DeltaContext, state: SyncState, size: number): Page {
    const items = [...context.mailbox.items.values()]
      .filter((item) => item.calendar === context.calendar && item.key > state.after)
      .sort((a, b) => a.key - b.key);
    const rows: DeltaRow[] = [];
    for (const item of items) {
      if (rows.length >= size) return { rows, after: items[items.indexOf(item) - 1]?.key };
      rows.push(...this.rowsOf(context, state, item));
    }
    return { rows, after: undefined };
  }

  /** A later round: what the log names after `since`, each item once, with what it is now. */
  private changePage(context: DeltaContext, state: SyncState, size: number): Page {
    const { mailbox, calendar } = context;
    const start = Math.max(state.since, state.after);
    const entries = latestEntries(mailbox.log, start, state.until, calendar);
    const rows: DeltaRow[] = this.extraRows(context, state);
    let sent = start;
    for (const entry of entries) {
      if (rows.length >= size) return { rows, after: sent };
      rows.push(...this.changeRows(context, state, entry));
      sent = entry.version;
    }
    return { rows, after: undefined };
  }

  private changeRows(context: DeltaContext, state: SyncState, entry: ChangeLogEntry): DeltaRow[] {
    const item = context.mailbox.items.get(entry.key);
    if (!item) return [this.removed(context, entry.key)];
    const rows = this.rowsOf(context, state, item);
    if (rows.length === 0) return [this.removed(context, item.key)];
    return [...rows, ...this.deletedOccurrences(context, item)];
  }

  /** The item as delta shows it: a series is its master, its exceptions in full, its occurrences as skeletons. */
  private rowsOf({ mailbox, options }: DeltaContext, state: SyncState, item: Item): DeltaRow[] {
    const zone = this.store.zone(mailbox);
    const instances = instancesOf(item, state.from, state.to, zone);
    if (instances.length === 0) return [];
    if (!item.recurrence) return [renderItem(mailbox, item, zone, options)];
    return [
      renderItem(mailbox, item, zone, options),
      ...instances.map((instance) =>
        instance.type === 'exception'
          ? renderInstance(mailbox, instance, zone, options)
          : renderSkeleton(mailbox, instance, options),
      ),
    ];
  }

  private removed({ mailbox, options }: DeltaContext, key: number, day?: number): Removed {
    return { '@removed': { reason: 'deleted' }, id: eventId(mailbox.oid, key, day, options.immutableIds) };
  }

  /** Usually a deleted occurrence is simply missing; the fault makes delta name it, as some have seen. */
  private deletedOccurrences(context: DeltaContext, item: Item): Removed[] {
    if (item.deletedDays.length === 0 || !this.world.strikes('graph.reportDeletedOccurrence')) return [];
    return item.deletedDays.map((day) => this.removed(context, item.key, day));
  }

  /** By fault: an event far outside the window that did not even change. */
  private extraRows(context: DeltaContext, state: SyncState): Removed[] {
    if (state.after !== 0 || !this.world.strikes('graph.removedOutsideWindow')) return [];
    const zone = this.store.zone(context.mailbox);
    const inside = new Set(
      calendarInstances(context.mailbox, context.calendar, state.from, state.to, zone).map(({ item }) => item.key),
    );
    const outside = [...context.mailbox.items.keys()].find((key) => !inside.has(key));
    return [this.removed(context, outside ?? context.mailbox.nextKey + 1_000_000)];
  }
}

/** The last entry of each item with start < version ≤ until, ascending; the log is searched, not scanned. */
function latestEntries(log: ChangeLogEntry[], start: number, until: number, calendar: CalendarKey): ChangeLogEntry[] {
  let [low, high] = [0, log.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle]?.version ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  const latest = new Map<number, ChangeLogEntry>();
  for (let index = low; index < log.length; index++) {
    const entry = log[index] as ChangeLogEntry;
    if (entry.version > until) break;
    if (entry.calendar === calendar) latest.set(entry.key, entry);
  }
  return [...latest.values()].sort((a, b) => a.version - b.version);
}
