/** The question before anybody is told: to which meeting, and whether these people are to hear of it. */
import type { CalendarEvent } from '../calendar/event.ts';
import { once } from '../calendar/once.ts';
import { HOUR_MS } from '../clock.ts';
import type { Message } from '../delivery/message.ts';
import { disguised } from '../nudges/chosen.ts';
import { eventsBetween } from '../store/events.ts';
import { type Person, settingsOf } from '../store/people.ts';
import { presserOf } from './actions/press-input.ts';
import { sentence } from './cards/answers.ts';
import { askLateCard, chooseMeetingCard } from './cards/late.ts';
import { assertLate, lateMeetings } from './late.ts';
import type { Services, Turn } from './services.ts';

export function confirmLate(
  { person, event }: { person: Person; event: CalendarEvent },
  minutes: number,
  now: number,
): Message {
  const { organiser, others, isOrganiserOnly } = assertLate(event, now, person);
  const shown = disguised(event, settingsOf(person));
  const told = {
    ...(organiser ? { organiser: organiser.name } : {}),
    names: others.map((one) => one.name),
    isOrganiserOnly,
    isDiscreet: shown !== event,
  };
  return askLateCard({ ...shown, eventId: event.id }, minutes, told, person);
}

/** The meeting that is meant, to be confirmed; or which of several. */
export async function askWhichLate(services: Services, turn: Turn, minutes: number): Promise<Message> {
  const person = await presserOf(services, turn);
  const now = services.clock.now();
  const { tenantId, personId } = turn;
  const events = await services.database.inTenant(tenantId, (sql) =>
    eventsBetween(sql, tenantId, personId, now - HOUR_MS, now + HOUR_MS + 1),
  );
  const meetings = lateMeetings(once(events), now);
  const [event] = meetings;
  if (!event) return sentence('You have no meeting with others now or in the next hour.');
  if (meetings.length === 1) return confirmLate({ person, event }, minutes, now);
  return chooseMeetingCard(
    meetings.map((one) => ({ ...disguised(one, settingsOf(person)), eventId: one.id })),
    minutes,
    person,
  );
}
