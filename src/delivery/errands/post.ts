/**
 * A word in a channel or group chat that the bot is in: what a rule says there, or hello. In the tenant's pace and the
 * channel's limits, once: whoever reads along is not told twice. A rule's owner must be in the channel; that is asked again
 * when Teams said so more than a day ago.
 */
import { type Clock, DAY_MS, SECOND_MS, wait } from '../../clock.ts';
import { fill } from '../../rules/fill.ts';
import type { RuleFacts } from '../../rules/rule.ts';
import {
  dropChannel,
  findChannel,
  forgetMember,
  memberAt,
  noteMember,
  type Channel as Place,
  renewChannel,
  takeSlot,
} from '../../store/channels.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { Person } from '../../store/people.ts';
import type { Channel, Outcome } from '../channel.ts';
import { SENDS_PER_SECOND } from '../dispatcher.ts';
import type { Message } from '../message.ts';
import type { Errand, ErrandKind, Result } from './errand.ts';
import { actorOf, type RunOf, runOf, UNREADABLE, whyNotRun } from './run.ts';
import { idOf, tellOwner } from './tell-owner.ts';
import { pauseMs } from './trouble.ts';

export const RULE_POST = 'rulePost';
export const NOT_THERE = 'the bot is not in that channel any more';
export const NOT_A_MEMBER = 'notAMember';
export const NOT_KNOWN = 'whether they are in the channel is not known';
export const FULL = 'the channel, or the organisation, has been told much this moment';

const CHECKED_FOR_MS = DAY_MS;
/** Less than that is waited for; else the errand comes back. */
const HORIZON_MS = SECOND_MS;
/** Longer than an attempt takes: what was heard of since is another installation. */
const ATTEMPT_MS = 45 * SECOND_MS;
const LONGEST_NAME = 200;

/** To be said as somebody comes in. */
export interface HelloPayload {
  hello: true;
  conversationId: string;
}

export type PostWords = { hello: true } | { hello: false; text: string; ruleName: string; by: string };

export interface RulePostFacts {
  ruleName: string;
  channel: string;
  why: 'notThere' | 'notAMember' | 'refused';
}

export interface PostParts {
  database: Pick<Database, 'inTenant'>;
  clock: Clock;
  channel: Channel;
  render(words: PostWords): Message;
}

type PostRun = RunOf<'post'>;

/** Of somebody's private entry others learn when it is, and nothing else. */
const shownTo = (facts: RuleFacts): RuleFacts =>
  facts.isPrivate
    ? {
        ...{ ...facts, subject: 'a private entry', organiser: { name: '', address: '' }, people: [], peopleCount: 0 },
        ...{ place: undefined, joinUrl: undefined, webLink: undefined },
      }
    : facts;

function idIn({ payload }: Errand, run: PostRun | undefined): string | undefined {
  if (run) return run.deed.conversationId;
  const { hello, conversationId } = payload as Partial<HelloPayload>;
  return hello === true && typeof conversationId === 'string' ? conversationId : undefined;
}

const wordsOf = (run: PostRun | undefined, person: Person | undefined): PostWords | undefined => {
  if (!run) return { hello: true };
  if (!person) return undefined;
  const { deed, facts, ruleName } = run;
  return { hello: false, text: fill(deed.text, shownTo(facts), person), ruleName, by: person.address ?? '' };
};

/** Undefined: they are. */
async function whyNoMember(parts: PostParts, errand: Errand, place: Place): Promise<Result | undefined> {
  const { tenantId, attempts } = errand;
  const who = { tenantId, personId: errand.personId ?? '' };
  const inTenant = <T>(work: (sql: Sql) => Promise<T>) => parts.database.inTenant(tenantId, work);
  const { conversationId } = place;
  const checkedAt = await inTenant((sql) => memberAt(sql, who, conversationId));
  if (checkedAt !== undefined && checkedAt > parts.clock.now() - CHECKED_FOR_MS) return undefined;
  switch (await parts.channel.membership?.(place, who.personId)) {
    case 'member':
      await inTenant((sql) => noteMember(sql, who, conversationId, parts.clock.now()));
      return undefined;
    case 'notMember':
      await inTenant((sql) => forgetMember(sql, who, conversationId));
      return { kind: 'failed', reason: NOT_A_MEMBER };
    case 'gone':
      return { kind: 'failed', reason: NOT_THERE };
    default:
      return { kind: 'again', afterMs: pauseMs(attempts), reason: NOT_KNOWN };
  }
}

