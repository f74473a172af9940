/**
 * What every part of the sandbox shares: who exists, what time it is, which faults are switched on and what has been
 * sent and received. Entra, Graph, the connector and the calendar page are built over one World, so a test that holds
 * it knows the whole truth.
 */

/** Time as the sandbox sees it. Real in the demo, virtual where a test wants to decide. */
export interface SandboxClock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Runs `run` once, `delayMs` from now. Returns a function that cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export interface SandboxTenant {
  tenantId: string;
  displayName: string;
  domain: string;
}

/** A person or a room with a mailbox. `oid` is the Entra object id (a GUID). */
export interface SandboxPerson {
  tenantId: string;
  oid: string;
  upn: string;
  displayName: string;
  kind: 'person' | 'room';
  /** As Exchange stores it: a Windows name ("W. Europe Standard Time") or IANA. */
  mailboxTimeZone: string;
  /** BCP 47, e.g. "en-GB". */
  locale: string;
  jobTitle?: string;
  officeLocation?: string;
  /** App roles of our app, e.g. "CalendarWatch.Admin". */
  appRoles?: string[];
  /** False: Entra refuses to sign in, Graph answers as for a disabled account. */
  enabled?: boolean;
  /** Outlook's setting "Save declined events": what they decline stays in their calendar. */
  keepsDeclined?: boolean;
  /** False: Graph answers 404 as for an account without an Exchange Online mailbox. */
  hasMailbox?: boolean;
  /** Of a room: what Places says of it. */
  room?: SandboxRoom;
  /** Of a room: which invitations it takes; without one it declines whatever collides. */
  booking?: RoomPolicy;
}

/** A room as Places describes it; what is left out is null there. */
export interface SandboxRoom {
  building?: string;
  floorNumber?: number;
  floorLabel?: string;
  capacity?: number;
  isWheelChairAccessible?: boolean;
  audioDeviceName?: string;
  videoDeviceName?: string;
  displayDeviceName?: string;
  tags?: string[];
  geoCoordinates?: { latitude: number; longitude: number };
  address?: { street?: string; city?: string; state?: string; postalCode?: string; countryOrRegion?: string };
  bookingType?: 'standard' | 'reserved';
  /** Stable; made of the object id unless given. */
  placeId?: string;
  /** Address of the room list that it belongs to. */
  roomListUpn?: string;
}

/** Exchange's Set-CalendarProcessing, as far as collisions go. */
export interface RoomPolicy {
  /** AllowConflicts: accepts although busy. */
  allowConflicts?: boolean;
  /** ConflictPercentageAllowed: a series with so many collisions per 100 is accepted, and what collides is declined. */
  conflictPercentageAllowed?: number;
  /** MaximumConflictInstances: likewise, as a number. Where only one of the two is set, the other doesn't limit. */
  maximumConflictInstances?: number;
}

/** A distribution group of rooms, as the room finder shows it. */
export interface SandboxRoomList {
  tenantId: string;
  /** Its address. */
  upn: string;
  displayName: string;
}

/** An app registration that Entra knows. */
export interface SandboxApp {
  clientId: string;
  clientSecret: string;
  displayName: string;
  redirectUris: string[];
  /** Application permissions that an admin has consented to, e.g. ["Calendars.Read"]; per tenant the same. */
  appPermissions: string[];
  /** Application permissions that the registration asks for: an admin's consent to ".default" grants them. */
  askedAppPermissions?: string[];
  /** PEM of a certificate that it may prove itself with, instead of the secret. */
  certificate?: string;
}

/** A group with all whom it holds, also through other groups. */
export interface SandboxGroup {
  tenantId: string;
  groupId: string;
  displayName: string;
  /** Object ids. */
  members: string[];
}

/** A place that occurs in seeded calendars, with coordinates as Outlook's location picker would add them. */
export interface SandboxPlace {
  displayName: string;
  street: string;
  latitude: number;
  longitude: number;
}

/**
 * Named fault switches. A number is a rate between 0 and 1, applied per opportunity by the seeded random.
 * Parts read the ones that they know by name; an unknown name is refused, so that a typo can't switch off a test.
 */
