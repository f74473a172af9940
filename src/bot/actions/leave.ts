/** "I’m already there", "I join online": no way to go for this occurrence. */
import { z } from 'zod';
import type { CalendarEvent } from '../../calendar/event.ts';
import { hushed } from '../../nudges/chosen.ts';
import { type MeetingFacts, meetingFacts } from '../../nudges/facts.ts';
import { type Ended, JOINS_ONLINE, THERE_ALREADY } from '../../nudges/leave-by.ts';
import { type Person, settingsOf } from '../../store/people.ts';
import { leaveEndedCard } from '../cards/leave-by.ts';
import { speakerFor, when } from '../cards/meeting.ts';
import type { ButtonAction } from './action.ts';
import { entryId, keepAnswer, parse, pressedOn, refuse } from './press-input.ts';

/** `startAt` as the card had it. */
const input = z.object({ eventId: entryId, startAt: z.number().int() });

/** Throws what to say where there is nothing to leave for any more. Who comes late may say so until it is over. */
function assertToAttend(event: CalendarEvent, startAt: number, person: Person, now: number): void {
  if (event.isCancelled) throw refuse('the meeting was cancelled', 'That meeting was cancelled: no need to go.');
  if (event.response === 'declined')
    throw refuse('the meeting was declined', 'You declined that meeting: no need to go.');
  if (event.startAt !== startAt)
    throw refuse('the meeting moved', `That meeting was moved: it is ${when(event, speakerFor(person), now)} now.`);
  if (event.endAt <= now) throw refuse('the meeting is over', 'That meeting is over.');
}

const ends = (verb: string, ended: Ended): ButtonAction => ({
  verb,
  async run(services, turn, data) {
    const { eventId, startAt } = parse(input, data);
    const now = services.clock.now();
    const { person, event } = await pressedOn(services, turn, eventId);
    assertToAttend(event, startAt, person, now);
    if (ended === 'online' && !event.joinUrl)
      throw refuse('the meeting has no link', 'That meeting has no link to join any more.');
    await keepAnswer(services, turn, { kind: verb, eventId, value: { startAt } }, now);
    const facts = hushed({ ...meetingFacts(event) }, event, settingsOf(person)) as unknown as MeetingFacts;
    return { card: leaveEndedCard(facts, ended, person, now) };
  },
});

export const pressThereAlready = ends(THERE_ALREADY, 'there');
export const pressJoinsOnline = ends(JOINS_ONLINE, 'online');
