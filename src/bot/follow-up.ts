/**
 * What comes of a follow-up: tasks in the writer's To Do, others' tasks offered to them in chat, open points kept for the
 * next meeting, a summary by mail. Each once, however often it is pressed; what failed is said and can be tried again.
 */
import { hash } from 'node:crypto';
import type { CalendarEvent, Party } from '../calendar/event.ts';
import { wellFormed } from '../calendar/well-formed.ts';
import { zoneWords } from '../calendar/zone.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import { codeOf } from '../errors.ts';
import type { Access } from '../graph/port.ts';
import { type Mail, MOST_RECIPIENTS } from '../graph/send-mail.ts';
import { disguised } from '../nudges/chosen.ts';
import { FOLLOW_UP_SAVED, LONGEST_DRAFT, MOST_NAMED, type SavedFollowUp, type Trouble } from '../nudges/follow-up.ts';
import { OPEN_POINTS, orderlyPoints } from '../nudges/open-points.ts';
import { addNotice } from '../store/nudges.ts';
import { findAnswer, type Person, saveAnswer, settingsOf } from '../store/people.ts';
import { replan } from '../sync/write-plan.ts';
import type { OfferedTaskFacts } from './cards/follow-up.ts';
import { speakerFor, subjectOf } from './cards/meeting.ts';
import type { Permission } from './cards/permission.ts';
import { mailHtml } from './mail-html.ts';
import { othersIn, reach, selfIn } from './meeting-people.ts';
import { changeNotes, doOnce, type NotedIn, type Outcome, readNotes } from './once.ts';
import { isConsentNeeded } from './permission.ts';
import type { Services, Turn } from './services.ts';
import { linesOf, type TaskLine, taskLines } from './task-lines.ts';

export const TASK_OFFERED = 'taskOffered';
const OFFERED_FOR_MS = 7 * DAY_MS;
/** A press that goes on for longer is ended, so that another one can take over. */
const WORK_LIMIT_MS = 1.5 * MINUTE_MS;
const LONGEST_NAME = 100;
const LONGEST_LINK = 2_000;

export type Draft = Pick<SavedFollowUp, 'decided' | 'tasks' | 'open' | 'wantsMail'>;

export const MOST_TASKS = 20;

/** As it is kept: no longer than the card's boxes, and nothing that PostgreSQL can't keep. */
export const orderly = (text: string): string => wellFormed(linesOf(text).join('\n').slice(0, LONGEST_DRAFT));

interface Task {
  services: Services;
  turn: Turn;
  person: Person;
  event: CalendarEvent;
  lines: TaskLine[];
  draft: Draft;
}

const keyOf = (...parts: (string | number)[]) => hash('sha256', parts.join('|'), 'base64url').slice(0, 22);
const TASK = 'task ';
const MAIL = 'mail';
const taskKey = (text: string) => `${TASK}${keyOf(text)}`;
const accessOf = ({ tenantId, personId }: Turn): Access => ({ tenantId, personId, mailboxId: personId });
const whereOf = ({ id }: CalendarEvent): NotedIn => ({ kind: FOLLOW_UP_SAVED, eventId: id });

function troubleOf(outcome: Outcome): Trouble | undefined {
  if (outcome.kind === 'done') return undefined;
  if (outcome.kind === 'failed') return isConsentNeeded(outcome.error) ? 'consent' : 'failed';
  return outcome.kind;
}

/** Others' tasks, to be taken over with one press; open points for whoever plans the next meeting. */
async function tellAndKeep({ services, turn, person, event, lines, draft }: Task) {
  const now = services.clock.now();
  const { tenantId, personId } = turn;
  const theirs = lines.filter((one): one is TaskLine & { who: Party } => one.who !== undefined);
  const parties = [...new Map(theirs.map(({ who }) => [who.address, who])).values()];
  const points = orderlyPoints(linesOf(draft.open));
  const told = await services.database.inTenant(tenantId, async (sql) => {
    const until = now + OFFERED_FOR_MS;
    const { inChat, elsewise } = await reach(sql, person, parties, { event, until, isUrgent: false }, now);
    for (const { person: to, party, dueAt, subject } of inChat)
      for (const { who, text, dueDate } of theirs) {
        if (who.address !== party.address) continue;
        const owner = { tenantId, personId: to.personId, mailboxId: to.personId, correlationId: services.newId() };
        const facts: OfferedTaskFacts = {
          from: selfIn(event, person)?.name || person.address || 'Somebody',
          task: text,
          ...(dueDate ? { dueDate } : {}),
          subject,
          startAt: event.startAt,
        };
        const nudgeId = `${TASK_OFFERED}.${keyOf(personId, event.id, event.startAt, text, to.personId)}`;
        const notice = { nudgeId, kind: TASK_OFFERED, facts: { ...facts }, deadlineAt: until, dueAt };
        await addNotice(sql, owner, notice, now);
      }
    // None is an answer too: what an earlier meeting left open is done with.
    const known = (await findAnswer(sql, tenantId, personId, OPEN_POINTS, event.seriesMasterId ?? event.id))?.value as
      | { fromStartAt?: number }
      | undefined;
    const isNewer = Number(known?.fromStartAt ?? Number.NEGATIVE_INFINITY) <= event.startAt;
    if (isNewer && (points.length > 0 || event.seriesMasterId)) {
      const value = { points, fromStartAt: event.startAt };
      await saveAnswer(
        sql,
        tenantId,
        personId,
        { kind: OPEN_POINTS, eventId: event.seriesMasterId ?? event.id, value },
        now,
      );
    }
    return { inChat, elsewise };
  });
  const names = (list: Party[]) => list.slice(0, MOST_NAMED).map(({ name }) => wellFormed(name.slice(0, LONGEST_NAME)));
  return {
    offered: names(told.inChat.map(({ party }) => party)),
    unreached: names(told.elsewise),
    openPoints: points.length,
  };
}

