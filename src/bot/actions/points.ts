/**
 * Points for a 1:1: the invitee suggests them, the organiser decides. What one writes reaches the other's event by the
 * other's hand alone, so a suggestion is a card to the organiser, found by what both calendars call the meeting.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { CalendarEvent } from '../../calendar/event.ts';
import { wellFormed } from '../../calendar/well-formed.ts';
import { DAY_MS } from '../../clock.ts';
import { hushed, isKindOn } from '../../nudges/chosen.ts';
import { meetingFacts } from '../../nudges/facts.ts';
import {
  type InviteePointsFacts,
  inviteeOf,
  inviteePoints,
  isInvitedToOneToOne,
  POINTS_SKIPPED,
  POINTS_SUGGESTED,
  suggestionsIn,
} from '../../nudges/invitee-points.ts';
import { orderlyPoints } from '../../nudges/open-points.ts';
import type { Sql } from '../../store/database.ts';
import { findByUid } from '../../store/events.ts';
import { askForRead } from '../../store/feeds.ts';
import { addNotice, findNudge } from '../../store/nudges.ts';
import {
  answersOf,
  findAnswer,
  findByAddress,
  forgetAnswers,
  type Person,
  saveAnswer,
  settingsOf,
} from '../../store/people.ts';
import { writeAgenda } from '../agenda-writing.ts';
import {
  ADD_POINTS,
  type Decided,
  inviteePointsCard,
  type OfferedFacts,
  POINTS_INPUT,
  pointsOfferedCard,
  REFUSE_POINTS,
  SKIP_POINTS,
  SUGGEST_POINTS,
} from '../cards/invitee-points.ts';
import { hearsAt, uidsOf } from '../meeting-people.ts';
import type { Services, Turn } from '../services.ts';
import type { ButtonAction } from './action.ts';
import { assertToCome, entryId, keepAnswer, parse, pressedOn, presserOf, refuse } from './press-input.ts';

export const POINTS_OFFERED = 'pointsOffered';
/** value: 'added' or 'refused'; `eventId` is the nudge that offered them. */
const POINTS_DECIDED = 'points.decided';
/** Longer than offers are kept. */
const DECISIONS_KEPT_MS = 60 * DAY_MS;

const eventRef = z.object({ eventId: entryId });
const skipInput = eventRef.extend({ series: z.boolean().optional() });
const suggestInput = eventRef.extend({ [POINTS_INPUT]: z.string().max(4000).optional() });
const offerRef = z.object({ nudgeId: z.string().min(1).max(200) });

const bare = (line: string) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '');
const pointsIn = (text: string) => orderlyPoints(wellFormed(text).split(/\r?\n/).map(bare));

function cardOf(event: CalendarEvent, person: Person, now: number, more: Partial<InviteePointsFacts>) {
  const facts = hushed({ ...meetingFacts(event), ...more }, event, settingsOf(person));
  return inviteePointsCard(facts as unknown as InviteePointsFacts, event.id, person, now);
}

/** The organiser's side of the same meeting. */
interface Host {
  person: Person;
  event: CalendarEvent;
}

const unreachable = () =>
  refuse(
    'the organiser of a 1:1 takes no suggestion',
    'I can’t reach the organiser about this meeting. Please write to them yourself.',
  );

async function hostOf(sql: Sql, turn: Turn, event: CalendarEvent): Promise<Host> {
  const { tenantId } = turn;
  const person = await findByAddress(sql, tenantId, event.organizer.address);
  if (!person || person.personId === turn.personId) throw unreachable();
  const theirs = await findByUid(sql, tenantId, person.personId, await uidsOf(sql, turn, event), event.startAt);
  const isSame = theirs?.isOrganizer && !theirs.isCancelled && inviteeOf(theirs)?.address === inviteeOf(event)?.address;
  if (!theirs || !isSame) throw unreachable();
  return { person, event: theirs };
}

/** Who wants to hear nothing of points for 1:1s is offered none either. */
async function toldAt(sql: Sql, { person, event }: Host, speaker: string | null, now: number): Promise<number> {
  if (!isKindOn(inviteePoints, settingsOf(person))) throw unreachable();
  const from = [speaker, inviteeOf(event)?.address].flatMap((one) => one ?? []);
  const dueAt = await hearsAt(sql, person, { from, event, until: event.startAt, isUrgent: false }, now);
  if (dueAt === undefined) throw unreachable();
  return dueAt;
}

async function offer(sql: Sql, speaker: Person, host: Host, points: string[], correlationId: string, now: number) {
  const { person, event } = host;
  const dueAt = await toldAt(sql, host, speaker.address, now);
  const settings = settingsOf(person);
  const from = inviteeOf(event);
  const told = { ...meetingFacts(event), eventId: event.id, from: from?.name || from?.address || '', points };
  const facts = hushed(told, event, settings);
  // One a meeting and person: pressed twice it is told once.
  const key = hash('sha256', [person.personId, event.id, event.startAt, speaker.personId].join('|'), 'base64url');
  const { tenantId, personId } = person;
  await addNotice(
    sql,
    { tenantId, personId, mailboxId: personId, correlationId },
    {
      nudgeId: `${POINTS_OFFERED}.${key.slice(0, 22)}`,
      kind: POINTS_OFFERED,
      facts: facts === told ? told : { ...facts, isDiscreet: true },
      deadlineAt: event.startAt,
      dueAt,
    },
    now,
  );
}

