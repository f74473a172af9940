/** Answering an invitation: looked up in the person's own mailbox, said to Graph once, however often it is pressed. */
import { z } from 'zod';
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access } from '../graph/port.ts';
import type { Answer } from '../graph/respond.ts';
import type { Sql } from '../store/database.ts';
import { eventsNamed, findEvent } from '../store/events.ts';
import { askForRead, DEFAULT_CALENDAR } from '../store/feeds.ts';
import { answersOf, lockPerson, type Person, saveAnswer } from '../store/people.ts';
import type { Services } from './services.ts';

/** Kept for as long as the replica may not know of it yet. */
export const RESPONDED = 'invitation.responded';
const REPLICA_LAGS_MS = MINUTE_MS;

const given = z.enum(['accept', 'tentativelyAccept', 'decline']).optional().catch(undefined);

export const RESPONSES: Record<Answer, CalendarEvent['response']> = {
  accept: 'accepted',
  tentativelyAccept: 'tentative',
  decline: 'declined',
};

const refuse = (
  code: 'EVENT_NOT_FOUND' | 'COMMAND_INVALID' | 'GRAPH_FAILED',
  why: string,
  say: string,
  cause?: unknown,
) => new CalendarWatchError(code, why, { say, cause });

const notFound = (cause?: unknown) =>
  refuse(
    'EVENT_NOT_FOUND',
    'the event of an invitation is gone',
    'That meeting isn’t in your calendar any more.',
    cause,
  );

/** All-day entries end at midnight somewhere on Earth. */
const isOver = (event: CalendarEvent, now: number) =>
  event.type !== 'master' && event.endAt + (event.allDay ? DAY_MS : 0) <= now;

function check(event: CalendarEvent | undefined, isDeclined: boolean, now: number): CalendarEvent {
  if (!event && isDeclined)
    throw refuse('EVENT_NOT_FOUND', 'declined before', 'You declined, so it isn’t in your calendar any more.');
  if (!event) throw notFound();
  if (event.isCancelled)
    throw refuse('COMMAND_INVALID', 'the meeting was cancelled', 'That meeting was cancelled: nobody needs an answer.');
  if (event.isOrganizer || event.response === 'organizer')
    throw refuse(
      'COMMAND_INVALID',
      'an organiser answers nobody',
      'You organise that meeting: nobody waits for your answer.',
    );
  if (isOver(event, now)) throw refuse('COMMAND_INVALID', 'the meeting is over', 'That meeting is over.');
  return event;
}

export interface Asked {
  person: Person;
  event: CalendarEvent;
  /** What to show of it: of a series its next occurrence. */
  shown: CalendarEvent;
  /** Graph knows it already, or is being told. */
  isKnown: boolean;
  /** To be put back if Graph refuses. */
  earlier: Answer | null;
}

async function soonest(sql: Sql, { tenantId, mailboxId }: Access, event: CalendarEvent, now: number) {
  if (event.type !== 'master') return event;
  const all = await eventsNamed(sql, tenantId, mailboxId, DEFAULT_CALENDAR, [event.id]);
  return all.find((one) => one.type !== 'master' && !one.isCancelled && one.endAt > now) ?? event;
}

/** Notes the answer before Graph is asked, with the person's row locked: of two presses at once one asks. */
async function ask(sql: Sql, access: Access, eventId: string, answer: Answer, now: number): Promise<Asked> {
  const { tenantId, personId, mailboxId } = access;
  const person = await lockPerson(sql, tenantId, personId);
  if (person?.watch !== 'on')
    throw refuse(
      'COMMAND_INVALID',
      'an answer while not watching',
      'I’m not watching your calendar right now. Type **watch on** first.',
    );
  const noted = (await answersOf(sql, tenantId, personId)).find(
    (one) => one.kind === RESPONDED && one.eventId === eventId && one.answeredAt > now - REPLICA_LAGS_MS,
  );
  const earlier = given.parse(noted?.value ?? undefined) ?? null;
  const event = check(await findEvent(sql, tenantId, mailboxId, eventId), earlier === 'decline', now);
  const response = earlier ? RESPONSES[earlier] : event.response;
  const isKnown = response === RESPONSES[answer];
  if (!isKnown) await saveAnswer(sql, tenantId, personId, { kind: RESPONDED, eventId, value: answer }, now);
  return { person, event, shown: await soonest(sql, access, event, now), isKnown, earlier };
}

/** An organiser may ask for no answers; Graph takes one then only if it need not be sent. */
async function tell(services: Services, access: Access, eventId: string, answer: Answer): Promise<void> {
  try {
    await services.graph.respond(access, eventId, answer, { sendResponse: true });
  } catch (error) {
    if (!(error instanceof GraphFailure) || error.kind !== 'rejected') throw error;
    await services.graph.respond(access, eventId, answer, { sendResponse: false });
  }
}

function inWords(error: unknown): unknown {
  if (!(error instanceof GraphFailure)) return error;
  if (error.kind === 'notFound') return notFound(error);
  if (error.kind !== 'rejected') return error;
  return refuse(
    'GRAPH_FAILED',
    'Graph takes no answer to this event',
    'Outlook takes no answer to that meeting: it may have been changed or cancelled just now. Please look into your calendar.',
    error,
  );
}

export async function answerInvitation(
  services: Services,
  who: { tenantId: string; personId: string },
  eventId: string,
  answer: Answer,
): Promise<Asked> {
  const { tenantId, personId } = who;
  const access: Access = { tenantId, personId, mailboxId: personId };
  const now = services.clock.now();
  const asked = await services.database.inTenant(tenantId, (sql) => ask(sql, access, eventId, answer, now));
  if (asked.isKnown) return asked;
  try {
    await tell(services, access, eventId, answer);
  } catch (error) {
    const before = { kind: RESPONDED, eventId, value: asked.earlier };
    await services.database.inTenant(tenantId, (sql) => saveAnswer(sql, tenantId, personId, before, now));
    throw inWords(error);
  }
  await services.database.inTenant(tenantId, (sql) => askForRead(sql, tenantId, personId, services.clock.now()));
  services.poke('sync');
  return asked;
}
