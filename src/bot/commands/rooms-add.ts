/** rooms add all, rooms add list …, rooms add …, rooms remove …: which rooms are watched, by the application's permission. */
import { HOUR_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import { CalendarWatchError } from '../../errors.ts';
import { GraphFailure } from '../../graph/failures.ts';
import { asApplication, type Reach } from '../../graph/port.ts';
import { addRooms, beginAdding, MOST_ROOMS_ADDED } from '../../rooms/adding.ts';
import type { Room } from '../../rooms/types.ts';
import { recordAct } from '../../store/audit.ts';
import { oweReplan } from '../../store/people.ts';
import { replanRooms, unwatchRoom } from '../../store/room-people.ts';
import { removeRoom, roomsOf, saveRoomChoices } from '../../store/rooms.ts';
import { sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import { chooseForAll, requireAdmin } from '../choosing.ts';
import type { Services, Turn } from '../services.ts';
import { enumerate, plural } from '../words.ts';
import type { Command } from './command.ts';

const ADDRESS = /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/;
const USAGE =
  'Say **rooms add all** for all that Places knows, **rooms add list** with the address of a room list, or **rooms add** with the address of a room.';
const MOST_NAMED = 5;
/** The token, then the calendar: whether it can be read is seen by reading it. */
const PERMISSIONS =
  'Give it the application permissions **Place.Read.All** and **User.ReadBasic.All** in Entra, with an admin’s consent, and say it again.';

/** Throws on what has nothing to do with access. */
function explain(error: unknown): string {
  if (error instanceof CalendarWatchError && error.say) return error.say;
  if (error instanceof CalendarWatchError && error.code === 'APP_ACCESS_REFUSED')
    return `Microsoft doesn’t let the application in. ${PERMISSIONS}`;
  if (!(error instanceof GraphFailure)) throw error;
  if (error.kind === 'forbidden' || error.kind === 'unauthorized')
    return `The application may not read rooms. ${PERMISSIONS}`;
  if (error.kind === 'notFound') return 'There is no room list of that address.';
  return 'Microsoft Graph doesn’t answer right now. Please try again in a minute.';
}

const REACH: Record<Reach, string> = {
  read: 'I’m reading its calendar; **rooms** shows it in a moment.',
  refused:
    'Its calendar I may not read yet: give the application **Calendars.Read** for it (Exchange’s RBAC with “Application Calendars.Read”, or an admin’s consent), and **Calendars.ReadWrite** should it be given back when nobody comes.',
  none: 'It has no mailbox that I can read, so it stays unknown.',
};

async function addOne(services: Services, turn: Turn, address: string): Promise<string> {
  const { tenantId, personId } = turn;
  const access = asApplication(tenantId);
  const described = await services.graph.readRoom(access, address);
  if (!described)
    return `Places knows no room of the address “${plain(address, 80)}”. For a room list say **rooms add list ${plain(address, 80)}**.`;
  const accounts = await services.graph.findAccounts(access, [described.address]);
  const roomId = accounts.get(described.address);
  if (roomId === undefined) return `I find no account of “${plain(described.name, 80)}”, so I can’t read its calendar.`;
  const now = services.clock.now();
  const counts = await services.database.inTenant(tenantId, async (sql) => {
    const found = await addRooms(sql, tenantId, [described], accounts, { addedBy: personId }, now);
    const detail = { from: 'address', added: found.added, known: found.known };
    await recordAct(
      sql,
      { tenantId, actorId: personId, personId: null, act: 'roomsAdded', detail },
      now,
      services.newId(),
    );
    return found;
  });
  services.poke('sync');
  services.poke('care');
  if (counts.beyond > 0) return `A tenant can have ${MOST_ROOMS_ADDED} rooms here, and has as many.`;
  if (counts.unknown > 0) return 'That address is somebody’s who speaks to me: it is no room.';
  const reach = await services.graph.probeCalendar(asApplication(tenantId, roomId), now + HOUR_MS);
  const name = plain(described.name, 80);
  return `${counts.added > 0 ? 'Added' : 'I knew it already'}: **${name}**. ${REACH[reach]}`;
}

async function addMany(services: Services, turn: Turn, list: string | undefined): Promise<string> {
  const { tenantId, personId } = turn;
  // A first look, so that what is missing is said at once.
  const first = await services.graph.listRooms(asApplication(tenantId), list === undefined ? 'tenant' : { list });
  if (first.rooms.length === 0)
    return list === undefined ? 'Places knows no rooms in your organisation.' : 'There are no rooms in that list.';
  const run = { runId: services.newId(), ...(list === undefined ? {} : { list }) };
  await services.database.inTenant(tenantId, (sql) =>
    beginAdding(sql, { tenantId, personId }, run, services.clock.now()),
  );
  services.poke('errands');
  const many = first.nextLink ? `more than ${first.rooms.length} rooms` : plural(first.rooms.length, 'room');
  return `I’m adding ${many}; I’ll say here when that is done.`;
}

export const roomsAdd: Command = {
  name: 'rooms add',
  usage: 'rooms add all',
  help: 'watch all rooms of the organisation, “rooms add list …” those of a room list, “rooms add …” one by its address; “rooms remove …”, “rooms check-in on”, “rooms report”',
  group: 'admin',
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    const list = /^list (.+)$/.exec(rest)?.[1]?.trim();
    const address = list ?? rest;
    if (rest !== 'all' && !ADDRESS.test(address)) return sentence(USAGE);
    try {
      // The token that we hold may be of before an admin consented: Entra is asked anew.
      await services.application.permissions(turn.tenantId);
      if (rest === 'all') return sentence(await addMany(services, turn, undefined));
      return sentence(await (list === undefined ? addOne(services, turn, address) : addMany(services, turn, list)));
    } catch (error) {
      return sentence(explain(error));
    }
  },
};

/** By name or address; a sentence where it can't be told which is meant. */
async function roomCalled(services: Services, { tenantId }: Turn, words: string): Promise<Room | Message> {
  if (words === '') return sentence('Which one? Say it with the room’s name or address.');
  const all = await services.database.inTenant(tenantId, (sql) => roomsOf(sql, tenantId));
  const [one, another, ...more] = all.filter((room) => room.name.toLowerCase() === words || room.address === words);
  if (one && !another) return one;
  if (one && another) {
    const addresses = [one, another, ...more].slice(0, MOST_NAMED).map((room) => plain(room.address, 80));
    return sentence(`There are several of that name. Say the address instead: ${enumerate(addresses)}.`);
  }
  return sentence(`I know no room called “${plain(words, 60)}”. **rooms** shows those that I know.`);
}

export const roomsRemove: Command = {
  name: 'rooms remove',
  usage: 'rooms remove …',
  help: 'watch a room no more, and forget its calendar',
  group: 'admin',
  isDetail: true,
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    const found = await roomCalled(services, turn, rest);
    if (!('roomId' in found)) return found;
    const { tenantId, personId } = turn;
    const { roomId, name } = found;
    const now = services.clock.now();
    await services.database.inTenant(tenantId, async (sql) => {
      await unwatchRoom(sql, tenantId, roomId, now);
      await removeRoom(sql, tenantId, roomId);
      const act = { tenantId, actorId: personId, personId: null, act: 'roomsRemoved', detail: { roomId } } as const;
      await recordAct(sql, act, now, services.newId());
    });
    services.poke('care');
    return sentence(`**${plain(name, 80)}** is no longer watched, and I’ve forgotten its calendar.`);
  },
};

