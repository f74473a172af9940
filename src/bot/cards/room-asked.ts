/** A room that was asked for: asked, and then what it said. */
import type { Message } from '../../delivery/message.ts';
import type { RoomAskedFacts } from '../../rooms/asked-card.ts';
import type { Alternative } from '../../rooms/facts.ts';
import type { RoomBookedFacts } from '../../rooms/settle-asks.ts';
import { LONGEST_ROOM, roomRows } from './check-in.ts';
import type { Reader } from './meeting.ts';
import { type Action, clip, type Element, execute, kicker, line, message, plain, subtle, title } from './parts.ts';
import { ROOM_BOOK } from './room-found.ts';

const LONGEST_OFFER = 30;

const bareRoom = ({ room }: { room: string }) => clip(room, LONGEST_ROOM);

/** At once: the room itself has not answered yet. Then what it said; what is free instead stands in a message of its own. */
export function roomAskedCard(facts: RoomAskedFacts, reader: Reader, now: number): Message {
  const { outcome } = facts;
  if (outcome) return roomBookedCard({ ...facts, askId: '', outcome, alternatives: [] }, reader, now);
  const words = `${bareRoom(facts)} is asked`;
  return message(
    [
      kicker('⏳', 'Room asked'),
      title(facts.subject || words),
      ...roomRows(facts, reader, now),
      subtle('I’ll say here what it answers. Most rooms do within a minute; for some a person decides.'),
    ],
    { summary: words, fallbackText: `${words}. I’ll say here what it answers.` },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  permission: 'I may not write to your calendar yet. Press once more on a room, and I’ll ask for it.',
  moved: 'The meeting was moved or cancelled meanwhile.',
  notYours: 'Only whoever organises the meeting can give it a room.',
  declinedBefore: 'That room has declined this meeting already.',
};
const NO_ANSWER = 'Microsoft didn’t do it. Please look into your calendar before you try again.';

const HEADS: Record<RoomBookedFacts['outcome'], { icon: string; kicker: string; words: (room: string) => string }> = {
  booked: { icon: '✅', kicker: 'Room booked', words: (room) => `${room} is booked` },
  declined: { icon: '🚫', kicker: 'Room declined', words: (room) => `${room} said no` },
  failed: { icon: '⚠️', kicker: 'Room not booked', words: (room) => `${room} was not booked` },
  withdrawn: { icon: '➖', kicker: 'Room not wanted any more', words: (room) => `${room} is not booked` },
};

function whyWords({ outcome, reason }: RoomBookedFacts): string {
  if (outcome === 'booked') return '';
  if (outcome === 'withdrawn') return 'The meeting is over or cancelled, or the room was taken off it.';
  if (outcome === 'declined') return 'It is taken by somebody else, or its rules are against it.';
  return REASONS[reason ?? ''] ?? NO_ANSWER;
}

const offerWords = ({ name, why }: Alternative) => (why ? `${name} (${why})` : name);

function offers({ alternatives, startAt, endAt, eventId }: RoomBookedFacts): {
  elements: Element[];
  actions: Action[];
} {
  if (alternatives.length === 0) return { elements: [], actions: [] };
  const listed = alternatives.map((one) => plain(offerWords(one), 80)).join(' · ');
  return {
    elements: [subtle(`Free then: ${listed}`)],
    actions: alternatives.map(({ roomId, name }) =>
      execute(`Book ${clip(name, LONGEST_OFFER)}`, ROOM_BOOK, {
        roomId,
        startAt,
        endAt,
        ...(eventId ? { eventId } : {}),
      }),
    ),
  };
}

export function roomBookedCard(facts: RoomBookedFacts, reader: Reader, now: number): Message {
  const head = HEADS[facts.outcome];
  const words = head.words(bareRoom(facts));
  const why = whyWords(facts);
  const { elements, actions } = offers(facts);
  const free = facts.alternatives.map(offerWords).join('; ');
  return message(
    [
      kicker(head.icon, head.kicker, facts.outcome === 'booked' ? 'Accent' : 'Attention'),
      title(facts.subject || words),
      ...roomRows(facts, reader, now),
      ...(why ? [line(why)] : []),
      ...elements,
    ],
    { summary: words, fallbackText: [`${words}.`, why, free ? `Free then: ${free}.` : ''].filter(Boolean).join(' ') },
    actions,
  );
}
