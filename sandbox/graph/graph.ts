/**
 * Microsoft Graph v1.0 as a calendar app meets it. `createGraph` builds all parts over one World and returns the HTTP
 * handler, the calendar as people use it, and the control by which tests and the demo make trouble.
 */
import type { LifecycleEventType } from '@microsoft/microsoft-graph-types';
import type { SandboxHandler } from '../http.ts';
import type { RoomPolicy, SandboxPerson, SandboxRoom, World } from '../world.ts';
import { Agenda } from './agenda.ts';
import { CalendarApi } from './calendar-api.ts';
import type { TokenClaims } from './claims.ts';
import { Delta } from './delta.ts';
import { Directory } from './directory.ts';
import { EventRoutes, readWindow } from './event-routes.ts';
import { GroupRoutes } from './groups.ts';
import { MailRoutes, type SentMail } from './mail.ts';
import { patchMailboxSettings } from './mailbox-settings.ts';
import { Meetings } from './meetings.ts';
import { Notifier } from './notifier.ts';
import { Outbox } from './outbox.ts';
import { Permissions } from './permissions.ts';
import { PlaceRoutes } from './places.ts';
import type { Post } from './post.ts';
import { Responder } from './respond.ts';
import { RichContent, type SignValidationToken } from './rich.ts';
import { Rooms } from './rooms.ts';
import { Router } from './router.ts';
import { StateFile } from './state-file.ts';
import { CalendarStore } from './store.ts';
import type { CalendarStoreApi } from './store-api.ts';
import { type SubscriptionRecord, SubscriptionStore } from './subscription-store.ts';
import { Subscriptions } from './subscriptions.ts';
import { type TodoList, TodoRoutes } from './todo.ts';
import { type Breaches, Traffic } from './traffic.ts';
import { type TruthEvent, truth } from './truth.ts';
import { CalendarWriter } from './write.ts';

export interface GraphOptions {
  world: World;
  /** Rejects what is no valid access token for Graph; expiry is checked here too, by the world's clock. */
  verifyToken: (bearer: string) => Promise<TokenClaims>;
  /** The HTTP client for handshakes and notifications. Rejecting counts as no answer. */
  post: Post;
  /** Makes the tokens beside notifications with resource data; without it there are no such subscriptions. */
  signValidationToken?: SignValidationToken;
  /** Keeps state across restarts. */
  stateFile?: string;
  /** Begins every link in an answer; without a slash at the end. */
  origin?: string;
  /** How long each answer takes. Above 0, requests overlap and the limit of 4 at once can be felt. */
  latencyMs?: number | (() => number);
  /** How long notifications are collected before they are posted. */
  batchDelayMs?: number;
  /** How long a room thinks. */
  roomDelayMs?: number;
  /** Tell each edit several times, as Graph does. */
  echoes?: boolean | number;
  /** Delay, then discard, notifications to endpoints that answer slowly. */
  endpointPolicy?: boolean;
  /** Hold notifications while the token behind a subscription has expired (up to 4 hours). */
  pauseOnTokenExpiry?: boolean;
  /** Send reauthorizationRequired as tokens and subscriptions near their end. */
  lifecycleTimers?: boolean;
  /** Hears the id of each change notification in the moment of the change. */
  onTold?: (notificationId: string) => void;
  /** A call this soon after a 429 counts as already on its way. */
  retryAfterGraceMs?: number;
}

