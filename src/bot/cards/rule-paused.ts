/** “I’ve paused your rule”: it would have run more often than it may. */
import type { Message } from '../../delivery/message.ts';
import type { RulePausedFacts } from '../../rules/pause.ts';
import { clip, execute, kicker, line, message, plain, title } from './parts.ts';
import { RULE_RESUME, RULE_RUNS } from './rule-list.ts';

const LONGEST_NAME = 160;

export function rulePausedCard({ ruleId, name, scope, runs, limit }: RulePausedFacts): Message {
  const whose = scope === 'mine' ? 'your rule' : 'a rule of the organisation';
  const words = `I’ve paused ${whose}`;
  const why =
    runs === undefined || limit === undefined
      ? 'It cannot do what it says just now.'
      : `It would have run ${runs} times within an hour; ${limit} are allowed. What it still had to do was dropped.`;
  return message(
    [kicker('⏸️', 'Rule paused', 'Attention'), title(clip(name, LONGEST_NAME)), line(plain(`${words}. ${why}`))],
    { summary: `${words}: ${clip(name, LONGEST_NAME)}`, fallbackText: `${words}: ${name}. ${why}` },
    [execute('Resume', RULE_RESUME, { ruleId }), execute('Last runs', RULE_RUNS, { ruleId })],
  );
}