const pressSuggest: ButtonAction = {
  verb: SUGGEST_POINTS,
  async run(services, turn, data) {
    const input = parse(suggestInput, data);
    const { person, event } = await pressedOn(services, turn, input.eventId);
    const now = services.clock.now();
    assertToCome(event, now);
    const points = pointsIn(input[POINTS_INPUT] ?? '');
    if (points.length === 0) throw refuse('no points', 'Write at least one point, then press **Suggest**.');
    if (!isInvitedToOneToOne(event) || (person.address ?? inviteeOf(event)?.address) !== inviteeOf(event)?.address)
      throw refuse('no 1:1 any more', 'That is no 1:1 of yours any more: please write to the others yourself.');
    const { tenantId, personId } = turn;
    const earlier = await services.database.inTenant(tenantId, async (sql) => {
      const known = suggestionsIn(await answersOf(sql, tenantId, personId))(event);
      if (!known) await offer(sql, person, await hostOf(sql, turn, event), points, services.newId(), now);
      return known;
    });
    const suggested = earlier ?? points;
    const value = { points: suggested, startAt: event.startAt };
    if (!earlier) await keepAnswer(services, turn, { kind: POINTS_SUGGESTED, eventId: event.id, value }, now);
    return { card: cardOf(event, person, now, { suggested }) };
  },
};

const pressSkipPoints: ButtonAction = {
  verb: SKIP_POINTS,
  async run(services, turn, data) {
    const { eventId, series = false } = parse(skipInput, data);
    const { person, event } = await pressedOn(services, turn, eventId);
    const now = services.clock.now();
    const subject = series ? (event.seriesMasterId ?? event.id) : event.id;
    await keepAnswer(services, turn, { kind: POINTS_SKIPPED, eventId: subject, value: true }, now);
    return { card: cardOf(event, person, now, { skipped: series ? 'series' : 'meeting' }) };
  },
};

/** From the presser's own ledger: a card can't be made to say what was not sent. */
async function offered(services: Services, turn: Turn, data: unknown) {
  const { nudgeId } = parse(offerRef, data);
  const person = await presserOf(services, turn);
  const { tenantId, personId } = turn;
  const nudge = await services.database.inTenant(tenantId, (sql) => findNudge(sql, tenantId, personId, nudgeId));
  if (nudge?.kind !== POINTS_OFFERED)
    throw refuse('an offer that is not kept any more', 'I don’t have that suggestion any more.');
  const answer = await services.database.inTenant(tenantId, (sql) =>
    findAnswer(sql, tenantId, personId, POINTS_DECIDED, nudgeId),
  );
  return { nudgeId, person, facts: nudge.facts as unknown as OfferedFacts, isAdded: answer?.value === 'added' };
}

/** An old card may stand on another device: what was decided is remembered for as long as the offer is. */
async function keepDecision(services: Services, { tenantId, personId }: Turn, nudgeId: string, value: Decided) {
  const now = services.clock.now();
  await services.database.inTenant(tenantId, async (sql) => {
    await saveAnswer(sql, tenantId, personId, { kind: POINTS_DECIDED, eventId: nudgeId, value }, now);
    await forgetAnswers(sql, tenantId, personId, POINTS_DECIDED, now - DECISIONS_KEPT_MS);
  });
}

const pressAddPoints: ButtonAction = {
  verb: ADD_POINTS,
  async run(services, turn, data) {
    const { nudgeId, person, facts, isAdded } = await offered(services, turn, data);
    const now = services.clock.now();
    // What was taken out in Outlook since is not put in again.
    if (isAdded) return { card: pointsOfferedCard(facts, nudgeId, person, now, 'addedBefore') };
    const { event } = await pressedOn(services, turn, facts.eventId);
    if (event.isCancelled) throw refuse('points for a cancelled meeting', 'That meeting was cancelled.');
    if (event.endAt <= now) throw refuse('points for a meeting that is over', 'That meeting is over.');
    const { tenantId, personId } = turn;
    await writeAgenda(services, { tenantId, personId, mailboxId: personId }, event.id, facts.points.join('\n'));
    await keepDecision(services, turn, nudgeId, 'added');
    await services.database.inTenant(tenantId, (sql) => askForRead(sql, tenantId, personId, services.clock.now()));
    services.poke('sync');
    return { card: pointsOfferedCard(facts, nudgeId, person, now, 'added') };
  },
};

const pressRefusePoints: ButtonAction = {
  verb: REFUSE_POINTS,
  async run(services, turn, data) {
    const { nudgeId, person, facts, isAdded } = await offered(services, turn, data);
    if (isAdded) return { card: pointsOfferedCard(facts, nudgeId, person, services.clock.now(), 'addedBefore') };
    await keepDecision(services, turn, nudgeId, 'refused');
    return { card: pointsOfferedCard(facts, nudgeId, person, services.clock.now(), 'refused') };
  },
};

export const POINTS_ACTIONS: readonly ButtonAction[] = [
  pressSuggest,
  pressSkipPoints,
  pressAddPoints,
  pressRefusePoints,
];
