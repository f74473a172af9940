/** The code of a sign-in page, typed in the chat that asked: only now another account is connected. */
import type { Message } from '../delivery/message.ts';
import { readAccountCode } from '../identity/sign-in.ts';
import { sentence } from './cards/answers.ts';
import type { Services, Turn } from './services.ts';
import { afterSignIn } from './signed-in.ts';
import { plural } from './words.ts';

const ANEW = '**watch on** gives you a new link.';

/** @param typed in any form; also what Teams hands over with signin/verifyState */
export async function redeemAccountCode(services: Services, turn: Turn, typed: string): Promise<Message> {
  const code = readAccountCode(typed);
  if (code === undefined)
    return sentence('That code has eight letters and digits, never 0, 1, I, L or O: **code ABCD-EFGH**.');
  const came = await services.signIn.redeemCode(turn, code);
  if (came.kind === 'none') return sentence(`I wait for no such code here, or it is too old. ${ANEW}`);
  if (came.kind === 'wrong')
    return came.triesLeft > 0
      ? sentence(`That is not the code. ${plural(came.triesLeft, 'try', 'tries')} left.`)
      : sentence(`That were too many wrong codes, so nothing was connected. ${ANEW}`);
  await afterSignIn(services, came.who);
  return sentence('✅ Connected. I read that account’s calendar from now on; **watch status** says which one it is.');
}
