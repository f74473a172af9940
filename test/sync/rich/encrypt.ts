/** Graph's side of the bargain, written from the documentation and apart from the sandbox's: WebCrypto alone. */
import { webcrypto, X509Certificate } from 'node:crypto';

const { subtle } = webcrypto;
const base64 = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('base64');

export interface Sealed {
  data: string;
  dataKey: string;
  dataSignature: string;
  encryptionCertificateId: string;
  encryptionCertificateThumbprint: string;
}

/** `key` stands in for the 32 random bytes. */
export async function seal(
  text: string | Uint8Array,
  certificate: { certificate: string; certificateId: string },
  key: Uint8Array = webcrypto.getRandomValues(new Uint8Array(32)),
): Promise<Sealed> {
  const x509 = new X509Certificate(Buffer.from(certificate.certificate, 'base64'));
  const spki = x509.publicKey.export({ type: 'spki', format: 'der' });
  const rsa = await subtle.importKey('spki', spki, { name: 'RSA-OAEP', hash: 'SHA-1' }, false, ['encrypt']);
  const aes = await subtle.importKey('raw', key, 'AES-CBC', false, ['encrypt']);
  const hmac = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const plain = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const data = await subtle.encrypt({ name: 'AES-CBC', iv: key.slice(0, 16) }, aes, plain);
  return {
    data: base64(data),
    dataKey: base64(await subtle.encrypt({ name: 'RSA-OAEP' }, rsa, key)),
    dataSignature: base64(await subtle.sign('HMAC', hmac, data)),
    encryptionCertificateId: certificate.certificateId,
    encryptionCertificateThumbprint: x509.fingerprint.replaceAll(':', ''),
  };
}

/** The same text with one byte in the middle changed. */
export function tampered(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes.toString('base64');
}
