/**
 * One RSA key a process for the sandboxes of tests: making one takes a fifth of a second, and most tests that start an
 * Entra or a connector don't look at its key. Key ids differ all the same.
 */
import { generateKeyPairSync } from 'node:crypto';

let pem: string | undefined;

export function signingKey(): string {
  pem ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
  return pem;
}
