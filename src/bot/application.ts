/**
 * teams-ai's Application, wired: what comes in from a chat becomes a command, a button or an installation. The only
 * file besides adapter, storage and delivery/teams.ts that knows the SDK.
 */
import { Application, type TeamsAdapter, type TurnState } from '@microsoft/teams-ai';
import { type Activity, ActivityTypes, INVOKE_RESPONSE_KEY, TurnContext } from 'botbuilder';
import { isIanaZone } from '../calendar/zone.ts';
import { DAY_MS } from '../clock.ts';
import { toActivity } from '../delivery/teams.ts';
import { CalendarWatchError, codeOf } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import { isReadByApplication } from '../store/app-watch.ts';
import { addNotice } from '../store/nudges.ts';
import {
  claimWelcome,
  dropConversation,
  ensureTenant,
  forgetWelcome,
  meetPerson,
  type StoredConversation,
  saveConversation,
} from '../store/people.ts';
import { ACTIONS } from './actions/actions.ts';
import { press } from './actions/press.ts';
import { sentence } from './cards/answers.ts';
import { ownedBy } from './cards/owner.ts';
import { readNews, readPlace } from './channel-news.ts';
import { answer } from './commands/commands.ts';
import { answerIn, heardIn, heardNews, learnName } from './in-company.ts';
import { afterRemoval, afterReturn } from './installing.ts';
import { type Pace, TOO_FAST } from './pace.ts';
import type { Services, Turn } from './services.ts';
import { answerSignIn, isSignInInvoke } from './sso.ts';
import type { TenantStorage } from './storage.ts';

export interface Bot {
  run(context: TurnContext): Promise<void>;
}

const CARD = 'application/vnd.microsoft.card.adaptive';
const WORDS = 'application/vnd.microsoft.activity.message';
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Undefined when the activity does not say who and where; then it is nothing we can serve. */
export function readTurn(activity: Activity): (Turn & { kind: StoredConversation['kind'] }) | undefined {
  const tenantId = activity.conversation?.tenantId ?? activity.channelData?.tenant?.id;
  const personId = activity.from?.aadObjectId;
  const conversationId = activity.conversation?.id;
  if (!GUID.test(tenantId ?? '') || !GUID.test(personId ?? '') || !conversationId) return undefined;
  const info = activity.entities?.find((entity) => entity.type === 'clientInfo') as
    | { timezone?: string; locale?: string }
    | undefined;
  const zone = activity.localTimezone ?? info?.timezone ?? '';
  const type = activity.conversation.conversationType;
  return {
    tenantId: tenantId.toLowerCase(),
    personId: (personId ?? '').toLowerCase(),
    conversationId,
    locale: activity.locale ?? info?.locale ?? 'en-GB',
    timeZone: isIanaZone(zone) ? zone : 'UTC',
    kind: type === 'groupChat' || type === 'channel' ? type : 'personal',
  };
}

