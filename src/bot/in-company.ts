/** The bot among several people: that it is in a team or group chat is kept as Teams tells of it, and it says hello once. */
import { DAY_MS } from '../clock.ts';
import type { HelloPayload } from '../delivery/errands/post.ts';
import type { Message } from '../delivery/message.ts';
import {
  dropChannel,
  dropTeam,
  findChannel,
  forgetMembers,
  renameChannel,
  renameTeam,
  saveChannel,
} from '../store/channels.ts';
import type { Sql } from '../store/database.ts';
import { planErrands } from '../store/errands.ts';
import { ensureTenant } from '../store/people.ts';
import { sentence } from './cards/answers.ts';
import { inCompany } from './cards/post.ts';
import { type News, type Place, referenceOf } from './channel-news.ts';
import { tidy } from './commands/commands.ts';
import type { Services } from './services.ts';

type Reference = Record<string, unknown>;

/** Through the ledger: thousands may install in the same minute. */
async function sayHello(services: Services, sql: Sql, { tenantId, conversationId }: Place, now: number) {
  const payload: HelloPayload = { hello: true, conversationId };
  const errand = {
    errandId: `hello.${conversationId}.${now}`,
    ...{ kind: 'post', payload: { ...payload }, dueAt: now, deadlineAt: now + DAY_MS },
  };
  await planErrands(sql, tenantId, [errand], services.newId(), now);
}

async function keep(sql: Sql, place: Place, reference: Reference, addedBy: string | undefined, now: number) {
  const { tenantId, teamId, teamName } = place;
  await ensureTenant(sql, tenantId, now);
  const kept = await saveChannel(sql, tenantId, { ...place, addedBy, reference: referenceOf(reference, place) }, now);
  if (teamId && teamName) await renameTeam(sql, tenantId, teamId, teamName);
  return kept;
}

export async function heardNews(services: Services, place: Place, news: News, reference: Reference): Promise<void> {
  const { tenantId, conversationId, teamId, teamName, name } = place;
  const now = services.clock.now();
  await services.database.inTenant(tenantId, async (sql) => {
    switch (news.news) {
      case 'added': {
        const { isFirst } = await keep(sql, place, reference, news.by, now);
        if (isFirst) await sayHello(services, sql, place, now);
        return;
      }
      case 'removed':
      case 'teamDeleted':
        await dropChannel(sql, tenantId, conversationId);
        if (teamId) await dropTeam(sql, tenantId, teamId);
        return;
      case 'channelDeleted':
        return dropChannel(sql, tenantId, conversationId);
      case 'channelRenamed':
        return name ? renameChannel(sql, tenantId, conversationId, name) : undefined;
      case 'teamRenamed':
        return teamId && teamName ? renameTeam(sql, tenantId, teamId, teamName) : undefined;
      case 'left':
        return forgetMembers(sql, tenantId, news.personIds, { conversationId, teamId });
    }
  });
  services.poke('errands');
  if (news.news === 'added') await learnName(services, place);
}

/** Somebody speaks to the bot there: from now on it can be told. */
export async function heardIn(services: Services, place: Place, reference: Reference): Promise<void> {
  const now = services.clock.now();
  await services.database.inTenant(place.tenantId, (sql) => keep(sql, place, reference, undefined, now));
}

/** Activities of a channel don't say what it is called; asked once, until it is known. */
export async function learnName(services: Services, { tenantId, conversationId, teamId }: Place): Promise<void> {
  if (!teamId || !services.channel.channelName) return;
  const channel = await services.database.inTenant(tenantId, (sql) => findChannel(sql, tenantId, conversationId));
  if (channel?.name !== '') return;
  const name = await services.channel.channelName(channel, teamId);
  if (name)
    await services.database.inTenant(tenantId, (sql) =>
      renameChannel(sql, tenantId, conversationId, name.slice(0, 200)),
    );
}

const ABOUT_US = new Set(['help', 'link']);

/** One line, whatever is said: nothing of anybody's calendar. */
export const answerIn = (text: string): Message =>
  ABOUT_US.has(tidy(text).toLowerCase())
    ? inCompany()
    : sentence('I keep calendars to myself: write to me in our personal chat.');
