/** /subscriptions (platform facts, section A): create with handshake, renew, reauthorize, delete, read. */
import { z } from 'zod';
import type { SandboxPerson, World } from '../world.ts';
import type { Agenda } from './agenda.ts';
import type { Caller } from './claims.ts';
import { badRequest, GraphError } from './errors.ts';
import { shakeHands } from './handshake.ts';
import { derivedGuid, guid } from './ids.ts';
import { type CalendarKey, DEFAULT_CALENDAR, ownerOfShared } from './model.ts';
import type { Notifier } from './notifier.ts';
import type { Permissions } from './permissions.ts';
import type { Post } from './post.ts';
import { LONGEST_RICH_MINUTES, type RichContent, type RichRecord, readRich } from './rich.ts';
import type { CalendarStore } from './store.ts';
import type { SubscriptionRecord, SubscriptionStore } from './subscription-store.ts';
import type { Traffic } from './traffic.ts';
import { parseInstant } from './zones.ts';

const MINUTE_MS = 60_000;
const SHORTEST_MINUTES = 45;
export const LONGEST_MINUTES = 10_080;
const MAX_PER_MAILBOX = 1_000;
const MAX_CLIENT_STATE = 128;
const MUTUAL_EXCLUSION_MS = 10 * MINUTE_MS;
const CHANGE_TYPES = new Set(['created', 'updated', 'deleted']);

const payloadProblem = () =>
  badRequest(
    'InvalidRequest',
    'Could not process subscription creation payload. Are all property names spelled and camelCased properly? ' +
      'Also are the DateTimeOffset properties in a valid internet Date and Time format?',
  );

const extensionError = (status: number, reason: string) =>
  new GraphError(status, 'ExtensionError', `Operation: Create; Exception: [${reason}]`);

export const subscriptionNotFound = () => new GraphError(404, 'ResourceNotFound', 'The object was not found.');

const createSchema = z
  .object({
    changeType: z.string(),
    notificationUrl: z.string(),
    lifecycleNotificationUrl: z.string().nullish(),
    resource: z.string(),
    expirationDateTime: z.string(),
    clientState: z.string().nullish(),
    latestSupportedTlsVersion: z.enum(['v1_0', 'v1_1', 'v1_2', 'v1_3']).nullish(),
    includeResourceData: z.boolean().nullish(),
    encryptionCertificate: z.string().nullish(),
    encryptionCertificateId: z.string().nullish(),
    notificationQueryOptions: z.string().nullish(),
  })
  .strict();

type CreateBody = z.infer<typeof createSchema>;

const patchSchema = z
  .object({ expirationDateTime: z.string().optional(), notificationUrl: z.string().optional() })
  .strict();

function withoutAnnotations(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).filter(([name]) => !name.includes('@')));
}

/** Public HTTPS, as Graph wants it; plain HTTP only on this very machine. */
function checkUrl(text: string, property: string): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badRequest('InvalidRequest', `The ${property} is not a valid URL.`);
  }
  const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:'))
    throw badRequest('InvalidRequest', `The ${property} must be an HTTPS URL.`);
}

const longest = (rich: RichRecord | undefined) => (rich ? LONGEST_RICH_MINUTES : LONGEST_MINUTES);

interface Target {
  person: SandboxPerson;
  calendar: CalendarKey;
}

export class Subscriptions {
  constructor(
    private readonly world: World,
    private readonly store: CalendarStore,
    private readonly live: SubscriptionStore,
    private readonly permissions: Permissions,
    private readonly notifier: Notifier,
    private readonly traffic: Traffic,
    private readonly agenda: Agenda,
    private readonly post: Post,
    private readonly rich: RichContent,
  ) {}

  async create(caller: Caller, json: unknown, immutableIds: boolean): Promise<SubscriptionRecord> {
    this.permissions.require(caller, 'subscribe');
    const parsed = createSchema.safeParse(withoutAnnotations(json));
    if (!parsed.success) throw payloadProblem();
    const body = parsed.data;
    this.checkBody(body);
    const rich = this.readRich(body);
    const expiresAt = this.expiry(body.expirationDateTime, longest(rich));
    // What may follow the path has been read; without resource data nothing may.
    const target = this.target(caller, rich ? body.resource.replace(/\?.*$/s, '') : body.resource);
    this.refuseDuplicate(caller, body, target);
    await this.validate(body.notificationUrl, body.lifecycleNotificationUrl);
    if (this.live.ofMailbox(target.person.oid).length >= MAX_PER_MAILBOX)
      throw extensionError(
        403,
        'Status Code: Forbidden; Reason: The maximum number of active subscriptions of the mailbox has been reached.',
      );
    return this.add(caller, body, target, expiresAt, immutableIds, rich);
  }

