/** The buttons on reminders: snooze, “I’m in”, dismiss, and how this meeting or its series is to be reminded of. */
import { z } from 'zod';
import type { CalendarEvent } from '../../calendar/event.ts';
import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import { hushed } from '../../nudges/chosen.ts';
import { type ReminderFacts, reminderFacts } from '../../nudges/reminder.ts';
import {
  REMINDER_DISMISSED,
  REMINDER_JOINED,
  REMINDER_LEADS,
  REMINDER_SNOOZED,
} from '../../nudges/reminder-answers.ts';
import { type Person, settingsOf } from '../../store/people.ts';
import { speakerFor, when } from '../cards/meeting.ts';
import {
  CHOOSE_LEADS,
  DISMISS_REMINDER,
  JOINED_REMINDER,
  LEAD_CHOICES,
  LEADS_INPUT,
  reminderCard,
  SNOOZE_REMINDER,
} from '../cards/reminder.ts';
import type { ButtonAction } from './action.ts';
import { entryId, keepAnswer, type Pressed, parse, pressedOn, refuse } from './press-input.ts';

/** `startAt` as the card had it. */
const meetingRef = z.object({ eventId: entryId, startAt: z.number().int() });
const snoozeInput = meetingRef.extend({
  minutes: z.number().int().min(1).max(60).optional(),
  untilStart: z.boolean().optional(),
});
const leadsInput = meetingRef.extend({ series: z.boolean().optional(), [LEADS_INPUT]: z.enum(LEAD_CHOICES) });

/** Throws what to say where there is nothing to remind of any more. */
function assertReminded(event: CalendarEvent, startAt: number, person: Person, now: number): void {
  if (event.isCancelled)
    throw refuse('the meeting was cancelled', 'That meeting was cancelled, so I won’t remind you of it.');
  if (event.response === 'declined')
    throw refuse('the meeting was declined', 'You declined that meeting, so I won’t remind you of it.');
  if (event.startAt !== startAt || event.allDay)
    throw refuse('the meeting moved', `That meeting was moved: it is ${when(event, speakerFor(person), now)} now.`);
  if (now >= Math.max(event.endAt, event.startAt + MINUTE_MS))
    throw refuse('the meeting is over', 'That meeting is over.');
}

function cardOf({ person, event }: Pressed, state: Partial<ReminderFacts>, now: number, note?: string): Message {
  const settings = settingsOf(person);
  const facts = { ...reminderFacts(event), ...(settings.remindAtStart ? { untilJoined: true } : {}), ...state };
  return reminderCard(hushed(facts, event, settings) as unknown as ReminderFacts, person, now, event.id, note);
}

const pressSnooze: ButtonAction = {
  verb: SNOOZE_REMINDER,
  async run(services, turn, data) {
    const input = parse(snoozeInput, data);
    const found = await pressedOn(services, turn, input.eventId);
    const now = services.clock.now();
    const { event, person } = found;
    const { startAt } = event;
    assertReminded(event, input.startAt, person, now);
    if (startAt <= now) return { card: cardOf(found, {}, now, 'It has begun already.') };
    const until = input.untilStart ? startAt : Math.min(startAt, now + (input.minutes ?? 1) * MINUTE_MS);
    await keepAnswer(services, turn, { kind: REMINDER_SNOOZED, eventId: event.id, value: { until, startAt } }, now);
    return { card: cardOf(found, { snoozedUntil: until }, now) };
  },
};

/** Both end all reminders of this one meeting, until it moves. */
const pressEnd = (verb: string, kind: string, ended: 'joined' | 'dismissed'): ButtonAction => ({
  verb,
  async run(services, turn, data) {
    const input = parse(meetingRef, data);
    const found = await pressedOn(services, turn, input.eventId);
    const now = services.clock.now();
    const { event, person } = found;
    assertReminded(event, input.startAt, person, now);
    await keepAnswer(services, turn, { kind, eventId: event.id, value: { startAt: event.startAt } }, now);
    return { card: cardOf(found, { ended }, now) };
  },
});

const LEADS_SAY: Record<string, (what: string) => string> = {
  usual: (what) => `I’ll remind you of ${what} as of all others.`,
  none: (what) => `I won’t remind you of ${what}.`,
};

const pressChooseLeads: ButtonAction = {
  verb: CHOOSE_LEADS,
  async run(services, turn, data) {
    const input = parse(leadsInput, data);
    const found = await pressedOn(services, turn, input.eventId);
    const now = services.clock.now();
    const { event, person } = found;
    const seriesId = input.series ? event.seriesMasterId : undefined;
    // For the others of a series it is worth choosing whatever became of this one.
    if (!seriesId) assertReminded(event, input.startAt, person, now);
    const choice = input[LEADS_INPUT];
    const minutes = choice === 'usual' ? null : choice === 'none' ? [] : [Number(choice)];
    await keepAnswer(services, turn, { kind: REMINDER_LEADS, eventId: seriesId ?? event.id, value: { minutes } }, now);
    const what = seriesId ? 'this series' : 'this meeting';
    const note = LEADS_SAY[choice]?.(what) ?? `I’ll remind you ${choice} min before ${what}.`;
    return { card: cardOf(found, {}, now, note) };
  },
};

export const REMINDER_ACTIONS: readonly ButtonAction[] = [
  pressSnooze,
  pressEnd(JOINED_REMINDER, REMINDER_JOINED, 'joined'),
  pressEnd(DISMISS_REMINDER, REMINDER_DISMISSED, 'dismissed'),
  pressChooseLeads,
];
