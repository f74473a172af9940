/**
 * Notifications with resource data (platform facts, section C): what a subscription must bring along, the encrypted
 * entry in each item, and the tokens beside them that say who speaks. Encrypts as Microsoft documents it: AES-256-CBC
 * with PKCS#7 and the key's first 16 bytes as the vector, HMAC-SHA256 over the data, RSA-OAEP-SHA1 around the key.
 */
import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto';
import type { ChangeNotification, ChangeNotificationEncryptedContent } from '@microsoft/microsoft-graph-types';
import type { World } from '../world.ts';
import { badRequest } from './errors.ts';
import { selected } from './odata.ts';
import { PLAIN, renderInstance, renderItem } from './render.ts';
import type { CalendarStore, StoreChange } from './store.ts';
import type { SubscriptionRecord } from './subscription-store.ts';
import { instanceOn } from './view.ts';

export const LONGEST_RICH_MINUTES = 1_440;
const MAX_CERTIFICATE_ID = 128;
const KEY_BITS = { least: 2_048, most: 4_096 };
const FORBIDDEN = new Set(['$top', '$skip', '$orderby']);
const FORBIDDEN_PROPERTIES = new Set(['body', 'uniquebody']);

/** For whom a validation token is made. */
export interface TokenAudience {
  appId: string;
  tenantId: string;
  version: '1.0' | '2.0';
}

export type SignValidationToken = (audience: TokenAudience) => Promise<string>;

export interface RichRecord {
  /** DER in base64, as the client sent it. */
  certificate: string;
  certificateId: string;
  select: string[];
}

interface RichRequest {
  includeResourceData?: boolean | null;
  encryptionCertificate?: string | null;
  encryptionCertificateId?: string | null;
}

function parsed(certificate: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64'));
  } catch {
    throw badRequest('InvalidRequest', 'Certificate validation error: Cannot find the requested object.');
  }
}

function checkCertificate(certificate: string): void {
  const { publicKey } = parsed(certificate);
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (publicKey.asymmetricKeyType !== 'rsa' || bits < KEY_BITS.least || bits > KEY_BITS.most)
    throw badRequest('InvalidRequest', 'Certificate validation error: The key must be RSA with 2048 to 4096 bits.');
}

/** The properties that are sent along. Outlook wants them named. */
function selectedIn(query: string): string[] {
  const options = new URLSearchParams(query);
  for (const name of options.keys()) {
    if (FORBIDDEN.has(name.toLowerCase()))
      throw badRequest('InvalidRequest', `The query option '${name}' is not allowed with resource data.`);
    if (name !== '$select')
      throw badRequest('InvalidRequest', `The sandbox does not offer '${name}' in the resource of a subscription.`);
  }
  const names = selected(options);
  if (!names) throw badRequest('InvalidRequest', 'Outlook resources need $select when resource data is asked for.');
  if (names.some((name) => FORBIDDEN_PROPERTIES.has(name.toLowerCase())))
    throw badRequest('InvalidRequest', 'The body can not be selected with resource data.');
  return names;
}

/** Undefined: the subscription asks for none. */
export function readRich(body: RichRequest, query: string): RichRecord | undefined {
  const { includeResourceData, encryptionCertificate: certificate, encryptionCertificateId: certificateId } = body;
  if (!includeResourceData && !certificate && !certificateId) return undefined;
  if (!includeResourceData || !certificate || !certificateId)
    throw badRequest(
      'InvalidRequest',
      'includeResourceData, encryptionCertificate and encryptionCertificateId are given together or not at all.',
    );
  if (certificateId.length > MAX_CERTIFICATE_ID)
    throw badRequest('InvalidRequest', `The encryptionCertificateId has at most ${MAX_CERTIFICATE_ID} characters.`);
  checkCertificate(certificate);
  return { certificate, certificateId, select: selectedIn(query) };
}

function encrypted(text: string, { certificate, certificateId }: RichRecord): ChangeNotificationEncryptedContent {
  const x509 = parsed(certificate);
  const key = randomBytes(32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const sealedKey = publicEncrypt(
    { key: x509.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    key,
  );
  return {
    data: data.toString('base64'),
    dataSignature: createHmac('sha256', key).update(data).digest('base64'),
    dataKey: sealedKey.toString('base64'),
    encryptionCertificateId: certificateId,
    encryptionCertificateThumbprint: x509.fingerprint.replaceAll(':', ''),
  };
}

export class RichContent {
  /** For which app an item is; what Graph knows and doesn't write into it. */
  private readonly appOf = new WeakMap<ChangeNotification, string>();

  constructor(
    private readonly world: World,
    private readonly store: CalendarStore,
    private readonly sign: SignValidationToken | undefined,
  ) {}

  get isOffered(): boolean {
    return this.sign !== undefined;
  }

  /** Adds what the subscription asked for. Of an entry that is gone there is nothing to send. */
  addTo(item: ChangeNotification, subscription: SubscriptionRecord, change: StoreChange): void {
    const { rich, appId } = subscription;
    if (!rich) return;
    this.appOf.set(item, appId);
    if (change.change === 'deleted') return;
    const entry = this.entry(subscription, change) as Record<string, unknown>;
    const picked = Object.fromEntries(rich.select.map((name) => [name, entry[name]]));
    item.encryptedContent = encrypted(JSON.stringify(picked), rich);
    if (this.world.strikes('notify.badSignature'))
      item.encryptedContent.dataSignature = randomBytes(32).toString('base64');
  }

  /** The entry as the notification names it: the item as a whole, or one occurrence. */
  private entry({ immutableIds }: SubscriptionRecord, { mailbox, item, day }: StoreChange): object {
    const zone = this.store.zone(mailbox);
    const options = { ...PLAIN, immutableIds };
    const isOccurrence = day !== undefined && this.world.unverified.occurrenceNotifiesAs === 'occurrence';
    const instance = isOccurrence ? instanceOn(item, day, zone) : undefined;
    return instance ? renderInstance(mailbox, instance, zone, options) : renderItem(mailbox, item, zone, options);
  }

  isAmong(items: ChangeNotification[]): boolean {
    return items.some((item) => this.appOf.has(item));
  }

  /** One for each pair of app and tenant; null is what Graph sends when it may not get any. */
  async tokensFor(items: ChangeNotification[]): Promise<string[] | null> {
    const { sign, world } = this;
    if (!sign || world.strikes('notify.noValidationToken')) return null;
    const version = world.unverified.validationTokenVersion;
    const pairs = new Map<string, TokenAudience>();
    for (const item of items) {
      const appId = this.appOf.get(item);
      const { tenantId } = item;
      if (appId && tenantId) pairs.set(`${appId} ${tenantId}`, { appId, tenantId, version });
    }
    const tokens = await Promise.all([...pairs.values()].map((pair) => sign(pair)));
    return world.strikes('notify.forgedValidationToken') ? tokens.map(forged) : tokens;
  }
}

/** Says the same, signed by nobody. */
const forged = (token: string): string =>
  `${token.split('.').slice(0, 2).join('.')}.${randomBytes(256).toString('base64url')}`;
