/** "I come 10 minutes late": to which meeting, who is told, and how: in chat those who use the bot, the others by mail. */
import { hash } from 'node:crypto';
import { type CalendarEvent, hasOthers, type Party, takesPlaceForMe } from '../calendar/event.ts';
import { zoneWords } from '../calendar/zone.ts';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import { codeOf } from '../errors.ts';
import { MOST_RECIPIENTS } from '../graph/send-mail.ts';
import { disguised } from '../nudges/chosen.ts';
import { addNotice } from '../store/nudges.ts';
import { type Person, settingsOf } from '../store/people.ts';
import { refuse } from './actions/press-input.ts';
import type { LateFacts, LateOutcome } from './cards/late.ts';
import { speakerFor, subjectOf } from './cards/meeting.ts';
import { mailHtml } from './mail-html.ts';
import { othersIn, reach, selfIn } from './meeting-people.ts';
import { doOnce, type Outcome } from './once.ts';
import { isConsentNeeded } from './permission.ts';
import type { Services, Turn } from './services.ts';

/** value: which mails were sent; `eventId` is the occurrence. */
const LATE_TOLD = 'late.told';

const BEGAN_MS = HOUR_MS;
const BEGINS_MS = HOUR_MS;
/** Who sits in a meeting and is late may well mean the one after it. */
const NEXT_MS = 15 * MINUTE_MS;
const MOST_CHOICES = 5;
/** So many are an audience: the organiser is enough. */
const MOST_TOLD = 30;
/** After that nobody waits. */
const TOLD_FOR_MS = HOUR_MS;

export const MOST_MINUTES = 180;

const isMine = (event: CalendarEvent) =>
  takesPlaceForMe(event) && event.calendarId === '' && (!event.isOrganizer || hasOthers(event));

/** The one that is running, and the next; several only where it can't be told which is meant. */
export function lateMeetings(events: readonly CalendarEvent[], now: number): CalendarEvent[] {
  const mine = events.filter(isMine).sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1));
  const running = mine.filter(({ startAt, endAt }) => startAt <= now && endAt > now && startAt >= now - BEGAN_MS);
  const ahead = mine.filter(
    ({ startAt }) => startAt > now && startAt <= now + (running.length > 0 ? NEXT_MS : BEGINS_MS),
  );
  const next = ahead.filter(({ startAt }) => startAt === ahead[0]?.startAt);
  return [...running, ...next].slice(0, MOST_CHOICES);
}

export interface Waiting {
  organiser?: Party;
  others: Party[];
  isOrganiserOnly: boolean;
}

/** Those who declined wait for nobody. */
export function waitingIn(event: CalendarEvent, person: Pick<Person, 'address'>): Waiting {
  const declined = new Set(event.attendees.flatMap((one) => (one.response === 'declined' ? [one.address] : [])));
  const people = othersIn(event, person).filter(
    ({ address }) => !declined.has(address) || address === event.organizer.address,
  );
  const organiser = event.isOrganizer ? undefined : people.find((one) => one.address === event.organizer.address);
  const others = people.filter((one) => one !== organiser);
  const isOrganiserOnly = people.length > MOST_TOLD;
  return { ...(organiser ? { organiser } : {}), others: isOrganiserOnly ? [] : others, isOrganiserOnly };
}

/** Throws, in words, where there is nobody to tell or nothing to be late for. */
export function assertLate(event: CalendarEvent, now: number, person: Pick<Person, 'address'>): Waiting {
  if (event.isCancelled) throw refuse('late for a cancelled meeting', 'That meeting was cancelled.');
  if (event.response === 'declined') throw refuse('late for a declined meeting', 'You declined that meeting.');
  if (!isMine(event)) throw refuse('late for no meeting', 'There is nobody to tell: that is no meeting with others.');
  if (now >= Math.min(event.endAt, event.startAt + TOLD_FOR_MS))
    throw refuse('late for what is over', 'That meeting is over, or began too long ago.');
  const waiting = waitingIn(event, person);
  if (waiting.isOrganiserOnly && !waiting.organiser)
    throw refuse('too many to tell', 'So many people are invited that I would rather not write to all of them.');
  if (!waiting.organiser && waiting.others.length === 0)
    throw refuse('nobody waits', 'There is nobody to tell: nobody else is coming.');
  return waiting;
}

