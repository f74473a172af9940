/** All buttons. What they carry is foreign input: ids are looked up in the presser's own mailbox and nowhere else. */
import { z } from 'zod';
import { CalendarWatchError } from '../../errors.ts';
import { AGENDA_SKIPPED } from '../../nudges/agenda-prompt.ts';
import { meetingFacts } from '../../nudges/facts.ts';
import { findEvent } from '../../store/events.ts';
import { askForRead } from '../../store/feeds.ts';
import { findPerson, saveAnswer } from '../../store/people.ts';
import { replan } from '../../sync/write-plan.ts';
import { writeAgenda } from '../agenda-writing.ts';
import { AGENDA_INPUT, agendaDoneCard, agendaSkippedCard, SKIP_AGENDA, WRITE_AGENDA } from '../cards/agenda-prompt.ts';
import { WATCH_ON } from '../cards/connection.ts';
import { watchOn } from '../commands/watch.ts';
import type { ButtonAction } from './action.ts';
import { pressRetryDeliveries } from './admin.ts';
import { pressChooseCalendars } from './calendars.ts';

const eventRef = z.object({ eventId: z.string().min(1).max(1024), series: z.boolean().optional() });
const agendaInput = eventRef.extend({ [AGENDA_INPUT]: z.string().max(4000).optional() });

function parse<T>(schema: z.ZodType<T>, data: unknown): T {
  const read = schema.safeParse(data);
  if (!read.success)
    throw new CalendarWatchError('COMMAND_INVALID', 'a button carried data of an odd form', {
      say: 'I can’t read that button any more. Type **help** to see what I understand.',
    });
  return read.data;
}

const pressWatchOn: ButtonAction = {
  verb: WATCH_ON,
  run: async (services, turn) => ({ reply: await watchOn.run(services, turn, '') }),
};

const pressWriteAgenda: ButtonAction = {
  verb: WRITE_AGENDA,
  async run(services, turn, data) {
    const { eventId, ...rest } = parse(agendaInput, data);
    const text = String((rest as Record<string, unknown>)[AGENDA_INPUT] ?? '');
    const { tenantId, personId } = turn;
    const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
    if (person?.watch !== 'on')
      throw new CalendarWatchError('COMMAND_INVALID', 'an agenda while not watching', {
        say: 'I’m not watching your calendar right now. Type **watch on** first.',
      });
    const written = await writeAgenda(services, { tenantId, personId, mailboxId: personId }, eventId, text);
    await services.database.inTenant(tenantId, (sql) => askForRead(sql, tenantId, personId, services.clock.now()));
    services.poke('sync');
    return { card: agendaDoneCard(meetingFacts(written.event), written.points, person, services.clock.now()) };
  },
};

const pressSkipAgenda: ButtonAction = {
  verb: SKIP_AGENDA,
  async run(services, turn, data) {
    const { eventId, series } = parse(eventRef, data);
    const { tenantId, personId } = turn;
    const now = services.clock.now();
    const event = await services.database.inTenant(tenantId, async (sql) => {
      const found = await findEvent(sql, tenantId, personId, eventId);
      const subject = series ? (found?.seriesMasterId ?? eventId) : eventId;
      await saveAnswer(sql, tenantId, personId, { kind: AGENDA_SKIPPED, eventId: subject, value: true }, now);
      return found;
    });
    await replan(services, { tenantId, personId, correlationId: services.newId() }, now);
    return { card: agendaSkippedCard(event ? meetingFacts(event) : undefined, series === true) };
  },
};

export const ACTIONS: readonly ButtonAction[] = [
  pressWatchOn,
  pressWriteAgenda,
  pressSkipAgenda,
  pressChooseCalendars,
  pressRetryDeliveries,
];
