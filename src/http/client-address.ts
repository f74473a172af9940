/**
 * Who asks, behind load balancers. X-Forwarded-For is read from its right end, where our own balancers write, and only as
 * far as they are trusted: what stands further left anybody can make up.
 */
import ipaddr from 'ipaddr.js';

/** So many balancers stand before us, or these are theirs. */
export type TrustedProxies = { hops: number } | { ranges: string[] };

const MOST_HOPS = 10;
const LONGEST_ENTRY = 64;

/** "10.1.2.3", "10.1.2.3:4711", "::1", "[::1]:4711"; undefined when it is no address. */
export function addressIn(entry: string): string | undefined {
  const text = entry.trim().slice(0, LONGEST_ENTRY);
  const inBrackets = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  const address = inBrackets ?? (/^[\d.]+:\d{1,5}$/.test(text) ? text.slice(0, text.indexOf(':')) : text);
  const isWhole = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  return isWhole ? address : undefined;
}

export function createTrust(proxies: TrustedProxies): (address: string, hop: number) => boolean {
  if ('hops' in proxies) return (_address, hop) => hop < proxies.hops;
  const ranges = proxies.ranges.map((range) => ipaddr.parseCIDR(range));
  return (address, hop) => {
    const parsed = ipaddr.process(address);
    return hop < MOST_HOPS && ranges.some(([net, bits]) => net.kind() === parsed.kind() && parsed.match([net, bits]));
  };
}

/** `forwardedFor` is the header as it came, or undefined. */
export function clientAddress(
  socketAddress: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string, hop: number) => boolean,
): string {
  let client = socketAddress;
  if (!forwardedFor || !addressIn(socketAddress) || !isTrusted(socketAddress, 0)) return client;
  const entries = forwardedFor.split(',');
  for (let hop = 0; hop < entries.length && isTrusted(client, hop); hop += 1) {
    const before = addressIn(entries[entries.length - 1 - hop] ?? '');
    // Not one of ours wrote this: whoever brought it is as far as we know.
    if (!before) return client;
    client = before;
  }
  return client;
}

/** A household has one IPv4 address, but as many IPv6 addresses as it likes: those count by their network (/64). */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  if (!ipaddr.IPv6.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return (parsed as ipaddr.IPv6).parts.slice(0, 4).join(':');
}
