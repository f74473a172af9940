/** What is said by mail to organisers who don't use the bot: plain text, in the room's zone. Pure. */
import { speaker, zoneWords } from '../calendar/zone.ts';
import type {
  CheckInFacts,
  RoomConflictFacts,
  RoomKeptFacts,
  RoomMeetingFacts,
  RoomReleasedFacts,
  RoomStrikesFacts,
} from './facts.ts';

export interface MailWords {
  subject: string;
  text: string;
}

const LOCALE = 'en-GB';
const LONGEST = 200;

const clip = (text: string) => {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`;
};

const spanWords = (facts: { startAt: number; endAt: number }, zone: string): string => {
  const say = speaker(zone, LOCALE);
  return `${say.day(facts.startAt)} ${say.span(facts.startAt, facts.endAt)}`;
};
const zoneLine = (zone: string) => `Times are those of the room (${zoneWords(zone)}).`;
const meetingWords = (facts: RoomMeetingFacts, zone: string) =>
  `${facts.subject ? `“${clip(facts.subject)}”, ` : ''}${spanWords(facts, zone)}`;
const roomWords = ({ room, building }: { room: string; building?: string }) =>
  building ? `${clip(room)} (${clip(building)})` : clip(room);

export function conflictMail(facts: RoomConflictFacts, zone: string): MailWords {
  const room = clip(facts.room);
  if (facts.occurrences.length === 0)
    return {
      subject: `No longer double-booked: ${room}`,
      text: `${roomWords(facts)} is no longer double-booked at the time of your meeting. You keep it.`,
    };
  const who = facts.other ? clip(facts.other) : 'Somebody';
  const times = facts.occurrences.map((one) => {
    const free = one.alternatives.map((other) => `${clip(other.name)} (${clip(other.why)})`).join('; ');
    // Whoever keeps the room needs no other.
    const none = facts.side === 'first' ? '' : ' – no other room that fits is free then';
    return `- ${spanWords(one, zone)}${free ? ` – free then: ${free}` : none}`;
  });
  const lead = {
    first: `${who} booked it too. You were first, so you keep the room; they are told as well.`,
    second: `${who} was first and keeps the room. Please take another one for these times.`,
    both: 'Two of your own meetings hold it at one time.',
  }[facts.side];
  return {
    subject: `Double-booked: ${room}`,
    text: [
      `${roomWords(facts)} is double-booked. ${lead}`,
      times.join('\n'),
      ...(facts.more > 0 ? [`… and ${facts.more} more.`] : []),
      zoneLine(zone),
    ].join('\n\n'),
  };
}

export function checkInMail(facts: CheckInFacts, zone: string, link: string): MailWords {
  const until = speaker(zone, LOCALE).time(facts.releaseAt);
  return {
    subject: `Are you using ${clip(facts.room)}?`,
    text: [
      `You booked ${roomWords(facts)}: ${meetingWords(facts, zone)}.`,
      `Please say that you are there, or give the room back: ${link}`,
      `Without an answer the room is given back at ${until}, so that others can use it.`,
      zoneLine(zone),
    ].join('\n\n'),
  };
}

export function releasedMail(facts: RoomReleasedFacts, zone: string): MailWords {
  const why = facts.isGivenBack ? 'as you asked' : 'because nobody said that they were there';
  const what = facts.isWholeSeries ? 'for the whole series' : `for ${meetingWords(facts, zone)}`;
  return {
    subject: `Given back: ${clip(facts.room)}`,
    text: `${roomWords(facts)} was given back ${what}, ${why}. Your meeting itself is unchanged. If you need a room after all, please book one again.\n\n${zoneLine(zone)}`,
  };
}

export function keptMail(facts: RoomKeptFacts, zone: string): MailWords {
  const what = facts.isWholeSeries ? 'for the whole series' : `for ${meetingWords(facts, zone)}`;
  return {
    subject: `Not given back: ${clip(facts.room)}`,
    text: `${roomWords(facts)} could not be given back ${what}. Please remove it from the meeting in Outlook.\n\n${zoneLine(zone)}`,
  };
}

export function strikesMail(facts: RoomStrikesFacts): MailWords {
  return {
    subject: `Do you still need ${clip(facts.room)}?`,
    text: `${facts.subject ? `“${clip(facts.subject)}”` : 'Your series'} has ${roomWords(facts)}, and ${facts.strikes} times in a row nobody came. If you don’t need the room any more, please remove it from the series in Outlook.`,
  };
}

export function declinedMail(facts: RoomMeetingFacts, zone: string): MailWords {
  return {
    subject: `Not yours any more: ${clip(facts.room)}`,
    text: `${roomWords(facts)} has declined ${meetingWords(facts, zone)}. Please take another room.\n\n${zoneLine(zone)}`,
  };
}
