/**
 * Opens what Graph encrypted: the data key with RSA-OAEP (SHA-1) and our private key, the signature over the data with
 * HMAC-SHA256 and that key, the data with AES-256-CBC, PKCS#7 and the key's first 16 bytes as the initialization vector.
 * Source: learn.microsoft.com "Set up change notifications that include resource data", decrypting resource data.
 * Nothing here throws: what can't be opened comes back as a code.
 */
import { createDecipheriv, createHmac, timingSafeEqual, webcrypto } from 'node:crypto';
import { z } from 'zod';

const base64 = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/);

/** An RSA key of 4,096 bits, the largest that Graph takes, makes 684 characters; SHA-256 makes 44. */
const DATA_KEY_MOST = 700;
const SIGNATURE_MOST = 64;
/** Three short properties are some hundred bytes. */
const DATA_MOST = 64 * 1024;

/** Printable, as ours are; at most what Graph allows. */
const content = z.object({
  data: base64(DATA_MOST),
  dataKey: base64(DATA_KEY_MOST),
  dataSignature: base64(SIGNATURE_MOST),
  encryptionCertificateId: z.string().regex(/^[\x21-\x7e]{1,128}$/),
});

export type EncryptedContent = z.infer<typeof content>;

/** Undefined: not of the documented form, or larger than anything that we asked for. */
export function readEncryptedContent(given: unknown): EncryptedContent | undefined {
  const read = content.safeParse(given);
  return read.success ? read.data : undefined;
}

export type DecryptFault = 'DATA_KEY_UNREADABLE' | 'SIGNATURE_WRONG' | 'DATA_UNREADABLE';

const AES_KEY_BYTES = 32;
const IV_BYTES = 16;

async function openDataKey(sealed: string, privateKey: webcrypto.CryptoKey): Promise<Buffer | undefined> {
  try {
    const opened = await webcrypto.subtle.decrypt({ name: 'RSA-OAEP' }, privateKey, Buffer.from(sealed, 'base64'));
    return opened.byteLength === AES_KEY_BYTES ? Buffer.from(opened) : undefined;
  } catch {
    return undefined;
  }
}

function isSigned(data: Buffer, key: Buffer, signature: string): boolean {
  const given = Buffer.from(signature, 'base64');
  const expected = createHmac('sha256', key).update(data).digest();
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function openData(data: Buffer, key: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, IV_BYTES));
    const text = Buffer.concat([decipher.update(data), decipher.final()]);
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    return undefined;
  }
}

export async function decryptContent(
  sealed: EncryptedContent,
  privateKey: webcrypto.CryptoKey,
): Promise<{ text: string } | { fault: DecryptFault }> {
  const key = await openDataKey(sealed.dataKey, privateKey);
  if (!key) return { fault: 'DATA_KEY_UNREADABLE' };
  const data = Buffer.from(sealed.data, 'base64');
  // Before anything is decrypted: a padding that is looked at first would be an oracle.
  if (!isSigned(data, key, sealed.dataSignature)) return { fault: 'SIGNATURE_WRONG' };
  const text = openData(data, key);
  return text === undefined ? { fault: 'DATA_UNREADABLE' } : { text };
}