export type FaultName =
  | 'entra.invalidGrant'
  | 'entra.consentRequired'
  | 'entra.serverError'
  | 'graph.throttle'
  | 'graph.throttleWithoutRetryAfter'
  | 'graph.unavailable'
  | 'graph.gatewayTimeout'
  | 'graph.syncStateNotFound'
  | 'graph.deltaGone'
  | 'graph.deltaLag'
  | 'graph.emptyFirstPage'
  | 'graph.reportDeletedOccurrence'
  | 'graph.removedOutsideWindow'
  | 'notify.drop'
  | 'notify.duplicate'
  | 'notify.delay'
  | 'notify.truncateBatch'
  | 'notify.wrongClientState'
  | 'notify.missed'
  | 'notify.badSignature'
  | 'notify.noValidationToken'
  | 'notify.forgedValidationToken'
  | 'subscription.dieSilently'
  | 'subscription.removed'
  | 'subscription.reauthorizationRequired'
  | 'subscription.renew404'
  | 'subscription.create409'
  | 'connector.403'
  | 'connector.404'
  | 'connector.412'
  | 'connector.413'
  | 'connector.429'
  | 'connector.429WithoutRetryAfter'
  | 'connector.500'
  | 'connector.502'
  | 'connector.502Delivered'
  | 'connector.504'
  | 'connector.504Delivered';

/** Behaviour that Microsoft's documentation leaves open; a switch, so that no test enshrines a guess. */
export interface Unverified {
  /** POST /subscriptions with the same resource and changeType as a live one answers 409. */
  conflictOnDuplicateSubscription: boolean;
  /** An edit of one occurrence notifies with the occurrence's id ("occurrence") or the master's ("master"). */
  occurrenceNotifiesAs: 'occurrence' | 'master';
  /** PATCH of notificationUrl runs the validation handshake again. */
  handshakeOnPatch: boolean;
  /** What `resource` looks like in an event notification. */
  resourceCasing: 'Users/{id}/Events/{id}' | 'users/{id}/events/{id}';
  /** The form of the tokens beside notifications with resource data: issuer, and where the caller stands. */
  validationTokenVersion: '1.0' | '2.0';
}

export interface JournalEntry {
  at: number;
  /** e.g. "graph", "entra", "connector", "notification", "lifecycle". */
  part: string;
  /** What happened, one word or two: "request", "posted", "dropped". */
  what: string;
  detail: Record<string, unknown>;
}

/** Bounded record of all traffic; the oldest goes first. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  constructor(
    private readonly clock: SandboxClock,
    private readonly limit = 200_000,
  ) {}

  add(part: string, what: string, detail: Record<string, unknown>): void {
    this.entries.push({ at: this.clock.now(), part, what, detail });
    if (this.entries.length > this.limit) this.entries.splice(0, this.entries.length - this.limit);
  }
}

export class World {
  readonly tenants = new Map<string, SandboxTenant>();
  /** By oid. */
  readonly people = new Map<string, SandboxPerson>();
  readonly apps = new Map<string, SandboxApp>();
  /** By object id. */
  readonly groups = new Map<string, SandboxGroup>();
  /** By address, lower case. */
  readonly roomLists = new Map<string, SandboxRoomList>();
  readonly faults = new Map<FaultName, number>();
  readonly unverified: Unverified = {
    conflictOnDuplicateSubscription: false,
    occurrenceNotifiesAs: 'master',
    handshakeOnPatch: false,
    resourceCasing: 'Users/{id}/Events/{id}',
    validationTokenVersion: '1.0',
  };
  readonly journal: Journal;

  constructor(
    readonly clock: SandboxClock,
    /** Uniform in [0, 1); seeded in tests. */
    readonly random: () => number,
  ) {
    this.journal = new Journal(clock);
  }

  /** True when the fault `name` strikes this time. */
  strikes(name: FaultName): boolean {
    const rate = this.faults.get(name) ?? 0;
    return rate > 0 && this.random() < rate;
  }

  personByUpn(upn: string): SandboxPerson | undefined {
    const wanted = upn.toLowerCase();
    for (const person of this.people.values()) if (person.upn.toLowerCase() === wanted) return person;
    return undefined;
  }
}

export function realClock(): SandboxClock {
  return {
    now: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** A clock that stands still until `advance` moves it; due timers run in order. */
export class VirtualClock implements SandboxClock {
  private timers: { at: number; order: number; run: () => void }[] = [];
  private order = 0;

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, delayMs), order: this.order++, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Moves time forward by `ms`, running each timer at its own instant. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) break;
      this.timers = this.timers.filter((other) => other !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }
}

/** mulberry32: small, seeded, good enough to choose faults; never for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
