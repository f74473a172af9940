/** "I’m already there", "I join online": no way to go for this occurrence. */
import { z } from 'zod';
import { meetingFacts } from '../../nudges/facts.ts';
import { JOINS_ONLINE, type LeaveByFacts, THERE_ALREADY } from '../../nudges/leave-by.ts';
import { leaveEndedCard } from '../cards/leave-by.ts';
import type { ButtonAction } from './action.ts';
import { assertToCome, entryId, keepAnswer, parse, pressedOn } from './press-input.ts';

const input = z.object({ eventId: entryId });

const ends = (verb: string, ended: NonNullable<LeaveByFacts['ended']>): ButtonAction => ({
  verb,
  async run(services, turn, data) {
    const { eventId } = parse(input, data);
    const now = services.clock.now();
    const { person, event } = await pressedOn(services, turn, eventId);
    assertToCome(event, now);
    await keepAnswer(services, turn, { kind: verb, eventId, value: true }, now);
    return { card: leaveEndedCard({ ...meetingFacts(event) }, ended, person, now) };
  },
});

export const pressThereAlready = ends(THERE_ALREADY, 'there');
export const pressJoinsOnline = ends(JOINS_ONLINE, 'online');
