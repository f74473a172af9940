/**
 * A press on a button: whose card it is, and an answer within three seconds. What takes longer is answered with a word,
 * and the card is changed when the outcome is known.
 */
import type { Message } from '../../delivery/message.ts';
import { CalendarWatchError, codeOf } from '../../errors.ts';
import { findConversation, type StoredConversation } from '../../store/people.ts';
import { sentence } from '../cards/answers.ts';
import { isOwner, ownedBy } from '../cards/owner.ts';
import { orAskPermission } from '../permission.ts';
import type { Services, Turn } from '../services.ts';
import type { ButtonAction, Reaction } from './action.ts';

/** Teams shows an error after three seconds; the way there and back takes some of them. */
const ANSWER_LIMIT_MS = 2_300;

const LATE = Symbol('late');

export type Answered = { card: Message } | { reply: Message | undefined; words: string };

const answered = (reaction: Reaction): Answered =>
  'card' in reaction
    ? reaction
    : { reply: reaction.reply, words: reaction.reply ? 'See below.' : 'All right, in a moment.' };

/**
 * What comes of it shows where it belongs: a card in place of the one that was pressed, everything else below it, so that
 * what somebody typed and the other buttons stay. The press itself has been done, whatever becomes of this.
 */
async function showLater(
  services: Services,
  turn: Turn,
  chat: StoredConversation | undefined,
  activityId: string | undefined,
  message: Message,
  isInPlace: boolean,
): Promise<void> {
  const { tenantId, personId } = turn;
  if (!chat) return;
  const owned = ownedBy(personId, message);
  const outcome =
    isInPlace && activityId && services.channel.update
      ? await services.channel.update(chat, activityId, owned)
      : await services.channel.send(chat, owned);
  if (outcome.kind !== 'sent') services.log.warn({ tenantId, outcome: outcome.kind }, 'a late answer was not shown');
}

export async function press(
  services: Services,
  turn: Turn,
  action: ButtonAction,
  data: Record<string, unknown>,
  how: { activityId: string | undefined; explain(error: unknown): string },
): Promise<Answered> {
  if (!isOwner(turn.personId, data))
    throw new CalendarWatchError('COMMAND_INVALID', 'a button of somebody else’s card was pressed', {
      say: 'That card is somebody else’s. Type **help** to see what I can do for you.',
    });
  let cancel = () => {};
  const limit = new Promise<typeof LATE>((resolve) => {
    cancel = services.clock.after(ANSWER_LIMIT_MS, () => resolve(LATE));
  });
  const work = action
    .run(services, { ...turn, ...(how.activityId ? { cardId: how.activityId } : {}) }, data)
    // Once somebody agreed, the same button works.
    .catch(async (error: unknown): Promise<Reaction> => ({ reply: await orAskPermission(services, turn, error) }));
  const first = await Promise.race([work, limit]).finally(() => cancel());
  if (first !== LATE) return answered(first);
  const { activityId } = how;
  const { tenantId, conversationId } = turn;
  // Now: what was pressed may be “Forget me”, and then the chat is gone by the time that there is something to say.
  const chat = await services.database
    .inTenant(tenantId, (sql) => findConversation(sql, tenantId, conversationId))
    .catch(() => undefined);
  void work
    .then(
      (reaction) => ({ message: 'card' in reaction ? reaction.card : reaction.reply, isInPlace: 'card' in reaction }),
      (err: unknown) => {
        services.log.warn({ code: codeOf(err), tenantId: turn.tenantId, err }, 'a button failed, late');
        return { message: sentence(how.explain(err)), isInPlace: false };
      },
    )
    .then(({ message, isInPlace }) => message && showLater(services, turn, chat, activityId, message, isInPlace))
    .catch((err: unknown) => services.log.warn({ err }, 'a late answer was not shown'));
  return { reply: undefined, words: 'This takes a moment; I’ll say here what comes of it.' };
}