/** What nobody can do over HTTP: make trouble, look behind the scenes. */
export interface GraphControl {
  /** For links, once the port is known. */
  setOrigin(origin: string): void;
  /** Every live subscription. */
  subscriptions(): SubscriptionRecord[];
  /** The subscription is gone, without a word: GET answers 404, notifications cease. */
  vanishSubscription(id: string): boolean;
  /** Gone, with lifecycle notice subscriptionRemoved. */
  removeSubscription(id: string): boolean;
  /** Sends a lifecycle notice; nothing else happens. */
  sendLifecycle(id: string, event: LifecycleEventType): boolean;
  /** As after a password reset: the person's delegated subscriptions are removed, with notice. */
  revokeUser(oid: string): number;
  /** Sync tokens of this mailbox, or of all, answer 410 from now on. */
  expireDeltaTokens(oid?: string): void;
  /** timeZone, workingHours, automaticRepliesSetting, language, dateFormat, timeFormat. */
  setMailboxSettings(oid: string, patch: Record<string, unknown>): void;
  /** Returns the id of the new calendar. */
  addCalendar(oid: string, name: string): string;
  /** The default calendar of `ownerOid` shows among those of `withOid`, to be read. Returns its id there. */
  shareCalendar(ownerOid: string, withOid: string): string;
  /** Not shared any more: its id there leads nowhere. */
  unshareCalendar(ownerOid: string, withOid: string): void;
  /** RBAC for Applications: the app reaches only these mailboxes; undefined lifts it. */
  confineApp(appId: string, oids: string[] | undefined): void;
  /**
   * RBAC for Applications, as it is today: these roles for these mailboxes, beside what Entra granted the app (which
   * reaches all). Undefined takes them away.
   */
  assignRoles(appId: string, assigned: { roles: readonly string[]; oids: string[] } | undefined): void;
  /** How the room answers from now on; undefined: it declines whatever collides. */
  setRoomPolicy(roomOid: string, policy: RoomPolicy | undefined): void;
  /** Changes what Places says of the room. */
  setRoom(roomOid: string, patch: Partial<SandboxRoom>): void;
  /** Notifications and notices neither delivered nor given up; those held for a new token don't count. */
  pendingNotifications(): number;
  breaches: Readonly<Breaches>;
  /** What people sent through Graph, the newest last. */
  sentMail(): readonly SentMail[];
  /** To Do as this person sees it. */
  todoLists(oid: string): readonly TodoList[];
  addTodoList(oid: string, displayName: string): void;
  /** Writes the state file now. */
  save(): void;
}

export interface Graph {
  handler: SandboxHandler;
  store: CalendarStoreApi;
  control: GraphControl;
  /** Every line of the person's default calendar in the window, computed afresh; with `key` those of one item. */
  truth(oid: string, fromAt: number, toAt: number, key?: number): TruthEvent[];
  /** Calls `listener` with mailbox and key of each item that changes. */
  onItem(listener: (oid: string, key: number) => void): void;
  /** Whether a state file was found. */
  restored: boolean;
}

interface Parts {
  store: CalendarStore;
  live: SubscriptionStore;
  notifier: Notifier;
  outbox: Outbox;
  permissions: Permissions;
  traffic: Traffic;
  beside: { mail: MailRoutes; todo: TodoRoutes; groups: GroupRoutes };
  stateFile: StateFile | undefined;
  setOrigin(origin: string): void;
}

function createControl(parts: Parts): GraphControl {
  const { store, live, notifier, outbox, permissions, traffic, beside, stateFile } = parts;
  const withSubscription = (id: string, run: (record: SubscriptionRecord) => void): boolean => {
    const record = live.get(id);
    if (record) run(record);
    return record !== undefined;
  };
  return {
    setOrigin: parts.setOrigin,
    subscriptions: () => live.all(),
    vanishSubscription: (id) => withSubscription(id, (record) => notifier.vanish(record)),
    removeSubscription: (id) => withSubscription(id, (record) => notifier.removeWithNotice(record)),
    sendLifecycle: (id, event) => withSubscription(id, (record) => notifier.lifecycle(record, event)),
    revokeUser(oid) {
      const records = live.ofMailbox(oid).filter((record) => record.userOid === oid);
      for (const record of records) notifier.removeWithNotice(record);
      return records.length;
    },
    expireDeltaTokens(oid) {
      const mailboxes = oid === undefined ? store.mailboxes.values() : [store.mailbox(oid)];
      for (const mailbox of mailboxes) mailbox.generation++;
      stateFile?.saveSoon();
    },
    setMailboxSettings(oid, patch) {
      patchMailboxSettings(store.mailbox(oid), patch);
      stateFile?.saveSoon();
    },
    addCalendar(oid, name) {
      stateFile?.saveSoon();
      return store.addCalendar(oid, name);
    },
    shareCalendar(ownerOid, withOid) {
      stateFile?.saveSoon();
      return store.shareCalendar(ownerOid, withOid);
    },
    unshareCalendar(ownerOid, withOid) {
      stateFile?.saveSoon();
      store.unshareCalendar(ownerOid, withOid);
    },
    confineApp(appId, oids) {
      if (oids) permissions.confined.set(appId, new Set(oids));
      else permissions.confined.delete(appId);
    },
    assignRoles(appId, assigned) {
      if (assigned) permissions.assigned.set(appId, { roles: assigned.roles, oids: new Set(assigned.oids) });
      else permissions.assigned.delete(appId);
    },
    setRoomPolicy(roomOid, policy) {
      roomOf(store.world, roomOid).booking = policy;
    },
    setRoom(roomOid, patch) {
      const room = roomOf(store.world, roomOid);
      room.room = { ...room.room, ...patch };
    },
    pendingNotifications: () => outbox.pending + notifier.delayed,
    breaches: traffic.breaches,
    sentMail: () => beside.mail.sent,
    todoLists: (oid) => beside.todo.of(oid),
    addTodoList: (oid, displayName) => {
      beside.todo.addList(oid, displayName);
    },
    save: () => stateFile?.save(),
  };
}