/** The writer's own, one after the other; what nobody knows the outcome of is looked for before it is added again. */
async function addTasks({ services, turn, person, event, lines }: Task): Promise<Trouble | undefined> {
  const { deeds } = await services.database.inTenant(turn.tenantId, (sql) => readNotes(sql, turn, whereOf(event)));
  const mine = lines.filter(({ who, text }) => who === undefined && deeds[taskKey(text)]?.state !== 'done');
  if (mine.length === 0) return undefined;
  const { graph, clock } = services;
  const began = clock.now();
  const access = accessOf(turn);
  let listId: string;
  try {
    listId = await graph.findTaskList(access);
  } catch (error) {
    return noted(services, turn, { kind: 'failed', error });
  }
  // Of a private meeting that is to be shown discreetly there is no link, as it would name it.
  const { webLink } = disguised(event, settingsOf(person));
  const url = webLink && webLink.length <= LONGEST_LINK ? webLink : undefined;
  let trouble: Trouble | undefined;
  for (const { text, dueDate } of mine) {
    if (clock.now() > began + WORK_LIMIT_MS) return 'failed';
    const task = {
      title: text,
      timeZone: person.timeZone,
      ...(dueDate ? { dueDate } : {}),
      ...(url ? { link: { url, name: subjectOf(event).slice(0, LONGEST_NAME) } } : {}),
    };
    const outcome = await doOnce(services, turn, whereOf(event), taskKey(text), {
      run: () => graph.addTask(access, listId, task),
      wasDone: (since) => graph.hasTask(access, listId, text, since),
    });
    trouble = noted(services, turn, outcome) ?? trouble;
  }
  return trouble;
}

function noted(services: Services, { tenantId, personId }: Turn, outcome: Outcome): Trouble | undefined {
  if (outcome.kind === 'failed')
    services.log.warn({ code: codeOf(outcome.error), tenantId, personId }, 'a part of a follow-up failed');
  return troubleOf(outcome);
}

function summaryOf({ person, event, draft, lines }: Task, to: Party[]): Mail {
  const say = speakerFor(person);
  const time = `${say.day(event.startAt)}, ${say.span(event.startAt, event.endAt)}, ${zoneWords(say.zone)}`;
  const decided = linesOf(draft.decided);
  const open = linesOf(draft.open);
  const own = selfIn(event, person)?.name;
  const todo = lines.map(({ who, text }) => `${who?.name ?? own ?? 'Me'}: ${text}`);
  return {
    to,
    subject: `Summary: ${subjectOf(event)}`,
    html: mailHtml([
      { text: `${subjectOf(event)} — ${time}` },
      ...(decided.length > 0 ? [{ text: 'Decided', list: decided }] : []),
      ...(todo.length > 0 ? [{ text: 'Who does what', list: todo }] : []),
      ...(open.length > 0 ? [{ text: 'Still open', list: open }] : []),
    ]),
  };
}

async function sendSummary(task: Task, to: Party[]): Promise<Trouble | undefined> {
  const { services, turn, event, draft } = task;
  if (!draft.wantsMail || to.length === 0) return undefined;
  const outcome = await doOnce(services, turn, whereOf(event), MAIL, {
    run: () => services.graph.sendMail(accessOf(turn), summaryOf(task, to)),
  });
  return noted(services, turn, outcome);
}

export async function saveFollowUp(
  services: Services,
  turn: Turn,
  { person, event }: { person: Person; event: CalendarEvent },
  draft: Draft,
): Promise<{ saved: SavedFollowUp; needed: Permission[] }> {
  const { startAt } = event;
  const people = othersIn(event, person);
  const me = selfIn(event, person);
  const asking = { now: services.clock.now(), timeZone: person.timeZone, locale: person.locale };
  const lines = taskLines(draft.tasks, { people, ...(me ? { me } : {}) }, asking);
  // What was written is kept before anything is done with it. A meeting that was moved since is another one.
  await changeNotes(services, turn, whereOf(event), (notes) => {
    if (notes.startAt !== startAt) notes.deeds = {};
    Object.assign(notes, { ...draft, startAt });
  });
  const task: Task = { services, turn, person, event, lines, draft };
  const told = await tellAndKeep(task);
  const taskTrouble = await addTasks(task);
  const to = people.slice(0, MOST_RECIPIENTS);
  const mailTrouble = await sendSummary(task, to);
  const saved = await changeNotes(services, turn, whereOf(event), (notes): SavedFollowUp => {
    const done = Object.entries(notes.deeds).flatMap(([key, { state }]) => (state === 'done' ? [key] : []));
    const outcome = {
      ...draft,
      ...told,
      startAt,
      inTodo: done.filter((key) => key.startsWith(TASK)).length,
      ownTasks: lines.filter((one) => one.who === undefined).length,
      mailed: done.includes(MAIL) ? to.length : 0,
    };
    // Undefined is as nothing in JSON, and takes an earlier trouble away.
    Object.assign(notes, outcome, { taskTrouble, mailTrouble });
    return { ...outcome, ...(taskTrouble ? { taskTrouble } : {}), ...(mailTrouble ? { mailTrouble } : {}) };
  });
  const { tenantId, personId } = turn;
  await replan(services, { tenantId, personId, correlationId: services.newId() }, services.clock.now());
  services.poke('nudges');
  services.poke('cards');
  return {
    saved,
    needed: [
      ...(taskTrouble === 'consent' ? ['Tasks.ReadWrite' as const] : []),
      ...(mailTrouble === 'consent' ? ['Mail.Send' as const] : []),
    ],
  };
}
