/**
 * What kind of address a name leads to. Only what is reachable by everybody is public: no private or local network, no
 * machine's own services (metadata), and nothing that carries another address inside (NAT64, 6to4, Teredo, mapped).
 */
import ipaddr from 'ipaddr.js';

/** Public by their number, but answered by the cloud's own machinery: Azure's wire server. */
const NOT_PUBLIC_AFTER_ALL = new Set(['168.63.129.16']);
/** All that is given out as global unicast (IANA): the rest of IPv6 is reserved, or carries IPv4 inside. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** An IPv4 address of some local network, in the lower half of an IPv6 address (RFC 5214). */
function isIsatap(address: ipaddr.IPv6): boolean {
  return [0, 0x200].includes(address.parts[4] ?? -1) && address.parts[5] === 0x5efe;
}

export function isPublicAddress(text: string): boolean {
  // Four numbers and no other way of writing them; a zone (%eth0) is for links of this machine.
  if (text.includes('%')) return false;
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return ipaddr.IPv4.parse(text).range() === 'unicast' && !NOT_PUBLIC_AFTER_ALL.has(text);
  if (!ipaddr.IPv6.isValid(text)) return false;
  const address = ipaddr.IPv6.parse(text);
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST) && !isIsatap(address);
}
