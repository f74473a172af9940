import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { createPace, type Verdict } from '../../src/bot/pace.ts';
import { Buckets } from '../../src/buckets.ts';
import {
  addressIn,
  addressKey,
  clientAddress,
  createTrust,
  type TrustedProxies,
} from '../../src/http/client-address.ts';
import { createRates } from '../../src/http/limits.ts';

const MINUTE_MS = 60_000;

function clockAt(start = 1_000_000) {
  let now = start;
  return {
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('a bucket', () => {
  it('gives what it holds, then as much as flows in', () => {
    const clock = clockAt();
    const buckets = new Buckets({ clock, perMinute: 60, burst: 3 });
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buckets.take('a')),
      [0, 0, 0, 1_000],
    );
    assert.equal(buckets.take('b'), 0, 'others have their own');
    clock.pass(400);
    assert.equal(buckets.waitMs('a'), 600);
    clock.pass(600);
    assert.deepEqual([buckets.take('a'), buckets.take('a')], [0, 1_000]);
    clock.pass(60 * MINUTE_MS);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buckets.take('a')),
      [0, 0, 0, 1_000],
    );
  });

  it('gives nothing for a clock that is set back', () => {
    const clock = clockAt();
    const buckets = new Buckets({ clock, perMinute: 60, burst: 1 });
    assert.equal(buckets.take('a'), 0);
    clock.pass(-10 * MINUTE_MS);
    assert.equal(buckets.take('a'), 1_000);
  });

  it('remembers so many and no more, and forgets who was away for longest', () => {
    const clock = clockAt();
    const buckets = new Buckets({ clock, perMinute: 1, burst: 2, most: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) buckets.take(key);
    assert.equal(buckets.size, 3);
    assert.ok(buckets.take('a') > 0, 'a is still known');
    assert.equal(buckets.take('b') + buckets.take('b'), 0, 'b is not');
  });

  it('never gives more than its burst and what flowed in', () => {
    const steps = fc.array(fc.nat(5_000), { maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 50 }),
        steps,
        (perMinute, burst, gaps) => {
          const clock = clockAt();
          const buckets = new Buckets({ clock, perMinute, burst });
          let taken = 0;
          let passedMs = 0;
          for (const gap of gaps) {
            clock.pass(gap);
            passedMs += gap;
            const waitMs = buckets.take('a');
            if (waitMs === 0) taken += 1;
            assert.ok(taken <= burst + (passedMs * perMinute) / MINUTE_MS + 1e-6);
            if (waitMs === 0) continue;
            // After the time that it says there is one.
            clock.pass(waitMs);
            passedMs += waitMs;
            assert.equal(buckets.waitMs('a'), 0);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('who asks', () => {
  const from = (socket: string, header: string | undefined, proxies: TrustedProxies) =>
    clientAddress(socket, header, createTrust(proxies));
  const LB = '10.0.0.9';

  const cases: [string, string, string | undefined, TrustedProxies, string][] = [
    ['nobody before us: the connection counts', '203.0.113.9', undefined, { hops: 0 }, '203.0.113.9'],
    ['a made-up header is not looked at', '203.0.113.9', '1.2.3.4', { hops: 0 }, '203.0.113.9'],
    ['one balancer', LB, '198.51.100.7', { hops: 1 }, '198.51.100.7'],
    ['one balancer, and what the client made up before it', LB, '1.1.1.1, 198.51.100.7', { hops: 1 }, '198.51.100.7'],
    ['two balancers', LB, '1.1.1.1, 198.51.100.7, 10.0.0.8', { hops: 2 }, '198.51.100.7'],
    ['fewer than there should be', LB, '198.51.100.7', { hops: 3 }, '198.51.100.7'],
    ['a balancer that said nothing', LB, undefined, { hops: 1 }, LB],
    ['a balancer that said nonsense', LB, 'unknown', { hops: 1 }, LB],
    ['nonsense further left is not looked at', LB, '<script>, 198.51.100.7', { hops: 1 }, '198.51.100.7'],
    ['nonsense further left that is', LB, '<script>, 10.0.0.8', { hops: 2 }, '10.0.0.8'],
    ['with a port', LB, '198.51.100.7:4711', { hops: 1 }, '198.51.100.7'],
    ['IPv6 with a port', LB, '[2001:db8::7]:4711', { hops: 1 }, '2001:db8::7'],
    [
      'ranges: the first that is not ours',
      LB,
      '1.1.1.1, 198.51.100.7, 10.0.0.8',
      { ranges: ['10.0.0.0/8'] },
      '198.51.100.7',
    ],
    ['ranges: not by a balancer at all', '203.0.113.9', '10.0.0.1', { ranges: ['10.0.0.0/8'] }, '203.0.113.9'],
    ['ranges: all are ours', LB, '10.0.0.7, 10.0.0.8', { ranges: ['10.0.0.0/8'] }, '10.0.0.7'],
    ['ranges: mapped to IPv6', '::ffff:10.0.0.9', '198.51.100.7', { ranges: ['10.0.0.0/8'] }, '198.51.100.7'],
    ['ranges: of IPv6', 'fd00::1', '2001:db8::7', { ranges: ['fd00::/8', '10.0.0.0/8'] }, '2001:db8::7'],
    ['a connection that is gone', '', '1.1.1.1', { hops: 1 }, ''],
  ];
  for (const [what, socket, header, proxies, wanted] of cases)
    it(what, () => assert.equal(from(socket, header, proxies), wanted));

  it('never is further left than our own balancers wrote', () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ maxLength: 10 }).filter((text) => !text.includes(',')),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.ipV4(), (made, real) => {
        assert.equal(from(LB, [...made, real].join(', '), { hops: 1 }), real);
        assert.equal(from(LB, [...made, real].join(','), { ranges: [`${LB}/32`] }), real);
      }),
      { numRuns: 100 },
    );
  });

  it('reads addresses, and nothing that only looks like one', () => {
    for (const text of ['1.2.3', '0x7f.0.0.1', '127.1', '1.2.3.4:port', '1.2.3.4:123456', '[::1', '::1]', '', ' ', 'x'])
      assert.equal(addressIn(text), undefined, text);
    assert.equal(addressIn(' 1.2.3.4 '), '1.2.3.4');
    assert.equal(addressIn('::1'), '::1');
  });

  it('counts a network of IPv6 as one, and an IPv4 address as itself however it comes', () => {
    assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), addressKey('2001:db8:1:2:ffff::1'));
    assert.notEqual(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'));
    assert.equal(addressKey('::ffff:198.51.100.7'), '198.51.100.7');
    assert.equal(addressKey('198.51.100.7'), '198.51.100.7');
    assert.equal(addressKey('fe80::1%eth0'), addressKey('fe80::2%eth0'));
  });
});

