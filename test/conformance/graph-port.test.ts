/** One suite against both ways to Graph: the product's own over HTTPS, and the simulation's in process. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { ensureCertificates } from '../../sandbox/ca.ts';
import type { Post } from '../../sandbox/graph/post.ts';
import { type Served, serve } from '../../sandbox/http.ts';
import { realClock } from '../../sandbox/world.ts';
import { createCaller } from '../../src/graph/client.ts';
import { GraphFailure, type GraphFailureKind, toFailure } from '../../src/graph/failures.ts';
import { createGraph } from '../../src/graph/graph.ts';
import { type Access, asApplication, type Graph } from '../../src/graph/port.ts';
import {
  ANNA,
  APP,
  BEN,
  CARA,
  DAY,
  type Fixture,
  fixture,
  HOUR,
  meeting,
  ROOM,
  TENANT,
  tokenFor,
  wellBehaved,
} from '../sandbox/graph/setup.ts';
import { createSimCaller, GRAPH_ORIGIN } from '../simulation/graph-port.ts';

const ACCESS: Access = { tenantId: TENANT, personId: ANNA, mailboxId: ANNA };
const URLS = {
  notificationUrl: 'https://watch.example/api/notifications',
  lifecycleNotificationUrl: 'https://watch.example/api/lifecycle',
};

interface Side {
  graph: Graph;
  sandbox: Fixture;
  dropped: Access[];
  close(): Promise<void>;
}

const post: Post = async (url, request) => wellBehaved({ url, ...request, at: 0 });

const GROUP = 'aaaaaaaa-0000-4000-8000-0000000000c1';
/** What Entra has granted the application; '' is it. */
const ROLES = ['GroupMember.Read.All', 'User.ReadBasic.All', 'Place.Read.All'];
const tokenOf = ({ clock }: Fixture, { personId }: Access) =>
  tokenFor(clock, personId === '' ? { as: null, roles: ROLES } : { as: personId });

async function overHttps(): Promise<Side> {
  const directory = process.env.TEST_SANDBOX_DIR ?? '';
  const tls = await ensureCertificates(resolve(directory, 'ca'));
  const sandbox = fixture({ post });
  const dropped: Access[] = [];
  const served: Served = await serve({ port: 0, handler: sandbox.graph.handler, tls });
  sandbox.graph.control.setOrigin(served.origin);
  const token = async (access: Access) => tokenOf(sandbox, access);
  const caller = createCaller({
    endpoint: served.origin,
    token,
    dropToken: (access) => dropped.push(access),
    clock: realClock(),
  });
  return { graph: createGraph(caller), sandbox, dropped, close: () => served.close() };
}

async function inProcess(): Promise<Side> {
  const sandbox = fixture({ post, origin: GRAPH_ORIGIN });
  const dropped: Access[] = [];
  const caller = createSimCaller({
    handler: sandbox.graph.handler,
    wire: { carry: async (_, send) => send(), after: () => () => undefined, now: () => Date.now() },
    token: (access) => tokenOf(sandbox, access),
    dropToken: (access) => dropped.push(access),
    toFailure,
    isUnauthorized: (failure) => failure instanceof GraphFailure && failure.kind === 'unauthorized',
  });
  return { graph: createGraph(caller), sandbox, dropped, close: async () => undefined };
}