  async patch(caller: Caller, id: string, json: unknown): Promise<SubscriptionRecord> {
    this.permissions.require(caller, 'subscribe');
    const record = this.own(caller, id);
    if (this.world.strikes('subscription.renew404')) {
      this.notifier.vanish(record);
      throw subscriptionNotFound();
    }
    const parsed = patchSchema.safeParse(withoutAnnotations(json));
    const body = parsed.success ? parsed.data : {};
    if (!parsed.success || (!body.expirationDateTime && !body.notificationUrl)) throw payloadProblem();
    const { expirationDateTime } = body;
    const expiresAt = expirationDateTime ? this.expiry(expirationDateTime, longest(record.rich)) : record.expiresAt;
    if (body.notificationUrl) {
      checkUrl(body.notificationUrl, 'notificationUrl');
      if (this.world.unverified.handshakeOnPatch)
        await shakeHands(this.world, this.agenda, this.post, body.notificationUrl);
      record.notificationUrl = body.notificationUrl;
    }
    record.expiresAt = expiresAt;
    record.patchedAt = this.world.clock.now();
    this.authorize(caller, record);
    return record;
  }

  reauthorize(caller: Caller, id: string): void {
    this.permissions.require(caller, 'subscribe');
    const record = this.own(caller, id);
    record.reauthorizedAt = this.world.clock.now();
    this.authorize(caller, record);
  }

  remove(caller: Caller, id: string): void {
    this.permissions.require(caller, 'subscribe');
    this.live.remove(this.own(caller, id));
  }

  get(caller: Caller, id: string): SubscriptionRecord {
    this.permissions.require(caller, 'subscribe');
    return this.own(caller, id);
  }

  /** An app sees its own in the tenant; for a person, those made for that person. */
  list(caller: Caller): SubscriptionRecord[] {
    this.permissions.require(caller, 'subscribe');
    return this.live.all().filter((record) => this.isOwn(caller, record));
  }

  private isOwn(caller: Caller, record: SubscriptionRecord): boolean {
    return record.appId === caller.appId && record.tenantId === caller.tenantId && record.userOid === caller.userOid;
  }

  private own(caller: Caller, id: string): SubscriptionRecord {
    const record = this.live.get(id);
    if (!record || !this.isOwn(caller, record)) throw subscriptionNotFound();
    return record;
  }

  private checkBody(body: CreateBody): void {
    const types = body.changeType.split(',').map((type) => type.trim());
    if (types.some((type) => !CHANGE_TYPES.has(type))) throw payloadProblem();
    if ((body.clientState?.length ?? 0) > MAX_CLIENT_STATE)
      throw badRequest('InvalidRequest', `The clientState must not be longer than ${MAX_CLIENT_STATE} characters.`);
    checkUrl(body.notificationUrl, 'notificationUrl');
    if (body.lifecycleNotificationUrl) checkUrl(body.lifecycleNotificationUrl, 'lifecycleNotificationUrl');
  }

  private readRich(body: CreateBody): RichRecord | undefined {
    const rich = readRich(body, body.resource.split('?').slice(1).join('?'));
    if (rich && !this.rich.isOffered)
      throw badRequest('InvalidRequest', 'The sandbox does not offer notifications with resource data.');
    return rich;
  }

  /** Less than 45 minutes ahead is silently raised; more than a week (with resource data, a day) is refused. */
  private expiry(text: string, longestMinutes: number): number {
    const at = parseInstant(text);
    if (at === undefined) throw payloadProblem();
    const now = this.world.clock.now();
    if (at < now) throw badRequest('InvalidRequest', 'Subscription expiration must be in the future.');
    if (at > now + longestMinutes * MINUTE_MS)
      throw badRequest(
        'ExtensionError',
        `Subscription expiration can only be ${longestMinutes} minutes in the future.`,
      );
    return Math.max(at, now + SHORTEST_MINUTES * MINUTE_MS);
  }

