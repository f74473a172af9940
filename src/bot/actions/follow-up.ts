/** The buttons after a meeting: save, try again what failed, skip; and taking over a task that somebody else noted. */
import { z } from 'zod';
import type { CalendarEvent } from '../../calendar/event.ts';
import { CalendarWatchError, codeOf } from '../../errors.ts';
import { hushed } from '../../nudges/chosen.ts';
import { meetingFacts } from '../../nudges/facts.ts';
import { FOLLOW_UP_SAVED, FOLLOW_UP_SKIPPED, type FollowUpFacts, readSaved } from '../../nudges/follow-up.ts';
import { findNudge } from '../../store/nudges.ts';
import { findAnswer, findPerson, type Person, settingsOf } from '../../store/people.ts';
import {
  ADD_OFFERED_TASK,
  DECIDED_INPUT,
  followUpCard,
  MAIL_INPUT,
  type OfferedTaskFacts,
  OPEN_INPUT,
  offeredTaskCard,
  RETRY_FOLLOW_UP,
  SAVE_FOLLOW_UP,
  SKIP_FOLLOW_UP,
  TASKS_INPUT,
} from '../cards/follow-up.ts';
import { speakerFor, when } from '../cards/meeting.ts';
import { plain } from '../cards/parts.ts';
import { type Draft, MOST_TASKS, orderly, saveFollowUp, TASK_OFFERED } from '../follow-up.ts';
import { doOnce } from '../once.ts';
import { askPermission, isConsentNeeded } from '../permission.ts';
import type { Services, Turn } from '../services.ts';
import { linesOf } from '../task-lines.ts';
import type { ButtonAction, Reaction } from './action.ts';
import { entryId, keepAnswer, type Pressed, parse, pressedOn, refuse } from './press-input.ts';

/** value: whether it was added; `eventId` is the nudge that offered it. */
const TASK_TAKEN = 'task.taken';

const written = z.string().max(10_000).catch('');
const meetingRef = z.object({ eventId: entryId, startAt: z.number().int() });
const saveInput = meetingRef.extend({
  [DECIDED_INPUT]: written,
  [TASKS_INPUT]: written,
  [OPEN_INPUT]: written,
  [MAIL_INPUT]: z.enum(['true', 'false']).catch('false'),
});
const skipInput = meetingRef.extend({ series: z.boolean().optional() });
const offerRef = z.object({ nudgeId: z.string().min(1).max(200) });

function cardOf(event: CalendarEvent, person: Person, now: number, state: Partial<FollowUpFacts>) {
  const facts = hushed({ ...meetingFacts(event), ...state }, event, settingsOf(person));
  return followUpCard(facts as unknown as FollowUpFacts, event.id, person, now);
}

/** The meeting that was asked about, as it is now. What was typed stays on the card where this throws. */
async function heldOn(services: Services, turn: Turn, ref: z.infer<typeof meetingRef>): Promise<Pressed> {
  const pressed = await pressedOn(services, turn, ref.eventId);
  const { person, event } = pressed;
  if (event.isCancelled) throw refuse('a follow-up of a cancelled meeting', 'That meeting was cancelled.');
  if (!event.isOrganizer) throw refuse('a follow-up of somebody else’s', 'You don’t organise that meeting any more.');
  if (event.startAt === ref.startAt) return pressed;
  const time = plain(when(event, speakerFor(person), services.clock.now()));
  throw refuse('a follow-up of a meeting that was moved', `That meeting is ${time} now: I’ll ask again after it.`);
}

async function save(services: Services, turn: Turn, pressed: Pressed, draft: Draft): Promise<Reaction> {
  const { saved, needed } = await saveFollowUp(services, turn, pressed, draft);
  // The card itself is changed by the plan that was just made.
  if (needed.length > 0) return { reply: await askPermission(services, turn, needed) };
  return { card: cardOf(pressed.event, pressed.person, services.clock.now(), { saved }) };
}

