/** Where others read along, nothing of a calendar is said, whatever is typed or pressed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ChannelActivity } from '../../sandbox/connector/connector.ts';
import { ACTIONS } from '../../src/bot/actions/actions.ts';
import { COMMANDS } from '../../src/bot/commands/commands.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';

const HOUR_MS = 3_600_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const NO = /^I keep calendars to myself: write to me in our personal chat\.$/m;

describe('in a group or a channel', () => {
  let product: TestProduct;
  let ada: TestPerson;

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
    product.sandbox.graph.store.create(
      { tenantId: ada.person.tenantId, oid: ada.person.oid },
      { subject: 'Salary talks', start: at(Date.now() + 3 * HOUR_MS), end: at(Date.now() + 4 * HOUR_MS) },
    );
    await product.connect(ada);
    await product.say(ada, 'next');
    // It could be said: in the personal chat it is.
    await product.hear(ada, /Salary talks/);
  });
  after(async () => product?.stop());

  const send = (activity: ChannelActivity, conversationType: string) =>
    product.connector.sendToBot(`${product.origin}/api/messages`, {
      ...activity,
      conversation: { ...activity.conversation, conversationType } as ChannelActivity['conversation'],
    });

  for (const kind of ['groupChat', 'channel'])
    it(`of the kind ${kind} every command gets the same sentence, and no button does anything`, async () => {
      const said = product.connector.messages(ada.user.conversationId).length;
      const typed = [...COMMANDS.map((one) => one.name), 'forget me now', 'hello'];
      for (const text of typed) await send(product.connector.messageActivity(ada.user, text), kind);
      const answers = product.connector.messages(ada.user.conversationId).slice(said);
      assert.equal(answers.length, typed.length);
      for (const answer of answers) {
        assert.match(wordsOf(answer), NO);
        assert.doesNotMatch(wordsOf(answer), /Salary/);
      }
      for (const { verb } of ACTIONS) {
        const { body } = await send(product.connector.invokeActivity(ada.user, verb, {}), kind);
        assert.match(JSON.stringify(body), /I don’t know that button any more/, verb);
      }
      assert.equal(product.connector.messages(ada.user.conversationId).length, said + typed.length);
      const rows = await product.peek<{ watch: string }>('select watch from cw.person');
      assert.deepEqual(rows, [{ watch: 'on' }]);
    });
});
