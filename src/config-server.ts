/** The part of the configuration about the server itself: who may ask how often, TLS, and where chats are answered. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { blankIsAbsent, isLoopback, optionalText, trimmed, wholeNumber } from './config-fields.ts';
import type { TrustedProxies } from './http/client-address.ts';
import type { CertificateFiles } from './http/tls.ts';
import { type CloudName, type ServiceUrls, serviceUrlsOf } from './net/service-url.ts';

export interface ServerConfig {
  /** Of one address that proves nothing. */
  requestsPerMinute: number;
  /** Of one person: what they type and press. */
  commandsPerMinute: number;
  maxConnections: number;
  trustedProxies: TrustedProxies;
  /** Absent: a load balancer speaks TLS. */
  tls?: CertificateFiles;
}

const MOST_RANGES = 50;
const LONGEST_RANGE = 64;
const MOST_HOSTS = 20;
/** A host, with a port where it is not 443. */
const HOST = /^(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::\d{1,5})?$/i;

const partsOf = (list: string) => list.split(/[\s,;]+/).filter(Boolean);

/** An address is a range of one. */
function rangeOf(entry: string): string | undefined {
  // Longer than any, and what reads them takes minutes for what is very long.
  if (entry.length > LONGEST_RANGE) return undefined;
  const text = entry.includes('/') ? entry : `${entry}/${entry.includes(':') ? 128 : 32}`;
  return ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text) ? text : undefined;
}

const trustedProxies = z.preprocess(blankIsAbsent, trimmed.default('0')).transform((list, context): TrustedProxies => {
  if (/^\d{1,2}$/.test(list) && Number(list) <= 10) return { hops: Number(list) };
  const entries = partsOf(list);
  const ranges = entries.flatMap((entry) => rangeOf(entry) ?? []);
  if (ranges.length !== entries.length || ranges.length > MOST_RANGES)
    context.addIssue({
      code: 'custom',
      message: `must be how many load balancers stand before this server (0 to 10), or their addresses and ranges such as 10.0.0.0/8, at most ${MOST_RANGES}`,
    });
  return { ranges };
});

const serviceUrlHosts = z.preprocess(blankIsAbsent, trimmed.default('')).transform((list, context) => {
  const hosts = partsOf(list);
  if (hosts.length > MOST_HOSTS || !hosts.every((host) => HOST.test(host)))
    context.addIssue({
      code: 'custom',
      message: `must be host names such as smba.trafficmanager.net, without https:// and path, at most ${MOST_HOSTS}`,
    });
  return hosts;
});

export const serverFields = {
  REQUESTS_PER_MINUTE: wholeNumber(10, 10_000_000, 600),
  COMMANDS_PER_MINUTE: wholeNumber(5, 1_000_000, 60),
  MAX_CONNECTIONS: wholeNumber(10, 1_000_000, 10_000),
  TRUSTED_PROXIES: trustedProxies,
  TLS_CERT_FILE: optionalText,
  TLS_KEY_FILE: optionalText,
  SERVICE_URL_HOSTS: serviceUrlHosts,
};

type Fields = z.infer<z.ZodObject<typeof serverFields>>;

export function serverFaults(env: Partial<Fields> & { PUBLIC_URL?: string }): string[] {
  const faults: string[] = [];
  if (env.TLS_CERT_FILE && !env.TLS_KEY_FILE) faults.push('TLS_KEY_FILE: is needed with TLS_CERT_FILE');
  if (env.TLS_KEY_FILE && !env.TLS_CERT_FILE) faults.push('TLS_CERT_FILE: is needed with TLS_KEY_FILE');
  if (env.TLS_CERT_FILE && env.PUBLIC_URL && !env.PUBLIC_URL.startsWith('https://'))
    faults.push('PUBLIC_URL: must be https with TLS_CERT_FILE: this server speaks https alone then');
  return faults;
}

export function serverOf(env: Fields): ServerConfig {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = env;
  return {
    requestsPerMinute: env.REQUESTS_PER_MINUTE,
    commandsPerMinute: env.COMMANDS_PER_MINUTE,
    maxConnections: env.MAX_CONNECTIONS,
    trustedProxies: env.TRUSTED_PROXIES,
    ...(certFile && keyFile ? { tls: { certFile, keyFile } } : {}),
  };
}

/** Loopback only on a machine that nobody else reaches: the sandbox's cloud, or a bot without a secret to lose. */
export function serviceUrlsIn(env: Fields & { CLOUD: CloudName; PUBLIC_URL: string; BOT_ID?: string }): ServiceUrls {
  const isForOne = isLoopback(env.PUBLIC_URL) && (env.CLOUD === 'custom' || !env.BOT_ID);
  return serviceUrlsOf(env.CLOUD, env.SERVICE_URL_HOSTS, isForOne);
}
