/**
 * Our own certificate, where no load balancer speaks TLS for us. A renewed one is taken over without dropping anybody:
 * new connections get it, old ones go on. One that can't be read or does not fit leaves the old one in place.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Clock, DAY_MS, MINUTE_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

export interface Certificate {
  cert: string;
  key: string;
}

export const LEAST_TLS = 'TLSv1.2';
/** How often the files are looked at: whoever renews them need not tell us. */
const LOOK_EVERY_MS = MINUTE_MS;
const ENDS_SOON_MS = 14 * DAY_MS;

const wrong = (variable: string, what: string, cause?: unknown) =>
  new CalendarWatchError('CONFIG_INVALID', `${variable}: ${what}`, { cause });

async function readPem(variable: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw wrong(variable, 'can’t be read; check the path and who may read it', error);
  });
}

/** Throws CONFIG_INVALID, naming the variable. */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([readPem('TLS_CERT_FILE', certFile), readPem('TLS_KEY_FILE', keyFile)]);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch (error) {
    throw wrong('TLS_CERT_FILE', 'is no certificate in PEM', error);
  }
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw wrong('TLS_KEY_FILE', 'is no private key in PEM without a password', error);
  }
  if (!fits) throw wrong('TLS_KEY_FILE', 'is not the key of the first certificate in TLS_CERT_FILE');
  return { cert, key };
}

interface Secured {
  setSecureContext(options: Certificate & { minVersion: typeof LEAST_TLS }): void;
}

export interface KeptCertificate {
  /** Reads the files now (SIGHUP); resolves when a changed certificate is in use, never rejects. */
  reload(): Promise<void>;
  stop(): void;
}

/** Takes over what is new in the files, asked or every minute. */
export function keepCertificate(
  server: Secured,
  files: CertificateFiles,
  current: Certificate,
  { clock, log }: { clock: Clock; log: Logger },
): KeptCertificate {
  let used = current;
  let cancel = () => {};
  let isStopped = false;
  const reload = async () => {
    try {
      const read = await readCertificate(files);
      if (read.cert === used.cert && read.key === used.key) return;
      server.setSecureContext({ ...read, minVersion: LEAST_TLS });
      used = read;
      log.info('a new certificate is in use');
    } catch (err) {
      log.error({ err, code: 'CONFIG_INVALID' }, 'the new certificate is not usable, the old one stays');
    }
  };
  const warnOfEnd = () => {
    const endsAt = Date.parse(new X509Certificate(used.cert).validTo);
    if (endsAt - clock.now() < ENDS_SOON_MS) log.warn({ endsAt }, 'the certificate of TLS_CERT_FILE ends soon');
  };
  const again = () => {
    if (isStopped) return;
    cancel = clock.after(LOOK_EVERY_MS, () => void reload().then(again));
  };
  warnOfEnd();
  again();
  return {
    reload,
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}
