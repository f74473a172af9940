import { after, before, describe, it } from 'mocha';
import { CALENDARS_INPUT, CHOOSE_CALENDARS, choiceOf } from '../../src/bot/cards/calendars.ts';
import { startProduct, type TestPerson, type TestProduct } from '../support/product.ts';
import { until } from '../support/until.ts';

const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
describe('revoked', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let ben: TestPerson;
  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada');
    ben = product.addPerson('Ben');
  });
  after(async () => product?.stop());
  it('goes on watching the others', async () => {
    const { store, control } = product.sandbox.graph;
    const id = store.shareCalendar(ben.person, ada.person);
    await product.connect(ada);
    await product.press(ada, CHOOSE_CALENDARS, { [CALENDARS_INPUT]: `default,${choiceOf(id)}` });
    await until('read', async () => (await product.peek('select from cw.feed where delta_link is null')).length === 0);
    control.unshareCalendar(ben.person.oid, ada.person.oid);
    await product.peek(`with due as (update cw.feed set look_at = now() where polled returning mailbox_id)
       update cw.mailbox set sync_due_at = now() where mailbox_id in (select mailbox_id from due)`);
    await new Promise((r) => setTimeout(r, 1500));
    store.create(ada.person, { subject: 'Mine', start: at(Date.now() + 600_000), end: at(Date.now() + 1_200_000) });
    try {
      await product.hear(ada, /Mine/);
    } finally {
      console.log(
        await product.peek('select sync_due_at, sync_failures, blind_since, unreadable_since from cw.mailbox'),
      );
    }
  });
});
