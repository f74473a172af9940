import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { graphLocation } from '../../../sandbox/calendar/event-form.ts';
import type { Week, WeekEvent } from '../../../sandbox/calendar/week.ts';
import { createPage, errorOf, type PageUnderTest } from './harness.ts';

/** A Tuesday, 09:22 in Munich. */
const NOW = Date.parse('2026-11-24T08:22:00Z');

const LUNCH = { subject: 'Lunch', start: '2026-11-25T12:00', end: '2026-11-25T13:00', isAllDay: false };

describe('calendar page', () => {
  let page: PageUnderTest;
  let lena: string;
  let tomasz: string;

  beforeEach(() => {
    page = createPage(NOW);
    lena = page.first.main.oid;
    tomasz = page.first.people[1]?.oid ?? '';
  });

  const add = async (event: object, person = lena): Promise<WeekEvent> => {
    const answer = await page.send('POST', '/api/events', { person, event });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body as WeekEvent;
  };
  const subjects = async (oid: string, date?: string) => (await page.week(oid, date)).events.map((e) => e.subject);
  const item = (id: string, action = '') => `/api/events/${encodeURIComponent(id)}${action}`;

  describe('several calendars of a person', () => {
    it('are shown one at a time, and a new event goes into the one that is shown', async () => {
      const side = page.store.addCalendar(page.first.main, 'Side projects');
      await add(LUNCH);
      const made = await page.send('POST', '/api/events', {
        person: lena,
        calendar: side,
        event: { ...LUNCH, subject: 'Pottery' },
      });
      assert.equal(made.status, 201);
      const shown = async (calendar: string) => {
        const query = new URLSearchParams({ person: lena, date: '2026-11-25', ...(calendar ? { calendar } : {}) });
        const { events, calendars, ...week } = (await page.get(`/api/week?${query}`)).body as Week;
        assert.deepEqual(
          calendars.map((one) => one.name),
          ['Calendar', 'Side projects'],
        );
        return [calendars.findIndex((one) => one.id === week.calendar), events.map((event) => event.subject)];
      };
      assert.deepEqual(await shown(''), [0, ['Lunch']]);
      assert.deepEqual(await shown(side), [1, ['Pottery']]);
      assert.deepEqual(await shown('gone'), [0, ['Lunch']]);
    });

    it('are not those that others share', async () => {
      page.store.shareCalendar(page.first.people[1] ?? page.first.main, page.first.main);
      assert.equal((await page.week(lena)).calendars.length, 1);
      assert.equal((await page.week(tomasz)).calendars.length, 1);
    });
  });

  describe('a room’s calendar', () => {
    const hannes = () => page.first.admin;
    const room = () => page.first.rooms[0]?.oid ?? '';
    const write = (person: string, organizer: string) =>
      page.send('POST', '/api/events', { person, organizer, event: LUNCH });

    it('takes an event of whoever organises it, although the room is taken, and shows it there and in theirs', async () => {
      for (const organizer of [lena, hannes().oid]) assert.equal((await write(room(), organizer)).status, 201);
      const held = (await page.week(room())).events;
      assert.deepEqual(
        held.map((event) => [event.organizer.name, event.response]),
        [
          ['Lena Brandt', 'accepted'],
          ['Hannes Vogt', 'accepted'],
        ],
      );
      const [mine] = (await page.week(lena)).events;
      assert.deepEqual([mine?.isOrganizer, mine?.location], [true, 'Room Isar']);
    });

    it('takes one of the room itself, and a person’s calendar none of anybody else', async () => {
      const [own] = [await add(LUNCH, room())];
      assert.equal(own.organizer.name, 'Room Isar');
      assert.equal((await write(lena, hannes().oid)).status, 400);
      assert.equal((await write(room(), 'nobody')).status, 404);
    });
  });

  describe('assets', () => {
    it('serves the page with a policy that allows nothing from outside', async () => {
      const answer = await page.get('/');
      assert.equal(answer.status, 200);
      assert.match(String(answer.headers?.['content-type']), /^text\/html/);
      const policy = String(answer.headers?.['content-security-policy']);
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*|data:/);
    });

    it('serves every file that the page and its modules name', async () => {
      const seen = new Set<string>();
      const visit = async (path: string): Promise<void> => {
        if (seen.has(path)) return;
        seen.add(path);
        const answer = await page.get(path);
        assert.equal(answer.status, 200, path);
        const text = Buffer.from(answer.body as Uint8Array).toString('utf8');
        for (const [, name] of text.matchAll(/(?:from '\.|href="|src="|url\(")(\/[a-z-]+\.[a-z]+)/g))
          await visit(name ?? '');
      };
      await visit('/');
      assert.ok(seen.has('/layout.js') && seen.has('/styles.css') && seen.has('/chevron.svg'), [...seen].join(' '));
    });

    it('answers 404 in words for anything else', async () => {
      for (const path of ['/nothing', '/../seed.ts', '/api/events', '/api/events/%E0%A4%A/cancel']) {
        assert.equal((await page.get(path)).status, 404, path);
      }
    });
  });

  describe('other web sites', () => {
    const body = () => ({ person: lena, event: LUNCH });

    it('reach nothing under another host name', async () => {
      assert.equal((await page.get('/api/people', { host: 'evil.example:7000' })).status, 421);
      assert.equal((await page.get('/', { host: '' })).status, 421);
    });

    it('cannot write: the origin must be the page itself', async () => {
      for (const origin of ['https://evil.example', 'http://localhost:7001', 'null', '']) {
        assert.equal((await page.send('POST', '/api/events', body(), { origin })).status, 403, origin);
      }
    });

    it('cannot write with a content type that needs no preflight', async () => {
      const answer = await page.send('POST', '/api/events', body(), { 'content-type': 'text/plain' });
      assert.equal(answer.status, 415);
      assert.deepEqual(await subjects(lena), []);
    });
  });

  describe('reading', () => {
    it('lists people, rooms and places', async () => {
      const { people, places } = (await page.get('/api/people')).body as {
        people: { name: string; kind: string }[];
        places: { displayName: string; latitude: number }[];
      };
      assert.equal(people[0]?.name, 'Lena Brandt');
      assert.equal(people.filter((person) => person.kind === 'room').length, 7);
      assert.ok(places.every((place) => place.latitude > 47 && place.latitude < 49));
    });

    it('shows the current week of the person’s zone from Monday on', async () => {
      const week = await page.week(lena);
      assert.equal(week.zone.iana, 'Europe/Berlin');
      assert.equal(week.today, '2026-11-24');
      assert.deepEqual([week.days[0], week.days[6]], ['2026-11-23', '2026-11-29']);
    });

    it('keeps the wall clock in weeks in which the clocks change', async () => {
      await add({ ...LUNCH, start: '2026-10-23T09:00', end: '2026-10-23T09:30', recurrence: 'daily' });
      const times = (await page.week(lena, '2026-10-25')).events.map((event) => event.start.slice(8));
      assert.deepEqual(times, ['23T09:00', '24T09:00', '25T09:00']);
      const spring = (await page.week(lena, '2027-03-28')).events.map((event) => event.start.slice(11));
      assert.deepEqual(new Set(spring), new Set(['09:00']));
      assert.equal(spring.length, 7);
    });

    it('shows an all-day event on its date, wherever the person is', async () => {
      await add({ subject: 'Holiday', start: '2026-11-25T00:00', end: '2026-11-26T00:00', isAllDay: true });
      const [event] = (await page.week(lena)).events;
      assert.deepEqual([event?.start, event?.end], ['2026-11-25T00:00', '2026-11-26T00:00']);
      const dana = page.first.people.find((person) => person.displayName === 'Dana Whitfield')?.oid ?? '';
      await add({ subject: 'Thanksgiving', start: '2026-11-26T00:00', end: '2026-11-27T00:00', isAllDay: true }, dana);
      const [other] = (await page.week(dana)).events;
      assert.deepEqual([other?.start, other?.end], ['2026-11-26T00:00', '2026-11-27T00:00']);
    });

    it('does not let the weekend’s all-day events slip into the next week', async () => {
      await add({ subject: 'Sunday', start: '2026-11-29T00:00', end: '2026-11-30T00:00', isAllDay: true });
      assert.deepEqual(await subjects(lena), ['Sunday']);
      assert.deepEqual(await subjects(lena, '2026-11-30'), []);
    });

    it('says what is wrong with a request', async () => {
      assert.equal((await page.get('/api/week?person=nobody')).status, 404);
      assert.equal((await page.get(`/api/week?person=${lena}&date=2026-02-30`)).status, 400);
      assert.equal((await page.get(`/api/changes?person=${lena}&since=x`)).status, 400);
    });
  });

  describe('writing', () => {
    it('adds a meeting that reaches the guests', async () => {
      const guest = page.world.people.get(tomasz);
      const place = { displayName: 'Kestrel Bikes', street: 'Dachauer Straße 665', latitude: 48.19, longitude: 11.5 };
      const attendees = [{ name: guest?.displayName, address: guest?.upn }];
      await add({ ...LUNCH, attendees, place, isOnline: true, agenda: 'Soup\nBread' });
      const [copy] = (await page.week(tomasz)).events;
      assert.equal(copy?.location, 'Kestrel Bikes');
      assert.equal(copy?.response, 'notResponded');
      assert.equal(copy?.bodyText, 'Soup\nBread');
      assert.ok(copy?.joinUrl);
    });

    it('sends the coordinates of a known place, and none for a name that was typed', () => {
      const known = { displayName: 'Kestrel Bikes', street: 'Dachauer Straße 665', latitude: 48.19, longitude: 11.5 };
      assert.deepEqual(graphLocation(known).coordinates, { latitude: 48.19, longitude: 11.5 });
      assert.equal(graphLocation({ displayName: 'somewhere' }).coordinates, undefined);
    });

    it('moves only what it is told to move', async () => {
      const event = await add({ ...LUNCH, agenda: 'Soup' });
      const moved = { start: '2026-11-27T15:15', end: '2026-11-27T16:00', isAllDay: false };
      const answer = await page.send('PATCH', item(event.id), { person: lena, event: moved });
      assert.equal(answer.status, 200);
      const [after] = (await page.week(lena)).events;
      assert.deepEqual([after?.start, after?.end, after?.bodyText], ['2026-11-27T15:15', '2026-11-27T16:00', 'Soup']);
    });

    it('keeps a meeting online when its agenda changes', async () => {
      const event = await add({ ...LUNCH, isOnline: true, agenda: 'Old <one>' });
      await page.send('PATCH', item(event.id), { person: lena, event: { agenda: 'New\n<b>two</b>' } });
      const [after] = (await page.week(lena)).events;
      assert.equal(after?.bodyText, 'New\n<b>two</b>');
      assert.equal(after?.joinUrl, event.joinUrl);
      await page.send('PATCH', item(event.id), { person: lena, event: { agenda: '' } });
      const [emptied] = (await page.week(lena)).events;
      assert.deepEqual([emptied?.hasAgenda, emptied?.isOnline], [false, true]);
    });

    it('changes one occurrence or the whole series', async () => {
      await add({ ...LUNCH, recurrence: 'weekdays' });
      const starts = async () => (await page.week(lena, '2026-11-30')).events.map((event) => event.start.slice(8));
      const [, tuesday] = (await page.week(lena, '2026-11-30')).events;
      const at = (time: string, end: string) => ({
        start: `2026-12-01T${time}`,
        end: `2026-12-01T${end}`,
        isAllDay: false,
      });
      await page.send('PATCH', item(tuesday?.id ?? ''), { person: lena, event: at('12:30', '13:30') });
      assert.deepEqual(await starts(), ['30T12:00', '01T12:30', '02T12:00', '03T12:00', '04T12:00']);
      const [monday] = (await page.week(lena, '2026-11-30')).events;
      const all = { start: '2026-11-30T11:00', end: '2026-11-30T12:00', isAllDay: false };
      await page.send('PATCH', item(monday?.id ?? ''), { person: lena, scope: 'series', event: all });
      assert.deepEqual(await starts(), ['30T11:00', '01T11:00', '02T11:00', '03T11:00', '04T11:00']);
      await page.send('POST', item(monday?.id ?? '', '/remove'), { person: lena, scope: 'series' });
      assert.deepEqual(await starts(), []);
    });

    it('answers an invitation and cancels a meeting', async () => {
      const event = await add({ ...LUNCH, attendees: [{ address: page.world.people.get(tomasz)?.upn }] });
      const [copy] = (await page.week(tomasz)).events;
      const answer = { person: tomasz, answer: 'accept' };
      assert.equal((await page.send('POST', item(copy?.id ?? '', '/respond'), answer)).status, 200);
      assert.equal((await page.week(lena)).events[0]?.attendees[0]?.response, 'accepted');
      await page.send('POST', item(event.id, '/cancel'), { person: lena, comment: 'Sorry' });
      assert.deepEqual(await subjects(lena), []);
      assert.equal((await page.week(tomasz)).events[0]?.isCancelled, true);
    });

    it('says in plain words why something is refused', async () => {
      const bad = await page.send('POST', '/api/events', { person: lena, event: { ...LUNCH, end: LUNCH.start } });
      assert.deepEqual([bad.status, errorOf(bad)], [400, 'The end must be after the start.']);
      const address = { ...LUNCH, attendees: [{ address: 'nobody' }] };
      const guest = await page.send('POST', '/api/events', { person: lena, event: address });
      assert.equal(errorOf(guest), 'One of the addresses is not valid.');
      const event = await add(LUNCH);
      await page.send('POST', item(event.id, '/remove'), { person: lena });
      const gone = await page.send('PATCH', item(event.id), { person: lena, event: { subject: 'x' } });
      assert.equal(gone.status, 404);
      assert.match(errorOf(gone), /no longer in the calendar/);
      const foreign = await page.send('POST', item('nonsense', '/remove'), { person: lena });
      assert.match(errorOf(foreign), /no longer in the calendar/);
      assert.equal((await page.send('POST', '/api/events', { person: 'nobody', event: LUNCH })).status, 404);
      assert.equal((await page.send('POST', '/api/events', 'text')).status, 400);
    });
  });

  describe('changes', () => {
    const poll = async (oid: string, since: number) =>
      (await page.get(`/api/changes?person=${oid}&since=${since}`)).body as { version: number };

    it('wakes a waiting page when its mailbox changes, and only then', async () => {
      page = createPage(NOW, 10_000);
      const { version } = await page.week(lena);
      let isTomaszAwake = false;
      void poll(tomasz, version).then(() => {
        isTomaszAwake = true;
      });
      const waiting = poll(lena, version);
      await add(LUNCH);
      assert.ok((await waiting).version > version);
      assert.equal(isTomaszAwake, false);
    });

    it('answers at once when the page has missed something', async () => {
      page = createPage(NOW, 10_000);
      const { version } = await page.week(lena);
      await add(LUNCH);
      assert.ok((await poll(lena, version)).version > version);
    });

    it('gives up after its time limit, and knows a page from before a restart', async () => {
      const { version } = await page.week(lena);
      assert.equal((await poll(lena, version)).version, version);
      page = createPage(NOW, 10_000);
      assert.ok((await poll(lena, 999)).version < 999);
    });
  });
});
