import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { USUAL_HOURS } from '../../src/calendar/working-hours.ts';
import { guessOffice, occurrenceKey, type Scene, waysOf } from '../../src/travel/ways.ts';
import { allDay, at, HEADQUARTERS, meeting, scene, shuffled, utc } from '../support/events.ts';

const CAFE = at('Cafe', 48.2, 11.6);
const CLIENT = at('Client', 48.3, 11.7);
const LAWYER = at('Lawyer', 48.4, 11.8);
const onTuesday = (id: string, time: string, more: Partial<CalendarEvent> = {}) =>
  meeting({ id, startAt: utc(`2026-12-01 ${time}`), ...more });
const said = (events: CalendarEvent[], office: typeof HEADQUARTERS | undefined = HEADQUARTERS) =>
  waysOf(events, scene(office, 'Europe/Berlin')).map((way) => `${way.fromName} > ${way.event.place?.name}`);

describe('ways', () => {
  it('begin at the office on the first, then at the meeting before', () => {
    const day = [
      onTuesday('a', '08:00', { place: CAFE }),
      onTuesday('b', '10:00'),
      onTuesday('c', '12:00', { place: CLIENT }),
    ];
    assert.deepEqual(said(day), ['the office > Cafe', 'Cafe > Client']);
    const [first] = waysOf(day, scene(HEADQUARTERS, 'Europe/Berlin'));
    assert.deepEqual(first?.leg, {
      from: { latitude: 48.137, longitude: 11.575 },
      to: { latitude: 48.2, longitude: 11.6 },
      by: 'car',
      arriveAt: utc('2026-12-01 08:00'),
    });
  });

  it('begin anew each day, as the person’s calendar has it', () => {
    const evening = meeting({ id: 'a', startAt: utc('2026-12-01 21:00'), place: CLIENT });
    const night = meeting({ id: 'b', startAt: utc('2026-12-01 23:30'), place: CAFE });
    assert.deepEqual(said([evening, night]), ['the office > Client', 'the office > Cafe']);
    assert.deepEqual(
      waysOf([evening, night], scene(HEADQUARTERS, 'UTC')).map((way) => way.fromName),
      ['the office', 'Client'],
    );
  });

  it('need a place to begin and one to end', () => {
    const client = onTuesday('c', '12:00', { place: CLIENT });
    assert.deepEqual(waysOf([client], scene(undefined, 'Europe/Berlin')), []);
    assert.deepEqual(said([onTuesday('c', '12:00', { place: { name: 'By name alone', isRoom: false } })]), []);
    assert.equal(
      waysOf([onTuesday('a', '08:00', { place: CAFE }), client], scene(undefined, 'Europe/Berlin')).length,
      1,
    );
  });

  it('are none when one is there already', () => {
    const near = at('Next door', 48.137, 11.5803); // some 395 m
    const far = at('Round the corner', 48.137, 11.5805); // some 409 m
    assert.deepEqual(said([onTuesday('a', '08:00', { place: near })]), []);
    assert.deepEqual(said([onTuesday('a', '08:00', { place: far })]), ['the office > Round the corner']);
    const again = [onTuesday('a', '08:00', { place: CAFE }), onTuesday('b', '09:00', { place: CAFE })];
    assert.deepEqual(said(again), ['the office > Cafe']);
  });

  it('do not begin at a meeting that is not over, not attended, or itself', () => {
    const client = onTuesday('c', '12:00', { place: CLIENT });
    for (const more of [
      { endAt: utc('2026-12-01 12:30') },
      { response: 'declined' },
      { isCancelled: true },
      { isDraft: true },
    ] as const)
      assert.deepEqual(said([client, onTuesday('a', '11:00', { place: CAFE, ...more })]).slice(0, 1), [
        'the office > Client',
      ]);
    const whole = allDay('2026-12-01', '2026-12-02', { id: 'd', place: CAFE });
    assert.deepEqual(said([client, whole]), ['the office > Client']);
    const instant = onTuesday('i', '12:00', { place: CLIENT, endAt: utc('2026-12-01 12:00') });
    assert.deepEqual(said([instant]), ['the office > Client']);
  });

  it('begin where the last of several ended, in whatever order they are read', () => {
    const day = [
      onTuesday('a', '08:00', { place: CAFE, endAt: utc('2026-12-01 11:00') }),
      onTuesday('b', '09:00', { place: LAWYER, endAt: utc('2026-12-01 11:00') }),
      onTuesday('c', '12:00', { place: CLIENT }),
    ];
    for (let seed = 0; seed < 20; seed += 1)
      assert.deepEqual(said(shuffled(day, seed)).sort(), [
        'Lawyer > Client',
        'the office > Cafe',
        'the office > Lawyer',
      ]);
  });
});

