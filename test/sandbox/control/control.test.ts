import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { FAULT_NAMES } from '../../../sandbox/control/catalogue.ts';
import { realClock } from '../../../sandbox/world.ts';
import { type Controlled, controlled } from './harness.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('sandbox control', () => {
  let c: Controlled;
  let lena: string;

  beforeEach(() => {
    c = controlled();
    lena = c.tenant.main.oid;
  });

  describe('faults', () => {
    it('lists every fault with a sentence, an opportunity and a group', async () => {
      const { json } = await c.get('faults');
      const groups = json.groups.map((group: { id: string }) => group.id);
      assert.deepEqual(
        json.faults.map((fault: { name: string }) => fault.name),
        FAULT_NAMES,
      );
      for (const fault of json.faults) {
        assert.ok(groups.includes(fault.group), fault.name);
        assert.ok(fault.what.endsWith('.') && fault.per.length > 5 && fault.rate === 0, fault.name);
      }
    });

    it('sets, shows and clears rates, and the fault strikes at once', async () => {
      assert.equal((await c.send('PUT', 'faults/graph.unavailable', { rate: 1 })).status, 200);
      assert.equal((await c.send('PUT', 'faults/notify.drop', { rate: 0.25 })).status, 200);
      assert.equal((await c.graphCall(lena, 'GET', '/me/calendar')).status, 503);
      const { json } = await c.get('faults');
      const rates = json.faults.filter((f: { rate: number }) => f.rate > 0).map((f: { rate: number }) => f.rate);
      assert.deepEqual(rates, [1, 0.25]);
      await c.send('PUT', 'faults/notify.drop', { rate: 0 });
      assert.deepEqual([...c.world.faults], [['graph.unavailable', 1]]);
      assert.equal((await c.send('POST', 'faults/off')).status, 200);
      assert.equal(c.world.faults.size, 0);
      assert.equal((await c.graphCall(lena, 'GET', '/me/calendar')).status, 200);
    });

    it('refuses an unknown name, naming the known ones', async () => {
      const answer = await c.send('PUT', 'faults/graph.typo', { rate: 1 });
      assert.equal(answer.status, 400);
      assert.match(answer.json.error, /no fault “graph\.typo”.*graph\.throttle/s);
      assert.equal(c.world.faults.size, 0);
    });

    it('refuses rates that are none', async () => {
      for (const body of [{}, { rate: 'x' }, { rate: 1.1 }, { rate: -0.1 }, { rate: null }, { rate: 1, more: 1 }]) {
        const answer = await c.send('PUT', 'faults/notify.drop', body);
        assert.equal(answer.status, 400, JSON.stringify(body));
        assert.ok(answer.json.error);
      }
      assert.equal(c.world.faults.size, 0);
    });
  });

  describe('open questions', () => {
    it('shows and changes them', async () => {
      const { json } = await c.get('unverified');
      assert.equal(json.switches.length, 5);
      for (const { name, value, what, values } of json.switches) {
        assert.ok(what.endsWith('?'), name);
        const other = values.find((one: { value: unknown }) => one.value !== value).value;
        assert.equal((await c.send('PUT', `unverified/${name}`, { value: other })).status, 200);
        assert.equal((c.world.unverified as unknown as Record<string, unknown>)[name], other);
      }
    });

    it('refuses what is no switch and no value of it', async () => {
      assert.equal((await c.send('PUT', 'unverified/nothing', { value: true })).status, 400);
      const answer = await c.send('PUT', 'unverified/occurrenceNotifiesAs', { value: 'both' });
      assert.equal(answer.status, 400);
      assert.match(answer.json.error, /"master", "occurrence"/);
      assert.equal(c.world.unverified.occurrenceNotifiesAs, 'master');
    });
  });

  describe('people', () => {
    const act = (action: string) => c.send('POST', `people/${lena}/${action}`);
    const me = async () => (await c.get('people')).json.people.find((one: { oid: string }) => one.oid === lena);

    it('lists people with what they have, and what can be done', async () => {
      await c.subscribe(lena);
      const person = await me();
      assert.equal(person.name, 'Lena Brandt');
      assert.deepEqual([person.enabled, person.hasMailbox, person.subscriptions], [true, true, 1]);
    });

    it('revokes sessions and withdraws consent', async () => {
      const first = await c.signIn(lena);
      assert.equal((await c.refresh(first)).status, 200);
      assert.equal((await act('revokeSessions')).status, 200);
      assert.match((await c.refresh(first)).json.error_description, /^AADSTS50173/);
      const second = await c.signIn(lena);
      assert.equal((await act('withdrawConsent')).status, 200);
      assert.match((await c.refresh(second)).json.error_description, /^AADSTS65001/);
    });

    it('resets the password: subscriptions go as well, with notice', async () => {
      await c.subscribe(lena);
      assert.match((await act('resetPassword')).json.done, /1 subscription removed/);
      assert.equal(c.graph.control.subscriptions().length, 0);
      await c.send('POST', 'clock/advance', { ms: 5_000 });
      assert.match(c.posted.at(-1)?.body ?? '', /subscriptionRemoved/);
    });

    it('disables and enables the account, takes and gives the mailbox', async () => {
      const token = await c.signIn(lena);
      await act('disable');
      assert.equal((await me()).enabled, false);
      assert.match((await c.refresh(token)).json.error_description, /^AADSTS50057/);
      await act('enable');
      assert.equal((await c.refresh(token)).status, 200);
      await act('removeMailbox');
      const answer = await c.graphCall(lena, 'GET', '/me/calendar');
      assert.equal(answer.json.error.code, 'MailboxNotEnabledForRESTAPI');
      await act('restoreMailbox');
      assert.equal((await c.graphCall(lena, 'GET', '/me/calendar')).status, 200);
    });

    it('expires delta tokens', async () => {
      const window = 'startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z';
      const first = await c.graphCall(lena, 'GET', `/me/calendarView/delta?${window}`);
      const { search } = new URL(first.json['@odata.deltaLink']);
      assert.equal((await c.graphCall(lena, 'GET', `/me/calendarView/delta${search}`)).status, 200);
      await act('expireDelta');
      assert.equal((await c.graphCall(lena, 'GET', `/me/calendarView/delta${search}`)).status, 410);
    });

    it('refuses unknown actions with 400 and unknown people with 404', async () => {
      const answer = await act('explode');
      assert.equal(answer.status, 400);
      assert.match(answer.json.error, /no action “explode”.*revokeSessions/);
      assert.equal((await act('toString')).status, 400);
      assert.equal((await c.send('POST', 'people/nobody/disable')).status, 404);
    });
  });

  describe('subscriptions', () => {
    it('lists those of a person, without the clientState', async () => {
      const id = await c.subscribe(lena);
      const { json } = await c.get(`subscriptions?person=${lena}`);
      assert.deepEqual(
        json.subscriptions.map((one: { id: string }) => one.id),
        [id],
      );
      assert.doesNotMatch(JSON.stringify(json), /clientState|state-of/);
      assert.deepEqual((await c.get(`subscriptions?person=${c.tenant.admin.oid}`)).json.subscriptions, []);
    });

    it('lets them vanish, removes them with notice, sends lifecycle notices', async () => {
      const id = await c.subscribe(lena);
      for (const event of ['missed', 'reauthorizationRequired', 'remove']) {
        assert.equal((await c.send('POST', `subscriptions/${id}/${event}`)).status, 200);
        await c.send('POST', 'clock/advance', { ms: 5_000 });
        assert.match(c.posted.at(-1)?.body ?? '', new RegExp(event === 'remove' ? 'subscriptionRemoved' : event));
      }
      const other = await c.subscribe(lena);
      const before = c.posted.length;
      assert.equal((await c.send('POST', `subscriptions/${other}/vanish`)).status, 200);
      await c.send('POST', 'clock/advance', { ms: 5_000 });
      assert.equal(c.posted.length, before);
      assert.equal((await c.send('POST', `subscriptions/${other}/vanish`)).status, 404);
      assert.equal((await c.send('POST', `subscriptions/${other}/explode`)).status, 400);
    });
  });

  describe('clock', () => {
    it('shows and advances a virtual clock, letting work happen in between', async () => {
      const now = c.clock.now();
      const rings: number[] = [];
      // Each one is set only after the one before has rung and a promise has settled, as retries are.
      const ring = async (): Promise<void> => {
        rings.push(c.clock.now() - now);
        await Promise.resolve();
        c.clock.after(9 * 60_000, () => void ring());
      };
      c.clock.after(9 * 60_000, () => void ring());
      const { json } = await c.send('POST', 'clock/advance', { ms: HOUR_MS });
      assert.deepEqual(json, { kind: 'virtual', now: now + HOUR_MS });
      assert.equal(rings.length, 6);
      assert.deepEqual((await c.get('status')).json.clock, json);
    });

    it('refuses what is no span of time', async () => {
      for (const ms of [0, -1, 1.5, 'x', 500 * DAY_MS])
        assert.equal((await c.send('POST', 'clock/advance', { ms })).status, 400, String(ms));
    });

    it('says so where time is real', async () => {
      const real = controlled({ clock: realClock() });
      assert.equal((await real.get('status')).json.clock.kind, 'real');
      const answer = await real.send('POST', 'clock/advance', { ms: 1000 });
      assert.equal(answer.status, 409);
      assert.match(answer.json.error, /real/);
    });
  });

  describe('truth', () => {
    it('shows what is in the mailbox, not what clients were told', async () => {
      const at = (hours: number) => new Date(c.clock.now() + hours * HOUR_MS).toISOString().slice(0, 19);
      const when = (hours: number) => ({ dateTime: at(hours), timeZone: 'UTC' });
      c.graph.store.create(c.tenant.main, { subject: 'Soon', start: when(1), end: when(2) });
      c.graph.store.create(c.tenant.main, { subject: 'Later', start: when(24 * 8), end: when(24 * 8 + 1) });
      const subjects = (json: { events: { event: { subject: string } }[] }) => json.events.map((e) => e.event.subject);
      const { json } = await c.get(`truth?person=${lena}`);
      assert.deepEqual(subjects(json), ['Soon']);
      assert.equal(json.to - json.from, 7 * DAY_MS);
      const to = c.clock.now() + 10 * DAY_MS;
      assert.deepEqual(subjects((await c.get(`truth?person=${lena}&from=${at(12)}Z&to=${to}`)).json), ['Later']);
    });

    it('refuses unreadable or endless windows', async () => {
      const bad = ['from=x', 'from=2026-01-02&to=2026-01-01', 'from=2026-01-01&to=2027-01-01'];
      for (const query of bad) assert.equal((await c.get(`truth?person=${lena}&${query}`)).status, 400, query);
      assert.equal((await c.get('truth')).status, 400);
      assert.equal((await c.get('truth?person=nobody')).status, 404);
    });
  });
});