  /** Which calendar the resource names, and whether this caller may watch it. */
  private target(caller: Caller, resource: string): Target {
    const match = /^\/?(?:me|users\/([^/?]+))\/(?:calendar\/)?(?:calendars\/([^/?]+)\/)?events\/?$/i.exec(resource);
    if (!match)
      throw badRequest('InvalidRequest', `The resource '${resource}' is not supported for change notifications.`);
    const person = this.permissions.person(caller, match[1] === undefined ? 'me' : decodeURIComponent(match[1]));
    const standing = this.permissions.before(this.permissions.alone(caller), person);
    if (!this.permissions.reaches(caller, person) || !this.permissions.may(standing, 'subscribe'))
      throw extensionError(403, 'Status Code: Forbidden; Reason: Forbidden');
    if (!this.permissions.hasMailbox(person))
      throw extensionError(404, 'Status Code: NotFound; Reason: REST API is not yet supported for this mailbox.');
    const calendar = match[2]
      ? this.store.calendarByName(this.store.mailbox(person.oid), decodeURIComponent(match[2]))
      : DEFAULT_CALENDAR;
    // Even with the permission to read it: a delegated token watches the own mailbox alone.
    if (ownerOfShared(calendar) !== undefined) throw extensionError(403, 'Status Code: Forbidden; Reason: Forbidden');
    return { person, calendar };
  }

  private refuseDuplicate(caller: Caller, body: CreateBody, { person }: Target): void {
    const resource = body.resource.replace(/^\//, '').toLowerCase();
    const same = this.live
      .ofMailbox(person.oid)
      .find(
        (record) =>
          this.isOwn(caller, record) &&
          record.resource.toLowerCase() === resource &&
          record.changeType === body.changeType.replaceAll(' ', ''),
      );
    const strict = same && this.world.unverified.conflictOnDuplicateSubscription;
    if (!strict && !this.world.strikes('subscription.create409')) return;
    const id = same?.id ?? guid(this.world.random);
    throw new GraphError(409, 'Conflict', `Subscription Id ${id} already exists for the requested combination`);
  }

  /** Both addresses are asked, even when they are the same. */
  private async validate(notificationUrl: string, lifecycleUrl: string | null | undefined): Promise<void> {
    await shakeHands(this.world, this.agenda, this.post, notificationUrl);
    if (lifecycleUrl) await shakeHands(this.world, this.agenda, this.post, lifecycleUrl);
  }

  private add(
    caller: Caller,
    body: CreateBody,
    { person, calendar }: Target,
    expiresAt: number,
    immutableIds: boolean,
    rich: RichRecord | undefined,
  ): SubscriptionRecord {
    const principal = caller.principalId ?? derivedGuid(`principal:${caller.tenantId}:${caller.appId}`);
    const record: SubscriptionRecord = {
      id: guid(this.world.random),
      appId: caller.appId,
      tenantId: caller.tenantId,
      mailboxOid: person.oid,
      calendar,
      resource: body.resource.replace(/^\//, ''),
      changeType: body.changeType.replaceAll(' ', ''),
      clientState: body.clientState ?? null,
      notificationUrl: body.notificationUrl,
      lifecycleUrl: body.lifecycleNotificationUrl ?? null,
      expiresAt,
      creatorId: caller.userOid ?? principal,
      userOid: caller.userOid,
      tlsVersion: body.latestSupportedTlsVersion ?? 'v1_2',
      immutableIds,
      tokenExpiresAt: caller.tokenExpiresAt,
      authorizedAt: this.world.clock.now(),
      ...(rich ? { rich } : {}),
    };
    this.live.add(record);
    this.notifier.authorized(record);
    return record;
  }

  private authorize(caller: Caller, record: SubscriptionRecord): void {
    const { patchedAt, reauthorizedAt } = record;
    if (patchedAt !== undefined && reauthorizedAt !== undefined)
      if (Math.abs(patchedAt - reauthorizedAt) < MUTUAL_EXCLUSION_MS)
        this.traffic.breach('reauthorizeAndPatch', { id: record.id });
    record.tokenExpiresAt = caller.tokenExpiresAt;
    record.authorizedAt = this.world.clock.now();
    this.live.changed();
    this.notifier.authorized(record);
  }
}
