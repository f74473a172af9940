/** What an activity of a team or a group chat says of the place it comes from. Pure. */
import { z } from 'zod';
import type { NewChannel } from '../store/channels.ts';

/** As the form of activities has it: the id goes into addresses and headers. */
const id = z.string().regex(/^[\x20-\x7e]{1,500}$/);
const called = z.string().max(500).nullish();
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LONGEST_NAME = 200;

const data = z.object({
  eventType: z.string().max(100).nullish(),
  team: z.object({ id, name: called }).nullish(),
  channel: z.object({ id, name: called }).nullish(),
  settings: z.object({ selectedChannel: z.object({ id, name: called }).nullish() }).nullish(),
  tenant: z.object({ id: z.string() }).nullish(),
});

interface Member {
  id: string;
  aadObjectId?: string;
}

export interface PlaceActivity {
  type: string;
  action?: unknown;
  conversation?: { id: string; conversationType?: string; tenantId?: string; name?: string };
  channelData?: unknown;
  from?: Member;
  recipient?: { id: string };
  membersAdded?: Member[];
  membersRemoved?: Member[];
}

export interface Place {
  tenantId: string;
  kind: NewChannel['kind'];
  /** Of the channel, not of a thread in it. */
  conversationId: string;
  teamId?: string;
  teamName?: string;
  name?: string;
}

export type News =
  | { news: 'added'; by?: string }
  | { news: 'removed' | 'teamDeleted' | 'channelDeleted' | 'channelRenamed' | 'teamRenamed' }
  | { news: 'left'; personIds: string[] };

const THREAD = /;messageid=.*$/s;
export const channelIdOf = (conversationId: string): string => conversationId.replace(THREAD, '');

const personIdOf = ({ aadObjectId = '' }: Member): string | undefined => {
  const personId = aadObjectId.toLowerCase();
  return GUID.test(personId) ? personId : undefined;
};

const nameIn = (given: string | null | undefined) => (given ? { name: given.slice(0, LONGEST_NAME) } : {});

/** Undefined: a personal chat, or nothing that can be understood. */
export function readPlace(activity: PlaceActivity): Place | undefined {
  const { conversation, channelData } = activity;
  const kind = conversation?.conversationType;
  if (kind !== 'groupChat' && kind !== 'channel') return undefined;
  const read = data.safeParse(channelData ?? {});
  const where = id.safeParse(channelIdOf(conversation?.id ?? ''));
  if (!read.success || !where.success) return undefined;
  const { team, channel, settings, tenant } = read.data;
  const tenantId = (conversation?.tenantId ?? tenant?.id ?? '').toLowerCase();
  if (!GUID.test(tenantId)) return undefined;
  if (kind === 'groupChat') return { tenantId, kind, conversationId: where.data, ...nameIn(conversation?.name) };
  const meant = settings?.selectedChannel ?? channel ?? { id: where.data };
  const conversationId = channelIdOf(meant.id);
  const said = meant.name ?? (channel && channelIdOf(channel.id) === conversationId ? channel.name : undefined);
  return {
    tenantId,
    kind,
    conversationId,
    ...(team ? { teamId: team.id } : {}),
    ...(team?.name ? { teamName: team.name.slice(0, LONGEST_NAME) } : {}),
    ...nameIn(said),
  };
}

const EVENTS: Readonly<Record<string, News>> = {
  teamDeleted: { news: 'teamDeleted' },
  teamHardDeleted: { news: 'teamDeleted' },
  channelDeleted: { news: 'channelDeleted' },
  channelRenamed: { news: 'channelRenamed' },
  teamRenamed: { news: 'teamRenamed' },
};

const added = ({ from }: PlaceActivity): News => {
  const by = from && personIdOf(from);
  return { news: 'added', ...(by ? { by } : {}) };
};

/** What happened there; undefined: nothing that concerns us. */
export function readNews(activity: PlaceActivity): News | undefined {
  const { type, action, membersAdded = [], membersRemoved = [], recipient } = activity;
  const isUs = (member: Member) => member.id === recipient?.id;
  if (type === 'installationUpdate') {
    if (String(action).startsWith('add')) return added(activity);
    // Not 'remove-upgrade': what follows that is the same app again.
    return action === 'remove' ? { news: 'removed' } : undefined;
  }
  if (type !== 'conversationUpdate') return undefined;
  const event = EVENTS[data.safeParse(activity.channelData ?? {}).data?.eventType ?? ''];
  if (event) return event;
  if (membersAdded.some(isUs)) return added(activity);
  if (membersRemoved.some(isUs)) return { news: 'removed' };
  const personIds = membersRemoved.flatMap((one) => personIdOf(one) ?? []);
  return personIds.length > 0 ? { news: 'left', personIds } : undefined;
}

/** How the channel is reached by whoever speaks first: nobody in it, and no thread. */
export function referenceOf(reference: Record<string, unknown>, place: Place): Record<string, unknown> {
  const { bot, channelId, serviceUrl, locale, conversation } = reference;
  const there = conversation as { conversationType?: string; isGroup?: boolean } | undefined;
  return {
    ...{ bot, channelId, serviceUrl, locale },
    conversation: {
      id: place.conversationId,
      tenantId: place.tenantId,
      conversationType: there?.conversationType,
      isGroup: true,
    },
  };
}
