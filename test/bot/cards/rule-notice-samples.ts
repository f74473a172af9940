/** Cards that come of rules by themselves: their words, webhooks, permissions. */
import { channelsCard } from '../../../src/bot/cards/channels.ts';
import type { Reader } from '../../../src/bot/cards/meeting.ts';
import { postCard, rulePostCard } from '../../../src/bot/cards/post.ts';
import { ruleMessageCard } from '../../../src/bot/cards/rule-message.ts';
import { rulePermissionCard, webhookOffCard, webhookTestedCard } from '../../../src/bot/cards/rule-notices.ts';
import { webhookAddedCard, webhookOnCard, webhooksCard } from '../../../src/bot/cards/webhooks.ts';
import type { RuleMessageFacts } from '../../../src/delivery/errands/message.ts';
import type { Message } from '../../../src/delivery/message.ts';
import type { MeetingFacts } from '../../../src/nudges/facts.ts';
import type { Webhook } from '../../../src/store/webhooks.ts';
import { DAY } from '../../support/events.ts';

export function ruleNoticeCards(facts: MeetingFacts, reader: Reader, now: number): Record<string, Message> {
  const { subject, startAt, endAt, allDay, joinUrl, webLink } = facts;
  const said: RuleMessageFacts = {
    ruleName: facts.subject || 'My rule',
    text: `Write the follow-up for ${facts.subject}.\nWith whom: ${facts.others.join(', ')}`,
    ...{ subject, startAt, endAt },
    ...(allDay ? { allDay } : {}),
    ...(joinUrl ? { joinUrl } : {}),
    ...(webLink ? { webLink } : {}),
  };
  const host = facts.subject || 'hooks.example.com';
  const off = { webhookId: 'hook', host, failingSince: now - 5 * DAY };
  const hosts = Array.from({ length: 10 }, () => host);
  const hook: Webhook = {
    webhookId: 'hook',
    personId: 'ada',
    host,
    madeAt: now - DAY,
    failingSince: null,
    offAt: null,
  };
  const many = hosts.map((_, at) => ({
    ...hook,
    webhookId: `hook-${at}`,
    failingSince: at % 2 ? now - DAY : null,
    offAt: at % 3 ? now : null,
  }));
  const failures = many.flatMap(({ webhookId }, at) =>
    ['HTTP 500', 'ERR_TLS_CERT_ALTNAME_INVALID', at % 2 ? 'HTTP 410' : 'too slow'].map((reason) => ({
      ...{ webhookId, reason, dueAt: now - DAY, isTest: at % 4 === 0, isOver: at % 3 === 0 },
    })),
  );
  return {
    ruleMessage: ruleMessageCard(said, reader, now),
    ruleMessageAfterwards: ruleMessageCard(said, reader, facts.endAt + 1),
    webhookOff: webhookOffCard(off, 'webhookOff.hook.1', reader, now),
    webhookGone: webhookOffCard({ ...off, failingSince: null }, 'webhookOff.hook.1', reader, now),
    webhookOffWithRules: webhookOffCard({ ...off, pausedRules: hosts }, 'webhookOff.hook.1', reader, now),
    webhookOn: webhookOnCard(hook, []),
    webhookOnWithRules: webhookOnCard(
      { ...hook, offAt: now },
      hosts.map((name, at) => ({ ruleId: `rule-${at}`, name })),
    ),
    webhooks: webhooksCard({ webhooks: many, failures, done: 'hooks.example.com is removed.' }, reader, now),
    webhooksNone: webhooksCard({ webhooks: [], failures: [] }, reader, now),
    webhookAdded: webhookAddedCard({ ...hook, host }, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', host),
    webhookTested: webhookTestedCard({ host, outcome: 'HTTP 204', isTaken: true }),
    webhookNotTaken: webhookTestedCard({ host, outcome: 'ECONNREFUSED', isTaken: false, isOff: true }),
    rulePermission: rulePermissionCard({ ruleName: facts.subject, scope: 'Tasks.ReadWrite' }, 'rulePermission.1'),
    ruleCannotPost: rulePostCard({ ruleName: facts.subject, channel: host, why: 'notAMember' }),
    post: postCard({ hello: false, text: said.text, ruleName: said.ruleName, by: 'ada@test.example' }),
    postHello: postCard({ hello: true }),
    channels: channelsCard({ channels: [{ name: host }, { name: 'Sales, General' }], isAll: false }),
    channelsNone: channelsCard({ channels: [], isAll: true }, facts.subject),
  };
}
