/** when …, 30 minutes before …: a rule in one line, said back before it is kept. */
import type { Message } from '../../delivery/message.ts';
import { beginsByTheClock } from '../../rules/parse.ts';
import type { RuleScope } from '../../rules/rule.ts';
import { sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import { draftCard } from '../cards/rule-draft.ts';
import { presser, readFor, tried } from '../rules.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

/** All that is left out of the answer stays readable. */
const LONGEST_TROUBLE = 600;

export async function draftOf(services: Services, turn: Turn, typed: string, scope: RuleScope): Promise<Message> {
  const read = await readFor(services, turn, typed, scope);
  if (read.kind === 'notUnderstood') return sentence(plain(read.say, LONGEST_TROUBLE));
  const { draft } = read;
  const reader = await presser(services, turn);
  return draftCard(draft, await tried(services, turn, draft.spec, scope), reader);
}

/** “30 minutes before meetings …”, “an hour and a half after …” */
const BY_THE_CLOCK = { test: beginsByTheClock };

export const when: Command = {
  name: 'when',
  openings: ['whenever', 'if', 'as soon as', 'every time', 'each time'],
  bare: BY_THE_CLOCK,
  usage: 'when …, …',
  help: 'a rule: “when a meeting with external people ends, remind me in 10 min to write the follow-up”',
  group: 'calendar',
  keepsCase: true,
  run: (services, turn, rest) =>
    // What stands for the command by its form is handed on as a whole.
    draftOf(services, turn, BY_THE_CLOCK.test(rest) ? rest : `when ${rest}`, 'mine'),
};