const noticeId = (event: CalendarEvent, minutes: number, from: string, to: string) => {
  const key = [from, event.uid ?? event.id, event.startAt, minutes, to].join('|');
  return `late.${hash('sha256', key, 'base64url').slice(0, 22)}`;
};

function mailTrouble(outcome: Outcome): LateOutcome['mailTrouble'] {
  if (outcome.kind === 'done') return undefined;
  if (outcome.kind === 'failed') return isConsentNeeded(outcome.error) ? 'consent' : 'failed';
  return outcome.kind;
}

/** Of a private meeting that is to be shown discreetly the mail says when it is, and no more. */
function mailOf(event: CalendarEvent, minutes: number, to: Party[], person: Person) {
  const say = speakerFor(person);
  const isDiscreet = disguised(event, settingsOf(person)) !== event;
  const subject = subjectOf(event);
  const time = `${say.day(event.startAt)}, ${say.time(event.startAt)}, ${zoneWords(say.zone)}`;
  return {
    to,
    subject: isDiscreet ? `Running ${minutes} min late` : `Running ${minutes} min late: ${subject}`,
    html: mailHtml([
      { text: `I’m running ${minutes} minutes late to ${isDiscreet ? 'our meeting' : `“${subject}”`} (${time}).` },
    ]),
  };
}

/** In one transaction; each of them is told of the same delay once, however often it is pressed. */
async function tellInChat(
  services: Services,
  person: Person,
  event: CalendarEvent,
  minutes: number,
  waiting: Party[],
): Promise<{ inChat: number; elsewise: Party[] }> {
  const now = services.clock.now();
  const deadlineAt = event.startAt + TOLD_FOR_MS;
  const facts: Omit<LateFacts, 'subject'> = {
    who: selfIn(event, person)?.name || person.address || 'Somebody',
    minutes,
    startAt: event.startAt,
    endAt: event.endAt,
    ...(event.joinUrl ? { joinUrl: event.joinUrl } : {}),
  };
  const told = await services.database.inTenant(person.tenantId, async (sql) => {
    const { inChat, elsewise } = await reach(sql, person, waiting, { event, until: deadlineAt, isUrgent: true }, now);
    for (const { person: to, subject } of inChat) {
      const { tenantId, personId } = to;
      const owner = { tenantId, personId, mailboxId: personId, correlationId: services.newId() };
      const nudgeId = noticeId(event, minutes, person.personId, personId);
      await addNotice(sql, owner, { nudgeId, kind: 'late', facts: { ...facts, subject }, deadlineAt }, now);
    }
    return { inChat: inChat.length, elsewise };
  });
  services.poke('nudges');
  return told;
}

export async function tellLate(
  services: Services,
  turn: Turn,
  { person, event }: { person: Person; event: CalendarEvent },
  minutes: number,
): Promise<LateOutcome> {
  const { organiser, others } = assertLate(event, services.clock.now(), person);
  const waiting = [...(organiser ? [organiser] : []), ...others];
  const { inChat, elsewise } = await tellInChat(services, person, event, minutes, waiting);
  const to = elsewise.slice(0, MOST_RECIPIENTS);
  if (to.length === 0) return { inChat, byMail: 0 };
  const { tenantId, personId } = turn;
  const outcome = await doOnce(services, turn, { kind: LATE_TOLD, eventId: event.id }, `${event.startAt} ${minutes}`, {
    run: () => services.graph.sendMail({ tenantId, personId, mailboxId: personId }, mailOf(event, minutes, to, person)),
  });
  if (outcome.kind === 'failed')
    services.log.warn({ code: codeOf(outcome.error), tenantId, personId }, 'a mail about a delay was not sent');
  const trouble = mailTrouble(outcome);
  return { inChat, byMail: outcome.kind === 'done' ? to.length : 0, ...(trouble ? { mailTrouble: trouble } : {}) };
}
