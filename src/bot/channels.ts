/**
 * Channels and group chats that somebody may have told: those that they are in themselves, by Teams' own word. Of others
 * they learn neither that they are nor what they are called.
 */
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import type { Membership } from '../delivery/channel.ts';
import { CalendarWatchError } from '../errors.ts';
import {
  type Channel,
  channelsFor,
  dropChannel,
  findChannel,
  forgetMember,
  memberAt,
  noteMember,
  type SeenChannel,
} from '../store/channels.ts';
import type { Sql } from '../store/database.ts';
import type { Services, Turn } from './services.ts';

type Who = Pick<Turn, 'tenantId' | 'personId'>;

/** Said so long ago it counts while somebody makes a rule; for a list it may be older. */
const FRESH_MS = 10 * MINUTE_MS;
const LISTED_MS = DAY_MS;
/** Teams is asked about so many at once; a word of the name finds the others. */
const MOST_ASKED = 24;
const ASKED_AT_ONCE = 6;
const MOST_NAMED = 100;

/** As rules name it: `name` stands for one alone of those that the person is in. */
export interface NamedChannel {
  id: string;
  name: string;
}

const CALLED: Record<Channel['kind'], string> = { channel: 'Channel', groupChat: 'Group chat' };
const shortName = ({ name, kind }: Channel) => name || CALLED[kind];
const longName = (channel: Channel) =>
  channel.teamName ? `${channel.teamName}, ${shortName(channel)}` : shortName(channel);

/** By its own name where that says which; else by team and name; else with a number. */
export function named(channels: readonly Channel[]): NamedChannel[] {
  const counts = new Map<string, number>();
  const keys = (channel: Channel) => new Set([shortName(channel), longName(channel)].map((one) => one.toLowerCase()));
  for (const channel of channels) for (const key of keys(channel)) counts.set(key, (counts.get(key) ?? 0) + 1);
  const isAlone = (name: string) => counts.get(name.toLowerCase()) === 1;
  const numbers = new Map<string, number>();
  return channels.map((channel) => {
    const clear = [shortName(channel), longName(channel)].find(isAlone);
    if (clear) return { id: channel.conversationId, name: clear };
    const name = longName(channel);
    const number = (numbers.get(name) ?? 0) + 1;
    numbers.set(name, number);
    return { id: channel.conversationId, name: number === 1 ? name : `${name} (${number})` };
  });
}

const isMember = ({ memberAt: at }: SeenChannel) => at !== null;

/** Without asking Teams: where they were when it was asked last (`askWhere`). */
export async function channelsKnownTo(sql: Sql, who: Who): Promise<NamedChannel[]> {
  return named((await channelsFor(sql, who)).filter(isMember).slice(0, MOST_NAMED));
}

/** Asks Teams, and keeps what it says. */
async function ask(services: Services, who: Who, channel: Channel): Promise<Membership> {
  const { tenantId, personId } = who;
  const { conversationId } = channel;
  const answer = (await services.channel.membership?.(channel, personId)) ?? 'unknown';
  if (answer === 'unknown') return answer;
  const now = services.clock.now();
  await services.database.inTenant(tenantId, async (sql) => {
    if (answer === 'member') return noteMember(sql, who, conversationId, now);
    await forgetMember(sql, who, conversationId);
    // Heard of since we asked: another installation.
    if (answer === 'gone') await dropChannel(sql, tenantId, conversationId, now - MINUTE_MS);
  });
  return answer;
}

const has = (channel: Channel, words: string) =>
  channel.conversationId === words || longName(channel).toLowerCase().includes(words.toLowerCase());

/** Asks Teams about those whose name has these words, of which it has not been asked today. True: that was all of them. */
export async function askWhere(services: Services, who: Who, words = ''): Promise<boolean> {
  const now = services.clock.now();
  const all = await services.database.inTenant(who.tenantId, (sql) => channelsFor(sql, who));
  const open = all.filter((one) => has(one, words) && (one.memberAt ?? 0) <= now - LISTED_MS);
  // Those where they were before come first, then those that were heard of last.
  open.sort((a, b) => (b.memberAt ?? 0) - (a.memberAt ?? 0) || b.seenAt - a.seenAt);
  const asked = open.slice(0, MOST_ASKED);
  for (let at = 0; at < asked.length; at += ASKED_AT_ONCE)
    await Promise.all(asked.slice(at, at + ASKED_AT_ONCE).map((one) => ask(services, who, one)));
  return asked.length === open.length;
}

export async function channelsOfPerson(
  services: Services,
  who: Who,
  words = '',
): Promise<{ channels: NamedChannel[]; isAll: boolean }> {
  const isAll = await askWhere(services, who, words);
  const known = await services.database.inTenant(who.tenantId, (sql) => channelsKnownTo(sql, who));
  return { channels: known.filter(({ name }) => name.toLowerCase().includes(words.toLowerCase())), isAll };
}

/** The one that these words name, of those that they are in: its id, its name, or words that only its name has. */
export async function channelNamed(services: Services, who: Who, words: string): Promise<NamedChannel | undefined> {
  const wanted = words.trim().toLowerCase();
  await askWhere(services, who, words.trim());
  const all = await services.database.inTenant(who.tenantId, (sql) => channelsKnownTo(sql, who));
  const same = all.find(({ id, name }) => id === words.trim() || name.toLowerCase() === wanted);
  const having = wanted === '' ? [] : all.filter(({ name }) => name.toLowerCase().includes(wanted));
  return same ?? (having.length === 1 ? having[0] : undefined);
}

/** Whether a rule of theirs may post there. Throws, with what to do, where Teams doesn't tell. */
export async function mayPostTo(services: Services, who: Who, conversationId: string): Promise<boolean> {
  const { channel, at } = await services.database.inTenant(who.tenantId, async (sql) => ({
    channel: await findChannel(sql, who.tenantId, conversationId),
    at: await memberAt(sql, who, conversationId),
  }));
  if (!channel) return false;
  if (at !== undefined && at > services.clock.now() - FRESH_MS) return true;
  const answer = await ask(services, who, channel);
  if (answer === 'unknown')
    throw new CalendarWatchError('COMMAND_INVALID', 'Teams did not say who is in a channel', {
      say: 'Teams doesn’t tell me right now whether you are in that channel. Please try again in a minute.',
    });
  return answer === 'member';
}
