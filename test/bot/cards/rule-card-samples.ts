/** Cards of rules with the longest and the oddest that can stand in them. */

import type { Reader } from '../../../src/bot/cards/meeting.ts';
import { draftCard, rehearsedCard } from '../../../src/bot/cards/rule-draft.ts';
import { ruleFormCard, ruleLineCard } from '../../../src/bot/cards/rule-form.ts';
import {
  RULES_A_PAGE,
  ruleRunsCard,
  rulesCard,
  templateChannelCard,
  templatesCard,
} from '../../../src/bot/cards/rule-list.ts';
import { ruleMailCard } from '../../../src/bot/cards/rule-mail.ts';
import { rulePausedCard } from '../../../src/bot/cards/rule-paused.ts';
import type { Message } from '../../../src/delivery/message.ts';
import type { MeetingFacts } from '../../../src/nudges/facts.ts';
import type { Rehearsed } from '../../../src/rules/rehearse.ts';
import { TEMPLATES } from '../../../src/rules/templates.ts';
import { deedWords, headWords, wordsOf } from '../../../src/rules/words.ts';
import type { DoneRun } from '../../../src/store/rule-runs.ts';
import { KNOWN, rule } from '../../rules/specs.ts';
import { HOUR } from '../../support/events.ts';

/** As many as the card shows, of the longest names. */
const many40 = (name: string) =>
  Array.from({ length: 45 }, (_, index) => ({
    id: `19:${'x'.repeat(40)}${index}@thread.tacv2`,
    name: `${name} ${index} ${'M'.repeat(100)}`,
  }));

export function ruleCards(facts: MeetingFacts, reader: Reader, now: number): Record<string, Message> {
  const subject = facts.subject.trim().slice(0, 100) || 'Planning';
  const one = rule({
    name: subject,
    spec: {
      when: { trigger: 'after', minutes: 10 },
      which: { external: true, subjectHas: subject },
      do: [
        { deed: 'message', text: `Write the follow-up on {subject} ${subject}` },
        { deed: 'task', title: `Follow up on ${subject}`, dueInMinutes: 1_440 },
        { deed: 'webhook', webhookId: 'hook-1' },
      ],
    },
  });
  const { spec } = one;
  const line = wordsOf(spec, KNOWN);
  const draft = {
    scope: 'mine' as const,
    spec,
    line,
    head: headWords(spec),
    deeds: spec.do.map((it) => deedWords(it, KNOWN)),
  };
  const run = { at: now - HOUR, subject: facts.subject, startAt: now - 2 * HOUR };
  const rehearsed: Rehearsed = { count: 12, runs: Array.from({ length: 10 }, () => run) };
  const paused = { ...one, pausedAt: now, pausedWhy: 'limit', scope: 'rooms' as const };
  const many = Array.from({ length: RULES_A_PAGE + 3 }, (_, index) => (index % 2 ? paused : one));
  const done = (state: DoneRun['state']): DoneRun => ({
    errandId: 'run.x.0',
    kind: 'message',
    personId: 'ada',
    mailboxId: 'ada',
    payload: { facts },
    state,
    reason: 'its meeting is gone',
    dueAt: now - HOUR,
    endedAt: now,
  });
  const runs = (['done', 'failed', 'missed', 'withdrawn', 'planned'] as const).map(done);
  const [template] = TEMPLATES;
  const notice = { ruleId: 'rule-1', name: subject, scope: 'mine' as const, why: 'limit' as const };
  return {
    ruleDraft: draftCard(draft, rehearsed, reader),
    ruleDraftNever: draftCard({ ...draft, scope: 'rooms' }, { count: 0, runs: [] }, reader),
    ruleTested: rehearsedCard(subject, 'everyone', rehearsed, reader),
    ruleForm: ruleFormCard('mine', KNOWN),
    ruleFormFull: ruleFormCard('rooms', { channels: many40(subject), webhooks: many40('hooks') }),
    ruleFormBare: ruleFormCard('everyone', { channels: [], webhooks: [] }),
    ruleMail: ruleMailCard({ deed: 'attendees', text: 'x' }, 'mine', 'https://x.example/sign-in'),
    ruleMailOfAdmin: ruleMailCard({ deed: 'mail', to: 'a@x.example', text: 'x' }, 'rooms', 'https://x.example/sign-in'),
    ruleLine: ruleLineCard(line, 'mine'),
    rules: rulesCard({ rules: many, known: KNOWN, isForAll: false, page: 0, done: 'Saved.' }),
    rulesForAll: rulesCard({ rules: [paused], known: KNOWN, isForAll: true, page: 0 }),
    rulesNone: rulesCard({ rules: [], known: KNOWN, isForAll: false, page: 3 }),
    ruleRuns: ruleRunsCard({ rule: one, runs, canReplay: () => true, done: `Sent to ${subject}.` }, reader),
    ruleRunsNone: ruleRunsCard({ rule: paused, runs: [], canReplay: () => true }, reader),
    ruleTemplates: templatesCard(TEMPLATES, 'mine'),
    ...(template ? { ruleChannel: templateChannelCard(template, KNOWN.channels, 'mine') } : {}),
    rulePaused: rulePausedCard({ ...notice, runs: 31, limit: 30 }),
    rulePausedElse: rulePausedCard({ ...notice, scope: 'rooms', why: 'webhookOff' }),
  };
}
