/**
 * A mail: what rooms have to say to somebody without a chat, and what rules write. A rule's goes as the person where they
 * agreed to that, else by the installation's way of sending mails, else not at all; it says in either case who sent it and
 * why. To several people by that way it is a mail for each of them, an errand of its own, so that none gets it twice.
 */
import { z } from 'zod';
import type { Access, Graph } from '../../graph/port.ts';
import { readPolicy, type TenantPolicy } from '../../nudges/settings.ts';
import { fill } from '../../rules/fill.ts';
import type { RuleParty } from '../../rules/rule.ts';
import type { Database, Sql } from '../../store/database.ts';
import { planErrands } from '../../store/errands.ts';
import { type Person, policyOf } from '../../store/people.ts';
import type { Final } from '../attempt.ts';
import { htmlBody, subjectLine } from '../ways/mail-body.ts';
import type { OtherWay, Words } from '../ways/port.ts';
import type { Errand, ErrandKind, Result, WhenUnknown } from './errand.ts';
import { actorOf, type RunOf, runOf, UNREADABLE, whyNotRun } from './run.ts';
import { idOf, tellOfPermission } from './tell-owner.ts';
import { lacksPermission, NO_PERMISSION, pauseMs, troubleOf } from './trouble.ts';

export const NO_WAY = 'no way to send mails is set up';
export const NO_ADDRESS = 'the address is not known';
export const NOBODY = 'nobody else takes part';

const MOST_PEOPLE = 100;
const LONGEST_RULE_NAME = 100;

const address = z.string().regex(/^[^\s@]{1,64}@[^\s@]{1,255}$/);
/** Words that are whole already: of rooms, or one of several of a rule's. */
const written = z.object({ to: address, subject: z.string().max(500), text: z.string().max(20_000) });

export interface MailParts {
  database: Pick<Database, 'inTenant'>;
  graph: Pick<Graph, 'sendMail'>;
  /** The installation's, if there is one. */
  way?: OtherWay | undefined;
  /** That way goes to any address, not as the person alone. */
  canMailAnyone: boolean;
}

type MailRun = RunOf<'mail' | 'attendees'>;

const ROOMS_FOOTER = 'Sent by Calendar Watch, which looks after meetings and rooms here. Nobody reads answers to it.';

const ruleNameOf = ({ ruleName }: MailRun) => ruleName.slice(0, LONGEST_RULE_NAME);
const isToSelf = ({ deed }: MailRun) => deed.deed === 'mail' && deed.to === 'me';

function recipientsOf({ deed, facts }: MailRun, person: Person): RuleParty[] {
  if (deed.deed === 'attendees') return facts.people.slice(0, MOST_PEOPLE);
  const to = deed.to === 'me' ? person.address : deed.to;
  return to === null ? [] : [{ name: '', address: to }];
}

function wordsOf(run: MailRun, person: Person, by: 'person' | 'way'): Words {
  const { deed, facts } = run;
  const about = facts.subject || 'Our meeting';
  const subject = deed.deed === 'attendees' ? about : `${ruleNameOf(run)}: ${about}`;
  const name = `“${ruleNameOf(run)}”`;
  const forOthers =
    by === 'person'
      ? `Sent by itself: a rule of mine in Calendar Watch, ${name}.`
      : `Sent by Calendar Watch for ${person.address ?? 'somebody here'}, because of their rule ${name}.`;
  const footer = isToSelf(run) ? `You get this because of the rule ${name} in Calendar Watch.` : forOthers;
  return { subject, text: `${fill(deed.text, facts, person)}\n\n${footer}` };
}

function outcomeOf(final: Final, attempts: number): Result {
  if (final.kind === 'sent') return { kind: 'done' };
  const { reason } = final;
  if (final.kind === 'stop') return { kind: 'failed', reason };
  const afterMs = Math.max(final.afterMs ?? 0, pauseMs(attempts));
  return { kind: 'again', afterMs, reason, ...(final.ambiguous ? { ambiguous: true } : {}) };
}

/** The installation's way, where it may be used for this. @param policy the tenant's */
function wayFor({ way, canMailAnyone }: MailParts, policy: TenantPolicy): OtherWay | undefined {
  const isForbidden = policy.forbiddenWays.includes('email');
  return way && canMailAnyone && !isForbidden ? way : undefined;
}

/**
 * The operator's mailbox is nobody's to write to strangers with, no admin's either: a rule reaches by it whoever it acts
 * for, and the guests of the meetings that they organise. rules/mail-needs.ts asks the same as a rule is saved.
 */
function mayGoByWay({ scope, facts }: MailRun, person: Person, to: readonly RuleParty[]): boolean {
  // Of a rule for rooms, “organiser” is the room.
  const isOwn = facts.isOrganiser && scope !== 'rooms';
  const guests = new Set(isOwn ? facts.people.map((one) => one.address) : []);
  return to.every(({ address: one }) => one === person.address || guests.has(one));
}

