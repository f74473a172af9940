/**
 * Activities from where the bot is one of several: channels of a team and group chats. Shapes follow Microsoft's Teams
 * documentation ("Conversation events", "Channel and group conversations with a bot").
 */
import {
  type ActivityContext,
  baseActivity,
  type ChannelActivity,
  type ChannelUser,
  type InstallAction,
  messageActivity,
} from './activity.ts';
import type { Conversation } from './conversations.ts';

const THREAD = ';messageid=';

/** "19:…@thread.tacv2;messageid=17" is a thread of the channel before the semicolon. */
export function partsOf(conversationId: string): { id: string; threadId?: string } {
  const at = conversationId.indexOf(THREAD);
  if (at < 0) return { id: conversationId };
  return { id: conversationId.slice(0, at), threadId: conversationId.slice(at + THREAD.length) };
}

export const threadIn = (channelId: string, threadId: string): string => `${channelId}${THREAD}${threadId}`;

/** What an activity says of the place it comes from. */
function placeOf(where: Conversation, threadId?: string): Pick<ChannelActivity, 'conversation' | 'channelData'> {
  const { conversationType, tenantId, team } = where;
  const id = team && threadId !== undefined ? threadIn(where.id, threadId) : where.id;
  const tenant = { tenant: { id: tenantId } };
  return {
    conversation: { isGroup: true, conversationType, tenantId, id },
    channelData: team
      ? { teamsChannelId: where.id, teamsTeamId: team.id, channel: { id: where.id }, team: { id: team.id }, ...tenant }
      : tenant,
  };
}

/** As the bot finds it in a message: who it is for stands in the text and among the entities. */
export function mentionActivity(
  user: ChannelUser,
  context: ActivityContext,
  where: Conversation,
  said: { text: string; id: string; threadId?: string },
): ChannelActivity {
  const name = context.botName;
  const text = `<at>${name}</at> ${said.text}`;
  const activity = messageActivity(user, context, text);
  const mention = { type: 'mention', mentioned: { id: `28:${context.botId}`, name }, text: `<at>${name}</at>` };
  const escaped = said.text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  const span = `<span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="0">${name}</span>`;
  return {
    ...activity,
    id: said.id,
    ...placeOf(where, said.threadId ?? said.id),
    ...(where.team && said.threadId !== undefined ? { replyToId: said.threadId } : {}),
    attachments: [{ contentType: 'text/html', content: `<div><div>${span} ${escaped}</div></div>` }],
    entities: [mention, ...(activity.entities ?? [])],
  };
}

/** A card's invoke, as if the card stood in `where`: in a channel within the thread of the message. */
export function movedTo(activity: ChannelActivity, where: Conversation): ChannelActivity {
  const message = where.messages.get(activity.replyToId ?? '');
  const { conversation, channelData } = placeOf(where, message?.replyToId ?? activity.replyToId);
  return { ...activity, conversation, channelData: { ...activity.channelData, ...channelData } };
}

function updated(user: ChannelUser, context: ActivityContext, where: Conversation, isAdded: boolean): ChannelActivity {
  const bot = { id: `28:${context.botId}` };
  const { conversation, channelData } = placeOf(where);
  return {
    ...baseActivity('conversationUpdate', user, context),
    conversation,
    channelData: where.team ? { ...aboutTeam(where), eventType: eventOf(isAdded) } : channelData,
    ...(isAdded ? { membersAdded: [bot] } : { membersRemoved: [bot] }),
  };
}

const eventOf = (isAdded: boolean) => (isAdded ? 'teamMemberAdded' : 'teamMemberRemoved');

/** With the team's name and group, which messages don't carry. */
function aboutTeam({ id, tenantId, team }: Conversation): Record<string, unknown> {
  const about = { id: team?.id, name: team?.name, aadGroupId: team?.aadGroupId };
  return { channel: { id }, team: about, tenant: { id: tenantId } };
}

/** What Teams posts as the app comes or goes: installationUpdate, and conversationUpdate beside it. */
export function sharedInstallActivities(
  user: ChannelUser,
  context: ActivityContext,
  where: Conversation,
  action: InstallAction,
): ChannelActivity[] {
  const { conversation, channelData } = placeOf(where);
  const about = where.team ? aboutTeam(where) : channelData;
  const settings = { settings: { selectedChannel: { id: where.id } }, source: { name: 'message' } };
  const installation: ChannelActivity = {
    ...baseActivity('installationUpdate', user, context),
    action,
    conversation,
    channelData: { ...about, ...settings },
  };
  const isUpgrade = action.endsWith('-upgrade');
  return isUpgrade ? [installation] : [installation, updated(user, context, where, action === 'add')];
}
