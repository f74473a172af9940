/** The bot in a team and in a group chat: it comes, says hello once, is told where it may post, and goes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ChannelActivity, ChannelTeam } from '../../sandbox/connector/connector.ts';
import { startProduct, TENANT_ID, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('the bot in teams and group chats', function () {
  this.timeout(60_000);
  let product: TestProduct;
  let ada: TestPerson;
  let bo: TestPerson;
  let team: ChannelTeam;

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
    bo = product.addPerson('Bo Berg');
    for (const who of [ada, bo]) await product.connect(who);
    team = product.connector.createTeam({ name: 'Office', members: [ada.person], channels: ['Rooms'] });
  });
  after(async () => product?.stop());

  const post = (activity: ChannelActivity) => product.connector.sendToBot(`${product.origin}/api/messages`, activity);
  const postAll = async (all: ChannelActivity[]) => {
    for (const activity of all) await post(activity);
  };
  const rooms = () => team.channels[1]?.id ?? '';
  const said = (conversationId: string) => product.connector.messages(conversationId).map(wordsOf);
  const known = () =>
    product.peek<{ conversation_id: string; team_name: string; name: string; added_by: string | null }>(
      'select conversation_id, team_name, name, added_by from cw.channel order by team_name, name, conversation_id',
    );
  const press = async (who: TestPerson, card: ChannelActivity, label: RegExp) => {
    const content = card.attachments?.[0]?.content as { actions?: { title: string; verb: string; data: object }[] };
    const action = content.actions?.find(({ title }) => label.test(title));
    assert.ok(action, JSON.stringify(content));
    return product.press(who, action.verb, { ...action.data });
  };

  it('says hello once where it is added, and knows the place', async () => {
    await postAll(product.connector.installInTeam(team, ada.user));
    await until('hello', () => said(team.id).length > 0);
    await postAll(product.connector.installInTeam(team, ada.user, 'add-upgrade'));
    const [row, ...more] = await known();
    assert.equal(more.length, 0);
    assert.deepEqual([row?.conversation_id, row?.team_name, row?.name], [team.id, 'Office', 'General']);
    assert.equal(row?.added_by, ada.person.oid.toLowerCase());
    assert.equal(said(team.id).length, 1);
    assert.match(said(team.id)[0] ?? '', /calendars stay between me and each person/);
    // A word of its own, not an answer to nobody.
    assert.equal(product.connector.messages(team.id)[0]?.replyToId, undefined);
    const [stored] = await product.peek<{ reference: object }>('select reference from cw.channel');
    assert.doesNotMatch(JSON.stringify(stored), /Ada/);
  });

  it('learns of a channel, and its name, where it is spoken to, and says there what it does', async () => {
    await post(product.connector.mentionActivity(ada.user, rooms(), 'link'));
    assert.match(said(rooms()).at(-1) ?? '', /I post what a rule or an admin tells me to/);
    await post(product.connector.mentionActivity(ada.user, rooms(), 'agenda'));
    assert.match(said(rooms()).at(-1) ?? '', /I keep calendars to myself/);
    await until('the name', async () => (await known()).some(({ name }) => name === 'Rooms'));
    assert.deepEqual(
      (await known()).map((one) => [one.team_name, one.name]),
      [
        ['Office', 'General'],
        ['Office', 'Rooms'],
      ],
    );
    assert.equal(said(team.id).length, 1, 'hello is not said again');
  });

  it('lists to each what they are in themselves, and to nobody else what it is called', async () => {
    await product.say(ada, 'channels');
    assert.match(wordsOf(await product.hear(ada, /Your rules can post here/)), /General[\s\S]*Rooms/);
    await product.say(bo, 'channels');
    assert.doesNotMatch(wordsOf(await product.hear(bo, /I know of no channel/)), /Rooms|General|Office/);
    await product.say(bo, 'when an entry is created, post in "Rooms" "x"');
    const refused = await product.hear(bo, /There are no channels and chats yet/);
    assert.doesNotMatch(wordsOf(refused), /Office/);
    const line = `when an entry is created, post in "${rooms()}" "x"`;
    await product.say(bo, line);
    await product.hear(bo, /There are no channels and chats yet/);
  });

  it('has a channel told by a rule, in a thread of its own', async () => {
    await product.say(ada, 'when an entry is created, post in "Rooms" "New here: {subject}"');
    const draft = await product.hear(ada, /New here/);
    await press(ada, draft, /save/i);
    assert.equal((await product.peek('select 1 from cw.rule')).length, 1);
    product.sandbox.graph.store.create(
      { tenantId: TENANT_ID, oid: ada.person.oid },
      { subject: 'Town hall', start: at(Date.now() + 3 * HOUR_MS), end: at(Date.now() + 4 * HOUR_MS) },
    );
    await until('the post', () => said(rooms()).some((words) => /New here: Town hall/.test(words)), 20_000);
    const [told] = product.connector.messages(rooms()).filter((one) => /Town hall/.test(wordsOf(one)));
    assert.equal(told?.replyToId, undefined);
    assert.equal(product.connector.messages(team.id).length, 1);
  });

  it('does not save a rule of somebody who has left since it was drafted', async () => {
    await product.say(ada, 'when an entry is cancelled, post in "Rooms" "Gone: {subject}"');
    const draft = await product.hear(ada, /Gone/);
    product.connector.leave(team.id, ada.person);
    await product.peek(
      `update cw.answer set answered_at = answered_at - interval '1 hour' where kind = 'channelMember'`,
    );
    assert.match(JSON.stringify((await press(ada, draft, /save/i)).body), /only where you are too/);
    product.connector.join(team.id, ada.person);
    assert.equal((await product.peek('select 1 from cw.rule')).length, 1);
  });

  it('follows names, and goes with its team', async () => {
    const [, update] = product.connector.installInTeam(team, ada.user);
    assert.ok(update);
    const renamed = (eventType: string, channel: object, name: string): ChannelActivity => {
      const { membersAdded: _none, ...rest } = update;
      return {
        ...rest,
        channelData: { ...rest.channelData, eventType, channel, team: { id: team.id, name } },
      } as ChannelActivity;
    };
    await post(renamed('channelRenamed', { id: rooms(), name: 'Lost rooms' }, 'Office'));
    await post(renamed('teamRenamed', { id: team.id }, 'House'));
    assert.deepEqual(
      (await known()).map((one) => [one.team_name, one.name]),
      [
        ['House', 'General'],
        ['House', 'Lost rooms'],
      ],
    );
    // Of a team Teams may tell without saying who did it.
    const nobody = renamed('channelDeleted', { id: rooms() }, 'House');
    const from = { id: nobody.from?.id ?? '' };
    await post({ ...nobody, from } as ChannelActivity);
    assert.equal((await known()).length, 1);
    await postAll(product.connector.installInTeam(team, ada.user, 'remove'));
    assert.deepEqual(await known(), []);
  });

  it('is in a group chat likewise', async () => {
    const chat = product.connector.createGroupChat({ members: [ada.person, bo.person] });
    await postAll(product.connector.installInChat(chat, bo.user, 'add'));
    await until('hello', () => said(chat.id).length > 0);
    await product.say(bo, 'channels');
    await product.hear(bo, /Group chat/);
    await postAll(product.connector.installInChat(chat, bo.user, 'remove'));
    assert.deepEqual(await known(), []);
    assert.equal(said(chat.id).length, 1);
  });
});