describe('how often may be asked', () => {
  const request = (method: string, url: string, from = '198.51.100.7', headers = {}) =>
    ({ method, url, headers, socket: { remoteAddress: from } }) as unknown as IncomingMessage;
  const make = (requestsPerMinute = 5) => {
    const clock = clockAt();
    return { clock, rates: createRates({ clock, requestsPerMinute, proxies: { hops: 0 } }) };
  };
  const times = <T>(count: number, run: () => T) => Array.from({ length: count }, run);

  const STRANGERS = ['/auth/start?state=x', '/auth/callback', '/privacy', '/', '/ways/stop?t=x', '/nothing', '/api/x'];
  for (const url of STRANGERS)
    it(`${url}: so many a minute, each address for itself`, () => {
      const { clock, rates } = make();
      const waits = times(6, () => rates.waitMs(request('GET', url)));
      assert.deepEqual(waits, [0, 0, 0, 0, 0, 12_000]);
      assert.equal(rates.waitMs(request('GET', url, '198.51.100.8')), 0);
      clock.pass(12_000);
      assert.equal(rates.waitMs(request('GET', url)), 0);
    });

  it('a network of IPv6 is one', () => {
    const { rates } = make();
    const waits = [1, 2, 3, 4, 5, 6].map((host) => rates.waitMs(request('GET', '/privacy', `2001:db8:0:9::${host}`)));
    assert.deepEqual(waits.slice(0, 5), [0, 0, 0, 0, 0]);
    assert.ok((waits[5] ?? 0) > 0);
  });

  for (const url of ['/healthz', '/readyz', '/readyz?x=1'])
    it(`${url}: as often as anybody likes: it may come from the address of everybody`, () => {
      const { rates } = make();
      assert.ok(times(1_000, () => rates.waitMs(request('GET', url))).every((waitMs) => waitMs === 0));
    });

  const PROVEN = ['/api/messages', '/api/notifications', '/api/lifecycle', '/ways/sms/acs?key=x', '/ways/sms/twilio'];
  for (const url of PROVEN) {
    it(`${url}: as often as Microsoft likes, while it proves what it says`, () => {
      const { rates } = make();
      for (const status of times(1_000, () => 200)) {
        assert.equal(rates.waitMs(request('POST', url)), 0);
        rates.answered(request('POST', url), status);
      }
    });

    it(`${url}: fifty times as often as strangers without proof, and then not until that is over`, () => {
      const { clock, rates } = make();
      for (const status of times(250, () => 401)) {
        assert.equal(rates.waitMs(request('POST', url)), 0);
        rates.answered(request('POST', url), status);
      }
      assert.equal(rates.waitMs(request('POST', url)), 240);
      assert.equal(rates.waitMs(request('POST', url, '198.51.100.8')), 0, 'others are let in');
      clock.pass(240);
      assert.equal(rates.waitMs(request('POST', url)), 0);
    });

    it(`${url}: is a stranger’s by another method`, () => {
      const { rates } = make();
      assert.ok(times(6, () => rates.waitMs(request('GET', url))).some((waitMs) => waitMs > 0));
    });
  }

  it('our own failures are nobody’s', () => {
    const { rates } = make();
    times(1_000, () => rates.answered(request('POST', '/api/messages'), 500));
    times(1_000, () => rates.answered(request('POST', '/api/notifications'), 503));
    assert.equal(rates.waitMs(request('POST', '/api/messages')), 0);
  });

  it('what was answered like all others, but stored nothing, counts', () => {
    const { rates } = make();
    times(250, () => rates.unproven(request('POST', '/api/notifications')));
    assert.ok(rates.waitMs(request('POST', '/api/notifications')) > 0);
  });
});

