/**
 * A rule's word to its owner: a notice in their chat, planned here and sent like all others. It waits for the end of their
 * quiet hours, pause or absence; if its meeting is over by then, it is not said (a word after the end waits whatever comes).
 */
import { HOUR_MS } from '../../clock.ts';
import { fill } from '../../rules/fill.ts';
import type { RuleFacts } from '../../rules/rule.ts';
import type { Sql } from '../../store/database.ts';
import { addNotice } from '../../store/nudges.ts';
import type { Errand, ErrandKind } from './errand.ts';
import { actorOf, heardFrom, runOf, UNREADABLE, whyNotRun } from './run.ts';

export const RULE_MESSAGE = 'rule';

/** What the card is made of. */
export interface RuleMessageFacts
  extends Pick<RuleFacts, 'subject' | 'startAt' | 'endAt' | 'allDay' | 'joinUrl' | 'webLink'> {
  ruleName: string;
  /** Filled in, in the reader's zone and language. */
  text: string;
}

/** After the end of its meeting, or of the silence it waited for. */
const KEPT_FOR_MS = 12 * HOUR_MS;

/** Undefined: it would come when its meeting is over. */
async function heardAt(sql: Sql, errand: Errand, facts: RuleFacts, now: number): Promise<number | undefined> {
  const person = await actorOf(sql, errand);
  const dueAt = person ? await heardFrom(sql, person, now) : now;
  // Said at once it is in time, or as late as the rule itself wants it.
  const isTooLate = dueAt > now && dueAt >= facts.endAt && facts.trigger !== 'after';
  return isTooLate ? undefined : dueAt;
}

export const createMessage = (): ErrandKind => ({
  name: 'message',
  whenUnknown: 'again',
  async stillStands(sql, errand, now) {
    const run = runOf(errand, 'message');
    if (!run) return UNREADABLE;
    const against = await whyNotRun(sql, errand);
    if (against !== undefined) return against;
    return (await heardAt(sql, errand, run.facts, now)) === undefined
      ? 'the meeting is over when you may be disturbed again'
      : undefined;
  },
  async settle(sql, errand, result, now) {
    const run = runOf(errand, 'message');
    const person = await actorOf(sql, errand);
    if (result.kind !== 'done' || !run || !person) return;
    const { facts, ruleName, deed } = run;
    const { tenantId, personId } = person;
    const dueAt = (await heardAt(sql, errand, facts, now)) ?? now;
    const { subject, startAt, endAt, allDay, joinUrl, webLink } = facts;
    const said: RuleMessageFacts = {
      ruleName,
      text: fill(deed.text, facts, person),
      ...{ subject, startAt, endAt },
      ...(allDay ? { allDay } : {}),
      ...(joinUrl ? { joinUrl } : {}),
      ...(webLink ? { webLink } : {}),
    };
    const owner = { tenantId, personId, mailboxId: personId, correlationId: errand.correlationId };
    const nudgeId = `${RULE_MESSAGE}.${errand.errandId}`;
    // Said before a meeting, it says nothing new once that is over.
    const latest = facts.trigger === 'before' && endAt > dueAt ? endAt : dueAt + KEPT_FOR_MS;
    await addNotice(sql, owner, { nudgeId, kind: RULE_MESSAGE, facts: { ...said }, dueAt, deadlineAt: latest }, now);
  },
});
