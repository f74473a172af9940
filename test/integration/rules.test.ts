/** Rules from end to end: typed in chat, run by what happens and by the clock, told to a real receiver, and sent again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type Delivery, HOST, openReceiver, type Receiver, verify } from '../delivery/errands/receiver.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const OTHER_TENANT = '7e570000-0000-4000-8000-0000000000c7';
const AWAKE = { quiet: null, remindMinutes: [], kinds: { agenda: false, digest: false, followUp: false } };
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

interface Pressed {
  title: string;
  verb: string;
  data: Record<string, unknown>;
}
type Shown = { attachments?: { content?: unknown }[] | undefined };

describe('rules', () => {
  let product: TestProduct;
  let receiver: Receiver;
  let ada: TestPerson;
  let stranger: TestPerson;
  let secret: string;

  const ask = async (who: TestPerson, text: string, pattern: RegExp) => {
    await product.say(who, text);
    return product.hear(who, pattern);
  };
  /** All buttons, wherever they are. */
  const buttons = (card: unknown): Pressed[] => {
    if (Array.isArray(card)) return card.flatMap(buttons);
    if (typeof card !== 'object' || card === null) return [];
    const own = (card as { type?: string }).type === 'Action.Execute' ? [card as unknown as Pressed] : [];
    return [...own, ...Object.values(card).flatMap(buttons)];
  };
  const buttonOf = (shown: unknown, title: RegExp): Pressed => {
    const found = buttons(shown).find((one) => title.test(one.title));
    assert.ok(found, `a button ${title}`);
    return found;
  };
  const on = (activity: Shown) => activity.attachments?.[0]?.content;
  /** What stands in the card's place then, or is said. */
  const press = async (who: TestPerson, { verb, data }: Pressed) => (await product.press(who, verb, data)).body;
  const save = async (line: string, pattern: RegExp) => {
    const draft = await ask(ada, line, pattern);
    assert.match(JSON.stringify(await press(ada, buttonOf(on(draft), /^Save$/))), /It runs from now on/);
  };
  const meet = (subject: string, startAt: number, endAt: number, guest: string) =>
    product.sandbox.graph.store.create(
      { tenantId: ada.person.tenantId, oid: ada.person.oid },
      {
        subject,
        start: at(startAt),
        end: at(endAt),
        attendees: [{ emailAddress: { address: guest, name: 'Guest' }, type: 'required' }],
      },
    );
  const came = (subject: string, count = 1) =>
    until(`${count} × ${subject} at the receiver`, () => {
      const about = receiver.deliveries.filter((one) => one.body.includes(subject));
      return about.length >= count && about;
    });
  const payload = (one: Delivery) => verify(secret, one, Date.now()) as { type: string; data: { trigger: string } };
  const rowsOf = (tenantId: string) =>
    product.peek(
      `select to_jsonb(w) - 'failing_since' as row from cw.webhook w where tenant_id = $1
       union all select to_jsonb(r) from cw.rule r where tenant_id = $1
       union all select to_jsonb(e) from cw.errand e where tenant_id = $1 order by 1`,
      [tenantId],
    );

  before(async () => {
    receiver = await openReceiver(() => Date.now());
    product = await startProduct({ graph: { lifecycleTimers: false }, outgoing: receiver.outgoing });
    const { tenants } = product.sandbox.world;
    tenants.set(OTHER_TENANT, { tenantId: OTHER_TENANT, displayName: 'B', domain: 'b.example' });
    ada = product.addPerson('Ada Stern');
    stranger = product.addPerson('Bea Other', { tenantId: OTHER_TENANT, upn: 'bea@b.example' });
    for (const one of [ada, stranger]) await product.connect(one, AWAKE);
  });
  after(async () => {
    await product?.stop();
    await receiver?.close();
  });

  it('a webhook is added, and its test arrives, signed', async () => {
    const added = await ask(ada, `webhook add https://${HOST}/In?key=Secret`, /Webhook added/);
    secret = /whsec_[A-Za-z0-9+/]{32}/.exec(wordsOf(added))?.[0] ?? '';
    assert.ok(secret);
    await press(ada, buttonOf(on(added), /^Test$/));
    await product.hear(ada, new RegExp(`${HOST} took the test`));
    const [ping] = receiver.deliveries;
    assert.ok(ping);
    assert.deepEqual([payload(ping).type, ping.path], ['calendar.ping', '/In?key=Secret']);
    assert.ok(product.logLines().every((one) => !one.includes(secret) && !one.includes('key=Secret')));
  });

  it('what is typed runs ten minutes after the end, for meetings with external people alone', async () => {
    await save(
      'when a meeting with external people ends, remind me in 10 min to write the follow-up',
      /10 minutes after a meeting with external people ends/,
    );
    // Ten minutes are up in a few seconds.
    const endAt = Date.now() - 10 * MINUTE_MS + 2 * SECOND_MS;
    meet('Among us', endAt - 30 * MINUTE_MS, endAt, 'bob@test.example');
    meet('With a customer', endAt - 30 * MINUTE_MS, endAt, 'guest@customer.example');
    const told = await product.hear(ada, /Write the follow-up/);
    assert.match(wordsOf(told), /With a customer/);
    const runs = await product.peek<{ subject: string }>(
      `select payload #>> '{facts,subject}' as subject from cw.errand where kind = 'message'`,
    );
    assert.deepEqual(runs, [{ subject: 'With a customer' }]);
  });

  it('a webhook is told of a new meeting, once, with a signature that verifies', async () => {
    await save(`when a meeting is created, webhook "${HOST}"`, /when a meeting is created/);
    meet('Brand new', Date.now() + DAY_MS, Date.now() + DAY_MS + 30 * MINUTE_MS, 'guest@customer.example');
    const [one, ...more] = await came('Brand new');
    assert.ok(one);
    assert.deepEqual([more.length, payload(one).type, payload(one).data.trigger], [0, 'calendar.rule.run', 'created']);
    assert.throws(() => verify(secret, { ...one, body: one.body.replace('Brand', 'brand') }, Date.now()));
  });

  it('what was refused switches the webhook off with its rule, and is sent again by hand', async () => {
    receiver.answer({ status: 410 });
    meet('Refused', Date.now() + DAY_MS, Date.now() + DAY_MS + 30 * MINUTE_MS, 'guest@customer.example');
    const off = await product.hear(ada, /I’ve switched off your webhook/);
    assert.match(wordsOf(off), /Paused with it, having nothing else to do: “when a meeting is created/);
    const [refused] = await came('Refused');

    const list = await ask(ada, 'rules', /paused: its webhook is off/);
    const webhookRule = buttons(on(list)).find((one) => one.title === 'Resume');
    assert.ok(webhookRule);
    await press(ada, { ...webhookRule, verb: 'rule.runs' });
    const runs = await product.hear(ada, /Last runs/);
    assert.match(wordsOf(runs), /failed \(HTTP 410\)/);
    const again = buttonOf(on(runs), /^Send again$/);
    assert.match(JSON.stringify(await press(ada, again)), /switched off\. First/);

    receiver.answer({ status: 204 });
    const isOn = await ask(ada, 'webhook on', /is on again/);
    assert.match(wordsOf(isOn), /still are\. \*\*Resume\*\*.*when a meeting is created/s);
    const shown = await press(ada, again);
    assert.match(JSON.stringify(shown), /sending it to .* again/);
    assert.doesNotMatch(JSON.stringify(shown), /Send again/);
    const [, second] = await came('Refused', 2);
    assert.ok(refused && second);
    assert.deepEqual([second.body, second.headers['webhook-id']], [refused.body, refused.headers['webhook-id']]);
    assert.equal(payload(second).type, 'calendar.rule.run');
    await until('it was taken', async () => {
      const [row] = await product.peek<{ state: string }>(`select state from cw.errand where errand_id = $1`, [
        second.headers['webhook-id'],
      ]);
      return row?.state === 'done';
    });
    assert.match(JSON.stringify(await press(ada, again)), /taken meanwhile/);
  });

  it('somebody of another tenant presses all that in vain', async () => {
    const [rule] = await product.peek<{ id: string }>(`select rule_id as id from cw.rule where paused_at is not null`);
    const [webhook] = await product.peek<{ id: string }>('select webhook_id as id from cw.webhook');
    const [run] = await product.peek<{ id: string }>(
      `select errand_id as id from cw.errand where kind = 'webhook' and rule_id = $1`,
      [rule?.id],
    );
    assert.ok(rule && webhook && run);
    const [before_, heard] = [await rowsOf(ada.person.tenantId), receiver.deliveries.length];
    const tried: [verb: string, data: Record<string, unknown>, said: RegExp][] = [
      ['rule.replay', { ruleId: rule.id, errandId: run.id }, /That rule is gone/],
      ['rule.resume', { ruleId: rule.id }, /That rule is gone/],
      ['webhook.test', { webhookId: webhook.id }, /That webhook is gone/],
      ['webhook.switchOn', { webhookId: webhook.id }, /That webhook is gone/],
      ['webhook.remove', { webhookId: webhook.id }, /That webhook is gone/],
    ];
    for (const [verb, data, said] of tried)
      assert.match(JSON.stringify((await product.press(stranger, verb, data)).body), said, verb);
    await ask(stranger, `test webhook ${webhook.id}`, /You have no webhooks/);
    assert.deepEqual(await rowsOf(ada.person.tenantId), before_);
    assert.deepEqual(await rowsOf(OTHER_TENANT), []);
    assert.equal(receiver.deliveries.length, heard);
  });
});