describe('how fast somebody may type', () => {
  const go = (pace: (tenant: string, person: string) => Verdict, count: number) =>
    Array.from({ length: count }, () => pace('t', 'p'));

  it('is as fast as fingers; beyond that they are told once, and not answered until they are slower', () => {
    const clock = clockAt();
    const pace = createPace(clock, 30);
    const verdicts = go(pace, 20);
    assert.ok(verdicts.slice(0, 15).every((one) => one === 'answer'));
    assert.deepEqual(verdicts.slice(15), ['tell', 'silent', 'silent', 'silent', 'silent']);
    assert.equal(pace('t', 'other'), 'answer');
    assert.equal(pace('other', 'p'), 'answer');
    clock.pass(1_999);
    assert.equal(pace('t', 'p'), 'silent');
    clock.pass(1);
    assert.deepEqual(go(pace, 3), ['answer', 'tell', 'silent']);
    clock.pass(MINUTE_MS);
    assert.ok(go(pace, 15).every((one) => one === 'answer'));
  });

  it('is never more than a minute’s worth and the burst, whatever a script does', () => {
    const clock = clockAt();
    const pace = createPace(clock, 30);
    let answered = 0;
    for (let step = 0; step < 6_000; step += 1) {
      if (pace('t', 'p') === 'answer') answered += 1;
      clock.pass(10);
    }
    assert.ok(answered <= 45 && answered >= 44, String(answered));
  });
});