function resultOf(outcome: Outcome, attempts: number): Result {
  switch (outcome.kind) {
    case 'sent':
      return { kind: 'done', outcome: { activityId: outcome.activityId } };
    case 'retry': {
      const { afterMs = 0, reason, ambiguous } = outcome;
      return {
        kind: 'again',
        afterMs: Math.max(afterMs, pauseMs(attempts)),
        reason,
        ...(ambiguous ? { ambiguous } : {}),
      };
    }
    case 'gone':
      return { kind: 'failed', reason: `${NOT_THERE} (${outcome.reason})` };
    case 'stop':
      return { kind: 'failed', reason: outcome.dropConversation ? `${NOT_THERE} (${outcome.reason})` : outcome.reason };
    default:
      return { kind: 'failed', reason: outcome.reason };
  }
}

/** Undefined: now, in this slot. */
async function waitForSlot(
  { database, clock }: PostParts,
  tenantId: string,
  place: Place,
): Promise<Result | undefined> {
  const limits = { perSecond: SENDS_PER_SECOND, horizonMs: HORIZON_MS };
  const now = clock.now();
  const slot = await database.inTenant(tenantId, (sql) => takeSlot(sql, tenantId, place, limits, now));
  if ('freeAt' in slot) return { kind: 'again', afterMs: Math.max(SECOND_MS, slot.freeAt - now), reason: FULL };
  const delayMs = slot.slotAt - clock.now();
  if (delayMs > 0) await wait(clock, delayMs);
  return undefined;
}

async function send(parts: PostParts, errand: Errand, place: Place, message: Message): Promise<Result> {
  const { channel, database } = parts;
  const { tenantId } = errand;
  const full = await waitForSlot(parts, tenantId, place);
  if (full) return full;
  const outcome = await channel.send(place, message);
  const other = outcome.kind === 'wrongAddress' ? channel.elsewhere?.(place) : undefined;
  if (!other) return resultOf(outcome, errand.attempts);
  const fullThere = await waitForSlot(parts, tenantId, place);
  if (fullThere) return fullThere;
  const there = await channel.send(other, message);
  if (there.kind === 'sent')
    await database.inTenant(tenantId, (sql) => renewChannel(sql, tenantId, place, other.reference));
  return resultOf(there, errand.attempts);
}

async function perform(parts: PostParts, errand: Errand): Promise<Result> {
  const { tenantId } = errand;
  const run = runOf(errand, 'post');
  const conversationId = idIn(errand, run);
  if (conversationId === undefined) return { kind: 'failed', reason: UNREADABLE };
  const { place, person } = await parts.database.inTenant(tenantId, async (sql) => ({
    place: await findChannel(sql, tenantId, conversationId),
    person: await actorOf(sql, errand),
  }));
  const words = wordsOf(run, person);
  if (!words) return { kind: 'failed', reason: UNREADABLE };
  if (!place) return { kind: 'failed', reason: NOT_THERE };
  const against = run ? await whyNoMember(parts, errand, place) : undefined;
  return against ?? send(parts, errand, place, parts.render(words));
}

function whyOf(reason: string): RulePostFacts['why'] | undefined {
  if (reason.startsWith(NOT_THERE)) return 'notThere';
  if (reason === NOT_A_MEMBER) return 'notAMember';
  return reason.startsWith('Teams ') ? 'refused' : undefined;
}

/** Said once for each rule, channel and reason. */
async function tell(sql: Sql, errand: Errand, run: PostRun, why: RulePostFacts['why'], name: string, now: number) {
  const { conversationId } = run.deed;
  const facts: RulePostFacts = { ruleName: run.ruleName.slice(0, LONGEST_NAME), channel: name, why };
  const nudgeId = `${RULE_POST}.${idOf(errand.ruleId ?? '', errand.personId ?? '', conversationId, why)}`;
  await tellOwner(sql, errand, { nudgeId, kind: RULE_POST, facts: { ...facts } }, now);
}

async function settle(sql: Sql, errand: Errand, result: Result, now: number): Promise<void> {
  const why = result.kind === 'failed' ? whyOf(result.reason) : undefined;
  const run = runOf(errand, 'post');
  const conversationId = idIn(errand, run);
  if (why === undefined || conversationId === undefined) return;
  const { tenantId } = errand;
  const place = await findChannel(sql, tenantId, conversationId);
  if (run) await tell(sql, errand, run, why, placeName(place), now);
  if (why === 'notThere') await dropChannel(sql, tenantId, conversationId, now - ATTEMPT_MS);
}

/** "Sales, General"; what is not known is left out. */
export const placeName = (place: Pick<Place, 'teamName' | 'name'> | undefined): string =>
  [place?.teamName, place?.name].filter(Boolean).join(', ').slice(0, LONGEST_NAME);

export const createPost = (parts: PostParts): ErrandKind => ({
  name: 'post',
  whenUnknown: 'never',
  async stillStands(sql, errand) {
    if (runOf(errand, 'post')) return whyNotRun(sql, errand);
    const conversationId = idIn(errand, undefined);
    if (conversationId === undefined) return UNREADABLE;
    return (await findChannel(sql, errand.tenantId, conversationId)) ? undefined : NOT_THERE;
  },
  perform: (errand) => perform(parts, errand),
  settle,
});
