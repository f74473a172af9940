/** An app that proves itself by a certificate: a JWT that it signed (RFC 7523), as MSAL makes it. */
import { X509Certificate } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { SandboxApp } from '../world.ts';
import { EntraError } from './errors.ts';

const TOKEN_ENDPOINT = /\/oauth2\/v2\.0\/token$/;

/** Throws AADSTS700027 for anything but an assertion by the registered certificate, for this endpoint, still valid. */
export async function verifyClientAssertion(app: SandboxApp, assertion: string, now: number): Promise<void> {
  try {
    const certificate = new X509Certificate(app.certificate ?? '');
    const { payload, protectedHeader } = await jwtVerify(assertion, certificate.publicKey, {
      algorithms: ['PS256', 'RS256'],
      issuer: app.clientId,
      subject: app.clientId,
      requiredClaims: ['exp', 'jti', 'aud'],
      currentDate: new Date(now),
      clockTolerance: 300,
    });
    const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    if (protectedHeader['x5t#S256'] === thumbprint && TOKEN_ENDPOINT.test(String(payload.aud))) return;
  } catch {
    // As below: Entra does not say more either.
  }
  throw new EntraError(700027);
}
