import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

interface Shown {
  actions: { title: string; verb?: string; data: Record<string, unknown> }[];
}

describe('agendas, against the sandbox', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let ben: TestPerson;
  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const invite = (who: TestPerson) => ({
    type: 'required' as const,
    emailAddress: { address: who.person.upn, name: who.person.displayName },
  });
  const meeting = (subject: string, startAt: number, more: object = {}) => ({
    subject,
    start: at(startAt),
    end: at(startAt + 30 * MINUTE_MS),
    attendees: [invite(ben)],
    ...more,
  });
  const pressOn = async (who: TestPerson, card: Awaited<ReturnType<TestProduct['hear']>>, title: string, more = {}) => {
    const { actions = [] } = (card.attachments?.[0]?.content ?? {}) as Partial<Shown>;
    const action = actions.find((one) => one.title === title);
    assert.ok(action?.verb, `no button “${title}”`);
    const answer = await product.press(who, action.verb, { ...action.data, ...more });
    assert.equal(answer.status, 200);
    return JSON.stringify(answer.body);
  };
  /** The versions that the replica of Ada holds of what is called so, by type. */
  const versions = (subject: string) =>
    product.peek<{ type: string; key: string; lines: string[] }>(
      `select type, data ->> 'changeKey' as key, data -> 'agenda' as lines from cw.event
       where mailbox_id = $1 and data ->> 'subject' = $2`,
      [ada.person.oid, subject],
    );

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
    ben = product.addPerson('Ben Hall');
    await product.connect(ada);
    await product.connect(ben);
  });
  after(async () => product?.stop());

  it('go into a whole series, and are no news to who wrote them', async () => {
    const start = Math.ceil((Date.now() + 2 * HOUR_MS) / HOUR_MS) * HOUR_MS;
    product.sandbox.graph.store.create(
      actor(ada),
      meeting('Weekly', start, {
        isOnlineMeeting: true,
        recurrence: {
          pattern: { type: 'daily', interval: 1 },
          range: { type: 'numbered', startDate: new Date(start).toISOString().slice(0, 10), numberOfOccurrences: 4 },
        },
      }),
    );
    const card = await product.hear(ada, /No agenda yet[\s\S]*Weekly/);
    assert.match(wordsOf(card), /The whole series/);
    assert.match(
      await pressOn(ada, card, 'Add agenda', { agendaText: 'Budget\nPay', agendaFor: 'series' }),
      /Agenda added to the whole series/,
    );
    const held = await until('every occurrence has it', async () => {
      const rows = await versions('Weekly');
      return rows.length === 5 && rows.every((row) => row.lines.length > 0) ? rows : undefined;
    });
    // Their version is the one that the write gave to the series' head.
    const [ours] = await product.peek<{ key: string }>(
      'select change_key as key from cw.own_write where mailbox_id = $1',
      [ada.person.oid],
    );
    assert.ok(ours);
    assert.deepEqual([...new Set(held.map((row) => row.key))], [ours.key]);
    const truth = product.sandbox.graph.store.view(actor(ada), start, start + 5 * DAY_MS);
    assert.equal(truth.length, 4);
    assert.ok(truth.every((one) => one.bodyText.includes('Budget') && one.isOnline));
  });

  it('take an invitee’s points when the organiser agrees', async () => {
    const start = Math.ceil((Date.now() + 5 * HOUR_MS) / HOUR_MS) * HOUR_MS;
    const made = product.sandbox.graph.store.create(actor(ada), meeting('One to one', start));
    const invitation = await product.hear(ben, /Invitation[\s\S]*One to one/);
    // Ben's side knows Ada by the address that her own calendar names.
    await until('Ada’s address is known', async () => {
      const [row] = await product.peek('select address from cw.person where person_id = $1 and address is not null', [
        ada.person.oid,
      ]);
      return row;
    });
    await pressOn(ben, invitation, 'Accept');
    const question = await product.hear(ben, /What do you want to talk about with Ada Stern/);
    assert.match(await pressOn(ben, question, 'Suggest', { pointsText: 'Holidays' }), /Suggested to Ada Stern/);
    const offer = await product.hear(ada, /Ben Hall suggests[\s\S]*Holidays/);
    const body = () =>
      product.sandbox.graph.store.view(actor(ada), start, start + HOUR_MS).find((one) => one.id === made.id)?.bodyText;
    assert.doesNotMatch(body() ?? '', /Holidays/);
    assert.match(await pressOn(ada, offer, 'Add to the agenda'), /Added to the agenda/);
    assert.match(body() ?? '', /Holidays/);
  });
});
