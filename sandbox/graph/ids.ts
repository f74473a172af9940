/**
 * Identifiers that look and behave like Exchange's: opaque, case-sensitive, with "/", "+" and "=" in the regular form
 * (so that a client that forgets to encode them fails here too), and derived from what they name, so that an
 * occurrence keeps its id without being stored.
 */

export interface DecodedId {
  key: number;
  day?: number;
  immutable: boolean;
}

const REGULAR_PREFIX = Uint8Array.from([0x00, 0x03, 0x24]);
const IMMUTABLE_PREFIX = Uint8Array.from([0x00, 0x09, 0x00]);
const NO_DAY = 0x7fffffff;
/** prefix 3, mailbox 8, key 4, day 4, check 9: 28 bytes, so that base64 ends in "==". */
const LENGTH = 28;

/** FNV-1a with a final mix: spreads well enough for identifiers, which need no secrecy here. */
function hash32(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** `count` bytes that depend on `text` alone. */
export function hashBytes(text: string, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count; index += 4) {
    const word = hash32(text, index + 1);
    for (let byte = 0; byte < 4 && index + byte < count; byte++) bytes[index + byte] = (word >>> (byte * 8)) & 0xff;
  }
  return bytes;
}

const mailboxHashes = new Map<string, Uint8Array>();

function mailboxHash(oid: string): Uint8Array {
  let hash = mailboxHashes.get(oid);
  if (!hash) {
    hash = hashBytes(`mailbox:${oid}`, 8);
    mailboxHashes.set(oid, hash);
  }
  return hash;
}

function encode(oid: string, key: number, day: number | undefined, immutable: boolean): Buffer {
  const bytes = Buffer.alloc(LENGTH);
  bytes.set(immutable ? IMMUTABLE_PREFIX : REGULAR_PREFIX, 0);
  bytes.set(mailboxHash(oid), 3);
  bytes.writeUInt32BE(key, 11);
  bytes.writeInt32BE(day ?? NO_DAY, 15);
  bytes.set(hashBytes(`${oid}:${key}:${day ?? ''}:${immutable}`, 9), 19);
  return bytes;
}

/** The id of an item, or with `day` of that occurrence. */
export function eventId(oid: string, key: number, day: number | undefined, immutable: boolean): string {
  const bytes = encode(oid, key, day, immutable);
  return immutable ? bytes.toString('base64url') : bytes.toString('base64');
}

/** Undefined for what no mailbox could have issued; 'foreign' for an id of another mailbox. */
export function decodeEventId(id: string, oid: string): DecodedId | 'foreign' | undefined {
  if (!/^[A-Za-z0-9+/_-]{37,38}={0,2}$/.test(id)) return undefined;
  const bytes = Buffer.from(id, 'base64');
  if (bytes.length !== LENGTH) return undefined;
  const immutable = bytes[1] === IMMUTABLE_PREFIX[1];
  const prefix = immutable ? IMMUTABLE_PREFIX : REGULAR_PREFIX;
  if (prefix.some((byte, index) => bytes[index] !== byte)) return undefined;
  if (mailboxHash(oid).some((byte, index) => bytes[3 + index] !== byte)) return 'foreign';
  const key = bytes.readUInt32BE(11);
  const rawDay = bytes.readInt32BE(15);
  const day = rawDay === NO_DAY ? undefined : rawDay;
  if (eventId(oid, key, day, immutable) !== id) return undefined;
  return { key, day, immutable };
}

export function calendarId(oid: string, calendar: string): string {
  return `AAMk${Buffer.from(hashBytes(`calendar:${oid}:${calendar}`, 24)).toString('base64url')}=`;
}

/** Changes with each version of the item. */
export function changeKey(oid: string, key: number, version: number): string {
  return `CQAAABYA${Buffer.from(hashBytes(`change:${oid}:${key}:${version}`, 16)).toString('base64')}`;
}

export const etag = (key: string): string => `W/"${key}"`;

/**
 * As Outlook builds it (MS-OXOCAL, GlobalObjectId): a fixed head, the day of the occurrence in bytes 16 to 19 (zero for
 * the series and for single events), then what all copies share.
 */
export function iCalUId(uid: string, day: number | undefined): string {
  const date = day === undefined ? undefined : new Date(day * 86_400_000);
  const hex = (value: number, width: number) => value.toString(16).toUpperCase().padStart(width, '0');
  const middle = date
    ? hex(date.getUTCFullYear(), 4) + hex(date.getUTCMonth() + 1, 2) + hex(date.getUTCDate(), 2)
    : '00000000';
  return `040000008200E00074C5B7101A82E008${middle}${uid}`;
}

/** A random GUID from the world's own randomness. */
export function guid(random: () => number): string {
  const hex = (count: number) => {
    let text = '';
    for (let index = 0; index < count; index++) text += Math.floor(random() * 16).toString(16);
    return text;
  };
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}

/** A GUID that depends on `text` alone, e.g. the service principal of an app in a tenant. */
export function derivedGuid(text: string): string {
  const hex = Buffer.from(hashBytes(text, 16)).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
