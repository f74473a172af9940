/** How it stands with all rooms now, and what became of adding them. Only free and busy: whose meetings they are is nobody's business. */
import type { Message } from '../../delivery/message.ts';
import { ADD_ROOMS, MOST_ROOMS_ADDED, type RoomsAddedFacts } from '../../rooms/adding.ts';
import type { BoardBuilding, BoardRoom } from '../../rooms/types.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { type Element, kicker, line, message, plain, row, subtle, title } from './parts.ts';

export { ADD_ROOMS };

const MOST_ROWS = 25;
const LONGEST_NAME = 60;

export interface BoardFacts {
  buildings: readonly BoardBuilding[];
  /** Which of them can't be told: not read yet, or not to be read. */
  unread: ReadonlySet<string>;
  /** What was asked for; '': all. */
  filter: string;
}

export function stateWords({ taken, until }: Pick<BoardRoom, 'taken' | 'until'>, reader: Reader, now: number): string {
  const say = speakerFor(reader);
  if (until === undefined) return taken ? 'busy' : 'free all day';
  const day = say.relativeDay(until, now);
  return `${taken ? 'busy' : 'free'} until ${day === 'today' ? '' : `${day} `}${say.time(until)}`;
}

const buildingName = (name: string) => plain(name, LONGEST_NAME) || 'Other rooms';

function roomRow(one: BoardRoom, { unread }: BoardFacts, reader: Reader, now: number): Element {
  const { name, capacity, roomId } = one.room;
  const seats = capacity === null ? '' : ` · ${plural(capacity, 'seat')}`;
  const words = `**${plain(name, LONGEST_NAME)}**${seats}`;
  if (unread.has(roomId)) return row('▫️', `${words} · not known yet`);
  return row(one.taken ? '🔴' : '🟢', `${words} · ${stateWords(one, reader, now)}`);
}

const freeOf = ({ rooms }: BoardBuilding, unread: ReadonlySet<string>) =>
  rooms.filter((one) => !one.taken && !unread.has(one.room.roomId)).length;

const countWords = (building: BoardBuilding, unread: ReadonlySet<string>) =>
  `${freeOf(building, unread)} of ${building.rooms.length} free`;

function summaryRows(facts: BoardFacts): Element[] {
  return facts.buildings
    .slice(0, MOST_ROWS)
    .map((one) => row('🏢', `**${buildingName(one.building)}** · ${countWords(one, facts.unread)}`));
}

/** Rooms by building, as many as fit. */
function roomRows(facts: BoardFacts, reader: Reader, now: number): Element[] {
  let left = MOST_ROWS;
  return facts.buildings.flatMap((building) => {
    const shown = building.rooms.slice(0, Math.max(0, left));
    left -= building.rooms.length;
    if (shown.length === 0) return [];
    const head = line(`**${buildingName(building.building)}** · ${countWords(building, facts.unread)}`, {
      spacing: 'Medium',
    });
    return [head, ...shown.map((one) => roomRow(one, facts, reader, now))];
  });
}

export function boardCard(facts: BoardFacts, reader: Reader, now: number): Message {
  const { buildings, unread, filter } = facts;
  const all = buildings.reduce((sum, one) => sum + one.rooms.length, 0);
  const free = buildings.reduce((sum, one) => sum + freeOf(one, unread), 0);
  const isSummary = all > MOST_ROWS && buildings.length > 1 && filter === '';
  const head = `${free} of ${plural(all, 'room')} free`;
  const example = (buildings[0]?.building ?? '').split(' ')[0]?.toLowerCase() || 'north';
  const more = isSummary ? buildings.length - MOST_ROWS : all - MOST_ROWS;
  const notes = [
    ...(more > 0 ? [`… and ${plural(more, isSummary ? 'more building' : 'more room')}.`] : []),
    ...(isSummary || more > 0 ? [`**rooms ${plain(example, 40)}** shows those that are called so.`] : []),
    '**room now 30min for 4** finds one and books it.',
  ];
  const words = buildings.map((one) => `${one.building || 'Other rooms'}: ${countWords(one, unread)}`).join('; ');
  return message(
    [
      kicker('🚪', filter ? `Rooms now: ${plain(filter, 40)}` : 'Rooms now'),
      title(head),
      ...(isSummary ? summaryRows(facts) : roomRows(facts, reader, now)),
      subtle(notes.join(' '), { spacing: 'Medium' }),
    ],
    { summary: `Rooms now: ${head}`, fallbackText: `${head}. ${words}.` },
  );
}

const PROBLEMS: Readonly<Record<string, string>> = {
  forbidden:
    'The application may not read rooms. Give it the application permissions **Place.Read.All** and **User.ReadBasic.All** in Entra, with an admin’s consent, and say it again.',
  notFound: 'There is no room list of that address.',
};

/** What was found, for who asked for it. */
export function roomsAddedCard(facts: RoomsAddedFacts): Message {
  const { added, known, unknown, beyond, problem } = facts;
  const head = added > 0 ? `${plural(added, 'room')} added` : known > 0 ? 'No new rooms' : 'No rooms added';
  const notes = [
    ...(problem
      ? [PROBLEMS[problem] ?? 'Microsoft Graph didn’t answer, so not all may be there. Please say it again later.']
      : []),
    ...(known > 0
      ? [`I knew ${plural(known, 'of them', 'of them')} already; what Places says of them is up to date.`]
      : []),
    ...(unknown > 0 ? [`Of **${unknown}** I find no account to read.`] : []),
    ...(beyond > 0 ? [`A tenant can have ${MOST_ROOMS_ADDED} rooms here; **${beyond}** more were left out.`] : []),
    ...(added > 0
      ? [
          'I’m reading their calendars now, a few minutes for many; **rooms** shows how they stand. That takes the application’s **Calendars.Read** for their mailboxes (Exchange’s RBAC, or an admin’s consent).',
        ]
      : []),
  ];
  return message(
    [kicker('🚪', 'Adding rooms', problem ? 'Attention' : 'Accent'), title(head), ...notes.map((words) => line(words))],
    { summary: head, fallbackText: [`${head}.`, ...notes].join(' ').replace(/\*/g, '') },
  );
}
