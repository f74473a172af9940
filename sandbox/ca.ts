/**
 * The sandbox's own certificate authority. MSAL refuses an authority that isn't https, and the Graph client drops the
 * Authorization header on http, so the sandbox must speak TLS; a private CA keeps certificate checks switched on.
 *
 * Everything lives in one directory and is reused by the next start:
 *   ca.pem, ca.key            the authority (5 years); ca.pem is what NODE_EXTRA_CA_CERTS points to
 *   localhost.pem, localhost.key   the server's certificate (90 days) for localhost, 127.0.0.1 and ::1
 * Node reads NODE_EXTRA_CA_CERTS once, at process start: make the files before the product is started.
 */
import './ca-reflect.ts';
import { createPrivateKey, X509Certificate as NodeCertificate, randomBytes, webcrypto } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const DAY_MS = 86_400_000;
const CA_LIFETIME_DAYS = 5 * 365;
const CA_RENEW_DAYS = 60;
const SERVER_LIFETIME_DAYS = 90;
const SERVER_RENEW_DAYS = 14;
/** Certificates start a day in the past, so that a clock that is slightly off doesn't refuse a fresh one. */
const BACKDATE_MS = DAY_MS;
const DEFAULT_HOSTS = ['localhost', '127.0.0.1', '::1'];
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface SandboxCertificates {
  /** Path of the authority's certificate (PEM), for NODE_EXTRA_CA_CERTS. */
  caFile: string;
  /** The authority's certificate (PEM), for an `https.Agent({ ca })`. */
  ca: string;
  /** The server's private key (PEM, PKCS#8). */
  key: string;
  /** The server's certificate (PEM). */
  cert: string;
  notAfter: Date;
}

interface Pair {
  cert: string;
  key: string;
}

async function readPair(directory: string, name: string): Promise<Pair | undefined> {
  try {
    const [cert, key] = await Promise.all([
      readFile(join(directory, `${name}.pem`), 'utf8'),
      readFile(join(directory, `${name}.key`), 'utf8'),
    ]);
    return { cert, key };
  } catch {
    return undefined;
  }
}

/** Writes beside the target and renames, so that a reader never sees half a file. */
async function writeAtomically(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
}

async function writePair(directory: string, name: string, pair: Pair): Promise<void> {
  await writeAtomically(join(directory, `${name}.key`), pair.key, 0o600);
  await writeAtomically(join(directory, `${name}.pem`), pair.cert, 0o644);
}

/** True when the pair parses, fits together and lives for `days` more. */
function lasts(pair: Pair, now: Date, days: number): boolean {
  try {
    const certificate = new NodeCertificate(pair.cert);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) return false;
    const from = new Date(certificate.validFrom).getTime();
    const to = new Date(certificate.validTo).getTime();
    return from <= now.getTime() && to - now.getTime() > days * DAY_MS;
  } catch {
    return false;
  }
}

function covers(pair: Pair, authority: Pair, hosts: string[]): boolean {
  const certificate = new NodeCertificate(pair.cert);
  const issued = certificate.verify(new NodeCertificate(authority.cert).publicKey);
  return issued && hosts.every((host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)));
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  return (await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign'])) as webcrypto.CryptoKey;
}

function serial(): string {
  const bytes = randomBytes(16);
  // The top bit is the sign in DER; a serial number is positive.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function period(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - BACKDATE_MS), notAfter: new Date(now.getTime() + days * DAY_MS) };
}

async function createAuthority(now: Date): Promise<Pair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Calendar Watch sandbox CA ${randomBytes(3).toString('hex')}, O=Calendar Watch sandbox`,
    ...period(now, CA_LIFETIME_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

async function createServerPair(authority: Pair, hosts: string[], now: Date): Promise<Pair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${hosts[0] ?? 'localhost'}, O=Calendar Watch sandbox`,
    issuer: issuer.subject,
    ...period(now, SERVER_LIFETIME_DAYS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) ? ('ip' as const) : ('dns' as const), value: host })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/**
 * The certificates of `directory`: reused while they are sound, made anew when they are absent, damaged, near their
 * end (authority 60 days, server 14 days) or don't cover `hosts`. A new authority makes a new server certificate.
 */
export async function ensureCertificates(
  directory: string,
  options: { hosts?: string[]; now?: Date } = {},
): Promise<SandboxCertificates> {
  const now = options.now ?? new Date();
  const hosts = options.hosts ?? DEFAULT_HOSTS;
  await mkdir(directory, { recursive: true, mode: 0o700 });

  let authority = await readPair(directory, 'ca');
  if (!authority || !lasts(authority, now, CA_RENEW_DAYS)) {
    authority = await createAuthority(now);
    await writePair(directory, 'ca', authority);
  }
  let server = await readPair(directory, 'localhost');
  if (!server || !lasts(server, now, SERVER_RENEW_DAYS) || !covers(server, authority, hosts)) {
    server = await createServerPair(authority, hosts, now);
    await writePair(directory, 'localhost', server);
  }
  return {
    caFile: join(directory, 'ca.pem'),
    ca: authority.cert,
    key: server.key,
    cert: server.cert,
    notAfter: new Date(new NodeCertificate(server.cert).validTo),
  };
}
