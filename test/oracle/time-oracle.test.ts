import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { seededRandom } from '../../sandbox/world.ts';
import { HOUR_MS, IntlClock, MINUTE_MS } from './intl-clock.ts';
import { allZones, TimeOracle } from './time-oracle.ts';

const COUNT = 10_000;
/** Another one each day, so that pushes differ and a failure can be had again. */
const SEED = Math.floor(Date.now() / 86_400_000);

const utc = (text: string) => Date.parse(`${text}:00Z`);
const texts = (instants: number[]) => instants.map((instant) => new Date(instant).toISOString().slice(0, 16));

describe('the time oracle', () => {
  it('knows what clocks show', () => {
    const berlin = new IntlClock('Europe/Berlin');
    assert.deepEqual(texts(berlin.showing(utc('2026-07-01T09:00'))), ['2026-07-01T07:00']);
    assert.deepEqual(texts(berlin.showing(utc('2026-03-29T02:30'))), []);
    assert.deepEqual(texts(berlin.showing(utc('2026-10-25T02:30'))), ['2026-10-25T00:30', '2026-10-25T01:30']);
    assert.deepEqual(texts([berlin.meant(utc('2026-03-29T02:30'))]), ['2026-03-29T01:30']);
    assert.deepEqual(texts([berlin.meant(utc('2026-10-25T02:30'), 'last')]), ['2026-10-25T01:30']);
    assert.deepEqual(texts(berlin.changesBetween(utc('2026-01-01T00:00'), utc('2027-01-01T00:00'))), [
      '2026-03-29T01:00',
      '2026-10-25T01:00',
    ]);
    // Half an hour, three hours, and a day that clocks left out.
    const meant = (zone: string, wall: string) => texts([new IntlClock(zone).meant(utc(wall))])[0];
    assert.equal(meant('Australia/Lord_Howe', '2026-10-04T02:15'), '2026-10-03T15:45');
    assert.equal(meant('Antarctica/Casey', '2016-10-22T01:00'), '2016-10-21T17:00');
    assert.equal(meant('Pacific/Apia', '2011-12-30T12:00'), '2011-12-30T22:00');
  });

  it('overlooks no instant: it finds what a look at every minute finds', () => {
    const random = seededRandom(SEED);
    for (const zone of [
      'Europe/Dublin',
      'America/Havana',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'Asia/Kathmandu',
    ]) {
      const clock = new IntlClock(zone);
      const [change = utc('2026-05-05T05:00')] = clock.changesBetween(utc('2026-01-01T00:00'), utc('2027-01-01T00:00'));
      for (let turn = 0; turn < 6; turn++) {
        const wall = clock.shown(change) + Math.floor(random() * 360 - 180) * MINUTE_MS;
        assert.deepEqual(clock.showing(wall), clock.showingByMinutes(wall), `${zone} ${new Date(wall).toISOString()}`);
      }
    }
  });

  it(`and the product agree on ${COUNT} times in every zone (seed ${SEED})`, () => {
    const tally = new TimeOracle(SEED).run(COUNT);
    assert.deepEqual(tally.examples, []);
    assert.equal(tally.differences, 0);
    assert.ok(tally.cases >= COUNT);
    assert.equal(tally.zoneNames, allZones().length);
    assert.ok(tally.windowsNames > 130 && tally.changes > 100, JSON.stringify(tally));
    assert.ok(tally.inGaps > 100 && tally.inOverlaps > 50, JSON.stringify(tally));
  }).timeout(60_000);

  it('would see an hour’s difference', () => {
    const lying = new TimeOracle(1);
    const tally = lying.run(100, [{ name: 'Europe/London', iana: 'Europe/Berlin', isWindows: false }]);
    assert.ok(tally.differences > 50);
    const [first] = tally.examples;
    assert.equal(Date.parse(first?.got ?? '') - Date.parse(first?.expected ?? ''), HOUR_MS);
  });
});