const ghosts = (keepsGhosts: boolean): Pick<Command, 'run' | 'isForAdmins' | 'isDetail' | 'group'> => ({
  group: 'admin',
  isDetail: true,
  isForAdmins: true,
  async run(services, turn, rest) {
    await requireAdmin(services, turn);
    const found = await roomCalled(services, turn, rest);
    if (!('roomId' in found)) return found;
    const { tenantId } = turn;
    const { roomId, name } = found;
    const now = services.clock.now();
    await services.database.inTenant(tenantId, async (sql) => {
      await oweReplan(sql, tenantId, roomId, now);
      await saveRoomChoices(sql, tenantId, roomId, { keepsGhosts });
    });
    return sentence(
      keepsGhosts
        ? `Nobody is asked to check in to **${plain(name, 80)}** any more. **rooms ask ${plain(name, 80)}** takes it back.`
        : `Organisers are asked to check in to **${plain(name, 80)}** again, where check-in is on.`,
    );
  },
});

export const roomsExempt: Command = {
  name: 'rooms exempt',
  usage: 'rooms exempt …',
  help: 'nobody is asked to check in to that room; “rooms ask …” takes it back',
  ...ghosts(true),
};

export const roomsAsk: Command = {
  name: 'rooms ask',
  usage: 'rooms ask …',
  help: 'organisers are asked to check in to that room again',
  ...ghosts(false),
};

export const roomsCheckIn: Command = {
  name: 'rooms check-in',
  openings: ['rooms checkin', 'rooms check in'],
  usage: 'rooms check-in on',
  help: 'organisers are asked whether they use their room, and rooms that nobody comes to are given back; or off',
  group: 'admin',
  isDetail: true,
  isForAdmins: true,
  async run(services, turn, rest) {
    const { checkIns } = await requireAdmin(services, turn);
    if (rest !== 'on' && rest !== 'off')
      return sentence(
        `Check-in is **${checkIns ? 'on' : 'off'}**. Say **rooms check-in ${checkIns ? 'off' : 'on'}** to change that.`,
      );
    await chooseForAll(services, turn, () => ({ checkIns: rest === 'on' ? true : undefined }));
    const { tenantId } = turn;
    await services.database.inTenant(tenantId, (sql) => replanRooms(sql, tenantId, services.clock.now()));
    return sentence(
      rest === 'on'
        ? 'Organisers are asked now whether they use their room, and a room that nobody comes to is given back for that time. To give it back I need the application’s **Calendars.ReadWrite** for the rooms. **rooms exempt …** leaves one out.'
        : 'Nobody is asked to check in any more, and no room is given back by itself.',
    );
  },
};