const pressSave: ButtonAction = {
  verb: SAVE_FOLLOW_UP,
  async run(services, turn, data) {
    const input = parse(saveInput, data);
    const pressed = await heldOn(services, turn, input);
    const draft = {
      decided: orderly(input[DECIDED_INPUT]),
      tasks: orderly(input[TASKS_INPUT]),
      open: orderly(input[OPEN_INPUT]),
      wantsMail: input[MAIL_INPUT] === 'true',
    };
    if (draft.decided === '' && draft.tasks === '' && draft.open === '')
      throw refuse('an empty follow-up', 'Write down at least one thing, or press **Not this time**.');
    if (linesOf(draft.tasks).length > MOST_TASKS)
      throw refuse('more tasks than one follow-up takes', `Please write down at most ${MOST_TASKS} tasks.`);
    return save(services, turn, pressed, draft);
  },
};

const pressRetry: ButtonAction = {
  verb: RETRY_FOLLOW_UP,
  async run(services, turn, data) {
    const pressed = await heldOn(services, turn, parse(meetingRef, data));
    const { tenantId, personId } = turn;
    const { event } = pressed;
    const answer = await services.database.inTenant(tenantId, (sql) =>
      findAnswer(sql, tenantId, personId, FOLLOW_UP_SAVED, event.id),
    );
    const saved = readSaved(answer?.value, event.startAt);
    if (!saved) throw refuse('a follow-up that is not kept any more', 'I don’t have that follow-up any more.');
    const { decided, tasks, open, wantsMail } = saved;
    return save(services, turn, pressed, { decided, tasks, open, wantsMail });
  },
};

const pressSkip: ButtonAction = {
  verb: SKIP_FOLLOW_UP,
  async run(services, turn, data) {
    const { eventId, series = false } = parse(skipInput, data);
    const { person, event } = await pressedOn(services, turn, eventId);
    const now = services.clock.now();
    const subject = series ? (event.seriesMasterId ?? event.id) : event.id;
    await keepAnswer(services, turn, { kind: FOLLOW_UP_SKIPPED, eventId: subject, value: true }, now);
    return { card: cardOf(event, person, now, { skipped: series ? 'series' : 'meeting' }) };
  },
};

/** Who never signed in has no tokens at all, and needs the same page. */
const isPermissionNeeded = (error: unknown) =>
  isConsentNeeded(error) || (error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED');

async function takeOver(services: Services, turn: Turn, nudgeId: string, facts: OfferedTaskFacts, person: Person) {
  const { tenantId, personId } = turn;
  const access = { tenantId, personId, mailboxId: personId };
  const { graph } = services;
  let listId: Promise<string> | undefined;
  const list = () => {
    listId ??= graph.findTaskList(access);
    return listId;
  };
  const task = { title: facts.task, timeZone: person.timeZone, ...(facts.dueDate ? { dueDate: facts.dueDate } : {}) };
  return doOnce(services, turn, { kind: TASK_TAKEN, eventId: nudgeId }, 'task', {
    run: async () => graph.addTask(access, await list(), task),
    wasDone: async (since) => graph.hasTask(access, await list(), facts.task, since),
  });
}

const pressAddOffered: ButtonAction = {
  verb: ADD_OFFERED_TASK,
  async run(services, turn, data) {
    const { nudgeId } = parse(offerRef, data);
    const { tenantId, personId } = turn;
    // From the presser's own ledger: a card can't be made to say what was not sent.
    const { nudge, person } = await services.database.inTenant(tenantId, async (sql) => ({
      nudge: await findNudge(sql, tenantId, personId, nudgeId),
      person: await findPerson(sql, tenantId, personId),
    }));
    if (nudge?.kind !== TASK_OFFERED || !person)
      throw refuse('a task that is not kept any more', 'I don’t have that task any more.');
    const facts = nudge.facts as unknown as OfferedTaskFacts;
    try {
      const outcome = await takeOver(services, turn, nudgeId, facts, person);
      if (outcome.kind === 'failed') throw outcome.error;
      return { card: offeredTaskCard(facts, nudgeId, true) };
    } catch (error) {
      if (!isPermissionNeeded(error)) throw error;
      services.log.info({ code: codeOf(error), tenantId, personId }, 'a permission is asked for');
      return { reply: await askPermission(services, turn, ['Tasks.ReadWrite']) };
    }
  },
};

export const FOLLOW_UP_ACTIONS: readonly ButtonAction[] = [pressSave, pressRetry, pressSkip, pressAddOffered];
