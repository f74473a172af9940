/**
 * How the Entra app proves who it is, as MSAL wants it: by a secret, by a certificate, or by a managed identity that the
 * app trusts (a federated credential). The same serves people's sign-ins and the application's own tokens.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ManagedIdentityApplication, type NodeAuthOptions } from '@azure/msal-node';
import type { Config } from '../config.ts';
import { CalendarWatchError } from '../errors.ts';

export type Credential = Pick<NodeAuthOptions, 'clientSecret' | 'clientCertificate' | 'clientAssertion'>;

/** Gives a token of the managed identity for this audience. MSAL keeps it while it is fresh. */
export type ManagedToken = (audience: string) => Promise<string>;

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** For whom the managed identity's token is made; Microsoft names one a cloud. */
const EXCHANGE: Record<Config['cloudName'], string> = {
  public: 'api://AzureADTokenExchange',
  custom: 'api://AzureADTokenExchange',
  usgov: 'api://AzureADTokenExchangeUSGov',
  usgovdod: 'api://AzureADTokenExchangeUSGov',
  china: 'api://AzureADTokenExchangeChina',
};

const invalid = (name: string, remedy: string, cause?: unknown) =>
  new CalendarWatchError('CONFIG_INVALID', `${name}: ${remedy}`, { cause });

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(name, 'the file can’t be read; check the path, and that this process may read it', cause);
  }
}

function parsed<T>(name: string, remedy: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw invalid(name, remedy, cause);
  }
}

/** @param now for whether it has ended; a certificate that has is refused by Entra, and nobody would know why */
export function readCertificate(files: { certificateFile: string; keyFile: string }, now: number): Credential {
  const [certName, keyName] = ['AAD_APP_CERTIFICATE_FILE', 'AAD_APP_CERTIFICATE_KEY_FILE'];
  const [first, ...others] = readText(certName, files.certificateFile).match(CERTIFICATES) ?? [];
  if (!first) throw invalid(certName, 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)');
  const certificate = parsed(certName, 'holds a certificate that can’t be read', () => new X509Certificate(first));
  const key = parsed(keyName, 'must be the private key in PEM, without a password', () =>
    createPrivateKey(readText(keyName, files.keyFile)),
  );
  // MSAL signs with RSA alone.
  if (key.asymmetricKeyType !== 'rsa') throw invalid(keyName, 'must be an RSA key, and the certificate around it');
  if (!certificate.checkPrivateKey(key)) throw invalid(keyName, 'is not the key of the certificate');
  const endsAt = Date.parse(certificate.validTo);
  if (endsAt <= now)
    throw invalid(certName, `ended on ${certificate.validTo}; give a new one to the Entra app, and here`);
  return {
    clientCertificate: {
      thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
      x5c: [first, ...others].join('\n'),
    },
  };
}

/** Not tried against Azure yet: there is no managed identity where the tests run. */
function managedToken(identity: string): ManagedToken {
  let application: ManagedIdentityApplication | undefined;
  return async (audience) => {
    application ??= new ManagedIdentityApplication(
      identity === 'system' ? {} : { managedIdentityIdParams: { userAssignedClientId: identity } },
    );
    return (await application.acquireToken({ resource: audience })).accessToken;
  };
}

/** Read once: a new certificate is taken up by a restart. */
export function readCredential(
  { aad, cloudName }: Pick<Config, 'aad' | 'cloudName'>,
  now: number,
  tokenOf: (identity: string) => ManagedToken = managedToken,
): Credential {
  if (aad.certificate) return readCertificate(aad.certificate, now);
  if (!aad.managedIdentity) return { clientSecret: aad.clientSecret ?? '' };
  const token = tokenOf(aad.managedIdentity);
  return { clientAssertion: () => token(EXCHANGE[cloudName]) };
}
