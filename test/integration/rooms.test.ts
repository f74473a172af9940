/** Rooms from end to end: an admin adds them, people see the board, find one, book it, and take another one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { SANDBOX_CLIENT_ID } from '../../sandbox/sandbox.ts';
import type { SandboxPerson, SandboxRoom } from '../../sandbox/world.ts';
import { startProduct, TENANT_ID, type TestPerson, type TestProduct, urlOf, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const AWAKE = { quiet: null, remindMinutes: [], kinds: { agenda: false, digest: false } };
/** Noon in two days: nobody's meeting is under way, whatever the hour of the test. */
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS + 2 * DAY_MS + 12 * HOUR_MS;

interface Pressed {
  title: string;
  verb: string;
  data: Record<string, unknown>;
}

describe('rooms', () => {
  let product: TestProduct;
  let boss: TestPerson;
  let ada: TestPerson;
  const rooms = new Map<string, TestPerson>();

  const addRoom = (name: string, room: SandboxRoom, more: Partial<SandboxPerson> = {}) =>
    rooms.set(name, product.addPerson(name, { kind: 'room', room, ...more }));
  const actor = ({ person }: TestPerson) => ({ tenantId: person.tenantId, oid: person.oid });
  const roomOf = (name: string) => rooms.get(name) as TestPerson;
  const allow = (appPermissions: string[]) => {
    const app = product.sandbox.world.apps.get(SANDBOX_CLIENT_ID);
    assert.ok(app);
    app.appPermissions = appPermissions;
  };
  const ask = async (who: TestPerson, text: string, pattern: RegExp) => {
    await product.say(who, text);
    return product.hear(who, pattern);
  };
  const meet = (subject: string, start: number, hours = 1) =>
    product.sandbox.graph.store.create(actor(ada), { subject, start: at(start), end: at(start + hours * HOUR_MS) });
  const known = (subject: string) =>
    until(`${subject} is known`, async () => {
      const [row] = await product.peek<{ id: string }>(
        `select event_id as id from cw.event where mailbox_id = $1 and data ->> 'subject' = $2`,
        [ada.person.oid, subject],
      );
      return row?.id;
    });
  /** All buttons on a card, wherever they are. */
  const buttons = (card: unknown): Pressed[] => {
    if (Array.isArray(card)) return card.flatMap(buttons);
    if (typeof card !== 'object' || card === null) return [];
    const own = (card as { type?: string }).type === 'Action.Execute' ? [card as unknown as Pressed] : [];
    return [...own, ...Object.values(card).flatMap(buttons)];
  };
  const buttonOf = (activity: { attachments?: { content?: unknown }[] | undefined }, title: RegExp): Pressed => {
    const found = buttons(activity.attachments?.[0]?.content).find((one) => title.test(one.title));
    assert.ok(found, `a button ${title}`);
    return found;
  };
  const press = async (who: TestPerson, { verb, data }: Pressed) =>
    JSON.stringify((await product.press(who, verb, data)).body);
  const inCalendar = () =>
    product.sandbox.graph.store.view(actor(ada), NOON - DAY_MS, NOON + 3 * DAY_MS) as unknown as {
      event?: { subject?: string };
      subject?: string;
    }[];

  before(async () => {
    product = await startProduct({ graph: { lifecycleTimers: false } });
    boss = product.addPerson('Boss Admin', { appRoles: ['CalendarWatch.Admin'] });
    ada = product.addPerson('Ada Stern');
    addRoom('Isar', {
      building: 'Munich',
      capacity: 6,
      videoDeviceName: 'cam',
      geoCoordinates: { latitude: 48.1, longitude: 11.5 },
    });
    addRoom('Lech', { building: 'Munich', capacity: 4 });
    addRoom('Elbe', { building: 'Hamburg', capacity: 12, roomListUpn: 'hamburg@test.example' });
    product.sandbox.world.roomLists.set('hamburg@test.example', {
      tenantId: TENANT_ID,
      upn: 'hamburg@test.example',
      displayName: 'Hamburg',
    });
    for (const who of [boss, ada]) await product.connect(who, AWAKE);
  });
  after(async () => product?.stop());

  it('says what is missing, and is for admins alone', async () => {
    await ask(ada, 'rooms add all', /That is for admins/);
    await ask(ada, 'rooms', /I know no rooms yet\. An admin/);
    await ask(boss, 'rooms add all', /may not read rooms[\s\S]*Place\.Read\.All/);
    allow(['Place.Read.All', 'User.ReadBasic.All']);
    await ask(boss, 'rooms add nobody@test.example', /knows no room of the address/);
    await ask(
      boss,
      `rooms add ${roomOf('Lech').person.upn}`,
      /Added: \*\*Lech\*\*[\s\S]*may not read yet[\s\S]*Calendars\.Read/,
    );
  });

  it('adds a list and all of them, and knows those that are there', async () => {
    allow(['Place.Read.All', 'User.ReadBasic.All', 'Calendars.ReadWrite', 'Calendars.Read', 'MailboxSettings.Read']);
    await ask(boss, 'rooms add list hamburg@test.example', /I’m adding 1 room/);
    await product.hear(boss, /1 room added/);
    await ask(boss, 'rooms add all', /I’m adding 3 rooms/);
    await product.hear(boss, /1 room added[\s\S]*I knew 2 of them already/);
    const acts = await product.peek(`select detail from cw.audit where act = 'roomsAdded' order by at`);
    assert.equal(acts.length, 3);
    await until('all are read', async () => {
      const rows = await product.peek(
        `select from cw.room r join cw.mailbox m on m.mailbox_id = r.room_id where m.synced_at is not null and m.unreadable_since is null`,
      );
      return rows.length === 3;
    });
  });

  it('shows free and busy, and nothing of what others meet about', async () => {
    product.sandbox.graph.store.writeIntoRoom(
      actor(roomOf('Elbe')),
      { subject: 'Secret merger', start: at(Date.now() - HOUR_MS), end: at(Date.now() + HOUR_MS) },
      { name: 'Zoe Quiet', address: 'zoe@other.example' },
    );
    await until('the booking is known', async () => (await product.peek('select from cw.booking')).length === 1);
    const board = wordsOf(await ask(boss, 'rooms', /Rooms now/));
    assert.match(board, /2 of 3 rooms free/);
    assert.match(board, /Elbe\*\* · 12 seats · busy until/);
    assert.match(board, /Isar\*\* · 6 seats · free all day/);
    assert.doesNotMatch(board, /Secret|Zoe/);
    assert.doesNotMatch(wordsOf(await ask(ada, 'rooms munich', /Rooms now: munich/)), /Elbe/);
    await ask(ada, 'rooms atlantis', /no building or room called “atlantis”/);
    const far = new Date(Date.now() + 100 * DAY_MS).toISOString().slice(0, 10);
    await ask(ada, `room ${far} 14-15`, /a month or two ahead, and that is later/);
  });

  it('finds one and books it as a new meeting, once, however often the button is pressed', async () => {
    const date = new Date(NOON).toISOString().slice(0, 10);
    const card = await ask(ada, `room ${date} 18:00 for 5 with video near munich`, /Free rooms/);
    assert.match(wordsOf(card), /Isar/);
    assert.doesNotMatch(wordsOf(card), /Lech|Elbe/);
    const book = buttonOf(card, /^Book$/);
    const answers = await Promise.all([press(ada, book), press(ada, book)]);
    for (const answer of answers) assert.match(answer, /Room asked|is yours already/);
    await product.hear(ada, /Isar is booked/);
    assert.equal(inCalendar().length, 1);
    assert.match(await press(ada, book), /is yours already/);
    assert.deepEqual(await product.peek('select state from cw.room_ask'), [{ state: 'booked' }]);
    await ask(ada, 'room now for 400', /largest room that I know has \*\*12\*\*/);
    await ask(ada, 'room now near atlantis', /no building or place called[\s\S]*Hamburg and Munich/);
    await ask(ada, 'room sometime', /don’t know when/);
  });

  it('books into a meeting that has no room', async () => {
    meet('Planning', NOON);
    const eventId = await known('Planning');
    const card = await ask(ada, 'room for planning near munich', /Free rooms[\s\S]*Book for Planning/);
    const book = buttonOf(card, /^Book for Planning/);
    assert.deepEqual(book.data.eventId, eventId);
    await press(ada, book);
    await product.hear(ada, /(Isar|Lech) is booked/);
    const [row] = await product.peek<{
      data: { attendees: { name: string; response: string }[]; place: { name: string } };
    }>('select data from cw.event where event_id = $1 and mailbox_id = $2', [eventId, ada.person.oid]);
    assert.equal(row?.data.attendees[0]?.response, 'accepted');
    assert.equal(row?.data.place.name, row?.data.attendees[0]?.name);
  });

  it('says that a room said no, and takes the next one instead', async () => {
    meet('Retro', NOON + 3 * HOUR_MS);
    const eventId = await known('Retro');
    // Taken at the same moment: nobody has told us yet.
    product.sandbox.graph.store.writeIntoRoom(actor(roomOf('Elbe')), {
      subject: 'First',
      start: at(NOON + 3 * HOUR_MS),
      end: at(NOON + 4 * HOUR_MS),
    });
    const taken = () =>
      product.peek('delete from cw.booking where room_id = $1 and start_at = $2 returning room_id', [
        roomOf('Elbe').person.oid,
        new Date(NOON + 3 * HOUR_MS),
      ]);
    await until('it was known', async () => (await taken()).length === 1);
    const card = await ask(ada, 'room for retro for 12', /Book for Retro/);
    await press(ada, buttonOf(card, /^Book for Retro/));
    // The card “asked” says it too, without what is free.
    const told = await product.hear(ada, /Elbe said no[\s\S]*Free then/);
    assert.match(wordsOf(await ask(ada, 'room for retro for 12', /No room that fits is free/)), /free then/);
    await press(ada, buttonOf(told, /^Book (Isar|Lech)/));
    await product.hear(ada, /(Isar|Lech) is booked/);
    const lost = await product.peek(
      `select facts from cw.nudge where kind = 'change' and facts ->> 'subject' = 'Retro'`,
    );
    assert.deepEqual(lost, [], 'what became of the ask tells it');
    const [row] = await product.peek<{ names: string }>(
      `select string_agg(a ->> 'name', ',') as names from cw.event, jsonb_array_elements(data -> 'attendees') a
       where event_id = $1 and mailbox_id = $2`,
      [eventId, ada.person.oid],
    );
    assert.match(String(row?.names), /^(Isar|Lech)$/, 'the room that said no is off the list');
  });

  it('takes another room where two meetings hold the same', async () => {
    const start = NOON + 6 * HOUR_MS + 30 * 60_000;
    product.sandbox.graph.control.setRoomPolicy(roomOf('Lech').person.oid, { allowConflicts: true });
    const lech = roomOf('Lech').person;
    product.sandbox.graph.store.writeIntoRoom(
      actor(roomOf('Lech')),
      { subject: 'Theirs', start: at(start), end: at(start + HOUR_MS) },
      { name: 'Zoe Quiet', address: 'zoe@other.example' },
    );
    await until(
      'theirs is known',
      async () =>
        (await product.peek('select from cw.booking where room_id = $1 and start_at = $2', [lech.oid, new Date(start)]))
          .length === 1,
    );
    product.sandbox.graph.store.create(actor(ada), {
      subject: 'Ours',
      start: at(start),
      end: at(start + HOUR_MS),
      attendees: [{ type: 'resource', emailAddress: { address: lech.upn, name: 'Lech' } }],
    });
    const told = await product.hear(ada, /Room double-booked[\s\S]*Take /, 15_000);
    const take = buttonOf(told, /^Take /);
    assert.match(await press(ada, take), /See below|moment/);
    await product.hear(ada, /(Isar|Elbe) is booked/);
  });

  it('reports on their use, with a picture and a file', async () => {
    const card = await ask(boss, 'rooms report this week', /Use of rooms/);
    assert.match(wordsOf(card), /data:image\/png/);
    assert.doesNotMatch(wordsOf(card), /Secret|Zoe/);
    await press(boss, buttonOf(card, /CSV/));
    const url = urlOf(await product.hear(boss, /link to your file/), 'Get my file');
    const file = await (await fetch(url, { method: 'POST' })).text();
    assert.match(file, /Room,Address,Building/);
    assert.match(file, /Elbe,.*Hamburg/);
    assert.doesNotMatch(file, /Secret|Zoe/);
    await ask(ada, 'rooms report', /That is for admins/);
  });

  it('asks for check-in when an admin says so, and forgets a room that is removed', async () => {
    await ask(boss, 'rooms check-in', /Check-in is \*\*off\*\*/);
    await ask(boss, 'rooms check-in on', /Organisers are asked now/);
    assert.deepEqual(await product.peek(`select policy -> 'checkIns' as it from cw.tenant`), [{ it: true }]);
    const soon = Math.ceil(Date.now() / 60_000) * 60_000 + 40 * 60_000;
    product.sandbox.graph.store.create(actor(ada), {
      subject: 'Standup',
      start: at(soon),
      end: at(soon + HOUR_MS),
      attendees: [{ type: 'resource', emailAddress: { address: roomOf('Isar').person.upn, name: 'Isar' } }],
    });
    const [asked] = await until('Ada will be asked', async () => {
      const rows = await product.peek<{ room_id: string; event_id: string; start_at: Date }>(
        `select room_id, event_id, start_at from cw.check_in where state = 'planned'`,
      );
      return rows.length > 0 ? rows : undefined;
    });
    const { room_id: roomId = '', event_id: eventId = '', start_at: startAt } = asked ?? {};
    const giveBack = { verb: 'room.giveBack', title: '', data: { roomId, eventId, startAt: startAt?.getTime() } };
    assert.match(await press(ada, giveBack), /giving back Isar/);
    await until('the room declined, by the application’s permission', async () => {
      const rows = await product.peek(`select from cw.check_in where state = 'released'`);
      return rows.length === 1;
    });
    await ask(boss, 'rooms exempt Isar', /Nobody is asked to check in to \*\*Isar/);
    assert.equal((await product.peek(`select from cw.room where keeps_ghosts`)).length, 1);
    await ask(boss, 'rooms check-in off', /Nobody is asked/);
    assert.deepEqual(await product.peek(`select policy -> 'checkIns' as it from cw.tenant`), [{ it: null }]);
    await ask(boss, 'rooms remove nothing', /know no room called/);
    await ask(boss, 'rooms remove Elbe', /no longer watched/);
    const { oid } = roomOf('Elbe').person;
    assert.equal((await product.peek('select from cw.booking where room_id = $1', [oid])).length, 0);
    await until('its subscription is ended at Graph', () =>
      product.sandbox.graph.control.subscriptions().every((one) => one.mailboxOid !== oid),
    );
    await until(
      'its row is ended',
      async () => (await product.peek('select from cw.mailbox where mailbox_id = $1', [oid])).length === 0,
    );
  });
});