describe('where one sets out', () => {
  const HOME = { label: 'home', latitude: 48.05, longitude: 11.4 };
  const both = (more: Partial<Scene> = {}): Scene => ({
    ...scene(HEADQUARTERS, 'Europe/Berlin'),
    places: { office: HEADQUARTERS, home: HOME },
    ...more,
  });
  const from = (startAt: number, more: Partial<Scene> = {}) =>
    waysOf([meeting({ startAt, place: CLIENT })], both(more))[0]?.fromName;
  /** In London, for people who work there. */
  const inLondon = { timeZone: 'Europe/London' };
  const NIGHTS = { days: [1, 2, 3, 4, 5], start: '22:00', end: '06:00' };

  /** [what, UTC, from where, whose day]; Tuesday, 8 to 17 in Berlin (UTC+1) */
  const cases: [string, string, string, Partial<Scene>?][] = [
    ['before the hours begin', '2026-12-01 06:00', 'home'],
    ['when they begin', '2026-12-01 07:00', 'home'],
    ['90 minutes after', '2026-12-01 08:30', 'home'],
    ['later', '2026-12-01 08:31', 'the office'],
    ['at noon', '2026-12-01 11:00', 'the office'],
    ['at the end of the hours', '2026-12-01 16:00', 'the office'],
    ['until an hour after', '2026-12-01 17:00', 'the office'],
    ['later still', '2026-12-01 17:01', 'home'],
    ['on a Saturday', '2026-12-05 11:00', 'home'],
    ['on a day that they don’t work', '2026-12-01 11:00', 'home', { workingHours: { ...USUAL_HOURS, days: [1, 3] } }],
    ['without a home', '2026-12-01 06:00', 'the office', { places: { office: HEADQUARTERS } }],
    ['without an office', '2026-12-01 11:00', 'home', { places: { home: HOME } }],
    // Clocks go back on 25 October 2026 in Berlin, forward on 28 March 2027; who works on Sundays has their hours all the same.
    [
      'on the day of clocks going back, early',
      '2026-10-25 08:30',
      'home',
      { workingHours: { ...USUAL_HOURS, days: [0] } },
    ],
    ['on that day, later', '2026-10-25 08:31', 'the office', { workingHours: { ...USUAL_HOURS, days: [0] } }],
    [
      'on the day before, in summer time',
      '2026-10-24 07:31',
      'the office',
      { workingHours: { ...USUAL_HOURS, days: [6] } },
    ],
    ['on the day of clocks going forward', '2027-03-28 07:30', 'home', { workingHours: { ...USUAL_HOURS, days: [0] } }],
    ['in another zone', '2026-12-01 09:30', 'home', inLondon],
    [
      'with hours kept in a zone of their own',
      '2026-12-01 08:31',
      'the office',
      {
        ...inLondon,
        workingHours: { ...USUAL_HOURS, timeZone: 'Europe/Berlin' },
      },
    ],
    ['in a night shift', '2026-12-01 23:30', 'the office', { workingHours: NIGHTS }],
    ['in a night shift, after midnight', '2026-12-02 02:00', 'the office', { workingHours: NIGHTS }],
    ['in the night after it', '2026-12-05 08:00', 'home', { workingHours: NIGHTS }],
  ];
  for (const [what, when, expected, more] of cases)
    it(`${what}: ${expected}`, () => assert.equal(from(utc(when), more), expected));

  it('is the place of the meeting before, at any hour', () => {
    const early = meeting({ id: 'a', startAt: utc('2026-12-01 06:00'), place: CAFE });
    const late = meeting({ id: 'b', startAt: utc('2026-12-01 19:00'), place: CLIENT });
    assert.deepEqual(
      waysOf([early, late], both()).map((way) => way.fromName),
      ['home', 'Cafe'],
    );
  });

  it('is not where one joined online', () => {
    const cafe = onTuesday('a', '10:00', { place: CAFE });
    const client = onTuesday('b', '12:00', { place: CLIENT });
    const online = new Set([occurrenceKey(cafe)]);
    assert.deepEqual(
      waysOf([cafe, client], both({ online })).map((way) => `${way.fromName} > ${way.event.id}`),
      ['the office > b'],
    );
    const moved = { ...cafe, startAt: cafe.startAt - 1, endAt: cafe.endAt - 1 };
    assert.equal(waysOf([moved, client], both({ online })).length, 2, 'at another time it is another one');
  });

  it('is a place of one’s own by name or label, as well as where one goes', () => {
    const places = { ...both().places, gym: { label: 'Iron Works', latitude: 48.3, longitude: 11.7 } };
    for (const name of ['Gym', ' iron works ', 'HOME'])
      assert.equal(
        waysOf([onTuesday('a', '11:00', { place: { name, isRoom: false } })], both({ places })).length,
        1,
        name,
      );
    // Theirs is surer than what another meeting of that name says.
    const [way] = waysOf(
      [
        onTuesday('a', '11:00', { place: { name: 'Gym', isRoom: false } }),
        onTuesday('b', '11:00', { place: at('Gym', 50, 10), response: 'declined' }),
      ],
      both({ places }),
    );
    assert.equal(way?.leg.to.latitude, 48.3);
  });

  it('is found for addresses that were looked up', () => {
    const event = onTuesday('a', '11:00', { place: { name: 'Main Street 1, Munich', isRoom: false } });
    const spots = new Map([['main street 1, munich', { latitude: 48.3, longitude: 11.7 }]]);
    assert.deepEqual(waysOf([event], both({ spots }))[0]?.leg.to, { latitude: 48.3, longitude: 11.7 });
    assert.deepEqual(waysOf([event], both()), []);
  });
});