/** The one plain sentence for the person; the operator gets the rest in the log. */
export function explain(error: unknown): string {
  if (error instanceof CalendarWatchError && error.say) return error.say;
  if (error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED')
    return 'I have lost access to your calendar. Type **watch on** to sign in again.';
  if (error instanceof GraphFailure && error.kind === 'forbidden')
    return 'Microsoft 365 doesn’t let me do that with your account. Please ask your admin.';
  if (error instanceof GraphFailure) return 'Your calendar doesn’t answer right now. Please try again in a minute.';
  return 'Something went wrong on my side. Please try again in a minute.';
}

const TEAMS = 'msteams';

/** Teams tells by them that the bot, or somebody, came or left, and what teams and channels are called. */
const IS_NEWS = new Set<string>([ActivityTypes.InstallationUpdate, ActivityTypes.ConversationUpdate]);

const referenceIn = ({ activity }: TurnContext) =>
  TurnContext.getConversationReference(activity) as Record<string, unknown>;

/** True if the person goes too fast, and has been told as far as they are to be. */
async function isTooFast(context: TurnContext, turn: Turn, pace: Pace): Promise<boolean> {
  const { type, name } = context.activity;
  if (type !== ActivityTypes.Message && type !== ActivityTypes.Invoke) return false;
  const verdict = pace(turn.tenantId, turn.personId);
  if (verdict === 'answer') return false;
  // A press is always answered, in the same request: silence would look like a broken button.
  const words = { status: 200, body: { statusCode: 200, type: WORDS, value: TOO_FAST } };
  if (type === ActivityTypes.Invoke)
    await context.sendActivity({
      type: 'invokeResponse',
      value: name === 'adaptiveCard/action' ? words : { status: 429 },
    });
  else if (verdict === 'tell') await context.sendActivity(toActivity(sentence(TOO_FAST)));
  return true;
}

export function createBot(
  services: Services,
  adapter: TeamsAdapter,
  storage: TenantStorage,
  botAppId: string,
  pace: Pace,
): Bot {
  const application = new Application<TurnState>({
    adapter,
    botAppId,
    storage,
    // A typing indicator is a call that counts against Teams' limits; answers come at once anyway.
    startTypingTimer: false,
    removeRecipientMention: true,
  });

  /** Every inbound message renews the reference: the service address may move. */
  const meet = async (context: TurnContext, turn: Turn & { kind: StoredConversation['kind'] }) => {
    const reference = referenceIn(context);
    const now = services.clock.now();
    await services.database.inTenant(turn.tenantId, async (sql) => {
      await ensureTenant(sql, turn.tenantId, now);
      // The id of this one message is of no use for later ones.
      const lasting = { ...reference, activityId: undefined };
      await saveConversation(
        sql,
        turn.tenantId,
        { conversationId: turn.conversationId, kind: turn.kind, reference: lasting },
        now,
      );
      if (turn.kind === 'personal') await meetPerson(sql, { ...turn, deviceTimeZone: turn.timeZone }, now);
    });
  };

  const guarded = async (context: TurnContext, turn: Turn, work: () => Promise<void>) => {
    try {
      await work();
    } catch (err) {
      services.log.warn(
        { code: codeOf(err), tenantId: turn.tenantId, personId: turn.personId, err },
        'a request failed',
      );
      await context
        .sendActivity(toActivity(sentence(explain(err))))
        .catch((error: unknown) =>
          services.log.warn({ tenantId: turn.tenantId, err: error }, 'an answer was not sent'),
        );
    }
  };

  const answerAmongSeveral = async (context: TurnContext) => {
    const place = readPlace(context.activity);
    if (place) await heardIn(services, place, referenceIn(context));
    await context.sendActivity(toActivity(answerIn(context.activity.text ?? '')));
    if (place) await learnName(services, place);
  };

  const welcome = async (context: TurnContext, turn: Turn & { kind: StoredConversation['kind'] }) => {
    await meet(context, turn);
    if (turn.kind !== 'personal') return;
    const now = services.clock.now();
    const { tenantId, personId } = turn;
    // Through the ledger, in one transaction with the mark that it is to be: thousands may install in the same minute.
    await services.database.inTenant(tenantId, async (sql) => {
      if (!(await claimWelcome(sql, tenantId, personId, now))) return;
      const owner = { tenantId, personId, mailboxId: personId, correlationId: services.newId() };
      const facts = (await isReadByApplication(sql, tenantId, personId)) ? { byAdmin: true } : {};
      const notice = { nudgeId: `welcome.${personId}.${now}`, kind: 'welcome', facts, deadlineAt: now + DAY_MS };
      await addNotice(sql, owner, notice, now);
    });
    services.poke('nudges');
  };

  // Before what is about personal chats: of a team it may come without a person.
  application.addRoute(
    async ({ activity }) => IS_NEWS.has(activity.type) && readPlace(activity) !== undefined,
    async (context) => {
      const place = readPlace(context.activity);
      const news = readNews(context.activity);
      if (place && news) await heardNews(services, place, news, referenceIn(context));
    },
  );

  application.activity(ActivityTypes.InstallationUpdate, async (context) => {
    const turn = readTurn(context.activity);
    if (!turn) return;
    if (!String(context.activity.action).startsWith('remove')) {
      await welcome(context, turn);
      return turn.kind === 'personal' ? afterReturn(services, turn) : undefined;
    }
    const { tenantId, personId, conversationId } = turn;
    // One after the other: who sends holds the nudge and then the chat.
    await services.database.inTenant(tenantId, (sql) => forgetWelcome(sql, tenantId, personId, services.clock.now()));
    await services.database.inTenant(tenantId, (sql) => dropConversation(sql, tenantId, conversationId));
    // Not 'remove-upgrade': what follows that is the same app again.
    if (turn.kind === 'personal' && context.activity.action === 'remove') await afterRemoval(services, turn);
  });

  application.conversationUpdate('membersAdded', async (context) => {
    const turn = readTurn(context.activity);
    const botId = context.activity.recipient?.id;
    // Members that are not the bot joining are no business of ours; a personal chat announces both of its members.
    const concerns = context.activity.membersAdded?.some((member) => member.id === botId || turn?.kind === 'personal');
    if (turn && concerns) await welcome(context, turn);
  });

  application.activity(ActivityTypes.Message, async (context) => {
    const turn = readTurn(context.activity);
    if (!turn) {
      await context
        .sendActivity('I can’t see who you are in this chat, so I can’t help here.')
        .catch((error: unknown) => services.log.warn({ err: error }, 'an answer was not sent'));
      return;
    }
    await guarded(context, turn, async () => {
      await meet(context, turn);
      if (turn.kind !== 'personal') return answerAmongSeveral(context);
      const message = await answer(services, turn, context.activity.text ?? '');
      if (message) await context.sendActivity(toActivity(ownedBy(turn.personId, message)));
    });
  });

  // Not teams-ai's adaptiveCards.actionExecute: it remembers one response type a verb for the life of the process.
  application.addRoute(
    async (context) =>
      context.activity.type === ActivityTypes.Invoke && context.activity.name === 'adaptiveCard/action',
    async (context) => {
      const respond = (type: string, value: unknown) =>
        context.sendActivity({
          type: 'invokeResponse',
          value: { status: 200, body: { statusCode: 200, type, value } },
        });
      const turn = readTurn(context.activity);
      const pressed = context.activity.value?.action as { verb?: string; data?: Record<string, unknown> } | undefined;
      const action = ACTIONS.find((one) => one.verb === pressed?.verb);
      if (!turn || !action || turn.kind !== 'personal') {
        await respond(WORDS, 'I don’t know that button any more. Type **help** to see what I understand.');
        return;
      }
      try {
        await meet(context, turn);
        const answered = await press(services, turn, action, pressed?.data ?? {}, {
          activityId: context.activity.replyToId,
          explain,
        });
        if ('card' in answered) await respond(CARD, ownedBy(turn.personId, answered.card).card);
        else {
          // The answer first: it has three seconds, and what was done is done whether or not the rest arrives.
          await respond(WORDS, answered.words);
          if (answered.reply)
            await context
              .sendActivity(toActivity(ownedBy(turn.personId, answered.reply)))
              .catch((err: unknown) => services.log.warn({ tenantId: turn.tenantId, err }, 'a reply was not sent'));
        }
      } catch (err) {
        services.log.warn(
          { code: codeOf(err), tenantId: turn.tenantId, personId: turn.personId, err },
          'a button failed',
        );
        // As words with status 200: an error status makes the client show its own words instead of ours.
        await respond(WORDS, explain(err).replace(/\*\*/g, ''));
      }
    },
    true,
  );

  application.addRoute(
    async ({ activity }) => activity.type === ActivityTypes.Invoke && isSignInInvoke(activity.name),
    async (context) => {
      const { name = '', value } = context.activity;
      const turn = readTurn(context.activity);
      const isOurs = turn?.kind === 'personal';
      if (isOurs) await meet(context, turn);
      const { reply, ...answered } = isOurs
        ? await answerSignIn(services, turn, name, value, explain)
        : { status: 400 };
      await context.sendActivity({ type: 'invokeResponse', value: answered });
      if (turn && reply)
        await context
          .sendActivity(toActivity(ownedBy(turn.personId, reply)))
          .catch((err: unknown) => services.log.warn({ tenantId: turn.tenantId, err }, 'a reply was not sent'));
    },
    true,
  );

  const serve = async (context: TurnContext): Promise<void> => {
    // Other channels of a bot (web chat) let their clients say who they are; only Teams vouches for it.
    if (botAppId !== '' && context.activity.channelId !== TEAMS) {
      services.log.warn({ channelId: context.activity.channelId }, 'an activity of another channel was ignored');
      return;
    }
    const turn = readTurn(context.activity);
    const place = IS_NEWS.has(context.activity.type) ? readPlace(context.activity) : undefined;
    if (!turn && !place) {
      services.log.warn({ activityType: context.activity.type }, 'an activity without person or tenant was ignored');
      if (context.activity.type !== ActivityTypes.Message) return;
    }
    if (turn && (await isTooFast(context, turn, pace))) return;
    await storage.within(turn?.tenantId ?? place?.tenantId ?? 'nobody', () => application.run(context));
  };

  return {
    async run(context) {
      await serve(context);
      // What nobody here answers is theirs to mend: the SDK would say 501, as if something had failed.
      if (context.activity.type === ActivityTypes.Invoke && !context.turnState.get(INVOKE_RESPONSE_KEY))
        await context.sendActivity({ type: 'invokeResponse', value: { status: 404 } });
    },
  };
}
