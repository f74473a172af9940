import assert from 'node:assert/strict';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, it } from 'mocha';
import { isPublicAddress } from '../../src/net/addresses.ts';

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '93.184.216.34',
  '20.190.128.1',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
];

const NOT_PUBLIC = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.8.9.1'],
  ...['169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.88.99.1'],
  ...['192.168.0.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1'],
  ...['255.255.255.255', '168.63.129.16'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1', '100::1'],
  // Another address inside.
  ...['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:a9fe:a9fe', '::127.0.0.1', '::8.8.8.8', '::ffff:0:8.8.8.8'],
  ...['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::a9fe:a9fe', '2002:7f00:1::', '2002:a9fe:a9fe::1'],
  ...['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::1', '2a00:1450::5efe:10.0.0.1', '2a00:1450::200:5efe:a00:1'],
  ...['2001:db8::1', '3fff::1', '2001:2::1', '2001:10::1', '2001:20::1', '5f00::1', '4000::1', 'e000::1', '8000::1'],
  // Other ways of writing numbers, and no address at all.
  ...['2130706433', '0x7f000001', '0177.0.0.1', '010.0.0.1', '127.1', '1.2.3', '8.8.8.8 ', '8.8.8.8:443', '[::1]', ''],
  ...['localhost', 'example.com', '8.8.8.8/32', '2606:4700::1111%1'],
];

describe('an address', () => {
  for (const address of PUBLIC) it(`${address} is public`, () => assert.ok(isPublicAddress(address)));
  for (const address of NOT_PUBLIC)
    it(`${JSON.stringify(address)} is not`, () => assert.equal(isPublicAddress(address), false));

  it('of IPv4 is never public inside one of IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const text of [`::ffff:${v4}`, `::${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`, `2001:0:${hex}::1`])
          assert.equal(isPublicAddress(text), false, text);
      }),
      { numRuns: 100 },
    );
  });

  it('is public at most where ipaddr.js says unicast, however it is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        if (!isPublicAddress(text)) return;
        const address = ipaddr.parse(text);
        assert.equal(address.range(), 'unicast');
        assert.ok(isPublicAddress(address.toString()));
        assert.ok(address.kind() === 'ipv4' || (address as ipaddr.IPv6).parts[0]?.toString(2).startsWith('1'));
      }),
      { numRuns: 100 },
    );
  });
});
