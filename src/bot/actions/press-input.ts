/** What a press begins with: its data read strictly, and the meeting that it names looked up in the presser's own mailbox. */
import { z } from 'zod';
import type { CalendarEvent } from '../../calendar/event.ts';
import { CalendarWatchError } from '../../errors.ts';
import type { Answer } from '../../nudges/nudge.ts';
import { findEvent } from '../../store/events.ts';
import { findPerson, oweReplan, type Person, saveAnswer } from '../../store/people.ts';
import { replan } from '../../sync/write-plan.ts';
import type { Services, Turn } from '../services.ts';

export const entryId = z.string().min(1).max(1024);

export function parse<T>(schema: z.ZodType<T, z.ZodTypeDef, unknown>, data: unknown): T {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  throw new CalendarWatchError('COMMAND_INVALID', 'a button carried data of an odd form', {
    say: 'I can’t read that button any more. Type **help** to see what I understand.',
  });
}

export const refuse = (why: string, say: string) => new CalendarWatchError('COMMAND_INVALID', why, { say });

export interface Pressed {
  person: Person;
  event: CalendarEvent;
}

/** The presser, who must be watching. Who has to sign in again may answer all the same; Graph says the rest. */
export async function presserOf(services: Services, { tenantId, personId }: Turn): Promise<Person> {
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  if (person && person.watch !== 'off') return person;
  throw refuse('a press while not watching', 'I’m not watching your calendar right now. Type **watch on** first.');
}

export async function pressedOn(services: Services, turn: Turn, eventId: string): Promise<Pressed> {
  const person = await presserOf(services, turn);
  const { tenantId, personId } = turn;
  const event = await services.database.inTenant(tenantId, (sql) => findEvent(sql, tenantId, personId, eventId));
  if (event) return { person, event };
  throw new CalendarWatchError('EVENT_NOT_FOUND', 'the event of a button is gone', {
    say: 'That meeting isn’t in your calendar any more.',
  });
}

/** Throws what to say where nothing can be asked about the meeting any more. */
export function assertToCome(event: CalendarEvent, now: number): void {
  if (event.isCancelled) throw refuse('the meeting was cancelled', 'That meeting was cancelled.');
  if (event.response === 'declined') throw refuse('the meeting was declined', 'You declined that meeting.');
  if (event.startAt <= now) throw refuse('the meeting has begun', 'That meeting has begun already.');
}

/** Saves the answer and makes everything that depends on it anew. */
export async function keepAnswer(
  services: Services,
  { tenantId, personId }: Turn,
  answer: Omit<Answer, 'answeredAt'>,
  now: number,
): Promise<void> {
  await services.database.inTenant(tenantId, async (sql) => {
    await oweReplan(sql, tenantId, personId, now);
    await saveAnswer(sql, tenantId, personId, answer, now);
  });
  await replan(services, { tenantId, personId, correlationId: services.newId() }, now);
  services.poke('nudges');
  services.poke('cards');
}
