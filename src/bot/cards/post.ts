/** What is said where others read along: a rule's word, hello, and what the bot does there. Nothing personal. */
import type { PostWords, RulePostFacts } from '../../delivery/errands/post.ts';
import type { Message } from '../../delivery/message.ts';
import { sentence } from './answers.ts';
import { clip, kicker, line, message, plain, subtle, title } from './parts.ts';
import { paragraphs } from './rule-message.ts';

const LONGEST_NAME = 100;

/** For whoever mentions the bot there. */
export const IN_COMPANY =
  'I post what a rule or an admin tells me to; calendars stay between me and each person. Write to me in our own chat.';

function helloCard(): Message {
  return message([kicker('👋', 'Calendar Watch'), line(IN_COMPANY)], {
    summary: 'Calendar Watch is here',
    fallbackText: `Calendar Watch is here. ${IN_COMPANY}`,
  });
}

export function postCard(words: PostWords): Message {
  if (words.hello) return helloCard();
  const name = clip(words.ruleName, LONGEST_NAME);
  const whose = words.by ? `a rule of ${words.by}` : 'a rule';
  return message([...paragraphs(words.text), subtle(plain(`${whose}: “${name}”`))], {
    summary: words.text.replace(/\s+/g, ' '),
    fallbackText: `${words.text}\n(${whose}: “${name}”)`,
  });
}

const WHY: Record<RulePostFacts['why'], string> = {
  notThere: 'I am not in it any more. Add me there again, and say in a new rule where to post.',
  notAMember: 'You are not in it any more, and I post only where you are.',
  refused: 'Teams doesn’t let me write there. Who manages the channel may allow it.',
};

/** To the rule's owner, in their own chat. */
export function rulePostCard(facts: RulePostFacts): Message {
  const name = clip(facts.ruleName, LONGEST_NAME);
  const where = facts.channel ? `“${clip(facts.channel, LONGEST_NAME)}”` : 'its channel';
  const words = `Your rule “${name}” can’t post in ${where}`;
  const why = WHY[facts.why];
  return message([kicker('⚙️', 'Rule without its channel', 'Attention'), title(words), line(why)], {
    summary: words,
    fallbackText: `${words}. ${why}`,
  });
}

export const inCompany = (): Message => sentence(IN_COMPANY);