const sendBy = async (way: OtherWay, errand: Errand, to: string, words: Words): Promise<Result> => {
  const destination = { tenantId: errand.tenantId, personId: errand.personId ?? '', address: to, stopToken: '' };
  return outcomeOf(await way.send(destination, words), errand.attempts);
};

/** Undefined: they have not agreed to it. */
async function sendAsPerson(
  { graph }: MailParts,
  errand: Errand,
  to: RuleParty[],
  words: Words,
): Promise<Result | undefined> {
  const personId = errand.personId ?? '';
  const access: Access = { tenantId: errand.tenantId, personId, mailboxId: personId };
  try {
    await graph.sendMail(access, { to, subject: subjectLine(words.subject), html: htmlBody(words) });
    return { kind: 'done' };
  } catch (error) {
    return lacksPermission(error) ? undefined : troubleOf(error, errand.attempts);
  }
}

async function sendRun(parts: MailParts, errand: Errand, run: MailRun, person: Person): Promise<Result> {
  const to = recipientsOf(run, person);
  const [first] = to;
  if (!first) return { kind: 'failed', reason: run.deed.deed === 'attendees' ? NOBODY : NO_ADDRESS };
  const way = mayGoByWay(run, person, to) ? wayFor(parts, readPolicy(person.policy)) : undefined;
  // Nobody’s mailbox writes what an admin’s rule says, as long as there is another way.
  if (run.scope === 'everyone' && way) return sendBy(way, errand, first.address, wordsOf(run, person, 'way'));
  const sent = await sendAsPerson(parts, errand, to, wordsOf(run, person, 'person'));
  if (sent) return sent;
  if (!way) return { kind: 'failed', reason: NO_PERMISSION };
  if (to.length === 1) return sendBy(way, errand, first.address, wordsOf(run, person, 'way'));
  return { kind: 'done', outcome: { each: to.length } };
}

/** A mail to each, planned with the word that there is one; of one address once. */
async function planEach(sql: Sql, errand: Errand, now: number): Promise<void> {
  const run = runOf(errand, 'attendees');
  const person = await actorOf(sql, errand);
  if (!run || !person) return;
  const { tenantId, errandId, personId, mailboxId, eventId, startAt, deadlineAt, correlationId } = errand;
  const { subject, text } = wordsOf(run, person, 'way');
  const each = recipientsOf(run, person).map((one) => ({
    ...{ personId, mailboxId, eventId, startAt, deadlineAt },
    errandId: `${errandId}.to.${idOf(one.address)}`,
    kind: 'mail',
    payload: { to: one.address, subject: subject.slice(0, 500), text, isToOthers: true },
    dueAt: now,
  }));
  await planErrands(sql, tenantId, each, correlationId, now);
}

async function send(parts: MailParts, errand: Errand): Promise<Result> {
  const run = runOf(errand, 'mail', 'attendees');
  const { person, policy } = await parts.database.inTenant(errand.tenantId, async (sql) => ({
    person: await actorOf(sql, errand),
    policy: await policyOf(sql, errand.tenantId),
  }));
  if (run) return person ? sendRun(parts, errand, run, person) : { kind: 'failed', reason: UNREADABLE };
  const read = written.safeParse(errand.payload);
  if (!read.success) return { kind: 'failed', reason: UNREADABLE };
  const way = wayFor(parts, policy);
  if (!way) return { kind: 'failed', reason: NO_WAY };
  const { to, subject, text } = read.data;
  const words = { subject, text: text.includes('Calendar Watch') ? text : `${text}\n\n${ROOMS_FOOTER}` };
  return sendBy(way, errand, to, words);
}

/** Nobody gets a mail twice that they did not ask for; a room's question, and a word to oneself, must arrive. */
function whenUnknown(errand: Errand): WhenUnknown {
  const run = runOf(errand, 'mail', 'attendees');
  if (run) return isToSelf(run) ? 'again' : 'never';
  return errand.payload.isToOthers === true ? 'never' : 'again';
}

export const createMail = (parts: MailParts): ErrandKind => ({
  name: 'mail',
  whenUnknown,
  stillStands: async (sql, errand) => (runOf(errand, 'mail', 'attendees') ? whyNotRun(sql, errand) : undefined),
  perform: (errand) => send(parts, errand),
  async settle(sql, errand, result, now) {
    if (result.kind === 'done' && result.outcome?.each !== undefined) await planEach(sql, errand, now);
    if (result.kind === 'failed' && result.reason === NO_PERMISSION)
      await tellOfPermission(sql, errand, 'Mail.Send', now);
  },
});
