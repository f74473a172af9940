/**
 * To whoever organises what a room holds: in their chat, where they have one with the bot; else by mail, where mails go
 * to everybody and the tenant's admin does not forbid them; else to nobody.
 */
import { DAY_MS } from '../clock.ts';
import { endOfSilence, silencesOf } from '../nudges/silence.ts';
import type { Sql } from '../store/database.ts';
import { planErrands, withdrawErrands } from '../store/errands.ts';
import { addNotice, withdrawNotices } from '../store/nudges.ts';
import { findPeopleByAddress, type Person, policyOf, settingsOf } from '../store/people.ts';
import type { MailWords } from './words.ts';

const ADDRESS = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** A room's mailbox, in the transaction that found something out about it. */
export interface RoomScene {
  tenantId: string;
  roomId: string;
  /** The room's own: who writes into its calendar is no organiser. */
  address: string;
  /** IANA */
  zone: string;
  correlationId: string;
}

export interface Tellers {
  /** Mails can go to any address, not to those alone who let us write in their name. */
  canMailAnyone: boolean;
}

export type Way = { by: 'chat'; person: Person } | { by: 'mail'; address: string } | { by: 'nobody' };

/** How each of these addresses can be told something. */
export async function waysTo(
  sql: Sql,
  scene: Pick<RoomScene, 'tenantId' | 'address'>,
  { canMailAnyone }: Tellers,
  addresses: readonly string[],
): Promise<(address: string) => Way> {
  const asked = [...new Set(addresses)].filter((one) => one !== '' && one !== scene.address && ADDRESS.test(one));
  const people = new Map((await findPeopleByAddress(sql, scene.tenantId, asked)).map((one) => [one.address, one]));
  const strangers = canMailAnyone ? asked.filter((one) => !people.has(one)) : [];
  const isForbidden = strangers.length > 0 && (await policyOf(sql, scene.tenantId)).forbiddenWays.includes('email');
  return (address) => {
    const person = people.get(address);
    if (person) return { by: 'chat', person };
    return strangers.includes(address) && !isForbidden ? { by: 'mail', address } : { by: 'nobody' };
  };
}

export interface Word {
  /** Tells this word apart from all others; the same again is said once. */
  id: string;
  kind: string;
  facts: object;
  dueAt?: number;
  deadlineAt: number;
  mail: MailWords;
}

export const noticeId = (word: Pick<Word, 'id' | 'kind'>): string => `${word.kind}.${word.id}`;
export const mailId = (word: Pick<Word, 'id' | 'kind'>): string => `mail.${word.kind}.${word.id}`;

/** Returns the id of the nudge or errand that tells; undefined: nobody is told. */
export async function tell(
  sql: Sql,
  { tenantId, roomId, correlationId }: RoomScene,
  way: Way,
  word: Word,
  now: number,
): Promise<string | undefined> {
  const dueAt = word.dueAt ?? now;
  const deadlineAt = Math.max(word.deadlineAt, dueAt + 1);
  if (way.by === 'nobody') return undefined;
  if (way.by === 'mail') {
    const errandId = mailId(word);
    const payload = { to: way.address, subject: word.mail.subject, text: word.mail.text };
    await planErrands(
      sql,
      tenantId,
      [{ errandId, kind: 'mail', mailboxId: roomId, payload, dueAt, deadlineAt }],
      correlationId,
      now,
    );
    return errandId;
  }
  const { personId } = way.person;
  const nudgeId = noticeId(word);
  const owner = { tenantId, personId, mailboxId: personId, correlationId };
  const facts = { ...word.facts } as Record<string, unknown>;
  await addNotice(sql, owner, { nudgeId, kind: word.kind, facts, dueAt, deadlineAt }, now);
  return nudgeId;
}

/** What was to be said is not true any more. Returns whether it was a notice that nobody heard. */
export async function untell(sql: Sql, tenantId: string, id: string, reason: string, now: number): Promise<boolean> {
  if (id.startsWith('mail.')) {
    await withdrawErrands(sql, tenantId, [id], reason, now);
    return false;
  }
  return (await withdrawNotices(sql, tenantId, [id], reason, now)).length > 0;
}

/** A day and a half is the longest night. */
const LONGEST_WAIT_MS = 1.5 * DAY_MS;

/** When somebody may hear news of this: after their quiet hours, pause or absence, unless it would be too late then. */
export function heardAt(person: Person, now: number, latest: number): number {
  const settings = settingsOf(person);
  const { timeZone, away } = person;
  const listener = { now, person: { settings, timeZone, ...(away ? { away } : {}) } };
  const dueAt = endOfSilence(now, silencesOf(listener, [], now + LONGEST_WAIT_MS).full);
  return dueAt < latest ? dueAt : now;
}

/** They want to hear nothing at that time: a pause, or quiet hours. Who is away is asked all the same. */
export function isSilentAt(person: Person, instant: number, now: number): boolean {
  const listener = { now, person: { settings: settingsOf(person), timeZone: person.timeZone } };
  return endOfSilence(instant, silencesOf(listener, [], instant).full) > instant;
}