describe('a place that is only named', () => {
  const named = (name: string, address?: string) => ({ name, isRoom: false, ...(address ? { address } : {}) });
  const known = (more: Partial<CalendarEvent> = {}) =>
    meeting({
      id: 'k',
      startAt: utc('2026-12-08 12:00'),
      place: { name: 'Client', isRoom: false, ...CLIENT, address: 'Main Street 1' },
      ...more,
    });
  const to = (events: CalendarEvent[]) =>
    waysOf(events, scene(HEADQUARTERS, 'Europe/Berlin'))
      .filter((way) => way.event.id === 'n')
      .map((way) => way.leg.to);
  const SPOT = [{ latitude: 48.3, longitude: 11.7 }];

  it('is where another meeting of that name is, whenever that takes place', () => {
    for (const name of ['Client', ' client ', 'CLIENT'])
      assert.deepEqual(to([onTuesday('n', '12:00', { place: named(name) }), known()]), SPOT);
  });

  it('is where another meeting of that address is', () => {
    assert.deepEqual(to([onTuesday('n', '12:00', { place: named('Their place', 'main street 1') }), known()]), SPOT);
    assert.deepEqual(to([onTuesday('n', '12:00', { place: named('Main Street 1') }), known()]), SPOT);
  });

  it('is nowhere without one', () => {
    assert.deepEqual(to([onTuesday('n', '12:00', { place: named('Other', 'Side Street 2') }), known()]), []);
    assert.deepEqual(to([onTuesday('n', '12:00', { place: named('') }), known({ place: at('', 48.3, 11.7) })]), []);
  });

  it('has its own coordinates where it brings some', () => {
    const place = at('Client', 48.9, 11.9);
    assert.deepEqual(to([onTuesday('n', '12:00', { place }), known()]), [{ latitude: 48.9, longitude: 11.9 }]);
  });

  it('is where a way begins, too', () => {
    const events = [
      onTuesday('a', '08:00', { place: named('Client') }),
      onTuesday('n', '12:00', { place: CAFE }),
      known(),
    ];
    assert.deepEqual(
      waysOf(events, scene(HEADQUARTERS, 'Europe/Berlin')).find((way) => way.event.id === 'n')?.leg.from,
      SPOT[0],
    );
  });

  it('is the same in whatever order meetings are read', () => {
    const twice = [known(), known({ id: 'l', startAt: utc('2026-12-09 12:00'), place: at('Client', 50, 10) })];
    const events = [onTuesday('n', '12:00', { place: named('Client') }), ...twice];
    const places = Array.from({ length: 10 }, (_, seed) => JSON.stringify(to(shuffled(events, seed))));
    assert.equal(new Set(places).size, 1);
  });
});

describe('guessing the office', () => {
  const room = (id: string, latitude: number, longitude: number) =>
    meeting({ id, place: { name: id, coordinates: { latitude, longitude }, isRoom: true } });

  it('takes the spot where most meetings in rooms are', () => {
    const events = [room('r1', 48.1, 11.5), room('r2', 48.10001, 11.50001), room('r3', 52.5, 13.4)];
    for (let seed = 0; seed < 5; seed += 1) {
      const office = guessOffice(shuffled(events, seed));
      assert.equal(office?.label, 'the office');
      assert.equal(office?.latitude.toFixed(3), '48.100');
    }
  });

  it('counts no head of a series, only what takes place', () => {
    const events = [
      room('r1', 52.5, 13.4),
      { ...room('series', 48.1, 11.5), type: 'master' as const },
      { ...room('o1', 48.1, 11.5), type: 'occurrence' as const, seriesMasterId: 'series' },
      room('r2', 52.5, 13.4),
      { ...room('series-2', 48.1, 11.5), type: 'master' as const },
    ];
    for (let seed = 0; seed < 5; seed += 1) assert.equal(guessOffice(shuffled(events, seed))?.latitude, 52.5);
    assert.equal(guessOffice([{ ...room('series', 48.1, 11.5), type: 'master' }]), undefined);
  });

  it('takes the same of two that are equal', () => {
    const events = [room('r1', 48.1, 11.5), room('r3', 52.5, 13.4)];
    assert.deepEqual(guessOffice(events), guessOffice([...events].reverse()));
  });

  it('guesses nothing without rooms that are somewhere', () => {
    assert.equal(guessOffice([]), undefined);
    assert.equal(guessOffice([meeting({ place: CAFE })]), undefined);
    assert.equal(guessOffice([meeting({ place: { name: 'Room', isRoom: true } })]), undefined);
  });
});
