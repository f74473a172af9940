/**
 * A self-signed X.509 certificate around a new RSA key. Graph takes nothing from it but the public key ("doesn't verify
 * the certificate issuer", RSA, 2,048 to 4,096 bits: learn.microsoft.com "Set up change notifications that include
 * resource data"). Node makes keys and signatures but no certificates; what is missing is a page of DER (RFC 5280,
 * section 4.1), written here. Nothing that comes from outside is ever parsed by it.
 */
import { generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

const KEY_BITS = 2048;

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const NULL = 0x05;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const UTC_TIME = 0x17;
const BOOLEAN = 0x01;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Context-specific, constructed: [0] is the version, [3] the extensions. */
const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let left = size; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

const hex = (text: string) => Buffer.from(text, 'hex');

const SHA256_WITH_RSA = der(SEQUENCE, der(OBJECT_ID, hex('2a864886f70d01010b')), der(NULL));
const COMMON_NAME = der(OBJECT_ID, hex('550403'));
const BASIC_CONSTRAINTS = der(OBJECT_ID, hex('551d13'));
const KEY_USAGE = der(OBJECT_ID, hex('551d0f'));
const CRITICAL = der(BOOLEAN, hex('ff'));

const nameOf = (commonName: string) =>
  der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName, 'utf8')))));

/** Until 2049 with two digits of the year, as RFC 5280 wants it. */
function timeOf(instant: number): Buffer {
  const digits = new Date(instant)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const isLate = new Date(instant).getUTCFullYear() > 2049;
  return der(isLate ? GENERALIZED_TIME : UTC_TIME, Buffer.from(isLate ? digits : digits.slice(2), 'ascii'));
}

/** Positive, and not zero. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return der(INTEGER, bytes);
}

const extension = (id: Buffer, value: Buffer) => der(SEQUENCE, id, CRITICAL, der(OCTET_STRING, value));
/** Encrypts keys (bit 2) and data (bit 3), signs nothing, is no authority. */
const EXTENSIONS = der(
  EXTENSIONS_TAG,
  der(SEQUENCE, extension(BASIC_CONSTRAINTS, der(SEQUENCE)), extension(KEY_USAGE, der(BIT_STRING, hex('0430')))),
);

export interface SelfSigned {
  /** DER. */
  certificate: Buffer;
  privateKey: KeyObject;
}

/** Takes a tenth of a second or two, in Node's thread pool. */
export async function makeSelfSigned(options: {
  commonName: string;
  notBefore: number;
  notAfter: number;
}): Promise<SelfSigned> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS });
  const name = nameOf(options.commonName);
  const toBeSigned = der(
    SEQUENCE,
    der(VERSION_TAG, der(INTEGER, hex('02'))),
    serialNumber(),
    SHA256_WITH_RSA,
    name,
    der(SEQUENCE, timeOf(options.notBefore), timeOf(options.notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    EXTENSIONS,
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const noUnusedBits = hex('00');
  return {
    certificate: der(SEQUENCE, toBeSigned, SHA256_WITH_RSA, der(BIT_STRING, noUnusedBits, signature)),
    privateKey,
  };
}
