/** Cards that come of rules by themselves: their words, webhooks, permissions. */
import { channelsCard } from '../../../src/bot/cards/channels.ts';
import type { Reader } from '../../../src/bot/cards/meeting.ts';
import { postCard, rulePostCard } from '../../../src/bot/cards/post.ts';
import { ruleMessageCard } from '../../../src/bot/cards/rule-message.ts';
import {
  rulePermissionCard,
  webhookOffCard,
  webhookOnCard,
  webhookTestedCard,
} from '../../../src/bot/cards/rule-notices.ts';
import type { RuleMessageFacts } from '../../../src/delivery/errands/message.ts';
import type { Message } from '../../../src/delivery/message.ts';
import type { MeetingFacts } from '../../../src/nudges/facts.ts';
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
  return {
    ruleMessage: ruleMessageCard(said, reader, now),
    ruleMessageAfterwards: ruleMessageCard(said, reader, facts.endAt + 1),
    webhookOff: webhookOffCard(off, 'webhookOff.hook.1', reader, now),
    webhookGone: webhookOffCard({ ...off, failingSince: null }, 'webhookOff.hook.1', reader, now),
    webhookOn: webhookOnCard(off),
    webhookTested: webhookTestedCard({ host, outcome: 'HTTP 204', isTaken: true }),
    webhookNotTaken: webhookTestedCard({ host, outcome: 'ECONNREFUSED', isTaken: false }),
    rulePermission: rulePermissionCard({ ruleName: facts.subject, scope: 'Tasks.ReadWrite' }, 'rulePermission.1'),
    ruleCannotPost: rulePostCard({ ruleName: facts.subject, channel: host, why: 'notAMember' }),
    post: postCard({ hello: false, text: said.text, ruleName: said.ruleName, by: 'ada@test.example' }),
    postHello: postCard({ hello: true }),
    channels: channelsCard({ channels: [{ name: host }, { name: 'Sales, General' }], isAll: false }),
    channelsNone: channelsCard({ channels: [], isAll: true }, facts.subject),
  };
}