const fails = async (work: Promise<unknown>, kind: GraphFailureKind, status: number): Promise<GraphFailure> => {
  const error = await work.then(
    () => assert.fail(`expected ${kind}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof GraphFailure, String(error));
  assert.deepEqual({ kind: error.kind, status: error.status }, { kind, status });
  return error;
};

for (const [name, open] of [
  ['over HTTPS', overHttps],
  ['in the simulation', inProcess],
] as const)
  describe(`the way to Graph, ${name}`, () => {
    let side: Side;
    let window: { calendarId: string; windowFrom: number; windowTo: number };
    const always = (fault: Parameters<Fixture['world']['faults']['set']>[0]) => side.sandbox.world.faults.set(fault, 1);
    const add = (subject: string) =>
      side.sandbox.graph.store.create(
        { tenantId: TENANT, oid: ANNA },
        meeting('2026-11-24T10:00:00', '2026-11-24T11:00:00', { subject }),
      );
    const subscribe = () =>
      side.graph.createSubscription(ACCESS, {
        calendarId: '',
        ...URLS,
        clientState: 'secret',
        expiresAt: side.sandbox.clock.now() + DAY,
      });

    beforeEach(async () => {
      side = await open();
      const now = side.sandbox.clock.now();
      window = { calendarId: '', windowFrom: now - DAY, windowTo: now + 7 * DAY };
    });
    afterEach(() => side.close());

    it('reads a first round and the next one', async () => {
      add('One');
      const first = await side.graph.readDeltaPage(ACCESS, window);
      assert.deepEqual(
        first.items.map((item) => item.subject),
        ['One'],
      );
      assert.match(first.items[0]?.start?.timeZone ?? '', /^UTC$/);
      add('Two');
      const next = await side.graph.readDeltaPage(ACCESS, { link: first.deltaLink ?? '' });
      assert.deepEqual(
        next.items.map((item) => item.subject),
        ['Two'],
      );
      const event = await side.graph.readEvent(ACCESS, String(next.items[0]?.id));
      assert.equal(event.subject, 'Two');
    });

    it('follows pages', async () => {
      for (let count = 0; count < 230; count++) add(`Meeting ${count}`);
      const first = await side.graph.readDeltaPage(ACCESS, window);
      assert.equal(first.deltaLink, undefined);
      const second = await side.graph.readDeltaPage(ACCESS, { link: first.nextLink ?? '' });
      assert.equal(first.items.length + second.items.length, 230);
      assert.ok(second.deltaLink);
    });

    it('tells a lost sync state, in both spellings', async () => {
      const { deltaLink = '' } = await side.graph.readDeltaPage(ACCESS, window);
      side.sandbox.graph.control.expireDeltaTokens(ANNA);
      await fails(side.graph.readDeltaPage(ACCESS, { link: deltaLink }), 'syncStateLost', 410);
      const fresh = await side.graph.readDeltaPage(ACCESS, window);
      always('graph.syncStateNotFound');
      await fails(side.graph.readDeltaPage(ACCESS, { link: fresh.deltaLink ?? '' }), 'syncStateLost', 404);
    });

    it('tells what is not there, throttling, and a service that is ill', async () => {
      const id = String((await side.graph.readDeltaPage(ACCESS, window)).items[0]?.id ?? '');
      assert.equal(id, '');
      const event = add('Gone');
      side.sandbox.graph.store.remove({ tenantId: TENANT, oid: ANNA }, event.id);
      await fails(side.graph.readEvent(ACCESS, event.id), 'notFound', 404);
      always('graph.throttleWithoutRetryAfter');
      assert.equal((await fails(side.graph.readMailboxSettings(ACCESS), 'throttled', 429)).retryAfterMs, undefined);
      side.sandbox.world.faults.clear();
      always('graph.unavailable');
      await fails(side.graph.readMailboxSettings(ACCESS), 'unavailable', 503);
      side.sandbox.world.faults.clear();
      always('graph.gatewayTimeout');
      await fails(side.graph.readMailboxSettings(ACCESS), 'unavailable', 504);
      side.sandbox.world.faults.clear();
      always('graph.throttle');
      const { retryAfterMs } = await fails(side.graph.readMailboxSettings(ACCESS), 'throttled', 429);
      assert.ok(retryAfterMs !== undefined && retryAfterMs >= 1_000 && retryAfterMs <= 30_000);
    });

    it('creates, renews, lists and deletes a subscription', async () => {
      const made = await subscribe();
      assert.equal(made.expiresAt, side.sandbox.clock.now() + DAY);
      const until = side.sandbox.clock.now() + DAY + HOUR;
      assert.equal((await side.graph.renewSubscription(ACCESS, made.subscriptionId, until)).expiresAt, until);
      const listed = await side.graph.listSubscriptions(ACCESS);
      assert.deepEqual(
        listed.map((one) => [one.subscriptionId, one.notificationUrl]),
        [[made.subscriptionId, URLS.notificationUrl]],
      );
      await side.graph.deleteSubscription(ACCESS, made.subscriptionId);
      await side.graph.deleteSubscription(ACCESS, made.subscriptionId);
      assert.deepEqual(await side.graph.listSubscriptions(ACCESS), []);
      await fails(side.graph.renewSubscription(ACCESS, made.subscriptionId, until), 'notFound', 404);
    });

    it('tells a conflict', async () => {
      always('subscription.create409');
      await fails(subscribe(), 'conflict', 409);
    });

    it('writes a body, and not over a newer version', async () => {
      const event = add('Body');
      const before = await side.graph.readEvent(ACCESS, event.id);
      const etag = String(before['@odata.etag']);
      const written = await side.graph.writeBody(ACCESS, event.id, '<html><body>Agenda</body></html>', etag);
      assert.match(written.body?.content ?? '', /Agenda/);
      await fails(side.graph.writeBody(ACCESS, event.id, '<html><body>Late</body></html>', etag), 'changed', 412);
    });

    it('writes categories and nothing else of an entry, and not over a newer version', async () => {
      const event = add('Categories');
      const before = await side.graph.readEvent(ACCESS, event.id);
      const etag = String(before['@odata.etag']);
      const written = await side.graph.writeCategories(ACCESS, event.id, ['Customer'], etag);
      assert.deepEqual([written.categories, written.subject], [['Customer'], before.subject]);
      assert.notEqual(written.changeKey, before.changeKey);
      await fails(side.graph.writeCategories(ACCESS, event.id, [], etag), 'changed', 412);
    });

    it('makes one meeting of a name, and gives it a room', async () => {
      const startAt = side.sandbox.clock.now() + DAY;
      const room = { address: 'room.oslo@contoso.example', name: 'Room Oslo' };
      const wanted = { transactionId: 'ask-1', subject: 'Meeting', startAt, endAt: startAt + HOUR, room };
      const made = await side.graph.createMeeting(ACCESS, wanted);
      assert.equal((await side.graph.createMeeting(ACCESS, wanted)).id, made.id);
      const changed = await side.graph.writeRooms(
        ACCESS,
        made.id ?? '',
        { attendees: [], place: 'Hall' },
        made['@odata.etag'] ?? '',
      );
      assert.deepEqual([changed.attendees, changed.location?.displayName], [[], 'Hall']);
      const old = side.graph.writeRooms(ACCESS, made.id ?? '', { attendees: [] }, made['@odata.etag'] ?? '');
      await fails(old, 'changed', 412);
    });

    it('reads the mailbox settings', async () => {
      assert.equal((await side.graph.readMailboxSettings(ACCESS)).timeZone, 'W. Europe Standard Time');
    });

    describe('as the application', () => {
      const application = asApplication(TENANT);
      const keep = async () => {
        kept += 1;
      };
      let kept: number;
      const group = (displayName: string, members: string[], groupId = GROUP) =>
        side.sandbox.world.groups.set(groupId, { tenantId: TENANT, groupId, displayName, members });
      beforeEach(() => {
        kept = 0;
      });

      it('finds a group by its id and by its name, and no other', async () => {
        group("Ben's & Ann's", [ANNA]);
        for (const wanted of [GROUP, GROUP.toUpperCase(), "Ben's & Ann's"])
          assert.deepEqual(await side.graph.readGroup(application, wanted), { groupId: GROUP, name: "Ben's & Ann's" });
        for (const wanted of ['Sales', 'aaaaaaaa-0000-4000-8000-0000000000ff', "x' or displayName eq 'Ben's & Ann's"])
          await assert.rejects(side.graph.readGroup(application, wanted), { code: 'GROUP_NOT_FOUND' });
        group("Ben's & Ann's", [BEN], 'aaaaaaaa-0000-4000-8000-0000000000c2');
        await assert.rejects(side.graph.readGroup(application, "Ben's & Ann's"), /not one/);
      });

      it('lists members to the end, without who may not sign in', async () => {
        const many = Array.from({ length: 1_200 }, (_, n) => `e0000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
        const ben = side.sandbox.world.people.get(BEN);
        assert.ok(ben);
        for (const oid of many) side.sandbox.world.people.set(oid, { ...ben, oid, upn: `${oid}@contoso.example` });
        ben.enabled = false;
        group('Everybody', [...many, ANNA, BEN]);
        const found = await side.graph.listMembers(application, { groupId: GROUP }, keep);
        assert.deepEqual(found, [ANNA, ...many].sort());
        assert.equal(kept, 2, 'the lease is kept before each page');
        assert.deepEqual(await side.graph.listMembers(application, 'tenant', keep), [ANNA, CARA, ...many].sort());
        assert.equal(await side.graph.countPeople(application), 1_202);
        await fails(side.graph.listMembers(application, { groupId: ROOM }, keep), 'notFound', 404);
      });

      it('knows whose address one is', async () => {
        assert.equal(await side.graph.findPersonId(application, 'anna.berg@contoso.example'), ANNA);
        assert.equal(await side.graph.findPersonId(application, 'nobody@contoso.example'), undefined);
      });

      it('lists rooms as Places describes them, and finds their accounts', async () => {
        const access = asApplication(TENANT);
        const { rooms, nextLink } = await side.graph.listRooms(access, 'tenant');
        const [one] = rooms;
        assert.ok(one && one.address === one.address.toLowerCase());
        assert.equal(nextLink, undefined);
        assert.deepEqual(await side.graph.readRoom(access, one.address), one);
        assert.equal(await side.graph.readRoom(access, 'nobody@contoso.example'), undefined);
        const found = await side.graph.findAccounts(access, [one.address, 'nobody@contoso.example']);
        assert.deepEqual([...found.values()], [ROOM]);
        await fails(side.graph.listRooms(access, { list: 'no.list@contoso.example' }), 'notFound', 404);
      });

      it('tells which calendars open: those that Exchange assigns', async () => {
        const probe = (oid: string) => side.graph.probeCalendar(asApplication(TENANT, oid), side.sandbox.clock.now());
        assert.equal(await probe(ANNA), 'refused');
        side.sandbox.graph.control.assignRoles(APP, { roles: ['Calendars.Read'], oids: [ANNA] });
        assert.deepEqual(
          [await probe(ANNA), await probe(BEN), await probe('nobody@x.example')],
          ['read', 'refused', 'none'],
        );
        always('graph.unavailable');
        await fails(probe(ANNA), 'unavailable', 503);
      });

      it('subscribes to a mailbox that is assigned, and to no other', async () => {
        side.sandbox.graph.control.assignRoles(APP, { roles: ['Calendars.Read'], oids: [ANNA] });
        const request = { calendarId: '', ...URLS, clientState: 'secret', expiresAt: side.sandbox.clock.now() + DAY };
        const made = await side.graph.createSubscription(asApplication(TENANT, ANNA), request);
        await side.graph.getSubscription(asApplication(TENANT, ANNA), made.subscriptionId);
        await fails(side.graph.getSubscription(ACCESS, made.subscriptionId), 'notFound', 404);
        await fails(side.graph.createSubscription(asApplication(TENANT, BEN), request), 'forbidden', 403);
      });
    });

    it('drops a token that is refused', async () => {
      side.sandbox.world.tenants.clear();
      await fails(side.graph.readMailboxSettings(ACCESS), 'unauthorized', 401);
      assert.deepEqual(side.dropped, [ACCESS]);
    });
  });
