/** What activities of teams and group chats say, in tables: who came, what is gone, what it is called now. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  channelIdOf,
  type News,
  type Place,
  type PlaceActivity,
  readNews,
  readPlace,
  referenceOf,
} from '../../src/bot/channel-news.ts';

const TENANT = '7e570000-0000-4000-8000-000000000001';
const ADA = '7e570000-0000-4000-8000-0000000000aa';
const TEAM = '19:team@thread.tacv2';
const ROOMS = '19:rooms@thread.tacv2';
const BOT = '28:bot';

const inTeam = (channelData: object, more: Partial<PlaceActivity> = {}): PlaceActivity => ({
  type: 'conversationUpdate',
  conversation: { id: TEAM, conversationType: 'channel', tenantId: TENANT },
  channelData: { tenant: { id: TENANT }, ...channelData },
  from: { id: '29:ada', aadObjectId: ADA.toUpperCase() },
  recipient: { id: BOT },
  ...more,
});
const inChat = (more: Partial<PlaceActivity> = {}): PlaceActivity =>
  inTeam({}, { conversation: { id: '19:chat@thread.v2', conversationType: 'groupChat', tenantId: TENANT }, ...more });

describe('news of teams and group chats', () => {
  const place = { tenantId: TENANT, kind: 'channel' } as const;
  const places: [string, PlaceActivity, Place | undefined][] = [
    [
      'a personal chat',
      inChat({ conversation: { id: 'a:1', conversationType: 'personal', tenantId: TENANT } }),
      undefined,
    ],
    [
      'a place without a tenant',
      inChat({ conversation: { id: 'x', conversationType: 'groupChat' }, channelData: {} }),
      undefined,
    ],
    [
      'a thread of a channel',
      inTeam(
        { team: { id: TEAM }, channel: { id: ROOMS } },
        { conversation: { id: `${ROOMS};messageid=17`, conversationType: 'channel', tenantId: TENANT } },
      ),
      { ...place, conversationId: ROOMS, teamId: TEAM },
    ],
    [
      'the channel that was chosen as the app was added',
      inTeam({
        team: { id: TEAM, name: 'Office' },
        channel: { id: TEAM, name: 'x' },
        settings: { selectedChannel: { id: ROOMS } },
      }),
      { ...place, conversationId: ROOMS, teamId: TEAM, teamName: 'Office' },
    ],
    [
      'a channel with its name',
      inTeam({ team: { id: TEAM, name: null }, channel: { id: ROOMS, name: 'R'.repeat(300) } }),
      { ...place, conversationId: ROOMS, teamId: TEAM, name: 'R'.repeat(200) },
    ],
    [
      'a group chat with a name',
      inChat({ conversation: { id: 'c', conversationType: 'groupChat', tenantId: TENANT.toUpperCase(), name: 'Us' } }),
      { tenantId: TENANT, kind: 'groupChat', conversationId: 'c', name: 'Us' },
    ],
    ['an id that no header takes', inTeam({ channel: { id: 'a\nb' } }), undefined],
    ['what is no data', inTeam({ team: 'x' }), undefined],
  ];
  for (const [what, activity, expected] of places)
    it(`come from ${what}`, () => assert.deepEqual(readPlace(activity), expected));

  const us = { id: BOT };
  const added: News = { news: 'added', by: ADA };
  const cases: [string, PlaceActivity, News | undefined][] = [
    ['the app was added', inChat({ type: 'installationUpdate', action: 'add' }), added],
    ['it was renewed', inChat({ type: 'installationUpdate', action: 'add-upgrade' }), added],
    ['it was removed', inChat({ type: 'installationUpdate', action: 'remove' }), { news: 'removed' }],
    ['it is about to be renewed', inChat({ type: 'installationUpdate', action: 'remove-upgrade' }), undefined],
    ['the bot came', inChat({ membersAdded: [us] }), added],
    ['by nobody known', inChat({ membersAdded: [us], from: { id: 'x' } }), { news: 'added' }],
    ['somebody else came', inChat({ membersAdded: [{ id: '29:bo' }] }), undefined],
    ['the bot went', inChat({ membersRemoved: [us] }), { news: 'removed' }],
    [
      'somebody went',
      inChat({ membersRemoved: [{ id: '29:x', aadObjectId: ADA }] }),
      { news: 'left', personIds: [ADA] },
    ],
    ['somebody unknown went', inChat({ membersRemoved: [{ id: '29:x' }] }), undefined],
    ['a team was deleted', inTeam({ eventType: 'teamDeleted', team: { id: TEAM } }), { news: 'teamDeleted' }],
    ['for good', inTeam({ eventType: 'teamHardDeleted', team: { id: TEAM } }), { news: 'teamDeleted' }],
    ['a channel was deleted', inTeam({ eventType: 'channelDeleted' }), { news: 'channelDeleted' }],
    ['a channel was renamed', inTeam({ eventType: 'channelRenamed' }), { news: 'channelRenamed' }],
    ['a team was renamed', inTeam({ eventType: 'teamRenamed' }), { news: 'teamRenamed' }],
    ['a channel was made', inTeam({ eventType: 'channelCreated' }), undefined],
    ['somebody spoke', inTeam({}, { type: 'message' }), undefined],
  ];
  for (const [what, activity, expected] of cases)
    it(`say that ${what}`, () => assert.deepEqual(readNews(activity), expected));

  it('never throw, whatever Teams sends', () =>
    fc.assert(
      fc.property(
        fc.object({ maxDepth: 3 }),
        fc.constantFrom('channel', 'groupChat'),
        (channelData, conversationType) => {
          const conversation = { id: 'x', conversationType, tenantId: TENANT };
          readPlace({ type: 'conversationUpdate', conversation, channelData });
          readNews({ type: 'conversationUpdate', conversation, channelData });
        },
      ),
      { numRuns: 100 },
    ));

  it('leave who spoke, and in which thread, out of how the channel is reached', () => {
    const reference = {
      ...{
        user: { id: '29:ada', name: 'Ada' },
        bot: us,
        channelId: 'msteams',
        serviceUrl: 'https://x',
        activityId: '1',
      },
      conversation: { id: `${ROOMS};messageid=17`, conversationType: 'channel', name: 'y', isGroup: true },
    };
    assert.deepEqual(referenceOf(reference, { ...place, conversationId: ROOMS }), {
      ...{ bot: us, channelId: 'msteams', serviceUrl: 'https://x', locale: undefined },
      conversation: { id: ROOMS, tenantId: TENANT, conversationType: 'channel', isGroup: true },
    });
    assert.equal(channelIdOf(`${ROOMS};messageid=17`), ROOMS);
  });
});