function roomOf(world: World, oid: string): SandboxPerson {
  const room = world.people.get(oid);
  if (room?.kind !== 'room') throw new Error(`sandbox: no room ${oid}`);
  return room;
}

export function createGraph(options: GraphOptions): Graph {
  const { world, post } = options;
  const agenda = new Agenda(world.clock);
  const store = new CalendarStore(world);
  const directory = new Directory(world);
  const permissions = new Permissions(world, directory);
  const meetings = new Meetings(store, directory);
  const writer = new CalendarWriter(store, meetings);
  const responder = new Responder(store, writer);
  const rooms = new Rooms(store, responder, agenda, options.roomDelayMs ?? 3_000);
  rooms.watch(meetings);

  const live = new SubscriptionStore(world);
  const { batchDelayMs = 200, endpointPolicy = false } = options;
  const rich = new RichContent(world, store, options.signValidationToken);
  const outbox = new Outbox(world, agenda, post, { batchDelayMs, endpointPolicy }, rich);
  const { echoes = true, pauseOnTokenExpiry = true, lifecycleTimers = true, onTold } = options;
  const told = { echoes, pauseOnTokenExpiry, lifecycleTimers, onTold };
  const notifier = new Notifier(world, agenda, outbox, live, told, rich);
  store.onChange((change) => notifier.onStoreChange(change));

  const traffic = new Traffic(world, options.retryAfterGraceMs ?? 50);
  const subscriptions = new Subscriptions(world, store, live, permissions, notifier, traffic, agenda, post, rich);
  const delta = new Delta(world, store, readWindow);
  const events = new EventRoutes(store, writer, responder, delta, permissions, directory);
  let origin = options.origin ?? 'https://graph.microsoft.com';
  const { latencyMs = 0 } = options;
  const beside = {
    mail: new MailRoutes(),
    todo: new TodoRoutes(),
    groups: new GroupRoutes(world, permissions),
    places: new PlaceRoutes(world, permissions),
  };
  const router = new Router(world, store, permissions, events, subscriptions, traffic, beside, {
    verifyToken: options.verifyToken,
    origin: () => origin,
    latencyMs: typeof latencyMs === 'number' ? () => latencyMs : latencyMs,
  });

  const stateFile = options.stateFile ? new StateFile(options.stateFile, agenda, store, live) : undefined;
  const restored = stateFile?.open() ?? false;
  if (restored) {
    rooms.resume();
    for (const record of live.all()) notifier.authorized(record);
  }
  const setOrigin = (url: string) => {
    origin = url;
  };
  return {
    handler: router.handle,
    store: new CalendarApi(store, writer, responder, directory, permissions),
    control: createControl({
      store,
      live,
      notifier,
      outbox,
      permissions,
      traffic,
      beside,
      stateFile,
      setOrigin,
    }),
    truth: (oid, fromAt, toAt, key) => truth(store, oid, fromAt, toAt, key),
    onItem: (listener) => {
      store.onChange(({ mailbox, item }) => listener(mailbox.oid, item.key));
    },
    restored,
  };
}
