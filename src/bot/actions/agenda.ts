/** The buttons on the question for an agenda: write it, begin with what was left open, later, not needed. */
import { z } from 'zod';
import type { CalendarEvent } from '../../calendar/event.ts';
import { AGENDA_POSTPONED, AGENDA_SKIPPED, type AgendaFacts } from '../../nudges/agenda-prompt.ts';
import { hushed } from '../../nudges/chosen.ts';
import { meetingFacts } from '../../nudges/facts.ts';
import { OPEN_POINTS, openPointsFor, openPointsIn } from '../../nudges/open-points.ts';
import { askForRead } from '../../store/feeds.ts';
import { answersOf, type Person, saveAnswer, settingsOf } from '../../store/people.ts';
import { writeAgenda } from '../agenda-writing.ts';
import {
  AGENDA_FOR_INPUT,
  AGENDA_INPUT,
  agendaDoneCard,
  agendaPromptCard,
  agendaSkippedCard,
  LATER,
  laterAt,
  PICK_UP_POINTS,
  POSTPONE_AGENDA,
  SKIP_AGENDA,
  WRITE_AGENDA,
} from '../cards/agenda-prompt.ts';
import { sentence } from '../cards/answers.ts';
import type { Services, Turn } from '../services.ts';
import type { ButtonAction } from './action.ts';
import { assertToCome, entryId, keepAnswer, parse, pressedOn, refuse } from './press-input.ts';

const eventRef = z.object({ eventId: entryId });
const skipInput = eventRef.extend({ series: z.boolean().optional() });
const laterInput = eventRef.extend({ later: z.enum(LATER) });
const agendaInput = eventRef.extend({
  [AGENDA_INPUT]: z.string().max(4000).optional(),
  [AGENDA_FOR_INPUT]: z.enum(['meeting', 'series']).optional().catch(undefined),
});

/** As the plan words them, for the one who may want private ones discreet. */
const factsOf = (event: CalendarEvent, person: Person, more: Partial<AgendaFacts> = {}): AgendaFacts =>
  hushed({ ...meetingFacts(event), ...more }, event, settingsOf(person)) as unknown as AgendaFacts;

const bare = (line: string) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').trim();

/** Open points that are on an agenda now are open no more. */
async function consumePoints(services: Services, turn: Turn, event: CalendarEvent, text: string): Promise<void> {
  const { tenantId, personId } = turn;
  const written = new Set(text.split(/\r?\n/).map(bare));
  await services.database.inTenant(tenantId, async (sql) => {
    const eventId = event.seriesMasterId ?? event.id;
    const left = openPointsIn(await answersOf(sql, tenantId, personId)).get(eventId);
    if (!left) return;
    const points = left.points.filter((point) => !written.has(bare(point)));
    if (points.length === left.points.length) return;
    const value = { points, fromStartAt: left.fromStartAt };
    await saveAnswer(sql, tenantId, personId, { kind: OPEN_POINTS, eventId, value }, services.clock.now());
  });
}

const pressWriteAgenda: ButtonAction = {
  verb: WRITE_AGENDA,
  async run(services, turn, data) {
    const input = parse(agendaInput, data);
    const text = input[AGENDA_INPUT] ?? '';
    const { person, event } = await pressedOn(services, turn, input.eventId);
    const { tenantId, personId } = turn;
    const masterId = input[AGENDA_FOR_INPUT] === 'series' ? event.seriesMasterId : undefined;
    if (masterId === undefined && event.endAt <= services.clock.now())
      throw refuse('an agenda of a meeting that is over', 'That meeting is over.');
    const access = { tenantId, personId, mailboxId: personId };
    // By the id that the card carried: never the series' next one by its time.
    const { points } = await writeAgenda(services, access, masterId ?? event.id, text);
    await consumePoints(services, turn, event, text);
    const now = services.clock.now();
    await services.database.inTenant(tenantId, (sql) => askForRead(sql, tenantId, personId, now));
    services.poke('sync');
    return { card: agendaDoneCard(factsOf(event, person), points, person, now, masterId !== undefined) };
  },
};

const pressPickUp: ButtonAction = {
  verb: PICK_UP_POINTS,
  async run(services, turn, data) {
    const { eventId } = parse(eventRef, data);
    const { person, event } = await pressedOn(services, turn, eventId);
    const now = services.clock.now();
    assertToCome(event, now);
    const { tenantId, personId } = turn;
    const answers = await services.database.inTenant(tenantId, (sql) => answersOf(sql, tenantId, personId));
    const points = openPointsFor(event, openPointsIn(answers));
    const shown =
      points.length > 0 ? { value: points.join('\n') } : { note: 'Nothing is open from last time any more.' };
    return { card: agendaPromptCard(factsOf(event, person), event.id, person, now, shown) };
  },
};

const pressPostpone: ButtonAction = {
  verb: POSTPONE_AGENDA,
  async run(services, turn, data) {
    const { eventId, later } = parse(laterInput, data);
    const { person, event } = await pressedOn(services, turn, eventId);
    const now = services.clock.now();
    assertToCome(event, now);
    if (event.agenda.length > 0) return { card: sentence('That meeting has an agenda by now.') };
    const until = laterAt(later, event.startAt, person.timeZone, now);
    const note = 'That would be too late: the meeting begins before, or the hour has passed.';
    if (until === undefined) return { card: agendaPromptCard(factsOf(event, person), event.id, person, now, { note }) };
    await keepAnswer(services, turn, { kind: AGENDA_POSTPONED, eventId: event.id, value: { until } }, now);
    return { card: agendaPromptCard(factsOf(event, person, { postponedUntil: until }), event.id, person, now) };
  },
};

const pressSkipAgenda: ButtonAction = {
  verb: SKIP_AGENDA,
  async run(services, turn, data) {
    const { eventId, series = false } = parse(skipInput, data);
    const { person, event } = await pressedOn(services, turn, eventId);
    const subject = series ? (event.seriesMasterId ?? event.id) : event.id;
    const now = services.clock.now();
    await keepAnswer(services, turn, { kind: AGENDA_SKIPPED, eventId: subject, value: true }, now);
    return { card: agendaSkippedCard(factsOf(event, person), series) };
  },
};

export const AGENDA_ACTIONS: readonly ButtonAction[] = [pressWriteAgenda, pressPickUp, pressPostpone, pressSkipAgenda];
